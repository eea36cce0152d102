/* Which way the gradients of a sweep go, where the file does not say. */
#include "search/choice.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#include "search/plan.h"

static const settings_check no_checks[] = {NULL};

/* The choice for the sweep file `text`; a mistake has to be `expected`, none if that is NULL. */
static struct search_choice choose(struct config *config, const char *text, const char *expected)
{
    struct search_choice choice = {0};
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(config_parse(config, "t.yaml", text, 0, NULL, &error), STATUS_OK);
    struct space space;
    struct search_plan plan;
    enum status status = search_plan_create(&plan, &space, config, no_checks, &error);
    if (!status)
        choice = plan.choice;
    search_plan_free(&plan);
    CU_ASSERT_EQUAL(status, expected ? STATUS_USAGE : STATUS_OK);
    CU_ASSERT(!expected || strstr(error.text, expected));
    CU_ASSERT(status || config->base.meta.gradient == choice.gradient);
    error_free(&error);
    return choice;
}

static void the_cheaper_way_is_taken(void)
{
    static const char *const texts[] = {
        "rule: {terms: [r3 d3]}", "rule: {degree: 5, terms: [r5 d5]}",
        "meta: {estimator: pathwise}", "meta: {adjoint_memory: 1}",
        "sweep: {parameters: {rule.terms: {values: [[all], [r1 d1]]}}}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct config config;
        struct search_choice choice = choose(&config, texts[i], NULL);
        CU_ASSERT(choice.free);
        CU_ASSERT(choice.learning > 0 && choice.learning < choice.adjoint);
        CU_ASSERT(choice.adjoint < choice.tangents);
        CU_ASSERT_EQUAL(choice.gradient, GRADIENT_ADJOINT);
        CU_ASSERT_PTR_NULL(choice.why);
        config_free(&config);
    }
}

static void tangents_are_taken_where_only_they_will_do(void)
{
    static const char *const texts[] = {"record: {replay: [0, 0, 0]}",
                                        "record: {checkpoint: 1 min}",
                                        "meta: {estimator: score}\nlearning: {weight_noise: 0.1}",
                                        "meta: {estimator: es}",
                                        "meta: {iterations: 0}",
                                        "rule: {learn: []}",
                                        "rule: {family: rflo}",
                                        "meta: {optimizer: cmaes}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct config config;
        struct search_choice choice = choose(&config, texts[i], NULL);
        CU_ASSERT_EQUAL(choice.gradient, GRADIENT_TANGENT);
        CU_ASSERT_PTR_NOT_NULL(choice.why);
        CU_ASSERT_EQUAL(choice.tangents > 0, i < 2);
        config_free(&config);
    }
}

static void what_the_file_says_is_done(void)
{
    static const char *const ways[] = {"tangent", "adjoint"};
    for (int way = 0; way < 2; way++) {
        char text[256];
        struct config config;
        snprintf(text, sizeof text, "meta: {gradient: %s}\nrecord: {replay: [0, 0, 0]}", ways[way]);
        struct search_choice choice = choose(&config, text, NULL);
        CU_ASSERT(!choice.free && choice.tangents > 0);
        CU_ASSERT_EQUAL(choice.gradient, way ? GRADIENT_ADJOINT : GRADIENT_TANGENT);
        config_free(&config);
        snprintf(text, sizeof text, "sweep: {parameters: {meta.gradient: {values: [%s]}}}",
                 ways[way]);
        choice = choose(&config, text, NULL);
        CU_ASSERT_EQUAL(choice.tangents, 0);
        struct space space;
        struct settings settings;
        CU_ASSERT_EQUAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
        space_settings(&space, 0, &settings);
        CU_ASSERT_EQUAL(settings.meta.gradient, way ? GRADIENT_ADJOINT : GRADIENT_TANGENT);
        config_free(&config);
    }
}

static void a_sweep_cannot_leave_it_open(void)
{
    struct config config;
    choose(&config, "sweep:\n  parameters:\n    meta.gradient: {values: [tangent, auto]}",
           "t.yaml:3:5: meta.gradient: found auto in the sweep, allowed: tangent, adjoint");
    config_free(&config);
}

static int use_registries(void)
{
    search_register();
    return 0;
}

void test_choice(void)
{
    CU_pSuite suite = CU_add_suite("choice", use_registries, NULL);
    CU_ADD_TEST(suite, the_cheaper_way_is_taken);
    CU_ADD_TEST(suite, tangents_are_taken_where_only_they_will_do);
    CU_ADD_TEST(suite, what_the_file_says_is_done);
    CU_ADD_TEST(suite, a_sweep_cannot_leave_it_open);
}
