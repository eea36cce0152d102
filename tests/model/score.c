/* The score estimators: against the truth, the derivative of the expected loss, on a lifetime of
 * few trials and units over many seeds; and against their sums as they are written. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/estimator.h"
#include "specimen.h"

void test_score(void);

enum { UNITS = 3, MOST = RULE_PARAMETERS, TRIALS = 20, SEEDS = 30000 };

/* One network for all seeds, so that their losses differ by the noise in the weights alone. */
static double recurrent[] = {0.2, -0.7, 0.5, 0.9, 0.1, -0.4, -0.6, 0.8, 0.3},
              input[] = {0.9, -0.5, -0.3, 0.8, 0.6, 0.4}, readout[] = {1.1, -0.8, 0.7},
              bias[] = {0.3, -0.2, 0.4};

static struct network_table network = {.path = "score",
                                       .units = UNITS,
                                       .inputs = 2,
                                       .outputs = 1,
                                       .recurrent = recurrent,
                                       .input = input,
                                       .readout = readout,
                                       .bias = bias};

/* Six trials of six steps, two of them warm-up; so much noise that its part in the loss, which the
 * estimators read, stands out. */
static const char small[] =
    "task.name=association; task.cue=20 ms; task.delay=20 ms; task.response=20 ms; "
    "network.weights=score; "
    "network.units=3; network.tau=20 ms; network.dt=10 ms; network.initial_state=0; "
    "exploration.kind=none; learning.trials=6; learning.warmup=2; learning.rate=0.05; "
    "learning.weight_noise=0.5; learning.reward=square; learning.baseline_rate=0.2; "
    "rule.terms=[r1 d0, r1 d1]; rule.start={r1 d1: -0.2, r1 d0: 0.1}; meta.iterations=1";

static const char large[] =
    "task.name=association; task.cue=40 ms; task.delay=60 ms; task.response=60 ms; "
    "network.units=12; "
    "network.tau=20 ms; network.dt=4 ms; network.density=0.6; exploration.probability=0.05; "
    "learning.trials=20; learning.warmup=4; learning.rate=0.001; learning.weight_noise=0.02; "
    "learning.clip=0.001; rule.degree=2; rule.tau_w=15; rule.tau_e=100 ms; "
    "rule.start={r1 d1: -0.3, r2 d0: 0.01, r1 p1: 0.1, d1 w1: 0.1}; "
    "rule.learn=[theta, tau_e, tau_w, clip, baseline_rate]; rule.carry_trace=true; "
    "meta.loss_trials=9; "
    "meta.objective=square";

static void make(struct settings *settings, const char *options)
{
    if (!network_table(network.path))
        network_add_table(&network);
    specimen_assign(settings, NULL, 0, options);
}

static const struct estimator *find(const char *name)
{
    int e = 0;
    while (strcmp(estimator_list[e]->name, name) != 0)
        e++;
    return estimator_list[e];
}

static void create(struct lifetime *lifetime, const struct settings *settings, const char *name,
                   bool keep_update)
{
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(
        lifetime_create(lifetime, settings, find(name)->gradient(settings), keep_update, &error),
        STATUS_OK);
}

/* Mean and standard error of numbers, one a seed. */
struct mean {
    double sum, squares;
};

static void count(struct mean *mean, double x)
{
    mean->sum += x / SEEDS;
    mean->squares += x * x / SEEDS;
}

static double error_of(const struct mean *mean)
{
    return sqrt((mean->squares - mean->sum * mean->sum) / (SEEDS - 1));
}

/* The derivative of the expected loss is the expectation of the derivative of the loss at given
 * noise, which pathwise has exactly and with little variance. */
