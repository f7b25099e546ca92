// NEON: 32 registers of 4 floats, blocks of 6 rows × 4 vectors.
#if defined(__aarch64__)
#define NAME(x) neon_##x
#define ISA_NAME "neon"
#define VW 4
#define VFMA
#define BLOCK_ROWS 6
#define NV 4
#define NV_1 8
#define NV_2 8
#define NV_3 8
#define NV_4 4
#include "attention.h"
#include "table.h"
const ck_table *ck_neon(void) { return &neon_table; }
#endif
