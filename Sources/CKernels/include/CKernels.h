// The inner kernels: one table of functions for each instruction set, chosen at run time.
//
// Every function is single-threaded, allocates nothing and never fails; the Swift layer above checks shapes, splits work
// over threads and owns the memory. Matrices are row-major; `ld` is the distance between rows in elements.
//
// The order in which the products of one output element are added depends on the instruction set only: never on the
// number of rows or columns, on their place in a tile, or on threads.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Rows of a panel of the left operand, and columns of a panel of the right one.
enum { CK_MR = 12, CK_NR = 32 };

/// Weights along the reduction that share a scale in CK_I4.
enum { CK_GROUP = 64 };

/// Neighbours that a rotation mixes before they are rounded to integers.
enum { CK_HADAMARD = 64 };

/// Most queries of one call of attend.
enum { CK_QUERIES = 4 };

/// Storage of packed operands. In CK_BF16 two neighbours along the reduction share a 32-bit word (the even one in the
/// low half), which is what AVX512-BF16 multiplies in one go; an odd reduction length is padded with a zero. In
/// CK_I8 four share one and each row has a scale (gemm8.h); in CK_I4 right operands have eight in a word and a scale for
/// each group (gemm4.h). In these two, panels of CK_MR rows are left operands, those of CK_NR right ones, and sources
/// are row-major.
typedef enum { CK_F32 = 0, CK_BF16 = 1, CK_I8 = 2, CK_I4 = 3 } ck_format;

/// What one query may see: clean keys [clean_lo, clean_hi) and, on a canvas, canvas keys [canvas_lo, canvas_hi).
typedef struct {
    int32_t clean_lo, clean_hi, canvas_lo, canvas_hi;
} ck_span;

/// Reductions of one row of logits.
typedef struct {
    int32_t argmax;        // smallest index among equals
    float max;             // largest logit
    float second;          // second largest logit
    float log_sum_exp;     // natural logarithm of the sum of exponentials
    float entropy;         // nats
} ck_row_statistics;

