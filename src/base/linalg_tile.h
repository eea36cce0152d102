/* One version of linalg_multiply() and linalg_combine(): included once for each instruction set and
 * precision, with these macros defined:
 *   NAME(word)                 the word with this version's suffix
 *   REAL, VECTOR, TARGET       a number, a register of them, the function attribute
 *   ROWS                       most rows of a tile: ROWS x 3 sums and 4 operands fit the registers
 *   STRIP                      most sums of a row vector's product
 *   SPREAD(x), FUSED(a, b, c)  all lanes x; a b + c, rounded once
 * Every element is one chain of fused multiply-adds in the order of k, so that its bits do not
 * depend on the version, the tile or where it stands. */

enum { NAME(LANES) = sizeof(VECTOR) / sizeof(REAL) };

TARGET static inline __attribute__((always_inline)) VECTOR NAME(load)(const REAL *x)
{
    VECTOR v;
    memcpy(&v, x, sizeof v);
    return v;
}

/* c [rows, vectors * LANES] = beta c + alpha a b, all in registers until the end. */
TARGET static inline __attribute__((always_inline)) void
NAME(tile)(REAL *restrict c, long ldc, const REAL *restrict a, long lda, long step,
           const REAL *restrict b, long ldb, long k, REAL alpha, REAL beta, int rows, int vectors)
{
    const int lanes = NAME(LANES);
    VECTOR sum[ROWS][3];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 3
        for (int v = 0; v < vectors; v++)
            sum[r][v] = SPREAD(0);
    for (long q = 0; q < k; q++) {
        VECTOR right[3];
#pragma GCC unroll 3
        for (int v = 0; v < vectors; v++)
            right[v] = NAME(load)(b + q * ldb + v * lanes);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) {
            VECTOR left = SPREAD(a[r * lda + q * step]);
#pragma GCC unroll 3
            for (int v = 0; v < vectors; v++)
                sum[r][v] = FUSED(left, right[v], sum[r][v]);
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 3
        for (int v = 0; v < vectors; v++) {
            REAL *out = c + r * ldc + v * lanes;
            VECTOR old = SPREAD(0);
            if (beta != 0)
                old = SPREAD(beta) * NAME(load)(out);
            VECTOR now = FUSED(SPREAD(alpha), sum[r][v], old);
            memcpy(out, &now, sizeof now);
        }
}

/* All rows of `vectors` registers of columns, in tiles of nearly equal height. */
TARGET static inline __attribute__((always_inline)) void
NAME(panel)(REAL *restrict c, long ldc, const REAL *restrict a, long lda, long step,
            const REAL *restrict b, long ldb, long m, long k, REAL alpha, REAL beta, int vectors)
{
    for (long i = 0, tiles = (m + ROWS - 1) / ROWS; tiles > 0; tiles--) {
        long rows = (m - i + tiles - 1) / tiles;
        switch (rows) {
#define CASE(ROW)                                                                                  \
    case ROW:                                                                                      \
        if (ROW <= ROWS)                                                                           \
            NAME(tile)                                                                             \
        (c + i * ldc, ldc, a + i * lda, lda, step, b, ldb, k, alpha, beta, ROW <= ROWS ? ROW : 1,  \
         vectors);                                                                                 \
        break;
            CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#undef CASE
        }
        i += rows;
    }
}

/* The last columns, fewer than a register: through padded copies. */
TARGET static void NAME(edge)(REAL *restrict c, long ldc, const REAL *restrict a, long lda,
                              long step, const REAL *restrict b, long ldb, long m, long n, long k,
                              REAL alpha, REAL beta)
{
    const long lanes = NAME(LANES);
    REAL right[DEPTH * sizeof(VECTOR) / sizeof(REAL)], out[ROWS * sizeof(VECTOR) / sizeof(REAL)];
    memset(right, 0, sizeof right);
    memset(out, 0, sizeof out);
    for (long q = 0; q < k; q++)
        memcpy(right + q * lanes, b + q * ldb, sizeof(REAL) * (size_t)n);
    for (long i = 0; i < m; i += ROWS) {
        long rows = m - i < ROWS ? m - i : ROWS;
        for (long r = 0; r < rows && beta != 0; r++)
            memcpy(out + r * lanes, c + (i + r) * ldc, sizeof(REAL) * (size_t)n);
        NAME(panel)(out, lanes, a + i * lda, lda, step, right, lanes, rows, k, alpha, beta, 1);
        for (long r = 0; r < rows; r++)
            memcpy(c + (i + r) * ldc, out + r * lanes, sizeof(REAL) * (size_t)n);
    }
}

TARGET static void NAME(multiply)(REAL *restrict c, long ldc, const REAL *restrict a, long lda,
                                  long step, const REAL *restrict b, long ldb, long m, long n,
                                  long k, REAL alpha, REAL beta)
{
    const long lanes = NAME(LANES);
    for (long q = 0, parts = (k + DEPTH - 1) / DEPTH; parts > 0; parts--) {
        long depth = (k - q + parts - 1) / parts, j = 0;
        const REAL *left = a + q * step, *right = b + q * ldb;
        for (; j + 3 * lanes <= n; j += 3 * lanes)
            NAME(panel)(c + j, ldc, left, lda, step, right + j, ldb, m, depth, alpha, beta, 3);
        for (; j + lanes <= n; j += lanes)
            NAME(panel)(c + j, ldc, left, lda, step, right + j, ldb, m, depth, alpha, beta, 1);
        if (j < n)
            NAME(edge)(c + j, ldc, left, lda, step, right + j, ldb, m, n - j, depth, alpha, beta);
        beta = 1;
        q += depth;
    }
}

/* `vectors` registers of columns of one row. */
TARGET static inline __attribute__((always_inline)) void
NAME(strip)(REAL *restrict y, const REAL *restrict a, long lda, const REAL *restrict x, long rows,
            REAL alpha, int vectors)
{
    const int lanes = NAME(LANES);
    VECTOR sum[STRIP];
#pragma GCC unroll 32
    for (int v = 0; v < vectors; v++)
        sum[v] = SPREAD(0);
    for (long r = 0; r < rows; r++) {
        VECTOR left = SPREAD(x[r]);
#pragma GCC unroll 32
        for (int v = 0; v < vectors; v++)
            sum[v] = FUSED(left, NAME(load)(a + r * lda + v * lanes), sum[v]);
    }
#pragma GCC unroll 32
    for (int v = 0; v < vectors; v++) {
        VECTOR out = SPREAD(alpha) * sum[v];
        memcpy(y + v * lanes, &out, sizeof out);
    }
}

/* Strips of nearly equal width; the last register overlaps its neighbour, whose numbers it gets
 * again. */
TARGET static void NAME(combine)(REAL *restrict y, const REAL *restrict a, long lda,
                                 const REAL *restrict x, long rows, long columns, REAL alpha)
{
    const long lanes = NAME(LANES);
    long whole = columns / lanes, v = 0;
    for (long strips = (whole + STRIP - 1) / STRIP; strips > 0; strips--) {
        long vectors = (whole - v + strips - 1) / strips, c = v * lanes;
        switch (vectors) {
#define CASE(COUNT)                                                                                \
    case COUNT:                                                                                    \
        if (COUNT <= STRIP)                                                                        \
            NAME(strip)(y + c, a + c, lda, x, rows, alpha, COUNT <= STRIP ? COUNT : 1);            \
        break;
            // clang-format off
            CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7)
            CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)
            CASE(15) CASE(16) CASE(17) CASE(18) CASE(19) CASE(20) CASE(21)
            CASE(22) CASE(23) CASE(24) CASE(25) CASE(26) CASE(27) CASE(28)
            // clang-format on
#undef CASE
        }
        v += vectors;
    }
    long left = columns - whole * lanes;
    if (left > 0 && whole > 0)
        NAME(strip)(y + columns - lanes, a + columns - lanes, lda, x, rows, alpha, 1);
    else if (left > 0)
        NAME(multiply)(y, columns, x, rows, 1, a, lda, 1, columns, rows, alpha, 0);
}

#undef REAL
#undef VECTOR
#undef TARGET
#undef NAME
#undef ROWS
#undef STRIP
#undef SPREAD
#undef FUSED
