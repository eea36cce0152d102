/* Products for matrices that stay in the second-level cache and are used again and again, where a
 * BLAS spends its time on packing: tiles of sums in registers, the operands read where they stand.
 * Each element is one chain of fused multiply-adds over parts of at most DEPTH terms, so that its
 * bits are the same with AVX-512, AVX2 and scalar code, and with every BLAS. */
#include <string.h>

#include "base/linalg.h"
#include "base/vector.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { DEPTH = 256 }; /* terms of a sum at once: 3 registers of B times DEPTH fit the first cache */

#define NAME(word) word##_scalar
#define REAL       double
#define VECTOR     double
#define TARGET
#define ROWS      4
#define STRIP     12
#define SPREAD(x) (x)
#define FUSED     __builtin_fma
#include "base/linalg_tile.h"

#define NAME(word) word##_scalar_single
#define REAL       float
#define VECTOR     float
#define TARGET
#define ROWS      4
#define STRIP     12
#define SPREAD(x) (x)
#define FUSED     __builtin_fmaf
#include "base/linalg_tile.h"

#ifdef __x86_64__
#define NAME(word) word##_avx2
#define REAL       double
#define VECTOR     __m256d
#define TARGET     __attribute__((target("avx2,fma")))
#define ROWS       4
#define STRIP      12
#define SPREAD     _mm256_set1_pd
#define FUSED      _mm256_fmadd_pd
#include "base/linalg_tile.h"

#define NAME(word) word##_avx2_single
#define REAL       float
#define VECTOR     __m256
#define TARGET     __attribute__((target("avx2,fma")))
#define ROWS       4
#define STRIP      12
#define SPREAD     _mm256_set1_ps
#define FUSED      _mm256_fmadd_ps
#include "base/linalg_tile.h"

#define NAME(word) word##_avx512f
#define REAL       double
#define VECTOR     __m512d
#define TARGET     __attribute__((target("avx512f")))
#define ROWS       8
#define STRIP      28
#define SPREAD     _mm512_set1_pd
#define FUSED      _mm512_fmadd_pd
#include "base/linalg_tile.h"

#define NAME(word) word##_avx512f_single
#define REAL       float
#define VECTOR     __m512
#define TARGET     __attribute__((target("avx512f")))
#define ROWS       8
#define STRIP      28
#define SPREAD     _mm512_set1_ps
#define FUSED      _mm512_fmadd_ps
#include "base/linalg_tile.h"

#define DISPATCH(function, suffix, ...)                                                            \
    switch (vector_width()) {                                                                      \
    case VECTOR_512:                                                                               \
        function##_avx512f##suffix(__VA_ARGS__);                                                   \
        break;                                                                                     \
    case VECTOR_256:                                                                               \
        function##_avx2##suffix(__VA_ARGS__);                                                      \
        break;                                                                                     \
    default:                                                                                       \
        function##_scalar##suffix(__VA_ARGS__);                                                    \
    }
#else
#define DISPATCH(function, suffix, ...) function##_scalar##suffix(__VA_ARGS__)
#endif

void linalg_multiply(double *restrict c, long ldc, const double *restrict a, long lda, long step,
                     const double *restrict b, long ldb, long m, long n, long k, double alpha,
                     double beta)
{
    DISPATCH(multiply, , c, ldc, a, lda, step, b, ldb, m, n, k, alpha, beta);
}

void linalg_multiply_single(float *restrict c, long ldc, const float *restrict a, long lda,
                            long step, const float *restrict b, long ldb, long m, long n, long k,
                            float alpha, float beta)
{
    DISPATCH(multiply, _single, c, ldc, a, lda, step, b, ldb, m, n, k, alpha, beta);
}

void linalg_combine(double *restrict y, const double *restrict a, long lda,
                    const double *restrict x, long rows, long columns, double alpha)
{
    DISPATCH(combine, , y, a, lda, x, rows, columns, alpha);
}

void linalg_combine_single(float *restrict y, const float *restrict a, long lda,
                           const float *restrict x, long rows, long columns, float alpha)
{
    DISPATCH(combine, _single, y, a, lda, x, rows, columns, alpha);
}
/* In parts short enough for single precision. */
#define DOT(REAL, FUSED)                                                                           \
    enum { SUMS = 16, PART = 4096 };                                                               \
    double total = 0;                                                                              \
    for (long start = 0; start < count; start += PART) {                                           \
        REAL sum[SUMS] = {0};                                                                      \
        long end = count - start < PART ? count : start + PART, i = start;                         \
        for (; i + SUMS <= end; i += SUMS)                                                         \
            for (int s = 0; s < SUMS; s++)                                                         \
                sum[s] = FUSED(x[i + s], y[i + s], sum[s]);                                        \
        for (; i < end; i++)                                                                       \
            sum[0] = FUSED(x[i], y[i], sum[0]);                                                    \
        for (int s = 0; s < SUMS; s++)                                                             \
            total += sum[s];                                                                       \
    }                                                                                              \
    return total

VECTOR_CLONES double linalg_dot(const double *restrict x, const double *restrict y, long count)
{
    DOT(double, __builtin_fma);
}

VECTOR_CLONES double linalg_dot_single(const float *restrict x, const float *restrict y, long count)
{
    DOT(float, __builtin_fmaf);
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
