/* Counts and times the matrix products of a program by their shape and tells at its end. Linked
 * with -Wl,--wrap=linalg_gemm and so on, which sends all calls from other files here.
 *
 * One JSON object a shape: {"shape": "m x n x k", "calls": ..., "seconds": ..., "flops": ...}. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/linalg.h"

enum { SHAPES = 64 };

static struct shape {
    const char *of;
    int m, n, k;
    long calls;
    double seconds;
} shape[SHAPES];

/* Names that the linker makes. */
#define GEMM(name)                                                                                 \
    void name(double *c, int ldc, const double *a, int lda, const double *b, int ldb, int m,       \
              int n, int k, double alpha, double beta, int transpose_a, int transpose_b)
#define MULTIPLY(name)                                                                             \
    void name(double *restrict c, long ldc, const double *restrict a, long lda, long step,         \
              const double *restrict b, long ldb, long m, long n, long k, double alpha,            \
              double beta)
GEMM(__real_linalg_gemm);
GEMM(__wrap_linalg_gemm);
MULTIPLY(__real_linalg_multiply);
MULTIPLY(__wrap_linalg_multiply);
#define POLYNOMIALS(name)                                                                          \
    void name(double *restrict c, long ldc, const double *restrict a, const double *restrict x,    \
              const double *restrict coefficient, int degree, long m, long n, long k, double beta)
POLYNOMIALS(__real_linalg_multiply_polynomials);
POLYNOMIALS(__wrap_linalg_multiply_polynomials);

static double cpu(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void tell(void)
{
    for (struct shape *s = shape; s < shape + SHAPES && s->calls; s++)
        printf("{\"shape\": \"%d x %d x %d%s\", \"calls\": %ld, \"seconds\": %g, \"flops\": %g}\n",
               s->m, s->n, s->k, s->of, s->calls, s->seconds,
               2.0 * s->m * s->n * s->k * (double)s->calls);
}

/* The entry of a shape; when the table is full, its last one takes the rest. */
static struct shape *find(const char *of, int m, int n, int k)
{
    struct shape *s = shape;
    if (!s->calls)
        atexit(tell);
    while (s < shape + SHAPES - 1 && s->calls &&
           (s->of != of || s->m != m || s->n != n || s->k != k))
        s++;
    s->of = of, s->m = m, s->n = n, s->k = k;
    return s;
}

static void count(const char *of, long m, long n, long k, double start)
{
    struct shape *s = find(of, (int)m, (int)n, (int)k);
    s->seconds += cpu() - start;
    s->calls++;
}

GEMM(__wrap_linalg_gemm)
{
    double start = cpu();
    __real_linalg_gemm(c, ldc, a, lda, b, ldb, m, n, k, alpha, beta, transpose_a, transpose_b);
    count("", m, n, k, start);
}

MULTIPLY(__wrap_linalg_multiply)
{
    double start = cpu();
    __real_linalg_multiply(c, ldc, a, lda, step, b, ldb, m, n, k, alpha, beta);
    count("", m, n, k, start);
}

POLYNOMIALS(__wrap_linalg_multiply_polynomials)
{
    static const char of[] = " of polynomials";
    double start = cpu();
    __real_linalg_multiply_polynomials(c, ldc, a, x, coefficient, degree, m, n, k, beta);
    count(of, m, n, k, start);
}
