/* Steps in the metric of weight changes, (40). */
#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "base/linalg.h"
#include "search/optimizer.h"

void test_optimizer_metric(void);

enum { C = 4, P = 5, MOST = 400 }; /* coefficients; and a time constant; iterations */

/* Ill-conditioned, and along no axis: diag(1, 10, 100, 1e4) turned twice. */
static double gram[C * C];
static const double flat[C] = {1, 1, 1, 1}, uneven[C] = {0.1, 3, 40, 1};
static const double target[C] = {0.8, -0.5, 0.3, 0.6}, start[C] = {-0.5, 0.4, 0.9, 0.2};

static void turn(double *a, int p, int q, double c, double s)
{
    for (int k = 0; k < C; k++) {
        double x = a[k * C + p], y = a[k * C + q];
        a[k * C + p] = c * x - s * y, a[k * C + q] = s * x + c * y;
    }
    for (int k = 0; k < C; k++) {
        double x = a[p * C + k], y = a[q * C + k];
        a[p * C + k] = c * x - s * y, a[q * C + k] = s * x + c * y;
    }
}

static void make_gram(void)
{
    memset(gram, 0, sizeof gram);
    for (int k = 0; k < C; k++)
        gram[k * C + k] = (const double[]){1, 10, 100, 1e4}[k];
    for (int k = 1; k < C; k++)
        turn(gram, 0, k, 0.8, 0.6);
    turn(gram, 1, 3, 0.6, 0.8);
}

static double form(const double *x, const double *y)
{
    double sum = 0;
    for (int k = 0; k < C; k++)
        for (int l = 0; l < C; l++)
            sum += x[k] * gram[k * C + l] * y[l];
    return sum;
}

static struct settings of_method(const char *method, double rate, int iterations)
{
    struct settings settings;
    char reason[SETTINGS_VALUE];
    settings_defaults(&settings);
    CU_ASSERT_EQUAL(settings_set(&settings, "meta.optimizer.name", method, reason), STATUS_OK);
    settings.meta.optimizer.rate = rate;
    settings.meta.optimizer.metric = METRIC_CHANGES;
    settings.meta.iterations = iterations;
    return settings;
}

/* The loss x' G x / 2 about the target, raw; its gradient in coordinates of `scale`. */
static double loss_at(double *gradient, const double *theta, const double *scale)
{
    double x[C];
    for (int k = 0; k < C; k++)
        x[k] = scale[k] * theta[k] - target[k];
    for (int k = 0; k < C; k++) {
        gradient[k] = 0;
        for (int l = 0; l < C; l++)
            gradient[k] += scale[k] * gram[k * C + l] * x[l];
    }
    return form(x, x) / 2;
}

/* Iterations until the loss is 1 % of that at the start, or MOST; raw theta after the last in `raw`. */
static int descend(double *raw, const struct settings *settings, bool metric, const double *scale)
{
    double theta[C], state[2 * C] = {0}, factor[C * C], gradient[C], first = 0;
    const struct optimizer_metric own = {C, factor};
    struct optimizer optimizer = {0, state, metric ? &own : NULL};
    int i = 0;
    optimizer_metric_fill(factor, gram, scale, C);
    for (int k = 0; k < C; k++)
        theta[k] = start[k] / scale[k];
    for (; i < settings->meta.iterations; i++) {
        double loss = loss_at(gradient, theta, scale);
        first = i == 0 ? loss : first;
        if (loss < 0.01 * first)
            break;
        optimizer_step(&optimizer, theta, gradient, i, C, C, settings);
    }
    for (int k = 0; k < C && raw; k++)
        raw[k] = scale[k] * theta[k];
    return i;
}

/* Against the best of rates from 1e-6 to 1. */
static void fewer_iterations_than_without(void)
{
    static const char *const methods[] = {"sgd", "adam"};
    for (int m = 0; m < 2; m++) {
        struct settings settings = of_method(methods[m], 0.2, MOST);
        int with = descend(NULL, &settings, true, flat), least = MOST;
        for (double rate = 1e-6; rate < 2; rate *= 2) {
            settings.meta.optimizer.rate = rate;
            int without = descend(NULL, &settings, false, flat);
            least = without < least ? without : least;
        }
        CU_ASSERT(with <= 40);
        CU_ASSERT(least >= 3 * with);
    }
}

/* The same to a hundredth of the ridge. */
static void raw_steps_do_not_depend_on_the_coordinates(void)
{
    static const char *const methods[] = {"sgd", "adam"};
    for (int m = 0; m < 2; m++) {
        struct settings settings = of_method(methods[m], 0.1, 8);
        double one[C], other[C];
        descend(one, &settings, true, flat);
        descend(other, &settings, true, uneven);
        for (int k = 0; k < C; k++)
            CU_ASSERT_DOUBLE_EQUAL(one[k], other[k], 1e-9);
    }
}

