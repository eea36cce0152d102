/* The gradient: fast kernels against the plain reference, and both against central differences,
 * with every option of the model switched on in turn. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "reference.h"
#include "specimen.h"

void test_tangent(void);

static const struct lifetime_gradient EXACT = {.wanted = true, .discount = 1};

/* The base of all cases: N = 30, T = 40, 20 trials, every coefficient of d = 3 away from 0. */
static const char *const base[] = {
    "task.name=association", "task.cue=40 ms",
    "task.delay=60 ms",      "task.response=60 ms",
    "network.units=30",      "network.tau=20 ms",
    "network.dt=4 ms",       "network.bias=0.3",
    "learning.trials=20",    "learning.warmup=2",
    "learning.rate=0.0005",  "exploration.probability=0.05",
    "rule.degree=3",         "rule.start={r3 d3: -1, r1 d1: -0.3, r0 d1: 0.02, r2 d0: 0.01}",
};

/* An option a row, "name=value" separated by ";". */
static const char *const cases[] = {
    "name=plain",
    "rule.degree=5",
    "rule.degree=1; rule.start={r1 d1: -0.5}",
    "rule.terms=[r3 d3, r1 d1, r0 d1, r2 d0, r0 d2]",
    "rule.tau_e=100 ms; rule.learn=[theta, tau_e]",
    "rule.tau_w=15; rule.learn=[theta, tau_w]",
    "rule.tau_e=60 ms; rule.tau_w=30; rule.learn=[tau_e, tau_w]",
    "rule.tau_e=4 ms; rule.learn=[theta, tau_e]",
    "exploration.kind=gaussian; exploration.sd=0.2",
    "exploration.start=16 ms; rule.eligibility_start=12 ms; rule.tau_e=80 ms; rule.learn=[theta, "
    "tau_e]",
    "network.clamped={1: 1, 10: 1, 11: -1}",
    "rule.carry_trace=true",
    "learning.clip=0.0003",
    "learning.reward=square",
    "learning.reward=absolute; learning.reward_gain=absolute",
    "learning.reward=binary; meta.rpe_gradient=stopped; meta.objective=square",
    "meta.rpe_gradient=stopped",
    "meta.objective=square; learning.reward=absolute",
    "meta.loss_trials=5",
    "meta.objective=wrong; learning.reward=absolute",
    "network.density=0.3; network.self_connections=false",
    "network.phi=relu; network.gain=0.5; rule.start={r1 d1: -0.5}; learning.rate=1e-5",
    "network.readout=unit; rule.trace_alpha=0.5",
    "learning.weight_noise=0.01",
    "task.name=dnms; task.cue=32 ms; task.delay=32 ms; task.wait=32 ms; task.response=32 ms; "
    "network.clamped={1: 1}; rule.carry_trace=true; learning.reward_gain=absolute; "
    "learning.clip=0.001; network.readout=unit",
    "network.dt=0.8 ms; learning.trials=5", // 275 steps: more than one block
    "rule.terms=[r1 p1, r2 d1, r1 d1 p2, d1 p1, p3]; rule.start={r1 p1: -0.3, r1 d1 p2: -0.4}",
    "rule.degree=1; rule.terms=[r1 p2, r1 p1]; rule.start={r1 p2: 0.3, r1 p1: -0.1}",
    "rule.terms=[r1 p1, p2 w1]; rule.start={r1 p1: 0.4, p2 w1: -1}",
    "rule.terms=[all, r1 d2 p1 w2, w3, r1 w1]; rule.start={r1 d1: -0.3, w3: 2, r1 d2 p1 w2: 0.5}; "
    "rule.tau_e=80 ms; rule.tau_w=30; rule.learn=[theta, tau_e, tau_w]",
    "rule.terms=[r1 p1, p2 w1]; rule.start={r1 p1: 0.4, p2 w1: -1}; network.clamped={1: 1, 10: 1}; "
    "rule.carry_trace=true; network.density=0.5; learning.clip=0.0003",
    "rule.start={r1 d1 p1 w1: -0.3, r1 p1: 0.1}; rule.tau_e=70 ms; rule.learn=[tau_e]",
    "rule.terms=[r2 p1 w1, d1 w2]; rule.start={r2 p1 w1: -0.3, d1 w2: 0.1}; network.dt=0.8 ms; "
    "learning.trials=4",
    "learning.clip=0.0003; rule.learn=[theta, clip]",
    "learning.clip=0.0003; learning.reward_gain=absolute; network.density=0.5; learning.warmup=4; "
    "rule.tau_w=30; rule.learn=[tau_w, clip, baseline_rate]",
    "learning.baseline_rate=0.1; rule.tau_e=80 ms; rule.learn=[theta, tau_e, baseline_rate]",
    "task.name=perceptual; task.fixation=20 ms; task.stimulus=100 ms; task.response=40 ms",
};

