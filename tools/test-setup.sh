#!/bin/sh
# Tests how tools/setup.sh bears with apt-get, by one in PATH that fails as it is told to:
# nothing is installed here.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
export EDIST_FAKE="$work"

program() {
  name=$1
  shift
  printf '#!/bin/sh\n%s\n' "$*" >"$work/bin/$name"
  chmod +x "$work/bin/$name"
}
program id 'echo 0'
program sleep 'echo "$1" >>"$EDIST_FAKE/slept"'
program dpkg 'exit 1' # nothing is there,
program cc
program clang         # but this, and R with all its packages
program Rscript
program apt-cache 'exit 1'
# Fails with the message in a file named after what it is asked for, so many times as that
# has lines.
program apt-get '
for word; do
  file=$EDIST_FAKE/fail-$word
  [ -s "$file" ] || continue
  head -n 1 "$file" >&2
  tail -n +2 "$file" >"$file.rest"
  mv "$file.rest" "$file"
  exit 100
done
echo "$*" >>"$EDIST_FAKE/done"'

# Messages of apt-get, so many times.
fails() {
  times=${3:-1}
  while [ "$times" -gt 0 ]; do
    echo "E: $2" >>"$work/fail-$1"
    times=$((times - 1))
  done
}
setup() {
  status=0
  PATH="$work/bin:$PATH" tools/setup.sh test >"$work/out" 2>"$work/err" || status=$?
}
expect() {
  title=$1
  shift
  if "$@"; then
    echo "ok: $title"
  else
    echo "FAILED: $title; status $status, and stderr:"
    cat "$work/err"
    exit 1
  fi
  rm -f "$work"/fail-* "$work/slept" "$work/done"
}
told() { tail -n 1 "$work/err" | grep -qx "$1"; }

good() { [ $status = 0 ] && [ ! -s "$work/err" ] && grep -q 'munge$' "$work/done"; }
setup
expect 'what is not there is installed' good

waited() {
  [ $status = 0 ] && [ "$(wc -l <"$work/slept")" -eq 5 ] && grep -q 'munge$' "$work/done" &&
    [ "$(grep -c '^setup: waiting for another apt-get to end$' "$work/err")" = 2 ]
}
fails update 'Could not get lock /var/lib/apt/lists/lock. It is held by process 7' 3
fails munge 'Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend)' 2
setup
expect 'a lock is waited for' waited

in_vain() { [ $status = 1 ] && told 'setup: apt-get failed to install: munge'; }
fails munge 'Could not get lock /var/cache/apt/archives/lock' 1000
setup
expect 'but not for ever' in_vain

real() {
  [ $status = 1 ] && grep -q 'Failed to fetch' "$work/err" &&
    told 'setup: apt-get failed to install: qemu-user slurm-wlm' &&
    grep -q 'munge$' "$work/done"
}
fails slurm-wlm 'Failed to fetch http://example.org/slurm.deb'
fails qemu-user 'Failed to fetch http://example.org/qemu.deb'
setup
expect 'a failure is told at the end, with all names, and is an error' real

not_here() { [ $status = 0 ] && told 'setup: not in this Debian: python3-zarr'; }
fails python3-zarr 'Unable to locate package python3-zarr'
setup
expect 'a package that this Debian does not have is told' not_here

stale() { [ $status = 1 ] && told 'setup: apt-get failed to install: python3-zarr'; }
fails update 'Failed to fetch http://example.org/Release'
fails python3-zarr 'Unable to locate package python3-zarr'
setup
expect 'where the lists of packages are stale, it may have it' stale
