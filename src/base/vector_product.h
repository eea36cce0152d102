/* Matrix products for matrices that stay in the second-level cache and are used again and again, where a
 * BLAS spends its time on packing: tiles of sums in registers, the operands read where they stand.
 * Included by vector_kernel.h, with its macros. */

/* Registers of the next panel of `n` columns; 0: they are fewer than one. None is left alone where one
 * has too few sums to hide how long each takes. */
static inline long NAME(vectors_of)(long n)
{
    long vectors = n / NAME(LANES);
    return vectors == 4 && HEIGHT(2) > HEIGHT(3) ? 2 : vectors < 3 ? vectors : 3;
}

/* The left side of a product: element (i, q) at a[i * lda + q * step], and the same in tiles of `depth`
 * terms, of such panels as most are, or NULL. */
struct NAME(left) {
    const REAL *a, *tiles;
    long lda, step, depth;
};

/* Columns of the next panel of `n`. */
static inline long NAME(columns_of)(long n)
{
    long vectors = NAME(vectors_of)(n);
    return vectors ? vectors * NAME(LANES) : n;
}

/* A slice of the next panel of the last `n` columns. */
static inline __attribute__((always_inline)) void
NAME(next_panel)(REAL *restrict c, long ldc, const struct NAME(left) left, const REAL *restrict b,
                 const struct slice slice, long m, long n, REAL alpha, REAL beta,
                 REAL *restrict partial)
{
    const long vectors = NAME(vectors_of)(n);
    const REAL *a = left.a;
    long lda = left.lda, step = left.step;
#ifdef HALF
    if (n <= HALF(LANES)) {
        HALF(panel)
        (c, ldc, a, lda, step, 0, b, slice, m, alpha, beta, 1, n < HALF(LANES) ? n : 0, partial);
        return;
    }
#endif
    if (vectors == 3 && left.tiles)
        NAME(panel)
    (c, ldc, left.tiles, 0, 0, left.depth, b, slice, m, alpha, beta, 3, 0, partial);
    else if (vectors == 3)
        NAME(panel)(c, ldc, a, lda, step, 0, b, slice, m, alpha, beta, 3, 0, partial);
    else if (vectors == 2)
        NAME(panel)(c, ldc, a, lda, step, 0, b, slice, m, alpha, beta, 2, 0, partial);
    else if (vectors == 1)
        NAME(panel)(c, ldc, a, lda, step, 0, b, slice, m, alpha, beta, 1, 0, partial);
    else NAME(panel)(c, ldc, a, lda, step, 0, b, slice, m, alpha, beta, 1, n, partial);
}

/* Whether tiles of a, whose rows run fastest, are first put in a row: they are if a tile takes no more
 * than half of each line, and there are panels enough to use it. */
static inline bool NAME(packs)(long lda, long n)
{
    return 2 * HEIGHT(3) * sizeof(REAL) <= LINE && lda == 1 && n >= 16 * NAME(LANES);
}

static void NAME(pack_tiles)(REAL *restrict tiles, const REAL *restrict a, long step, long m,
                             long k)
{
    for (long i = 0, rows; i < m; i += rows) {
        rows = NAME(height)(m - i, HEIGHT(3));
        for (long q = 0; q < k; q++, tiles += rows)
            if (rows == HEIGHT(3))
                memcpy(tiles, a + i + q * step, sizeof(REAL) * HEIGHT(3));
            else
                memcpy(tiles, a + i + q * step, sizeof(REAL) * (size_t)rows);
    }
}

/* `columns` of b, one panel's, in a row. */
static void NAME(put_panel)(REAL *restrict out, const REAL *restrict b, long ldb, long columns,
                            long k)
{
    for (long q = 0; q < k; q++)
        if (columns == 3 * NAME(LANES))
            memcpy(out + q * columns, b + q * ldb, 3 * sizeof(VECTOR));
        else
            memcpy(out + q * columns, b + q * ldb, (size_t)columns * sizeof(REAL));
}

static void NAME(panels)(REAL *restrict out, const REAL *restrict b, long ldb, long n, long k)
{
    for (long j = 0, columns; j < n; j += columns) {
        columns = NAME(columns_of)(n - j);
        NAME(put_panel)(out + j * k, b + j, ldb, columns, k);
    }
}

/* All slices of the next panel of the last `n` columns. */
static void NAME(sum_panel)(REAL *restrict c, long ldc, const struct NAME(left) left,
                            const REAL *restrict b, long ldb, long m, long n, long k, REAL alpha,
                            REAL beta)
{
    REAL partial[CHUNK * 3 * NAME(LANES)] __attribute__((aligned(64)));
    struct slice slice = {.ldb = ldb, .first = true};
    for (long slices = (k + SLICE - 1) / SLICE; slices > 0; slices--) {
        slice.k = (k - slice.q + slices - 1) / slices;
        slice.last = slices == 1;
        NAME(next_panel)(c, ldc, left, b + slice.q * ldb, slice, m, n, alpha, beta, partial);
        slice.q += slice.k;
        slice.first = false;
    }
}

/* Whether columns of rows so far apart are better put in a row first: where they fall into few sets of the
 * first cache, or where registers straddle lines and that costs more than putting them. */
static inline bool NAME(reads_badly)(long ldb)
{
    return ldb && (ldb * (long)sizeof(REAL) % COLLIDING == 0 || (STRADDLED && ldb % NAME(LANES)));
}

