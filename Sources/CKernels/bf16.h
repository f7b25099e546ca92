// bfloat16, one number at a time.
#pragma once
#include <stdint.h>
#include <string.h>

/// Rounds to the nearest bfloat16 (ties to even), in the low half. A NaN stays a NaN.
static inline uint32_t bf16_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    return x != x ? bits >> 16 | 0x40 : rounded;
}
