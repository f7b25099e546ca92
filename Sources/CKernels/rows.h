// Kernels that make one pass over rows: normalisation, activation, rotation, softmax reductions, optimiser step.
#pragma once
#include "vec.h"

/// Runs `body(vector, lanes)` over [0, n): `x` is the offset, `part` the number of valid lanes (VW but at the end).
#define FOR_VECTORS(x, n) for (size_t x = 0, part = VW; x < (n) && (part = (n) - x < VW ? (n) - x : VW); x += VW)
#define LOAD(p) (part == VW ? v_load(p) : v_load_part(p, part))
#define STORE(p, value) (part == VW ? v_store(p, value) : v_store_part(p, value, part))

static float NAME(dot)(const float *x, const float *y, size_t n) {
    vf sum = {};
    FOR_VECTORS(i, n) sum = v_fma(LOAD(x + i), LOAD(y + i), sum);
    return v_sum(sum);
}

static float NAME(sum_of_squares)(const float *x, size_t n) { return NAME(dot)(x, x, n); }

static void NAME(axpby)(float *y, const float *x, size_t n, float alpha, float beta) {
    FOR_VECTORS(i, n) STORE(y + i, v_fma(v_set(alpha), LOAD(x + i), v_set(beta) * LOAD(y + i)));
}

static void NAME(rmsnorm)(float *y, float *inverse, const float *x, const float *gain, size_t rows, size_t width,
                          size_t ldx, size_t ldy, float eps) {
    for (size_t r = 0; r < rows; r++, x += ldx, y += ldy) {
        float inv = 1.0f / sqrtf(NAME(sum_of_squares)(x, width) / (float)width + eps);
        if (inverse) inverse[r] = inv;
        FOR_VECTORS(i, width) STORE(y + i, LOAD(x + i) * v_set(inv) * LOAD(gain + i));
    }
}

// With n = x*inv: dx = inv * (g*dy - n * mean(g*dy*n)).
static void NAME(rmsnorm_backward)(float *dx, float *dgain, const float *dy, const float *x, const float *inverse,
                                   const float *gain, size_t rows, size_t width, size_t ldx, size_t ldy,
                                   int accumulate) {
    for (size_t r = 0; r < rows; r++, x += ldx, dx += ldx, dy += ldy) {
        vf inv = v_set(inverse[r]), product = {};
        FOR_VECTORS(i, width) {
            vf n = LOAD(x + i) * inv, d = LOAD(dy + i);
            STORE(dgain + i, v_fma(d, n, LOAD(dgain + i)));
            product = v_fma(d * LOAD(gain + i), n, product);
        }
        vf mean = v_set(v_sum(product) / (float)width);
        FOR_VECTORS(i, width) {
            vf n = LOAD(x + i) * inv;
            vf d = inv * (LOAD(dy + i) * LOAD(gain + i) - n * mean);
            STORE(dx + i, accumulate ? LOAD(dx + i) + d : d);
        }
    }
}

INLINE vf NAME(sigmoid)(vf x) { return v_set(1.0f) / (v_set(1.0f) + v_exp(-x)); }

static void NAME(swiglu)(float *y, const float *x, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++, x += 2 * width, y += width)
        FOR_VECTORS(i, width) {
            vf gate = LOAD(x + i);
            STORE(y + i, gate * NAME(sigmoid)(gate) * LOAD(x + width + i));
        }
}

static void NAME(swiglu_backward)(float *dx, const float *dy, const float *x, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++, x += 2 * width, dx += 2 * width, dy += width)
        FOR_VECTORS(i, width) {
            vf gate = LOAD(x + i), up = LOAD(x + width + i), d = LOAD(dy + i);
            vf s = NAME(sigmoid)(gate);
            STORE(dx + i, d * up * s * (v_set(1.0f) + gate * (v_set(1.0f) - s)));
            STORE(dx + width + i, d * gate * s);
        }
}

