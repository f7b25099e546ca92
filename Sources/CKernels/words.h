// 32-bit words along a reduction: one fp32 each, or two neighbouring bf16, the even one in the low half.
#pragma once
#include "vec.h"

/// Words of a reduction of length n.
INLINE size_t NAME(words)(ck_format format, size_t n) { return format == CK_BF16 ? (n + 1) / 2 : n; }

/// Words of two bf16 each: lane i holds element 2i of low and high in its low half and 2i + 1 in its high one.
INLINE vu NAME(pairs)(vf low, vf high) {
#ifdef HAVE_BF16_DOT
    return (vu)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low);
#else
    return v_bf16(__builtin_shufflevector(low, high, V_LANES(V_EVEN, 0))) |
           v_bf16(__builtin_shufflevector(low, high, V_LANES(V_ODD, 0))) << 16;
#endif
}

/// Lanes rounded to bf16.
INLINE vh NAME(halves)(vf x) {
#ifdef HAVE_BF16_DOT
    return (vh)_mm512_cvtneps_pbh((__m512)x);
#else
    return __builtin_convertvector(v_bf16(x), vh);
#endif
}

/// exp(x) for x <= 0 to 4e-6 of its value, which a bf16 does not tell from the exact one; 0 below -87.3. 2^r for
/// |r| <= 1/2 by a polynomial through Chebyshev nodes.
INLINE vf v_exp_of_halves(vf x) {
    vi tiny = x < v_set(-87.33654f);
    vf y = v_select(tiny, v_set(-126.0f), x * v_set(1.44269504f));
    vf n = (y + v_set(12582912.0f)) - v_set(12582912.0f), r = y - n;
    vf p = v_fma(v_set(0.00966636852f), r, v_set(0.0559219758f));
    p = v_fma(p, r, v_set(0.24022349f));
    p = v_fma(p, r, v_set(0.693121045f));
    p = v_fma(p, r, v_set(1.0f));
    vi exponent = (__builtin_convertvector(n, vi) + 127) << 23;
    return v_select(tiny, (vf){}, p * (vf)exponent);
}

/// The vectors that a word of many lanes stands for.
typedef struct {
    vf even, odd;
} NAME(word);

INLINE NAME(word) NAME(open)(ck_format format, vf lanes) {
#ifdef HAVE_BF16_DOT
    return (NAME(word)){lanes};
#else
    if (format == CK_F32) return (NAME(word)){lanes};
    return (NAME(word)){(vf)((vu)lanes << 16), (vf)((vu)lanes & 0xFFFF0000u)};
#endif
}

/// sum + scalar · lanes; of two bf16 the even product is added first.
INLINE vf NAME(word_fma)(ck_format format, const void *scalar, NAME(word) lanes, vf sum) {
    uint32_t word;
    memcpy(&word, scalar, 4);
    if (format == CK_F32) return v_fma(v_set(*(const float *)scalar), lanes.even, sum);
#ifdef HAVE_BF16_DOT
    return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32((int)word), (__m512bh)lanes.even);
#else
    uint32_t low = word << 16, high = word & 0xFFFF0000u;
    float even, odd;
    memcpy(&even, &low, 4);
    memcpy(&odd, &high, 4);
    return v_fma(v_set(odd), lanes.odd, v_fma(v_set(even), lanes.even, sum));
#endif
}

/// The same with word i of scalars that are used many times: they stand as floats where words would have to be opened
/// each time, those of bf16 two to a word.
INLINE vf NAME(scalar_fma)(ck_format format, const float *scalars, size_t i, NAME(word) lanes, vf sum) {
#ifdef HAVE_BF16_DOT
    return NAME(word_fma)(format, scalars + i, lanes, sum);
#else
    if (format == CK_F32) return v_fma(v_set(scalars[i]), lanes.even, sum);
    return v_fma(v_set(scalars[2 * i + 1]), lanes.odd, v_fma(v_set(scalars[2 * i]), lanes.even, sum));
#endif
}

/// Scalars [at, at + VW) of such a row, rounded to bf16; returns what they are now.
INLINE vf NAME(put_scalars)(float *scalars, size_t at, vf x) {
#ifdef HAVE_BF16_DOT
    vh half = NAME(halves)(x);
    memcpy((uint16_t *)scalars + at, &half, sizeof half);
    return (vf)(__builtin_convertvector(half, vu) << 16);
#else
    vf rounded = (vf)(v_bf16(x) << 16);
    v_store(scalars + at, rounded);
    return rounded;
#endif
}
