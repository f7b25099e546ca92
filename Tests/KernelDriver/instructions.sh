#!/usr/bin/env bash
# Instructions that AVX2 kernels execute, counted by callgrind: a measure of speed that does not wobble. Fails if a kernel
# takes 5% more than instructions.tsv says; prints the table with new counts. Needs valgrind (Debian: valgrind).
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v valgrind >/dev/null; then
    echo "skipped: no valgrind here"
    exit 0
fi
cc=${CC:-$(dirname "$(readlink -f "$(command -v swift)")")/clang}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
"$cc" -O3 -fuse-ld=lld -fno-math-errno -fno-trapping-math -ISources/CKernels/include Sources/CKernels/*.c \
    Tests/KernelDriver/instructions.c -o "$folder/instructions" -lm
failures=0
while IFS=$'\t' read -r kernel format x y z most; do
    found=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect="avx2_$kernel" \
        "$folder/instructions" "$kernel" "$format" "$x" "$y" "$z" 2>&1 | sed -n 's/.*Collected : *//p')
    note=
    if [ -z "$found" ]; then
        note="	not counted"
        failures=$((failures + 1))
    elif [ $((found * 100)) -gt $((most * 105)) ]; then
        note="	more than $most"
        failures=$((failures + 1))
    fi
    printf '%s\t%s\t%s\t%s\t%s\t%s%s\n' "$kernel" "$format" "$x" "$y" "$z" "$found" "$note"
done <Tests/KernelDriver/instructions.tsv
[ "$failures" = 0 ] || { echo "$failures kernels take more instructions than they did"; exit 1; }
