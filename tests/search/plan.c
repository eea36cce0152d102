/* The plan of a sweep against the settings of each candidate. */
#include "search/plan.h"

#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "model/task.h"
#include "search/estimator.h"

/* Sizes, parameters, recordings and numbers of lifetimes all differ somewhere. */
static const char sweep_text[] =
    "meta: {iterations: 5, seeds: 2, evaluate_every: 2}\n"
    "record: {interval: 30 ms}\n"
    "sweep:\n"
    "  parameters:\n"
    "    task.name: {values: [dnms, association]}\n"
    "    network.units: {values: [4, 6]}\n"
    "    rule.tau_e: {values: [100 ms, 0.5 s]}\n"
    "    rule.terms: {values: [[all], [r1 d1, r0 d2], [r0 d2, r1 d1]]}\n"
    "    meta.held_out_seeds: {values: [0, 3]}\n"
    "    record.weights: {values: [[initial], [first, last]]}\n"
    "    meta.estimator: {values: [discounted, es]}\n";

enum { CANDIDATES = 2 * 2 * 2 * 3 * 2 * 2 * 2, AXES = 7 };

static int looked_at;

static void count(const struct settings *settings, struct settings_problems *problems)
{
    (void)settings;
    (void)problems;
    looked_at++;
}

static const settings_check checks[] = {count, NULL};

static void compare(const struct search_plan *plan, int64_t c)
{
    const struct search_candidate *of = &plan->candidate[c];
    const struct search_free *set = search_plan_parameters(plan, c);
    struct settings settings;
    struct task_shape shape;
    struct rule rule;
    space_settings(plan->space, c, &settings);
    task_shape(&shape, &settings);
    rule_create(&rule, &settings);
    struct search_extent extent = search_extent(&settings);
    CU_ASSERT_EQUAL(memcmp(&of->extent, &extent, sizeof extent), 0);
    CU_ASSERT_EQUAL(memcmp(&of->shape, &shape, sizeof shape), 0);
    CU_ASSERT_EQUAL(of->units, settings.network.units);
    CU_ASSERT_EQUAL(of->trials, settings.learning.trials);
    CU_ASSERT_EQUAL(of->train_cost, search_cost(&settings, &rule, JOB_TRAIN));
    CU_ASSERT_EQUAL(of->evaluate_cost, search_cost(&settings, &rule, JOB_EVALUATE));
    CU_ASSERT_TRUE(plan->bytes >=
                   lifetime_bytes(&settings, &rule, estimator_of(&settings)->gradient(&settings)));
    CU_ASSERT_EQUAL(set->parameters, rule.parameters);
    for (int p = 0; p < rule.parameters; p++) {
        char name[RULE_NAME];
        rule_name(&rule, p, name);
        CU_ASSERT_STRING_EQUAL(set->name[p], name);
    }
    bool evaluates = settings.meta.held_out_seeds > 0, first = c / 2 % 2 == 0;
    CU_ASSERT_EQUAL(of->representations,
                    evaluates ? SEARCH_BEFORE | SEARCH_FIRST | SEARCH_LAST : 0);
    CU_ASSERT_EQUAL(of->weights, !evaluates ? 0
                                 : first    ? SEARCH_BEFORE
                                            : SEARCH_FIRST | SEARCH_LAST);
    CU_ASSERT_EQUAL(of->interval, 30);
    CU_ASSERT_EQUAL(of->recorded, shape.steps / search_stride(&settings));
    CU_ASSERT_EQUAL(plan->value[c * AXES + 1], (double)settings.network.units);
    CU_ASSERT_EQUAL(plan->value[c * AXES + 2], settings.rule.tau_e);
    CU_ASSERT_TRUE(isnan(plan->value[c * AXES + 3]));
}

static void plan_says_what_the_settings_say(void)
{
    struct config config;
    struct space space;
    struct search_plan plan;
    task_register();
    CU_ASSERT_EQUAL_FATAL(config_parse(&config, "test", sweep_text, 0, NULL, NULL), STATUS_OK);
    looked_at = 0;
    CU_ASSERT_EQUAL_FATAL(search_plan_create(&plan, &space, &config, checks, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(space.candidates, CANDIDATES);
    CU_ASSERT_EQUAL(looked_at, CANDIDATES);
    CU_ASSERT_EQUAL(plan.frees, 2);
    for (int64_t c = 0; c < CANDIDATES; c++)
        compare(&plan, c);
    search_plan_free(&plan);
    config_free(&config);
}

static void refuse(const struct settings *settings, struct settings_problems *problems)
{
    if (settings->network.units == 6)
        settings_problem(problems, "network.units", "found 6");
}

static void mistakes_leave_no_plan(void)
{
    static const settings_check refusing[] = {refuse, NULL};
    struct config config;
    struct space space;
    struct search_plan plan;
    CU_ASSERT_EQUAL_FATAL(config_parse(&config, "test", sweep_text, 0, NULL, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(search_plan_create(&plan, &space, &config, refusing, NULL), STATUS_USAGE);
    CU_ASSERT_PTR_NULL(plan.candidate);
    config_free(&config);
}

/* A coordinator holds a million of them. */
static void a_candidate_takes_little_memory(void)
{
    CU_ASSERT_TRUE(sizeof(struct search_candidate) <= 144);
}

void test_plan(void)
{
    CU_pSuite suite = CU_add_suite("plan", NULL, NULL);
    CU_ADD_TEST(suite, plan_says_what_the_settings_say);
    CU_ADD_TEST(suite, mistakes_leave_no_plan);
    CU_ADD_TEST(suite, a_candidate_takes_little_memory);
}