static void score_local_is_unbiased_and_score_is_not(void)
{
    enum { PATHWISE, LOCAL, SCORE };
    static const char *const names[] = {"pathwise", "score-local", "score"};
    struct settings settings;
    struct lifetime lifetime[3];
    struct mean truth[MOST] = {0}, local[MOST] = {0}, carried[MOST] = {0}, excess[MOST] = {0};
    double theta[RULE_PARAMETERS], worst = 0;
    make(&settings, small);
    for (int e = 0; e < 3; e++)
        create(&lifetime[e], &settings, names[e], false);
    int parameters = lifetime[0].rule.parameters;
    rule_get(&lifetime[0].rule, theta);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        for (int e = 0; e < 3; e++)
            lifetime_run(&lifetime[e], seed, theta, NULL);
        for (int p = 0; p < parameters; p++) {
            double exact = lifetime[PATHWISE].gradient_sum[p];
            count(&truth[p], exact);
            count(&local[p], lifetime[LOCAL].gradient_sum[p] - exact);
            count(&carried[p], lifetime[SCORE].gradient_sum[p] - exact);
            count(&excess[p], lifetime[SCORE].gradient_sum[p] - lifetime[LOCAL].gradient_sum[p]);
        }
    }
    for (int p = 0; p < parameters; p++) {
        if (getenv("SHOW_FIGURES"))
            fprintf(stderr,
                    "parameter %d: truth %.4f +- %.4f; bias of score-local %.4f +- %.4f, of score "
                    "%.4f +- %.4f, their difference %.4f +- %.4f\n",
                    p, truth[p].sum, error_of(&truth[p]), local[p].sum, error_of(&local[p]),
                    carried[p].sum, error_of(&carried[p]), excess[p].sum, error_of(&excess[p]));
        CU_ASSERT(fabs(local[p].sum) < 4 * error_of(&local[p]));
        CU_ASSERT(fabs(truth[p].sum) > 10 * error_of(&local[p])); /* or the test is blind */
        worst = fmax(worst, fabs(excess[p].sum) / error_of(&excess[p]));
    }
    CU_ASSERT(worst > 5);
    for (int e = 0; e < 3; e++)
        lifetime_free(&lifetime[e]);
}

/* What an observer sees of a lifetime: N units, P parameters, H trials. */
struct story {
    double score[TRIALS][MOST]; /* (1/sigma_w) <eps, derivative of the mean of (10)> */
    double objective[TRIALS];
    int type[TRIALS];
    double *weights; /* W^(h) before the trial at hand [N, N] */
};

static bool note(void *context, const struct lifetime *lifetime, int h)
{
    struct story *story = context;
    const struct settings *settings = lifetime->settings;
    long n = lifetime->network.units, parameters = lifetime->rule.parameters;
    story->objective[h] = lifetime->trial.objective;
    story->type[h] = lifetime->trial.task.type;
    for (long p = 0; p < parameters && h >= settings->learning.warmup; p++)
        for (long s = 0; s < n * n; s++) {
            double dot = lifetime->tangent.update[(s / n * parameters + p) * n + s % n];
            if (p == rule_place(&lifetime->rule, RULE_TAU_W))
                dot += story->weights[s] / lifetime->rule.tau_w;
            story->score[h][p] += lifetime->weight_noise[s] * dot / settings->learning.weight_noise;
        }
    memcpy(story->weights, lifetime->network.recurrent, sizeof(double) * (size_t)(n * n));
    return true;
}

/* gradient [parameters] = - sum_h score^(h) sum_h'>h w_h' (o^(h') - B^(h)). */
static void add_up(double *gradient, const struct story *story, const struct lifetime *lifetime)
{
    const struct settings *settings = lifetime->settings;
    int counted = (int)settings->meta.loss_trials, first = TRIALS - counted;
    double expected[2] = {0};
    for (int h = 0; h < TRIALS; h++) {
        int type = story->type[h];
        double later = 0;
        expected[type] += settings->learning.baseline_rate * (story->objective[h] - expected[type]);
        for (int k = h + 1; k < TRIALS; k++)
            if (k >= first)
                later += (story->objective[k] - expected[story->type[k]]) / counted;
        for (int p = 0; p < lifetime->rule.parameters; p++)
            gradient[p] -= story->score[h][p] * later;
    }
}

