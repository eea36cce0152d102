#include "base/linalg.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/vector_table.h"

/* OpenBLAS's own calls, weak: another BLAS links as well and is reported as unknown. */
extern void openblas_set_num_threads(int threads) __attribute__((weak));
extern char *openblas_get_config(void) __attribute__((weak));
extern char *openblas_get_corename(void) __attribute__((weak));

void linalg_gemm(double *c, int ldc, const double *a, int lda, const double *b, int ldb, int m,
                 int n, int k, double alpha, double beta, int transpose_a, int transpose_b)
{
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c,
                ldc);
}

void linalg_gemv(double *y, const double *a, int lda, const double *x, int rows, int columns,
                 double alpha, double beta, int transpose)
{
    cblas_dgemv(CblasRowMajor, transpose ? CblasTrans : CblasNoTrans, rows, columns, alpha, a, lda,
                x, 1, beta, y, 1);
}

void linalg_panels(double *restrict out, const double *restrict b, long ldb, long n, long k)
{
    vector_functions()->panels(out, b, ldb, n, k);
}

void linalg_panels_single(float *restrict out, const float *restrict b, long ldb, long n, long k)
{
    vector_functions()->panels_single(out, b, ldb, n, k);
}

void linalg_multiply(double *restrict c, long ldc, const double *restrict a, long lda, long step,
                     const double *restrict b, long ldb, long m, long n, long k, double alpha,
                     double beta)
{
    vector_functions()->multiply(c, ldc, a, lda, step, b, ldb, m, n, k, alpha, beta);
}

void linalg_multiply_single(float *restrict c, long ldc, const float *restrict a, long lda,
                            long step, const float *restrict b, long ldb, long m, long n, long k,
                            float alpha, float beta)
{
    vector_functions()->multiply_single(c, ldc, a, lda, step, b, ldb, m, n, k, alpha, beta);
}

void linalg_multiply_polynomials(double *restrict c, long ldc, const double *restrict a,
                                 const double *restrict x, const double *restrict coefficient,
                                 int degree, long m, long n, long k, double beta)
{
    vector_functions()->multiply_polynomials(c, ldc, a, x, coefficient, degree, m, n, k, beta);
}

void linalg_multiply_polynomials_single(float *restrict c, long ldc, const float *restrict a,
                                        const float *restrict x, const float *restrict coefficient,
                                        int degree, long m, long n, long k, float beta)
{
    vector_functions()->multiply_polynomials_single(c, ldc, a, x, coefficient, degree, m, n, k,
                                                    beta);
}

void linalg_combine(double *restrict y, const double *restrict a, long lda,
                    const double *restrict x, long rows, long columns, double alpha)
{
    vector_functions()->combine(y, a, lda, x, rows, columns, alpha);
}

void linalg_combine_single(float *restrict y, const float *restrict a, long lda,
                           const float *restrict x, long rows, long columns, float alpha)
{
    vector_functions()->combine_single(y, a, lda, x, rows, columns, alpha);
}

double linalg_dot(const double *restrict x, const double *restrict y, long count)
{
    return vector_functions()->dot(x, y, count);
}

double linalg_dot_single(const float *restrict x, const float *restrict y, long count)
{
    return vector_functions()->dot_single(x, y, count);
}

void linalg_dots_add(struct linalg_dots *dots, const double *restrict x, long ldx, long rows,
                     const double *restrict y, long ldy, long columns, long count)
{
    vector_functions()->dots(dots->total, dots->sum, dots->count, x, ldx, rows, y, ldy, columns,
                             count);
    dots->count += count;
}

void linalg_dots_add_single(struct linalg_dots *dots, const float *restrict x, long ldx, long rows,
                            const float *restrict y, long ldy, long columns, long count)
{
    vector_functions()->dots_single(dots->total, dots->sum_single, dots->count, x, ldx, rows, y,
                                    ldy, columns, count);
    dots->count += count;
}

void linalg_dots_end(double *out, struct linalg_dots *dots, int products)
{
    for (int p = 0; p < products; p++) {
        out[p] = dots->total[p];
        for (int s = 0; s < 16; s++) /* of one precision all are 0 */
            out[p] += dots->sum[p][s];
        for (int s = 0; s < 16; s++)
            out[p] += dots->sum_single[p][s];
    }
    memset(dots, 0, sizeof *dots);
}

