/* Optimizers: what each of the list promises, and each against its definition. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/optimizer.h"
#include "specimen.h"

enum { P = 3, STEPS = 5 };

static const double gradients[STEPS][P] = {
    {1, -2, 0.5}, {0.5, -1, 0}, {-3, 0.25, 0}, {2, 2, 1e-3}, {0, 0, -1}};

static struct settings constant_rate(const char *method, double rate)
{
    struct settings settings;
    char reason[SETTINGS_VALUE];
    settings_defaults(&settings);
    CU_ASSERT_EQUAL(settings_set(&settings, "meta.optimizer.name", method, reason), STATUS_OK);
    settings.meta.optimizer.rate = rate;
    settings.meta.optimizer.schedule = SCHEDULE_CONSTANT;
    settings.meta.iterations = STEPS;
    return settings;
}

static void run(double theta[P], const struct settings *settings)
{
    double state[2 * P] = {0};
    struct optimizer optimizer = {0, state};
    for (int i = 0; i < STEPS; i++)
        optimizer_step(&optimizer, theta, gradients[i], i, P, 2, settings);
    CU_ASSERT_EQUAL(optimizer.steps, STEPS);
}

static double sphere(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

/* ---- what every optimizer of the list promises, the new one too ---- */

/* One iteration on `loss`, at the losses of its members or along the gradient of the sphere. */
static void iterate(struct optimizer *optimizer, double *theta, double (*loss)(const double *, int),
                    const struct settings *settings, int64_t iteration, int n, unsigned lost)
{
    enum { MOST = 38, MEMBERS = 32 };
    const struct optimizer_method *method = optimizer_of(settings);
    double gradient[MOST], member[MOST], losses[1 + MEMBERS], penalty[1 + MEMBERS] = {0};
    int population = optimizer_population(settings, n);
    CU_ASSERT_FATAL(population <= MEMBERS && n <= MOST);
    for (int p = 0; p < n; p++)
        gradient[p] = 2 * theta[p];
    for (int i = 0; i < population; i++) {
        memcpy(member, theta, (size_t)n * sizeof *theta);
        method->member(member, optimizer, settings, iteration, i, n);
        losses[1 + i] = lost >> i & 1 ? NAN : loss(member, n);
    }
    losses[0] = loss(theta, n);
    const struct optimizer_block block = {iteration, 1 + population, 1, losses, penalty};
    if (method->step)
        optimizer_step(optimizer, theta, gradient, iteration, n, n, settings);
    else
        method->select(optimizer, theta, &block, n, settings);
}

/* Takes `theta` down the sphere; the state is as large as the method says, and no larger. */
static void go_down(double *theta, const struct settings *settings, int n)
{
    enum { ITERATIONS = 300 };
    static const double GUARD = 12345;
    const struct optimizer_method *method = optimizer_of(settings);
    size_t numbers = (size_t)method->numbers(settings, n);
    double *state = calloc(numbers + 1, sizeof *state);
    struct optimizer optimizer = {0, state};
    state[numbers] = GUARD;
    if (method->start)
        method->start(&optimizer, theta, n, settings);
    for (int m = 0; m < ITERATIONS; m++)
        iterate(&optimizer, theta, sphere, settings, m, n, 0);
    CU_ASSERT_EQUAL(state[numbers], GUARD);
    CU_ASSERT(method->decides ? optimizer.steps > 0 && optimizer.steps < ITERATIONS
                              : optimizer.steps == ITERATIONS);
    free(state);
}

static void each_optimizer_finds_the_minimum_of_a_sphere(void)
{
    for (int k = 0; optimizer_list[k]; k++) {
        const struct optimizer_method *method = optimizer_list[k];
        struct settings settings = constant_rate(method->name, 0.03);
        double first[P] = {3, -2, 0.5}, theta[P] = {3, -2, 0.5}, again[P] = {3, -2, 0.5};
        CU_ASSERT_PTR_EQUAL(optimizer_of(&settings), method);
        CU_ASSERT(*method->sentence);
        CU_ASSERT((method->step == NULL) == (method->select && method->member));
        go_down(theta, &settings, P);
        go_down(again, &settings, P);
        if (sphere(theta, P) > 0.01 * sphere(first, P))
            fprintf(stderr, "%s: from %g to %g\n", method->name, sphere(first, P),
                    sphere(theta, P));
        CU_ASSERT(sphere(theta, P) <= 0.01 * sphere(first, P));
        CU_ASSERT_EQUAL(memcmp(theta, again, sizeof theta), 0);
    }
}

/* ---- each alone ---- */

