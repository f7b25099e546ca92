// Blocking for 32 registers of 4 floats: 6 rows × 4 vectors leave room for operands.
#define VW 4
#define VFMA
#define BLOCK_ROWS 6
#define NV 4
#define NV_1 8
#define NV_2 8
#define NV_3 8
#define NV_4 4
#include "attention.h"
