// int8 operands of the matrix product. Each row has one scale, its largest magnitude / 127; four neighbours along the
// reduction share a 32-bit word. Left operands are stored plus ROW_OFFSET: 128, as unsigned bytes, where the processor's dot
// products want them so; right panels carry what that adds to a sum. Sums are exact, so that every instruction set gives
// the same bits.
//
// A panel is [words][panel] words, then [panel] scales, then [panel] offsets (128 times the row's sum).
// Scheme: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
// 2018, section 2.3.
#pragma once
#include "vec.h"

typedef int8_t v_bytes __attribute__((vector_size(VW)));
typedef int16_t v_shorts __attribute__((vector_size(VW * 4)));

#if defined(HAVE_SDOT) || VW == 8 && !defined(HAVE_VNNI)
#define ROW_OFFSET 0
#else
#define ROW_OFFSET 128
#endif

/// Added to a float below 2^22, leaves its nearest integer (ties to even) in the low bits.
#define ROUNDING 12582912.0f

INLINE float NAME(largest)(const float *x, size_t k) {
    vf lanes = {};
    size_t i = 0;
    for (; i + VW <= k; i += VW) {
        vf size = (vf)((vi)v_load(x + i) & 0x7FFFFFFF);
        lanes = v_select(size > lanes, size, lanes);
    }
    float top = v_max(lanes);
    for (; i < k; i++) top = fabsf(x[i]) > top ? fabsf(x[i]) : top;
    return top;
}

/// VW words of four bytes each: the 4 VW values from `p` on, divided by the scale and rounded.
INLINE vu NAME(quads)(const float *p, float inverse, int offset) {
    int8_t bytes[4 * VW];
    for (int g = 0; g < 4; g++) {
        vf x = v_load(p + g * VW) * v_set(inverse);
        vf rounded = x + v_set(ROUNDING);
        vi q = (vi)rounded - (vi)v_set(ROUNDING) + offset;
        v_bytes narrow = __builtin_convertvector(q, v_bytes);
        memcpy(bytes + g * VW, &narrow, VW);
    }
    vu words;
    memcpy(&words, bytes, sizeof words);
    return words;
}

INLINE uint32_t NAME(quad)(const float *p, size_t count, float inverse, int offset) {
    uint32_t word = 0;
    for (size_t i = 0; i < count; i++) {
        float x = p[i] * inverse;
        float rounded = x + ROUNDING;
        int32_t q;
        memcpy(&q, &rounded, 4);
        word |= ((uint32_t)(q + offset) & 0xFF) << 8 * i;
    }
    return word;
}

/// Packs `width` rows, of which `rows` exist, as `words` words each and their scales behind them; `width` is a constant
/// after inlining. Beyond k there are zero bits.
INLINE void NAME(pack_quads)(uint32_t *dst, const float *src, const size_t width, size_t rows, size_t k, size_t ld,
                             size_t panel, size_t words, int offset) {
    size_t p = 0;
    float inverse[VW], *scales = (float *)(dst + words * panel);
    for (size_t j = 0; j < width; j++) {
        float top = j < rows ? NAME(largest)(src + j * ld, k) : 0;
        scales[j] = top / 127.0f;
        inverse[j] = top > 0 ? 127.0f / top : 0;
    }
    for (; 4 * (p + VW) <= k; p += VW) {
        vu block[VW] = {};
        for (size_t j = 0; j < width && j < rows; j++) block[j] = NAME(quads)(src + j * ld + 4 * p, inverse[j], offset);
        v_transpose(block);
        for (size_t j = 0; j < VW; j++) memcpy(dst + (p + j) * panel, block + j, width * 4);
    }
    int32_t bits;
    float rounding = ROUNDING;
    memcpy(&bits, &rounding, 4);
    for (; 4 * p < k; p++)
        for (size_t j = 0; j < width; j++)
            dst[p * panel + j] =
                j < rows ? NAME(quad)(src + j * ld + 4 * p, k - 4 * p < 4 ? k - 4 * p : 4, inverse[j], offset - bits) : 0;
    for (; p < words; p++)
        for (size_t j = 0; j < width; j++) dst[p * panel + j] = 0;
}

/// One panel of `rows` rows, block by block.
static void NAME(pack_panel_quads)(uint32_t *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel,
                                   size_t words, int offset) {
    for (size_t first = 0; first < panel; first += VW) {
        size_t left = first < rows ? rows - first : 0;
        const float *row = src + (left ? first * ld : 0);
        if (panel - first >= VW) NAME(pack_quads)(dst + first, row, VW, left, k, ld, panel, words, offset);
        else if (VW > 12) NAME(pack_quads)(dst + first, row, 12, left, k, ld, panel, words, offset);
        else NAME(pack_quads)(dst + first, row, 4, left, k, ld, panel, words, offset);
    }
}

