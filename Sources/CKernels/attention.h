// Attention while training: tiles of queries against packed keys of both streams, softmax never stored between the passes
// (Dao et al., FlashAttention, 2022).
#pragma once
#include "attend.h"
#include "ceiling.h"
#include "hadamard.h"

enum { QUERY_TILE = 48 };

/// Where the pieces of the scratch memory lie.
typedef struct {
    char *k_lanes, *v_lanes, *k_sums, *v_sums;  // keys and values, packed for both kinds of product
    float *scores, *gradient;                   // QUERY_TILE × keys
    char *left, *right, *rows;                  // packed operands of one tile
} NAME(scratch);

INLINE size_t NAME(align)(size_t bytes) { return (bytes + 127) / 128 * 128; }

INLINE NAME(scratch) NAME(carve)(void *memory, size_t n, size_t width) {
    NAME(scratch) s;
    char *p = memory;
    size_t keys = NAME(align)(((n + 63) / CK_NR + 2) * CK_NR * (width + CK_NR) * 4);
    s.k_lanes = p, p += keys;
    s.v_lanes = p, p += keys;
    s.k_sums = p, p += keys;
    s.v_sums = p, p += keys;
    size_t tile = NAME(align)((n + 2 * CK_NR) * QUERY_TILE * 4);
    s.scores = (float *)p, p += tile;
    s.gradient = (float *)p, p += tile;
    s.left = p, p += NAME(align)((n + 2 * CK_NR + CK_MR) * (QUERY_TILE + CK_MR) * 4);
    s.right = p, p += NAME(align)((width + CK_NR) * (QUERY_TILE + CK_NR) * 4);
    s.rows = p;
    return s;
}

/// The keys that a tile of queries needs: two runs of rows, rounded outwards to whole panels of CK_NR keys.
typedef struct {
    size_t clean_lo, clean, canvas_lo, canvas;  // in rows of this stream; lengths are multiples of CK_NR or 0
} NAME(keys);

INLINE NAME(keys) NAME(keys_of)(const ck_span *spans, size_t lo, size_t hi, size_t clean_rows) {
    int32_t a = INT32_MAX, b = 0, c = INT32_MAX, d = 0;
    for (size_t i = lo; i < hi; i++) {
        if (spans[i].clean_hi > spans[i].clean_lo) {
            if (spans[i].clean_lo < a) a = spans[i].clean_lo;
            if (spans[i].clean_hi > b) b = spans[i].clean_hi;
        }
        if (spans[i].canvas_hi > spans[i].canvas_lo) {
            if (spans[i].canvas_lo < c) c = spans[i].canvas_lo;
            if (spans[i].canvas_hi > d) d = spans[i].canvas_hi;
        }
    }
    NAME(keys) k = {0, 0, 0, 0};
    if (b > a) {
        k.clean_lo = (size_t)a / CK_NR * CK_NR;
        k.clean = ((size_t)b - k.clean_lo + CK_NR - 1) / CK_NR * CK_NR;
    }
    if (d > c) {
        k.canvas_lo = ((size_t)c - clean_rows) / CK_NR * CK_NR;
        k.canvas = ((size_t)d - clean_rows - k.canvas_lo + CK_NR - 1) / CK_NR * CK_NR;
    }
    return k;
}

/// One stream (clean or canvas) of keys or values, packed.
typedef struct {
    char *lanes, *sums;
    size_t rows;
} NAME(stream);

/// Packs rows for both uses: `lanes` has keys across the panel (scores), `sums` has keys along the reduction.
INLINE void NAME(pack_stream)(char *lanes, char *sums, const float *x, size_t rows, size_t width, size_t ld,
                              ck_format format) {
    size_t padded = (rows + CK_NR - 1) / CK_NR * CK_NR;
    if (rows == 0) return;
    if (lanes) NAME(pack)(lanes, x, rows, width, ld, CK_NR, 0, format);
    if (!sums) return;
    // One block of `padded` reduction steps for each CK_NR columns of the head.
    for (size_t d = 0; d < width; d += CK_NR) {
        size_t columns = width - d < CK_NR ? width - d : CK_NR;
        char *block = sums + d / CK_NR * ck_packed_bytes(CK_NR, padded, CK_NR, format);
        memset(block, 0, ck_packed_bytes(CK_NR, padded, CK_NR, format));
        NAME(pack)(block, x + d, columns, rows, ld, CK_NR, 1, format);
    }
}

/// scores[t, keys] = rows · keysᵀ for both runs of keys, side by side.
INLINE void NAME(score_tile)(float *scores, size_t ld, const char *left, size_t count, NAME(keys) keys,
                             const char *clean_lanes, const char *canvas_lanes, size_t width, ck_format format) {
    size_t panel = ck_packed_bytes(CK_NR, width, CK_NR, format);
    if (keys.clean)
        NAME(gemm)(scores, ld, left, clean_lanes + keys.clean_lo / CK_NR * panel, count, keys.clean, width, 0,
                   keys.clean / CK_NR, 0, format);
    if (keys.canvas)
        NAME(gemm)(scores + keys.clean, ld, left, canvas_lanes + keys.canvas_lo / CK_NR * panel, count, keys.canvas,
                   width, 0, keys.canvas / CK_NR, 0, format);
}

