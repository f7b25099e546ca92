// Attention while decoding: a few queries at a time over the cache and their canvas, each in ascending order of keys.
// Scores reduce over words of the width, sums of values over words of positions (words.h).
#pragma once
#include "rows.h"
#include "words.h"

enum { ATTEND_TILE = 16 };

/// Vectors that the sums of a group of queries may take; the rest of the registers hold operands.
enum { ATTEND_SUMS = VW == 8 ? 8 : 16, ATTEND_LANES = ATTEND_TILE / VW };

/// Scores of `queries` queries of `words` words against `count` keys in tiles [tile][words][16]. Each score is one chain
/// over the words; several tiles or queries at a time hide its latency and share the loads.
INLINE void NAME(score)(const ck_format format, const int queries, float *scores, size_t ld, const float *const *query,
                        const float *keys, size_t count, size_t words, float scale) {
    const int fit = ATTEND_SUMS / (queries * ATTEND_LANES), group = fit < 1 ? 1 : fit > 4 ? 4 : fit;
    size_t tiles = (count + ATTEND_TILE - 1) / ATTEND_TILE;
    for (size_t t = 0; t < tiles; t += (size_t)group) {
        vf acc[CK_QUERIES][4][ATTEND_LANES];
        const float *tile[4];
        for (int g = 0; g < group; g++) {
            tile[g] = keys + (t + (size_t)g < tiles ? t + (size_t)g : t) * words * ATTEND_TILE;
            for (int q = 0; q < queries; q++)
                for (int j = 0; j < ATTEND_LANES; j++) acc[q][g][j] = (vf){};
        }
        for (size_t i = 0; i < words; i++)
            for (int g = 0; g < group; g++)
                for (int j = 0; j < ATTEND_LANES; j++) {
                    NAME(word) key = NAME(open)(format, v_load(tile[g] + i * ATTEND_TILE + j * VW));
                    for (int q = 0; q < queries; q++)
                        acc[q][g][j] = NAME(scalar_fma)(format, query[q], i, key, acc[q][g][j]);
                }
        for (int q = 0; q < queries; q++)
            for (int g = 0; g < group && t + (size_t)g < tiles; g++)
                for (int j = 0; j < ATTEND_LANES; j++)
                    v_store(scores + (size_t)q * ld + (t + (size_t)g) * ATTEND_TILE + j * VW,
                            acc[q][g][j] * v_set(scale));
    }
}

/// Largest of `count` scores and of `top`.
INLINE float NAME(highest)(const float *scores, size_t count, float top) {
    size_t whole = count / VW * VW;
    vf lanes = v_set(top);
    for (size_t i = 0; i < whole; i += VW) {
        vf x = v_load(scores + i);
        lanes = v_select(x > lanes, x, lanes);
    }
    top = v_max(lanes);
    for (size_t i = whole; i < count; i++) top = scores[i] > top ? scores[i] : top;
    return top;
}

/// Replaces `count` scores by the scalars of their exponentials relative to `top`, and adds these as rounded to 16 partial
/// sums by position. They are zero up to the end of a tile.
INLINE void NAME(exponentiate)(const ck_format format, float *scores, size_t count, float top, float *partial) {
    size_t padded = (count + ATTEND_TILE - 1) / ATTEND_TILE * ATTEND_TILE;
    for (size_t i = count; i < padded; i++) scores[i] = -INFINITY;
    vf sums[ATTEND_LANES];
    memcpy(sums, partial, sizeof sums);
    for (size_t i = 0; i < padded; i += ATTEND_TILE)
        for (int j = 0; j < ATTEND_LANES; j++) {
            size_t at = i + (size_t)j * VW;
            vf x = v_load(scores + at) - v_set(top);
            if (format == CK_BF16) sums[j] += NAME(put_scalars)(scores, at, v_exp_of_halves(x));
            else {
                vf e = v_exp(x);
                v_store(scores + at, e);
                sums[j] += e;
            }
        }
    memcpy(partial, sums, sizeof sums);
}

/// Adds weights[q] times the values to the sums of all queries, for words [lo, hi) in ascending order.
INLINE void NAME(gather)(const ck_format format, const int queries, const int nv, vf (*acc)[4], const float *weights,
                         size_t ld, const float *values, size_t lo, size_t hi, size_t width, size_t part) {
    for (size_t i = lo; i < hi; i++)
        for (int j = 0; j < nv; j++) {
            NAME(word) value = NAME(open)(format, LOAD(values + i * width + (size_t)j * VW));
            for (int q = 0; q < queries; q++)
                acc[q][j] = NAME(scalar_fma)(format, weights + (size_t)q * ld, i, value, acc[q][j]);
        }
}