/* Against the sums that Adam's recursion unrolls to: m_t = (1 - b1) sum b1^(t-i) g_i, v_t alike. */
static void adam_equals_its_sums(void)
{
    struct settings settings = constant_rate("adam", 0.1);
    double theta[P] = {1, 2, 3}, expected[P] = {1, 2, 3};
    double b1 = settings.meta.optimizer.beta1, b2 = settings.meta.optimizer.beta2;
    run(theta, &settings);
    for (int t = 1; t <= STEPS; t++)
        for (int p = 0; p < P; p++) {
            double m = 0, v = 0;
            for (int i = 1; i <= t; i++) {
                double g = gradients[i - 1][p];
                m += (1 - b1) * pow(b1, t - i) * g;
                v += (1 - b2) * pow(b2, t - i) * g * g;
            }
            m /= 1 - pow(b1, t);
            v /= 1 - pow(b2, t);
            expected[p] -= 0.1 * m / (sqrt(v) + settings.meta.optimizer.epsilon);
        }
    for (int p = 0; p < P; p++)
        CU_ASSERT_DOUBLE_EQUAL(theta[p], expected[p], 1e-12);
}

static void momentum_equals_its_sums(void)
{
    struct settings settings = constant_rate("sgd", 0.1);
    double theta[P] = {1, 2, 3}, expected[P] = {1, 2, 3};
    run(theta, &settings);
    for (int t = 1; t <= STEPS; t++)
        for (int p = 0; p < P; p++)
            for (int i = 1; i <= t; i++)
                expected[p] -=
                    0.1 * pow(settings.meta.optimizer.momentum, t - i) * gradients[i - 1][p];
    for (int p = 0; p < P; p++)
        CU_ASSERT_DOUBLE_EQUAL(theta[p], expected[p], 1e-12);
}

static void cosine_falls_from_the_rate_to_zero(void)
{
    struct settings settings = constant_rate("sgd", 0.1);
    CU_ASSERT_EQUAL(optimizer_rate(&settings, 3), 0.1);
    settings.meta.optimizer.schedule = SCHEDULE_COSINE;
    settings.meta.iterations = 100;
    CU_ASSERT_EQUAL(optimizer_rate(&settings, 0), 0.1);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_rate(&settings, 50), 0.05, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_rate(&settings, 100), 0, 1e-15);
    CU_ASSERT_TRUE(optimizer_rate(&settings, 99) > 0);
}

