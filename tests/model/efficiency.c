/* Drift, size and damage of terms at a network that does not learn, against their definitions (27),
 * (28), (34). */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "model/efficiency.h"
#include "world.h"

void test_efficiency(void);

enum { N = 8, SQUARE = N * N, COLUMNS = 5, TRIALS = 30, SEED = 3, NUMBERS = 500 };

static const char options[] = "learning.reward_gain=absolute; network.density=0.7; "
                              "rule.terms=[r1 d1, r2 w1]; rule.start={r1 d1: -0.5, r2 w1: 0.01}; "
                              "rule.eligibility_start=10 ms; rule.tau_e=60 ms; learning.rate=0.3";

static struct efficiency_column column[COLUMNS];

static int name_columns(void)
{
    static const char *const name[] = {"r1 d1", "r3 d3", "r1 d3 p2", "r2 w1"};
    for (int k = 0; k < COLUMNS - 1; k++) {
        if (!rule_term_read(&column[k].term, name[k]))
            return 1;
        column[k].tau_e = k == 1 ? INFINITY : 60;
    }
    column[COLUMNS - 1].noise = true;
    return 0;
}

static void run_trial(struct lifetime *lifetime, int stage, int pass, int h)
{
    trial_draw(&lifetime->trial, &lifetime->network, &lifetime->rule, lifetime->settings, SEED,
               efficiency_trial(stage, pass, h));
    trial_run(&lifetime->trial, &lifetime->network, &lifetime->rule, lifetime->settings);
}

static double mean_loss(struct lifetime *lifetime, int stage)
{
    double sum = 0;
    for (int h = 0; h < TRIALS; h++) {
        run_trial(lifetime, stage, 0, h);
        sum -= lifetime->trial.objective / TRIALS;
    }
    return sum;
}

static void find_gradient(double *out, struct lifetime *lifetime, int stage)
{
    const double step = 1e-6;
    for (int s = 0; s < SQUARE; s++) {
        double *weight = &lifetime->network.recurrent[s], before = *weight;
        *weight = before + step;
        double above = mean_loss(lifetime, stage);
        *weight = before - step;
        out[s] = (above - mean_loss(lifetime, stage)) / (2 * step);
        *weight = before;
        if (!lifetime->network.mask[s])
            out[s] = 0;
    }
}

static double power(double x, int n)
{
    return n == 0 ? 1 : x * power(x, n - 1);
}

/* E_k, an index a loop. */
static void find_eligibility(double *out, const struct lifetime *lifetime,
                             const struct efficiency_column *of)
{
    const struct trial *trial = &lifetime->trial;
    const unsigned char *n = of->term.power;
    double dt = lifetime->network.dt;
    for (int s = 0; s < SQUARE; s++) {
        int i = s / N, j = s % N;
        out[s] = 0;
        for (int t = 0; t < trial->shape.steps; t++) {
            double r = trial->rate[t * N + j], p = trial->rate[t * N + i];
            double product = power(r, n[RULE_R]) * power(p, n[RULE_P]) *
                             power(trial->deviation[t * N + i], n[RULE_D]) *
                             power(lifetime->network.recurrent[s], n[RULE_W]);
            if (of->noise)
                out[s] += trial->noise[t * N + i] * r;
            else
                out[s] = (1 - dt / of->tau_e) * out[s] + (t * dt < 10 ? 0 : dt * product);
        }
        out[s] *= lifetime->network.mask[s];
    }
}

/* What must come out of the second pass. */
struct expected {
    double signal[COLUMNS], gram[COLUMNS * COLUMNS], reward;
    double projection[TRIALS][COLUMNS], of[TRIALS];
    int type[TRIALS];
};

static void find_baseline(double *mean, struct lifetime *lifetime, int stage)
{
    double count[8] = {0};
    for (int h = 0; h < TRIALS; h++) {
        run_trial(lifetime, stage, 0, h);
        mean[lifetime->trial.task.type] += lifetime->trial.reward;
        count[lifetime->trial.task.type]++;
    }
    for (int c = 0; c < lifetime->shape.types; c++)
        mean[c] /= count[c];
}