enum { CASES = sizeof cases / sizeof *cases };

static void make(struct settings *settings, const char *options)
{
    specimen_assign(settings, base, sizeof base / sizeof *base, options);
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
    return largest > 0 ? difference / largest : difference;
}

/* The same for [N, P, N] (j, p, i) against [N, N, P] (i, j, p), the worst of all p. */
static double deviation_by_parameter(const double *fast, const double *slow, long n,
                                     long parameters)
{
    double worst = 0;
    double *a = malloc(sizeof(double) * (size_t)(n * n)),
           *b = malloc(sizeof(double) * (size_t)(n * n));
    for (long p = 0; p < parameters; p++) {
        for (long s = 0; s < n * n; s++) {
            a[s] = fast[(s % n * parameters + p) * n + s / n];
            b[s] = slow[s * parameters + p];
        }
        worst = fmax(worst, deviation(a, b, n * n));
    }
    free(a), free(b);
    return worst;
}

/* 1e-11: both sum the same terms in other orders; 800 steps of a contracting recursion amplify the
 * last bit by less than four orders of magnitude. */
static void compare(const char *options, struct lifetime_gradient gradient)
{
    struct settings settings;
    struct lifetime lifetime;
    struct reference reference;
    struct error error = {0};
    double theta[RULE_PARAMETERS];
    make(&settings, options);
    CU_ASSERT_EQUAL_FATAL(lifetime_create(&lifetime, &settings, gradient, false, &error),
                          STATUS_OK);
    rule_get(&lifetime.rule, theta);
    lifetime_run(&lifetime, 3, theta, NULL);
    reference_run(&reference, &settings, gradient, 3, theta, NULL);
    long n = lifetime.network.units, p = lifetime.rule.parameters;
    double worst[] = {
        deviation(&lifetime.loss, &reference.loss, 1),
        deviation(lifetime.network.recurrent, reference.recurrent, n * n),
        deviation(lifetime.trial.eligibility, reference.eligibility, n * n),
        deviation_by_parameter(lifetime.tangent.eligibility, reference.tangent, n, p),
        deviation_by_parameter(lifetime.tangent.weight, reference.sensitivity, n, p),
        deviation(lifetime.gradient_sum, reference.gradient, p),
    };
    for (int w = 0; w < 6; w++) {
        if (!(worst[w] < 1e-11))
            fprintf(stderr, "%s: item %d differs by %.2g\n", options, w, worst[w]);
        CU_ASSERT(worst[w] < 1e-11);
    }
    lifetime_free(&lifetime);
    reference_free(&reference);
}

static void fast_kernels_equal_the_reference(void)
{
    for (int c = 0; c < CASES; c++)
        compare(cases[c], EXACT);
}

static void discounted_and_reset_tangents_equal_the_reference(void)
{
    compare("name=discounted", (struct lifetime_gradient){.wanted = true, .discount = 0.7});
    compare("rule.carry_trace=true",
            (struct lifetime_gradient){.wanted = true, .discount = 1, .reset_every = 3});
}

static unsigned draw(unsigned *state, unsigned below)
{
    *state = *state * 1103515245u + 12345u;
    return (*state >> 16) % below;
}

