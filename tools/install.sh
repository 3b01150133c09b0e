#!/bin/sh
# Installs edist into the first library that can be written to.
set -eu
cd "$(dirname "$0")/.."
library=$(Rscript --vanilla -e '
  library <- .libPaths()[file.access(.libPaths(), 2) == 0]
  if (!length(library)) {
    library <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1]][1]
    dir.create(library, recursive = TRUE, showWarnings = FALSE)
  }
  cat(library[1])')
echo "install: edist into $library"
log=$(mktemp)
if ! R CMD INSTALL --preclean --clean --library="$library" . >"$log" 2>&1; then
  cat "$log" >&2
  rm -f "$log"
  exit 1
fi
rm -f "$log"
