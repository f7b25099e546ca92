// The packed form of operands, apart from instruction sets.
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#include "CKernels.h"

void ck_advise_large_pages(void *memory, size_t bytes) {
#if defined(__linux__)
    // Whole pages only: the rest would count as used without being so.
    madvise(memory, bytes / CK_LARGE_PAGE * CK_LARGE_PAGE, MADV_HUGEPAGE);
#else
    (void)memory, (void)bytes;
#endif
}

/// 32-bit words of one row of a panel.
static size_t row_words(size_t k, size_t panel, ck_format format) {
    size_t groups = (k + CK_GROUP - 1) / CK_GROUP;
    switch (format) {
        case CK_F32: return k;
        case CK_BF16: return (k + 1) / 2;
        // With scale and offset.
        case CK_I8: return (k + 3) / 4 + 2;
        // With the scales of the groups; activations with one scale and the starts of the groups.
        case CK_I4: return panel == CK_NR ? groups * (CK_GROUP / 8 + 1) : groups * (CK_GROUP / 4 + 1) + 1;
    }
    return 0;
}

size_t ck_packed_bytes(size_t rows, size_t k, size_t panel, ck_format format) {
    return (rows + panel - 1) / panel * panel * row_words(k, panel, format) * 4;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

void ck_unpack_row(float *out, const void *packed, size_t row, size_t k, ck_format format) {
    size_t words = row_words(k, CK_NR, format);
    const uint32_t *from = (const uint32_t *)packed + row / CK_NR * CK_NR * words + row % CK_NR;
    if (format == CK_F32)
        for (size_t i = 0; i < k; i++) out[i] = float_of(from[i * CK_NR]);
    else if (format == CK_BF16)
        for (size_t i = 0; i < k; i++) out[i] = float_of(from[i / 2 * CK_NR] >> 16 * (i % 2) << 16);
    else if (format == CK_I8) {
        float scale = float_of(from[(words - 2) * CK_NR]);
        for (size_t i = 0; i < k; i++) out[i] = (float)(int8_t)(from[i / 4 * CK_NR] >> 8 * (i % 4)) * scale;
    } else
        for (size_t i = 0; i < k; i++) {
            size_t group = i / CK_GROUP * (CK_GROUP / 8 + 1), at = i % CK_GROUP;
            uint32_t nibble = from[(group + at / 8) * CK_NR] >> (8 * (at % 4) + (at % 8 < 4 ? 0 : 4)) & 15;
            out[i] = ((float)nibble - 8) * float_of(from[(group + CK_GROUP / 8) * CK_NR]);
        }
}
