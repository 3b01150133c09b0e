#!/bin/sh
# Submits the installed templates of inst/slurm to a Slurm with two virtual nodes, takes
# a node away and cancels jobs while they run, and compares with edist_matrix(). Then
# submits the benchmark of inst/teaching.
# Exit status 3: no Slurm here.
set -eu
cd "$(dirname "$0")"
slurm=$(pwd)/slurm.sh
work=$(mktemp -d)
# This script may run in a job of another Slurm, which must not matter.
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

# While there is a file `closed`, every R process waits in its next tile once four are
# done. So a run can be disturbed in its middle, however fast or busy the machine is.
cat >"$work/profile.R" <<'HOLD'
setHook(packageEvent("edist", "onLoad"), function(...) {
  distances <- utils::getFromNamespace("tile_distances", "edist")
  at <- function(...) file.path(Sys.getenv("EDIST_GATE"), paste0(...))
  utils::assignInNamespace("tile_distances", function(...) {
    done <- function() {
      edist::edist_status(edist::edist_plan(path = Sys.getenv("EDIST_STORE")))$done
    }
    if (file.exists(at("closed")) && done() > 3) {
      file.create(at("held-", Sys.getpid()))
      while (file.exists(at("closed"))) Sys.sleep(0.05)
    }
    distances(...)
  }, "edist")
})
HOLD
export R_PROFILE_USER="$work/profile.R" EDIST_GATE="$work/gate"
mkdir "$EDIST_GATE"
close_gate() { rm -f "$EDIST_GATE"/*; touch "$EDIST_GATE/closed"; }
open_gate() { rm "$EDIST_GATE/closed"; }
held() { [ "$(find "$EDIST_GATE" -name 'held-*' | wc -l)" -ge "$1" ]; }

# As a user does: copies the folder, edits the plan, saves the data.
Rscript -e 'invisible(file.copy(system.file("slurm", package = "edist", mustWork = TRUE),
                                commandArgs(TRUE), recursive = TRUE))' "$work"
cd "$work/slurm"
sed -i 's/method = "euclidean"/method = "minkowski", p = 2.3, tile = 150/' plan.R
grep -q minkowski plan.R || fail 'plan.R has no method to edit'
export EDIST_DATA="$work/data.rds" EDIST_STORE
Rscript -e '
  set.seed(1)
  x <- matrix(rnorm(1500 * 100), 1500)
  saveRDS(x, Sys.getenv("EDIST_DATA"))
  saveRDS(edist::edist_matrix(x, method = "minkowski", p = 2.3), "expected.rds")'
export EDIST_NUM_THREADS=1

submit() { timeout 120 sbatch --parsable --output=%x-%A-%a.out "$1"; }
running() { timeout 120 squeue --noheader --jobs="$1" 2>/dev/null | grep -q .; }
states() { timeout 120 scontrol show job "$1" | grep -oE 'JobState=[A-Z_]+' | sort -u; }
# Waits until a command succeeds, far longer than it should take.
await() {
  end=$(($(date +%s) + 900))
  until "$@"; do
    [ "$(date +%s)" -lt $end ] || return 1
    sleep 0.2
  done
}
ended() { ! running "$1"; }
await_end() { await ended "$1" || fail "job $1 does not end"; }
expect_completed() {
  await_end "$1"
  [ "$(states "$1")" = JobState=COMPLETED ] || fail "$2 ended so: $(states "$1")"
}
# How many tiles are missing; nothing if there is no store yet.
missing() {
  Rscript -e '
    plan <- edist::edist_plan(path = Sys.getenv("EDIST_STORE"))
    cat(length(edist::edist_status(plan)$missing))' 2>/dev/null || true
}
# Waits until so many workers of a job wait in a tile.
await_middle() {
  middle() { held "$2" || ended "$1"; }
  await middle "$1" "$2" || fail "job $1 does not reach its middle"
  held "$2" || fail "job $1 ended before its middle"
}
expect_exact() {
  Rscript -e '
    d <- edist::edist_open(Sys.getenv("EDIST_STORE"))
    stopifnot(identical(unname(as.matrix(d)), unname(readRDS("expected.rds"))))' ||
    fail "$1 gave other numbers than edist_matrix()"
  ok "$1 gave exactly the numbers of edist_matrix()"
}

# 1. An allocation of both nodes, and one of them is lost.
EDIST_STORE=$work/allocation.zarr
close_gate
job=$(submit allocation.sbatch)
await_middle "$job" 2
steps=$(squeue --noheader --steps --format='%i %N' | grep -v batch | sort)
[ "$(echo "$steps" | grep -oE 'n[12]$' | sort -u | wc -l)" = 2 ] ||
  fail "there should be a daemon on each node, not $steps"
ok 'one daemon on each node'
first=$(scontrol show job "$job" | grep -oE 'BatchHost=.*' | cut -d= -f2)
if [ "$first" = n1 ]; then lost=n2; else lost=n1; fi
scontrol update nodename=$lost state=down reason=test
is() { sinfo --noheader --nodes=$lost --format=%T | grep -q "^$1"; }
await is down || fail "$lost does not go down"
still=$(missing)
[ "$still" -gt 0 ] || fail 'no tile was missing when the node went down'
await grep -q "Killing JobId=$job StepId=.* due to failed node $lost" \
  "$work/cluster/log/ctld.log" || fail "the loss of $lost killed nothing"
ok "$lost is down and its daemon gone, with $still tiles missing"
open_gate
expect_completed "$job" 'the allocation'
grep -q 'worker was lost with tile' edist-"$job"-*.out || fail 'no tile was lost'
expect_exact 'an allocation that lost a node'
scontrol update nodename=$lost state=resume
await is idle || fail "$lost does not come back"
ok "$lost is back"

# 2. A job array that is cancelled, and submitted again.
EDIST_STORE=$work/array.zarr
Rscript plan.R
close_gate
job=$(submit array.sbatch)
await_middle "$job" 1
scancel "$job"
await_end "$job"
open_gate
still=$(missing)
[ "$still" -gt 0 ] || fail 'no tile was missing when the array was cancelled'
find "$EDIST_STORE" -type f -size +50k -printf '%p %T@\n' | sort >before
ok "the array is cancelled, with $still tiles missing"
job=$(submit array.sbatch)
expect_completed "$job" 'the array'
find "$EDIST_STORE" -type f -size +50k -printf '%p %T@\n' | sort >after
[ -z "$(comm -23 before after)" ] || fail 'the array wrote finished tiles again'
ok 'the array is submitted again, and computes nothing twice'
expect_exact 'an array submitted twice'

# 3. The benchmark of a class, with small sizes, and submitted again.
cd "$work"
Rscript -e 'from <- system.file("teaching", package = "edist", mustWork = TRUE)
            invisible(file.copy(from, commandArgs(TRUE), recursive = TRUE))' "$work"
cd "$work/teaching"
sed -i 's/sizes <- c(.*)/sizes <- c(20, 40)/' benchmark.R
grep -q 'c(20, 40)' benchmark.R || fail 'benchmark.R has no sizes to edit'
expect_cells() {
  Rscript -e '
    b <- edist::edist_bench_read("class.csv")
    stopifnot(setequal(b$size, c(20, 40)), startsWith(b$slurm, "job "))' ||
    fail "$1 wrote no benchmark of both sizes"
}
job=$(submit benchmark.sbatch)
expect_completed "$job" 'the benchmark'
expect_cells 'the benchmark'
cksum class.csv >before
job=$(submit benchmark.sbatch)
expect_completed "$job" 'the benchmark, submitted again,'
cksum class.csv | cmp -s - before || fail 'the benchmark measured finished cells again'
ok 'the benchmark of a class, submitted twice, has all cells once'
