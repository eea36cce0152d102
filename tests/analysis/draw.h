/* Random numbers for tests on arrays, the same in every run. */
#ifndef TESTS_DRAW_H
#define TESTS_DRAW_H

#include <CUnit/Basic.h>

#include "base/linalg.h"
#include "base/random.h"
#include "numbers/matrix.h"

/* `count` normal numbers; every suite has a seed of its own. */
static inline void draw(double *out, uint64_t seed, uint64_t trial, long count)
{
    random_normal(out, random_key(seed, 0, RANDOM_TASK), trial, 0, count);
}

/* A random orthogonal matrix [n, n], n to 16: the polar factor of a Gaussian one. */
static inline void draw_rotation(double *out, uint64_t seed, uint64_t trial, int n)
{
    double a[256], u[256], s[16], vt[256];
    draw(a, seed, trial, n * n);
    CU_ASSERT_FATAL(matrix_svd(u, s, vt, a, n, n));
    linalg_gemm(out, n, u, n, vt, n, n, n, n, 1, 0, 0, 0);
}

#endif
