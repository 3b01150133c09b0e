#!/bin/sh
# Tests the C core under ThreadSanitizer, with plain threads and with OpenMP:
# clang's, and archer, which tells it how OpenMP's own synchronisation orders
# events. With an argument, only the tests whose names contain it. Exit status 3:
# clang or archer is missing.
set -eu
cd "$(dirname "$0")/.."
. tools/core-build.sh
has clang || missing tsan clang
links '#include <omp.h>
int main(void) {
  int sum = 0;
#pragma omp parallel num_threads(2) reduction(+ : sum)
  sum += omp_get_thread_num();
  return sum != 1;
}' clang -fopenmp -fsanitize=thread ||
  missing tsan 'OpenMP or ThreadSanitizer for clang (libomp-dev)'

# Archer is installed beside the OpenMP library, or beside clang.
runtime=$(ldd .build/probe | sed -n 's/.*libomp.* => \([^ ]*\) .*/\1/p')
archer=
for folder in "$(dirname "$(readlink -f "$runtime")")" "$(dirname "$runtime")" \
    "$(dirname "$(clang -print-file-name=libarcher.so)")"; do
  if [ -z "$archer" ] && [ -e "$folder/libarcher.so" ]; then
    archer=$folder/libarcher.so
  fi
done
[ -n "$archer" ] || missing tsan 'libarcher.so beside libomp (libomp-dev)'
export OMP_TOOL_LIBRARIES="$archer" ARCHER_OPTIONS='verbose=1' \
  TSAN_OPTIONS='ignore_noninstrumented_modules=1 halt_on_error=0 exitcode=1'
# Archer says so if it does not work with this program.
.build/probe 2>&1 | grep -q 'Archer detected OpenMP application with TSan' ||
  missing tsan 'an archer that works'

for openmp in '' -fopenmp; do
  program=.build/tsan$openmp/core
  # shellcheck disable=SC2086
  build "$program" "$(echo tests/core/*.c)" '-lm -lpthread' clang -std=c17 -O1 -g \
    $openmp -fsanitize=thread
  run_tests "$program" "${1:-}"
done
