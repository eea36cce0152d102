/* Learners: each against its definition written plainly, and all against what they promise. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "model/learners/bptt.h"
#include "model/learners/rls.h"
#include "model/lifetime.h"
#include "specimen.h"

void test_learner(void);

/* N = 8, T = 20; a smooth reward. */
static const char *const base[] = {
    "task.name=association",
    "task.cue=20",
    "task.delay=40",
    "task.response=40",
    "network.units=8",
    "network.tau=20",
    "network.dt=5",
    "network.bias=0.3",
    "exploration.probability=0.05",
    "exploration.amplitude=3",
    "learning.reward=square",
    "learning.trials=30",
    "learning.warmup=2",
    "rule.degree=3",
    "bptt.batch=4",
    "force.every=5",
};

/* The base with options, "name=value" separated by ";". */
static void make(struct settings *settings, const char *options)
{
    specimen_assign(settings, base, sizeof base / sizeof *base, options);
}

/* A lifetime and what its learner may touch. */
struct world {
    struct settings settings;
    struct lifetime lifetime;
    struct learner_site site;
    double theta[RULE_PARAMETERS];
};

static void create(struct world *world, const char *options, struct lifetime_gradient gradient)
{
    struct lifetime *lifetime = &world->lifetime;
    make(&world->settings, options);
    if (lifetime_create(lifetime, &world->settings, gradient, false, NULL))
        abort();
    rule_get(&lifetime->rule, world->theta);
    lifetime_begin(lifetime, 3, world->theta);
    world->site = (struct learner_site){.settings = &world->settings,
                                        .rule = &lifetime->rule,
                                        .network = &lifetime->network,
                                        .trial = &lifetime->trial,
                                        .state = lifetime->learner_state,
                                        .task_seed = 3,
                                        .plastic = learner_plastic(&world->settings)};
}

/* The same with its first trial run. */
static void prepare(struct world *world, const char *options)
{
    create(world, options, (struct lifetime_gradient){0});
    struct lifetime *lifetime = &world->lifetime;
    trial_draw(&lifetime->trial, &lifetime->network, &lifetime->rule, &world->settings, 3, 0);
    trial_run(&lifetime->trial, &lifetime->network, &lifetime->rule, &world->settings);
}

/* Largest difference as a share of the largest value. */
static double deviation(const double *a, const double *b, long count)
{
    double difference = 0, largest = 0;
    for (long i = 0; i < count; i++) {
        difference = fmax(difference, fabs(a[i] - b[i]));
        largest = fmax(largest, fabs(b[i]));
        if (isnan(a[i]) || isnan(b[i]))
            return INFINITY;
    }
    return largest > 0 ? difference / largest : INFINITY;
}

static void sweep_files_can_choose_each_learner(void)
{
    CU_ASSERT_STRING_EQUAL(learner_list[FAMILY_POLYNOMIAL]->name, "polynomial");
    for (int k = 0; learner_list[k]; k++) {
        struct settings settings;
        char options[SETTINGS_VALUE];
        snprintf(options, sizeof options, "rule.family=%s", learner_list[k]->name);
        make(&settings, options);
        CU_ASSERT_PTR_EQUAL(learner_of(&settings), learner_list[k]);
    }
}

/* ---- backpropagation through time ---- */

/* -R of the drawn trial again, with one weight of the network moved. */
static double loss_at(struct world *world, double *weight, double value)
{
    struct trial *trial = &world->lifetime.trial;
    double kept = *weight;
    *weight = value;
    memcpy(trial->state, trial->start_state, sizeof(double) * (size_t)trial->units);
    memcpy(trial->trace, trial->start_trace, sizeof(double) * (size_t)trial->units);
    trial_run(trial, &world->lifetime.network, &world->lifetime.rule, &world->settings);
    *weight = kept;
    return -trial->reward;
}