/* Appends a rule of random terms in all variables of the table: "rule.terms=...; rule.start=...". */
static void add_rule(char *all, unsigned *state)
{
    enum { TERMS = 5, POWER = 3 };
    char terms[TERMS * RULE_NAME + 1] = "", start[TERMS * 2 * RULE_NAME + 1] = "";
    struct rule_term term[TERMS];
    for (int n = 0; n < TERMS;) {
        bool new = true;
        char name[RULE_NAME];
        term[n] = (struct rule_term){0};
        for (int v = 0; v < RULE_VARIABLES; v++)
            term[n].power[v] = (unsigned char)(draw(state, 2) * draw(state, POWER + 1));
        for (int m = 0; m < n; m++)
            new &= rule_term_compare(&term[m], &term[n]) != 0;
        if (!new)
            continue;
        rule_term_write(name, &term[n]);
        sprintf(terms + strlen(terms), "%s%s", n ? ", " : "", name);
        sprintf(start + strlen(start), "%s%s: %g", n ? ", " : "", name,
                0.02 * (1 + draw(state, 9)) * (n % 2 ? -1 : 1));
        n++;
    }
    sprintf(all + strlen(all), "; rule.terms=[%s]; rule.start={%s}", terms, start);
}

/* Options for a random configuration: each row with probability 1/2, every second with a rule of
 * all variables. */
static void make_random(struct settings *settings, unsigned *state)
{
    static const char *const options[] = {
        "rule.degree=5",
        "rule.tau_e=90 ms; rule.learn=[theta, tau_e]",
        "rule.tau_w=25; rule.learn=[theta, tau_w]",
        "rule.tau_e=50 ms; rule.tau_w=40; rule.learn=[theta, tau_e, tau_w]",
        "learning.clip=0.0004",
        "rule.tau_e=60 ms; learning.clip=0.0005; rule.learn=[theta, tau_e, clip, baseline_rate]",
        "learning.reward_gain=absolute",
        "network.clamped={1: 1, 10: 1, 11: -1}",
        "rule.carry_trace=true",
        "network.density=0.4",
        "learning.reward=square",
        "meta.objective=square",
        "meta.objective=wrong",
        "meta.rpe_gradient=stopped",
        "meta.loss_trials=6",
        "network.phi=relu; network.gain=0.5; learning.rate=1e-6",
        "learning.weight_noise=0.003",
        "network.dale=0.75",
        "rule.eligibility_start=12 ms",
        "network.readout=unit",
        "meta.adjoint_memory=1; network.units=90",
    };
    char all[SETTINGS_VALUE] = "name=random";
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
        *state = *state * 1103515245u + 12345u;
        if (*state >> 30 & 1)
            snprintf(all + strlen(all), sizeof all - strlen(all), "; %s", options[o]);
    }
    if (draw(state, 2))
        add_rule(all, state);
    make(settings, all);
}

/* 1e-12: two derivations of the same number, each exact to rounding. */
static void adjoint_equals_tangents(void)
{
    unsigned state = 20261122;
    for (int round = 0; round < 40; round++) {
        struct settings settings;
        struct lifetime forwards, backwards;
        struct error error = {0};
        double theta[RULE_PARAMETERS];
        unsigned seed = state;
        make_random(&settings, &state);
        struct lifetime_gradient gradient = {
            .wanted = true, .discount = round % 2 ? 0.8 : 1, .reset_every = round % 3 ? 0 : 4};
        lifetime_create(&forwards, &settings, gradient, false, &error);
        gradient.backwards = true;
        lifetime_create(&backwards, &settings, gradient, false, &error);
        rule_get(&forwards.rule, theta);
        lifetime_run(&forwards, 3, theta, NULL);
        lifetime_run(&backwards, 3, theta, NULL);
        size_t square = (size_t)forwards.network.units * (size_t)forwards.network.units;
        double worst =
            deviation(backwards.gradient_sum, forwards.gradient_sum, forwards.rule.parameters);
        if (!(worst < 1e-12) || getenv("SHOW_FIGURES"))
            fprintf(stderr, "random configuration %u: adjoint differs by %.2g\n", seed, worst);
        CU_ASSERT(worst < 1e-12);
        CU_ASSERT_EQUAL(backwards.loss, forwards.loss);
        CU_ASSERT_EQUAL(memcmp(backwards.network.recurrent, forwards.network.recurrent,
                               sizeof(double) * square),
                        0);
        lifetime_free(&forwards);
        lifetime_free(&backwards);
    }
}

