/* Choices whose curve is known. */
#include <CUnit/Basic.h>
#include <math.h>

#include "numbers/psychometric.h"

enum { COUNT = 9 };

/* The penalty pulls the slope towards 0, here by less than a tenth. */
static void curve_that_made_the_choices_is_found(void)
{
    double stimulus[COUNT], choice[COUNT], fit[2];
    for (int i = 0; i < COUNT; i++) {
        stimulus[i] = 4.0 * (i - 4);
        choice[i] = 1 / (1 + 0.5 * exp(-0.25 * stimulus[i]));
    }
    psychometric_fit(fit, stimulus, choice, COUNT);
    CU_ASSERT_DOUBLE_EQUAL(fit[0], 0.5, 0.05);
    CU_ASSERT(fit[1] < 0.25 && fit[1] > 0.225);
}

/* Without bias c is 1; an infinitely steep curve would fit best, the penalty keeps it finite. */
static void step_has_a_finite_slope(void)
{
    const double stimulus[COUNT] = {-4, -3, -2, -1, 0, 1, 2, 3, 4};
    const double choice[COUNT] = {0, 0, 0, 0, 0.5, 1, 1, 1, 1};
    double fit[2];
    psychometric_fit(fit, stimulus, choice, COUNT);
    CU_ASSERT_DOUBLE_EQUAL(fit[0], 1, 1e-9);
    CU_ASSERT(isfinite(fit[1]) && fit[1] > 1);
}

void test_psychometric(void)
{
    CU_pSuite suite = CU_add_suite("analysis_psychometric", NULL, NULL);
    CU_ADD_TEST(suite, curve_that_made_the_choices_is_found);
    CU_ADD_TEST(suite, step_has_a_finite_slope);
}
