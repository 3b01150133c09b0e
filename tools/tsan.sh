#!/bin/sh
# Runs the tests of the C core under ThreadSanitizer: clang's, and archer, which tells it
# what OpenMP's own waiting orders. Exits 3 where one of them is missing.
set -eu
cd "$(dirname "$0")/.."
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
command -v clang >/dev/null 2>&1 || { echo 'tsan: no clang here' >&2; exit 3; }
echo '#include <omp.h>
int main(void) {
  int sum = 0;
#pragma omp parallel num_threads(2) reduction(+ : sum)
  sum += omp_get_thread_num();
  return sum != 1;
}' >"$build/probe.c"
if ! clang -fopenmp -fsanitize=thread -o "$build/probe" "$build/probe.c" 2>/dev/null; then
  echo 'tsan: clang has no OpenMP or no ThreadSanitizer here (libomp-dev)' >&2
  exit 3
fi
runtime=$(ldd "$build/probe" | sed -n 's/.*libomp.* => \([^ ]*\) .*/\1/p')
archer=
for folder in "$(dirname "$(readlink -f "$runtime")")" "$(dirname "$runtime")" \
    "$(dirname "$(clang -print-file-name=libarcher.so)")"; do
  if [ -z "$archer" ] && [ -e "$folder/libarcher.so" ]; then
    archer=$folder/libarcher.so
  fi
done
if [ -z "$archer" ]; then
  echo 'tsan: no libarcher.so beside libomp here (libomp-dev)' >&2
  exit 3
fi
export OMP_TOOL_LIBRARIES="$archer" ARCHER_OPTIONS='verbose=1' \
  TSAN_OPTIONS='ignore_noninstrumented_modules=1 halt_on_error=0 exitcode=1'
# Archer says so if it is not there for the run.
"$build/probe" 2>&1 | grep -q 'Archer detected OpenMP application with TSan' || {
  echo 'tsan: archer does not work here' >&2
  exit 3
}
# shellcheck disable=SC2046
clang -std=c17 -O1 -g -fopenmp -fsanitize=thread -Isrc -o "$build/core" tools/core.c \
  $(ls src/*/*.c) -lm -lpthread
"$build/core"
