/* What every learner of the list promises, the new one too: it has to be told nothing here. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/linalg.h"
#include "world.h"

void test_learner(void);

static void sweep_files_can_choose_each_learner(void)
{
    CU_ASSERT_STRING_EQUAL(learner_list[FAMILY_POLYNOMIAL]->name, "polynomial");
    for (int k = 0; learner_list[k]; k++) {
        struct settings settings;
        char options[SETTINGS_VALUE];
        snprintf(options, sizeof options, "rule.family=%s", learner_list[k]->name);
        world_settings(&settings, options);
        CU_ASSERT_PTR_EQUAL(learner_of(&settings), learner_list[k]);
    }
}

/* ---- what all of them promise ---- */

static const char *const frozen_rates = "learning.rate=0; bptt.rate=0; force.regularisation=inf";

static void run_each(void (*check)(struct world *world, const double *initial), const char *more)
{
    for (int k = 0; learner_list[k]; k++) {
        struct world world;
        double initial[128], untouched[128];
        char options[512];
        snprintf(options, sizeof options, "%s; rule.family=%s", more, learner_list[k]->name);
        world_create(&world, options, (struct lifetime_gradient){0});
        network_copy_weights(untouched, &world.lifetime.network);
        memcpy(initial, untouched, sizeof initial);
        lifetime_run(&world.lifetime, 3, world.theta, NULL);
        CU_ASSERT_EQUAL(world.lifetime.state, LIFETIME_DONE);
        check(&world, initial);
        lifetime_free(&world.lifetime);
    }
}

static void check_unchanged(struct world *world, const double *initial)
{
    double now[128];
    long count = network_copy_weights(now, &world->lifetime.network);
    CU_ASSERT_EQUAL(memcmp(now, initial, sizeof *now * (size_t)count), 0);
}

static void zero_rate_changes_nothing(void)
{
    run_each(check_unchanged, frozen_rates);
}

/* Changes what it says and nothing else. */
static void check_plastic(struct world *world, const double *initial)
{
    static const unsigned bit[] = {LEARNER_RECURRENT, LEARNER_INPUT, LEARNER_READOUT};
    const struct network *network = &world->lifetime.network;
    const long count[] = {64, 8 * network->inputs, 8 * network->outputs};
    unsigned plastic = learner_plastic(&world->settings);
    double now[128];
    network_copy_weights(now, network);
    for (long part = 0, at = 0; part < 3; at += count[part++]) {
        bool same = memcmp(now + at, initial + at, sizeof *now * (size_t)count[part]) == 0;
        CU_ASSERT_EQUAL(same, !(plastic & bit[part]));
    }
}

static void each_changes_its_plastic_weights_only(void)
{
    run_each(check_plastic, "learning.rate=0.01");
    for (int k = 0; learner_list[k]; k++) {
        if (!(learner_list[k]->able & LEARNER_INPUT))
            continue;
        struct world world;
        double initial[128];
        char options[256];
        snprintf(options, sizeof options, "rule.family=%s; network.plastic=[input, readout]",
                 learner_list[k]->name);
        world_create(&world, options, (struct lifetime_gradient){0});
        network_copy_weights(initial, &world.lifetime.network);
        lifetime_run(&world.lifetime, 3, world.theta, NULL);
        check_plastic(&world, initial);
        lifetime_free(&world.lifetime);
    }
}

static void check_bits(struct world *world, const double *initial)
{
    (void)initial;
    double once[128], twice[128], loss = world->lifetime.frozen_loss;
    size_t bytes = sizeof *once * (size_t)network_copy_weights(once, &world->lifetime.network);
    lifetime_run(&world->lifetime, 4, world->theta, NULL);
    lifetime_run(&world->lifetime, 3, world->theta, NULL);
    network_copy_weights(twice, &world->lifetime.network);
    CU_ASSERT_EQUAL(memcmp(once, twice, bytes), 0);
    CU_ASSERT_EQUAL(world->lifetime.frozen_loss, loss);
}

static void same_seed_gives_the_same_bits(void)
{
    run_each(check_bits, "learning.rate=0.01");
}

static int stopped; /* weights that Dale's law holds at 0, of all learners */

