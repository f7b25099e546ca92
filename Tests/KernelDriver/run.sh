#!/usr/bin/env bash
# The kernels alone, without Swift. Usage: Tests/KernelDriver/run.sh [neon]
# Without an argument: every instruction set of this processor, under the address and undefined-behaviour sanitisers.
# neon: cross-compiled for AArch64 and run under qemu-user (Debian: qemu-user libc6-dev-arm64-cross
# libgcc-12-dev-arm64-cross). Uses the Swift toolchain's clang, or $CC.
set -euo pipefail
cd "$(dirname "$0")/../.."
cc=${CC:-$(dirname "$(readlink -f "$(command -v swift)")")/clang}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
flags=(-fno-math-errno -fno-trapping-math -ISources/CKernels/include Sources/CKernels/*.c Tests/KernelDriver/main.c)
if [ "${1:-}" = neon ]; then
    "$cc" --target=aarch64-linux-gnu -O2 "${flags[@]}" -static -fuse-ld=lld -o "$folder/driver" -lm
    qemu-aarch64 "$folder/driver"
else
    "$cc" -O1 -g -fuse-ld=lld -fsanitize=address,undefined -fno-sanitize-recover=undefined "${flags[@]}" -o "$folder/driver" -lm
    "$folder/driver"
fi
