// Memory of exactly the size that a kernel may touch, and comparison of two tables of kernels.
#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "CKernels.h"

static uint64_t state = 1;
static int failures;

/// SplitMix64, as everywhere in the project.
static double uniform(void) {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static float normal(void) {
    double radius = sqrt(-2 * log(1 - uniform()));
    return (float)(radius * cos(6.283185307179586 * uniform()));
}

/// Exactly n floats, so that the address sanitiser sees one too many.
static float *randoms(size_t n) {
    float *x = malloc(n * sizeof *x + (n == 0));
    for (size_t i = 0; i < n; i++) x[i] = normal();
    return x;
}

static float *copy(const float *x, size_t n) {
    float *y = malloc(n * sizeof *y + (n == 0));
    memcpy(y, x, n * sizeof *y);
    return y;
}

/// Reports a difference beyond `tolerance`, relative to the largest value.
static void close_to(const char *what, const float *a, const float *b, size_t n, double tolerance) {
    double worst = 0, scale = 1;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - b[i]);
        worst = d > worst || d != d ? d : worst;
        scale = fabs(b[i]) > scale ? fabs(b[i]) : scale;
    }
    if (worst <= tolerance * scale) return;
    if (failures++ < 20) printf("  %s: off by %g of %g\n", what, worst, scale);
}
