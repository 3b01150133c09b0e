#!/bin/sh
# Tests the C core for Windows, under wine: with threads of Windows and with
# OpenMP, as configure.win has it built. With an argument, only the tests whose
# names contain it. Exit status 3: the compiler or wine is missing.
set -eu
cd "$(dirname "$0")/.."
. tools/core-build.sh
compiler=x86_64-w64-mingw32-gcc-posix
for tool in $compiler wine; do
  has "$tool" || missing windows "$tool"
done
# Not in .build/: wine's folder links to the whole file system, which R CMD build
# would copy.
prefix=$(mktemp -d)
trap 'wineboot --kill >/dev/null 2>&1 || true; rm -rf "$prefix"' EXIT
export WINEDEBUG=-all WINEPREFIX="$prefix/wine"
mkdir -p .build
echo 'int main(void) { return 42; }' >.build/probe.c
$compiler -static .build/probe.c -o .build/probe.exe
status=0
wine .build/probe.exe >/dev/null 2>&1 || status=$?
[ $status = 42 ] || missing windows 'a wine that works'

# configure.win looks for src/Makevars and writes its answer beside it.
mkdir -p .build/windows-configure/src
cp src/Makevars .build/windows-configure/src
(cd .build/windows-configure && CC=$compiler sh ../../configure.win)
flags=$(sed -n 's/^PKG_CFLAGS = .*(C_VISIBILITY)//p' \
  .build/windows-configure/src/Makevars.win)
echo "windows: $compiler$flags"

# What touches R is compiled only: R for Windows is not here, but its headers are nearly
# those of this R.
include=$(R CMD config --cppflags)
for unit in src/*.c; do
  # shellcheck disable=SC2086
  $compiler -std=gnu17 -O2 -fopenmp $flags -Wall -Wextra -Wpedantic -Werror \
    -Wno-cast-function-type -Isrc $include -c "$unit" -o .build/windows-r.o
done

for openmp in '' -fopenmp; do
  program=.build/windows$openmp/core.exe
  # shellcheck disable=SC2086
  build "$program" "$(echo tests/core/*.c)" -lm $compiler -std=gnu17 -O2 $openmp \
    $flags -static -D__USE_MINGW_ANSI_STDIO=1 -Wall -Wextra -Wpedantic -Werror
  echo "windows: ${openmp:-threads of Windows}, under wine"
  run_tests "$program" "${1:-}" wine
done
