// The scalar reference: each kernel as its definition, one plain loop nest. Also the portable fallback.
#include <math.h>
#include <string.h>
#include "scalar_integers.h"

static uint32_t bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if (x != x) return (bits >> 16) | 0x40;
    return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
}

static float widen(uint32_t half) {
    uint32_t bits = half << 16;
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

static void pack(void *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel, int reduction_major,
                 ck_format format) {
    size_t words = format == CK_BF16 ? (k + 1) / 2 : k;
    memset(dst, 0, ck_packed_bytes(rows, k, panel, format));
    if (format == CK_I8) return pack_i8(dst, src, rows, k, ld, panel);
    if (format == CK_I4 && panel == CK_NR) return pack_weights_i4(dst, src, rows, k, ld);
    if (format == CK_I4) return pack_activations_i4(dst, src, rows, k, ld);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < k; i++) {
            float x = reduction_major ? src[i * ld + r] : src[r * ld + i];
            size_t base = r / panel * panel * words;
            if (format == CK_BF16)
                ((uint32_t *)dst)[base + i / 2 * panel + r % panel] |= bf16(x) << (i % 2 ? 16 : 0);
            else ((float *)dst)[base + i * panel + r % panel] = x;
        }
}

static float element(const void *packed, size_t r, size_t i, size_t k, size_t panel, ck_format format) {
    size_t words = format == CK_BF16 ? (k + 1) / 2 : k, base = r / panel * panel * words;
    if (format == CK_F32) return ((const float *)packed)[base + i * panel + r % panel];
    uint32_t word = ((const uint32_t *)packed)[base + i / 2 * panel + r % panel];
    return widen(i % 2 ? word >> 16 : word & 0xFFFF);
}

static void gemm(float *c, size_t ldc, const void *a, const void *b, size_t m, size_t n, size_t k, size_t panel_lo,
                 size_t panel_hi, int accumulate, ck_format format) {
    size_t end = panel_hi * CK_NR < n ? panel_hi * CK_NR : n;
    for (size_t row = 0; row < m; row++)
        for (size_t column = panel_lo * CK_NR; column < end; column++) {
            float sum = 0;
            if (format == CK_I8) sum = product_i8(a, row, b, column, k);
            else if (format == CK_I4) sum = product_i4(a, row, b, column, k);
            else for (size_t i = 0; i < k; i++)
                sum += element(a, row, i, k, CK_MR, format) * element(b, column, i, k, CK_NR, format);
            c[row * ldc + column] = accumulate ? c[row * ldc + column] + sum : sum;
        }
}

static double spin(ck_format format, size_t steps) {
    volatile float sum = 0;
    for (size_t s = 0; s < steps; s++) sum = sum + 1.5f * 0.5f;
    (void)format;
    return (double)steps;
}

static uint32_t read(const void *memory, size_t bytes) {
    uint32_t result = 0;
    for (size_t i = 0; i < bytes / 4; i++) result ^= ((const uint32_t *)memory)[i];
    return result;
}

static float dot(const float *x, const float *y, size_t n) {
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static float sum_of_squares(const float *x, size_t n) { return dot(x, x, n); }

static void axpby(float *y, const float *x, size_t n, float alpha, float beta) {
    for (size_t i = 0; i < n; i++) y[i] = alpha * x[i] + beta * y[i];
}

static void rmsnorm(float *y, float *inverse, const float *x, const float *gain, size_t rows, size_t width, size_t ldx,
                    size_t ldy, float eps) {
    for (size_t r = 0; r < rows; r++) {
        float inv = 1.0f / sqrtf(dot(x + r * ldx, x + r * ldx, width) / (float)width + eps);
        if (inverse) inverse[r] = inv;
        for (size_t i = 0; i < width; i++) y[r * ldy + i] = x[r * ldx + i] * inv * gain[i];
    }
}

static void rmsnorm_backward(float *dx, float *dgain, const float *dy, const float *x, const float *inverse,
                             const float *gain, size_t rows, size_t width, size_t ldx, size_t ldy, int accumulate) {
    for (size_t r = 0; r < rows; r++) {
        float mean = 0;
        for (size_t i = 0; i < width; i++) {
            float n = x[r * ldx + i] * inverse[r];
            dgain[i] += dy[r * ldy + i] * n;
            mean += dy[r * ldy + i] * gain[i] * n;
        }
        mean /= (float)width;
        for (size_t i = 0; i < width; i++) {
            float n = x[r * ldx + i] * inverse[r];
            float d = inverse[r] * (dy[r * ldy + i] * gain[i] - n * mean);
            dx[r * ldx + i] = accumulate ? dx[r * ldx + i] + d : d;
        }
    }
}

static void hadamard(float *y, const float *x, size_t rows, size_t width, size_t ldx) {
    for (size_t r = 0; r < rows; r++) {
        float *row = y + r * width;
        memmove(row, x + r * ldx, width * 4);
        for (size_t first = 0; first + CK_HADAMARD <= width; first += CK_HADAMARD) {
            for (size_t step = 1; step < CK_HADAMARD; step *= 2)
                for (size_t i = first; i < first + CK_HADAMARD; i++) {
                    if (i & step) continue;
                    float a = row[i], b = row[i + step];
                    row[i] = a + b;
                    row[i + step] = a - b;
                }
            for (size_t i = first; i < first + CK_HADAMARD; i++) row[i] *= 0.125f;
        }
    }
}

static void swiglu(float *y, const float *x, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < width; i++) {
            float gate = x[r * 2 * width + i], up = x[r * 2 * width + width + i];
            y[r * width + i] = gate / (1 + expf(-gate)) * up;
        }
}

