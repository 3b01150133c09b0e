#!/bin/sh
# The house rules that a program can see. Prints each breach; exits 1 if any.
cd "$(dirname "$0")/.." || exit 2
breaches=$(
  grep -rnE '#[[:space:]]*include[[:space:]]*[<"](R|Rinternals|Rmath|Rdefines|R_ext/.*|edist-r|request)\.h' src/*/ |
    sed 's/^/R header below src, where all is plain C: /'
  grep -rn 'omp_set_num_threads *(' src | sed 's/^/sets the thread count of the whole process: /'
  grep -nE -- '-(march|mavx|mfma|mtune|O[0-9]|ffast-math|lgomp)' src/Makevars |
    sed 's/^/flag that CRAN refuses: /'
  grep -nE '\|>|\\\([a-z, ]*\)' R/*.R tests/testthat/*.R vignettes/*.Rmd bench/*.R bench/*/*.R inst/*/*.R 2>/dev/null |
    sed 's/^/syntax newer than R 4.0: /'
  grep -ohE '^[A-Za-z_.][A-Za-z0-9_.]* <- ' R/*.R | sort | uniq -d |
    sed 's/ <- $//; s/^/defined twice in R: /'
  for unit in src/*.c src/*/*.c; do
    object=${unit#src/}
    grep -q -- "${object%.c}\.o" src/Makevars || echo "missing from OBJECTS in src/Makevars: $unit"
  done
  for object in $(grep -oE '[a-z0-9/-]+\.o' src/Makevars); do
    [ -f "src/${object%.o}.c" ] || echo "OBJECTS in src/Makevars names no file: $object"
  done
  for unit in src/r-*.c; do
    name=$(basename "$unit" .c)
    case $name in r-watch) twin=interrupt ;; *) twin=${name#r-} ;; esac
    [ -f "R/$twin.R" ] || echo "no R/$twin.R beside $unit"
  done
  grep -rnE '(malloc|calloc|realloc) *\(' src | cut -d: -f1,2 | while IFS=: read -r file line; do
    sed -n "$((line + 1))p" "$file" | grep -q 'if (!' ||
      echo "allocation not checked on the next line: $file:$line"
  done
  for link in $(grep -ohE '\]\([^):#]+\)' README.md CONTRIBUTING.md | tr -d '])('); do
    [ -e "$link" ] || echo "README.md or CONTRIBUTING.md links to what is not there: $link"
  done
  grep -rnE '^(<<<<<<<|>>>>>>>)' --include='*' . --exclude-dir=.git | cut -d: -f1,2 |
    sed 's/^/conflict left: /'
  awk 'length($0) > 90 { print "longer than 90 columns: " FILENAME ":" FNR }' \
    R/*.R src/*.[ch] src/*/*.[ch] tools/*.c inst/slurm/*
)
[ -z "$breaches" ] || { echo "$breaches"; exit 1; }