static void NAME(rope)(float *x, const float *table, const int32_t *positions, size_t rows, size_t width, size_t ld,
                       float sign) {
    size_t half = width / 2;
    for (size_t r = 0; r < rows; r++, x += ld) {
        const float *cosine = table + (size_t)positions[r] * width, *sine = cosine + half;
        FOR_VECTORS(i, half) {
            vf a = LOAD(x + i), b = LOAD(x + half + i), c = LOAD(cosine + i), s = v_set(sign) * LOAD(sine + i);
            STORE(x + i, a * c - b * s);
            STORE(x + half + i, b * c + a * s);
        }
    }
}

/// Vectors of a row that are reduced side by side: each waits for itself alone.
enum { ROW_VECTORS = 4, ROW_BLOCK = ROW_VECTORS * VW };

/// Takes ROW_BLOCK logits into the largest and second largest of each lane.
INLINE void NAME(rank)(const float *logits, vf *best, vf *second) {
    for (int j = 0; j < ROW_VECTORS; j++) {
        vf x = v_load(logits + j * VW), smaller = v_select(x < best[j], x, best[j]);
        second[j] = v_select(smaller > second[j], smaller, second[j]);
        best[j] = v_select(x > best[j], x, best[j]);
    }
}

/// Takes ROW_BLOCK logits into the sums of e^d and of d e^d with d = logit - top. 2^r for |r| <= 1/2 by a polynomial through
/// Chebyshev nodes, to 3e-9. Over 152,000 normal logits the logarithm of the sum is right to 5e-7 of its value, the entropy
/// to 4e-6. A NaN is passed on.
INLINE void NAME(add_exponentials)(const float *logits, float top, vf *sums, vf *weighted) {
    vf d[ROW_VECTORS], r[ROW_VECTORS], p[ROW_VECTORS];
    vi n[ROW_VECTORS];
#define EACH(statement) \
    for (int j = 0; j < ROW_VECTORS; j++) statement;
    EACH(d[j] = v_load(logits + j * VW) - v_set(top))
    // What is smaller, a forbidden token's minus infinity too, adds as good as nothing.
    EACH(d[j] = v_select(d[j] < v_set(-87.0f), v_set(-87.0f), d[j]))
    EACH(r[j] = d[j] * v_set(1.44269504f))
    EACH(n[j] = (vi)(r[j] + v_set(12582912.0f)))
    EACH(r[j] -= (vf)n[j] - v_set(12582912.0f))
    EACH(p[j] = v_fma(v_set(0.000154614447f), r[j], v_set(0.00134004282f)))
    EACH(p[j] = v_fma(p[j], r[j], v_set(0.00961805668f)))
    EACH(p[j] = v_fma(p[j], r[j], v_set(0.0555032723f)))
    EACH(p[j] = v_fma(p[j], r[j], v_set(0.240226509f)))
    EACH(p[j] = v_fma(p[j], r[j], v_set(0.693147207f)))
    EACH(p[j] = v_fma(p[j], r[j], v_set(1.0f)))
    EACH(p[j] = (vf)((vi)p[j] + (n[j] << 23)))
    EACH(sums[j] += p[j])
    EACH(weighted[j] = v_fma(d[j], p[j], weighted[j]))
#undef EACH
}

/// The smallest index of `value` in a row; 0 if it is not there.
INLINE int32_t NAME(find)(const float *row, size_t width, float value) {
    size_t i = 0;
    while (i + VW <= width && !__builtin_reduce_or(v_load(row + i) == v_set(value))) i += VW;
    while (i < width && !(row[i] == value)) i++;
    return i < width ? (int32_t)i : 0;
}