/// The same with what the 128 of left operands adds to the sums of right ones.
static void NAME(pack_rows_i8)(uint32_t *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel) {
    size_t words = (k + 3) / 4;
    NAME(pack_panel_quads)(dst, src, rows, k, ld, panel, words, panel == CK_MR ? ROW_OFFSET : 0);
    int32_t *offsets = (int32_t *)(dst + (words + 1) * panel);
    for (size_t j = 0; j < panel; j++) {
        offsets[j] = 0;
        if (panel == CK_NR)
            for (size_t i = 0; i < words; i++)
                for (int byte = 0; byte < 4; byte++) offsets[j] += 128 * (int8_t)(dst[i * panel + j] >> 8 * byte);
    }
}

/// acc += four products a word: bytes of `row`, signed or plus 128, times signed bytes of `column`. `few`: fewer rows than
/// columns take part.
INLINE vi NAME(dot4)(vi acc, uint32_t row, vu column, const int few) {
#ifdef HAVE_SDOT
    return vdotq_s32(acc, (int8x16_t)column, (int8x16_t)((vu){} + row));
#elif defined(HAVE_VNNI)
#if VW == 16
    return (vi)_mm512_dpbusd_epi32((__m512i)acc, _mm512_set1_epi32((int)row), (__m512i)column);
#else
    return (vi)_mm256_dpbusd_avx_epi32((__m256i)acc, _mm256_set1_epi32((int)row), (__m256i)column);
#endif
#elif VW == 16
    v_shorts bytes = (v_shorts)column, low = (bytes << 8) >> 8, high = bytes >> 8;
    v_shorts even = (v_shorts)((vu){} + (row & 0x00FF00FFu)), odd = (v_shorts)((vu){} + (row >> 8 & 0x00FF00FFu));
    return acc + (vi)_mm512_madd_epi16((__m512i)low, (__m512i)even) + (vi)_mm512_madd_epi16((__m512i)high, (__m512i)odd);
#elif VW == 8
    // The size of one side times the other with its signs: a pair is at most 2 · 127 · 127, which 16 bits hold. The side
    // that more products share gives its size.
    __m256i x = _mm256_set1_epi32((int)row), y = (__m256i)column;
    __m256i size = _mm256_abs_epi8(few ? x : y), other = few ? _mm256_sign_epi8(y, x) : _mm256_sign_epi8(x, y);
    return acc + (vi)_mm256_madd_epi16(_mm256_maddubs_epi16(size, other), _mm256_set1_epi16(1));
#else
    vi words = (vi)column;
    for (int byte = 0; byte < 4; byte++) acc += ((words << (24 - 8 * byte)) >> 24) * (int32_t)(row >> 8 * byte & 0xFF);
    return acc;
#endif
}

/// The int8 form of `micro`, with the same arguments.
INLINE void NAME(micro_i8)(const int mr, const int nv, float *const *c, size_t ldc, const size_t *width,
                           const uint32_t *a, const float *const *b, size_t k, int accumulate) {
    vi acc[CK_MR][MAX_NV];
    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nv; j++) acc[i][j] = (vi){};
    size_t words = (k + 3) / 4;
    for (size_t p = 0; p < words; p++) {
        vu column[MAX_NV];
        for (int j = 0; j < nv; j++) column[j] = *(const vu_any *)(b[j] + p * CK_NR);
        // The next panel comes from far while this one is multiplied.
        if (nv == NV)
            for (int j = 0; j < nv; j++) __builtin_prefetch(b[j] + (p + words + 2) * CK_NR, 0, 2);
        for (int i = 0; i < mr; i++)
            for (int j = 0; j < nv; j++) acc[i][j] = NAME(dot4)(acc[i][j], a[p * CK_MR + i], column[j], mr < nv);
    }
    const float *scales = (const float *)(a + words * CK_MR);
    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nv; j++) {
            vi sum = acc[i][j];
            if (ROW_OFFSET) sum -= (vi)*(const vu_any *)(b[j] + (words + 1) * CK_NR);
            vf scale = v_load(b[j] + words * CK_NR) * v_set(scales[i]);
            v_put(c[j] + (size_t)i * ldc, __builtin_convertvector(sum, vf) * scale, width[j], accumulate);
        }
}