/* Terms q to q + k of all `terms`, no more than DEPTH. */
static void NAME(multiply_part)(REAL *restrict c, long ldc, const REAL *restrict a, long lda,
                                long step, const REAL *restrict b, long ldb, long m, long n, long q,
                                long k, long terms, REAL alpha, REAL beta)
{
    REAL tiles[CHUNK * DEPTH] __attribute__((aligned(64)));
    REAL packed[DEPTH * 3 * NAME(LANES)] __attribute__((aligned(64)));
    struct NAME(left) left = {.lda = lda, .step = step, .depth = k};
    left.tiles = NAME(packs)(lda, n) ? tiles : NULL;
    for (long i = 0, rows; i < m; i += rows) {
        rows = m - i < CHUNK ? m - i : CHUNK;
        left.a = a + i * lda + q * step;
        if (left.tiles)
            NAME(pack_tiles)(tiles, left.a, step, rows, k);
        for (long j = 0, columns; j < n; j += columns) {
            columns = NAME(columns_of)(n - j);
            const REAL *panel = ldb ? b + q * ldb + j : b + j * terms + q * columns;
            bool put = rows >= MANY && NAME(reads_badly)(ldb) && columns == 3 * NAME(LANES);
            if (put)
                NAME(put_panel)(packed, panel, ldb, columns, k);
            NAME(sum_panel)
            (c + i * ldc + j, ldc, left, put ? packed : panel, ldb && !put ? ldb : columns, rows,
             n - j, k, alpha, beta);
        }
    }
}

static void NAME(multiply)(REAL *restrict c, long ldc, const REAL *restrict a, long lda, long step,
                           const REAL *restrict b, long ldb, long m, long n, long k, REAL alpha,
                           REAL beta)
{
    for (long q = 0, parts = (k + DEPTH - 1) / DEPTH; parts > 0; parts--) {
        long depth = (k - q + parts - 1) / parts;
        NAME(multiply_part)(c, ldc, a, lda, step, b, ldb, m, n, q, depth, k, alpha, beta);
        beta = 1;
        q += depth;
    }
}

/* out[q] = sum_p coefficient[q][p] x[q]^p by Horner, in some registers of columns. */
static inline __attribute__((always_inline)) void
NAME(horner)(REAL *restrict out, const REAL *restrict x, long ldx, const REAL *restrict coefficient,
             int degree, long k, int vectors, long rest)
{
    for (long q = 0; q < k; q++)
        UNROLL
    for (int v = 0; v < vectors; v++) {
        VECTOR base = NAME(load_column)(x + q * ldx + v * NAME(LANES), rest);
        VECTOR sum = SPREAD(coefficient[q * (degree + 1) + degree]);
        UNROLL
        for (int p = degree - 1; p >= 0; p--)
            sum = FUSED(sum, base, SPREAD(coefficient[q * (degree + 1) + p]));
        NAME(store)(out + (q * vectors + v) * NAME(LANES), sum);
    }
}

/* The columns that next_panel() takes, their registers in a row; returns how many numbers that are. */
static long NAME(form)(REAL *restrict out, const REAL *restrict x, long ldx,
                       const REAL *restrict coefficient, int degree, long n, long k)
{
    const long vectors = NAME(vectors_of)(n);
    switch (degree) {
#define CASE(DEGREE)                                                                               \
    case DEGREE:                                                                                   \
        if (vectors == 3)                                                                          \
            NAME(horner)(out, x, ldx, coefficient, DEGREE, k, 3, 0);                               \
        else if (vectors == 2)                                                                     \
            NAME(horner)(out, x, ldx, coefficient, DEGREE, k, 2, 0);                               \
        else if (vectors == 1)                                                                     \
            NAME(horner)(out, x, ldx, coefficient, DEGREE, k, 1, 0);                               \
        else                                                                                       \
            NAME(horner)(out, x, ldx, coefficient, DEGREE, k, 1, n);                               \
        break;
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5)
#undef CASE
    }
    return (vectors ? vectors : 1) * NAME(LANES);
}

/* Of at most CHUNK rows, slice by slice of each panel, so that what is formed stays in the first cache. */
static void NAME(multiply_formed)(REAL *restrict c, long ldc, const struct NAME(left) left,
                                  const REAL *restrict x, const REAL *restrict coefficient,
                                  int degree, long m, long n, long k, REAL beta)
{
    REAL b[DEPTH * 3 * NAME(LANES)] __attribute__((aligned(64)));
    REAL partial[CHUNK * 3 * NAME(LANES)] __attribute__((aligned(64)));
    const long most = m <= FEW ? FORMED : DEPTH;
    for (long j = 0, columns; j < n; j += columns) {
        columns = NAME(columns_of)(n - j);
        struct slice slice = {.first = true};
        for (long slices = (k + most - 1) / most; slices > 0; slices--) {
            slice.k = (k - slice.q + slices - 1) / slices;
            slice.last = slices == 1;
            slice.ldb = NAME(form)(b, x + j * k + slice.q * columns, columns,
                                   coefficient + slice.q * (degree + 1), degree, n - j, slice.k);
            NAME(next_panel)(c + j, ldc, left, b, slice, m, n - j, 1, beta, partial);
            slice.q += slice.k;
            slice.first = false;
        }
    }
}

static void NAME(multiply_polynomials)(REAL *restrict c, long ldc, const REAL *restrict a,
                                       const REAL *restrict x, const REAL *restrict coefficient,
                                       int degree, long m, long n, long k, REAL beta)
{
    REAL tiles[CHUNK * DEPTH] __attribute__((aligned(64)));
    struct NAME(left) left = {.lda = 1, .step = m, .depth = k};
    left.tiles = m > FEW && NAME(packs)(1, n) ? tiles : NULL;
    for (long i = 0, rows; i < m; i += rows) {
        rows = m - i < CHUNK ? m - i : CHUNK;
        left.a = a + i;
        if (left.tiles)
            NAME(pack_tiles)(tiles, left.a, m, rows, k);
        NAME(multiply_formed)(c + i * ldc, ldc, left, x, coefficient, degree, rows, n, k, beta);
    }
}
