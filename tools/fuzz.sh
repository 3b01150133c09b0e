#!/bin/sh
# Compares the C core with 128-bit arithmetic (tools/fuzz.c): a second's work, or
# EDIST_FUZZ_CALLS calls, or for EDIST_FUZZ_SECONDS. With an argument, only the
# trial of this seed. Exit status 3: there is no 128-bit arithmetic here.
set -eu
cd "$(dirname "$0")/.."
. tools/core-build.sh
compiler=${CC:-gcc}
links '#include <quadmath.h>
int main(void) { return sqrtq(4) != 2; }' "$compiler" -fopenmp -lquadmath ||
  missing fuzz "128-bit arithmetic (libquadmath) or OpenMP for $compiler"
build .build/fuzz/fuzz tools/fuzz.c '-lquadmath -lm -lpthread' "$compiler" -std=c17 -O2 \
  -g -fopenmp
.build/fuzz/fuzz "$@"