/// One block of `nv` vectors of the output, the last of which has `part` lanes.
INLINE void NAME(weigh)(const ck_format format, const int queries, const int nv, float *const *out, size_t d,
                        const float *scores, size_t ld, const float *inverse, const size_t *clean, size_t fewest,
                        const float *values, const float *canvas_scores, const float *canvas_values, size_t canvas,
                        size_t width, size_t part) {
    vf acc[CK_QUERIES][4];
    for (int q = 0; q < queries; q++)
        for (int j = 0; j < nv; j++) acc[q][j] = (vf){};
    // Words that all queries see whole.
    size_t shared = format == CK_BF16 ? fewest / 2 : fewest;
    NAME(gather)(format, queries, nv, acc, scores, ld, values + d, 0, shared, width, part);
    // Clean queries of one group differ in their last few keys.
    for (int q = 0; q < queries; q++)
        NAME(gather)(format, 1, nv, acc + q, scores + (size_t)q * ld, ld, values + d, shared,
                     NAME(words)(format, clean[q]), width, part);
    NAME(gather)(format, queries, nv, acc, canvas_scores, ld, canvas_values + d, 0, NAME(words)(format, canvas), width,
                 part);
    for (int q = 0; q < queries; q++)
        for (int j = 0; j < nv; j++) STORE(out[q] + d + (size_t)j * VW, acc[q][j] * v_set(inverse[q]));
}

INLINE void NAME(attend_group)(const ck_format format, const int queries, float *const *out,
                               const float *const *query, const size_t *clean, const float *keys, const float *values,
                               const float *canvas_keys, const float *canvas_values, size_t canvas, size_t width,
                               float scale, float *scores) {
    size_t most = 0, fewest = SIZE_MAX;
    for (int q = 0; q < queries; q++) {
        most = clean[q] > most ? clean[q] : most;
        fewest = clean[q] < fewest ? clean[q] : fewest;
    }
    size_t behind = (most + ATTEND_TILE - 1) / ATTEND_TILE * ATTEND_TILE;
    size_t ld = behind + (canvas + ATTEND_TILE - 1) / ATTEND_TILE * ATTEND_TILE;
    size_t words = NAME(words)(format, width);
    NAME(score)(format, queries, scores, ld, query, keys, most, words, scale);
    NAME(score)(format, queries, scores + behind, ld, query, canvas_keys, canvas, words, scale);
    float inverse[CK_QUERIES];
    for (int q = 0; q < queries; q++) {
        float *own = scores + (size_t)q * ld;
        float top = NAME(highest)(own + behind, canvas, NAME(highest)(own, clean[q], -INFINITY));
        float partial[ATTEND_TILE] = {0}, total = 0;
        NAME(exponentiate)(format, own, clean[q], top, partial);
        NAME(exponentiate)(format, own + behind, canvas, top, partial);
        for (int i = 0; i < ATTEND_TILE; i++) total += partial[i];
        inverse[q] = 1.0f / total;
    }
    const int fit = ATTEND_SUMS / queries, nv = fit > 4 ? 4 : fit;
    size_t d = 0;
    for (; d + (size_t)nv * VW <= width; d += (size_t)nv * VW)
        NAME(weigh)(format, queries, nv, out, d, scores, ld, inverse, clean, fewest, values, scores + behind,
                    canvas_values, canvas, width, VW);
    for (size_t part; d < width; d += VW) {
        part = width - d < VW ? width - d : VW;
        NAME(weigh)(format, queries, 1, out, d, scores, ld, inverse, clean, fewest, values, scores + behind,
                    canvas_values, canvas, width, part);
    }
}

/// Scalars of a query, zero up to whole vectors.
INLINE void NAME(narrow)(float *scalars, const float *x, size_t width) {
    FOR_VECTORS(i, width) NAME(put_scalars)(scalars, i, LOAD(x + i));
}

static void NAME(attend)(size_t queries, float *const *out, const float *const *query, const size_t *clean,
                         const void *keys, const void *values, const void *canvas_keys, const void *canvas_values,
                         size_t canvas, size_t width, float scale, ck_format format, float *scratch) {
    const float *narrow[CK_QUERIES];
    for (size_t q = 0; q < queries && format == CK_BF16; q++) {
        narrow[q] = scratch;
        NAME(narrow)(scratch, query[q], width);
        scratch += (width + ATTEND_TILE - 1) / ATTEND_TILE * ATTEND_TILE;
    }
#define CASE(n) \
    case n: \
        if (format == CK_BF16) \
            NAME(attend_group)(CK_BF16, n, out, narrow, clean, keys, values, canvas_keys, canvas_values, canvas, \
                               width, scale, scratch); \
        else \
            NAME(attend_group)(CK_F32, n, out, query, clean, keys, values, canvas_keys, canvas_values, canvas, width, \
                               scale, scratch); \
        return;
    switch (queries) { CASE(1) CASE(2) CASE(3) CASE(4) }
#undef CASE
}