/* Tiles, so that neither side is read or written across more lines than the first cache holds. */
#define TRANSPOSE(REAL)                                                                            \
    enum { TILE = 8 };                                                                             \
    for (long r0 = 0; r0 < rows; r0 += TILE)                                                       \
        for (long c0 = 0; c0 < columns; c0 += TILE)                                                \
            for (long r = r0; r < rows && r < r0 + TILE; r++)                                      \
                for (long c = c0; c < columns && c < c0 + TILE; c++)                               \
    out[c * rows + r] = (REAL)a[r * columns + c]

void linalg_transpose(double *out, const double *a, long rows, long columns)
{
    TRANSPOSE(double);
}

void linalg_transpose_single(float *out, const double *a, long rows, long columns)
{
    TRANSPOSE(float);
}

void linalg_factorise(double *a, int n, double least)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (int k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i == j)
                a[i * n + i] = sum > least ? sqrt(sum) : INFINITY;
            else
                a[i * n + j] = sum / a[j * n + j];
        }
}

void linalg_solve_lower(double *x, const double *l, int n)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= l[i * n + k] * x[k];
        x[i] /= l[i * n + i];
    }
}

void linalg_solve_upper(double *x, const double *l, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            x[i] -= l[k * n + i] * x[k];
        x[i] /= l[i * n + i];
    }
}

void linalg_start(void)
{
    if (openblas_set_num_threads != NULL) {
        openblas_set_num_threads(1);
    }
}

/* Kernels for what the processor has, by OpenBLAS's names; NULL if it has no more than the slowest
 * ones use. */
static const char *fitting_core(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
        return "SkylakeX";
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return "Haswell";
    }
#endif
    return NULL;
}

void linalg_fit(char **argv)
{
    const char *core = fitting_core();
    /* "Prescott" (2004) is the fallback; on a matrix product it is a fifth as fast. */
    if (core != NULL && strcmp(linalg_core(), "Prescott") == 0 &&
        getenv("OPENBLAS_CORETYPE") == NULL && setenv("OPENBLAS_CORETYPE", core, 0) == 0) {
        execv("/proc/self/exe", argv);
    }
}

const char *linalg_library(void)
{
    return openblas_get_config != NULL ? openblas_get_config() : "unknown";
}

const char *linalg_core(void)
{
    return openblas_get_corename != NULL ? openblas_get_corename() : "unknown";
}

bool linalg_held_back(void)
{
    static const char *const wide[] = {"SapphireRapids", "Cooperlake", "SkylakeX", "Haswell",
                                       "Zen"};
    const char *core = linalg_core(), *fitting = fitting_core();
    if (fitting == NULL || getenv("OPENBLAS_CORETYPE") == NULL || strcmp(core, "unknown") == 0) {
        return false;
    }
    /* The first three use AVX-512. */
    size_t enough = strcmp(fitting, "Haswell") == 0 ? sizeof wide / sizeof wide[0] : 3;
    for (size_t c = 0; c < enough; c++) {
        if (strcmp(core, wide[c]) == 0) {
            return false;
        }
    }
    return true;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double linalg_rate(double seconds)
{
    enum { SIZE = 256 };
    const double operations = 2.0 * SIZE * SIZE * SIZE;
    double *matrix = calloc(3 * SIZE * SIZE, sizeof *matrix);
    if (matrix == NULL) {
        return 0.0;
    }
    double *a = matrix, *b = matrix + SIZE * SIZE, *c = matrix + 2 * SIZE * SIZE;
    for (int i = 0; i < 2 * SIZE * SIZE; i++) {
        matrix[i] = 1.0;
    }
    /* The first product warms up caches and the library's buffers. */
    linalg_gemm(c, SIZE, a, SIZE, b, SIZE, SIZE, SIZE, SIZE, 1.0, 0.0, 0, 0);
    double start = now(), elapsed = 0.0;
    long products = 0;
    while (products == 0 || elapsed < seconds) {
        linalg_gemm(c, SIZE, a, SIZE, b, SIZE, SIZE, SIZE, SIZE, 1.0, 0.0, 0, 0);
        products++;
        elapsed = now() - start;
    }
    free(matrix);
    return (double)products * operations / elapsed;
}
