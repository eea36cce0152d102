#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "base/linalg.h"
#include "base/random.h"
#include "base/vector.h"

enum { LARGEST = 12 * 12 };

/* Every transposition and a few shapes, against three loops; leading dimensions are wider than the
 * rows. Sums of at most 9 products of size 10: rounding stays below 1e-13. */
static void gemm_is_the_textbook_product(void)
{
    double a[LARGEST], b[LARGEST], c[LARGEST], expected[LARGEST];
    struct random_key key = random_key(0, 0, RANDOM_TASK);
    for (uint64_t shape = 0; shape < 64; shape++) {
        uint64_t word[4];
        random_words(word, key, 0, shape, 0);
        int m = 1 + (int)(word[0] % 9), n = 1 + (int)(word[1] % 9), k = 1 + (int)(word[2] % 9);
        int ta = (int)(shape & 1), tb = (int)(shape >> 1 & 1);
        double alpha = 0.5 + (double)(shape % 3), beta = (double)(shape % 2) * 2.0;
        random_normal(a, key, 1, shape, LARGEST);
        random_normal(b, key, 2, shape, LARGEST);
        random_normal(c, key, 3, shape, LARGEST);
        memcpy(expected, c, sizeof c);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0.0;
                for (int l = 0; l < k; l++) {
                    sum +=
                        (ta ? a[l * 11 + i] : a[i * 11 + l]) * (tb ? b[j * 12 + l] : b[l * 12 + j]);
                }
                expected[i * 10 + j] = beta * c[i * 10 + j] + alpha * sum;
            }
        }
        linalg_gemm(c, 10, a, 11, b, 12, m, n, k, alpha, beta, ta, tb);
        for (int i = 0; i < LARGEST; i++) {
            CU_ASSERT_DOUBLE_EQUAL_FATAL(c[i], expected[i], 1e-13);
        }
    }
}

static void gemm_with_beta_0_ignores_what_stood_there(void)
{
    double a[4] = {1, 2, 3, 4}, c[4] = {NAN, NAN, NAN, NAN};
    linalg_gemm(c, 2, a, 2, a, 2, 2, 2, 2, 1.0, 0.0, 0, 0);
    CU_ASSERT(c[0] == 7.0 && c[1] == 10.0 && c[2] == 15.0 && c[3] == 22.0);
}

/* All shapes of tiles and edges, both orders of A, long sums; in single and double, with every
 * instruction set: the same bits as with scalar code, and the textbook's numbers. */
static void multiply_is_the_textbook_product(void)
{
    enum { M = 19, N = 107, K = 300 };
    static double a[M * K], b[K * N], start[M * N], c[3][M * N];
    static float a1[M * K], b1[K * N], c1[3][M * N];
    static const char *const instructions[] = {"scalar", "avx2", "avx512f"};
    const char *usual = vector_instructions();
    struct random_key key = random_key(0, 0, RANDOM_TASK);
    random_normal(a, key, 1, 0, M * K);
    random_normal(b, key, 2, 0, K * N);
    random_normal(start, key, 3, 0, M * N);
    for (long i = 0; i < M * K; i++)
        a1[i] = (float)a[i];
    for (long i = 0; i < K * N; i++)
        b1[i] = (float)b[i];
    for (int shape = 0; shape < 40; shape++) {
        long m = 1 + shape % M, n = 1 + shape * 37 % N, k = shape % 2 ? K : 1 + shape;
        long lda = shape % 3 ? K : 1, step = shape % 3 ? 1 : M;
        double beta = shape % 4 ? 0.5 : 0;
        for (int v = 0; v < 3; v++) {
            memcpy(c[v], start, sizeof start);
            for (long i = 0; i < M * N; i++)
                c1[v][i] = (float)start[i];
            if (!vector_use(instructions[v]))
                continue;
            linalg_multiply(c[v], N, a, lda, step, b, N, m, n, k, 2, beta);
            linalg_multiply_single(c1[v], N, a1, lda, step, b1, N, m, n, k, 2, (float)beta);
            CU_ASSERT(memcmp(c[v], c[0], sizeof start) == 0);
            CU_ASSERT(memcmp(c1[v], c1[0], sizeof c1[0]) == 0);
        }
        for (long i = 0; i < M; i++)
            for (long j = 0; j < N; j++) {
                double sum = 0;
                for (long q = 0; q < k; q++)
                    sum += a[i * lda + q * step] * b[q * N + j];
                bool inside = i < m && j < n;
                double wanted = inside ? beta * start[i * N + j] + 2 * sum : start[i * N + j];
                CU_ASSERT_DOUBLE_EQUAL_FATAL(c[0][i * N + j], wanted, 1e-12);
                CU_ASSERT_DOUBLE_EQUAL_FATAL(c1[0][i * N + j], wanted, 1e-3);
            }
    }
    vector_use(usual);
}

