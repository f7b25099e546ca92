// Blocking for 32 registers of 16 floats: 12 rows × 2 vectors leave room for operands.
#define VW 16
#define VFMA
#define BLOCK_ROWS 12
#define NV 2
#define NV_1 8
#define NV_2 8
#define NV_3 8
#define NV_4 4
#include "attention.h"
