/* The functions of one instruction set in one precision: included for each by vector_NAME.c, with
 * these macros defined:
 *   NAME(word)                 the word with this precision's suffix
 *   REAL, VECTOR               a number, a register of them
 *   HEIGHT(vectors)            most rows of a tile so many registers wide, at most 3: its sums and
 *                              operands fit the registers
 *   SLICE, FORMED              most terms of a slice of a panel, and of one whose right side is formed
 *                              for at most FEW rows, all of which then stay in the first cache
 *   STRADDLED                  whether columns are put in a row first if their registers straddle lines
 *   STRIP                      most sums of a row vector's product
 *   LOAD_SOME(x, count), STORE_SOME(out, count, v)  the first `count` lanes, of a load others 0
 *   SPREAD(x), FUSED(a, b, c)  all lanes x; a b + c, rounded once
 *   FUSED_ONE(a, b, c)         the same of numbers
 *   HALF(word)                 where vector_tile.h was included for registers half as wide: the word there
 *   SLEEF_TANH                 and, for double, SLEEF_LOG, SLEEF_SINCOSPI: SLEEF's for this register
 * Every set calls the SLEEF function of its own width, also for the last few elements, which pass
 * through a padded register; SLEEF's "finz" functions round alike at all widths (libmvec, the
 * compiler's choice, does not). Every element of a product is one chain of fused multiply-adds in
 * the order of k. So an element's bits depend neither on the set, nor on the tile, nor on where it
 * stands. */
#include <string.h>

#ifndef VECTOR_KERNEL_H
#define VECTOR_KERNEL_H
enum {
    DEPTH = 256, /* most terms of a sum's part, which is added to the result */
    SUMS = 16,   /* of a dot product */
    PART = 4096, /* terms of such a sum, short enough for single precision */
    PIECE = 256, /* of them that are read at once by many dot products, to fit the first cache */
    FEW = 24,    /* rows of a left side that stays in the first cache */
    MANY = 64,   /* rows for which columns that read badly are worth putting in a row */
    COLLIDING = 512, /* rows that are a multiple of so many bytes apart share few sets of a cache */
    LINE = 64,       /* bytes that a cache takes at once */
    AHEAD = 4,       /* rows between those in use and those that are asked for */
    SMALL = 32768,   /* bytes that fit every first cache */
};
#endif

#define TILE NAME
#include "base/vector_tile.h"

/* The last elements, fewer than a register: 1 in the other lanes. */
static inline VECTOR NAME(load_rest)(const REAL *x, long count)
{
    REAL padded[NAME(LANES)];
    for (long i = 0; i < NAME(LANES); i++)
        padded[i] = i < count ? x[i] : 1;
    return NAME(load)(padded);
}

static inline void NAME(store_rest)(REAL *out, VECTOR v, long count)
{
    memcpy(out, &v, (size_t)count * sizeof(REAL));
}

/* sleef.h declares only what the compiler's own flags allow, hence the declarations here. */
VECTOR SLEEF_TANH(VECTOR);

static void NAME(tanh)(REAL *out, const REAL *x, long count)
{
    long i = 0;
    for (; i + NAME(LANES) <= count; i += NAME(LANES))
        NAME(store)(out + i, SLEEF_TANH(NAME(load)(x + i)));
    if (i < count)
        NAME(store_rest)(out + i, SLEEF_TANH(NAME(load_rest)(x + i, count - i)), count - i);
}

#ifdef SLEEF_LOG
struct pair {
    VECTOR sine, cosine;
};
VECTOR SLEEF_LOG(VECTOR);
struct pair SLEEF_SINCOSPI(VECTOR);

static void NAME(log)(REAL *out, const REAL *x, long count)
{
    long i = 0;
    for (; i + NAME(LANES) <= count; i += NAME(LANES))
        NAME(store)(out + i, SLEEF_LOG(NAME(load)(x + i)));
    if (i < count)
        NAME(store_rest)(out + i, SLEEF_LOG(NAME(load_rest)(x + i, count - i)), count - i);
}

