// Blocking for 16 registers of 8 floats: 6 rows × 2 vectors leave room for operands.
#define VW 8
#define VFMA
#define BLOCK_ROWS 6
#define NV 2
#define NV_1 8
#define NV_2 4
#define NV_3 4
#define NV_4 2
#include "attention.h"
