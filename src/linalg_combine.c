/* A row vector times a matrix that stays in the second-level cache: the step of a recurrent
 * network. BLAS reads the matrix by dot products of its rows, or adds its rows to a vector in
 * memory; here a panel of columns is summed in registers while the rows stream by, each element one
 * fused multiply-add, in the order of the rows. So the bits are the same for every instruction set.
 */
#include "linalg.h"
#include "vector.h"

/* One panel: WIDTH sums that the compiler keeps in registers. */
#define PANEL(WIDTH)                                                                               \
    static inline __attribute__((always_inline)) void panel_##WIDTH(                               \
        double *restrict y, const double *restrict a, long lda, const double *restrict x,          \
        long rows, double alpha)                                                                   \
    {                                                                                              \
        double sum[WIDTH] = {0};                                                                   \
        for (long r = 0; r < rows; r++)                                                            \
            for (int c = 0; c < WIDTH; c++)                                                        \
                sum[c] = __builtin_fma(x[r], a[r * lda + c], sum[c]);                              \
        for (int c = 0; c < WIDTH; c++)                                                            \
            y[c] = alpha * sum[c];                                                                 \
    }

PANEL(64)
PANEL(32)
PANEL(8)
PANEL(1)

VECTOR_CLONES void linalg_combine(double *restrict y, const double *restrict a, long lda,
                                  const double *restrict x, long rows, long columns, double alpha)
{
    long c = 0;
    for (; c + 64 <= columns; c += 64)
        panel_64(y + c, a + c, lda, x, rows, alpha);
    for (; c + 32 <= columns; c += 32)
        panel_32(y + c, a + c, lda, x, rows, alpha);
    for (; c + 8 <= columns; c += 8)
        panel_8(y + c, a + c, lda, x, rows, alpha);
    for (; c < columns; c++)
        panel_1(y + c, a + c, lda, x, rows, alpha);
}

void linalg_transpose(double *out, const double *a, long rows, long columns)
{
    enum { TILE = 8 };
    for (long r0 = 0; r0 < rows; r0 += TILE)
        for (long c0 = 0; c0 < columns; c0 += TILE)
            for (long r = r0; r < rows && r < r0 + TILE; r++)
                for (long c = c0; c < columns && c < c0 + TILE; c++)
                    out[c * rows + r] = a[r * columns + c];
}