static void bptt_agrees_with_central_differences(void)
{
    static const char *const options[] = {
        "rule.family=bptt; network.plastic=[recurrent, input, readout]",
        "rule.family=bptt; network.plastic=[recurrent, input, readout]; network.clamped={2: 1}; "
        "task.name=perceptual; task.fixation=10; task.stimulus=50; task.response=40",
    };
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
        struct world world;
        prepare(&world, options[o]);
        struct network *network = &world.lifetime.network;
        struct learner_bptt *bptt = world.lifetime.learner_state;
        learner_bptt_gradient(bptt, &world.site);
        double *weight[] = {network->recurrent, network->input, network->readout};
        int count[] = {8 * 8, 8 * network->inputs, 8 * network->outputs};
        double differences[64 + 24 + 8], h = 1e-4;
        long at = 0;
        for (int part = 0; part < 3; part++)
            for (int k = 0; k < count[part]; k++, at++) {
                double *w = weight[part] + k, value = *w;
                double near = loss_at(&world, w, value + h) - loss_at(&world, w, value - h);
                double far = loss_at(&world, w, value + 2 * h) - loss_at(&world, w, value - 2 * h);
                differences[at] = (8 * near - far) / (12 * h);
            }
        CU_ASSERT(deviation(bptt->gradient, differences, at) < 1e-7);
        lifetime_free(&world.lifetime);
    }
}

/* Real-time recurrent learning: dx/dW_ab forwards in time. 1e-12: two exact derivations. */
static void bptt_equals_forward_sensitivities(void)
{
    struct world world;
    prepare(&world, "rule.family=bptt");
    const struct network *network = &world.lifetime.network;
    const struct trial *trial = &world.lifetime.trial;
    struct learner_bptt *bptt = world.lifetime.learner_state;
    enum { N = 8 };
    double gradient[N * N] = {0};
    for (int a = 0; a < N; a++)
        for (int b = 0; b < N; b++) {
            double chi[N] = {0}, next[N];
            for (int t = 0; t < trial->shape.steps; t++) {
                const double *rate = trial->rate + t * N, *slope = trial->slope + t * N;
                for (int i = 0; i < N; i++) {
                    double sum = i == a ? rate[b] : 0;
                    for (int j = 0; j < N; j++)
                        sum += network->recurrent[i * N + j] * slope[j] * chi[j];
                    next[i] = chi[i] + network->alpha * (-chi[i] + sum);
                }
                memcpy(chi, next, sizeof chi);
                for (int i = 0; i < N; i++)
                    gradient[a * N + b] -= trial->reward_slope[t] * network->readout[i] *
                                           trial->slope[(t + 1) * N + i] * chi[i];
            }
        }
    learner_bptt_gradient(bptt, &world.site);
    CU_ASSERT(deviation(bptt->gradient, gradient, N * N) < 1e-12);
    lifetime_free(&world.lifetime);
}

/* Adam's first step has the size of the rate whatever the gradient; a clip does not change that. */
static void first_step_of_adam_is_its_rate(void)
{
    struct world world;
    prepare(&world, "rule.family=bptt; bptt.batch=1; bptt.rate=0.01; bptt.gradient_clip=0.001");
    double *recurrent = world.lifetime.network.recurrent, before[64];
    memcpy(before, recurrent, sizeof before);
    learner_of(&world.settings)->change(&world.site);
    for (int s = 0; s < 64; s++)
        CU_ASSERT_DOUBLE_EQUAL(fabs(recurrent[s] - before[s]), 0.01, 2e-4);
    lifetime_free(&world.lifetime);
}

/* ---- local learners ---- */

/* The recursion of the published rule for this network, one synapse at a time. */
static void rflo_equals_its_recursion(void)
{
    struct world world;
    prepare(&world, "rule.family=rflo; network.clamped={2: 1}");
    const struct network *network = &world.lifetime.network;
    const struct trial *trial = &world.lifetime.trial;
    enum { N = 8 };
    double B[N], e[N * N] = {0};
    random_normal(B, random_key(0, 3, RANDOM_FEEDBACK), 0, 0, N); // variance 1 / O, O = 1
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double p = 0;
            for (int t = 0; t < trial->shape.steps; t++) {
                p = (1 - network->alpha) * p + network->alpha * trial->rate[t * N + j];
                double error = trial->reward_slope[t]; // of y^(t+1)
                e[i * N + j] += i == 2 ? 0 : B[i] * error * trial->slope[(t + 1) * N + i] * p;
            }
        }
    learner_of(&world.settings)->trace(&world.site);
    CU_ASSERT(deviation(trial->eligibility, e, N * N) < 1e-13);
    lifetime_free(&world.lifetime);
}

