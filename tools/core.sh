#!/bin/sh
# Tests the C core without R, under AddressSanitizer and UBSan: with gcc and with
# clang where they are installed, with OpenMP and without. With an argument, only
# the tests whose names contain it. Exit status 3: no sanitizer is available.
set -eu
cd "$(dirname "$0")/.."
. tools/core-build.sh
filter=${1:-}
sanitizers='-fsanitize=address,undefined -fno-sanitize-recover=all'
tried=0

# test_with COMPILER [-fopenmp]
test_with() {
  title="$1 ${2:-without OpenMP}"
  # Options are words here: no quotes.
  # shellcheck disable=SC2086
  if ! links 'int main(void) { return 0; }' "$@" $sanitizers; then
    echo "core: $title does not work with sanitizers here"
    return
  fi
  echo "core: $title, AddressSanitizer and UBSan"
  program=.build/core-$1${2:-}/core
  # shellcheck disable=SC2086
  build "$program" "$(echo tests/core/*.c)" '-lm -lpthread' "$1" -std=c17 -O1 -g \
    ${2:-} $sanitizers
  run_tests "$program" "$filter"
  tried=1
}

for compiler in gcc clang; do
  if ! has $compiler; then
    echo "core: $compiler is not installed here"
    continue
  fi
  # clang's OpenMP runtime is often missing, so gcc tests the threads.
  if [ $compiler = gcc ]; then test_with gcc -fopenmp; fi
  test_with "$compiler"
done
[ $tried = 1 ] || missing core 'a compiler with sanitizers'
