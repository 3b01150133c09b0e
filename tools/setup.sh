#!/bin/sh
# Installs what this project needs, and says what: Debian packages if there is apt and
# we are root (seconds), otherwise packages from CRAN into the user's library. What is
# installed already is left alone. Exit status 1: something that this Debian has could
# not be installed; the last lines say what.
#
#   tools/setup.sh bench     to run the benchmark
#   tools/setup.sh test      to run all tests and checks
#   tools/setup.sh lint      to check the house rules
#   tools/setup.sh peers     to compare edist with other packages, Python's included
#   tools/setup.sh search    to compare the search with kd-trees of other packages
#   tools/setup.sh methods   to compare all methods with other packages
#   tools/setup.sh consumers to pass results to packages that take them
#   tools/setup.sh slides    to make the slides for a class
#   tools/setup.sh slurm     to test with Slurm on this machine
#   tools/setup.sh site      to build the web site, and to test its pages in a browser
#   tools/setup.sh cross     to test the C core on other processors, in emulators
#   tools/setup.sh debian    to check the package in other Debians
#   tools/setup.sh windows   to test the C core for Windows, under wine
#   tools/setup.sh tsan      to test threads under ThreadSanitizer
#   tools/setup.sh develop   to change the package: all of the above except Python's
#                            packages and `consumers`, and roxygen2
set -eu
cd "$(dirname "$0")/.."

goal=${1:-bench}
bench='cli ggplot2 scales RhpcBLASctl'
test='testthat vdiffr callr withr knitr rmarkdown bench mirai htmltools jsonlite Matrix
      cluster igraph dbscan lintr'
# The tutorial; Debian has what learnr needs, but not learnr.
tutorial='shiny markdown checkmate htmlwidgets rprojroot learnr'
peers='collapse parallelDist fields proxy amap FNN'
# Python's packages take a gigabyte, and only the comparison needs them.
python='python3-dev cython3 python3-numpy python3-scipy python3-sklearn python3-numba
        python3-torch python3-faiss'
trees='dbscan FNN RANN nabor Rnanoflann maps mlbench'
python_trees='python3-numpy python3-scipy python3-sklearn python3-faiss python3-pykdtree'
consumers='cluster fastcluster vegan dbscan Rtsne MASS ape FNN RANN Matrix igraph uwot
           spdep SeuratObject Seurat'
# From Bioconductor: never from CRAN.
bioconductor='r-bioc-biocneighbors r-bioc-bluster'
# To build for other processors, and to run the result here. In all tests: 64-bit ARM,
# and one whose numbers begin with the highest byte.
cross='gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-s390x-linux-gnu
       libc6-dev-s390x-cross qemu-user'
other_machines='gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-i686-linux-gnu
                libc6-dev-i386-cross gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross
                gcc-riscv64-linux-gnu libc6-dev-riscv64-cross'
# To build for Windows, and to run the result here.
windows='gcc-mingw-w64-x86-64-posix wine wine64'
# For tests: a cluster on this machine, and other programs that read Zarr stores.
slurm='slurm-wlm munge'
readers='python3-zarr python3-dask'
# Rows that are read block by block.
delayed=r-bioc-delayedarray
# To test pages in a browser.
browser=chromium
case $goal in
  bench) packages=$bench tools='' others='' ;;
  test) packages="$bench $test $tutorial" tools='pandoc clang clang-format qpdf pngquant'
        others="libomp-dev $cross $windows $slurm $readers $browser $delayed" ;;
  lint) packages='lintr yaml' tools=clang-format others='' ;;
  # Other packages are at their best with a fast BLAS, which R finds by itself.
  peers) packages="$bench knitr rmarkdown jsonlite processx $peers" tools=pandoc
         others="libopenblas0-pthread $python" ;;
  search) packages="$bench knitr rmarkdown jsonlite processx $trees" tools=pandoc
          others="$python_trees r-bioc-biocneighbors" ;;
  methods) packages="$bench knitr rmarkdown parallelDist proxy vegan cluster geosphere"
           tools=pandoc others=python3-scipy ;;
  slides) packages="$bench knitr rmarkdown" tools=pandoc others='' ;;
  slurm) packages="$bench $test" tools='' others=$slurm ;;
  consumers) packages="cli $consumers" tools='' others=$bioconductor ;;
  # libjs-lunr searches the site; with rsconnect, pkgdown looks for published tutorials.
  site) packages="$bench $test pkgdown rsconnect" tools=pandoc
        others="libjs-lunr $browser" ;;
  cross) packages='' tools='' others="$cross $other_machines" ;;
  debian) packages="$bench $test" tools='pandoc qpdf' others=debootstrap ;;
  windows) packages='' tools='' others=$windows ;;
  tsan) packages='' tools=clang others='libomp-dev libclang-rt-dev' ;;
  develop) packages="$bench $test $tutorial $peers roxygen2 pkgdown rsconnect"
           tools='pandoc clang clang-format qpdf pngquant'
           others="libomp-dev libopenblas0-pthread libjs-lunr $cross $windows $slurm
                   $readers $browser $delayed" ;;
  *) echo "setup.sh: the goal must be one of those listed in this file, not '$goal'" >&2
     exit 2 ;;