static void NAME(sincospi)(REAL *sine, REAL *cosine, const REAL *x, long count)
{
    long i = 0;
    for (; i + NAME(LANES) <= count; i += NAME(LANES)) {
        struct pair both = SLEEF_SINCOSPI(NAME(load)(x + i));
        NAME(store)(sine + i, both.sine);
        NAME(store)(cosine + i, both.cosine);
    }
    if (i < count) {
        struct pair both = SLEEF_SINCOSPI(NAME(load_rest)(x + i, count - i));
        NAME(store_rest)(sine + i, both.sine, count - i);
        NAME(store_rest)(cosine + i, both.cosine, count - i);
    }
}
#endif

#include "base/vector_product.h"

/* `vectors` registers of columns of one row; the last of them begins at column `last`. If the matrix is
 * `large`, lines of it are asked for some rows ahead: processors do not foresee short rows. */
static inline __attribute__((always_inline)) void
NAME(strip)(REAL *restrict y, const REAL *restrict a, long lda, const REAL *restrict x, long rows,
            REAL alpha, int vectors, long last, bool large)
{
    const int lanes = NAME(LANES), line = LINE / sizeof(VECTOR);
    VECTOR sum[STRIP];
    UNROLL
    for (int v = 0; v < vectors; v++)
        sum[v] = SPREAD(0);
    for (long r = 0; r < rows; r++) {
        VECTOR left = SPREAD(x[r]);
        UNROLL
        for (int v = 0; v < vectors && large; v += line)
            __builtin_prefetch(a + (r + AHEAD) * lda + v * lanes);
        UNROLL
        for (int v = 0; v < vectors; v++)
            sum[v] =
                FUSED(left, NAME(load)(a + r * lda + (v < vectors - 1 ? v * lanes : last)), sum[v]);
    }
    UNROLL
    for (int v = 0; v < vectors; v++) {
        NAME(store)(y + (v < vectors - 1 ? v * lanes : last), SPREAD(alpha) * sum[v]);
    }
}

/* Strips of nearly equal width; the last register overlaps its neighbour, whose numbers it gets
 * again. */
