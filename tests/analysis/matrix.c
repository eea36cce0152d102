/* What a decomposition promises, on random matrices. */
#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "analysis/draw.h"

enum { SEED = 1, N = 7, M = 11 };

/* Decompositions of 11 x 7 numbers of size 1: rounding stays far below 1e-12. */
static void singular_values_make_the_matrix_again(void)
{
    for (int wide = 0; wide < 2; wide++) {
        int m = wide ? N : M, n = wide ? M : N;
        double a[M * N], copy[M * N], u[M * N], s[N], vt[M * N], only[N];
        draw(a, SEED, 0, M * N);
        memcpy(copy, a, sizeof a);
        CU_ASSERT_FATAL(matrix_svd(u, s, vt, copy, m, n));
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = 0; k < N; k++)
                    sum += u[i * N + k] * s[k] * vt[k * n + j];
                CU_ASSERT_DOUBLE_EQUAL(sum, a[i * n + j], 1e-12);
            }
        memcpy(copy, a, sizeof a);
        CU_ASSERT_FATAL(matrix_svd(NULL, only, NULL, copy, m, n));
        for (int k = 0; k < N; k++)
            CU_ASSERT_DOUBLE_EQUAL(only[k], s[k], 1e-12);
    }
}

static void symmetric_matrix_is_the_sum_of_its_modes(void)
{
    double a[N * N], vector[N * N], value[N];
    draw(a, SEED, 1, N * N);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            vector[i * N + j] = a[i * N + j] + a[j * N + i];
    memcpy(a, vector, sizeof a);
    CU_ASSERT_FATAL(matrix_symmetric(value, vector, N));
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += value[k] * vector[k * N + i] * vector[k * N + j];
            CU_ASSERT_DOUBLE_EQUAL(sum, a[i * N + j], 1e-12);
        }
    for (int k = 1; k < N; k++)
        CU_ASSERT(value[k] <= value[k - 1]);
}

static void right_eigenvectors_satisfy_their_equation(void)
{
    double a[N * N], copy[N * N], re[N], im[N], vre[N * N], vim[N * N];
    int complex_ones = 0;
    draw(a, SEED, 2, N * N);
    memcpy(copy, a, sizeof a);
    CU_ASSERT_FATAL(matrix_eigen(re, im, vre, vim, copy, N));
    for (int k = 0; k < N; k++) {
        complex_ones += im[k] != 0;
        CU_ASSERT(k == 0 || re[k] <= re[k - 1]);
        for (int i = 0; i < N; i++) {
            const double *x = vre + k * N, *y = vim + k * N;
            double real = matrix_dot(a + i * N, x, N), imaginary = matrix_dot(a + i * N, y, N);
            CU_ASSERT_DOUBLE_EQUAL(real, re[k] * x[i] - im[k] * y[i], 1e-12);
            CU_ASSERT_DOUBLE_EQUAL(imaginary, re[k] * y[i] + im[k] * x[i], 1e-12);
        }
    }
    CU_ASSERT(complex_ones > 0);
}

static void solutions_satisfy_their_equations(void)
{
    double a[N * N], copy[N * N], b[3 * N], x[3 * N];
    draw(a, SEED, 3, N * N);
    draw(b, SEED, 4, 3 * N);
    memcpy(copy, a, sizeof a);
    memcpy(x, b, sizeof b);
    CU_ASSERT_FATAL(matrix_solve(copy, x, N, 3));
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < N; i++)
            CU_ASSERT_DOUBLE_EQUAL(matrix_dot(a + i * N, x + c * N, N), b[c * N + i], 1e-11);
}

static void matrices_that_are_not_finite_are_refused(void)
{
    double a[4] = {1, NAN, 0, 1}, value[2];
    CU_ASSERT_FALSE(matrix_symmetric(value, a, 2));
    CU_ASSERT_FALSE(matrix_svd(NULL, value, NULL, a, 2, 2));
    CU_ASSERT_FALSE(matrix_eigen(value, value, NULL, NULL, a, 2));
    CU_ASSERT_FALSE(matrix_solve(a, value, 2, 1));
}

void test_matrix(void)
{
    CU_pSuite suite = CU_add_suite("analysis_matrix", NULL, NULL);
    CU_ADD_TEST(suite, singular_values_make_the_matrix_again);
    CU_ADD_TEST(suite, symmetric_matrix_is_the_sum_of_its_modes);
    CU_ADD_TEST(suite, right_eigenvectors_satisfy_their_equation);
    CU_ADD_TEST(suite, solutions_satisfy_their_equations);
    CU_ADD_TEST(suite, matrices_that_are_not_finite_are_refused);
}