/// out[t, width] = weights[t, keys] · values for both runs of keys.
INLINE void NAME(sum_tile)(float *out, size_t ldo, const float *weights, size_t ld, char *left, size_t count,
                           NAME(keys) keys, const char *clean_sums, const char *canvas_sums, size_t clean_rows,
                           size_t canvas_rows, size_t width, ck_format format) {
    for (int run = 0; run < 2; run++) {
        size_t lo = run ? keys.canvas_lo : keys.clean_lo, length = run ? keys.canvas : keys.clean;
        size_t rows = run ? canvas_rows : clean_rows;
        const char *sums = run ? canvas_sums : clean_sums;
        if (!length) continue;
        NAME(pack)(left, weights + (run ? keys.clean : 0), count, length, ld, CK_MR, 0, format);
        size_t block = ck_packed_bytes(CK_NR, (rows + CK_NR - 1) / CK_NR * CK_NR, CK_NR, format);
        size_t skip = ck_packed_bytes(CK_NR, lo, CK_NR, format);
        for (size_t d = 0; d < width; d += CK_NR)
            NAME(gemm)(out + d, ldo, left, sums + d / CK_NR * block + skip, count,
                       width - d < CK_NR ? width - d : CK_NR, length, 0, 1, run && keys.clean, format);
    }
}

/// exp(scores*scale − shift) inside each query's spans, 0 outside. Returns nothing; `row(i)` gives shift.
INLINE void NAME(mask_row)(float *row, ck_span span, NAME(keys) keys, size_t clean_rows) {
    size_t a = span.clean_hi > span.clean_lo ? (size_t)span.clean_lo - keys.clean_lo : 0;
    size_t b = span.clean_hi > span.clean_lo ? (size_t)span.clean_hi - keys.clean_lo : 0;
    size_t c = span.canvas_hi > span.canvas_lo ? (size_t)span.canvas_lo - clean_rows - keys.canvas_lo : 0;
    size_t d = span.canvas_hi > span.canvas_lo ? (size_t)span.canvas_hi - clean_rows - keys.canvas_lo : 0;
    for (size_t i = 0; i < a; i++) row[i] = -INFINITY;
    for (size_t i = b; i < keys.clean + c; i++) row[i] = -INFINITY;
    for (size_t i = keys.clean + d; i < keys.clean + keys.canvas; i++) row[i] = -INFINITY;
}

static void NAME(attention)(float *out, float *lse, const float *q, const float *k, const float *v,
                            const ck_span *spans, size_t clean_rows, size_t n, size_t width, size_t ldq, size_t ldk,
                            size_t ldo, float scale, ck_format format, void *memory) {
    NAME(scratch) s = NAME(carve)(memory, n, width);
    size_t canvas_rows = n - clean_rows;
    size_t offset = ck_packed_bytes(clean_rows, width, CK_NR, format);
    size_t sums_offset = ck_packed_bytes(width, (clean_rows + CK_NR - 1) / CK_NR * CK_NR, CK_NR, format);
    NAME(pack_stream)(s.k_lanes, 0, k, clean_rows, width, ldk, format);
    NAME(pack_stream)(s.k_lanes + offset, 0, k + clean_rows * ldk, canvas_rows, width, ldk, format);
    NAME(pack_stream)(0, s.v_sums, v, clean_rows, width, ldk, format);
    NAME(pack_stream)(0, s.v_sums + sums_offset, v + clean_rows * ldk, canvas_rows, width, ldk, format);
    for (size_t lo = 0, hi; lo < n; lo = hi) {
        size_t end = lo < clean_rows ? clean_rows : n;
        hi = lo + QUERY_TILE < end ? lo + QUERY_TILE : end;
        NAME(keys) keys = NAME(keys_of)(spans, lo, hi, clean_rows);
        size_t ld = keys.clean + keys.canvas;
        NAME(pack)(s.rows, q + lo * ldq, hi - lo, width, ldq, CK_MR, 0, format);
        NAME(score_tile)(s.scores, ld, s.rows, hi - lo, keys, s.k_lanes, s.k_lanes + offset, width, format);
        for (size_t i = lo; i < hi; i++) {
            float *row = s.scores + (i - lo) * ld;
            NAME(mask_row)(row, spans[i], keys, clean_rows);
            vf top = v_set(-INFINITY), sum = {};
            for (size_t x = 0; x < ld; x += VW) {
                vf value = v_load(row + x);
                top = v_select(value > top, value, top);
            }
            float best = v_max(top);
            for (size_t x = 0; x < ld; x += VW) {
                vf e = v_exp((v_load(row + x) - v_set(best)) * v_set(scale));
                v_store(row + x, e);
                sum += e;
            }
            float total = v_sum(sum);
            lse[i] = best * scale + logf(total);
            vf inverse = v_set(1.0f / total);
            for (size_t x = 0; x < ld; x += VW) v_store(row + x, v_load(row + x) * inverse);
        }
        NAME(sum_tile)(out + lo * ldo, ldo, s.scores, ld, s.left, hi - lo, keys, s.v_sums, s.v_sums + sums_offset,
                       clean_rows, canvas_rows, width, format);
    }
}

