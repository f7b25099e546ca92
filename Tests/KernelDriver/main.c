// Every kernel of every instruction set that runs here against the scalar reference, over all small shapes. Built with
// the address sanitiser, or for another processor and run under an emulator: see run.sh.
#include "driver.h"

static const ck_table *fast, *slow;

/// Of the triples of sizes a third: every two sizes meet.
static void products(void) {
    for (int format = CK_F32; format <= CK_I4; format++)
        for (size_t m = 1; m <= 50; m += m < 14 ? 1 : 12)
            for (size_t n = 1; n <= 131; n += n < 34 ? 4 : 32)
                for (size_t k = 1; k <= 134; k += k < 6 ? 1 : 16) {
                    if ((m + n + k) % 3) continue;
                    float *a = randoms(m * k), *b = randoms(n * k), *c = randoms(m * n), *d = copy(c, m * n);
                    float *out[2] = {c, d};
                    for (int t = 0; t < 2; t++) {
                        const ck_table *table = t ? slow : fast;
                        void *left = malloc(ck_packed_bytes(m, k, CK_MR, format));
                        void *right = malloc(ck_packed_bytes(n, k, CK_NR, format));
                        table->pack(left, a, m, k, k, CK_MR, 0, format);
                        int by_columns = format < CK_I8;
                        table->pack(right, b, n, k, by_columns ? n : k, CK_NR, by_columns, format);
                        table->gemm(out[t], n, left, right, m, n, k, 0, (n + CK_NR - 1) / CK_NR, m % 2, format);
                        free(left);
                        free(right);
                    }
                    // Integers leave nothing to round differently.
                    close_to("gemm", c, d, m * n, format == CK_I8 ? 0 : 4e-6 * sqrt((double)k));
                    free(a), free(b), free(c), free(d);
                }
}

/// Takes what int8 left operands are stored with off their bytes.
static void without_offset(uint8_t *packed, size_t rows, size_t k, int offset) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < k; i++) {
            size_t word = r / CK_MR * CK_MR * ((k + 3) / 4 + 2) + i / 4 * CK_MR + r % CK_MR;
            packed[4 * word + i % 4] -= (uint8_t)offset;
        }
}

/// Packed operands must be the same bit for bit.
static void packing(void) {
    for (size_t rows = 1; rows < 70; rows += 3)
        for (size_t k = 1; k < 80; k += 1 + k / 9)
            for (int variant = 0; variant < 12; variant++) {
                int by_columns = !(variant & 8) && variant & 2;
                ck_format format = variant & 8 ? variant & 2 ? CK_I4 : CK_I8 : variant & 4 ? CK_BF16 : CK_F32;
                size_t lines = by_columns ? k : rows, across = by_columns ? rows : k;
                size_t panel = variant & 1 ? CK_NR : CK_MR, ld = across + rows % 3;
                float *x = randoms((lines - 1) * ld + across);
                size_t bytes = ck_packed_bytes(rows, k, panel, format);
                char *a = malloc(bytes), *b = malloc(bytes);
                fast->pack(a, x, rows, k, ld, panel, by_columns, format);
                slow->pack(b, x, rows, k, ld, panel, by_columns, format);
                if (format == CK_I8 && panel == CK_MR) {
                    without_offset((uint8_t *)a, rows, k, fast->row_offset);
                    without_offset((uint8_t *)b, rows, k, slow->row_offset);
                }
                if (memcmp(a, b, bytes) && failures++ < 20)
                    printf("  pack: %zu rows, %zu deep, panels of %zu, variant %d differ\n", rows, k, panel, variant);
                // Within its memory, as the sanitiser sees; what it reads is compared in the Swift tests.
                float *row = malloc(k * 4);
                if (panel == CK_NR) ck_unpack_row(row, a, rows - 1, k, format);
                free(a), free(b), free(x), free(row);
            }
}

