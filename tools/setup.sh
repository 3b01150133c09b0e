#!/bin/sh
# Installs what this project needs on a machine, and says what: Debian packages
# where root and apt are there (seconds), CRAN into the user's library elsewhere.
# Does nothing for what is there already.
#
#   tools/setup.sh bench     to run the benchmark
#   tools/setup.sh test      to run all tests and checks
#   tools/setup.sh peers     to measure edist beside other packages, Python's too
#   tools/setup.sh methods   to measure all methods beside parallelDist
#   tools/setup.sh consumers to hand results to packages that take a dist
#   tools/setup.sh slurm     to test with Slurm on this machine
#   tools/setup.sh tsan      to test threads under ThreadSanitizer
#   tools/setup.sh develop   to change the package: all but Python's peers, and roxygen2
set -eu
cd "$(dirname "$0")/.."

goal=${1:-bench}
bench='cli ggplot2 scales RhpcBLASctl'
test='testthat callr withr knitr rmarkdown bench mirai htmltools jsonlite Matrix'
peers='collapse parallelDist fields proxy amap FNN'
# All that is Python's is a gigabyte: only those who measure need it.
python='python3-dev cython3 python3-numpy python3-scipy python3-sklearn python3-numba
        python3-torch python3-faiss'
consumers='cluster fastcluster vegan dbscan Rtsne MASS ape FNN'
# To build for 64-bit ARM and to run that here.
cross='gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user'
# For tests: a cluster on this machine, and readers of stores that are not ours.
slurm='slurm-wlm munge'
readers='python3-zarr python3-dask'
case $goal in
  bench) packages=$bench tools='' others='' ;;
  test) packages="$bench $test" tools='pandoc clang qpdf'
        others="libomp-dev $cross $slurm $readers" ;;
  # The rivals' best form needs a fast BLAS; R takes it up by itself.
  peers) packages="$bench knitr rmarkdown jsonlite processx $peers" tools=pandoc
         others="libopenblas0-pthread $python" ;;
  methods) packages="$bench knitr rmarkdown parallelDist" tools=pandoc others='' ;;
  slurm) packages="$bench $test" tools='' others=$slurm ;;
  consumers) packages="cli $consumers" tools='' others='' ;;
  tsan) packages='' tools=clang others='libomp-dev libclang-rt-dev' ;;
  develop) packages="$bench $test $peers roxygen2" tools='pandoc clang qpdf'
           others="libomp-dev libopenblas0-pthread $cross $slurm $readers" ;;
  *) echo "setup.sh: the goal must be bench, test, peers, methods, consumers, slurm, tsan or develop, not '$goal'" >&2
     exit 2 ;;
esac

debian=no
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then debian=yes; fi
updated=no
update_debian() {
  if [ $updated = no ]; then apt-get update -qq; updated=yes; fi
}
install_debian() {
  update_debian
  echo "setup: installing Debian packages: $*"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# 1. R, a compiler and make.
if ! command -v Rscript >/dev/null 2>&1 || ! command -v cc >/dev/null 2>&1; then
  if [ $debian = no ]; then
    echo 'setup.sh: R and a C compiler must be installed first, and I am not root on Debian' >&2
    exit 1
  fi
  install_debian r-base-core r-base-dev
fi

# 2. Tools beside R. A missing one is reported where it is needed.
for tool in $tools; do
  command -v "$tool" >/dev/null 2>&1 && continue
  if [ $debian = yes ]; then install_debian "$tool" || true; fi
done
for package in $others; do
  [ $debian = yes ] || continue
  dpkg -s "$package" >/dev/null 2>&1 || install_debian "$package" || true
done

# 3. R packages, from Debian where it has them.
missing() { Rscript --no-init-file tools/missing.R "$@" 2>/dev/null; }
absent=$(missing $packages)
if [ -n "$absent" ] && [ $debian = yes ]; then
  update_debian
  for package in $absent; do
    name=r-cran-$(echo "$package" | tr '[:upper:]' '[:lower:]')
    if apt-cache show "$name" >/dev/null 2>&1; then wanted="${wanted:-} $name"; fi
  done
  if [ -n "${wanted:-}" ]; then install_debian $wanted; fi
  absent=$(missing $packages)
fi
if [ -n "$absent" ]; then
  echo "setup: installing from CRAN: $absent"
  # Without root there is no libuv to install: package fs brings its own.
  export USE_BUNDLED_LIBUV=1
  Rscript --no-init-file -e '
    library <- commandArgs(TRUE)[1]
    .libPaths(c(library, .libPaths()))
    repos <- getOption("repos")
    if (is.na(repos["CRAN"]) || repos["CRAN"] == "@CRAN@") {
      repos["CRAN"] <- "https://cloud.r-project.org"
    }
    install.packages(commandArgs(TRUE)[-1], lib = library, repos = repos,
                     quiet = TRUE, Ncpus = 2)' \
    "$(Rscript --no-init-file tools/library.R)" $absent
  absent=$(missing $packages)
fi
if [ -n "$absent" ]; then
  echo "setup: could not be installed: $absent" >&2
  # Others may be missing: reports then name them.
  if [ "$goal" = bench ] || [ "$goal" = test ]; then exit 1; fi
fi