/* Without recurrent weights nothing passes through other units, and nothing is left out. */
static void eprop_is_exact_without_recurrence(void)
{
    struct world local, exact;
    prepare(&local, "rule.family=eprop; network.gain=0");
    prepare(&exact, "rule.family=bptt; network.gain=0");
    struct learner_bptt *bptt = exact.lifetime.learner_state;
    learner_bptt_gradient(bptt, &exact.site);
    learner_of(&local.settings)->trace(&local.site);
    for (int s = 0; s < 64; s++)
        bptt->gradient[s] *= -1;
    CU_ASSERT(deviation(local.lifetime.trial.eligibility, bptt->gradient, 64) < 1e-12);
    lifetime_free(&local.lifetime);
    lifetime_free(&exact.lifetime);
}

static void eprop_with_random_feedback_is_rflo(void)
{
    struct world rflo, eprop;
    prepare(&rflo, "rule.family=rflo");
    prepare(&eprop, "rule.family=eprop; eprop.feedback=random");
    learner_of(&rflo.settings)->trace(&rflo.site);
    learner_of(&eprop.settings)->trace(&eprop.site);
    CU_ASSERT_EQUAL(memcmp(rflo.lifetime.trial.eligibility, eprop.lifetime.trial.eligibility,
                           sizeof(double) * 64),
                    0);
    lifetime_free(&rflo.lifetime);
    lifetime_free(&eprop.lifetime);
}

/* The mean of (R - R_0) e over the noise points along the exact gradient. With 10^5 samples of 160
 * numbers the angle from sampling alone has a cosine of about 1 - 160 / 10^5 / 2. */
static void node_perturbation_follows_the_gradient_on_average(void)
{
    enum { SAMPLES = 100000, N = 8 };
    struct world world, exact;
    const char *noise = "exploration.kind=gaussian; exploration.sd=0.01; rule.family=";
    char options[256];
    snprintf(options, sizeof options, "%snode_perturbation", noise);
    prepare(&world, options);
    snprintf(options, sizeof options, "%sbptt", noise);
    prepare(&exact, options);
    struct trial *trial = &world.lifetime.trial, *still = &exact.lifetime.trial;
    long count = (long)N * trial->shape.steps;
    memset(still->noise, 0, sizeof(double) * (size_t)count);
    double weight = exact.lifetime.network.recurrent[0];
    double reward = -loss_at(&exact, exact.lifetime.network.recurrent, weight);
    struct learner_bptt *bptt = exact.lifetime.learner_state;
    learner_bptt_gradient(bptt, &exact.site);

    double mean[N * N] = {0}, product = 0, square = 0, other = 0;
    struct random_key key = random_key(0, 3, RANDOM_EXPLORATION);
    for (uint64_t sample = 0; sample < SAMPLES; sample++) {
        random_normal(trial->noise, key, sample, 1, count);
        for (long k = 0; k < count; k++)
            trial->noise[k] *= 0.01;
        double *recurrent = world.lifetime.network.recurrent;
        double change = -loss_at(&world, recurrent, *recurrent) - reward;
        learner_of(&world.settings)->trace(&world.site);
        for (int s = 0; s < N * N; s++)
            mean[s] += change * trial->eligibility[s] / SAMPLES;
    }
    for (int s = 0; s < N * N; s++) {
        product -= mean[s] * bptt->gradient[s];
        square += mean[s] * mean[s];
        other += bptt->gradient[s] * bptt->gradient[s];
    }
    CU_ASSERT(product / sqrt(square * other) > 0.99);
    CU_ASSERT_DOUBLE_EQUAL(sqrt(square / other) / (0.01 * 0.01), 1, 0.05); // sigma^2
    lifetime_free(&world.lifetime);
    lifetime_free(&exact.lifetime);
}

/* ---- recursive least squares ---- */

