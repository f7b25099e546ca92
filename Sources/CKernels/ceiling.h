// What the processor can do at most: products without any memory, and memory without any products.
#pragma once
#include "gemm.h"

/// Enough rows for independent sums in flight, few enough that all is in registers.
#define SPIN_ROWS (BLOCK_ROWS * 2 / 3)

/// Runs `steps` rounds of the products of one block, operands in the nearest cache; returns the multiply-adds it did.
INLINE double NAME(spin_format)(const ck_format format, size_t steps) {
    vi sums[SPIN_ROWS][NV];
    uint32_t rows[SPIN_ROWS], columns[NV][VW];
    for (int i = 0; i < SPIN_ROWS; i++) rows[i] = 0x3F803F80u;
    for (int j = 0; j < NV; j++)
        for (int i = 0; i < VW; i++) columns[j][i] = 0x3F803F80u;
    for (int i = 0; i < SPIN_ROWS; i++)
        for (int j = 0; j < NV; j++) sums[i][j] = (vi){};
    for (size_t s = 0; s < steps; s++) {
        // Operands that the compiler must take as new.
        __asm__ volatile("" : : "r"(rows), "r"(columns) : "memory");
        vu column[NV];
        for (int j = 0; j < NV; j++) column[j] = *(const vu_any *)columns[j];
        for (int i = 0; i < SPIN_ROWS; i++)
            for (int j = 0; j < NV; j++) {
                vf sum = (vf)sums[i][j];
                if (format == CK_I8) sums[i][j] = NAME(dot4)(sums[i][j], rows[i], column[j], 0);
                else if (format == CK_I4) sums[i][j] = (vi)NAME(nibble4)((NAME(part))sums[i][j], column[j], rows[i]);
#ifdef HAVE_BF16_DOT
                else if (format == CK_BF16)
                    sums[i][j] = (vi)NAME(word_fma)(format, rows + i, NAME(open)(format, (vf)column[j]), sum);
#endif
                else sums[i][j] = (vi)NAME(word_fma)(CK_F32, rows + i, NAME(open)(CK_F32, (vf)column[j]), sum);
            }
    }
    vi all = {};
    for (int i = 0; i < SPIN_ROWS; i++)
        for (int j = 0; j < NV; j++) all ^= sums[i][j];
    volatile int32_t kept = all[0];
    (void)kept;
    int each = format == CK_I8 || format == CK_I4 ? 4 : 1;
#ifdef HAVE_BF16_DOT
    if (format == CK_BF16) each = 2;
#endif
    return (double)steps * SPIN_ROWS * NV * VW * each;
}

static double NAME(spin)(ck_format format, size_t steps) {
    if (format == CK_I8) return NAME(spin_format)(CK_I8, steps);
    if (format == CK_I4) return NAME(spin_format)(CK_I4, steps);
    return format == CK_BF16 ? NAME(spin_format)(CK_BF16, steps) : NAME(spin_format)(CK_F32, steps);
}

/// Reads memory from one end to the other; the result depends on all of it.
static uint32_t NAME(read)(const void *memory, size_t bytes) {
    const float *p = memory;
    vu all[8] = {};
    for (size_t i = 0; i + 8 * VW <= bytes / 4; i += 8 * VW)
        for (int j = 0; j < 8; j++) all[j] ^= (vu)v_load(p + i + (size_t)j * VW);
    for (int j = 1; j < 8; j++) all[0] ^= all[j];
    uint32_t result = 0;
    for (int j = 0; j < VW; j++) result ^= all[0][j];
    return result;
}
