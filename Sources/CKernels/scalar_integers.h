// The scalar reference of products of integers: packing and multiplying as gemm8.h and gemm4.h define them.
#pragma once
#include <math.h>
#include "CKernels.h"

/// Value i of a packed int8 row, without its offset, and the row's scale.
static int byte_of(const uint32_t *packed, size_t r, size_t i, size_t words, size_t panel) {
    uint32_t word = packed[r / panel * panel * (words + 2) + i / 4 * panel + r % panel];
    uint32_t byte = word >> 8 * (i % 4) & 0xFF;
    return panel == CK_MR ? (int)byte - 128 : (int8_t)byte;
}

static float scale_of(const uint32_t *packed, size_t r, size_t words, size_t panel) {
    return ((const float *)packed)[r / panel * panel * (words + 2) + words * panel + r % panel];
}

static void pack_i8(uint32_t *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel) {
    size_t words = (k + 3) / 4;
    for (size_t r = 0; r < rows; r++) {
        float top = 0;
        for (size_t i = 0; i < k; i++) top = fabsf(src[r * ld + i]) > top ? fabsf(src[r * ld + i]) : top;
        float inverse = top > 0 ? 127.0f / top : 0;
        uint32_t *base = dst + r / panel * panel * (words + 2) + r % panel;
        int32_t sum = 0;
        for (size_t i = 0; i < k; i++) {
            float scaled = src[r * ld + i] * inverse;
            int q = (int)rintf(scaled);
            sum += q;
            base[i / 4 * panel] |= ((uint32_t)(panel == CK_MR ? q + 128 : q) & 0xFF) << 8 * (i % 4);
        }
        ((float *)base)[words * panel] = top / 127.0f;
        ((int32_t *)base)[(words + 1) * panel] = panel == CK_MR ? 0 : 128 * sum;
    }
}

static float product_i8(const uint32_t *a, size_t row, const uint32_t *b, size_t column, size_t k) {
    size_t words = (k + 3) / 4;
    int32_t exact = 0;
    for (size_t i = 0; i < k; i++) exact += byte_of(a, row, i, words, CK_MR) * byte_of(b, column, i, words, CK_NR);
    return (float)exact * (scale_of(b, column, words, CK_NR) * scale_of(a, row, words, CK_MR));
}

static size_t groups_of(size_t k) { return (k + CK_GROUP - 1) / CK_GROUP; }

static void pack_weights_i4(uint32_t *dst, const float *src, size_t rows, size_t k, size_t ld) {
    size_t words = CK_GROUP / 8 + 1, padded = (rows + CK_NR - 1) / CK_NR * CK_NR;
    for (size_t r = 0; r < padded; r++)
        for (size_t g = 0; g < groups_of(k); g++) {
            uint32_t *base = dst + (r / CK_NR * groups_of(k) + g) * words * CK_NR + r % CK_NR;
            float top = 0;
            for (size_t i = g * CK_GROUP; i < (g + 1) * CK_GROUP; i++) {
                float x = r < rows && i < k ? src[r * ld + i] : 0;
                top = fabsf(x) > fabsf(top) ? x : top;
            }
            float inverse = top != 0 ? -8.0f / top : 0;
            for (size_t i = 0; i < CK_GROUP; i++) {
                float x = r < rows && g * CK_GROUP + i < k ? src[r * ld + g * CK_GROUP + i] : 0;
                float shifted = fmaf(x, inverse, 8.5f);
                uint32_t q = shifted < 15 ? (uint32_t)shifted : 15;
                base[i / 8 * CK_NR] |= q << (8 * (i % 4) + (i % 8 < 4 ? 0 : 4));
            }
            ((float *)base)[CK_GROUP / 8 * CK_NR] = top / -8.0f;
        }
}

static void pack_activations_i4(uint32_t *dst, const float *src, size_t rows, size_t k, size_t ld) {
    size_t words = groups_of(k) * CK_GROUP / 4, stride = words + 1 + groups_of(k);
    for (size_t r = 0; r < rows; r++) {
        uint32_t *base = dst + r / CK_MR * CK_MR * stride + r % CK_MR;
        float top = 0;
        for (size_t i = 0; i < k; i++) top = fabsf(src[r * ld + i]) > top ? fabsf(src[r * ld + i]) : top;
        for (size_t i = 0; i < k; i++) {
            float scaled = src[r * ld + i] * (top > 0 ? 127.0f / top : 0);
            int q = (int)rintf(scaled);
            base[i / 4 * CK_MR] |= ((uint32_t)q & 0xFF) << 8 * (i % 4);
            ((int32_t *)base)[(words + 1 + i / CK_GROUP) * CK_MR] -= 8 * q;
        }
        ((float *)base)[words * CK_MR] = top / 127.0f;
    }
}

static float product_i4(const uint32_t *a, size_t row, const uint32_t *b, size_t column, size_t k) {
    size_t words = groups_of(k) * CK_GROUP / 4, stride = words + 1 + groups_of(k);
    const uint32_t *activations = a + row / CK_MR * CK_MR * stride + row % CK_MR;
    const uint32_t *weights = b + column / CK_NR * groups_of(k) * (CK_GROUP / 8 + 1) * CK_NR + column % CK_NR;
    float total = 0;
    for (size_t g = 0; g < groups_of(k); g++) {
        int32_t exact = 0;
        for (size_t i = 0; i < CK_GROUP; i++) {
            uint32_t byte = activations[(g * CK_GROUP + i) / 4 * CK_MR] >> 8 * (i % 4) & 0xFF;
            uint32_t nibble = weights[i / 8 * CK_NR] >> (8 * (i % 4) + (i % 8 < 4 ? 0 : 4)) & 15;
            exact += (int8_t)byte * ((int)nibble - 8);
        }
        total += (float)exact * ((const float *)weights)[CK_GROUP / 8 * CK_NR];
        weights += (CK_GROUP / 8 + 1) * CK_NR;
    }
    return total * ((const float *)activations)[words * CK_MR];
}
