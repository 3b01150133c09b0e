#!/bin/sh
# Tests the C core on 64-bit ARM, in an emulator, whatever machine this is. That
# covers everything except the speed of its kernels. With an argument, only the
# tests whose names contain it.
set -eu
cd "$(dirname "$0")/.."
. tools/core-build.sh
compiler=aarch64-linux-gnu-gcc
for tool in $compiler qemu-aarch64; do
  has "$tool" || missing cross "$tool"
done
# Not -std=c17, which keeps gcc from fusing: R does not ask for it either.
build .build/cross/core "$(echo tests/core/*.c)" '-lm -lpthread' $compiler -std=gnu17 \
  -O2 -fopenmp -static -Wall -Wextra -Wpedantic -Werror
echo "cross: $compiler, in an emulator"
run_tests .build/cross/core "${1:-}" qemu-aarch64
