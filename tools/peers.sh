#!/bin/sh
# Measures and renders reports, for example bench/peers.md for the argument `peers`.
# With EDIST_PEERS_QUICK=1 the tasks are small, and the report goes to bench-results/:
# it only shows that the report can be made.
set -eu
cd "$(dirname "$0")/../bench"
# A report next to its source refers to its figures by short paths.
if [ -n "${EDIST_PEERS_QUICK:-}" ]; then folder=bench-results; else folder=bench; fi
for report in "$@"; do
  rm -rf "../$folder/${report}_files"
  Rscript -e '
    folder <- commandArgs(TRUE)[2]
    rmarkdown::render(commandArgs(TRUE)[1], quiet = TRUE,
                      output_dir = if (folder != "bench") file.path("..", folder))' \
    "$report.R" "$folder"
  rm -f "../$folder/$report.html"
  echo "written: $folder/$report.md"
done