static double loss_at(struct lifetime *lifetime, double *theta, int p, double value)
{
    double kept = theta[p];
    theta[p] = value;
    lifetime_run(lifetime, 3, theta, NULL);
    theta[p] = kept;
    return lifetime->loss;
}

/* Fourth-order central differences, the error of h^4 and of rounding / h both below 1e-8. */
static double difference(struct lifetime *lifetime, double *theta, int p, double h)
{
    double t = theta[p];
    double near = loss_at(lifetime, theta, p, t + h) - loss_at(lifetime, theta, p, t - h);
    double far = loss_at(lifetime, theta, p, t + 2 * h) - loss_at(lifetime, theta, p, t - 2 * h);
    return (8 * near - far) / (12 * h);
}

/* Error of parameter p at the best of several steps, in normalised coordinates, as a share of the
 * parameter's gradient or of a thousandth of the largest, if that is more. */
static double difference_error(struct lifetime *plain, double *theta, int p, double scale,
                               double tangent, double largest, double enough)
{
    double best = INFINITY;
    for (double step = 3e-2; step > 1e-6 && best > enough; step /= 4) {
        double by_difference = difference(plain, theta, p, step * scale) * scale;
        best = fmin(best, fabs(tangent - by_difference) / fmax(fabs(tangent), 1e-3 * largest));
    }
    return best;
}

/* The worst parameter's error; infinite when there is no gradient to compare with. */
static double worst_difference_error(const char *options, double enough)
{
    struct settings settings;
    struct lifetime exact, plain;
    struct error error = {0};
    double theta[RULE_PARAMETERS], scale[RULE_PARAMETERS], worst = 0, largest = 0;
    make(&settings, options);
    lifetime_create(&exact, &settings, EXACT, false, &error);
    lifetime_create(&plain, &settings, (struct lifetime_gradient){0}, false, &error);
    rule_get(&exact.rule, theta);
    lifetime_scale(scale, &plain, 3);
    lifetime_run(&exact, 3, theta, NULL);
    if (settings.meta.rpe_gradient == RPE_STOPPED)
        plain.frozen_modulator = exact.modulators;
    int parameters = exact.rule.parameters;
    for (int p = 0; p < parameters; p++)
        largest = fmax(largest, fabs(exact.gradient_sum[p] * scale[p]));
    for (int p = 0; p < parameters; p++)
        worst = fmax(worst, difference_error(&plain, theta, p, scale[p],
                                             exact.gradient_sum[p] * scale[p], largest, enough));
    lifetime_free(&exact);
    lifetime_free(&plain);
    return largest > 0 ? worst : INFINITY;
}

/* With memory for all weights and the states of all trials, of a few, or of none; and for a few weights
 * and states. */
static void memory_changes_no_bit_of_the_adjoint(void)
{
    static const char *const options[] = {
        "rule.carry_trace=true; learning.clip=0.0003",
        "precision=single; network.phi=relu; network.gain=0.5; learning.rate=1e-6",
        "rule.start={r1 p1: 0.1, r1 d1 w1: -0.3}; network.clamped={1: 1, 10: 1, 11: -1}",
    };
    const struct lifetime_gradient gradient = {.wanted = true, .discount = 1, .backwards = true};
    const double memory[] = {1000, 0.19, 0.151, 0.12, 0.08}; // MB; the weights need .13 to .15
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
        double first[RULE_PARAMETERS], theta[RULE_PARAMETERS], frozen = 0;
        for (int m = 0; m < 5; m++) {
            struct settings settings;
            struct lifetime lifetime;
            struct error error = {0};
            make(&settings, options[o]);
            settings.meta.adjoint_memory = memory[m];
            lifetime_create(&lifetime, &settings, gradient, false, &error);
            rule_get(&lifetime.rule, theta);
            lifetime_run(&lifetime, 3, theta, NULL);
            size_t bytes = sizeof(double) * (size_t)lifetime.rule.parameters;
            if (m == 0)
                memcpy(first, lifetime.gradient_sum, bytes), frozen = lifetime.frozen_loss;
            CU_ASSERT(first[0] != 0);
            CU_ASSERT(memcmp(first, lifetime.gradient_sum, bytes) == 0);
            CU_ASSERT(frozen == lifetime.frozen_loss);
            lifetime_free(&lifetime);
        }
    }
}

