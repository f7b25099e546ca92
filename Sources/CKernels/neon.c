// NEON, as every 64-bit Arm processor has it.
#if defined(__aarch64__)
#define NAME(x) neon_##x
#define ISA_NAME "neon"
#include "neon.h"
#include "table.h"
const ck_table *ck_neon(void) { return &neon_table; }
#endif
