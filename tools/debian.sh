#!/bin/sh
# R CMD check in another Debian, with its R and its compiler:
#
#   tools/debian.sh bullseye   R 4.0, the oldest that DESCRIPTION allows, and gcc 10
#   tools/debian.sh sid        what is newest
#
# The tests run where the suite's testthat is new enough, and vignettes where all that
# they need is there. The suite lies in a folder of its own, which later calls use again;
# its mounts vanish with this script. Exit status 3: this needs root, debootstrap and
# unshare.
set -eu
cd "$(dirname "$0")/.."
suite=${1:?the suite: bullseye, or sid, or another}
root=${TMPDIR:-/tmp}/edist-debian-$suite
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null ||
  ! command -v unshare >/dev/null; then
  echo 'debian.sh: this needs root, debootstrap and unshare' >&2
  exit 3
fi
suggested='testthat callr withr knitr rmarkdown bench htmltools jsonlite matrix cluster
           ggplot2 scales tibble'

if [ ! -x "$root/usr/bin/R" ]; then
  echo "debian: installing $suite in $root"
  debootstrap --variant=minbase --include=r-base-dev,ca-certificates,pandoc,qpdf \
    "$suite" "$root" http://deb.debian.org/debian >"$root.log" 2>&1
fi
# The network of this machine, and the certificates that it trusts.
cp /etc/hosts /etc/resolv.conf "$root/etc/"
cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" \
  2>/dev/null || true
here=$(pwd)
mkdir -p "$root/check"
(cd "$root/check" && rm -rf edist* && R CMD build "$here" >"$root.log" 2>&1)

cat >"$root/check/run.sh" <<'EOF'
set -eu
cd /check
update-ca-certificates >/dev/null 2>&1
export DEBIAN_FRONTEND=noninteractive
for package in $suggested; do
  apt-get install -y -qq --no-install-recommends "r-cran-$package" >/dev/null 2>&1 || true
done
# What this Debian lacks, or has too old, comes from CRAN if it works with this R.
Rscript -e 'options(repos = "https://cloud.r-project.org")
  old <- function(p, v) tryCatch(packageVersion(p) < v, error = function(e) TRUE)
  if (old("cli", "3.4.0")) install.packages("cli", quiet = TRUE)
  if (old("mirai", "2.5.0")) try(install.packages("mirai", quiet = TRUE))' >/dev/null 2>&1
has() { Rscript -e "quit(status = !tryCatch(packageVersion('$1') >= '$2',
                          error = function(e) FALSE))" >/dev/null; }
options=--no-manual
has testthat 3.1.5 || options="$options --no-tests"
has ggplot2 3.4.0 || options="$options --ignore-vignettes"
# An older R asks CRAN for a file that is gone.
Rscript -e 'quit(status = getRversion() < "4.2")' && options="$options --as-cran"
export _R_CHECK_FORCE_SUGGESTS_=false _R_CHECK_CRAN_INCOMING_=false NOT_CRAN=true \
  _R_CHECK_SYSTEM_CLOCK_=0 _R_CHECK_DEPENDS_ONLY_EXAMPLES_=true
# shellcheck disable=SC2086
R CMD check $options edist_*.tar.gz
EOF
status=0
unshare --mount sh -c "
  mount --bind /proc '$root/proc' && mount --bind /dev '$root/dev' &&
  mount --bind /sys '$root/sys' &&
  suggested='$(echo $suggested)' chroot '$root' sh /check/run.sh" || status=$?
[ $status = 0 ] || tail -n 40 "$root"/check/edist.Rcheck/tests/*.fail 2>/dev/null || true
exit $status