static void gradient_agrees_with_central_differences(void)
{
    for (int c = 0; c < CASES; c++) {
        double bound = c == 0 ? 1e-7 : 1e-6;
        double worst = worst_difference_error(cases[c], bound / 100);
        if (!(worst < bound) || getenv("SHOW_FIGURES"))
            fprintf(stderr, "%s: %.2g\n", cases[c], worst);
        CU_ASSERT(worst < bound);
    }
}

/* Random rules of all variables with all constants: the reference, tangents and the adjoint,
 * and central differences, say the same. */
static void random_rules_of_all_variables(void)
{
    unsigned state = 20261128;
    for (int round = 0; round < 12; round++) {
        char options[SETTINGS_VALUE] = "rule.tau_e=70 ms; rule.tau_w=30; learning.clip=0.002; "
                                       "rule.learn=[theta, tau_e, tau_w, clip, baseline_rate]";
        add_rule(options, &state);
        compare(options, EXACT);
        double worst = worst_difference_error(options, 1e-9);
        if (!(worst < 1e-6) || getenv("SHOW_FIGURES"))
            fprintf(stderr, "%s: %.2g\n", options, worst);
        CU_ASSERT(worst < 1e-6);
    }
}

static double products(const char *term, int power, double (*flops)(const struct rule *))
{
    struct settings settings;
    struct rule rule;
    char options[SETTINGS_VALUE];
    snprintf(options, sizeof options, "rule.start={}; rule.terms=[r1 d1, r1 p1, r%d %s]", power,
             term);
    make(&settings, options);
    rule_create(&rule, &settings);
    return flops(&rule);
}

static void a_term_of_p_costs_what_one_of_d_costs(void)
{
    for (int k = 0; k <= 3; k++) {
        double (*const way[])(const struct rule *) = {tangent_flops, adjoint_flops};
        for (int w = 0; w < 2; w++) {
            CU_ASSERT_EQUAL(products("p2", k, way[w]), products("d2", k, way[w]));
            CU_ASSERT_EQUAL(products("p3", k, way[w]), products("d2", k, way[w]));
        }
    }
    CU_ASSERT_EQUAL(products("p2", 1, tangent_flops), 10 * 3); // no more than 3 terms of r and d
}

static void cubic_rule_is_the_cube_by_hand(void)
{
    struct settings settings;
    struct lifetime lifetime;
    struct error error = {0};
    make(&settings,
         "rule.start={r3 d3: -1}; rule.terms=[r3 d3]; network.dt=1 ms; network.tau=30 ms");
    lifetime_create(&lifetime, &settings, EXACT, false, &error);
    lifetime_begin(&lifetime, 5, (double[]){-1});
    struct trial *trial = &lifetime.trial;
    trial_draw(trial, &lifetime.network, &lifetime.rule, &settings, 5, 0);
    trial_run(trial, &lifetime.network, &lifetime.rule, &settings);
    trial_eligibility(trial, &lifetime.rule, &settings);
    int n = lifetime.network.units;
    double *by_hand = calloc((size_t)(n * n), sizeof(double));
    for (int t = 0; t < trial->shape.steps; t++)
        for (int s = 0; s < n * n; s++) {
            double change = -trial->deviation[t * n + s / n]; // x - xbar
            double product = trial->rate[t * n + s % n] * change;
            by_hand[s] += product * product * product;
        }
    CU_ASSERT(deviation(trial->eligibility, by_hand, (long)n * n) < 1e-13);
    free(by_hand);
    lifetime_free(&lifetime);
}

