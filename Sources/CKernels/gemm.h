// Packing and the register-blocked matrix product. Both operands lie in panels [reduction][panel rows], so that the
// inner loop reads one contiguous stream of each; lanes run along the columns of C, hence each output element is one
// chain of fused multiply-adds in ascending k, whatever the shape (design.md §6.4).
// Layout after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
#pragma once
#include "words.h"

/// Most vectors of columns that one call of the micro-kernel handles.
#define MAX_NV 8

#include "gemm4.h"

static void NAME(pack_rows)(float *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel) {
    for (size_t i = 0; i < k; i++)
        for (size_t r = 0; r < panel; r++) dst[i * panel + r] = r < rows ? src[r * ld + i] : 0;
}

/// Packs `width` rows, of which `rows` exist; `width` is a constant after inlining.
INLINE void NAME(pack_block)(uint32_t *dst, const float *src, const size_t width, size_t rows, size_t k, size_t ld,
                             size_t panel) {
    size_t pairs = (k + 1) / 2, p = 0;
    // VW rows of VW words, transposed in registers.
    for (; 2 * (p + VW) <= k; p += VW) {
        vu block[VW];
        for (size_t j = 0; j < VW; j++) {
            const float *row = src + (j < rows ? j : 0) * ld + 2 * p;
            block[j] = NAME(pairs)(v_load(row), v_load(row + VW));
            if (j >= rows) block[j] = (vu){};
        }
        v_transpose(block);
        for (size_t j = 0; j < VW; j++) memcpy(dst + (p + j) * panel, block + j, width * 4);
    }
    for (; p < pairs; p++)
        for (size_t j = 0; j < width; j++) {
            const float *pair = src + j * ld + 2 * p;
            uint32_t word = j < rows ? bf16_of(pair[0]) : 0;
            if (j < rows && 2 * p + 1 < k) word |= bf16_of(pair[1]) << 16;
            dst[p * panel + j] = word;
        }
}

static void NAME(pack_rows_bf16)(uint32_t *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel) {
    if (rows == 0) return;
    for (size_t first = 0; first < panel; first += VW) {
        // Rows that do not exist are zero; the last that does stands in for them as an address.
        size_t from = first < rows ? first : rows - 1, left = first < rows ? rows - first : 0;
        const float *row = src + from * ld;
        if (panel - first >= VW) NAME(pack_block)(dst + first, row, VW, left, k, ld, panel);
        else if (VW > 12) NAME(pack_block)(dst + first, row, 12, left, k, ld, panel);
        else NAME(pack_block)(dst + first, row, 4, left, k, ld, panel);
    }
}

static void NAME(pack_columns)(float *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel) {
    for (size_t i = 0; i < k; i++) {
        memcpy(dst + i * panel, src + i * ld, rows * 4);
        for (size_t r = rows; r < panel; r++) dst[i * panel + r] = 0;
    }
}

/// Word r holds column r of two neighbouring rows; `count` columns, a constant after inlining.
INLINE void NAME(pack_pair)(uint32_t *to, const float *even, const float *odd, const size_t count) {
    vf low = v_load_part(even, count), high = odd ? v_load_part(odd, count) : (vf){};
    vu word = v_bf16(low) | v_bf16(high) << 16;
    memcpy(to, &word, count * 4);
}

static void NAME(pack_columns_bf16)(uint32_t *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel) {
    for (size_t p = 0; p < (k + 1) / 2; p++) {
        const float *even = src + 2 * p * ld, *odd = 2 * p + 1 < k ? even + ld : 0;
        uint32_t *to = dst + p * panel;
        size_t r = 0;
        for (; r + VW <= rows; r += VW) NAME(pack_pair)(to + r, even + r, odd ? odd + r : 0, VW);
#if VW > 4
        if (VW > 12 && r + 12 == rows) NAME(pack_pair)(to + r, even + r, odd ? odd + r : 0, 12), r += 12;
        if (r + 4 == rows) NAME(pack_pair)(to + r, even + r, odd ? odd + r : 0, 4), r += 4;
#endif
        for (; r < rows; r++) to[r] = bf16_of(even[r]) | (odd ? bf16_of(odd[r]) << 16 : 0);
        for (; r < panel; r++) to[r] = 0;
    }
}

static void NAME(pack)(void *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel,
                       int reduction_major, ck_format format) {
    size_t stride = ck_packed_bytes(panel, k, panel, format);
    for (size_t r = 0; r < rows; r += panel) {
        size_t count = rows - r < panel ? rows - r : panel;
        const float *from = reduction_major ? src + r : src + r * ld;
        void *to = (char *)dst + r / panel * stride;
        if (format == CK_I8) NAME(pack_rows_i8)(to, from, count, k, ld, panel);
        else if (format == CK_I4 && panel == CK_NR) NAME(pack_weights_i4)(to, from, count, k, ld, panel);
        else if (format == CK_I4) NAME(pack_activations_i4)(to, from, count, k, ld);
        else if (format == CK_BF16 && reduction_major) NAME(pack_columns_bf16)(to, from, count, k, ld, panel);
        else if (format == CK_BF16) NAME(pack_rows_bf16)(to, from, count, k, ld, panel);
        else if (reduction_major) NAME(pack_columns)(to, from, count, k, ld, panel);
        else NAME(pack_rows)(to, from, count, k, ld, panel);
    }
}