/* By Cramer's rule for the two coefficients of this one. */
static void a_step_is_the_natural_gradient_of_the_asked_length(void)
{
    enum { TWO = 2 };
    static const double g[TWO * TWO] = {4, 1, 1, 0.5}, one[TWO] = {1, 1};
    struct settings settings = of_method("sgd", 0.25, 1);
    settings.meta.optimizer.schedule = SCHEDULE_CONSTANT;
    double factor[TWO * TWO], state[3] = {0}, theta[3] = {2, -3, 1}, gradient[3] = {0.3, 0.2, 0.1};
    const struct optimizer_metric metric = {TWO, factor};
    struct optimizer optimizer = {0, state, &metric};
    optimizer_metric_fill(factor, g, one, TWO);
    double a = 4 * 1.001, b = 1, d = 0.5 * 1.001, determinant = a * d - b * b;
    double size = sqrt(a * 4 - 12 * b + d * 9);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_metric_size(&metric, theta), size, 1e-12);
    double step[3] = {(d * 0.3 - b * 0.2) / determinant * size * size,
                      (a * 0.2 - b * 0.3) / determinant * size * size, 0.1};
    double square = (a * step[0] * step[0] + 2 * b * step[0] * step[1] + d * step[1] * step[1]) /
                        (size * size) +
                    step[2] * step[2];
    optimizer_step(&optimizer, theta, gradient, 0, 3, TWO, &settings);
    CU_ASSERT_DOUBLE_EQUAL(theta[0], 2 - 0.25 * step[0] / sqrt(square), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(theta[1], -3 - 0.25 * step[1] / sqrt(square), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(theta[2], 1 - 0.25 * step[2] / sqrt(square), 1e-12);
}

/* From 0 the size is 1; without a gradient nothing moves. */
static void a_rule_that_is_0_has_the_size_of_the_start(void)
{
    struct settings settings = of_method("sgd", 0.25, 1);
    double factor[C * C], state[C] = {0}, theta[C] = {0}, gradient[C] = {0};
    const struct optimizer_metric metric = {C, factor};
    struct optimizer optimizer = {0, state, &metric};
    optimizer_metric_fill(factor, NULL, uneven, C);
    optimizer_step(&optimizer, theta, gradient, 0, C, C, &settings);
    CU_ASSERT(theta[0] == 0 && theta[C - 1] == 0);
    gradient[1] = -3;
    optimizer_step(&optimizer, theta, gradient, 0, C, C, &settings);
    CU_ASSERT_DOUBLE_EQUAL(theta[1], 0.25 / sqrt(1.001), 1e-12);
    CU_ASSERT_EQUAL(theta[0], 0);
}

/* The mean square length of 4,000 members: sigma^2 +- 2 %. */
static void cmaes_draws_members_of_the_asked_length(void)
{
    struct settings settings = of_method("cmaes", 0, 1);
    const struct optimizer_method *method = optimizer_of(&settings);
    double factor[C * C], state[1 + 3 * P + 2 * P * P] = {0}, theta[P], member[P], size, sum = 0;
    const struct optimizer_metric metric = {C, factor};
    struct optimizer optimizer = {0, state, &metric};
    settings.meta.optimizer.sigma = 0.3;
    CU_ASSERT_EQUAL_FATAL(method->numbers(&settings, P), sizeof state / sizeof *state);
    optimizer_metric_fill(factor, gram, flat, C);
    memcpy(theta, start, sizeof start);
    theta[C] = 5;
    size = optimizer_metric_size(&metric, theta);
    method->start(&optimizer, theta, P, &settings);
    for (int i = 0; i < 4000; i++) {
        memcpy(member, theta, sizeof member);
        method->member(member, &optimizer, &settings, i / 1000, i % 1000, P);
        for (int p = 0; p < P; p++)
            member[p] -= theta[p];
        sum += form(member, member) / (size * size) + member[C] * member[C];
        for (int k = 0; k < C; k++)
            sum += 1e-3 * gram[k * C + k] * member[k] * member[k] / (size * size);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / 4000, 0.09, 0.002);
}

void test_optimizer_metric(void)
{
    make_gram();
    CU_pSuite suite = CU_add_suite("optimizer_metric", NULL, NULL);
    CU_ADD_TEST(suite, fewer_iterations_than_without);
    CU_ADD_TEST(suite, raw_steps_do_not_depend_on_the_coordinates);
    CU_ADD_TEST(suite, a_step_is_the_natural_gradient_of_the_asked_length);
    CU_ADD_TEST(suite, a_rule_that_is_0_has_the_size_of_the_start);
    CU_ADD_TEST(suite, cmaes_draws_members_of_the_asked_length);
}