/* 1e-3: single precision has 7 digits, and 50 trials of learning amplify the rounding. */
static void single_precision_agrees_with_double(void)
{
    static const char *const options[] = {
        "rule.tau_e=90 ms; rule.learn=[theta, tau_e]; network.clamped={1: 1}; "
        "rule.carry_trace=true",
        "rule.degree=5; rule.tau_w=30; learning.clip=0.001; network.density=0.5; "
        "rule.learn=[theta, tau_w, clip, baseline_rate]",
        ("rule.tau_e=90 ms; rule.learn=[theta, tau_e]; rule.terms=[r1 p1, r1 d1, d1 p2 w1, r1 w2]; "
         "rule.start={r1 p1: 0.1, r1 d1: -0.3, d1 p2 w1: -0.5}"),
    };
    for (int way = 0; way < 6; way++) {
        struct settings settings;
        struct lifetime exact, single;
        struct error error = {0};
        double theta[RULE_PARAMETERS];
        struct lifetime_gradient gradient = {.wanted = true, .discount = 1, .backwards = way % 2};
        make(&settings, options[way / 2]);
        settings.learning.trials = 50;
        lifetime_create(&exact, &settings, gradient, false, &error);
        rule_get(&exact.rule, theta);
        lifetime_run(&exact, 3, theta, NULL);
        char reason[SETTINGS_VALUE];
        CU_ASSERT_EQUAL_FATAL(settings_set(&settings, "precision", "single", reason), STATUS_OK);
        lifetime_create(&single, &settings, gradient, true, &error);
        lifetime_run(&single, 3, theta, NULL);
        long n = exact.network.units;
        double worst[] = {
            deviation(&single.loss, &exact.loss, 1),
            deviation(single.network.recurrent, exact.network.recurrent, n * n),
            deviation(single.trial.eligibility, exact.trial.eligibility, n * n),
            deviation(single.gradient_sum, exact.gradient_sum, exact.rule.parameters),
            fabs(trial_rate(&single.trial, 7, 3) - exact.trial.rate[7 * n + 3]),
        };
        CU_ASSERT(worst[0] > 0); // it is single
        for (int w = 0; w < 5; w++) {
            if (!(worst[w] < 1e-3) || getenv("SHOW_FIGURES"))
                fprintf(stderr, "single precision, way %d: item %d differs by %.2g\n", way, w,
                        worst[w]);
            CU_ASSERT(worst[w] < 1e-3);
        }
        lifetime_free(&exact);
        lifetime_free(&single);
    }
}

static void tangents_leave_learning_as_it_is(void)
{
    struct settings settings;
    struct lifetime with, without;
    struct error error = {0};
    double theta[RULE_PARAMETERS];
    make(&settings, "rule.degree=5; learning.clip=0.0003");
    lifetime_create(&with, &settings, EXACT, false, &error);
    lifetime_create(&without, &settings, (struct lifetime_gradient){0}, false, &error);
    rule_get(&with.rule, theta);
    lifetime_run(&with, 3, theta, NULL);
    lifetime_run(&without, 3, theta, NULL);
    size_t n = (size_t)with.network.units;
    CU_ASSERT_EQUAL(with.loss, without.loss);
    CU_ASSERT_EQUAL(memcmp(with.network.recurrent, without.network.recurrent, 8 * n * n), 0);
    lifetime_run(&with, 4, theta, NULL);
    lifetime_run(&with, 3, theta, NULL);
    CU_ASSERT_EQUAL(memcmp(with.network.recurrent, without.network.recurrent, 8 * n * n), 0);
    lifetime_free(&with);
    lifetime_free(&without);
}

void test_tangent(void)
{
    linalg_start();
    CU_pSuite suite = CU_add_suite("tangent", NULL, NULL);
#define TEST(name) CU_add_test(suite, #name, name)
    TEST(fast_kernels_equal_the_reference);
    TEST(discounted_and_reset_tangents_equal_the_reference);
    TEST(adjoint_equals_tangents);
    TEST(memory_changes_no_bit_of_the_adjoint);
    TEST(gradient_agrees_with_central_differences);
    TEST(random_rules_of_all_variables);
    TEST(a_term_of_p_costs_what_one_of_d_costs);
    TEST(cubic_rule_is_the_cube_by_hand);
    TEST(single_precision_agrees_with_double);
    TEST(tangents_leave_learning_as_it_is);
#undef TEST
}
