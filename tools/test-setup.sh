#!/bin/sh
# Tests how tools/setup.sh handles failures of apt-get, with a fake one in PATH that fails
# as each test demands. Nothing is installed.
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
# Only these, and R with all its packages, are installed.
program dpkg 'exit 1'
program cc
program clang
program clang-format
program Rscript
program apt-cache 'exit 1'
# Fails with the messages in a file that is named after the command or the package, once
# for each line.
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

# fails WORD MESSAGE TIMES: what apt-get prints when it fails.
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
expect 'what is missing is installed' good

waited() {
  [ $status = 0 ] && [ "$(wc -l <"$work/slept")" -eq 5 ] &&
    grep -q 'munge$' "$work/done" &&
    [ "$(grep -c '^setup: waiting for another apt-get to end$' "$work/err")" = 2 ]
}
fails update 'Could not get lock /var/lib/apt/lists/lock. It is held by process 7' 3
fails munge 'Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend)' 2
setup
expect 'setup waits for a lock' waited

in_vain() { [ $status = 1 ] && told 'setup: apt-get failed to install: munge'; }
fails munge 'Could not get lock /var/cache/apt/archives/lock' 1000
setup
expect 'but not forever' in_vain

real() {
  [ $status = 1 ] && grep -q 'Failed to fetch' "$work/err" &&
    told 'setup: apt-get failed to install: qemu-user slurm-wlm' &&
    grep -q 'munge$' "$work/done"
}
fails slurm-wlm 'Failed to fetch http://example.org/slurm.deb'
fails qemu-user 'Failed to fetch http://example.org/qemu.deb'
setup
expect 'failures are listed at the end, and are errors' real

not_here() { [ $status = 0 ] && told 'setup: not in this Debian: python3-zarr'; }
fails python3-zarr 'Unable to locate package python3-zarr'
setup
expect 'a package that this Debian does not have is listed, and is no error' not_here

stale() { [ $status = 1 ] && told 'setup: apt-get failed to install: python3-zarr'; }
fails update 'Failed to fetch http://example.org/Release'
fails python3-zarr 'Unable to locate package python3-zarr'
setup
expect 'but it is one if the lists of packages are out of date' stale
