#!/bin/sh
# Builds the C core without R under AddressSanitizer and UBSan, with gcc and with
# clang where they are, with OpenMP and without, and runs its tests.
set -eu
cd "$(dirname "$0")/.."
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
sources=$(ls src/*/*.c)
tried=0
for compiler in gcc clang; do
  command -v $compiler >/dev/null 2>&1 || { echo "core: no $compiler here"; continue; }
  for openmp in -fopenmp ''; do
    # clang's OpenMP runtime is often absent: gcc tests the threads.
    if [ $compiler = clang ] && [ -n "$openmp" ]; then continue; fi
    if ! echo 'int main(void) { return 0; }' |
        $compiler -x c -fsanitize=address,undefined -o "$build/probe" - 2>/dev/null; then
      echo "core: $compiler has no sanitizers here"
      continue
    fi
    $compiler -std=c17 -O1 -g $openmp -fsanitize=address,undefined \
      -fno-sanitize-recover=all -Isrc -o "$build/core" tools/core.c $sources -lm -lpthread
    echo "core: $compiler ${openmp:-without OpenMP}, AddressSanitizer and UBSan"
    "$build/core"
    tried=1
  done
done
if [ $tried = 0 ]; then
  echo 'core: no sanitizer could be run' >&2
  exit 3
fi
