// Which tables this processor can run.
#include "CKernels.h"

const ck_table *ck_scalar(void);
#if defined(__x86_64__)
const ck_table *ck_avx512bf16(void);
const ck_table *ck_avx512(void);
const ck_table *ck_avx2(void);
#elif defined(__aarch64__)
const ck_table *ck_neon(void);
#endif

const ck_table *const *ck_available(size_t *count) {
    // Filled on every call with the same values, so that two threads may race here.
    static const ck_table *tables[4];
    size_t n = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (avx512 && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni"))
        tables[n++] = ck_avx512bf16();
    if (avx512) tables[n++] = ck_avx512();
    if (avx2) tables[n++] = ck_avx2();
#elif defined(__aarch64__)
    tables[n++] = ck_neon();
#endif
    tables[n++] = ck_scalar();
    *count = n;
    return tables;
}

size_t ck_packed_bytes(size_t rows, size_t k, size_t panel, ck_format format) {
    // With scales and offsets.
    size_t words = format == CK_I8 ? (k + 3) / 4 + 2 : format == CK_BF16 ? (k + 1) / 2 : k;
    return (rows + panel - 1) / panel * panel * words * 4;
}

size_t ck_attention_scratch(size_t n, size_t width) {
    size_t keys = ((n + 63) / CK_NR + 2) * CK_NR * (width + CK_NR) * 4 + 128;
    size_t tiles = (n + 2 * CK_NR + CK_MR) * 64 * 4 + 128, rows = (width + CK_NR) * 128 * 4 + 128;
    return 4 * keys + 3 * tiles + 2 * rows;
}
