/* A lifetime that is saved, forgotten and taken up again ends as if nothing had happened. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "model/lifetime.h"
#include "specimen.h"

void test_saved(void);

static const char *const base[] = {
    "task.name=association", "task.cue=20 ms",         "task.delay=40 ms",
    "task.response=40 ms",   "network.units=10",       "network.tau=20 ms",
    "network.dt=5 ms",       "learning.reward=square", "learning.trials=30",
    "learning.warmup=4",     "rule.degree=3",          "exploration.probability=0.05",
    "bptt.batch=4",          "learning.rate=0.0005",
};

/* Everything that is carried from trial to trial in one case or another. */
static const struct {
    const char *options;
    struct lifetime_gradient gradient;
} cases[] = {
    {"name=x", {0}},
    {"rule.carry_trace=true; learning.reward_gain=absolute", {.wanted = true, .discount = 1}},
    {"rule.tau_w=20; rule.learn=[theta, tau_w]; learning.weight_noise=0.01",
     {.wanted = true, .discount = 0.9}},
    {"learning.clip=0.001", {.wanted = true, .discount = 1, .backwards = true}},
    {"learning.clip=0.001; rule.learn=[theta, clip, baseline_rate]",
     {.wanted = true, .discount = 1}},
    {"learning.clip=0.001; rule.learn=[theta, clip, baseline_rate]",
     {.wanted = true, .discount = 1, .backwards = true}},
    {"network.units=90; meta.adjoint_memory=1; rule.carry_trace=true",
     {.wanted = true, .discount = 1, .backwards = true}},
    {"learning.weight_noise=0.01", {.wanted = true, .discount = 1, .score = true}},
    {"precision=single; rule.carry_trace=true", {.wanted = true, .discount = 0.9}},
    {"rule.start={r1 p1: 0.1, r1 d1 w1: -0.3}", {.wanted = true, .discount = 1}},
    {"rule.start={r1 p1: 0.1, r1 d1 w1: -0.3}; learning.clip=0.001",
     {.wanted = true, .discount = 1, .backwards = true}},
};

enum { CASES = sizeof cases / sizeof *cases, STOP = 17 };

static void make(struct settings *settings, const char *options)
{
    specimen_assign(settings, base, sizeof base / sizeof *base, options);
}

static unsigned char *saved;

static bool save_and_stop(void *context, const struct lifetime *lifetime, int h)
{
    (void)context;
    if (h != STOP)
        return true;
    saved = malloc(lifetime_saved_bytes(lifetime));
    lifetime_save(saved, lifetime, h);
    return false;
}

static bool same(const void *a, const void *b, size_t bytes)
{
    return memcmp(a, b, bytes) == 0;
}

static bool is_equal(const struct lifetime *a, const struct lifetime *b)
{
    size_t n = (size_t)a->network.units, p = (size_t)a->rule.parameters;
    return b->state == LIFETIME_DONE && same(&b->loss, &a->loss, 8) &&
           same(&b->accuracy, &a->accuracy, 8) && same(b->reward, a->reward, sizeof(float) * 30) &&
           same(b->gradient_sum, a->gradient_sum, 8 * p) &&
           same(b->network.recurrent, a->network.recurrent, 8 * n * n) &&
           same(b->network.readout, a->network.readout, 8 * n) &&
           same(&b->frozen_loss, &a->frozen_loss, 8);
}

static void check(const char *options, struct lifetime_gradient gradient)
{
    struct settings settings;
    struct lifetime whole, first, second;
    double theta[RULE_PARAMETERS];
    make(&settings, options);
    lifetime_create(&whole, &settings, gradient, false, NULL);
    rule_get(&whole.rule, theta);
    lifetime_run(&whole, 3, theta, NULL);

    lifetime_create(&first, &settings, gradient, false, NULL);
    lifetime_run(&first, 3, theta, &(struct lifetime_observer){.trial = save_and_stop});
    CU_ASSERT_EQUAL_FATAL(first.state, LIFETIME_STOPPED);
    lifetime_free(&first);

    lifetime_create(&second, &settings, gradient, false, NULL);
    lifetime_continue(&second, 3, theta, saved, NULL);
    free(saved);
    if (!is_equal(&whole, &second))
        fprintf(stderr, "%s: not the same\n", options);
    CU_ASSERT(is_equal(&whole, &second));
    lifetime_free(&whole);
    lifetime_free(&second);
}

static void lifetime_goes_on_to_the_same_bits(void)
{
    for (int c = 0; c < CASES; c++)
        check(cases[c].options, cases[c].gradient);
}

static void each_learner_goes_on_to_the_same_bits(void)
{
    for (int k = 0; learner_list[k]; k++) {
        char options[SETTINGS_VALUE];
        snprintf(options, sizeof options, "rule.family=%s", learner_list[k]->name);
        check(options, (struct lifetime_gradient){0});
    }
}

void test_saved(void)
{
    linalg_start();
    CU_pSuite suite = CU_add_suite("saved", NULL, NULL);
    CU_ADD_TEST(suite, lifetime_goes_on_to_the_same_bits);
    CU_ADD_TEST(suite, each_learner_goes_on_to_the_same_bits);
}
