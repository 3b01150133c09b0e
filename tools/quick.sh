#!/bin/sh
# Builds and installs what has changed, without help pages, into .build/library,
# and runs the tests: with an argument only those of tests/testthat/test-NAME.R.
# Nothing else on this machine is changed. Objects are reused; they are compared
# with all headers that they include, which src/Makevars does not know.
set -eu
cd "$(dirname "$0")/.."
name=${1:-}
if [ -n "$name" ] && [ ! -f "tests/testthat/test-$name.R" ]; then
  echo "quick: FILE must be the name of a test file, not '$name'; the names are:" >&2
  for file in tests/testthat/test-*.R; do
    file=${file##*/test-}
    echo "  ${file%.R}" >&2
  done
  exit 2
fi
here=$(pwd)
package=.build/package
mkdir -p .build/library $package/src

# 1. A copy of the package. Sources keep the time of their last change in contents,
# so that make compiles what differs and nothing else.
for part in DESCRIPTION NAMESPACE LICENSE R data inst; do
  [ -e $package/$part ] || ln -s "$here/$part" $package/$part
done
sources() { (cd "$1" && find . -type f ! -name '*.o' ! -name '*.so' | sort); }
for file in $(sources $package/src); do
  [ -f "src/$file" ] || rm -f "$package/src/$file" "$package/src/${file%.c}.o"
done
for file in $(sources src); do
  cmp -s "src/$file" "$package/src/$file" && continue
  mkdir -p "$(dirname "$package/src/$file")"
  cp "src/$file" "$package/src/$file"
done

# 2. Objects that are older than a header they include, or than Makevars, go.
cd $package/src
compiler=$(R CMD config CC)
include=$(R CMD config --cppflags)
for object in *.o */*.o; do
  [ -f "$object" ] || continue
  unit=${object%.o}.c
  newer=$(find . \( -name '*.h' -o -name 'Makevars*' \) -newer "$object")
  [ -n "$newer" ] || continue
  # shellcheck disable=SC2086
  needed=$($compiler -MM -I. $include "$unit" 2>/dev/null | tr -s ' \\' '\n\n') ||
    needed=$newer
  for header in $newer; do
    case $header in */Makevars*) stale=yes ;; *) stale=no ;; esac
    if echo "$needed" | grep -qxF "${header#./}"; then stale=yes; fi
    if [ $stale = yes ]; then rm -f "$object"; fi
  done
done
cd "$here"

# 3. Installed, unless nothing has changed since.
state=$(find DESCRIPTION NAMESPACE R data inst src -type f ! -name '*.o' ! -name '*.so' |
  sort | xargs cksum)
if [ "$state" != "$(cat .build/installed 2>/dev/null)" ]; then
  rm -f .build/installed
  if ! R CMD INSTALL --no-docs --no-byte-compile --no-test-load --no-staged-install \
    --library=.build/library $package >.build/install.log 2>&1; then
    cat .build/install.log >&2
    exit 1
  fi
  echo "$state" >.build/installed
fi

# 4. The tests. A warning fails, as in `make test`.
export R_LIBS="$here/.build/library${R_LIBS:+:$R_LIBS}" NOT_CRAN=true \
  PROCESSX_NOTIFY_OLD_SIGCHLD=true
exec Rscript -e '
  name <- commandArgs(TRUE)
  testthat::test_dir("tests/testthat", package = "edist",
                     filter = if (length(name) > 0) paste0("^", name, "$"),
                     load_package = "installed", stop_on_warning = TRUE,
                     reporter = if (isatty(stdout())) "progress" else "check")' $name
