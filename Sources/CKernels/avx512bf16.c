// AVX-512 with BF16 and VNNI products (Zen 4, Sapphire Rapids and later).
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx512vnni,avx2,fma"), min_vector_width(512))), apply_to = function)
#define NAME(x) avx512bf16_##x
#define ISA_NAME "avx512bf16"
#define HAVE_BF16_DOT
#define HAVE_VNNI
#include "avx512.h"
#pragma clang attribute pop
#include "table.h"
const ck_table *ck_avx512bf16(void) { return &avx512bf16_table; }
#endif