static void passes(void) {
    for (size_t width = 1; width <= 70; width += 1 + width / 40) {
        size_t rows = 3, n = rows * width;
        float *x = randoms(2 * n), *dy = randoms(n), *gain = randoms(width), *table = randoms(8 * 2 * width);
        float *inverse = malloc(rows * 4), *out[2][8];
        int32_t positions[3] = {0, 7, 3};
        for (int t = 0; t < 2; t++) {
            const ck_table *k = t ? slow : fast;
            float **o = out[t];
            for (int i = 0; i < 8; i++) o[i] = copy(x, 2 * n);
            k->rmsnorm(o[0], inverse, x, gain, rows, width, width, width, 1e-6f);
            k->rmsnorm_backward(o[1], o[2], dy, x, inverse, gain, rows, width, width, width, 1);
            k->swiglu(o[3], x, rows, width);
            k->swiglu_backward(o[4], dy, x, rows, width);
            k->rope(o[5], table, positions, rows, width / 2 * 2, width, -1);
            k->axpby(o[6], dy, n, 0.3f, -0.7f);
            for (size_t i = 0; i < n; i++) o[7][i + n] = o[7][i] * o[7][i];
            k->adamw(o[6], o[6] + n, o[7] + n, dy, n, 0.5f, 0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, 1.5f, 2.5f);
            o[0][n] = k->dot(x, dy, width);
            o[0][n + 1 < 2 * n ? n + 1 : n] = k->sum_of_squares(x, n);
        }
        const char *names[8] = {"rmsnorm, dot", "rmsnorm_backward dx", "rmsnorm_backward dgain", "swiglu",
                                "swiglu_backward", "rope", "axpby, adamw", "adamw moments"};
        for (int i = 0; i < 8; i++) {
            close_to(names[i], out[0][i], out[1][i], 2 * n, 1e-5);
            free(out[0][i]), free(out[1][i]);
        }
        free(x), free(dy), free(gain), free(table), free(inverse);
    }
}

/// The same bits everywhere, and its own inverse.
static void rotations(void) {
    for (size_t width = 1; width <= 200; width += 1 + width / 9)
        for (size_t ld = width; ld <= width + 3; ld += 3) {
            size_t rows = 3;
            float *x = randoms((rows - 1) * ld + width), *y = malloc(rows * width * 4), *z = malloc(rows * width * 4);
            fast->hadamard(y, x, rows, width, ld);
            slow->hadamard(z, x, rows, width, ld);
            if (memcmp(y, z, rows * width * 4) && failures++ < 20) printf("  hadamard: width %zu differs\n", width);
            fast->hadamard(y, y, rows, width, width);
            for (size_t r = 0; r < rows; r++) close_to("hadamard twice", y + r * width, x + r * ld, width, 1e-5);
            free(x), free(y), free(z);
        }
}

static void reductions(void) {
    for (size_t width = 1; width <= 140; width++) {
        float *x = randoms(width);
        if (width > 5) x[2] = x[4], x[1] = -INFINITY;
        ck_row_statistics a, b;
        fast->statistics(&a, x, width);
        slow->statistics(&b, x, width);
        if (a.argmax != b.argmax && failures++ < 20) printf("  statistics: argmax of %zu\n", width);
        float p[3] = {a.max, a.log_sum_exp, a.entropy}, q[3] = {b.max, b.log_sum_exp, b.entropy};
        close_to("statistics", p, q, 3, 1e-5);
        for (int sharpen = 0; sharpen < 2; sharpen++) {
            float *y = copy(x, width), *z = copy(x, width);
            int32_t target = sharpen ? b.argmax : (int32_t)(width - 1);
            float loss = fast->cross_entropy(y, width, target, 0.7f, 0.5f * (float)sharpen);
            float expected = slow->cross_entropy(z, width, target, 0.7f, 0.5f * (float)sharpen);
            close_to("cross_entropy loss", &loss, &expected, 1, 1e-5);
            close_to("cross_entropy gradient", y, z, width, 1e-5);
            free(y), free(z);
        }
        free(x);
    }
}

/// Keys or values of `positions` positions, each written on its own.
static float *stored(size_t positions, size_t width, ck_format format, int values) {
    float *words = calloc(ck_cache_words(positions, width, format) + 1, 4);
    for (size_t i = 0; i < positions; i++) {
        float *x = randoms(width);
        (values ? ck_store_value : ck_store_key)(words, x, i, width, format);
        free(x);
    }
    return words;
}

