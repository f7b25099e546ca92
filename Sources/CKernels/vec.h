// Vectors of VW floats in the compiler's own notation, so that one source serves AVX-512, AVX2, NEON and SSE2.
#pragma once
#include <float.h>
#include <math.h>
#include <string.h>
#include "bf16.h"
#include "CKernels.h"

typedef float vf __attribute__((vector_size(VW * 4)));
typedef int32_t vi __attribute__((vector_size(VW * 4)));
typedef uint32_t vu __attribute__((vector_size(VW * 4)));
typedef uint16_t vh __attribute__((vector_size(VW * 2)));
typedef float vf_any __attribute__((vector_size(VW * 4), aligned(4)));
typedef uint32_t vu_any __attribute__((vector_size(VW * 4), aligned(4)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf v_load(const float *p) { return *(const vf_any *)p; }
INLINE void v_store(float *p, vf x) { *(vf_any *)p = x; }
INLINE vf v_set(float x) { return x - (vf){}; }
INLINE vf v_load_part(const float *p, size_t n) {
    vf x = {};
    memcpy(&x, p, n * 4);
    return x;
}
INLINE void v_store_part(float *p, vf x, size_t n) { memcpy(p, &x, n * 4); }
/// Writes the first `n` lanes, or adds them to what is there.
INLINE void v_put(float *p, vf x, size_t n, int accumulate) {
    if (n == VW) v_store(p, accumulate ? v_load(p) + x : x);
    else if (n > 0) v_store_part(p, accumulate ? v_load_part(p, n) + x : x, n);
}
INLINE vf v_select(vi mask, vf a, vf b) { return (vf)(((vi)a & mask) | ((vi)b & ~mask)); }

#ifdef VFMA
INLINE vf v_fma(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }
#else
INLINE vf v_fma(vf a, vf b, vf c) { return a * b + c; }
#endif

/// Lists f(lane, s) for all lanes, as indices of a shuffle of two vectors.
#if VW == 16
#define V_LANES(f, s) \
    f(0, s), f(1, s), f(2, s), f(3, s), f(4, s), f(5, s), f(6, s), f(7, s), f(8, s), f(9, s), f(10, s), f(11, s), \
        f(12, s), f(13, s), f(14, s), f(15, s)
#elif VW == 8
#define V_LANES(f, s) f(0, s), f(1, s), f(2, s), f(3, s), f(4, s), f(5, s), f(6, s), f(7, s)
#else
#define V_LANES(f, s) f(0, s), f(1, s), f(2, s), f(3, s)
#endif
#define V_EVEN(j, s) (2 * (j))
#define V_ODD(j, s) (2 * (j) + 1)
#define V_UPPER(j, s) ((j) & (s) ? VW + (j) - (s) : (j))
#define V_LOWER(j, s) ((j) & (s) ? VW + (j) : (j) + (s))

/// One step of a transposition: exchanges the off-diagonal blocks of s × s lanes.
#define V_EXCHANGE(x, s) \
    for (int i = 0; i < VW; i++) \
        if (!(i & (s))) { \
            vu a = (x)[i], b = (x)[i + (s)]; \
            (x)[i] = __builtin_shufflevector(a, b, V_LANES(V_UPPER, s)); \
            (x)[i + (s)] = __builtin_shufflevector(a, b, V_LANES(V_LOWER, s)); \
        }

/// Transposes VW vectors of VW words.
INLINE void v_transpose(vu *x) {
    V_EXCHANGE(x, 1)
    V_EXCHANGE(x, 2)
#if VW > 4
    V_EXCHANGE(x, 4)
#endif
#if VW > 8
    V_EXCHANGE(x, 8)
#endif
}

/// Sum of the lanes in a fixed tree.
INLINE float v_sum(vf x) {
    float lanes[VW];
    memcpy(lanes, &x, sizeof lanes);
    for (int width = VW / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
    return lanes[0];
}

INLINE float v_max(vf x) {
    float best = x[0];
    for (int i = 1; i < VW; i++) best = x[i] > best ? x[i] : best;
    return best;
}

/// exp(x) to about 2 units in the last place; 0 below -87.3. Cephes' polynomial after reduction to |r| <= ln(2)/2.
INLINE vf v_exp(vf x) {
    vi tiny = x < v_set(-87.33654f);
    x = v_select(x > v_set(88.0f), v_set(88.0f), x);
    x = v_select(tiny, v_set(-87.33654f), x);
    vf n = v_fma(x, v_set(1.44269504f), v_set(12582912.0f)) - v_set(12582912.0f);
    vf r = v_fma(n, v_set(-0.693359375f), x);
    r = v_fma(n, v_set(2.12194440e-4f), r);
    vf p = v_set(1.9875691500e-4f);
    p = v_fma(p, r, v_set(1.3981999507e-3f));
    p = v_fma(p, r, v_set(8.3334519073e-3f));
    p = v_fma(p, r, v_set(4.1665795894e-2f));
    p = v_fma(p, r, v_set(1.6666665459e-1f));
    p = v_fma(p, r, v_set(5.0000001201e-1f));
    p = v_fma(p * r, r, r) + v_set(1.0f);
    vi exponent = (__builtin_convertvector(n, vi) + 127) << 23;
    return v_select(tiny, (vf){}, p * (vf)exponent);
}

/// Rounds to the nearest bfloat16 (ties to even), result in the low 16 bits. A NaN stays a NaN.
INLINE vu v_bf16(vf x) {
    vu bits = (vu)x;
    vu rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    vu nan = (vu)(x != x);
    return (rounded & ~nan) | (((bits >> 16) | 0x40) & nan);
}