static void swiglu_backward(float *dx, const float *dy, const float *x, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < width; i++) {
            float gate = x[r * 2 * width + i], up = x[r * 2 * width + width + i], d = dy[r * width + i];
            float s = 1 / (1 + expf(-gate));
            dx[r * 2 * width + i] = d * up * s * (1 + gate * (1 - s));
            dx[r * 2 * width + width + i] = d * gate * s;
        }
}

static void rope(float *x, const float *table, const int32_t *positions, size_t rows, size_t width, size_t ld,
                 float sign) {
    size_t half = width / 2;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < half; i++) {
            const float *angle = table + (size_t)positions[r] * width;
            float a = x[r * ld + i], b = x[r * ld + half + i], c = angle[i], s = sign * angle[half + i];
            x[r * ld + i] = a * c - b * s;
            x[r * ld + half + i] = b * c + a * s;
        }
}

static void statistics(ck_row_statistics *out, const float *logits, size_t width) {
    float top = -INFINITY, second = -INFINITY;
    int32_t index = 0;
    for (size_t i = 0; i < width; i++) {
        if (logits[i] > top) {
            second = top;
            top = logits[i];
            index = (int32_t)i;
        } else if (logits[i] > second) second = logits[i];
    }
    float sum = 0, weighted = 0;
    for (size_t i = 0; i < width; i++) {
        float d = logits[i] - top, e = expf(d);
        sum += e;
        if (e > 0) weighted += d * e;
    }
    float entropy = logf(sum) - weighted / sum;
    *out = (ck_row_statistics){index, top, second, top + logf(sum), entropy > 0 ? entropy : 0};
}

static float cross_entropy(float *logits, size_t width, int32_t target, float weight, float sharpen) {
    ck_row_statistics row;
    statistics(&row, logits, width);
    float loss = row.log_sum_exp - logits[target], sum = 0, entropy = 0;
    int sharp = sharpen > 0 && row.argmax == target;
    for (size_t i = 0; sharp && i < width; i++) sum += expf(2 * (logits[i] - row.max));
    for (size_t i = 0; sharp && i < width; i++) {
        // A forbidden token (−∞) adds nothing.
        float log_q = fmaxf(2 * (logits[i] - row.max) - logf(sum), -80);
        entropy -= expf(log_q) * log_q;
    }
    for (size_t i = 0; i < width; i++) {
        float gradient = weight * expf(logits[i] - row.log_sum_exp);
        if (sharp) {
            float log_q = fmaxf(2 * (logits[i] - row.max) - logf(sum), -80);
            gradient -= 2 * weight * sharpen * expf(log_q) * (log_q + entropy);
        }
        logits[i] = gradient;
    }
    logits[target] -= weight;
    return loss;
}

static void adamw(float *weight, float *m, float *v, const float *gradient, size_t n, float scale, float lr,
                  float beta1, float beta2, float eps, float decay, float correction1, float correction2) {
    for (size_t i = 0; i < n; i++) {
        float g = gradient[i] * scale;
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        weight[i] -= lr * (m[i] * correction1 / (sqrtf(v[i] * correction2) + eps) + decay * weight[i]);
    }
}

/// Component i of the key or value at a position, as ck_store_key and ck_store_value wrote it.
static float key_at(const void *keys, size_t position, size_t i, size_t width, ck_format format) {
    size_t words = format == CK_BF16 ? (width + 1) / 2 : width, tile = position / 16 * 16 * words + position % 16;
    if (format == CK_F32) return ((const float *)keys)[tile + i * 16];
    return widen(((const uint32_t *)keys)[tile + i / 2 * 16] >> 16 * (i % 2) & 0xFFFF);
}

