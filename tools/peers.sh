#!/bin/sh
# Measures and renders bench/peers.md.
set -eu
cd "$(dirname "$0")/../bench"
Rscript -e 'rmarkdown::render("peers.R", quiet = TRUE)'
rm -f peers.html
echo "written: bench/peers.md"
