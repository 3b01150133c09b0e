# shellcheck shell=sh
# Functions of the scripts that test the C core without R: core.sh, cross.sh,
# tsan.sh, fuzz.sh. They read this file at the top of the sources. Everything
# they build goes to .build/, which git and R CMD build ignore.

# missing NAME WHAT: says that something is missing; exit status 3 means that.
missing() {
  echo "$1: $2 is not available here" >&2
  exit 3
}

# has PROGRAM: whether it is installed.
has() { command -v "$1" >/dev/null 2>&1; }

# links SOURCE COMPILER OPTIONS...: whether .build/probe can be built from this.
links() {
  mkdir -p .build
  echo "$1" >.build/probe.c
  compiler=$2
  shift 2
  # Libraries come after the source that needs them.
  # shellcheck disable=SC2086
  $compiler .build/probe.c "$@" -o .build/probe 2>/dev/null
}

# The tests have few rows, and are to search them whatever it costs; and axes are
# to serve wherever they tell a little more than columns.
search_always='-DEDIST_SEARCH_MIN_ROWS=4 -DEDIST_SEARCH_MAX_COST=1e9'
search_always="$search_always -DEDIST_AXES_MIN_GAIN=1.05"
# Sanitizers see the end of a block that is fresh.
keep_nothing='-DEDIST_KEPT_BYTES=0'

# build PROGRAM UNITS LIBRARIES COMPILER OPTIONS...: builds the core with these
# source files, and only what has changed since the last time.
build() {
  program=$1 units=$2 libraries=$3 compiler=$4
  shift 4
  # Where make is not GNU's, that is called gmake.
  if has gmake; then gnu_make=gmake; else gnu_make='make'; fi
  jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
  $gnu_make --no-print-directory -f tools/core.mk -j "$jobs" PROGRAM="$program" \
    UNITS="$units" LIBS="$libraries" CC="$compiler" \
    FLAGS="$* $search_always $keep_nothing"
}

# run_tests PROGRAM FILTER [EMULATOR]: runs the tests in the program's directory,
# where they may leave files if they fail.
run_tests() {
  program=$(basename "$1")
  (cd "$(dirname "$1")" && ${3:-} "./$program" "$2")
}
