/* Each learner alone, against its definition written plainly; what all of them promise is in
 * learner.c. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/linalg.h"
#include "model/learners/bptt.h"
#include "model/learners/rls.h"
#include "world.h"

void test_learner_alone(void);

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
        "task.name=perceptual; task.fixation=10 ms; task.stimulus=50 ms; task.response=40 ms",
    };
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
        struct world world;
        world_run_first(&world, options[o]);
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
        CU_ASSERT(world_deviation(bptt->gradient, differences, at) < 1e-7);
        lifetime_free(&world.lifetime);
    }
}

/* Real-time recurrent learning: dx/dW_ab forwards in time. 1e-12: two exact derivations. */
static void bptt_equals_forward_sensitivities(void)
{
    struct world world;
    world_run_first(&world, "rule.family=bptt");
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
    CU_ASSERT(world_deviation(bptt->gradient, gradient, N * N) < 1e-12);
    lifetime_free(&world.lifetime);
}

/* Adam's first step has the size of the rate whatever the gradient; a clip does not change that. */
static void first_step_of_adam_is_its_rate(void)
{
    struct world world;
    world_run_first(&world,
                    "rule.family=bptt; bptt.batch=1; bptt.rate=0.01; bptt.gradient_clip=0.001");
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
    world_run_first(&world, "rule.family=rflo; network.clamped={2: 1}");
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
    CU_ASSERT(world_deviation(trial->eligibility, e, N * N) < 1e-13);
    lifetime_free(&world.lifetime);
}

/* Without recurrent weights nothing passes through other units, and nothing is left out. */
static void eprop_is_exact_without_recurrence(void)
{
    struct world local, exact;
    world_run_first(&local, "rule.family=eprop; network.gain=0");
    world_run_first(&exact, "rule.family=bptt; network.gain=0");
    struct learner_bptt *bptt = exact.lifetime.learner_state;
    learner_bptt_gradient(bptt, &exact.site);
    learner_of(&local.settings)->trace(&local.site);
    for (int s = 0; s < 64; s++)
        bptt->gradient[s] *= -1;
    CU_ASSERT(world_deviation(local.lifetime.trial.eligibility, bptt->gradient, 64) < 1e-12);
    lifetime_free(&local.lifetime);
    lifetime_free(&exact.lifetime);
}

static void eprop_with_random_feedback_is_rflo(void)
{
    struct world rflo, eprop;
    world_run_first(&rflo, "rule.family=rflo");
    world_run_first(&eprop, "rule.family=eprop; eprop.feedback=random");
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
    world_run_first(&world, options);
    snprintf(options, sizeof options, "%sbptt", noise);
    world_run_first(&exact, options);
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
    world_create(&world, "rule.family=force; force.hints=none", (struct lifetime_gradient){0});
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
    CU_ASSERT(world_deviation(W, wanted, 64) < 1e-9);
    lifetime_free(&world.lifetime);
}

/* ---- learning within a trial ---- */

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
    world_run_first(&world, "rule.family=force; network.gain=2");
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

/* ---- Dale's law in the derivatives ---- */

static void gradient_knows_dales_law(void)
{
    const char *options = "network.dale=0.75; rule.terms=[r1 d1, r2 d0]; rule.start={r1 d1: -1}; "
                          "learning.rate=0.05; learning.trials=12";
    struct world forwards, backwards, plain;
    world_create(&forwards, options, (struct lifetime_gradient){.wanted = true, .discount = 1});
    world_create(&backwards, options,
                 (struct lifetime_gradient){.wanted = true, .discount = 1, .backwards = true});
    world_create(&plain, options, (struct lifetime_gradient){0});
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
    CU_ASSERT(world_deviation(forwards.lifetime.gradient_sum, differences, 2) < 1e-6);
    CU_ASSERT(world_deviation(backwards.lifetime.gradient_sum, forwards.lifetime.gradient_sum, 2) <
              1e-12);
    lifetime_free(&forwards.lifetime);
    lifetime_free(&backwards.lifetime);
    lifetime_free(&plain.lifetime);
}

void test_learner_alone(void)
{
    linalg_start();
    CU_pSuite suite = CU_add_suite("learner_alone", NULL, NULL);
#define TEST(name) CU_add_test(suite, #name, name)
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
    TEST(gradient_knows_dales_law);
#undef TEST
}
