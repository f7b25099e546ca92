// AVX2 with VNNI products in 256 bits (Alder Lake and later, Zen 5).
#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avxvnni"))), apply_to = function)
#define NAME(x) avxvnni_##x
#define ISA_NAME "avxvnni"
#define HAVE_VNNI
#include "avx2.h"
#pragma clang attribute pop
#include "table.h"
const ck_table *ck_avxvnni(void) { return &avxvnni_table; }
#endif