typedef struct {
    const char *name;
    // ---- matrix product C[m,n] (+)= A[m,k] B[n,k]^T --------------------------------------------------------------
    /// Packs rows × k values into panels of `panel` rows (CK_MR or CK_NR). `src[r*ld + i]` if !reduction_major, else
    /// `src[i*ld + r]`. Rows beyond the end of the last panel are zero.
    void (*pack)(void *dst, const float *src, size_t rows, size_t k, size_t ld, size_t panel, int reduction_major,
                 ck_format format);
    /// Multiplies packed operands for the right panels [panel_lo, panel_hi); writes columns below n only.
    void (*gemm)(float *c, size_t ldc, const void *a, const void *b, size_t m, size_t n, size_t k, size_t panel_lo,
                 size_t panel_hi, int accumulate, ck_format format);

    /// Ceilings (ceiling.h): products in registers only, returns the multiply-adds done; and reading memory only.
    double (*spin)(ck_format format, size_t steps);
    uint32_t (*read)(const void *memory, size_t bytes);

    // ---- one pass over rows ---------------------------------------------------------------------------------------
    /// y = x * inv * gain with inv = 1/sqrt(mean(x²) + eps); stores inv if `inverse` is not null. y may be x.
    void (*rmsnorm)(float *y, float *inverse, const float *x, const float *gain, size_t rows, size_t width, size_t ldx,
                    size_t ldy, float eps);
    /// dx (+)= gradient through rmsnorm; dgain += its gradient.
    void (*rmsnorm_backward)(float *dx, float *dgain, const float *dy, const float *x, const float *inverse,
                             const float *gain, size_t rows, size_t width, size_t ldx, size_t ldy, int accumulate);
    /// y[r,i] = silu(x[r,i]) * x[r,width+i]; x has rows of 2*width.
    void (*swiglu)(float *y, const float *x, size_t rows, size_t width);
    void (*swiglu_backward)(float *dx, const float *dy, const float *x, size_t rows, size_t width);
    /// Rotates pairs (i, i+width/2) of each row by the angle whose cosine and sine stand in `table[position[r]]`
    /// (width/2 cosines, then width/2 sines); `sign` -1 undoes it.
    void (*rope)(float *x, const float *table, const int32_t *positions, size_t rows, size_t width, size_t ld,
                 float sign);
    /// y = x rotated: every whole block of CK_HADAMARD neighbours of a row times the orthonormal Hadamard matrix of
    /// Sylvester's order, the rest as it is. Its own inverse. Rows of y are dense; y may be x if those of x are.
    void (*hadamard)(float *y, const float *x, size_t rows, size_t width, size_t ldx);
    /// Reductions of a row of logits.
    void (*statistics)(ck_row_statistics *out, const float *logits, size_t width);
    /// Cross-entropy of one row against `target`; logits become weight * d(loss)/d(logits). Adds the gradient of
    /// sharpen * entropy(softmax(logits/0.5)) if sharpen > 0 and the target is the best token. Returns the loss in nats.
    float (*cross_entropy)(float *logits, size_t width, int32_t target, float weight, float sharpen);
    float (*sum_of_squares)(const float *x, size_t n);
    float (*dot)(const float *x, const float *y, size_t n);
    /// y = alpha*x + beta*y
    void (*axpby)(float *y, const float *x, size_t n, float alpha, float beta);
    /// One AdamW step on n parameters (Loshchilov and Hutter 2019); gradient is multiplied by `scale` first.
    void (*adamw)(float *weight, float *m, float *v, const float *gradient, size_t n, float scale, float lr,
                  float beta1, float beta2, float eps, float decay, float correction1, float correction2);

    // ---- attention ------------------------------------------------------------------------------------------------
    /// Decoding: 1 to CK_QUERIES queries that share keys, query q over cached clean keys [0, clean[q]) and all of them
    /// over their own canvas's rows. Keys and values, of the cache and of canvases alike, were written by ck_store_key
    /// and ck_store_value in `format`, CK_F32 or CK_BF16, which also rounds queries and weights of the values. `scratch`
    /// has room for ck_attend_scratch floats. A query's result does not depend on the others.
    void (*attend)(size_t queries, float *const *out, const float *const *query, const size_t *clean,
                   const void *keys, const void *values, const void *canvas_keys, const void *canvas_values,
                   size_t canvas, size_t width, float scale, ck_format format, float *scratch);
    /// Training: all queries of one head. q, k, v, out are [n, width] with row distances ld*; spans[n] in row indices
    /// (canvas rows follow the clean ones); lse[n] receives the log-sum-exp of the scaled scores.
    void (*attention)(float *out, float *lse, const float *q, const float *k, const float *v, const ck_span *spans,
                      size_t clean_rows, size_t n, size_t width, size_t ldq, size_t ldk, size_t ldo, float scale,
                      ck_format format, void *scratch);
    /// dq is written, dk and dv are added to. `dot_out[n]` = dout · out of each row.
    void (*attention_backward)(float *dq, float *dk, float *dv, const float *dout, const float *dot_out,
                               const float *lse, const float *q, const float *k, const float *v, const ck_span *spans,
                               size_t clean_rows, size_t n, size_t width, size_t ldq, size_t ldk, size_t ldo,
                               float scale, ck_format format, void *scratch);

    /// What int8 left operands are stored with, for the processor's dot products: 128 or 0.
    int row_offset;
} ck_table;

/// The tables that this processor can run, best first; the last one is always the scalar reference.
const ck_table *const *ck_available(size_t *count);

/// Tells the processor that this thread waits in a loop: it uses less power and leaves the core to its sibling.
static inline void ck_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb");
#endif
}

/// Bytes of a packed operand.
size_t ck_packed_bytes(size_t rows, size_t k, size_t panel, ck_format format);
/// One row of a packed right operand, k values.
void ck_unpack_row(float *out, const void *packed, size_t row, size_t k, ck_format format);
enum { CK_LARGE_PAGE = 2 << 20 };
/// Tells the system that memory, aligned to CK_LARGE_PAGE, had better lie in large pages.
void ck_advise_large_pages(void *memory, size_t bytes);
/// 32-bit words of the keys, or of the values, of a head: `positions` of `width` numbers, rounded up to tiles of 16.
size_t ck_cache_words(size_t positions, size_t width, ck_format format);
/// Writes a key at a position of tiles of 16 positions, [tile][width][16]; in CK_BF16 [tile][width/2][16] words of two.
void ck_store_key(void *keys, const float *key, size_t position, size_t width, ck_format format);
/// Writes a value at a position of [position][width]; in CK_BF16 [position/2][width] words of two positions.
void ck_store_value(void *values, const float *value, size_t position, size_t width, ck_format format);
/// Floats of scratch memory that attend needs for CK_QUERIES queries over that many clean and canvas keys.
size_t ck_attend_scratch(size_t clean, size_t canvas, size_t width);
/// Bytes of scratch memory that attention and attention_backward need for n rows.
size_t ck_attention_scratch(size_t n, size_t width);