/* P (a I + sum r r^T) = I, with P from one rate vector after the other. */
static void least_squares_hold_the_inverse(void)
{
    enum { N = 12, VECTORS = 60 };
    static double inverse[N * N], product[N], gain[N], r[N], sum[N * N], one[N * N];
    struct learner_rls rls = {N, inverse, product, gain, 0.5};
    learner_rls_start(&rls);
    for (int i = 0; i < N; i++)
        sum[i * N + i] = rls.regularisation;
    for (uint64_t v = 0; v < VECTORS; v++) {
        random_normal(r, random_key(1, 2, RANDOM_SEARCH), v, 0, N);
        learner_rls_take(&rls, r);
        for (int s = 0; s < N * N; s++)
            sum[s] += r[s / N] * r[s % N];
    }
    linalg_gemm(one, N, inverse, N, sum, N, N, N, N, 1, 0, 0, 0);
    for (int s = 0; s < N * N; s++)
        CU_ASSERT_DOUBLE_EQUAL(one[s], s % (N + 1) == 0, 1e-12);
}

/* Feedback is folded into W: without hints, all rows of its change are along the readout's. */
static void force_changes_the_recurrent_weights_by_its_feedback(void)
{
    struct world world;
    double initial[128];
    create(&world, "rule.family=force; force.hints=none", (struct lifetime_gradient){0});
    struct network *network = &world.lifetime.network;
    network_copy_weights(initial, network);
    lifetime_run(&world.lifetime, 3, world.theta, NULL);
    int units = network->units, inputs = network->inputs;
    double F[8], W[64], wanted[64];
    random_uniform(F, random_key(0, 3, RANDOM_FEEDBACK), 0, 0, units);
    for (int s = 0; s < 64; s++) {
        double readout = network->readout[s % 8] - initial[64 + units * inputs + s % 8];
        W[s] = network->recurrent[s] - initial[s];
        wanted[s] = (2 * F[s / 8] - 1) * readout;
    }
    CU_ASSERT(deviation(W, wanted, 64) < 1e-9);
    lifetime_free(&world.lifetime);
}

/* ---- what all of them promise ---- */

static const char *const frozen_rates = "learning.rate=0; bptt.rate=0; force.regularisation=inf";

/* Cuts all recurrent connections after step 5. */
static bool cut(void *context, int n)
{
    struct world *world = context;
    size_t units = (size_t)world->lifetime.network.units;
    if (n == 5)
        memset(world->lifetime.network.recurrent, 0, sizeof(double) * units * units);
    return n == 5;
}

static void weights_changed_in_a_trial_act_from_the_next_step_on(void)
{
    struct world world;
    prepare(&world, "rule.family=force; network.gain=2");
    struct trial *trial = &world.lifetime.trial;
    trial->after_step = cut;
    trial->context = &world;
    trial_run(trial, &world.lifetime.network, &world.lifetime.rule, &world.settings);
    long n = world.lifetime.network.units;
    double alpha = world.lifetime.network.alpha;
    for (long i = 0; i < n; i++)
        for (long t = 6; t < trial->shape.steps; t++) {
            double now = atanh(trial->rate[t * n + i]), next = atanh(trial->rate[(t + 1) * n + i]);
            double alone = (1 - alpha) * now + trial->drive[t * n + i];
            CU_ASSERT_DOUBLE_EQUAL(next, alone, 1e-9);
        }
    trial->after_step = NULL;
    lifetime_free(&world.lifetime);
}

