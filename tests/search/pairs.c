/* Statistics over the same seeds, against numbers worked out by hand. */
#include <CUnit/Basic.h>
#include <math.h>

#include "search/pairs.h"

void test_pairs(void);

static void means_leave_out_what_diverged(void)
{
    const double x[] = {1, 2, NAN, 3}, y[] = {0, 3, 1, NAN};
    struct pairs_mean mean = pairs_mean(x, 4), difference = pairs_difference(x, y, 4);
    CU_ASSERT_EQUAL(mean.count, 3);
    CU_ASSERT_DOUBLE_EQUAL(mean.mean, 2, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(mean.deviation, 1, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(mean.error, 1 / sqrt(3), 1e-15);
    CU_ASSERT_EQUAL(difference.count, 2);
    CU_ASSERT_DOUBLE_EQUAL(difference.mean, 0, 1e-15);
    CU_ASSERT_TRUE(isnan(pairs_mean(x + 2, 1).mean) && isnan(pairs_mean(x, 1).error));
}

static void correlation_is_pearsons(void)
{
    const double x[] = {1, 2, 3, NAN}, y[] = {2, 4, 6, 0}, z[] = {1, 0, 1, 5};
    CU_ASSERT_DOUBLE_EQUAL(pairs_correlation(x, y, 4), 1, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pairs_correlation(x, z, 4), 0, 1e-15);
    CU_ASSERT_TRUE(isnan(pairs_correlation(x, y, 2)));
}

/* 2 (1.96 + .84)^2 = 15.7 a group for an effect of one standard deviation. */
static void needed_seeds_are_those_of_the_books(void)
{
    CU_ASSERT_EQUAL(pairs_needed(1, 0, 1), 16);
    CU_ASSERT_EQUAL(pairs_needed(0.2, 0, 0.05), 252);
    CU_ASSERT_EQUAL(pairs_needed(0.2, 0.9, 0.05), 26);
    CU_ASSERT_EQUAL(pairs_needed(0.2, 1, 0.05), 2);
}

static void chance_of_signs_is_counted(void)
{
    const double y[] = {1, 1, 1, 1}, below[] = {0.9, 0.8, 0.7, 0.9}, mixed[] = {0.9, 1.1, 1, 1};
    CU_ASSERT_DOUBLE_EQUAL(pairs_p(below, y, 1, 4), 1.0 / 16, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pairs_p(mixed, y, 1, 4), 12.0 / 16, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pairs_p(y, y, 1, 4), 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(pairs_p(y, below, 1, 4), 1, 0);
}

/* Of two opposite rows one looks as good as the other one is bad. */
static void more_rows_make_a_gain_less_surprising(void)
{
    const double y[] = {1, 1, 1, 1}, both[] = {0.9, 0.8, 0.7, 0.6, 1.1, 1.2, 1.3, 1.4};
    CU_ASSERT_DOUBLE_EQUAL(pairs_p(both, y, 2, 4), 2.0 / 16, 1e-15);
}

static void diverging_is_no_gain(void)
{
    const double y[] = {1, 1, 1, 1}, x[] = {0.5, NAN, 0.9, 0.9};
    CU_ASSERT_DOUBLE_EQUAL(pairs_p(x, y, 1, 4), 6.0 / 16, 1e-15);
}

static void many_seeds_are_flipped_at_random(void)
{
    double y[100], x[100];
    for (int s = 0; s < 100; s++) {
        y[s] = 1 + 0.3 * (s % 5);
        x[s] = y[s] - (s % 3 ? 0.1 : -0.1);
    }
    double p = pairs_p(x, y, 1, 100); /* 66 of 100 signs: p = .0009 */
    CU_ASSERT_TRUE(p < 0.003);
    for (int s = 0; s < 100; s++)
        x[s] = y[s] - (s % 2 ? 0.1 : -0.1);
    p = pairs_p(x, y, 1, 100); /* 50 of 100: p = .54 */
    CU_ASSERT_DOUBLE_EQUAL(p, 0.54, 0.04);
}

/* From printed tables, and t(1) by its closed form 1 - 2 atan(t) / pi. */
static void student_is_that_of_the_tables(void)
{
    static const double table[][3] = {{12.706204736, 1, 0.05},   {2.228138852, 10, 0.05},
                                      {3.169272673, 10, 0.01},   {2.011740514, 47, 0.05},
                                      {1.962339081, 1000, 0.05}, {0.699812061, 10, 0.5}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        CU_ASSERT_DOUBLE_EQUAL(pairs_student(table[i][0], table[i][1]), table[i][2], 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(pairs_student_limit(table[i][2], table[i][1]), table[i][0], 1e-8);
    }
    for (double t = 0.01; t < 1e4; t *= 1.7)
        CU_ASSERT_DOUBLE_EQUAL(pairs_student(t, 1), 1 - 2 * atan(t) / acos(-1), 1e-13);
    CU_ASSERT_TRUE(isnan(pairs_student(1, 0)) && pairs_student(0, 3) == 1);
    CU_ASSERT_TRUE(pairs_student(-2, 5) == pairs_student(2, 5));
}

static void ratio_of_medians_has_an_interval(void)
{
    double x[48], y[48];
    for (int s = 0; s < 48; s++) {
        y[s] = 1000 + 37 * (s * 29 % 48);
        x[s] = 0.5 * y[s];
    }
    struct pairs_ratio ratio = pairs_ratio(x, y, 48);
    CU_ASSERT_TRUE(ratio.ratio == 0.5 && ratio.low == 0.5 && ratio.high == 0.5);
    for (int s = 0; s < 48; s++)
        x[s] = 0.5 * y[s] + 200 * sin(s * s);
    ratio = pairs_ratio(x, y, 48);
    CU_ASSERT_TRUE(ratio.low < ratio.ratio && ratio.ratio < ratio.high);
    CU_ASSERT_TRUE(ratio.low > 0.3 && ratio.high < 0.7);
}

/* 25 of 48 are never reached: about half of the samples have no finite median. */
static void what_is_never_reached_counts_as_endless(void)
{
    double x[48], y[48];
    for (int s = 0; s < 48; s++) {
        x[s] = s < 25 ? INFINITY : 500;
        y[s] = 1000;
    }
    struct pairs_ratio ratio = pairs_ratio(x, y, 48);
    CU_ASSERT_TRUE(isinf(ratio.ratio) && ratio.low == 0.5 && isinf(ratio.high));
    ratio = pairs_ratio(y, x, 48);
    CU_ASSERT_TRUE(ratio.ratio == 0 && ratio.low == 0 && ratio.high == 2);
    ratio = pairs_ratio(x, x, 48);
    CU_ASSERT_TRUE(isnan(ratio.ratio) && ratio.low == 0 && isinf(ratio.high));
    double odd[] = {3, INFINITY, 1};
    CU_ASSERT_EQUAL(pairs_median(odd, 3), 3);
}

void test_pairs(void)
{
    CU_pSuite suite = CU_add_suite("pairs", NULL, NULL);
    CU_ADD_TEST(suite, means_leave_out_what_diverged);
    CU_ADD_TEST(suite, correlation_is_pearsons);
    CU_ADD_TEST(suite, needed_seeds_are_those_of_the_books);
    CU_ADD_TEST(suite, chance_of_signs_is_counted);
    CU_ADD_TEST(suite, more_rows_make_a_gain_less_surprising);
    CU_ADD_TEST(suite, diverging_is_no_gain);
    CU_ADD_TEST(suite, many_seeds_are_flipped_at_random);
    CU_ADD_TEST(suite, student_is_that_of_the_tables);
    CU_ADD_TEST(suite, ratio_of_medians_has_an_interval);
    CU_ADD_TEST(suite, what_is_never_reached_counts_as_endless);
}
