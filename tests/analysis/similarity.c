/* Distances between solutions, in cases whose answer is known. */
#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "analysis/draw.h"
#include "numbers/similarity.h"

enum { SEED = 2, SAMPLES = 40, UNITS = 12 };

static struct similarity make(const double *x, int units)
{
    struct similarity similarity;
    double copy[SAMPLES * UNITS];
    memcpy(copy, x, sizeof(double) * SAMPLES * (size_t)units);
    CU_ASSERT_FATAL(similarity_create(&similarity, copy, SAMPLES, units));
    return similarity;
}

/* arccos near 1 turns rounding of 1e-16 into 1e-8. */
static void rotation_shift_and_scale_change_no_angle(void)
{
    double x[SAMPLES * UNITS], y[SAMPLES * UNITS], turn[UNITS * UNITS];
    draw(x, SEED, 0, SAMPLES * UNITS);
    draw_rotation(turn, SEED, 1, UNITS);
    linalg_gemm(y, UNITS, x, UNITS, turn, UNITS, SAMPLES, UNITS, UNITS, 3, 0, 0, 0);
    for (int s = 0; s < SAMPLES * UNITS; s++)
        y[s] += s % UNITS;
    struct similarity a = make(x, UNITS), b = make(y, UNITS);
    CU_ASSERT_DOUBLE_EQUAL(similarity_cka(&a, &b), 0, 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(similarity_procrustes(&a, &b), 0, 1e-7);
    similarity_free(&a);
    similarity_free(&b);
}

static void order_of_units_changes_nothing(void)
{
    double x[SAMPLES * UNITS], y[SAMPLES * UNITS];
    draw(x, SEED, 2, SAMPLES * UNITS);
    for (int s = 0; s < SAMPLES; s++)
        for (int i = 0; i < UNITS; i++)
            y[s * UNITS + i] = x[s * UNITS + (5 * i + 2) % UNITS];
    struct similarity a = make(x, UNITS), b = make(y, UNITS);
    CU_ASSERT_DOUBLE_EQUAL(similarity_rsa(&a, &b), 0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(similarity_cka(&a, &b), 0, 1e-7);
    similarity_free(&a);
    similarity_free(&b);
}

/* x lies on one direction over samples, y on another, at right angles to it. */
static void unrelated_activity_is_at_right_angles(void)
{
    double x[SAMPLES], y[SAMPLES * 2];
    for (int s = 0; s < SAMPLES; s++) {
        x[s] = s % 2 ? 1 : -1;
        y[2 * s] = y[2 * s + 1] = s % 4 < 2 ? 1 : -1;
    }
    struct similarity a = make(x, 1), b = make(y, 2);
    CU_ASSERT_DOUBLE_EQUAL(similarity_cka(&a, &b), acos(0), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(similarity_procrustes(&a, &b), acos(0), 1e-9);
    similarity_free(&a);
    similarity_free(&b);
}

/* x has the singular directions p, q with sizes 1, 1; y the same with 1, 0: CKA = 1 / sqrt 2 and
 * Procrustes cosine = 1 / sqrt 2. */
static void angles_of_a_worked_example(void)
{
    double x[SAMPLES * 2], y[SAMPLES];
    for (int s = 0; s < SAMPLES; s++) {
        x[2 * s] = y[s] = s % 2 ? 1 : -1;
        x[2 * s + 1] = s % 4 < 2 ? 1 : -1;
    }
    struct similarity a = make(x, 2), b = make(y, 1);
    CU_ASSERT_DOUBLE_EQUAL(similarity_cka(&a, &b), acos(sqrt(0.5)), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(similarity_procrustes(&a, &b), acos(sqrt(0.5)), 1e-9);
    similarity_free(&a);
    similarity_free(&b);
}

static void silent_networks_have_no_distance(void)
{
    double x[SAMPLES * UNITS], y[SAMPLES * UNITS] = {0};
    draw(x, SEED, 3, SAMPLES * UNITS);
    struct similarity a = make(x, UNITS), b = make(y, UNITS);
    CU_ASSERT(b.flat && isnan(similarity_cka(&a, &b)) && isnan(similarity_procrustes(&a, &b)));
    similarity_free(&a);
    similarity_free(&b);
}

void test_similarity(void)
{
    CU_pSuite suite = CU_add_suite("analysis_similarity", NULL, NULL);
    CU_ADD_TEST(suite, rotation_shift_and_scale_change_no_angle);
    CU_ADD_TEST(suite, order_of_units_changes_nothing);
    CU_ADD_TEST(suite, unrelated_activity_is_at_right_angles);
    CU_ADD_TEST(suite, angles_of_a_worked_example);
    CU_ADD_TEST(suite, silent_networks_have_no_distance);
}