/* Along the same direction, by 10 % of the coefficients' size, 5; the time constant by 10 %. */
static void long_steps_are_shortened(void)
{
    struct settings settings = constant_rate("sgd", 1);
    double state[P] = {0}, theta[P] = {3, -4, 1}, again[P] = {3, -4, 1}, zero[P] = {0};
    const double gradient[P] = {-6, 8, -2}, small[P] = {-0.3, 0, 0.05};
    settings.meta.optimizer.longest = 0.1;
    optimizer_step(&(struct optimizer){0, state}, theta, gradient, 0, P, 2, &settings);
    CU_ASSERT_DOUBLE_EQUAL(theta[0], 3.3, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(theta[1], -4.4, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(theta[2], 1.1, 1e-14);
    memset(state, 0, sizeof state);
    optimizer_step(&(struct optimizer){0, state}, again, small, 0, P, 2, &settings);
    CU_ASSERT(again[0] == 3 + 0.3 && again[1] == -4 && again[2] == 1 - 0.05);
    memset(state, 0, sizeof state);
    optimizer_step(&(struct optimizer){0, state}, zero, gradient, 0, P, 2, &settings);
    CU_ASSERT(zero[0] == 6 && zero[1] == -8);
}

static void soft_threshold_makes_coefficients_exactly_zero(void)
{
    struct settings settings = constant_rate("sgd", 0.1);
    double state[P] = {0}, theta[P] = {0.05, -1, 0.05};
    const double none[P] = {0};
    struct optimizer optimizer = {0, state};
    settings.meta.l1 = 1;
    optimizer_step(&optimizer, theta, none, 0, P, 2, &settings);
    CU_ASSERT_EQUAL(theta[0], 0);
    CU_ASSERT_DOUBLE_EQUAL(theta[1], -0.9, 1e-15);
    CU_ASSERT_EQUAL(theta[2], 0.05); /* no coefficient: a time constant */
}

static double rosenbrock(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i + 1 < n; i++)
        sum += 100 * (x[i + 1] - x[i] * x[i]) * (x[i + 1] - x[i] * x[i]) + (1 - x[i]) * (1 - x[i]);
    return sum;
}

/* Generations until the mean's loss is below 1e-10; -1 if `most` do not do. Losses of the members
 * in `lost` are NAN. */
static int generations(double (*loss)(const double *, int), double *theta, int n, int most,
                       unsigned lost)
{
    struct settings settings = constant_rate("cmaes", 0);
    const struct optimizer_method *method = optimizer_of(&settings);
    int population = optimizer_population(&settings, n);
    double *state = calloc((size_t)method->numbers(&settings, n), sizeof *state);
    struct optimizer optimizer = {0, state};
    settings.meta.optimizer.sigma = 0.5;
    method->start(&optimizer, theta, n, &settings);
    int g = 0;
    for (; g < most && loss(theta, n) > 1e-10; g++)
        iterate(&optimizer, theta, loss, &settings, g, n, lost);
    if (getenv("SHOW_FIGURES"))
        fprintf(stderr, "cmaes: %d parameters, population %d: %d generations\n", n, population, g);
    free(state);
    return g < most ? g : -1;
}

/* Bounds: twice what Hansen's own programs take on these functions, about. */
static void cmaes_finds_the_minimum_of_sphere_and_rosenbrock(void)
{
    double one[1] = {3}, ten[10], many[38], valley[8] = {0};
    for (int i = 0; i < 10; i++)
        ten[i] = 1;
    for (int i = 0; i < 38; i++)
        many[i] = 1;
    CU_ASSERT(generations(sphere, one, 1, 200, 0) > 0);
    CU_ASSERT(generations(sphere, ten, 10, 400, 0) > 0);
    CU_ASSERT(generations(sphere, many, 38, 1000, 0) > 0);
    CU_ASSERT(generations(rosenbrock, valley, 8, 1500, 0) > 0);
}

static void cmaes_goes_on_without_members_that_diverged(void)
{
    double theta[10];
    for (int i = 0; i < 10; i++)
        theta[i] = 1;
    CU_ASSERT(generations(sphere, theta, 10, 600, 0x15) > 0);
    /* Most of them: theta stays and the step is halved. */
    struct settings settings = constant_rate("cmaes", 0);
    double state[1 + 3 * P + 2 * P * P] = {0}, x[P] = {1, 2, 3}, losses[33], penalty[33] = {0};
    struct optimizer optimizer = {0, state};
    CU_ASSERT_EQUAL(optimizer_of(&settings)->numbers(&settings, P), sizeof state / sizeof *state);
    optimizer_of(&settings)->start(&optimizer, x, P, &settings);
    for (int i = 0; i < 33; i++)
        losses[i] = NAN;
    const struct optimizer_block block = {0, 1 + optimizer_population(&settings, P), 1, losses,
                                          penalty};
    optimizer_of(&settings)->select(&optimizer, x, &block, P, &settings);
    CU_ASSERT_EQUAL(state[0], settings.meta.optimizer.sigma / 2);
    CU_ASSERT_EQUAL(optimizer.steps, 0);
    CU_ASSERT(x[0] == 1 && x[1] == 2 && x[2] == 3);
}

/* In a rule of 3 coefficients and a time constant: 6 %, since 1,000 members are drawn. */
static void cmaes_begins_in_units_of_the_rule(void)
{
    enum { N = 4, MEMBERS = 1000 };
    struct settings settings;
    const double theta[N] = {0, 3, -4, 7};
    double state[1 + 3 * N + 2 * N * N] = {0}, square[N] = {0};
    struct optimizer optimizer = {0, state};
    specimen_assign(&settings, NULL, 0,
                    "rule.terms=[r1 d1, r3 d1, r3 d3]; rule.learn=[theta, tau_e]; "
                    "meta.optimizer=cmaes; meta.optimizer.sigma=0.2; meta.relative_steps=true");
    optimizer_of(&settings)->start(&optimizer, theta, N, &settings);
    for (int i = 0; i < MEMBERS; i++) {
        double moved[N];
        memcpy(moved, theta, sizeof moved);
        optimizer_of(&settings)->member(moved, &optimizer, &settings, 0, i, N);
        for (int p = 0; p < N; p++)
            square[p] += (moved[p] - theta[p]) * (moved[p] - theta[p]) / MEMBERS;
    }
    for (int p = 0; p < N; p++) {
        double width = p < 3 ? 0.2 * 5 / sqrt(3) : 0.2;
        CU_ASSERT_DOUBLE_EQUAL(sqrt(square[p]), width, 0.06 * width);
    }
}

void test_optimizer(void)
{
    CU_pSuite suite = CU_add_suite("optimizer", NULL, NULL);
    CU_ADD_TEST(suite, each_optimizer_finds_the_minimum_of_a_sphere);
    CU_ADD_TEST(suite, adam_equals_its_sums);
    CU_ADD_TEST(suite, momentum_equals_its_sums);
    CU_ADD_TEST(suite, cosine_falls_from_the_rate_to_zero);
    CU_ADD_TEST(suite, long_steps_are_shortened);
    CU_ADD_TEST(suite, soft_threshold_makes_coefficients_exactly_zero);
    CU_ADD_TEST(suite, cmaes_finds_the_minimum_of_sphere_and_rosenbrock);
    CU_ADD_TEST(suite, cmaes_begins_in_units_of_the_rule);
    CU_ADD_TEST(suite, cmaes_goes_on_without_members_that_diverged);
}
