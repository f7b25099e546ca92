// Which tables this processor can run.
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif
#include "CKernels.h"

const ck_table *ck_scalar(void);
#if defined(__x86_64__)
const ck_table *ck_avx512bf16(void);
const ck_table *ck_avx512(void);
const ck_table *ck_avxvnni(void);
const ck_table *ck_avx2(void);
#elif defined(__aarch64__)
const ck_table *ck_neondot(void);
const ck_table *ck_neon(void);
#endif

const ck_table *const *ck_available(size_t *count) {
    // Filled on every call with the same values, so that two threads may race here.
    static const ck_table *tables[5];
    size_t n = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (avx512 && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni"))
        tables[n++] = ck_avx512bf16();
    if (avx512) tables[n++] = ck_avx512();
    if (avx2 && __builtin_cpu_supports("avxvnni")) tables[n++] = ck_avxvnni();
    if (avx2) tables[n++] = ck_avx2();
#elif defined(__aarch64__)
#if defined(__linux__)
    // HWCAP_ASIMDDP of the kernel's asm/hwcap.h.
    if (getauxval(AT_HWCAP) & 1 << 20) tables[n++] = ck_neondot();
#elif defined(__APPLE__)
    tables[n++] = ck_neondot();
#endif
    tables[n++] = ck_neon();
#endif
    tables[n++] = ck_scalar();
    *count = n;
    return tables;
}

size_t ck_attention_scratch(size_t n, size_t width) {
    size_t keys = ((n + 63) / CK_NR + 2) * CK_NR * (width + CK_NR) * 4 + 128;
    size_t tiles = (n + 2 * CK_NR + CK_MR) * 64 * 4 + 128, rows = (width + CK_NR) * 128 * 4 + 128;
    return 4 * keys + 3 * tiles + 2 * rows;
}