static void decoding(ck_format format) {
    static const size_t counts[] = {0, 1, 15, 16, 17, 64, 65};
    for (size_t width = 2; width <= 80; width += width < 18 ? 7 : 30)
        for (size_t c = 0; c < 7; c++)
            for (size_t canvas = c == 0; canvas <= 17; canvas += 8)
                for (size_t queries = 1; queries <= CK_QUERIES; queries++) {
                    size_t most = counts[c] + (canvas ? 0 : queries - 1), clean[CK_QUERIES];
                    float *keys = stored(most, width, format, 0), *values = stored(most, width, format, 1);
                    float *canvas_keys = stored(canvas, width, format, 0);
                    float *canvas_values = stored(canvas, width, format, 1);
                    float *query = randoms(queries * width), *out = randoms(2 * queries * width);
                    float *scratch = malloc(ck_attend_scratch(most, canvas, width) * 4), *to[CK_QUERIES];
                    const float *from[CK_QUERIES];
                    for (int t = 0; t < 2; t++) {
                        for (size_t q = 0; q < queries; q++) {
                            clean[q] = counts[c] + (canvas ? 0 : q);
                            from[q] = query + q * width;
                            to[q] = out + (t * queries + q) * width;
                        }
                        (t ? slow : fast)->attend(queries, to, from, clean, keys, values, canvas_keys, canvas_values,
                                                  canvas, width, 0.3f, format, scratch);
                    }
                    // A weight between two bf16 may go either way.
                    close_to("attend", out, out + queries * width, queries * width, format == CK_BF16 ? 8e-3 : 2e-5);
                    free(keys), free(values), free(canvas_keys), free(canvas_values), free(query), free(out);
                    free(scratch);
                }
}

/// Two documents and some canvases, forward and backward.
static void training(void) {
    for (int seed = 0; seed < 8; seed++) {
        size_t width = (size_t[]){4, 12, 32, 40, 64}[seed % 5], clean = 5 + (size_t)(uniform() * 120);
        size_t second = 1 + (size_t)(uniform() * (double)(clean - 1)), n = clean;
        ck_span spans[400];
        for (size_t i = 0; i < clean; i++)
            spans[i] = (ck_span){(int32_t)(i < second ? 0 : second), (int32_t)i + 1, 0, 0};
        for (int canvas = 0; canvas < 6; canvas++) {
            size_t length = 1 + (size_t)(uniform() * 17), lo = uniform() < 0.5 ? 0 : second;
            size_t start = lo + (size_t)(uniform() * (double)((lo ? clean : second) - lo));
            for (size_t i = 0; i < length; i++)
                spans[n + i] = (ck_span){(int32_t)lo, (int32_t)start, (int32_t)n, (int32_t)(n + length)};
            n += length;
        }
        float *q = randoms(n * width), *k = randoms(n * width), *v = randoms(n * width), *dout = randoms(n * width);
        float *dots = malloc(n * 4), *result[2][5];
        void *scratch = malloc(ck_attention_scratch(n, width));
        for (int t = 0; t < 2; t++) {
            const ck_table *table = t ? slow : fast;
            float **r = result[t];
            for (int i = 0; i < 5; i++) r[i] = calloc(n * width, 4);
            table->attention(r[0], r[1], q, k, v, spans, clean, n, width, width, width, width, 0.2f, CK_F32, scratch);
            for (size_t i = 0; i < n; i++) dots[i] = table->dot(dout + i * width, r[0] + i * width, width);
            table->attention_backward(r[2], r[3], r[4], dout, dots, r[1], q, k, v, spans, clean, n, width, width,
                                      width, width, 0.2f, CK_F32, scratch);
        }
        const char *names[5] = {"attention", "attention lse", "attention dq", "attention dk", "attention dv"};
        for (int i = 0; i < 5; i++) {
            close_to(names[i], result[0][i], result[1][i], i == 1 ? n : n * width, 3e-5);
            free(result[0][i]), free(result[1][i]);
        }
        free(q), free(k), free(v), free(dout), free(dots), free(scratch);
    }
}

int main(void) {
    size_t count;
    const ck_table *const *tables = ck_available(&count);
    slow = tables[count - 1];
    int total = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        fast = tables[i];
        state = 1;
        failures = 0;
        products();
        packing();
        passes();
        reductions();
        rotations();
        decoding(CK_F32);
        decoding(CK_BF16);
        training();
        printf("%s: %s\n", fast->name, failures ? "DIFFERS from the scalar reference" : "equals the scalar reference");
        total += failures;
    }
    return total > 0;
}