static void add_trial(struct expected *expected, struct lifetime *lifetime, const double *gradient,
                      double baseline, int h)
{
    double e[COLUMNS][SQUARE], m = fabs(baseline) * (lifetime->trial.reward - baseline);
    expected->type[h] = lifetime->trial.task.type;
    expected->of[h] = lifetime->trial.reward;
    expected->reward += lifetime->trial.reward / TRIALS;
    for (int k = 0; k < COLUMNS; k++) {
        find_eligibility(e[k], lifetime, &column[k]);
        for (int s = 0; s < SQUARE; s++)
            expected->projection[h][k] -= e[k][s] * gradient[s];
    }
    for (int k = 0; k < COLUMNS * COLUMNS; k++)
        for (int s = 0; s < SQUARE; s++)
            expected->gram[k] += m * m * e[k / COLUMNS][s] * e[k % COLUMNS][s] / TRIALS;
}

/* Within a type, n / (n - 1) times the sum of products of deviations from the means is the sum over
 * all pairs of products of differences over n - 1. */
static void find_signal(struct expected *expected, int types)
{
    double mean[8] = {0};
    int count[8] = {0};
    for (int h = 0; h < TRIALS; h++)
        mean[expected->type[h]] += expected->of[h], count[expected->type[h]]++;
    for (int c = 0; c < types; c++)
        mean[c] /= count[c];
    for (int h = 0; h < TRIALS; h++)
        for (int o = 0; o < h; o++)
            for (int k = 0; k < COLUMNS && expected->type[o] == expected->type[h]; k++)
                expected->signal[k] += fabs(mean[expected->type[h]]) *
                                       (expected->of[h] - expected->of[o]) *
                                       (expected->projection[h][k] - expected->projection[o][k]) /
                                       (count[expected->type[h]] - 1) / TRIALS;
}

static void find_expected(struct expected *expected, double *gradient, int stage)
{
    struct world world;
    char text[512] = "learning.trials=3; ";
    double baseline[8] = {0};
    world_create(&world, strcat(text, options), (struct lifetime_gradient){0});
    struct lifetime *lifetime = &world.lifetime;
    *expected = (struct expected){0};
    if (stage > 0)
        lifetime_run(lifetime, SEED, world.theta, NULL);
    find_gradient(gradient, lifetime, stage);
    find_baseline(baseline, lifetime, stage);
    for (int h = 0; h < TRIALS; h++) {
        run_trial(lifetime, stage, 1, h);
        add_trial(expected, lifetime, gradient, baseline[lifetime->trial.task.type], h);
    }
    find_signal(expected, lifetime->shape.types);
    lifetime_free(lifetime);
}

static struct efficiency measure(double *numbers, int stage, int trials, int pairs)
{
    struct world world;
    world_create(&world, options, (struct lifetime_gradient){0});
    const struct efficiency_plan plan = {&world.settings, world.theta, COLUMNS, column,
                                         trials,          pairs,       NULL,    NULL};
    CU_ASSERT_FATAL(efficiency_numbers(COLUMNS, pairs > 0) <= NUMBERS);
    CU_ASSERT_EQUAL(efficiency_measure(numbers, &plan, SEED, stage, NULL), STATUS_OK);
    lifetime_free(&world.lifetime);
    return efficiency_read(numbers, COLUMNS, pairs > 0);
}

/* 1e-7: the central differences of the gradient. */
static void drift_and_size_are_their_definitions(int stage)
{
    double numbers[NUMBERS], gradient[SQUARE];
    struct expected expected;
    struct efficiency found = measure(numbers, stage, TRIALS, 0);
    find_expected(&expected, gradient, stage);
    CU_ASSERT_EQUAL(found.state, LIFETIME_DONE);
    CU_ASSERT_EQUAL(found.trials, TRIALS);
    CU_ASSERT_DOUBLE_EQUAL(found.reward, expected.reward, 1e-12);
    CU_ASSERT(world_deviation(found.signal, expected.signal, COLUMNS) < 1e-7);
    CU_ASSERT(world_deviation(found.gram, expected.gram, COLUMNS * COLUMNS) < 1e-12);
    for (int k = 0; k < COLUMNS; k++) // the columns' sizes differ by orders of magnitude
        CU_ASSERT_DOUBLE_EQUAL(found.signal[k] / expected.signal[k], 1, 1e-5);
    double square = linalg_dot(gradient, gradient, SQUARE);
    CU_ASSERT_DOUBLE_EQUAL(found.gradient + (found.gradient_noise - found.gradient) / TRIALS,
                           square, 1e-7 * square);
}

