/* A lifetime is done only if all that it leaves behind is finite, wherever it ends. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/linalg.h"
#include "model/lifetime.h"
#include "specimen.h"

void test_finite(void);

static const char *const base[] = {
    "task.name=association", "task.cue=20 ms",    "task.delay=40 ms", "task.response=40 ms",
    "network.units=10",      "network.tau=20 ms", "network.dt=5 ms",  "learning.trials=12",
    "learning.warmup=2",     "rule.degree=3",     "bptt.batch=4",     "learning.rate=0.0005",
};

/* The ways in which a lifetime can end. */
static const struct {
    const char *options;
    struct lifetime_gradient gradient;
} ways[] = {
    {"name=x", {0}},
    {"name=x", {.wanted = true, .discount = 1}},
    {"name=x", {.wanted = true, .discount = 1, .backwards = true}},
    {"learning.weight_noise=0.01", {.wanted = true, .discount = 1, .score = true}},
    {"precision=single", {.wanted = true, .discount = 0.9}},
    {"learning.evaluation_trials=0", {0}},
};

enum { WAYS = sizeof ways / sizeof *ways, LAST = 11, STOP = 7 };

/* What the last update can spoil. */
enum { RECURRENT, INPUT, READOUT, BASELINE, REWARD, LOSS, PARTS };

struct spoiler {
    int part;
    double by;
    unsigned char *saved; /* the lifetime after trial STOP, if it is to be saved there */
};

static bool spoil(void *context, const struct lifetime *lifetime, int h)
{
    struct spoiler *spoiler = context;
    struct lifetime *own = (struct lifetime *)lifetime; // the world is not to be trusted
    double *const number[PARTS] = {[RECURRENT] = own->network.recurrent + 13,
                                   [INPUT] = own->network.input,
                                   [READOUT] = own->network.readout + 9,
                                   [BASELINE] = own->baseline + 1,
                                   [LOSS] = &own->loss};
    if (h == STOP && spoiler->saved)
        lifetime_save(spoiler->saved, lifetime, h);
    if (h != LAST)
        return true;
    if (spoiler->part == REWARD)
        own->reward[3] = (float)spoiler->by;
    else if (number[spoiler->part])
        *number[spoiler->part] = spoiler->by;
    return true;
}

static bool has_diverged(const struct lifetime *lifetime)
{
    return lifetime->state == LIFETIME_DIVERGED && isnan(lifetime->loss) &&
           lifetime->accuracy == 0 && lifetime->trials_to_criterion == -1 &&
           isnan(lifetime->frozen_loss) && isnan(lifetime->frozen_accuracy);
}

static void check(const char *options, struct lifetime_gradient gradient, int part, double by)
{
    struct settings settings;
    struct lifetime lifetime;
    double theta[RULE_PARAMETERS];
    specimen_assign(&settings, base, sizeof base / sizeof *base, options);
    lifetime_create(&lifetime, &settings, gradient, false, NULL);
    rule_get(&lifetime.rule, theta);
    lifetime_run(&lifetime, 3, theta, NULL);
    CU_ASSERT_EQUAL(lifetime.state, LIFETIME_DONE);
    struct spoiler spoiler = {part, by, malloc(lifetime_saved_bytes(&lifetime))};
    struct lifetime_observer observer = {.context = &spoiler, .trial = spoil};
    lifetime_run(&lifetime, 3, theta, &observer);
    bool good = has_diverged(&lifetime);
    unsigned char *saved = spoiler.saved;
    spoiler.saved = NULL;
    lifetime_continue(&lifetime, 3, theta, saved, &observer);
    good = good && has_diverged(&lifetime);
    if (!good)
        fprintf(stderr, "%s, part %d: done, with %g in it\n", options, part, by);
    CU_ASSERT(good);
    free(saved);
    lifetime_free(&lifetime);
}

static void lifetime_with_anything_that_is_not_finite_has_diverged(void)
{
    for (int w = 0; w < WAYS; w++)
        for (int part = 0; part < PARTS; part++) {
            check(ways[w].options, ways[w].gradient, part, NAN);
            check(ways[w].options, ways[w].gradient, part, -INFINITY);
        }
}

static void each_learner_can_diverge_in_its_last_update(void)
{
    for (int k = 0; learner_list[k]; k++)
        for (int part = 0; part < PARTS; part++) {
            char options[SETTINGS_VALUE];
            snprintf(options, sizeof options, "rule.family=%s", learner_list[k]->name);
            check(options, (struct lifetime_gradient){0}, part, INFINITY);
        }
}

/* Finite weights under which rates grow beyond all numbers as soon as they act. */
static void frozen_test_that_explodes_is_a_divergence(void)
{
    check("network.phi=relu", (struct lifetime_gradient){0}, RECURRENT, 1e300);
}

/* By learning itself: the only update is the last trial's. */
static void last_update_that_overflows_is_a_divergence(void)
{
    struct settings settings;
    struct lifetime lifetime;
    double theta[RULE_PARAMETERS];
    specimen_assign(&settings, base, sizeof base / sizeof *base,
                    "learning.trials=3; learning.rate=1e300; rule.start={r1 d1: -1e300}; "
                    "learning.evaluation_trials=0");
    lifetime_create(&lifetime, &settings, (struct lifetime_gradient){0}, false, NULL);
    rule_get(&lifetime.rule, theta);
    lifetime_run(&lifetime, 3, theta, NULL);
    CU_ASSERT(has_diverged(&lifetime));
    lifetime_free(&lifetime);
}

void test_finite(void)
{
    linalg_start();
    CU_pSuite suite = CU_add_suite("finite", NULL, NULL);
    CU_ADD_TEST(suite, lifetime_with_anything_that_is_not_finite_has_diverged);
    CU_ADD_TEST(suite, each_learner_can_diverge_in_its_last_update);
    CU_ADD_TEST(suite, frozen_test_that_explodes_is_a_divergence);
    CU_ADD_TEST(suite, last_update_that_overflows_is_a_divergence);
}
