// AVX2 with FMA: 16 registers of 8 floats, hence blocks of 6 rows × 2 vectors.
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define NAME(x) avx2_##x
#define ISA_NAME "avx2"
#define VW 8
#define VFMA
#define BLOCK_ROWS 6
#define NV 2
#define NV_1 8
#define NV_2 4
#define NV_3 4
#define NV_4 2
#include "attention.h"
#pragma clang attribute pop
#include "table.h"
const ck_table *ck_avx2(void) { return &avx2_table; }
#endif
