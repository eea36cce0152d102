/* What is measured before a search: the best rule of a candidate's terms, its size, its metric. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "config/space.h"
#include "search/measured.h"
#include "world.h"

void test_measured(void);

enum { NETWORKS = 3, TRIALS = 60 };

static const char usual[] =
    "rule.terms=[r1 d1, r2 p1, p2 w1]; rule.start={from: efficiency, r1 d2: "
    "-0.5}; efficiency.networks=3; efficiency.trials=60; "
    "efficiency.stages=[0, 10]";

static void measure(struct measured *found, struct measured_plan *plan, const char *options)
{
    struct settings settings;
    struct error error = {0};
    world_settings(&settings, options);
    CU_ASSERT_EQUAL_FATAL(measured_plan_create(plan, &settings, &error), STATUS_OK);
    long stride = efficiency_numbers(plan->count, false) + 3;
    double *numbers = calloc((size_t)(plan->networks * plan->stages * stride), sizeof *numbers);
    for (int i = 0; i < plan->networks * plan->stages; i++)
        CU_ASSERT_EQUAL_FATAL(measured_measure(numbers + i * stride, plan,
                                               (uint64_t)(i / plan->stages), i % plan->stages, NULL,
                                               NULL, &error),
                              STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(measured_conclude(found, plan, numbers, stride, &error), STATUS_OK);
    free(numbers);
}

/* theta' G theta over that of -1 r3 d3, the mean over networks and stages. */
static double size_of(const struct measured *found, const struct measured_plan *plan,
                      const double *theta)
{
    double sum = 0;
    int columns = found->columns;
    for (int i = 0; i < found->networks * found->stages; i++) {
        const struct efficiency one = measured_at(found, i / found->stages, i % found->stages);
        double size = 0, unit = 0;
        for (int k = 0; k < columns; k++)
            for (int l = 0; l < columns; l++) {
                size += theta[k] * theta[l] * one.gram[k * columns + l];
                unit += plan->reference[k] * plan->reference[l] * one.gram[k * columns + l];
            }
        sum += size / unit / (found->networks * found->stages);
    }
    return sum;
}

/* The start's own terms are no free ones. */
static void found_rule_is_as_large_as_the_start(void)
{
    struct measured_plan plan;
    struct measured found;
    measure(&found, &plan, usual);
    CU_ASSERT_EQUAL(found.terms, 3);
    CU_ASSERT_EQUAL(found.columns, 5);
    CU_ASSERT_EQUAL(found.whole, NETWORKS);
    double theta[MEASURED_COLUMNS] = {0}, size = 0;
    memcpy(theta, found.theta, sizeof found.theta);
    double of_start = size_of(&found, &plan, plan.start);
    CU_ASSERT_DOUBLE_EQUAL(size_of(&found, &plan, theta) / of_start, 1, 1e-12);
    for (int k = 0; k < 3; k++)
        for (int l = 0; l < 3; l++)
            size += found.theta[k] * found.theta[l] * found.metric[k * 3 + l];
    CU_ASSERT_DOUBLE_EQUAL(size, 1, 1e-12);
    CU_ASSERT(found.low < found.ratio && found.ratio < found.high);
    measured_free(&found);
}

static void start_of_0_has_the_size_of_the_automatic_one(void)
{
    struct measured_plan plan;
    struct measured found, other;
    measure(&found, &plan,
            "rule.terms=[r1 d1]; rule.start={}; efficiency.networks=2; "
            "meta.optimizer.metric=changes; efficiency.stages=[0]");
    double none = size_of(&found, &plan, plan.start);
    CU_ASSERT_EQUAL(found.stages, 1);
    measure(&other, &plan,
            "rule.terms=[r1 d1]; rule.start={from: efficiency}; efficiency.stages=[0];"
            "efficiency.networks=2");
    CU_ASSERT_DOUBLE_EQUAL(size_of(&other, &plan, plan.start) / none, 1, 1e-12);
    CU_ASSERT_EQUAL(found.metric[0], other.metric[0]);
    measured_free(&found);
    measured_free(&other);
}

static void found_rule_is_written_as_a_start(void)
{
    struct settings settings;
    struct measured found = {.terms = 3, .theta = {1.25, -2, 1.0 / 3}};
    char text[SETTINGS_VALUE];
    world_settings(&settings, usual);
    measured_write(&settings.rule.start, &found, &settings);
    settings_get(&settings, "rule.start", text);
    CU_ASSERT_STRING_EQUAL(text, "{r1 d1: 1.25, r2 p1: -2, p2 w1: 0.3333333333333333}");
}

static void candidates_share_what_does_not_matter(void)
{
    static const struct {
        const char *options;
        bool same;
    } table[] = {
        {"meta.seeds=3", true},
        {"meta.optimizer.rate=1", true},
        {"record.interval=3 ms", true},
        {"learning.evaluation_trials=1", true},
        {"network.gain=1.1", false},
        {"learning.rate=0.01", false},
        {"rule.terms=[r1 d1]", false},
        {"meta.objective=square", false},
        {"efficiency.trials=30", false},
        {"rule.start.r1 d2=-2", false},
        {"seed=5", false},
        {"rule.start={r1 d2: -0.5}", true},
    };
    struct settings one, other;
    char options[1024];
    world_settings(&one, usual);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        snprintf(options, sizeof options, "%s; %s", usual, table[i].options);
        world_settings(&other, options);
        CU_ASSERT_EQUAL(space_key(&one) == space_key(&other), table[i].same);
    }
    snprintf(options, sizeof options, "%s; efficiency.stages=[0]", usual);
    world_settings(&one, options);
    snprintf(options, sizeof options, "%s; efficiency.stages=[0]; learning.rate=0.01", usual);
    world_settings(&other, options);
    CU_ASSERT_EQUAL(space_key(&one), space_key(&other));
}

static void stages_end_with_the_last_trial(void)
{
    struct settings settings;
    int stage[MEASURED_STAGES];
    world_settings(&settings, "learning.trials=30; efficiency.stages=[0, 20, 600, 800]");
    CU_ASSERT_EQUAL_FATAL(measured_stages(stage, &settings), 3);
    CU_ASSERT(stage[0] == 0 && stage[1] == 20 && stage[2] == 30);
}

void test_measured(void)
{
    linalg_start();
    CU_pSuite suite = CU_add_suite("measured", NULL, NULL);
    CU_ADD_TEST(suite, found_rule_is_as_large_as_the_start);
    CU_ADD_TEST(suite, start_of_0_has_the_size_of_the_automatic_one);
    CU_ADD_TEST(suite, found_rule_is_written_as_a_start);
    CU_ADD_TEST(suite, candidates_share_what_does_not_matter);
    CU_ADD_TEST(suite, stages_end_with_the_last_trial);
}
