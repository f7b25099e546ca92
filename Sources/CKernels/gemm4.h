// int4 weights against int8 activations. Along the reduction every CK_GROUP weights of a row share a scale; weights are
// 0 to 15 and stand for -8 to 7 times it. Activations are signed bytes with one scale for each row, and carry for each
// group what the weights' zero point adds to a sum. Sums of a group are exact; groups are added in ascending order.
//
// A right panel is, for each group, [CK_GROUP / 8][panel] words (low nibbles: four neighbours, high ones: the next four)
// and [panel] scales. A left panel is [words][panel] words of four bytes, [panel] scales, and [groups][panel] starts:
// -8 times the sum of the group's bytes.
// Scheme: Dettmers and Zettlemoyer, "The case for 4-bit precision: k-bit inference scaling laws", 2023, section 2 (groups);
// the scale from the signed extreme, which uses all sixteen values, as in the Q4_0 format of ggml.
#pragma once
#include "gemm8.h"

enum { QUADS = CK_GROUP / 4, GROUP_WORDS = CK_GROUP / 8 + 1 };

/// One group of one weight row: its words, `panel` apart, and its scale.
INLINE void NAME(pack_group)(uint32_t *dst, const float *src, size_t count, size_t panel) {
    float top = 0;
    for (size_t i = 0; i < count; i++) top = fabsf(src[i]) > fabsf(top) ? src[i] : top;
    float scale = top / -8.0f, inverse = top != 0 ? -8.0f / top : 0;
    uint32_t words[CK_GROUP / 8] = {0};
    for (size_t i = 0; i < CK_GROUP; i++) {
        float x = i < count ? fmaf(src[i], inverse, 8.5f) : 8.5f;
        uint32_t q = x < 15.0f ? (uint32_t)x : 15;
        words[i / 8] |= q << (8 * (i % 4) + (i % 8 < 4 ? 0 : 4));
    }
    for (size_t p = 0; p < CK_GROUP / 8; p++) dst[p * panel] = words[p];
    memcpy(dst + CK_GROUP / 8 * panel, &scale, 4);
}

/// Right operand: one panel of `rows` rows.
static void NAME(pack_weights_i4)(uint32_t *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel) {
    for (size_t g = 0; g * CK_GROUP < k; g++)
        for (size_t r = 0; r < panel; r++) {
            size_t count = k - g * CK_GROUP < CK_GROUP ? k - g * CK_GROUP : CK_GROUP;
            NAME(pack_group)(dst + g * GROUP_WORDS * panel + r, src + (r < rows ? r * ld + g * CK_GROUP : 0),
                             r < rows ? count : 0, panel);
        }
}

/// Left operand: one panel of `rows` rows, as int8 packs it but signed and padded to whole groups.
static void NAME(pack_activations_i4)(uint32_t *dst, const float *src, size_t rows, size_t k, size_t ld) {
    size_t groups = (k + CK_GROUP - 1) / CK_GROUP, words = groups * QUADS;
    NAME(pack_panel_quads)(dst, src, rows, k, ld, CK_MR, words, 0);
    int32_t *starts = (int32_t *)(dst + (words + 1) * CK_MR);
    for (size_t g = 0; g < groups; g++) {
        int32_t sum[CK_MR] = {0};
        for (size_t i = g * QUADS; i < (g + 1) * QUADS; i++)
            for (size_t r = 0; r < CK_MR; r++) {
                uint32_t word = dst[i * CK_MR + r];
                sum[r] += ((int32_t)(word << 24) >> 24) + ((int32_t)(word << 16) >> 24) + ((int32_t)(word << 8) >> 24) +
                          ((int32_t)word >> 24);
            }
        for (size_t r = 0; r < CK_MR; r++) starts[g * CK_MR + r] = -8 * sum[r];
    }
}

/// Sums of products on the way to 32 bits: as they are, or in pairs of 16 bits, of which eight quads fit.
#if defined(HAVE_VNNI) || VW == 4
typedef vi NAME(part);
#else
typedef v_shorts NAME(part);
#endif

