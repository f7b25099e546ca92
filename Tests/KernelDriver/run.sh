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
flags=(-fno-math-errno -fno-trapping-math -ISources/CKernels/include)
link=(-fuse-ld=lld)
if [ "${1:-}" = neon ]; then
    flags+=(--target=aarch64-linux-gnu -O2)
    link+=(--target=aarch64-linux-gnu -static)
else
    flags+=(-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined)
    link+=(-fsanitize=address,undefined)
fi
# The files with much inlining take long: as many at a time as there are processors.
printf '%s\n' Sources/CKernels/*.c Tests/KernelDriver/main.c |
    xargs -P "$(nproc)" -I{} sh -c '"$@" -c "$0" -o "'"$folder"'/$(basename "$0").o"' {} "$cc" "${flags[@]}"
"$cc" "${link[@]}" "$folder"/*.o -o "$folder/driver" -lm
if [ "${1:-}" = neon ]; then qemu-aarch64 "$folder/driver"; else "$folder/driver"; fi
