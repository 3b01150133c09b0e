#!/bin/sh
# Tests the C core on another kind of processor, in an emulator. That covers
# everything except the speed of its kernels.
#
#   tools/cross.sh               on 64-bit ARM, whatever machine this is
#   tools/cross.sh s390x         on one of: aarch64 armhf i686 ppc64le riscv64 s390x
#   tools/cross.sh s390x within  only the tests whose names contain "within"
set -eu
cd "$(dirname "$0")/.."
. tools/core-build.sh
machine=${1:-aarch64} flags=''
case $machine in
  aarch64 | riscv64 | s390x) triplet=$machine-linux-gnu emulator=qemu-$machine ;;
  ppc64le) triplet=powerpc64le-linux-gnu emulator=qemu-ppc64le ;;
  # Processors of 32 bits. About alignment, gcc only tells how old it was.
  armhf) triplet=arm-linux-gnueabihf emulator=qemu-arm flags=-Wno-psabi ;;
  i686) triplet=i686-linux-gnu emulator=qemu-i386 flags='-msse2 -mfpmath=sse' ;;
  *)
    echo "cross.sh: the machine must be one of those listed in this file," \
      "not '$machine'" >&2
    exit 2
    ;;
esac
for tool in $triplet-gcc $emulator; do
  has "$tool" || missing cross "$tool"
done
program=.build/cross-$machine/core
# Not -std=c17, which keeps gcc from fusing: R does not ask for it either.
# shellcheck disable=SC2086
build "$program" "$(echo tests/core/*.c)" '-lm -lpthread' $triplet-gcc -std=gnu17 \
  -O2 -fopenmp -static $flags -Wall -Wextra -Wpedantic -Werror
echo "cross: $triplet-gcc, in an emulator"
run_tests "$program" "${2:-}" "$emulator"
