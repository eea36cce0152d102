#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "numbers/dimension.h"
#include "numbers/matrix.h"

enum { N = 7, M = 11 };

static void draw(double *out, uint64_t trial, long count)
{
    random_normal(out, random_key(1, 0, RANDOM_TASK), trial, 0, count);
}

/* Decompositions of 11 x 7 numbers of size 1: rounding stays far below 1e-12. */
static void singular_values_make_the_matrix_again(void)
{
    for (int wide = 0; wide < 2; wide++) {
        int m = wide ? N : M, n = wide ? M : N;
        double a[M * N], copy[M * N], u[M * N], s[N], vt[M * N], only[N];
        draw(a, 0, M * N);
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
    draw(a, 1, N * N);
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
    draw(a, 2, N * N);
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
    draw(a, 3, N * N);
    draw(b, 4, 3 * N);
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

/* (1 + 2 + 3)^2 / (1 + 4 + 9); n equal ones give n, one alone gives 1. */
static void participation_ratio_of_known_variances(void)
{
    CU_ASSERT_DOUBLE_EQUAL(dimension_participation((double[]){3, 2, 1}, 3), 36.0 / 14, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(dimension_participation((double[]){2, 2, 2, 2}, 4), 4, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(dimension_entropy_rank((double[]){2, 2, 2, 2}, 4), 4, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(dimension_entropy_rank((double[]){5, 0, 0}, 3), 1, 1e-14);
    CU_ASSERT(dimension_components_for((double[]){6, 3, 1}, 3, 0.9) == 2);
    CU_ASSERT(dimension_components_for((double[]){6, 3, 1}, 3, 0.95) == 3);
    CU_ASSERT(isnan(dimension_participation((double[]){0, 0}, 2)));
}

/* A Gaussian with the variances 9, 4, 1 in rotated axes: 196 / 98 = 2. With 4000 samples each
 * variance has a relative error of 2 %. */
static void components_of_a_gaussian_have_its_spectrum(void)
{
    enum { SAMPLES = 4000 };
    static double x[SAMPLES * 3];
    double variance[3], axis[9], out[3];
    const double turn[9] = {0.6, 0.8, 0, -0.8, 0.6, 0, 0, 0, 1};
    draw(x, 5, SAMPLES * 3);
    for (int s = 0; s < SAMPLES; s++) {
        double *row = x + 3 * s, scaled[3] = {3 * row[0], 2 * row[1], row[2]};
        for (int i = 0; i < 3; i++)
            row[i] = 5 + scaled[0] * turn[i] + scaled[1] * turn[3 + i] + scaled[2] * turn[6 + i];
    }
    CU_ASSERT_FATAL(dimension_components(variance, axis, x, SAMPLES, 3));
    CU_ASSERT_DOUBLE_EQUAL(variance[0], 9, 0.5);
    CU_ASSERT_DOUBLE_EQUAL(variance[1], 4, 0.25);
    CU_ASSERT_DOUBLE_EQUAL(variance[2], 1, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(dimension_participation(variance, 3), 2, 0.05);
    CU_ASSERT_DOUBLE_EQUAL(axis[0], 0.6, 0.02);
    CU_ASSERT_DOUBLE_EQUAL(axis[1], 0.8, 0.02);
    dimension_project(out, x, axis, 1, 3, 3);
    CU_ASSERT_DOUBLE_EQUAL(matrix_norm(out, 3), matrix_norm(x, 3), 1e-12);
}

void test_matrix(void)
{
    CU_pSuite suite = CU_add_suite("analysis_matrix", NULL, NULL);
    CU_ADD_TEST(suite, singular_values_make_the_matrix_again);
    CU_ADD_TEST(suite, symmetric_matrix_is_the_sum_of_its_modes);
    CU_ADD_TEST(suite, right_eigenvectors_satisfy_their_equation);
    CU_ADD_TEST(suite, solutions_satisfy_their_equations);
    CU_ADD_TEST(suite, matrices_that_are_not_finite_are_refused);
    CU_ADD_TEST(suite, participation_ratio_of_known_variances);
    CU_ADD_TEST(suite, components_of_a_gaussian_have_its_spectrum);
}