static void NAME(statistics)(ck_row_statistics *out, const float *logits, size_t width) {
    size_t whole = width / ROW_BLOCK * ROW_BLOCK;
    float rest[ROW_BLOCK];
    for (size_t i = 0; i < ROW_BLOCK; i++) rest[i] = whole + i < width ? logits[whole + i] : -INFINITY;
    vf best[ROW_VECTORS], second[ROW_VECTORS], sums[ROW_VECTORS] = {}, weighted[ROW_VECTORS] = {};
    for (int j = 0; j < ROW_VECTORS; j++) best[j] = second[j] = v_set(-INFINITY);
    for (size_t i = 0; i < whole; i += ROW_BLOCK) NAME(rank)(logits + i, best, second);
    NAME(rank)(rest, best, second);
    float firsts[ROW_BLOCK], seconds[ROW_BLOCK], top = -INFINITY, next = -INFINITY;
    memcpy(firsts, best, sizeof firsts);
    memcpy(seconds, second, sizeof seconds);
    for (int i = 0; i < ROW_BLOCK; i++) {
        float beaten = firsts[i] > top ? top : firsts[i];
        if (firsts[i] > top) top = firsts[i];
        beaten = seconds[i] > beaten ? seconds[i] : beaten;
        if (beaten > next) next = beaten;
    }
    // H = log Σe^d − Σ d e^d / Σe^d with d = x − max.
    for (size_t i = 0; i < whole; i += ROW_BLOCK) NAME(add_exponentials)(logits + i, top, sums, weighted);
    NAME(add_exponentials)(rest, top, sums, weighted);
    float total = v_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
    float entropy = logf(total) - v_sum((weighted[0] + weighted[1]) + (weighted[2] + weighted[3])) / total;
    out->argmax = NAME(find)(logits, width, top);
    out->max = top;
    out->second = next;
    out->log_sum_exp = top + logf(total);
    out->entropy = entropy > 0 ? entropy : 0;
}

static float NAME(cross_entropy)(float *logits, size_t width, int32_t target, float weight, float sharpen) {
    ck_row_statistics row;
    NAME(statistics)(&row, logits, width);
    float loss = row.log_sum_exp - logits[target];
    vf lse = v_set(row.log_sum_exp);
    if (sharpen > 0 && row.argmax == target) {
        // q = softmax(2z), H = −Σ q log q, dH/dz = −2 q (log q + H).
        vf sum = {}, weighted = {};
        FOR_VECTORS(i, width) {
            vf d = v_set(2.0f) * (LOAD(logits + i) - v_set(row.max));
            if (part < VW) for (size_t j = part; j < VW; j++) d[j] = -200;
            d = v_select(d < v_set(-80.0f), v_set(-200.0f), d);
            vf e = v_exp(d);
            sum += e;
            weighted = v_fma(d, e, weighted);
        }
        float log_total = logf(v_sum(sum)), entropy = log_total - v_sum(weighted) / v_sum(sum);
        FOR_VECTORS(i, width) {
            vf x = LOAD(logits + i);
            vf log_q = v_set(2.0f) * (x - v_set(row.max)) - v_set(log_total);
            log_q = v_select(log_q < v_set(-80.0f), v_set(-80.0f), log_q);
            vf gradient = v_set(weight) * v_exp(x - lse);
            gradient -= v_set(2 * weight * sharpen) * v_exp(log_q) * (log_q + v_set(entropy));
            STORE(logits + i, gradient);
        }
    } else {
        FOR_VECTORS(i, width) STORE(logits + i, v_set(weight) * v_exp(LOAD(logits + i) - lse));
    }
    logits[target] -= weight;
    return loss;
}

static void NAME(adamw)(float *weight, float *m, float *v, const float *gradient, size_t n, float scale, float lr,
                        float beta1, float beta2, float eps, float decay, float correction1, float correction2) {
    FOR_VECTORS(i, n) {
        vf g = LOAD(gradient + i) * v_set(scale);
        vf first = v_fma(v_set(beta1), LOAD(m + i), v_set(1 - beta1) * g);
        vf square = v_fma(v_set(beta2), LOAD(v + i), v_set(1 - beta2) * g * g);
        STORE(m + i, first);
        STORE(v + i, square);
        vf denominator = __builtin_elementwise_sqrt(square * v_set(correction2)) + v_set(eps);
        vf update = first * v_set(correction1) / denominator;
        vf w = LOAD(weight + i);
        STORE(weight + i, w - v_set(lr) * (update + v_set(decay) * w));
    }
}
