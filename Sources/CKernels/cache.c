// Keys and values as attention reads them while decoding, apart from instruction sets.
#include <string.h>
#include "CKernels.h"
#include "bf16.h"

enum { TILE = 16 };

static size_t tiles(size_t positions) { return (positions + TILE - 1) / TILE; }

size_t ck_cache_words(size_t positions, size_t width, ck_format format) {
    return tiles(positions) * TILE * (format == CK_BF16 ? (width + 1) / 2 : width);
}

size_t ck_attend_scratch(size_t clean, size_t canvas, size_t width) {
    return CK_QUERIES * TILE * (tiles(clean) + tiles(canvas) + tiles(width));
}

void ck_store_key(void *keys, const float *key, size_t position, size_t width, ck_format format) {
    size_t words = format == CK_BF16 ? (width + 1) / 2 : width;
    uint32_t *first = (uint32_t *)keys + position / TILE * TILE * words + position % TILE;
    if (format == CK_BF16) {
        for (size_t i = 0; i < width / 2; i++) first[i * TILE] = bf16_of(key[2 * i]) | bf16_of(key[2 * i + 1]) << 16;
        if (width % 2) first[width / 2 * TILE] = bf16_of(key[width - 1]);
    } else
        for (size_t i = 0; i < width; i++) memcpy(first + i * TILE, key + i, 4);
}

void ck_store_value(void *values, const float *value, size_t position, size_t width, ck_format format) {
    if (format == CK_BF16) {
        // The other half of a word may be written by another thread at the same time.
        uint16_t *half = (uint16_t *)values + position / 2 * 2 * width + position % 2;
        for (size_t i = 0; i < width; i++) half[2 * i] = (uint16_t)bf16_of(value[i]);
    } else memcpy((float *)values + position * width, value, width * 4);
}
