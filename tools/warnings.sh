#!/bin/sh
# Compiles all C files with the compiler $1, with OpenMP if $2 is -fopenmp, with all
# warnings. Prints them; exits with 1 if there are any, with 3 if the compiler or OpenMP
# is missing.
cd "$(dirname "$0")/.." || exit 2
command -v "$1" >/dev/null 2>&1 || exit 3
if [ -n "$2" ]; then
  echo '#include <omp.h>' | "$1" "$2" -x c -fsyntax-only - 2>/dev/null || exit 3
fi
include=$(R CMD config --cppflags)
out=$(mktemp)
trap 'rm -f "$out"' EXIT
warnings='-Wall -Wextra -Wpedantic -Wstrict-prototypes -Wno-cast-function-type'
status=0
for unit in src/*.c src/*/*.c tests/core/*.c; do
  # shellcheck disable=SC2086
  "$1" -std=c17 -O2 $2 $warnings -Isrc $include -c "$unit" -o "$out" \
    2>"$out.log" || status=1
  # R 4.5 and later compile with the next standard.
  # shellcheck disable=SC2086
  "$1" -std=c2x $2 $warnings -Isrc $include -fsyntax-only "$unit" \
    2>>"$out.log" || status=1
  if [ -s "$out.log" ]; then cat "$out.log"; status=1; fi
  rm -f "$out.log"
done
# With LTO, types must agree between files, too.
if [ "$1$2" = gcc-fopenmp ]; then
  # shellcheck disable=SC2086
  gcc -std=c17 -O2 -flto=2 -fPIC -shared -fopenmp $warnings -Isrc $include src/*.c \
    src/*/*.c -o "$out" 2>"$out.log" || status=1
  if [ -s "$out.log" ]; then cat "$out.log"; status=1; fi
  rm -f "$out.log"
fi
exit $status
