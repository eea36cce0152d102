/* Dimensions of activity whose spectrum is known. */
#include <CUnit/Basic.h>
#include <math.h>

#include "analysis/draw.h"
#include "numbers/dimension.h"

enum { SEED = 1 };

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
    draw(x, SEED, 5, SAMPLES * 3);
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

void test_dimension(void)
{
    CU_pSuite suite = CU_add_suite("analysis_dimension", NULL, NULL);
    CU_ADD_TEST(suite, participation_ratio_of_known_variances);
    CU_ADD_TEST(suite, components_of_a_gaussian_have_its_spectrum);
}