/* 1e-10: the same sum in another order, with cancellation. */
static void gradients_are_the_sums_as_written(void)
{
    static const char *const names[] = {"score", "score-local"};
    struct settings settings;
    make(&settings, large);
    for (int e = 0; e < 2; e++) {
        struct lifetime lifetime;
        struct story story = {0};
        double theta[RULE_PARAMETERS], sum[MOST] = {0}, worst = 0, size = 0;
        create(&lifetime, &settings, names[e], true);
        rule_get(&lifetime.rule, theta);
        lifetime_begin(&lifetime, 5, theta);
        size_t weights = sizeof(double) * (size_t)(lifetime.network.units * lifetime.network.units);
        story.weights = malloc(weights);
        memcpy(story.weights, lifetime.network.recurrent, weights);
        const struct lifetime_observer observer = {.context = &story, .trial = note};
        lifetime_run(&lifetime, 5, theta, &observer);
        CU_ASSERT_EQUAL(lifetime.state, LIFETIME_DONE);
        add_up(sum, &story, &lifetime);
        for (int p = 0; p < lifetime.rule.parameters; p++) {
            worst = fmax(worst, fabs(sum[p] - lifetime.gradient_sum[p]));
            size = fmax(size, fabs(sum[p]));
        }
        CU_ASSERT(size > 0 && worst < 1e-10 * size);
        free(story.weights);
        lifetime_free(&lifetime);
    }
}

/* With weights held fixed in each trial's derivative, no state depends on the rule. */
static void score_local_carries_nothing(void)
{
    struct settings settings;
    struct lifetime lifetime;
    double theta[RULE_PARAMETERS];
    make(&settings, large);
    create(&lifetime, &settings, "score-local", false);
    rule_get(&lifetime.rule, theta);
    lifetime_run(&lifetime, 5, theta, NULL);
    CU_ASSERT_TRUE(lifetime.tangent.silent);
    for (int p = 0; p < lifetime.rule.parameters; p++)
        CU_ASSERT(lifetime.tangent.reward[p] == 0);
    lifetime_free(&lifetime);
}

static int complaints(const char *options)
{
    char text[SETTINGS_VALUE];
    struct settings settings;
    struct settings_problems problems = {0};
    snprintf(text, sizeof text, "%s; %s", small, options);
    make(&settings, text);
    estimator_check(&settings, &problems);
    return problems.count;
}

static void what_does_not_fit_an_estimator_is_refused(void)
{
    CU_ASSERT_EQUAL(complaints("meta.estimator=score-local"), 0);
    CU_ASSERT_EQUAL(complaints("meta.estimator=score-local; learning.weight_noise=0"), 1);
    CU_ASSERT_EQUAL(complaints("meta.estimator=es; learning.weight_noise=0"), 0);
    /* A black box of a reward. */
    CU_ASSERT_EQUAL(complaints("learning.reward=binary; meta.estimator=pathwise"), 2);
    CU_ASSERT_EQUAL(complaints("learning.reward=binary; meta.estimator=score"), 1);
    CU_ASSERT_EQUAL(
        complaints("learning.reward=binary; meta.estimator=score; meta.rpe_gradient=stopped"), 0);
    CU_ASSERT_EQUAL(complaints("learning.reward=binary; meta.estimator=score-local"), 0);
    CU_ASSERT_EQUAL(complaints("learning.reward=binary; meta.estimator=fd"), 0);
    CU_ASSERT_EQUAL(complaints("learning.reward=binary; meta.optimizer.name=cmaes"), 0);
}

void test_score(void)
{
    CU_pSuite suite = CU_add_suite("score", NULL, NULL);
    CU_ADD_TEST(suite, score_local_is_unbiased_and_score_is_not);
    CU_ADD_TEST(suite, gradients_are_the_sums_as_written);
    CU_ADD_TEST(suite, score_local_carries_nothing);
    CU_ADD_TEST(suite, what_does_not_fit_an_estimator_is_refused);
}
