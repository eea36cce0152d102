/* Matrix products, row-major, one thread: the few BLAS calls that thetasweep makes (linalg.c is the
 * only file that includes cblas.h), and products and a Cholesky factor of its own for
 * matrices that stay in the cache, which give the same bits with every BLAS and every instruction set. */
#ifndef LINALG_H
#define LINALG_H

#include <stdbool.h>

#include "base/error.h"

/* Local. C = beta C + alpha op(A) op(B).
 *   c        [m, n], rows ldc apart, in-out
 *   a        [m, k], or [k, m] when `transpose_a`; rows lda apart
 *   b        [k, n], or [n, k] when `transpose_b`; rows ldb apart
 * With beta = 0, C need not be initialised. */
void linalg_gemm(double *c, int ldc, const double *a, int lda, const double *b, int ldb, int m,
                 int n, int k, double alpha, double beta, int transpose_a, int transpose_b);

/* Local. y = beta y + alpha op(A) x; a is [rows, columns], op transposes when `transpose`. */
void linalg_gemv(double *y, const double *a, int lda, const double *x, int rows, int columns,
                 double alpha, double beta, int transpose);

/* Local. out [k n]: b [k, n], rows ldb apart, in the order in which the products below read their right
 * side with the instructions in use. For one that is used again and again. */
void linalg_panels(double *restrict out, const double *restrict b, long ldb, long n, long k);
void linalg_panels_single(float *restrict out, const float *restrict b, long ldb, long n, long k);

/* Local. C = beta C + alpha A B, and with `beta` = 0, C need not be initialised. Faster than
 * linalg_gemm() when B, or a few hundred of its rows, fit the second-level cache and n is at least
 * a dozen.
 *   c        [m, n], rows ldc apart, in-out
 *
 *   a        [m, k], element (i, q) at a[i * lda + q * step]: step = 1, or lda = 1 if transposed
 *
 *   b        [k, n], rows ldb apart, or as linalg_panels() puts it, then ldb is 0
 *
 * Each element is summed in the order of k, in parts of at most 256 terms of equal length. */
void linalg_multiply(double *restrict c, long ldc, const double *restrict a, long lda, long step,
                     const double *restrict b, long ldb, long m, long n, long k, double alpha,
                     double beta);
void linalg_multiply_single(float *restrict c, long ldc, const float *restrict a, long lda,
                            long step, const float *restrict b, long ldb, long m, long n, long k,
                            float alpha, float beta);

/* Local. C = beta C + A B to the bits of linalg_multiply(), where B is formed as it is used:
 * b[q, j] = sum_p coefficient[q, p] x[q, j]^p, by Horner.
 *   c            [m, n], rows ldc apart, in-out
 *
 *   a            [k, m], A transposed, k at most 256
 *
 *   x            [k, n] as linalg_panels() puts it
 *
 *   coefficient  [k, degree + 1], degree from 1 to 5 */
void linalg_multiply_polynomials(double *restrict c, long ldc, const double *restrict a,
                                 const double *restrict x, const double *restrict coefficient,
                                 int degree, long m, long n, long k, double beta);
void linalg_multiply_polynomials_single(float *restrict c, long ldc, const float *restrict a,
                                        const float *restrict x, const float *restrict coefficient,
                                        int degree, long m, long n, long k, float beta);

/* Local. y[c] = alpha sum_r x[r] a[r, c]; a is [rows, columns], rows lda apart, the sum in the
 * order of r. For a matrix that is used again and again and fits the second-level cache. */
void linalg_combine(double *restrict y, const double *restrict a, long lda,
                    const double *restrict x, long rows, long columns, double alpha);
void linalg_combine_single(float *restrict y, const float *restrict a, long lda,
                           const float *restrict x, long rows, long columns, float alpha);

/* Local. sum_i x[i] y[i], in 16 sums of every sixteenth term that are added in double. */
double linalg_dot(const double *restrict x, const double *restrict y, long count);
double linalg_dot_single(const float *restrict x, const float *restrict y, long count);

/* Dot products of all rows of x with all rows of y, whose numbers come bit by bit: all zeros before
 * the first. */
enum { LINALG_DOTS = 36 };
struct linalg_dots {
    long count; /* numbers of a row so far */
    double total[LINALG_DOTS];
    double sum[LINALG_DOTS][16];
    float sum_single[LINALG_DOTS][16];
};

/* Local. Adds `count` numbers of each row, a multiple of 16 but for the last ones.
 *   x    [rows, count], rows ldx apart; rows times columns at most LINALG_DOTS
 *
 *   y    [columns, count], rows ldy apart */
void linalg_dots_add(struct linalg_dots *dots, const double *restrict x, long ldx, long rows,
                     const double *restrict y, long ldy, long columns, long count);
void linalg_dots_add_single(struct linalg_dots *dots, const float *restrict x, long ldx, long rows,
                            const float *restrict y, long ldy, long columns, long count);

/* Local. out[r * columns + c] = linalg_dot() of row r of x with row c of y, to its bits, for all
 * `products`; `dots` is all zeros again. */
void linalg_dots_end(double *out, struct linalg_dots *dots, int products);

/* Local. out [columns, rows] = the transpose of a [rows, columns]. */
void linalg_transpose(double *out, const double *a, long rows, long columns);
void linalg_transpose_single(float *out, const double *a, long rows, long columns);

/* Local. The factor L of a = L L', in place in the lower triangle of the positive definite `a` [n, n],
 * row-major, by sums of its own in a fixed order; the upper triangle is not touched. A pivot of at
 * most `least` becomes infinite: what depends on it solves to 0. */
void linalg_factorise(double *a, int n, double least);

/* Local. Solves L x = b and L' x = b, b in place in x [n]. */
void linalg_solve_lower(double *x, const double *l, int n);
void linalg_solve_upper(double *x, const double *l, int n);

/* Local. Uses one thread from now on, whatever the environment says. Call once at the start. */
void linalg_start(void);

/* Local. If OpenBLAS does not know this processor and fell back to its slowest kernels, runs the
 * program again with OPENBLAS_CORETYPE naming the best that the processor can do (the library
 * reads it only while it loads). Call first in main, before MPI starts. Returns, having done
 * nothing, if all is well or OPENBLAS_CORETYPE is set already. `argv` is main's. */
void linalg_fit(char **argv);

/* Local. BLAS library and version, and the name of the kernel's core type ("Haswell"); "unknown"
 * for both if it is not OpenBLAS. */
const char *linalg_library(void);
const char *linalg_core(void);

/* Local. Whether OPENBLAS_CORETYPE in the environment holds OpenBLAS to narrower vectors than the
 * processor has: its products, not this program's own, are slower then. */
bool linalg_held_back(void);

/* Local. Rate of this kernel in floating-point operations a second, measured for about `seconds`
 * on a product of 256 x 256 matrices; 0 when out of memory. The one use of a clock in the
 * foundation; for `check`. */
double linalg_rate(double seconds);

#endif
