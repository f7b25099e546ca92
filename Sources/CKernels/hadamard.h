// The rotation of operands before they are rounded to integers. A product of rotated operands is the same, but no single
// large number sets the scale of a whole row any more.
// Source: Ashkboos et al., "QuaRot: outlier-free 4-bit inference in rotated LLMs", 2024, section 3.
#pragma once
#include "vec.h"

#define V_PARTNER(j, s) ((j) ^ (s))
#define V_SIGN(j, s) ((j) & (s) ? -1.0f : 1.0f)

/// One step of the fast transform among the lanes of a vector: (a, b) becomes (a + b, a - b).
#define V_BUTTERFLY(x, s) \
    x = v_fma(x, (vf){V_LANES(V_SIGN, s)}, __builtin_shufflevector(x, x, V_LANES(V_PARTNER, s)))

static void NAME(hadamard)(float *y, const float *x, size_t rows, size_t width, size_t ldx) {
    enum { N = CK_HADAMARD / VW };
    for (size_t r = 0; r < rows; r++, x += ldx, y += width) {
        size_t first = 0;
        for (; first + CK_HADAMARD <= width; first += CK_HADAMARD) {
            vf v[N];
            for (int i = 0; i < N; i++) {
                v[i] = v_load(x + first + i * VW);
                V_BUTTERFLY(v[i], 1);
                V_BUTTERFLY(v[i], 2);
#if VW > 4
                V_BUTTERFLY(v[i], 4);
#endif
#if VW > 8
                V_BUTTERFLY(v[i], 8);
#endif
            }
            for (int s = 1; s < N; s *= 2)
                for (int i = 0; i < N; i++)
                    if (!(i & s)) {
                        vf a = v[i], b = v[i + s];
                        v[i] = a + b;
                        v[i + s] = a - b;
                    }
            for (int i = 0; i < N; i++) v_store(y + first + i * VW, v[i] * v_set(0.125f));
        }
        if (y != x) memcpy(y + first, x + first, (width - first) * 4);
    }
}
