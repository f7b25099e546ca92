// One call of an AVX2 kernel, for an instruction counter: see instructions.sh.
// Usage: instructions gemm fp32|bf16|int8|int4 ROWS OUTPUTS INPUTS | attend fp32|bf16 QUERIES KEYS WIDTH
#include "driver.h"

static float *numbers(size_t n) {
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (float)(i * 37 % 101) / 50 - 1;
    return x;
}

static void product(const ck_table *table, ck_format format, size_t m, size_t n, size_t k) {
    float *a = numbers(m * k), *b = numbers(n * k), *c = numbers(m * n);
    void *left = malloc(ck_packed_bytes(m, k, CK_MR, format)), *right = malloc(ck_packed_bytes(n, k, CK_NR, format));
    table->pack(left, a, m, k, k, CK_MR, 0, format);
    table->pack(right, b, n, k, k, CK_NR, 0, format);
    table->gemm(c, n, left, right, m, n, k, 0, (n + CK_NR - 1) / CK_NR, 0, format);
}

static void attention(const ck_table *table, ck_format format, size_t queries, size_t keys, size_t width) {
    float *words = numbers(ck_cache_words(keys, width, format)), *query = numbers(width), *to[CK_QUERIES];
    const float *from[CK_QUERIES];
    size_t clean[CK_QUERIES];
    for (size_t q = 0; q < queries; q++) from[q] = query, to[q] = numbers(width), clean[q] = keys;
    for (size_t i = 0; i < keys; i++) {
        ck_store_key(words, query, i, width, format);
    }
    table->attend(queries, to, from, clean, words, words, words, words, 0, width, 0.125f, format,
                  numbers(ck_attend_scratch(keys, 0, width)));
}

int main(int count, char **arguments) {
    static const char *const formats[] = {"fp32", "bf16", "int8", "int4"};
    if (count != 6) return 2;
    ck_format format = CK_F32;
    for (int i = 0; i < 4; i++)
        if (!strcmp(arguments[2], formats[i])) format = (ck_format)i;
    size_t x = (size_t)atoi(arguments[3]), y = (size_t)atoi(arguments[4]), z = (size_t)atoi(arguments[5]), tables;
    const ck_table *const *available = ck_available(&tables);
    for (size_t i = 0; i < tables; i++)
        if (!strcmp(available[i]->name, "avx2")) {
            if (!strcmp(arguments[1], "gemm")) product(available[i], format, x, y, z);
            else attention(available[i], format, x, y, z);
            return 0;
        }
    fprintf(stderr, "this processor has no AVX2\n");
    return 3;
}