static void NAME(combine)(REAL *restrict y, const REAL *restrict a, long lda,
                          const REAL *restrict x, long rows, long columns, REAL alpha)
{
    const long lanes = NAME(LANES);
    long all = (columns + lanes - 1) / lanes, v = 0;
    bool large = (size_t)(rows * columns) * sizeof(REAL) > SMALL;
    if (columns < lanes) {
        NAME(multiply)(y, columns, x, rows, 1, a, lda, 1, columns, rows, alpha, 0);
        return;
    }
    for (long strips = (all + STRIP - 1) / STRIP; strips > 0; strips--) {
        long vectors = (all - v + strips - 1) / strips, c = v * lanes;
        long last = (strips > 1 ? c + vectors * lanes : columns) - lanes - c;
        switch (vectors) {
#define CASE(COUNT)                                                                                \
    case COUNT:                                                                                    \
        if (COUNT <= STRIP)                                                                        \
            NAME(strip)                                                                            \
        (y + c, a + c, lda, x, rows, alpha, COUNT <= STRIP ? COUNT : 1, last, large);              \
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
}

static double NAME(dot)(const REAL *restrict x, const REAL *restrict y, long count)
{
    enum { VECTORS = SUMS / NAME(LANES) };
    double total = 0;
    for (long start = 0; start < count; start += PART) {
        long end = count - start < PART ? count : start + PART, i = start;
        VECTOR sum[VECTORS];
        for (int v = 0; v < VECTORS; v++)
            sum[v] = SPREAD(0);
        for (; i + SUMS <= end; i += SUMS)
            for (int v = 0; v < VECTORS; v++)
                sum[v] = FUSED(NAME(load)(x + i + v * NAME(LANES)),
                               NAME(load)(y + i + v * NAME(LANES)), sum[v]);
        REAL lane[SUMS];
        memcpy(lane, sum, sizeof lane);
        for (; i < end; i++)
            lane[0] = FUSED_ONE(x[i], y[i], lane[0]);
        for (int s = 0; s < SUMS; s++)
            total += lane[s];
    }
    return total;
}

/* Adds `count` numbers, a multiple of SUMS, to the sums of dot products of `rows` and `columns` rows:
 * a register of each at a time, so that a tile of them stays in registers. */
static inline __attribute__((always_inline)) void
NAME(dot_tile)(REAL (*restrict sum)[SUMS], long lds, const REAL *restrict x, long ldx,
               const REAL *restrict y, long ldy, long count, int rows, int columns)
{
    for (long lane = 0; lane < SUMS; lane += NAME(LANES)) {
        VECTOR part[3][4];
        UNROLL
        for (int r = 0; r < rows; r++)
            UNROLL
        for (int c = 0; c < columns; c++)
            part[r][c] = NAME(load)(sum[r * lds + c] + lane);
        for (long i = lane; i < count; i += SUMS) {
            VECTOR right[4];
            UNROLL
            for (int c = 0; c < columns; c++)
                right[c] = NAME(load)(y + c * ldy + i);
            UNROLL
            for (int r = 0; r < rows; r++) {
                VECTOR left = NAME(load)(x + r * ldx + i);
                UNROLL
                for (int c = 0; c < columns; c++)
                    part[r][c] = FUSED(left, right[c], part[r][c]);
            }
        }
        UNROLL
        for (int r = 0; r < rows; r++)
            UNROLL
        for (int c = 0; c < columns; c++)
            NAME(store)(sum[r * lds + c] + lane, part[r][c]);
    }
}

/* The same for any number of rows and columns. */
static void NAME(add_dots)(REAL (*restrict sum)[SUMS], const REAL *restrict x, long ldx, long rows,
                           const REAL *restrict y, long ldy, long columns, long count)
{
    for (long r = 0; r < rows; r += 3)
        for (long c = 0; c < columns; c += 4)
            switch ((rows - r < 3 ? rows - r : 3) * 4 + (columns - c < 4 ? columns - c : 4)) {
#define CASE(ROW, COLUMN)                                                                          \
    case ROW * 4 + COLUMN:                                                                         \
        NAME(dot_tile)                                                                             \
        (sum + r * columns + c, columns, x + r * ldx, ldx, y + c * ldy, ldy, count, ROW, COLUMN);  \
        break;
                // clang-format off
                CASE(1, 1) CASE(1, 2) CASE(1, 3) CASE(1, 4)
                CASE(2, 1) CASE(2, 2) CASE(2, 3) CASE(2, 4)
                CASE(3, 1) CASE(3, 2) CASE(3, 3) CASE(3, 4)
                // clang-format on
#undef CASE
            }
}

/* The sums of a part join their totals. */
static void NAME(end_part)(double *restrict total, REAL (*restrict sum)[SUMS], long products)
{
    for (long s = 0; s < products; s++)
        for (int lane = 0; lane < SUMS; lane++)
            total[s] += sum[s][lane];
    memset(sum, 0, sizeof *sum * (size_t)products);
}

/* Parts as in dot(); `before` numbers were added already. Pieces of all rows, each while it is in the
 * first cache. */
static void NAME(dots)(double *restrict total, REAL (*restrict sum)[SUMS], long before,
                       const REAL *restrict x, long ldx, long rows, const REAL *restrict y,
                       long ldy, long columns, long count)
{
    for (long i = 0; i < count;) {
        long left = PART - (before + i) % PART, end = count - i < left ? count : i + left;
        long whole = end - (end - i) % SUMS;
        for (; i < whole; i += whole - i < PIECE ? whole - i : PIECE)
            NAME(add_dots)
        (sum, x + i, ldx, rows, y + i, ldy, columns, whole - i < PIECE ? whole - i : PIECE);
        for (; i < end; i++)
            for (long s = 0; s < rows * columns; s++)
                sum[s][0] =
                    FUSED_ONE(x[s / columns * ldx + i], y[s % columns * ldy + i], sum[s][0]);
        if ((before + end) % PART == 0)
            NAME(end_part)(total, sum, rows * columns);
    }
}

#undef NAME
#undef HALF
#undef REAL
#undef VECTOR
#undef LOAD_SOME
#undef STORE_SOME
#undef FUSED
#undef FUSED_ONE
#undef SLEEF_TANH
#undef SLEEF_LOG
#undef SLEEF_SINCOSPI