static void run_each(void (*check)(struct world *world, const double *initial), const char *more)
{
    for (int k = 0; learner_list[k]; k++) {
        struct world world;
        double initial[128], untouched[128];
        char options[512];
        snprintf(options, sizeof options, "%s; rule.family=%s", more, learner_list[k]->name);
        create(&world, options, (struct lifetime_gradient){0});
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
        create(&world, options, (struct lifetime_gradient){0});
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

static void check_synapses(struct world *world, const double *initial)
{
    const struct network *network = &world->lifetime.network;
    int absent = 0, stopped = 0, wrong = 0;
    for (int s = 0; s < 64; s++) {
        double weight = network->recurrent[s];
        absent += !network->mask[s];
        stopped += network->mask[s] && weight == 0;
        wrong += (!network->mask[s] && weight != 0) || weight * (s % 8 < 6 ? 1 : -1) < 0 ||
                 initial[s] * (s % 8 < 6 ? 1 : -1) < 0;
    }
    CU_ASSERT(absent > 0);
    /* Least squares within the trial move every weight at every step, also off 0 again. */
    CU_ASSERT(stopped > 0 || learner_of(&world->settings)->run);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void dales_law_and_the_mask_hold(void)
{
    run_each(check_synapses, "network.density=0.6; network.dale=0.75; learning.rate=2; "
                             "rule.start={r1 d1: -1}; bptt.rate=0.2; learning.trials=60; "
                             "network.gain=0.3; force.feedback=3; force.hint_gain=3");
}

/* ---- Dale's law in the derivatives ---- */

static void gradient_knows_dales_law(void)
{
    const char *options = "network.dale=0.75; rule.terms=[r1 d1, r2 d0]; rule.start={r1 d1: -1}; "
                          "learning.rate=0.05; learning.trials=12";
    struct world forwards, backwards, plain;
    create(&forwards, options, (struct lifetime_gradient){.wanted = true, .discount = 1});
    create(&backwards, options,
           (struct lifetime_gradient){.wanted = true, .discount = 1, .backwards = true});
    create(&plain, options, (struct lifetime_gradient){0});
    lifetime_run(&forwards.lifetime, 3, forwards.theta, NULL);
    lifetime_run(&backwards.lifetime, 3, backwards.theta, NULL);
    int stopped = 0;
    for (int s = 0; s < 64; s++)
        stopped += forwards.lifetime.network.recurrent[s] == 0;
    CU_ASSERT(stopped > 0);
    double differences[2], h = 1e-5;
    for (int p = 0; p < 2; p++) {
        double at[2];
        for (int side = 0; side < 2; side++) {
            double theta[2] = {plain.theta[0], plain.theta[1]};
            theta[p] += side ? h : -h;
            lifetime_run(&plain.lifetime, 3, theta, NULL);
            at[side] = plain.lifetime.loss;
        }
        differences[p] = (at[1] - at[0]) / (2 * h);
    }
    CU_ASSERT(deviation(forwards.lifetime.gradient_sum, differences, 2) < 1e-6);
    CU_ASSERT(deviation(backwards.lifetime.gradient_sum, forwards.lifetime.gradient_sum, 2) <
              1e-12);
    lifetime_free(&forwards.lifetime);
    lifetime_free(&backwards.lifetime);
    lifetime_free(&plain.lifetime);
}

/* ---- the frozen test ---- */

static void frozen_test_has_neither_noise_nor_learning(void)
{
    struct world world;
    create(&world, "rule.family=polynomial; learning.rate=0; network.initial_state=0",
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
    create(&world, "learning.evaluation_trials=0", (struct lifetime_gradient){0});
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
        create(&world, options, (struct lifetime_gradient){0});
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
        make(&settings, cases[c].options);
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
    TEST(bptt_agrees_with_central_differences);
    TEST(bptt_equals_forward_sensitivities);
    TEST(first_step_of_adam_is_its_rate);
    TEST(rflo_equals_its_recursion);
    TEST(eprop_is_exact_without_recurrence);
    TEST(eprop_with_random_feedback_is_rflo);
    TEST(node_perturbation_follows_the_gradient_on_average);
    TEST(least_squares_hold_the_inverse);
    TEST(force_changes_the_recurrent_weights_by_its_feedback);
    TEST(weights_changed_in_a_trial_act_from_the_next_step_on);
    TEST(zero_rate_changes_nothing);
    TEST(each_changes_its_plastic_weights_only);
    TEST(same_seed_gives_the_same_bits);
    TEST(dales_law_and_the_mask_hold);
    TEST(gradient_knows_dales_law);
    TEST(frozen_test_has_neither_noise_nor_learning);
    TEST(trained_learners_pass_the_frozen_test);
    TEST(what_does_not_fit_is_refused_by_name);
#undef TEST
}