/// d[keys, width] += weights[t, keys]ᵀ · rows[t, width], both runs of keys.
INLINE void NAME(scatter_tile)(float *d, size_t ldk, const float *weights, size_t ld, char *left, const char *right,
                               size_t count, NAME(keys) keys, size_t clean_rows, size_t canvas_rows, size_t width,
                               ck_format format) {
    for (int run = 0; run < 2; run++) {
        size_t lo = run ? keys.canvas_lo : keys.clean_lo, length = run ? keys.canvas : keys.clean;
        size_t rows = run ? canvas_rows : clean_rows;
        if (!length) continue;
        size_t real = lo + length > rows ? rows - lo : length;
        NAME(pack)(left, weights + (run ? keys.clean : 0), real, count, ld, CK_MR, 1, format);
        NAME(gemm)(d + ((run ? clean_rows : 0) + lo) * ldk, ldk, left, right, real, width, count, 0,
                   (width + CK_NR - 1) / CK_NR, 1, format);
    }
}

static void NAME(attention_backward)(float *dq, float *dk, float *dv, const float *dout, const float *dot_out,
                                     const float *lse, const float *q, const float *k, const float *v,
                                     const ck_span *spans, size_t clean_rows, size_t n, size_t width, size_t ldq,
                                     size_t ldk, size_t ldo, float scale, ck_format format, void *memory) {
    NAME(scratch) s = NAME(carve)(memory, n, width);
    size_t canvas_rows = n - clean_rows;
    size_t offset = ck_packed_bytes(clean_rows, width, CK_NR, format);
    size_t sums_offset = ck_packed_bytes(width, (clean_rows + CK_NR - 1) / CK_NR * CK_NR, CK_NR, format);
    NAME(pack_stream)(s.k_lanes, s.k_sums, k, clean_rows, width, ldk, format);
    NAME(pack_stream)(s.k_lanes + offset, s.k_sums + sums_offset, k + clean_rows * ldk, canvas_rows, width, ldk, format);
    NAME(pack_stream)(s.v_lanes, 0, v, clean_rows, width, ldk, format);
    NAME(pack_stream)(s.v_lanes + offset, 0, v + clean_rows * ldk, canvas_rows, width, ldk, format);
    for (size_t lo = 0, hi; lo < n; lo = hi) {
        size_t end = lo < clean_rows ? clean_rows : n;
        hi = lo + QUERY_TILE < end ? lo + QUERY_TILE : end;
        size_t count = hi - lo;
        NAME(keys) keys = NAME(keys_of)(spans, lo, hi, clean_rows);
        size_t ld = keys.clean + keys.canvas;
        // P = exp(scale * q·k − lse)
        NAME(pack)(s.rows, q + lo * ldq, count, width, ldq, CK_MR, 0, format);
        NAME(score_tile)(s.scores, ld, s.rows, count, keys, s.k_lanes, s.k_lanes + offset, width, format);
        // dP = dout · vᵀ
        NAME(pack)(s.rows, dout + lo * ldo, count, width, ldo, CK_MR, 0, format);
        NAME(score_tile)(s.gradient, ld, s.rows, count, keys, s.v_lanes, s.v_lanes + offset, width, format);
        for (size_t i = lo; i < hi; i++) {
            float *p = s.scores + (i - lo) * ld, *d = s.gradient + (i - lo) * ld;
            NAME(mask_row)(p, spans[i], keys, clean_rows);
            for (size_t x = 0; x < ld; x += VW) {
                vf e = v_exp(v_load(p + x) * v_set(scale) - v_set(lse[i]));
                v_store(p + x, e);
                v_store(d + x, e * (v_load(d + x) - v_set(dot_out[i])) * v_set(scale));
            }
        }
        // dq = dS · k; dk += dSᵀ · q; dv += Pᵀ · dout
        NAME(sum_tile)(dq + lo * ldq, ldq, s.gradient, ld, s.left, count, keys, s.k_sums, s.k_sums + sums_offset,
                       clean_rows, canvas_rows, width, format);
        NAME(pack)(s.right, q + lo * ldq, width, count, ldq, CK_NR, 1, format);
        NAME(scatter_tile)(dk, ldk, s.gradient, ld, s.left, s.right, count, keys, clean_rows, canvas_rows, width,
                           format);
        NAME(pack)(s.right, dout + lo * ldo, width, count, ldo, CK_NR, 1, format);
        NAME(scatter_tile)(dv, ldk, s.scores, ld, s.left, s.right, count, keys, clean_rows, canvas_rows, width, format);
    }
}
