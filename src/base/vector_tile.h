/* Tiles of a product of matrices in one width of registers: included by vector_kernel.h for those of an
 * instruction set, and before that for registers half as wide, where it has them too. Of the macros of
 * vector_kernel.h it needs REAL, VECTOR, HEIGHT, SPREAD, LOAD_SOME, STORE_SOME and FUSED, and
 *   TILE(word)                 the word with this precision's and width's suffix
 * which it undefines; the others too where vector_kernel.h, which goes on with them, is not around it. */
#ifndef VECTOR_TILE_H
#define VECTOR_TILE_H
#include <stdbool.h>
#include <string.h>

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

enum {
    HIGHEST = 12, /* tile of all */
    CHUNK = 128,  /* rows of a panel: if packed, they fit the second cache */
};

/* Terms q to q + k - 1 of all sums of a panel: so few that what they need of the right side, whose rows
 * are ldb apart, stays in the first cache for all tiles. */
struct slice {
    long q, k, ldb;
    bool first, last; /* between them the sums are kept as they are */
};
#endif

enum { TILE(LANES) = sizeof(VECTOR) / sizeof(REAL) };

static inline __attribute__((always_inline)) VECTOR TILE(load)(const REAL *x)
{
    VECTOR v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline __attribute__((always_inline)) void TILE(store)(REAL *out, VECTOR v)
{
    memcpy(out, &v, sizeof v);
}

/* Registers of a tile's columns; of `rest`, unless 0, only so many numbers of the one register. */
static inline __attribute__((always_inline)) VECTOR TILE(load_column)(const REAL *x, long rest)
{
    return rest ? LOAD_SOME(x, rest) : TILE(load)(x);
}

/* c [rows, vectors * LANES] = beta c + alpha a b, all in registers until the end, while c comes from
 * further away. The sums of a slice but the last go to `partial`, the next one's begin with them. */
static inline __attribute__((always_inline)) void
TILE(tile)(REAL *restrict c, long ldc, const REAL *restrict a, long lda, long step,
           const REAL *restrict b, const struct slice slice, REAL alpha, REAL beta, int rows,
           int vectors, long rest, REAL *restrict partial)
{
    const int lanes = TILE(LANES);
    VECTOR sum[HIGHEST][3];
    UNROLL
    for (int r = 0; r < rows; r++)
        UNROLL
    for (int v = 0; v < vectors; v++)
        sum[r][v] = slice.first ? SPREAD(0) : TILE(load)(partial + (r * vectors + v) * lanes);
    if (slice.last)
        UNROLL
    for (int r = 0; r < rows; r++)
        UNROLL
    for (int v = 0; v < vectors; v++)
        __builtin_prefetch(c + r * ldc + v * lanes, 1);
    for (long q = 0; q < slice.k; q++) {
        VECTOR right[3];
        UNROLL
        for (int v = 0; v < vectors; v++)
            right[v] = TILE(load_column)(b + q * slice.ldb + v * lanes, rest);
        UNROLL
        for (int r = 0; r < rows; r++) {
            VECTOR left = SPREAD(a[r * lda + q * step]);
            UNROLL
            for (int v = 0; v < vectors; v++)
                sum[r][v] = FUSED(left, right[v], sum[r][v]);
        }
    }
    UNROLL
    for (int r = 0; r < rows; r++)
        UNROLL
    for (int v = 0; v < vectors; v++) {
        REAL *out = c + r * ldc + v * lanes;
        if (!slice.last) {
            TILE(store)(partial + (r * vectors + v) * lanes, sum[r][v]);
            continue;
        }
        VECTOR old = SPREAD(0);
        if (beta != 0)
            old = SPREAD(beta) * TILE(load_column)(out, rest);
        VECTOR now = FUSED(SPREAD(alpha), sum[r][v], old);
        if (rest)
            STORE_SOME(out, rest, now);
        else
            TILE(store)(out, now);
    }
}

/* Of the next tile of `m` rows, which is at most so high: all are of nearly equal height. */
static inline long TILE(height)(long m, long most)
{
    long tiles = (m + most - 1) / most;
    return (m + tiles - 1) / tiles;
}

/* A slice of at most CHUNK rows of `vectors` registers of columns. `tiled`, unless 0: a is in such tiles
 * of so many terms, one after another. partial [m, vectors * LANES]. */
static inline __attribute__((always_inline)) void
TILE(panel)(REAL *restrict c, long ldc, const REAL *restrict a, long lda, long step, long tiled,
            const REAL *restrict b, const struct slice slice, long m, REAL alpha, REAL beta,
            int vectors, long rest, REAL *restrict partial)
{
    for (long i = 0, rows; i < m; i += rows) {
        rows = TILE(height)(m - i, HEIGHT(vectors));
        const REAL *left = tiled ? a + i * tiled + slice.q * rows : a + i * lda + slice.q * step;
        switch (rows) {
#define CASE(ROW)                                                                                  \
    case ROW:                                                                                      \
        if (ROW <= HEIGHT(vectors))                                                                \
            TILE(tile)                                                                             \
        (c + i * ldc, ldc, left, tiled ? 1 : lda, tiled ? ROW : step, b, slice, alpha, beta,       \
         ROW <= HEIGHT(vectors) ? ROW : 1, vectors, rest, partial + i * vectors * TILE(LANES));    \
        break;
            CASE(1)
            CASE(2)
            CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#undef CASE
        }
    }
}

#undef TILE
#ifndef NAME
#undef REAL
#undef VECTOR
#undef SPREAD
#undef LOAD_SOME
#undef STORE_SOME
#undef FUSED
#endif
