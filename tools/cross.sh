#!/bin/sh
# Builds the C core for 64-bit ARM and runs its tests in an emulator, whatever
# machine this is: all but the speed of its kernels is then known.
set -eu
cd "$(dirname "$0")/.."
compiler=aarch64-linux-gnu-gcc
for tool in $compiler qemu-aarch64; do
  command -v $tool >/dev/null 2>&1 || { echo "cross: no $tool here" >&2; exit 3; }
done
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
# Not -std=c17, which keeps gcc from fusing: R does not ask for it either.
$compiler -std=gnu17 -O2 -fopenmp -static -Wall -Wextra -Wpedantic -Werror \
  -Isrc -o "$build/core" tools/core.c src/*/*.c -lm -lpthread
echo "cross: $compiler, in an emulator"
qemu-aarch64 "$build/core"