/// A block of `mr` rows times `nv` vectors of columns; both are constants after inlining. `b[j]` points at column
/// vector j of the first reduction step.
INLINE void NAME(micro)(const int mr, const int nv, const ck_format format, float *const *c, size_t ldc,
                        const size_t *width, const void *a_panel, const float *const *b, size_t k, int accumulate) {
    vf acc[CK_MR][MAX_NV];
    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nv; j++) acc[i][j] = (vf){};
    const float *a = a_panel;
    size_t words = NAME(words)(format, k);
    for (size_t p = 0; p < words; p++) {
        NAME(word) column[MAX_NV];
        for (int j = 0; j < nv; j++) column[j] = NAME(open)(format, v_load(b[j] + p * CK_NR));
#ifdef HAVE_BF16_DOT
        // The next panel comes from far while this one is multiplied.
        if (format == CK_BF16 && nv == NV)
            for (int j = 0; j < nv; j++) __builtin_prefetch(b[j] + (p + words) * CK_NR, 0, 2);
#endif
        for (int i = 0; i < mr; i++)
            for (int j = 0; j < nv; j++)
                acc[i][j] = NAME(word_fma)(format, a + p * CK_MR + i, column[j], acc[i][j]);
    }
    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nv; j++) v_put(c[j] + (size_t)i * ldc, acc[i][j], width[j], accumulate);
}

/// `mr` rows of one left panel times the right panels [panel_lo, panel_hi), `nv` vectors of columns at a time.
INLINE void NAME(strip)(const int mr, const int nv, const ck_format format, float *c, size_t ldc, const void *a,
                        const char *b, size_t n, size_t k, size_t panel_lo, size_t panel_hi, int accumulate) {
    size_t stride = ck_packed_bytes(CK_NR, k, CK_NR, format);
    size_t lo = panel_lo * (CK_NR / VW), hi = panel_hi * (CK_NR / VW);
    for (size_t v = lo; v < hi; v += (size_t)nv) {
        const float *columns[MAX_NV];
        float *out[MAX_NV];
        size_t width[MAX_NV];
        for (int j = 0; j < nv; j++) {
            size_t at = v + (size_t)j < hi ? v + (size_t)j : hi - 1, first = at * VW;
            columns[j] = (const float *)(b + first / CK_NR * stride) + first % CK_NR;
            out[j] = c + (first < n ? first : 0);
            width[j] = v + (size_t)j >= hi || first >= n ? 0 : n - first < VW ? n - first : VW;
        }
        if (width[0] > 0 && format == CK_I8) NAME(micro_i8)(mr, nv, out, ldc, width, a, columns, k, accumulate);
        else if (width[0] > 0 && format == CK_I4) NAME(micro_i4)(mr, nv, out, ldc, width, a, columns, k, accumulate);
        else if (width[0] > 0) NAME(micro)(mr, nv, format, out, ldc, width, a, columns, k, accumulate);
    }
}

/// Few rows take many columns at once, so that enough independent sums are in flight.
INLINE void NAME(rows)(int mr, const ck_format format, float *c, size_t ldc, const void *a, const char *b, size_t n,
                       size_t k, size_t lo, size_t hi, int accumulate, int wide) {
#define CASE(rows_, nv_) \
    case rows_: NAME(strip)(rows_, nv_, format, c, ldc, a, b, n, k, lo, hi, accumulate); return;
    if (wide) switch (mr) {
            CASE(1, NV_1) CASE(2, NV_2) CASE(3, NV_3) CASE(4, NV_4) CASE(5, NV_4) CASE(6, NV_4)
        }
    switch (mr) {
        CASE(1, NV) CASE(2, NV) CASE(3, NV) CASE(4, NV) CASE(5, NV) CASE(6, NV)
#if BLOCK_ROWS > 6
        CASE(7, NV) CASE(8, NV) CASE(9, NV) CASE(10, NV) CASE(11, NV) CASE(12, NV)
#endif
    }
#undef CASE
}

INLINE void NAME(gemm_format)(float *c, size_t ldc, const char *a, const char *b, size_t m, size_t n, size_t k,
                              size_t lo, size_t hi, int accumulate, const ck_format format) {
    size_t a_stride = ck_packed_bytes(CK_MR, k, CK_MR, format);
    // A right panel stays in the nearest cache while all rows pass by it; with few rows the order does not matter, and
    // with some the last few of them need two panels for enough sums in flight.
    size_t step = m <= 6 ? hi - lo : m <= 4 * CK_MR ? 2 : 1;
    for (size_t panel = lo; panel < hi; panel += step)
        for (size_t row = 0; row < m; row += BLOCK_ROWS) {
            int count = m - row < BLOCK_ROWS ? (int)(m - row) : BLOCK_ROWS;
            const char *left = a + row / CK_MR * a_stride + row % CK_MR * 4;
            size_t end = panel + step < hi ? panel + step : hi;
            NAME(rows)(count, format, c + row * ldc, ldc, left, b, n, k, panel, end, accumulate,
                       step > 1 && count <= 6);
        }
}

static void NAME(gemm)(float *c, size_t ldc, const void *a, const void *b, size_t m, size_t n, size_t k,
                       size_t panel_lo, size_t panel_hi, int accumulate, ck_format format) {
    if (format == CK_I8) NAME(gemm_format)(c, ldc, a, b, m, n, k, panel_lo, panel_hi, accumulate, CK_I8);
    else if (format == CK_I4) NAME(gemm_format)(c, ldc, a, b, m, n, k, panel_lo, panel_hi, accumulate, CK_I4);
    else if (format == CK_F32) NAME(gemm_format)(c, ldc, a, b, m, n, k, panel_lo, panel_hi, accumulate, CK_F32);
    else NAME(gemm_format)(c, ldc, a, b, m, n, k, panel_lo, panel_hi, accumulate, CK_BF16);
}
