#!/bin/sh
# Builds tools/fuzz.c with the C core and runs it: a second's work, or as many calls
# as EDIST_FUZZ_CALLS says, or for EDIST_FUZZ_SECONDS. With a seed ($1), that trial
# alone. Exits 3 where there is no 128-bit arithmetic.
set -eu
cd "$(dirname "$0")/.."
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cc=${CC:-gcc}
if ! echo '#include <quadmath.h>
int main(void) { return sqrtq(4) != 2; }' |
    $cc -fopenmp -x c -o "$build/probe" - -lquadmath 2>/dev/null; then
  echo "fuzz: $cc has no 128-bit arithmetic (libquadmath) or no OpenMP here" >&2
  exit 3
fi
# shellcheck disable=SC2046
$cc -std=c17 -O2 -g -fopenmp -Isrc -o "$build/fuzz" tools/fuzz.c $(ls src/*/*.c) \
  -lquadmath -lm -lpthread
"$build/fuzz" "$@"
