#!/bin/sh
# All tests and checks of the project. Ends with a line of what passed, failed
# and was skipped, counted from the results themselves.
set -u
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT

# Runs a command; exit status 3 means that a tool is missing.
check() {
  title=$1
  shift
  "$@" >"$log" 2>&1
  case $? in
    0) passed=$((passed + 1)); echo "ok       $title" ;;
    3) skipped=$((skipped + 1)); echo "skipped  $title" ;;
    *) failed=$((failed + 1)); echo "FAILED   $title"; tail -n 60 "$log" ;;
  esac
}

check 'house rules' tools/lint.sh
check 'setup.sh bears with apt-get' tools/test-setup.sh
for compiler in gcc clang; do
  check "no warnings from $compiler with OpenMP" tools/warnings.sh $compiler -fopenmp
  check "no warnings from $compiler without OpenMP" tools/warnings.sh $compiler ''
done
check 'C core under AddressSanitizer and UBSan' tools/core.sh
check 'C core on 64-bit ARM, in an emulator' tools/cross.sh
check 'C core against 128-bit arithmetic, a second of the fuzz' tools/fuzz.sh

# The tarball is built and checked outside the tree, which stays clean.
here=$(pwd)
check 'R CMD build' sh -c "cd '$work' && R CMD build '$here'"
tarball=$(ls "$work"/edist_*.tar.gz 2>/dev/null)

# Off: what needs the network (incoming, the clock) or a newer tidy (HTML).
export _R_CHECK_CRAN_INCOMING_=false _R_CHECK_SYSTEM_CLOCK_=0 \
  _R_CHECK_RD_VALIDATE_RD2HTML_=false _R_CHECK_FORCE_SUGGESTS_=false NOT_CRAN=true
check 'R CMD check --as-cran: no errors, warnings, notes' sh -c "
  cd '$work' && R CMD check --as-cran --no-manual '$tarball' &&
  tail -n 3 edist.Rcheck/00check.log | grep -qx 'Status: OK'"

size_below_5_mb() {
  [ -n "$tarball" ] && [ "$(wc -c <"$tarball")" -lt 5000000 ] &&
    [ "$(du -sk "$work/edist.Rcheck/edist" | cut -f1)" -lt 5000 ]
}
check 'tarball and installed package below 5 MB' size_below_5_mb

# The package that was installed to be checked is there.
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