static void at_the_start_drift_and_size_are_their_definitions(void)
{
    drift_and_size_are_their_definitions(0);
}

static void after_three_trials_drift_and_size_are_their_definitions(void)
{
    drift_and_size_are_their_definitions(3);
}

static double loss_at(struct lifetime *lifetime, int h, const double *a, const double *b)
{
    double kept[SQUARE], *weight = lifetime->network.recurrent;
    memcpy(kept, weight, sizeof kept);
    for (int s = 0; s < SQUARE; s++)
        weight[s] += a[s] + b[s];
    run_trial(lifetime, 0, 2, h);
    memcpy(weight, kept, sizeof kept);
    return -lifetime->trial.objective;
}

/* E_k' H E_l of trial h by differences of its loss, each direction at the length 1e-3. */
static double form_of(struct lifetime *lifetime, int h, const double *e_k, const double *e_l)
{
    double up[SQUARE], down[SQUARE], with[SQUARE], against[SQUARE];
    double a = 1e-3 / sqrt(linalg_dot(e_k, e_k, SQUARE));
    double b = 1e-3 / sqrt(linalg_dot(e_l, e_l, SQUARE));
    for (int s = 0; s < SQUARE; s++) {
        up[s] = a * e_k[s], down[s] = -up[s];
        with[s] = b * e_l[s], against[s] = -with[s];
    }
    return (loss_at(lifetime, h, up, with) - loss_at(lifetime, h, up, against) -
            loss_at(lifetime, h, down, with) + loss_at(lifetime, h, down, against)) /
           (4 * a * b);
}

/* D of a few pairs of trials, each an index a loop; `mean` rewards of the second pass. */
static void find_damage(double *out, struct lifetime *lifetime, const double *mean, int pairs)
{
    double e[COLUMNS][SQUARE];
    for (int h = 0; h < pairs; h++) {
        run_trial(lifetime, 0, 2, h);
        double baseline = mean[lifetime->trial.task.type];
        double m = fabs(baseline) * (lifetime->trial.reward - baseline);
        for (int k = 0; k < COLUMNS; k++)
            find_eligibility(e[k], lifetime, &column[k]);
        for (int k = 0; k < COLUMNS * COLUMNS; k++)
            out[k] += m * m / pairs *
                      form_of(lifetime, EFFICIENCY_PAIRS + h + h / lifetime->shape.types,
                              e[k / COLUMNS], e[k % COLUMNS]);
    }
}

/* 1e-4: second differences of the loss. */
static void damage_is_its_definition(void)
{
    enum { PAIRS = 6 };
    struct world world;
    double numbers[NUMBERS], plain[NUMBERS], mean[8] = {0}, count[8] = {0};
    double expected[COLUMNS * COLUMNS] = {0};
    struct efficiency found = measure(numbers, 0, TRIALS, PAIRS);
    measure(plain, 0, TRIALS, 0);
    world_create(&world, options, (struct lifetime_gradient){0});
    for (int h = 0; h < TRIALS; h++) {
        run_trial(&world.lifetime, 0, 1, h);
        mean[world.lifetime.trial.task.type] += world.lifetime.trial.reward;
        count[world.lifetime.trial.task.type]++;
    }
    for (int c = 0; c < 8; c++)
        mean[c] /= count[c];
    find_damage(expected, &world.lifetime, mean, PAIRS);
    for (int k = 0; k < COLUMNS * COLUMNS; k++) {
        double size = sqrt(
            fabs(expected[k / COLUMNS * (COLUMNS + 1)] * expected[k % COLUMNS * (COLUMNS + 1)]));
        CU_ASSERT_DOUBLE_EQUAL(found.damage[k] / size, expected[k] / size, 1e-4);
        CU_ASSERT(found.damage_error[k] > 0);
    }
    CU_ASSERT_EQUAL(
        memcmp(numbers, plain, sizeof(double) * (size_t)efficiency_numbers(COLUMNS, false)), 0);
    lifetime_free(&world.lifetime);
}

