#!/bin/sh
# All tests and checks of the project. Each step prints its result, its title and how
# many seconds it took. The last line says how many passed, failed and were skipped,
# counted from the results themselves.
set -u
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT

# check TITLE COMMAND: exit status 3 of the command means that a tool is missing.
check() {
  title=$1
  shift
  start=$(date +%s)
  "$@" >"$log" 2>&1
  status=$?
  seconds=$(($(date +%s) - start))
  case $status in
    0) passed=$((passed + 1)); result=ok ;;
    3) skipped=$((skipped + 1)); result=skipped ;;
    *) failed=$((failed + 1)); result=FAILED ;;
  esac
  printf '%-8s %-66s %4d s\n' $result "$title" $seconds
  if [ $result = FAILED ]; then tail -n 150 "$log"; fi
}

check 'house rules' tools/lint.sh rules
check 'C code is formatted' tools/lint.sh c
check 'R code follows the style' tools/lint.sh r
check 'setup.sh handles failures of apt-get' tools/test-setup.sh
for compiler in gcc clang; do
  check "no warnings from $compiler with OpenMP" tools/warnings.sh $compiler -fopenmp
  check "no warnings from $compiler without OpenMP" tools/warnings.sh $compiler ''
done
check 'C core under AddressSanitizer and UBSan' tools/core.sh
check 'C core on 64-bit ARM, in an emulator' tools/cross.sh aarch64
check 'C core on a big-endian processor, in an emulator' tools/cross.sh s390x
check 'C core for Windows, under wine' tools/windows.sh
check 'C core against 128-bit arithmetic, a second of the fuzz' tools/fuzz.sh

# Some virtual machines are slow to give memory: what R gives back is kept for reuse.
export MALLOC_MMAP_THRESHOLD_=1000000000 MALLOC_TRIM_THRESHOLD_=4000000000

# The tarball is built and checked outside the tree, which stays clean.
here=$(pwd)
check 'R CMD build' sh -c "cd '$work' && R CMD build '$here'"
tarball=$(ls "$work"/edist_*.tar.gz 2>/dev/null)

# Of tests that fail, many lines are printed.
export _R_CHECK_TESTS_NLINES_=100
# Off: checks that need the network (incoming, the clock) or a newer tidy (HTML).
export _R_CHECK_CRAN_INCOMING_=false _R_CHECK_SYSTEM_CLOCK_=0 \
  _R_CHECK_RD_VALIDATE_RD2HTML_=false _R_CHECK_FORCE_SUGGESTS_=false NOT_CRAN=true
# Examples run with no package that is not required.
export _R_CHECK_DEPENDS_ONLY_EXAMPLES_=true
check 'R CMD check --as-cran: no errors, warnings, notes' sh -c "
  cd '$work' && R CMD check --as-cran --no-manual '$tarball' &&
  tail -n 3 edist.Rcheck/00check.log | grep -qx 'Status: OK'"

size_below_5_mb() {
  [ -n "$tarball" ] && [ "$(wc -c <"$tarball")" -lt 5000000 ] &&
    [ "$(du -sk "$work/edist.Rcheck/edist" | cut -f1)" -lt 5000 ]
}
check 'tarball and installed package below 5 MB' size_below_5_mb

# The vignettes of the tarball, as the check has installed them.
check 'vignettes fit a phone and a desktop, in a browser' \
  tools/pages.sh "$work/edist.Rcheck/edist/doc"

# The check has installed the package.
check 'Slurm with two virtual nodes' env \
  R_LIBS="$work/edist.Rcheck${R_LIBS:+:$R_LIBS}" tools/test-slurm.sh

# The tests of the package ran inside the check: count what they printed.
results=$(cat "$work"/edist.Rcheck/tests/testthat.Rout* 2>/dev/null |
  grep -oE '\[ FAIL [0-9]+ \| WARN [0-9]+ \| SKIP [0-9]+ \| PASS [0-9]+ \]' | tail -n 1)
if [ -n "$results" ]; then
  number() { echo "$results" | grep -oE "$1 [0-9]+" | grep -oE '[0-9]+'; }
  failed=$((failed + $(number FAIL) + $(number WARN)))
  skipped=$((skipped + $(number SKIP)))
  passed=$((passed + $(number PASS)))
  echo "testthat $results"
else
  failed=$((failed + 1))
  echo 'FAILED   testthat gave no results'
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