/* A product's bits are the same whether its left side's columns or rows run fastest, and whether its right
 * side's rows are an odd number of columns apart, or many lines, or it is in panels; also where there are
 * so many rows and columns that these are packed first, and several times, and so many terms that they are
 * summed in parts and slices. */
static void multiply_does_not_depend_on_the_order_of_its_sides(void)
{
    enum { M = 140, N = 131, K = 270, APART = 256, ORDERS = 3 };
    static const long lda[] = {K, 1, 1}, step[] = {1, M, M}, ldb[] = {N, 0, APART};
    static double a[2][M * K], b[ORDERS][K * APART], c[ORDERS][M * N];
    static float a1[2][M * K], b1[ORDERS][K * APART], c1[ORDERS][M * N];
    static const char *const instructions[] = {"scalar", "avx2", "avx512f"};
    const char *usual = vector_instructions();
    random_normal(a[0], random_key(0, 0, RANDOM_TASK), 1, 0, M * K);
    random_normal(b[0], random_key(0, 0, RANDOM_TASK), 2, 0, K * N);
    linalg_transpose(a[1], a[0], M, K);
    for (long i = 0; i < M * K; i++)
        a1[0][i] = (float)a[0][i], a1[1][i] = (float)a[1][i];
    for (long i = 0; i < K * N; i++) {
        b1[0][i] = (float)b[0][i];
        b[2][i / N * APART + i % N] = b[0][i], b1[2][i / N * APART + i % N] = b1[0][i];
    }
    for (int v = 0; v < 3; v++) {
        if (!vector_use(instructions[v]))
            continue;
        linalg_panels(b[1], b[0], N, N, K);
        linalg_panels_single(b1[1], b1[0], N, N, K);
        for (int o = 0; o < ORDERS; o++) {
            linalg_multiply(c[o], N, a[o > 0], lda[o], step[o], b[o], ldb[o], M, N, K, 2, 0);
            linalg_multiply_single(c1[o], N, a1[o > 0], lda[o], step[o], b1[o], ldb[o], M, N, K, 2,
                                   0);
            CU_ASSERT(memcmp(c[o], c[0], sizeof c[0]) == 0);
            CU_ASSERT(memcmp(c1[o], c1[0], sizeof c1[0]) == 0);
        }
    }
    vector_use(usual);
}

/* Of polynomials: the bits of the product with what Horner's rule gives, all degrees, whole panels and
 * edges, in both precisions and with every instruction set. */