/* The same network, since its learning is next to none, with other trials at each stage. Of 100 repeats
 * the variance is known to a fifth and more, as kicks make long tails. */
static void error_is_the_spread_of_repeats(void)
{
    enum { REPEATS = 100 };
    struct world world;
    double numbers[NUMBERS], sum[COLUMNS] = {0}, squares[COLUMNS] = {0}, error[COLUMNS] = {0};
    char text[512] = "learning.trials=200; ";
    strcat(text, options);
    world_create(&world, strcat(text, "; learning.rate=1e-12"), (struct lifetime_gradient){0});
    const struct efficiency_plan plan = {
        &world.settings, world.theta, COLUMNS, column, 300, 0, NULL, NULL};
    for (int stage = 0; stage < REPEATS; stage++) {
        CU_ASSERT_EQUAL(efficiency_measure(numbers, &plan, SEED, stage, NULL), STATUS_OK);
        struct efficiency found = efficiency_read(numbers, COLUMNS, false);
        for (int k = 0; k < COLUMNS; k++) {
            sum[k] += found.signal[k];
            squares[k] += found.signal[k] * found.signal[k];
            error[k] += found.covariance[k * COLUMNS + k] / REPEATS;
        }
    }
    for (int k = 0; k < COLUMNS; k++) {
        double variance = (squares[k] - sum[k] * sum[k] / REPEATS) / (REPEATS - 1);
        CU_ASSERT(variance / error[k] > 0.6 && variance / error[k] < 1.6);
    }
    lifetime_free(&world.lifetime);
}

/* c is the variance of the noise, kicks of up to 0.03 in 5 % of the steps, times |g|^2, to first order
 * in the noise. */
static void node_perturbation_follows_the_gradient(void)
{
    struct world world;
    double numbers[NUMBERS], variance = 0.05 * 0.03 * 0.03 / 3;
    char text[512] =
        "exploration.amplitude=0.03; exploration.start=0 ms; learning.reward_gain=one; ";
    world_create(&world, strcat(text, strstr(options, "network.density")),
                 (struct lifetime_gradient){0});
    const struct efficiency_plan plan = {&world.settings, world.theta, COLUMNS, column,
                                         20000,           0,           NULL,    NULL};
    CU_ASSERT_EQUAL(efficiency_measure(numbers, &plan, SEED, 0, NULL), STATUS_OK);
    struct efficiency found = efficiency_read(numbers, COLUMNS, false);
    double error = sqrt(found.covariance[COLUMNS * COLUMNS - 1]);
    CU_ASSERT(fabs(found.signal[COLUMNS - 1] - variance * found.gradient) < 4 * error);
    CU_ASSERT(found.signal[COLUMNS - 1] > 6 * error);
    lifetime_free(&world.lifetime);
}

static bool refuse(void *context)
{
    return --*(int *)context > 0;
}

static void it_can_be_stopped(void)
{
    struct world world;
    double numbers[NUMBERS];
    int left = 7;
    world_create(&world, options, (struct lifetime_gradient){0});
    const struct efficiency_plan plan = {&world.settings, world.theta, COLUMNS, column,
                                         TRIALS,          0,           refuse,  &left};
    CU_ASSERT_EQUAL(efficiency_measure(numbers, &plan, SEED, 4, NULL), STATUS_INTERRUPTED);
    CU_ASSERT_EQUAL(left, 0);
    lifetime_free(&world.lifetime);
}

void test_efficiency(void)
{
    linalg_start();
    CU_pSuite suite = CU_add_suite("efficiency", name_columns, NULL);
    CU_ADD_TEST(suite, at_the_start_drift_and_size_are_their_definitions);
    CU_ADD_TEST(suite, after_three_trials_drift_and_size_are_their_definitions);
    CU_ADD_TEST(suite, damage_is_its_definition);
    CU_ADD_TEST(suite, error_is_the_spread_of_repeats);
    CU_ADD_TEST(suite, node_perturbation_follows_the_gradient);
    CU_ADD_TEST(suite, it_can_be_stopped);
}
