// AVX2 with FMA.
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define NAME(x) avx2_##x
#define ISA_NAME "avx2"
#include "avx2.h"
#pragma clang attribute pop
#include "table.h"
const ck_table *ck_avx2(void) { return &avx2_table; }
#endif
