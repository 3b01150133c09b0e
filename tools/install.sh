#!/bin/sh
# Installs edist into the first library that is writable.
set -eu
cd "$(dirname "$0")/.."
library=$(Rscript --no-init-file tools/library.R)
echo "install: edist into $library"
log=$(mktemp)
if ! R CMD INSTALL --preclean --clean --library="$library" . >"$log" 2>&1; then
  cat "$log" >&2
  rm -f "$log"
  exit 1
fi
rm -f "$log"
