#!/bin/sh
# A real Slurm on this machine, with two virtual nodes n1 and n2, to test what users do
# on clusters. It needs neither systemd nor root. Configuration, state, logs and keys are
# all in DIR, and the ports are its own.
#
#   eval "$(tools/slurm.sh start DIR)"   sets SLURM_CONF, which Slurm's programs read
#   tools/slurm.sh stop DIR              ends jobs and daemons, whatever their state
#
# Exit status 3 of start: Slurm is not installed.
set -eu
command=${1:-}
directory=${2:-}
case $command in start | stop) ;; *) directory= ;; esac
if [ -z "$directory" ]; then
  echo 'slurm.sh: say start DIR or stop DIR' >&2
  exit 2
fi
PATH=$PATH:/usr/sbin:/sbin

# The processes of this Slurm. Its daemons and their own children have EDIST_SLURM in
# their environment. Users' processes have SLURM_CONF, but so do our callers; only
# processes in a job have a job's number, too.
left() {
  {
    grep -lszxF "EDIST_SLURM=$directory" /proc/[0-9]*/environ
    grep -lszxF "SLURM_CONF=$directory/slurm.conf" /proc/[0-9]*/environ |
      xargs -r grep -lsz '^SLURM_JOB_ID='
  } | grep -oE '[0-9]+' | sort -u
}

ours() { env EDIST_SLURM="$directory" "$@"; }

# wait_until SECONDS COMMAND: waits until the command succeeds. Limits are far longer than
# it should take, because the machine may be busy.
wait_until() {
  end=$(($(date +%s) + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt $end ] || return 1
    sleep 0.2
  done
}

stop() {
  [ -d "$directory" ] || return 0
  directory=$(cd "$directory" && pwd -P)
  export SLURM_CONF="$directory/slurm.conf"
  # Jobs first, in an orderly way, while the controller still answers.
  if [ -s "$directory/ctld.pid" ]; then
    timeout 60 scancel --quiet --user="$(id -un)" 2>/dev/null || true
    no_jobs() { [ -z "$(timeout 60 squeue --noheader 2>/dev/null)" ]; }
    wait_until 60 no_jobs || true
  fi
  for signal in TERM KILL; do
    processes=$(left)
    [ -n "$processes" ] || return 0
    # shellcheck disable=SC2086
    kill -$signal $processes 2>/dev/null || true
    gone() { [ -z "$(left)" ]; }
    if wait_until 60 gone; then return 0; fi
  done
  echo "slurm.sh: could not stop: $(left | tr '\n' ' ')" >&2
  return 1
}

start() {
  for program in munged slurmctld slurmd sbatch; do
    command -v $program >/dev/null 2>&1 && continue
    echo "slurm.sh: $program is missing; tools/setup.sh slurm installs it on Debian" >&2
    exit 3
  done
  mkdir -p "$directory"
  directory=$(cd "$directory" && pwd -P)
  export SLURM_CONF="$directory/slurm.conf"
  mkdir -p "$directory/state" "$directory/log" "$directory/munge"
  trap 'show_logs; stop' EXIT
  trap 'exit 1' HUP INT TERM

  # Our own munged, with its own socket: the system may be running another one.
  dd if=/dev/urandom of="$directory/munge/key" bs=128 count=1 2>/dev/null
  chmod 400 "$directory/munge/key"
  ours munged --force --socket="$directory/munge/socket" \
    --key-file="$directory/munge/key" --seed-file="$directory/munge/seed" \
    --pid-file="$directory/munge/pid" --log-file="$directory/log/munged.log" \
    2>"$directory/log/munged.out"

  configure >"$SLURM_CONF"
  # From 23.11 on, Slurm requires control groups unless it is told not to use them; older
  # versions do not know this setting.
  case $(slurmctld -V) in
    *\ 2[0-2].* | *\ 23.0*) ;;
    *) echo CgroupPlugin=disabled >"$directory/cgroup.conf" ;;
  esac
  ours slurmctld
  for node in n1 n2; do ours slurmd -N $node; done
  idle() { [ "$(timeout 60 sinfo --noheader --Node --format=%T | grep -cx idle)" = 2 ]; }
  if ! wait_until 600 idle; then
    echo 'slurm.sh: the nodes did not come up' >&2
    exit 1
  fi
  trap - EXIT
  echo "export SLURM_CONF='$SLURM_CONF'"
}

show_logs() {
  for file in "$directory"/log/*; do
    echo "== $file" >&2
    tail -n 20 "$file" >&2
  done
}

# Nodes claim more CPUs and memory than this machine may have, so that jobs written for a
# cluster run here unchanged. A node that is set down stays down until told to resume.
# Ports are derived from our process number, so that several of these can run at once.
configure() {
  port=$((20000 + $$ % 3000 * 3))
  cat <<CONF
ClusterName=edist
SlurmctldHost=localhost
SlurmctldPort=$port
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$directory/munge/socket
CredType=cred/munge
StateSaveLocation=$directory/state
SlurmdSpoolDir=$directory/spool.%n
SlurmctldPidFile=$directory/ctld.pid
SlurmdPidFile=$directory/d.%n.pid
SlurmctldLogFile=$directory/log/ctld.log
SlurmdLogFile=$directory/log/d.%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=1000
PropagateResourceLimits=NONE
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=DEFAULT CPUs=16 RealMemory=16000
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 1))
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 2))
PartitionName=batch Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
CONF
}

$command