esac

debian=no
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then debian=yes; fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
updated='' failed='' unknown='' by_hand=''

# Runs apt-get. If another one is running, waits for up to ten minutes: apt itself waits
# for dpkg, but not for everything else that apt locks.
apt() {
  tries=120
  until LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 \
    "$@" >"$log" 2>&1; do
    if ! grep -qiE 'could not get lock|unable to (lock|acquire)' "$log" ||
      [ $tries = 0 ]; then
      cat "$log" >&2
      return 1
    fi
    [ $tries -lt 120 ] || echo 'setup: waiting for another apt-get to end' >&2
    tries=$((tries - 1))
    sleep 5
  done
}
update_debian() {
  [ -z "$updated" ] || return 0
  if apt update; then updated=yes; else updated=failed; fi
}
# Remembers what could not be installed, and why, for the summary at the end.
install_debian() {
  update_debian
  echo "setup: installing Debian packages: $*"
  apt install -y --no-install-recommends "$@" && return 0
  # Not every Debian has every package. Without an update we cannot tell.
  if [ $updated = yes ] && [ $# = 1 ] &&
    grep -qE 'Unable to locate package|no installation candidate' "$log"; then
    unknown="$unknown $1"
  else
    failed="$failed $*"
  fi
}
install_or_tell() {
  if [ $debian = yes ]; then install_debian "$1"; else by_hand="$by_hand $1"; fi
}

# 1. R, a compiler and make.
if ! command -v Rscript >/dev/null 2>&1 || ! command -v cc >/dev/null 2>&1; then
  if [ $debian = no ]; then
    echo 'setup.sh: install R and a C compiler first, or run this as root on Debian' >&2
    exit 1
  fi
  install_debian r-base-core r-base-dev
  if [ -n "$failed" ]; then
    echo "setup.sh: apt-get failed to install:$failed" >&2
    exit 1
  fi
fi

# 2. Tools other than R.
for tool in $tools; do
  command -v "$tool" >/dev/null 2>&1 || install_or_tell "$tool"
done
for package in $others; do
  dpkg -s "$package" >/dev/null 2>&1 || install_or_tell "$package"
done
lacking=$failed # R packages that fail here may come from CRAN

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
  # libuv cannot be installed without root, so package fs builds its own.
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

# 4. What is missing, a line for each reason. Tests that need it would skip silently.
status=0
if [ -n "$by_hand" ]; then
  echo "setup: install these yourself, or run this as root on Debian:$by_hand" >&2
fi
if [ -n "$unknown" ]; then echo "setup: not in this Debian:$unknown" >&2; fi
if [ -n "$absent" ]; then
  echo "setup: could not be installed: $absent" >&2
  # For other goals packages may be missing: reports then name them.
  if [ "$goal" = bench ] || [ "$goal" = test ]; then status=1; fi
fi
if [ -n "$lacking" ]; then
  echo "setup: apt-get failed to install:$lacking" >&2
  status=1
fi
exit $status