static void check_synapses(struct world *world, const double *initial)
{
    const struct network *network = &world->lifetime.network;
    int absent = 0, wrong = 0;
    for (int s = 0; s < 64; s++) {
        double weight = network->recurrent[s];
        absent += !network->mask[s];
        stopped += network->mask[s] && weight == 0;
        wrong += (!network->mask[s] && weight != 0) || weight * (s % 8 < 6 ? 1 : -1) < 0 ||
                 initial[s] * (s % 8 < 6 ? 1 : -1) < 0;
    }
    CU_ASSERT(absent > 0);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void dales_law_and_the_mask_hold(void)
{
    stopped = 0;
    run_each(check_synapses, "network.density=0.6; network.dale=0.75; learning.rate=0.2; "
                             "rule.start={r1 d1: -1}; bptt.rate=0.2; learning.trials=60; "
                             "network.gain=0.3; force.feedback=3; force.hint_gain=3");
    CU_ASSERT(stopped > 0); // or the test is blind
}

/* ---- the frozen test ---- */

static void frozen_test_has_neither_noise_nor_learning(void)
{
    struct world world;
    world_create(&world, "rule.family=polynomial; learning.rate=0; network.initial_state=0",
                 (struct lifetime_gradient){0});
    lifetime_run(&world.lifetime, 3, world.theta, NULL);
    struct trial *trial = &world.lifetime.trial;
    double loss[2], sum = 0;
    for (int type = 0; type < 2; type++) {
        trial_draw(trial, &world.lifetime.network, &world.lifetime.rule, &world.settings, 3, 0);
        memset(trial->noise, 0, sizeof(double) * (size_t)(8 * trial->shape.steps));
        task_prototype(&trial->task, &trial->shape, &world.settings, type);
        trial_run(trial, &world.lifetime.network, &world.lifetime.rule, &world.settings);
        loss[type] = -trial->objective;
    }
    for (uint64_t k = 0; k < 8; k++) {
        trial_draw(trial, &world.lifetime.network, &world.lifetime.rule, &world.settings, 3,
                   30 + k);
        sum += loss[trial->task.type] / 8;
    }
    CU_ASSERT_DOUBLE_EQUAL(world.lifetime.frozen_loss, sum, 1e-12);
    lifetime_free(&world.lifetime);
    world_create(&world, "learning.evaluation_trials=0", (struct lifetime_gradient){0});
    lifetime_run(&world.lifetime, 3, world.theta, NULL);
    CU_ASSERT(isnan(world.lifetime.frozen_loss) && isnan(world.lifetime.frozen_accuracy));
    lifetime_free(&world.lifetime);
}

static void trained_learners_pass_the_frozen_test(void)
{
    static const char *const families[] = {"bptt", "force", "full_force", "eprop"};
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        struct world world;
        char options[256];
        snprintf(options, sizeof options,
                 "network.units=40; learning.trials=400; exploration.kind=none; learning.rate=0.2; "
                 "bptt.rate=0.003; rule.family=%s",
                 families[f]);
        world_create(&world, options, (struct lifetime_gradient){0});
        lifetime_run(&world.lifetime, 3, world.theta, NULL);
        CU_ASSERT(world.lifetime.frozen_accuracy > 0.95);
        CU_ASSERT(world.lifetime.frozen_loss < 0.5);
        lifetime_free(&world.lifetime);
    }
}

/* ---- mistakes ---- */

static void what_does_not_fit_is_refused_by_name(void)
{
    static const struct {
        const char *options, *name;
    } cases[] = {
        {"rule.family=polynomial; network.plastic=[recurrent, readout]", "network.plastic"},
        {"rule.family=force; network.plastic=[readout]", "network.plastic"},
        {"rule.family=force; network.readout=unit", "network.readout"},
        {"rule.family=bptt; network.plastic=readout; network.readout=unit", "network.readout"},
        {"rule.family=rflo; learning.reward=binary", "learning.reward"},
        {"rule.family=full_force; network.plastic=[recurrent, readout]", NULL},
        {"rule.family=node_perturbation; learning.reward=binary", NULL},
        {"rule.family=bptt; network.plastic=[input]", NULL},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct settings settings;
        struct settings_problems problems = {0};
        world_settings(&settings, cases[c].options);
        learner_check(&settings, &problems);
        CU_ASSERT_EQUAL(problems.count, cases[c].name != NULL);
        if (problems.count && cases[c].name)
            CU_ASSERT_STRING_EQUAL(problems.problem[0].name, cases[c].name);
    }
}

void test_learner(void)
{
    linalg_start();
    CU_pSuite suite = CU_add_suite("learner", NULL, NULL);
#define TEST(name) CU_add_test(suite, #name, name)
    TEST(sweep_files_can_choose_each_learner);
    TEST(zero_rate_changes_nothing);
    TEST(each_changes_its_plastic_weights_only);
    TEST(same_seed_gives_the_same_bits);
    TEST(dales_law_and_the_mask_hold);
    TEST(frozen_test_has_neither_noise_nor_learning);
    TEST(trained_learners_pass_the_frozen_test);
    TEST(what_does_not_fit_is_refused_by_name);
#undef TEST
}
