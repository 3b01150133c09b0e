#!/bin/sh
# Measures and renders the reports named, bench/peers.md or bench/methods.md.
set -eu
cd "$(dirname "$0")/../bench"
for report in "$@"; do
  Rscript -e 'rmarkdown::render(commandArgs(TRUE), quiet = TRUE)' "$report.R"
  rm -f "$report.html"
  echo "written: bench/$report.md"
done