static void multiply_polynomials_is_the_product_with_them(void)
{
    enum { M = 29, N = 45, K = 103, POWERS = 6 };
    static double a[K * M], x[K * N], coefficient[K * POWERS], b[K * N], panels[K * N], c[2][M * N];
    static float a1[K * M], x1[K * N], coefficient1[K * POWERS], b1[K * N], panels1[K * N],
        c1[2][M * N];
    static const char *const instructions[] = {"scalar", "avx2", "avx512f"};
    const char *usual = vector_instructions();
    struct random_key key = random_key(0, 0, RANDOM_TASK);
    random_normal(a, key, 1, 0, K * M);
    random_normal(x, key, 2, 0, K * N);
    random_normal(coefficient, key, 3, 0, K * POWERS);
    for (long i = 0; i < K * N; i++) {
        x1[i] = (float)x[i];
        a1[i % (K * M)] = (float)a[i % (K * M)];
        coefficient1[i % (K * POWERS)] = (float)coefficient[i % (K * POWERS)];
    }
    for (int n = 1; n <= N; n++) {
        int degree = 1 + n % 5, m = n % 2 ? M : M / 2;
        double beta = n % 3 / 2.0;
        for (int i = 0; i < K * N; i++) {
            const double *of = coefficient + i / N * (degree + 1);
            const float *of1 = coefficient1 + i / N * (degree + 1);
            b[i] = of[degree], b1[i] = of1[degree];
            for (int p = degree - 1; p >= 0; p--)
                b[i] = fma(b[i], x[i], of[p]), b1[i] = fmaf(b1[i], x1[i], of1[p]);
        }
        for (int v = 0; v < 3; v++) {
            if (!vector_use(instructions[v]))
                continue;
            for (int i = 0; i < M * N; i++)
                c[0][i] = c[1][i] = c1[0][i] = c1[1][i] = 3;
            linalg_panels(panels, x, N, n, K);
            linalg_panels_single(panels1, x1, N, n, K);
            linalg_multiply(c[0], N, a, 1, m, b, N, m, n, K, 1, beta);
            linalg_multiply_single(c1[0], N, a1, 1, m, b1, N, m, n, K, 1, (float)beta);
            linalg_multiply_polynomials(c[1], N, a, panels, coefficient, degree, m, n, K, beta);
            linalg_multiply_polynomials_single(c1[1], N, a1, panels1, coefficient1, degree, m, n, K,
                                               (float)beta);
            CU_ASSERT(memcmp(c[1], c[0], sizeof c[0]) == 0);
            CU_ASSERT(memcmp(c1[1], c1[0], sizeof c1[0]) == 0);
        }
    }
    vector_use(usual);
}

static void combine_is_the_textbook_product(void)
{
    enum { ROWS = 40, COLUMNS = 260 };
    static double a[ROWS * COLUMNS], x[ROWS], y[3][COLUMNS];
    static const char *const instructions[] = {"scalar", "avx2", "avx512f"};
    const char *usual = vector_instructions();
    struct random_key key = random_key(0, 0, RANDOM_TASK);
    random_normal(a, key, 1, 0, ROWS * COLUMNS);
    random_normal(x, key, 2, 0, ROWS);
    for (long columns = 1; columns < COLUMNS; columns++)
        for (int v = 0; v < 3; v++) {
            memset(y[v], 0, sizeof y[v]);
            if (!vector_use(instructions[v]))
                continue;
            linalg_combine(y[v], a, COLUMNS, x, ROWS, columns, 2);
            CU_ASSERT(memcmp(y[v], y[0], sizeof y[0]) == 0);
            for (long c = 0; c < COLUMNS; c++) {
                double sum = 0;
                for (long r = 0; r < ROWS && c < columns; r++)
                    sum += x[r] * a[r * COLUMNS + c];
                CU_ASSERT_DOUBLE_EQUAL_FATAL(y[v][c], 2 * sum, 1e-12);
            }
        }
    vector_use(usual);
}

/* All shapes of tiles, several parts and a rest, at once or in pieces: the bits of single dot products with every
 * instruction set, in both precisions, which are the bits of scalar code. */
