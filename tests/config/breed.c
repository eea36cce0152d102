/* Candidates of a population, placed near others. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "specimen.h"

enum { SAMPLES = 40, RUNGS = 50 };

/* A range that is even, one of logarithms, whole numbers, values. */
static const char text[] =
    "seed: 5\nmeta: {stopping: population}\nsweep:\n  method: sobol\n  samples: 40\n"
    "  parameters:\n    network.bias: {min: 0.5, max: 2}\n"
    "    network.gain: {min: 0.01, max: 1, distribution: log_uniform}\n"
    "    network.units: {min: 4, max: 9}\n"
    "    meta.l1: {values: [0, 0.1, 1]}\n";

static double value_of(const struct sweep *sweep, int64_t candidate, int axis)
{
    char value[SETTINGS_VALUE];
    sweep_value(value, sweep, candidate, axis);
    return atof(value);
}

/* Whether the child is the donor times 1.2 or 0.8, or the end of the range that is in the way. */
static bool is_near(const struct sweep_axis *axis, double child, double donor)
{
    double up = fmin(fmax(1.2 * donor, axis->minimum), axis->maximum);
    double down = fmin(fmax(0.8 * donor, axis->minimum), axis->maximum);
    double slack = 1e-10 * fabs(donor);
    return fabs(child - up) <= slack || fabs(child - down) <= slack;
}

static void begin(struct config *config)
{
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(config_parse(config, "t.yaml", text, 0, NULL, &error), STATUS_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(config->sweep.point);
}

static void children_are_near_their_donors(void)
{
    struct config config;
    begin(&config);
    const struct sweep *sweep = &config.sweep;
    int ups = 0, others = 0, ends = 0;
    for (int rung = 0; rung < RUNGS; rung++)
        for (int64_t c = SAMPLES / 2; c < SAMPLES; c++) {
            int64_t donor = (c + rung) % (SAMPLES / 2);
            sweep_breed(sweep, c, donor, rung);
            for (int a = 0; a < 2; a++)
                CU_ASSERT_TRUE(
                    is_near(&sweep->axis[a], value_of(sweep, c, a), value_of(sweep, donor, a)));
            double units = value_of(sweep, c, 2), from = value_of(sweep, donor, 2);
            CU_ASSERT_TRUE(units >= 4 && units <= 9 && fabs(units - from) <= 2);
            CU_ASSERT_TRUE(units != from || from == 4 || from == 9);
            ends += value_of(sweep, c, 1) == 1;
            ups += value_of(sweep, c, 1) > value_of(sweep, donor, 1);
            others += value_of(sweep, c, 3) != value_of(sweep, donor, 3);
        }
    int count = RUNGS * SAMPLES / 2;
    CU_ASSERT_TRUE(ups > 0.4 * count && ups < 0.6 * count);
    CU_ASSERT_TRUE(others > 0.1 * count &&
                   others < 0.25 * count); /* 1/4, two of three times another */
    CU_ASSERT_TRUE(ends > 0);
    config_free(&config);
}

/* Whatever was drawn before, and in whatever order. */
static void children_follow_from_candidate_rung_and_donor(void)
{
    struct config one, other;
    begin(&one);
    begin(&other);
    size_t bytes = SAMPLES * 4 * sizeof *one.sweep.point;
    CU_ASSERT_EQUAL(memcmp(one.sweep.point, other.sweep.point, bytes), 0);
    sweep_breed(&one.sweep, 30, 3, 7);
    sweep_breed(&one.sweep, 31, 3, 7);
    sweep_breed(&other.sweep, 31, 9, 6);
    sweep_breed(&other.sweep, 31, 3, 7);
    sweep_breed(&other.sweep, 30, 3, 7);
    CU_ASSERT_EQUAL(memcmp(one.sweep.point, other.sweep.point, bytes), 0);
    sweep_breed(&other.sweep, 30, 3, 8);
    CU_ASSERT_NOT_EQUAL(memcmp(one.sweep.point, other.sweep.point, bytes), 0);
    config_free(&one);
    config_free(&other);
}

/* Two with the same rule and values would be one candidate from then on. */
static void siblings_differ(void)
{
    struct config config;
    begin(&config);
    const struct sweep *sweep = &config.sweep;
    for (int64_t c = 10; c < 18; c++)
        sweep_breed(sweep, c, 3, 0);
    for (int64_t c = 10; c < 18; c++)
        for (int64_t k = 10; k < c; k++) {
            bool same = true;
            for (int a = 0; a < sweep->axes; a++)
                same &= value_of(sweep, c, a) == value_of(sweep, k, a);
            CU_ASSERT_FALSE(same);
        }
    config_free(&config);
}

/* The table has them where the method would put them. */
static void all_begin_where_the_method_says(void)
{
    struct config bred, drawn;
    char plain[sizeof text];
    strcpy(plain, text);
    memcpy(strstr(plain, "population"), "median    ", strlen("population"));
    begin(&bred);
    CU_ASSERT_EQUAL_FATAL(config_parse(&drawn, "t.yaml", plain, 0, NULL, NULL), STATUS_OK);
    CU_ASSERT_PTR_NULL(drawn.sweep.point);
    for (int64_t c = 0; c < SAMPLES; c++)
        for (int a = 0; a < bred.sweep.axes; a++)
            CU_ASSERT_EQUAL(value_of(&bred.sweep, c, a), value_of(&drawn.sweep, c, a));
    config_free(&bred);
    config_free(&drawn);
}

void test_breed(void)
{
    CU_pSuite suite = CU_add_suite("breed", specimen_two_tasks, specimen_real_tasks);
    CU_ADD_TEST(suite, children_are_near_their_donors);
    CU_ADD_TEST(suite, children_follow_from_candidate_rung_and_donor);
    CU_ADD_TEST(suite, siblings_differ);
    CU_ADD_TEST(suite, all_begin_where_the_method_says);
}