/// part += four products a word: nibbles of `column` (0 to 15 in each byte) times signed bytes of `row`.
INLINE NAME(part) NAME(nibble4)(NAME(part) part, vu column, uint32_t row) {
#ifdef HAVE_VNNI
#if VW == 16
    return (vi)_mm512_dpbusd_epi32((__m512i)part, (__m512i)column, _mm512_set1_epi32((int)row));
#else
    return (vi)_mm256_dpbusd_avx_epi32((__m256i)part, (__m256i)column, _mm256_set1_epi32((int)row));
#endif
#elif defined(HAVE_SDOT)
    return vdotq_s32(part, (int8x16_t)column, (int8x16_t)((vu){} + row));
#elif VW == 16
    return part + (v_shorts)_mm512_maddubs_epi16((__m512i)column, _mm512_set1_epi32((int)row));
#elif VW == 8
    return part + (v_shorts)_mm256_maddubs_epi16((__m256i)column, _mm256_set1_epi32((int)row));
#else
    vi nibbles = (vi)column;
    for (int byte = 0; byte < 4; byte++) part += (nibbles >> 8 * byte & 0xFF) * (int32_t)(int8_t)(row >> 8 * byte);
    return part;
#endif
}

INLINE vi NAME(widened)(NAME(part) part) {
#if defined(HAVE_VNNI) || VW == 4
    return part;
#elif VW == 16
    return (vi)_mm512_madd_epi16((__m512i)part, _mm512_set1_epi16(1));
#else
    return (vi)_mm256_madd_epi16((__m256i)part, _mm256_set1_epi16(1));
#endif
}

/// The int4 form of `micro`, with the same arguments.
INLINE void NAME(micro_i4)(const int mr, const int nv, float *const *c, size_t ldc, const size_t *width,
                           const uint32_t *a, const float *const *b, size_t k, int accumulate) {
    vf total[CK_MR][MAX_NV];
    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nv; j++) total[i][j] = (vf){};
    size_t groups = (k + CK_GROUP - 1) / CK_GROUP, words = groups * QUADS;
    const float *scales = (const float *)(a + words * CK_MR);
    const int32_t *starts = (const int32_t *)(scales + CK_MR);
    for (size_t g = 0; g < groups; g++) {
        vi sum[CK_MR][MAX_NV];
        for (int i = 0; i < mr; i++)
            for (int j = 0; j < nv; j++) sum[i][j] = (vi){} + starts[g * CK_MR + i];
        for (size_t half = 0; half < 2; half++) {
            NAME(part) part[CK_MR][MAX_NV];
            for (int i = 0; i < mr; i++)
                for (int j = 0; j < nv; j++) {
#if defined(HAVE_VNNI) || VW == 4
                    part[i][j] = sum[i][j];
#else
                    part[i][j] = (v_shorts){};
#endif
                }
            for (size_t p = half * (QUADS / 4); p < (half + 1) * (QUADS / 4); p++) {
                vu low[MAX_NV], high[MAX_NV];
                for (int j = 0; j < nv; j++) {
                    vu word = *(const vu_any *)(b[j] + (g * GROUP_WORDS + p) * CK_NR);
                    low[j] = word & 0x0F0F0F0Fu;
                    high[j] = word >> 4 & 0x0F0F0F0Fu;
                }
                if (nv == NV)
                    for (int j = 0; j < nv; j++)
                        __builtin_prefetch(b[j] + ((groups + g) * GROUP_WORDS + p) * CK_NR, 0, 2);
                const uint32_t *quad = a + (g * QUADS + 2 * p) * CK_MR;
                for (int i = 0; i < mr; i++)
                    for (int j = 0; j < nv; j++) {
                        part[i][j] = NAME(nibble4)(part[i][j], low[j], quad[i]);
                        part[i][j] = NAME(nibble4)(part[i][j], high[j], quad[CK_MR + i]);
                    }
            }
            for (int i = 0; i < mr; i++)
                for (int j = 0; j < nv; j++) {
#if defined(HAVE_VNNI) || VW == 4
                    sum[i][j] = part[i][j];
#else
                    sum[i][j] += NAME(widened)(part[i][j]);
#endif
                }
        }
        for (int j = 0; j < nv; j++) {
            vf scale = v_load(b[j] + ((g + 1) * GROUP_WORDS - 1) * CK_NR);
            for (int i = 0; i < mr; i++) total[i][j] = v_fma(__builtin_convertvector(sum[i][j], vf), scale, total[i][j]);
        }
    }
    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nv; j++)
            v_put(c[j] + (size_t)i * ldc, total[i][j] * v_set(scales[i]), width[j], accumulate);
}