static float value_at(const void *values, size_t position, size_t i, size_t width, ck_format format) {
    if (format == CK_F32) return ((const float *)values)[position * width + i];
    return widen(((const uint32_t *)values)[position / 2 * width + i] >> 16 * (position % 2) & 0xFFFF);
}

static float rounded(float x, ck_format format) { return format == CK_BF16 ? widen(bf16(x)) : x; }

static void attend_one(float *out, const float *query, const void *keys, const void *values, size_t clean,
                       const void *canvas_keys, const void *canvas_values, size_t canvas, size_t width, float scale,
                       ck_format format, float *scores) {
    float top = -INFINITY, total = 0;
    for (size_t j = 0; j < clean + canvas; j++) {
        float sum = 0;
        for (size_t i = 0; i < width; i++)
            sum += rounded(query[i], format) * (j < clean ? key_at(keys, j, i, width, format)
                                                          : key_at(canvas_keys, j - clean, i, width, format));
        scores[j] = sum * scale;
        top = scores[j] > top ? scores[j] : top;
    }
    for (size_t j = 0; j < clean + canvas; j++) total += scores[j] = rounded(expf(scores[j] - top), format);
    for (size_t i = 0; i < width; i++) {
        float sum = 0;
        for (size_t j = 0; j < clean; j++) sum += scores[j] * value_at(values, j, i, width, format);
        for (size_t j = 0; j < canvas; j++)
            sum += scores[clean + j] * value_at(canvas_values, j, i, width, format);
        out[i] = sum / total;
    }
}

static void attend(size_t queries, float *const *out, const float *const *query, const size_t *clean, const void *keys,
                   const void *values, const void *canvas_keys, const void *canvas_values, size_t canvas, size_t width,
                   float scale, ck_format format, float *scratch) {
    for (size_t q = 0; q < queries; q++)
        attend_one(out[q], query[q], keys, values, clean[q], canvas_keys, canvas_values, canvas, width, scale, format,
                   scratch);
}

static int visible(ck_span s, size_t j) {
    int32_t at = (int32_t)j;
    return (at >= s.clean_lo && at < s.clean_hi) || (at >= s.canvas_lo && at < s.canvas_hi);
}

static void attention(float *out, float *lse, const float *q, const float *k, const float *v, const ck_span *spans,
                      size_t clean_rows, size_t n, size_t width, size_t ldq, size_t ldk, size_t ldo, float scale,
                      ck_format format, void *scratch) {
    float *score = scratch;
    for (size_t i = 0; i < n; i++) {
        float top = -INFINITY, total = 0;
        for (size_t j = 0; j < n; j++) {
            if (!visible(spans[i], j)) continue;
            score[j] = dot(q + i * ldq, k + j * ldk, width) * scale;
            top = score[j] > top ? score[j] : top;
        }
        for (size_t d = 0; d < width; d++) out[i * ldo + d] = 0;
        for (size_t j = 0; j < n; j++) {
            if (!visible(spans[i], j)) continue;
            float e = expf(score[j] - top);
            total += e;
            for (size_t d = 0; d < width; d++) out[i * ldo + d] += e * v[j * ldk + d];
        }
        for (size_t d = 0; d < width; d++) out[i * ldo + d] /= total;
        lse[i] = top + logf(total);
    }
    (void)clean_rows, (void)format;
}

static void attention_backward(float *dq, float *dk, float *dv, const float *dout, const float *dot_out,
                               const float *lse, const float *q, const float *k, const float *v, const ck_span *spans,
                               size_t clean_rows, size_t n, size_t width, size_t ldq, size_t ldk, size_t ldo,
                               float scale, ck_format format, void *scratch) {
    for (size_t i = 0; i < n; i++) {
        for (size_t d = 0; d < width; d++) dq[i * ldq + d] = 0;
        for (size_t j = 0; j < n; j++) {
            if (!visible(spans[i], j)) continue;
            float p = expf(dot(q + i * ldq, k + j * ldk, width) * scale - lse[i]);
            float ds = p * (dot(dout + i * ldo, v + j * ldk, width) - dot_out[i]) * scale;
            for (size_t d = 0; d < width; d++) {
                dq[i * ldq + d] += ds * k[j * ldk + d];
                dk[j * ldk + d] += ds * q[i * ldq + d];
                dv[j * ldk + d] += p * dout[i * ldo + d];
            }
        }
    }
    (void)clean_rows, (void)format, (void)scratch;
}

#define NAME(x) x
#define ISA_NAME "scalar"
#define ROW_OFFSET 128
#include "table.h"
const ck_table *ck_scalar(void) { return &table; }
