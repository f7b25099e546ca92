// NEON with dot products of bytes (Armv8.2 DotProd: Cortex-A75 and later, Neoverse, Apple silicon).
#if defined(__aarch64__)
#include <arm_neon.h>
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#define NAME(x) neondot_##x
#define ISA_NAME "neondot"
#define HAVE_SDOT
#include "neon.h"
#pragma clang attribute pop
#include "table.h"
const ck_table *ck_neondot(void) { return &neondot_table; }
#endif