static void dots_are_the_dot_products(void)
{
    enum { ROWS = 6, WIDTH = 9100 };
    static double x[ROWS * WIDTH], y[ROWS * WIDTH];
    static float x1[ROWS * WIDTH], y1[ROWS * WIDTH];
    static const char *const instructions[] = {"scalar", "avx2", "avx512f"};
    const char *usual = vector_instructions();
    random_normal(x, random_key(0, 0, RANDOM_TASK), 1, 0, ROWS * WIDTH);
    random_normal(y, random_key(0, 0, RANDOM_TASK), 2, 0, ROWS * WIDTH);
    for (long i = 0; i < ROWS * WIDTH; i++)
        x1[i] = (float)x[i], y1[i] = (float)y[i];
    for (long shape = 0; shape < ROWS * ROWS; shape++) {
        long rows = 1 + shape / ROWS, columns = 1 + shape % ROWS, count = 1 + shape * 4099 % WIDTH;
        double plain[2][ROWS * ROWS], found[ROWS * ROWS];
        struct linalg_dots dots[2] = {0};
        vector_use("scalar");
        for (long s = 0; s < rows * columns; s++) {
            const long r = s / columns * WIDTH, c = s % columns * WIDTH;
            plain[0][s] = linalg_dot(x + r, y + c, count);
            plain[1][s] = linalg_dot_single(x1 + r, y1 + c, count);
        }
        for (int v = 0; v < 3; v++) {
            size_t bytes = sizeof(double) * (size_t)(rows * columns);
            if (!vector_use(instructions[v]))
                continue;
            for (long i = 0, some; i < count; i += some) {
                some = shape % 3 && 496 * shape < count - i ? 496 * shape : count - i;
                linalg_dots_add(&dots[0], x + i, WIDTH, rows, y + i, WIDTH, columns, some);
                linalg_dots_add_single(&dots[1], x1 + i, WIDTH, rows, y1 + i, WIDTH, columns, some);
            }
            for (int p = 0; p < 2; p++) {
                linalg_dots_end(found, &dots[p], (int)(rows * columns));
                CU_ASSERT(memcmp(found, plain[p], bytes) == 0);
            }
        }
    }
    vector_use(usual);
}

static void gemv_is_the_textbook_product(void)
{
    const double a[2 * 4] = {1, 2, 3, 99, 4, 5, 6, 99};
    double y[2] = {1, 1};
    linalg_gemv(y, a, 4, (const double[]){1, 10, 100}, 2, 3, 2.0, 3.0, 0);
    CU_ASSERT(y[0] == 3.0 + 2.0 * 321.0 && y[1] == 3.0 + 2.0 * 654.0);
    double z[3] = {NAN, NAN, NAN};
    linalg_gemv(z, a, 4, (const double[]){1, 10}, 2, 3, 1.0, 0.0, 1);
    CU_ASSERT(z[0] == 41.0 && z[1] == 52.0 && z[2] == 63.0);
}

static void factor_solves_and_leaves_out_what_has_no_pivot(void)
{
    // L = {{2}, {-1, 3}, {0.5, 1, 0}}: the last pivot is 0
    double a[] = {4, 7, 7, -2, 10, 7, 1, 2.5, 1.25}, x[] = {2, 2, 5};
    linalg_factorise(a, 3, 1e-14);
    CU_ASSERT(a[0] == 2 && a[3] == -1 && a[4] == 3 && a[6] == 0.5 && a[7] == 1 && isinf(a[8]));
    CU_ASSERT(a[1] == 7 && a[2] == 7 && a[5] == 7);
    linalg_solve_lower(x, a, 3);
    CU_ASSERT(x[0] == 1 && x[1] == 1 && x[2] == 0);
    linalg_solve_upper(x, a, 3);
    CU_ASSERT(x[2] == 0 && fabs(x[1] - 1. / 3) < 1e-15 && fabs(x[0] - 2. / 3) < 1e-15);
}

static void library_tells_its_name_and_rate(void)
{
    linalg_start();
    CU_ASSERT(strlen(linalg_library()) > 0);
    CU_ASSERT(strlen(linalg_core()) > 0);
    double rate = linalg_rate(0.01);
    CU_ASSERT(rate > 1e8 && rate < 1e13);
}

void test_linalg(void)
{
    CU_pSuite suite = CU_add_suite("linalg", NULL, NULL);
    CU_ADD_TEST(suite, gemm_is_the_textbook_product);
    CU_ADD_TEST(suite, gemm_with_beta_0_ignores_what_stood_there);
    CU_ADD_TEST(suite, multiply_is_the_textbook_product);
    CU_ADD_TEST(suite, multiply_does_not_depend_on_the_order_of_its_sides);
    CU_ADD_TEST(suite, multiply_polynomials_is_the_product_with_them);
    CU_ADD_TEST(suite, combine_is_the_textbook_product);
    CU_ADD_TEST(suite, dots_are_the_dot_products);
    CU_ADD_TEST(suite, gemv_is_the_textbook_product);
    CU_ADD_TEST(suite, factor_solves_and_leaves_out_what_has_no_pivot);
    CU_ADD_TEST(suite, library_tells_its_name_and_rate);
}
