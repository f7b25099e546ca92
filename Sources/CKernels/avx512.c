// AVX-512 without BF16 products (Skylake-X to Ice Lake).
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"), min_vector_width(512))), apply_to = function)
#define NAME(x) avx512_##x
#define ISA_NAME "avx512"
#include "avx512.h"
#pragma clang attribute pop
#include "table.h"
const ck_table *ck_avx512(void) { return &avx512_table; }
#endif
