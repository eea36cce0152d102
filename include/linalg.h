/* The few BLAS calls that thetasweep makes: row-major, double, one thread.
 * The only file that includes cblas.h. */
#ifndef LINALG_H
#define LINALG_H

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

/* Local. y[c] = alpha sum_r x[r] a[r, c]; a is [rows, columns], rows lda apart. For a matrix that
 * is used again and again and fits the second-level cache. Same bits with every BLAS. */
void linalg_combine(double *restrict y, const double *restrict a, long lda,
                    const double *restrict x, long rows, long columns, double alpha);

/* Local. out [columns, rows] = the transpose of a [rows, columns]. */
void linalg_transpose(double *out, const double *a, long rows, long columns);

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

/* Local. Rate of this kernel in floating-point operations a second, measured for about `seconds`
 * on a product of 512 x 512 matrices; 0 when out of memory. The one use of a clock in the
 * foundation; for `check`. */
double linalg_rate(double seconds);

#endif
