#!/bin/sh
# Submits the templates of inst/slurm, as installed, to a Slurm with two virtual nodes,
# takes a node away and ends jobs while they run, and compares with edist_matrix().
# Exit status 3: no Slurm here.
set -eu
cd "$(dirname "$0")"
slurm=$(pwd)/slurm.sh
work=$(mktemp -d)
# If there is a job of another Slurm around us, it is none of ours.
for name in $(env | grep -oE '^(SLURM|SBATCH|SRUN)_[A-Za-z_0-9]+'); do unset "$name"; done

ok() { echo "ok: $1"; }
fail() {
  echo "FAILED: $1" >&2
  tail -n 20 "$work"/slurm/*.out "$work/cluster/log/ctld.log" >&2 || true
  exit 1
}
finish() {
  status=$?
  "$slurm" stop "$work/cluster" || status=1
  rm -rf "$work"
  exit $status
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

"$slurm" start "$work/cluster" >"$work/settings"
. "$work/settings"
ok "$(sinfo --noheader --Node --format='%N is %T' | paste -sd, -)"

# What a user does: copy the folder, edit the plan, save the data. The method is a slow
# one, and on one thread, so that the run has a middle on any machine.
Rscript -e 'invisible(file.copy(system.file("slurm", package = "edist", mustWork = TRUE),
                                commandArgs(TRUE), recursive = TRUE))' "$work"
cd "$work/slurm"
sed -i 's/method = "euclidean"/method = "minkowski", p = 2.3, tile = 150/' plan.R
grep -q minkowski plan.R || fail 'plan.R has no method to be edited'
export EDIST_DATA="$work/data.rds" EDIST_STORE
Rscript -e '
  set.seed(1)
  x <- matrix(rnorm(1500 * 800), 1500)
  saveRDS(x, Sys.getenv("EDIST_DATA"))
  saveRDS(edist::edist_matrix(x, method = "minkowski", p = 2.3), "expected.rds")'
export EDIST_NUM_THREADS=1

submit() { timeout 20 sbatch --parsable --output=%x-%A-%a.out "$1"; }
running() { timeout 20 squeue --noheader --jobs="$1" 2>/dev/null | grep -q .; }
states() { timeout 20 scontrol show job "$1" | grep -oE 'JobState=[A-Z_]+' | sort -u; }
await_end() {
  tries=1500
  while running "$1"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "job $1 does not end"
    sleep 0.2
  done
}
expect_completed() {
  await_end "$1"
  [ "$(states "$1")" = JobState=COMPLETED ] || fail "$2 ended so: $(states "$1")"
}
# How many tiles are missing; nothing where there is no store yet.
missing() {
  Rscript -e 'cat(length(edist::edist_status(Sys.getenv("EDIST_STORE"))$missing))' \
    2>/dev/null || true
}
# Waits until a few tiles are there, while the job runs.
await_middle() {
  all=
  while running "$1"; do
    now=$(missing)
    all=${all:-$now}
    [ -z "$now" ] || [ "$now" -ge $((all - 4)) ] || return 0
    sleep 0.2
  done
  fail "job $1 had no middle: it ended with ${now:-all} tiles missing"
}
expect_exact() {
  Rscript -e '
    d <- edist::edist_open(Sys.getenv("EDIST_STORE"))
    stopifnot(identical(unname(as.matrix(d)), unname(readRDS("expected.rds"))))' ||
    fail "$1 gave other numbers than edist_matrix()"
  ok "$1 gave the very numbers of edist_matrix()"
}

# 1. An allocation of both nodes, and one of them is lost.
EDIST_STORE=$work/allocation.zarr
job=$(submit allocation.sbatch)
await_middle "$job"
steps=$(squeue --noheader --steps --format='%i %N' | grep -v batch | sort)
[ "$(echo "$steps" | grep -oE 'n[12]$' | sort -u | wc -l)" = 2 ] ||
  fail "there should be a daemon on each node, not $steps"
ok 'one daemon on each node'
first=$(scontrol show job "$job" | grep -oE 'BatchHost=.*' | cut -d= -f2)
if [ "$first" = n1 ]; then lost=n2; else lost=n1; fi
scontrol update nodename=$lost state=down reason=test
is() { sinfo --noheader --nodes=$lost --format=%T | grep -q "^$1"; }
is down || fail "$lost does not go down"
still=$(missing)
[ "$still" -gt 0 ] || fail 'no tile was missing when the node went down'
grep -q "Killing JobId=$job StepId=.* due to failed node $lost" \
  "$work/cluster/log/ctld.log" || fail "the loss of $lost killed nothing"
ok "$lost is down and its daemon gone, with $still tiles missing"
expect_completed "$job" 'the allocation'
grep -q 'worker was lost with tile' edist-"$job"-*.out || fail 'no tile was lost'
expect_exact 'an allocation that lost a node'
scontrol update nodename=$lost state=resume
for try in $(seq 100); do is idle && break; sleep 0.2; done
is idle || fail "$lost does not come back"
ok "$lost is back"

# 2. A job array that is cancelled, and submitted again.
EDIST_STORE=$work/array.zarr
Rscript plan.R
job=$(submit array.sbatch)
await_middle "$job"
scancel "$job"
await_end "$job"
still=$(missing)
[ "$still" -gt 0 ] || fail 'no tile was missing when the array was cancelled'
find "$EDIST_STORE" -type f -size +50k -printf '%p %T@\n' | sort >before
ok "the array is cancelled, with $still tiles missing"
job=$(submit array.sbatch)
expect_completed "$job" 'the array'
find "$EDIST_STORE" -type f -size +50k -printf '%p %T@\n' | sort >after
[ -z "$(comm -23 before after)" ] || fail 'the array wrote tiles again that were there'
ok 'the array is submitted again, goes on, and computes nothing twice'
expect_exact 'an array submitted twice'
