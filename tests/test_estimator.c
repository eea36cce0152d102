#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "estimator.h"

static void list_is_in_the_order_of_the_choices(void)
{
    const struct parameter *row = settings_find("meta.estimator");
    int i = 0;
    for (; estimator_list[i].name != NULL; i++)
        CU_ASSERT_STRING_EQUAL(row->choices[i], estimator_list[i].name);
    CU_ASSERT_PTR_NULL(row->choices[i]);
}

static void pathwise_is_exact_and_discounted_fades(void)
{
    struct settings settings;
    settings_defaults(&settings);
    settings.meta.discount = 0.75;
    settings.meta.reset_every = 9;

    settings.meta.estimator = 0;
    struct lifetime_gradient gradient = estimator_of(&settings)->gradient(&settings);
    CU_ASSERT_TRUE(estimator_of(&settings)->exact && gradient.wanted);
    CU_ASSERT_EQUAL(gradient.discount, 1);
    CU_ASSERT_EQUAL(gradient.reset_every, 0);

    settings.meta.estimator = 1;
    gradient = estimator_of(&settings)->gradient(&settings);
    CU_ASSERT_TRUE(!estimator_of(&settings)->exact && gradient.wanted);
    CU_ASSERT_EQUAL(gradient.discount, 0.75);
    CU_ASSERT_EQUAL(gradient.reset_every, 9);
}

static void mean_is_normalised_and_clipped_seed_by_seed(void)
{
    /* Times the scale: (6, 8), norm 10, clipped to (3, 4); and (0, 1), as it is. */
    const double gradients[] = {3, 2, 0, 0.25}, scale[] = {2, 4};
    const bool usable[] = {true, true};
    double mean[2];
    CU_ASSERT_EQUAL(estimator_mean(mean, gradients, usable, scale, 5, 2, 2), 2);
    CU_ASSERT_DOUBLE_EQUAL(mean[0], 1.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(mean[1], 2.5, 1e-15);
    CU_ASSERT_EQUAL(estimator_mean(mean, gradients, usable, scale, INFINITY, 2, 2), 2);
    CU_ASSERT_EQUAL(mean[0], 3);
    CU_ASSERT_EQUAL(mean[1], 4.5);
}

static void unusable_and_infinite_gradients_are_left_out(void)
{
    const double gradients[] = {1, 2, 3, NAN, 5, INFINITY, 7, 8, 1e200, 1};
    const double scale[] = {1, 1};
    const bool usable[] = {true, true, true, false, true};
    double mean[2];
    /* The last one's norm overflows. */
    CU_ASSERT_EQUAL(estimator_mean(mean, gradients, usable, scale, 100, 5, 2), 1);
    CU_ASSERT_EQUAL(mean[0], 1);
    CU_ASSERT_EQUAL(mean[1], 2);
}

static void mean_of_no_gradient_is_zero(void)
{
    const double gradients[] = {NAN, 1}, scale[] = {1, 1};
    const bool usable[] = {true};
    double mean[2] = {5, 5};
    CU_ASSERT_EQUAL(estimator_mean(mean, gradients, usable, scale, 1, 1, 2), 0);
    CU_ASSERT_EQUAL(mean[0], 0);
    CU_ASSERT_EQUAL(mean[1], 0);
}

void test_estimator(void)
{
    CU_pSuite suite = CU_add_suite("estimator", NULL, NULL);
    CU_ADD_TEST(suite, list_is_in_the_order_of_the_choices);
    CU_ADD_TEST(suite, pathwise_is_exact_and_discounted_fades);
    CU_ADD_TEST(suite, mean_is_normalised_and_clipped_seed_by_seed);
    CU_ADD_TEST(suite, unusable_and_infinite_gradients_are_left_out);
    CU_ADD_TEST(suite, mean_of_no_gradient_is_zero);
}
