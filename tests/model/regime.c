/* What varies from lifetime to lifetime, and a start rule that is only run. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#include "base/linalg.h"
#include "model/lifetime.h"
#include "specimen.h"

void test_regime(void);

static const char *const base[] = {
    "task.name=dnms",      "network.units=10",        "network.tau=20 ms",
    "network.dt=10 ms",    "learning.trials=30",      "learning.warmup=4",
    "network.bias=0.3",    "network.density=0.8",     "exploration.probability=0.05",
    "learning.clip=inf",   "exploration.amplitude=2", "rule.start_in=normalised",
    "learning.rate=0.005",
};

static void create(struct lifetime *lifetime, struct settings *settings, const char *options)
{
    struct error error = {0};
    specimen_assign(settings, base, sizeof base / sizeof *base, options);
    CU_ASSERT_EQUAL_FATAL(
        lifetime_create(lifetime, settings, (struct lifetime_gradient){0}, false, &error),
        STATUS_OK);
}

/* Runs the rule of `start` as theta of a free rule, then as a fixed one. */
static void compare(const char *start)
{
    char options[256];
    struct settings settings;
    struct lifetime lifetime;
    double theta[RULE_PARAMETERS], scale[RULE_PARAMETERS], weights[100], loss;
    snprintf(options, sizeof options, "rule.start=%s", start);
    create(&lifetime, &settings, options);
    rule_get(&lifetime.rule, theta);
    lifetime_scale(scale, &lifetime, 0);
    for (int p = 0; p < lifetime.rule.terms; p++)
        theta[p] *= scale[p];
    lifetime_run(&lifetime, 7, theta, NULL);
    loss = lifetime.loss;
    memcpy(weights, lifetime.network.recurrent, sizeof weights);
    lifetime_free(&lifetime);

    strcat(options, "; rule.learn=[]");
    create(&lifetime, &settings, options);
    CU_ASSERT_EQUAL(lifetime.rule.parameters, 0);
    lifetime_run(&lifetime, 7, NULL, NULL);
    CU_ASSERT_EQUAL(lifetime.state, LIFETIME_DONE);
    CU_ASSERT_EQUAL(lifetime.loss, loss);
    CU_ASSERT_EQUAL(memcmp(lifetime.network.recurrent, weights, sizeof weights), 0);
    lifetime_free(&lifetime);
}

static void fixed_start_is_normalised_like_a_free_one(void)
{
    compare("{r3 d3: -0.1}");
    compare("{r1 d1: 0.02, r3 d3: -0.05, r1 p1: 0.01, r1 d1 w1: -0.03}");
}

static bool same(const double *a, const double *b, int count)
{
    return memcmp(a, b, sizeof *a * (size_t)count) == 0;
}

static void one_network_or_one_a_lifetime(void)
{
    for (int fixed = 0; fixed < 2; fixed++) {
        struct settings settings;
        struct lifetime a, b;
        double theta[RULE_PARAMETERS] = {0};
        create(&a, &settings, fixed ? "network.fixed=true" : "network.fixed=false");
        create(&b, &settings, fixed ? "network.fixed=true" : "network.fixed=false");
        lifetime_begin(&a, 1, theta);
        lifetime_begin(&b, 2, theta);
        CU_ASSERT_EQUAL(same(a.network.recurrent, b.network.recurrent, 100), fixed);
        CU_ASSERT_EQUAL(same(a.network.input, b.network.input, 20), fixed);
        CU_ASSERT_EQUAL(same(a.network.readout, b.network.readout, 10), fixed);
        CU_ASSERT_EQUAL(same(a.network.bias, b.network.bias, 10), fixed);
        CU_ASSERT_EQUAL(memcmp(a.network.mask, b.network.mask, 100) == 0, fixed);
        trial_draw(&a.trial, &a.network, &a.rule, &settings, 1, 0);
        trial_draw(&b.trial, &b.network, &b.rule, &settings, 2, 0);
        CU_ASSERT_FALSE(same(a.trial.start_state, b.trial.start_state, 10));
        CU_ASSERT_FALSE(same(a.trial.noise, b.trial.noise, 100 * 10));
        lifetime_free(&a);
        lifetime_free(&b);
    }
}

void test_regime(void)
{
    linalg_start();
    specimen_start();
    CU_pSuite suite = CU_add_suite("regime", NULL, NULL);
    CU_ADD_TEST(suite, fixed_start_is_normalised_like_a_free_one);
    CU_ADD_TEST(suite, one_network_or_one_a_lifetime);
}
