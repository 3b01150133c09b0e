#!/bin/sh
# Checks the house rules that a program can check, and prints each breach.
#
#   tools/lint.sh rules   names, includes, line lengths and the like: grep and awk
#   tools/lint.sh c       C code is formatted as .clang-format says
#   tools/lint.sh r       R/ follows the rules in .lintr
#   tools/lint.sh         all of them
#   tools/lint.sh format  formats the C code instead
#
# Exit status 1: something breaks a rule; 3: nothing does, but a tool is missing.
cd "$(dirname "$0")/.." || exit 2

c_files() {
  ls src/*.[ch] src/*/*.[ch] tests/core/*.[ch] tools/*.[ch] bench/*.c inst/teaching/*.c
}

# rule WRONG OPTIONS...: prints what grep finds, and what is wrong about it.
rule() {
  wrong=$1
  shift
  grep "$@" 2>/dev/null | sed "s/^/$wrong: /"
}

find_breaches() {
  headers='(R|Rinternals|Rmath|Rdefines|R_ext/.*|edist-r|request|r-[^/]*)'
  rule 'R header below src, where all is plain C' -rnE \
    "#[[:space:]]*include[[:space:]]*[<\"]$headers\\.h" src/*/
  rule 'sets the thread count of the whole process' -rn 'omp_set_num_threads *(' src
  rule 'flag that CRAN refuses' -nE -- \
    '-(march|mavx|mfma|mtune|O[0-9]|ffast-math|lgomp)' src/Makevars
  rule 'syntax newer than R 4.0' -nE '\|>|\\\([a-z, ]*\)' R/*.R tests/testthat/*.R \
    vignettes/*.Rmd bench/*.R bench/*/*.R inst/*/*.R
  rule 'depends on the version of testthat: use expect_errors()' -rn \
    'expect_snapshot(' tests/testthat
  rule 'tab' -rn "$(printf '\t')" --include='*.[chR]' R src tests tools bench
  rule 'conflict left' -rnE '^(<<<<<<<|>>>>>>>)' . --exclude-dir=.git \
    --exclude-dir=.build
  grep -ohE '^[A-Za-z_.][A-Za-z0-9_.]* <- ' R/*.R | sort | uniq -d |
    sed 's/ <- $//; s/^/defined twice in R: /'
  find_missing_files
  grep -ohE '\b(R_[A-Za-z_]+|Rf_[A-Za-z0-9_]+|SET_[A-Z_]+)\b' src/*.[ch] | sort -u |
    grep -vxFf tools/r-api.txt | sed 's/^/name of R that is not in tools\/r-api.txt: /'
  grep -rnE '(malloc|calloc|realloc) *\(' src | cut -d: -f1,2 |
    while IFS=: read -r file line; do
      sed -n "$((line + 1))p" "$file" | grep -q 'if (!' ||
        echo "allocation not checked on the next line: $file:$line"
    done
  # shellcheck disable=SC2046
  awk 'length($0) > 80 { print "longer than 80 columns: " FILENAME ":" FNR }' \
    R/*.R $(c_files)
  awk 'length($0) > 90 { print "longer than 90 columns: " FILENAME ":" FNR }' \
    inst/slurm/* inst/teaching/*.R inst/teaching/*.sbatch tools/*.sh
}

# What one file says of another.
find_missing_files() {
  for unit in src/*.c src/*/*.c; do
    object=${unit#src/}
    grep -q -- "${object%.c}\.o" src/Makevars ||
      echo "missing from OBJECTS in src/Makevars: $unit"
  done
  for object in $(grep -oE '[a-z0-9/-]+\.o' src/Makevars); do
    [ -f "src/${object%.o}.c" ] ||
      echo "in OBJECTS in src/Makevars, but does not exist: $object"
  done
  for unit in src/r-*.c; do
    name=$(basename "$unit" .c)
    [ -f "R/${name#r-}.R" ] || echo "no R/${name#r-}.R for $unit"
  done
  for link in $(grep -ohE '\]\([^):#]+\)' README.md CONTRIBUTING.md | tr -d '])('); do
    [ -e "$link" ] || echo "link to a missing file in README.md or CONTRIBUTING.md: $link"
  done
}

check_rules() {
  breaches=$(find_breaches)
  [ -z "$breaches" ] || { echo "$breaches"; return 1; }
}

# Other versions than 14 format differently. Debian installs it under two names.
find_clang_format() {
  program=clang-format-14
  command -v $program >/dev/null 2>&1 || program=clang-format
  if ! $program --version 2>/dev/null | grep -q 'version 14\.'; then
    echo 'lint: clang-format 14 is not installed here'
    return 3
  fi
}

check_c() {
  find_clang_format || return
  # The first line of each file that is to be changed.
  # shellcheck disable=SC2046
  $program --dry-run -Werror --ferror-limit=1 $(c_files) 2>&1 | grep error: &&
    echo 'lint: `make format` formats these files' && return 1
  return 0
}

check_format() {
  find_clang_format || return
  # shellcheck disable=SC2046
  $program -i $(c_files)
}

check_r() {
  Rscript --no-init-file tools/lint.R
  result=$?
  [ $result != 3 ] || echo 'lint: the R package lintr is not installed here'
  return $result
}

status=0
case ${1:-all} in
  rules | c | r | format) goals=$1 ;;
  all) goals='rules c r' ;;
  *) echo "lint.sh: the argument must be rules, c, r or format, not '$1'" >&2; exit 2 ;;
esac
for goal in $goals; do
  check_"$goal"
  case $? in
    0) ;;
    3) [ $status = 1 ] || status=3 ;;
    *) status=1 ;;
  esac
done
exit $status
