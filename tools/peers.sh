#!/bin/sh
# Measures and renders the reports named, bench/peers.md or bench/methods.md. With
# EDIST_PEERS_QUICK=1 the peers have small tasks, and the report, which says nothing
# but that it can be made, goes to bench-results/.
set -eu
cd "$(dirname "$0")/../bench"
# Where the report stands beside its source, it names its figures by short paths.
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
