// What the processor can do at most: products without any memory, and memory without any products.
#pragma once
#include "gemm.h"

/// Runs `steps` rounds of the products of one full block, operands in registers; returns the multiply-adds it did.
static double NAME(spin)(ck_format format, size_t steps) {
    vi sums[BLOCK_ROWS][NV];
    vu column[NV];
    uint32_t row = 0x3F803F80;
    for (int j = 0; j < NV; j++) column[j] = (vu){} + 0x3F803F80u;
    for (int i = 0; i < BLOCK_ROWS; i++)
        for (int j = 0; j < NV; j++) sums[i][j] = (vi){};
    for (size_t s = 0; s < steps; s++) {
        // Operands that the compiler must take as new.
        __asm__ volatile("" : "+r"(row));
        for (int i = 0; i < BLOCK_ROWS; i++)
            for (int j = 0; j < NV; j++) {
                vf sum = (vf)sums[i][j];
#ifdef HAVE_BF16_DOT
                if (format == CK_BF16)
                    sum = (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32((int)row), (__m512bh)column[j]);
                else
#endif
                    sum = v_fma((vf)((vu){} + row), (vf)column[j], sum);
                if (format == CK_I4) sums[i][j] = (vi)NAME(nibble4)((NAME(part))sums[i][j], column[j], row);
                else sums[i][j] = format == CK_I8 ? NAME(dot4)(sums[i][j], row, column[j]) : (vi)sum;
            }
    }
    vi all = {};
    for (int i = 0; i < BLOCK_ROWS; i++)
        for (int j = 0; j < NV; j++) all ^= sums[i][j];
    volatile int32_t kept = all[0];
    (void)kept;
    int each = format == CK_I8 || format == CK_I4 ? 4 : 1;
#ifdef HAVE_BF16_DOT
    if (format == CK_BF16) each = 2;
#endif
    return (double)steps * BLOCK_ROWS * NV * VW * each;
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
