/* Estimators: what each of the list promises, and the mean over seeds. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/estimator.h"
#include "specimen.h"

static const struct estimator *find(const char *name, struct settings *settings)
{
    char options[SETTINGS_VALUE];
    snprintf(options, sizeof options, "meta.estimator=%s", name);
    specimen_assign(settings, NULL, 0, options);
    return estimator_of(settings);
}

static void pathwise_is_exact_and_discounted_fades(void)
{
    struct settings settings;
    const struct estimator *pathwise = find("pathwise", &settings);
    struct lifetime_gradient gradient = pathwise->gradient(&settings);
    CU_ASSERT_TRUE(pathwise->exact && gradient.wanted);
    CU_ASSERT_EQUAL(gradient.discount, 1);
    CU_ASSERT_EQUAL(gradient.reset_every, 0);

    const struct estimator *discounted = find("discounted", &settings);
    settings.meta.discount = 0.75;
    settings.meta.reset_every = 9;
    gradient = discounted->gradient(&settings);
    CU_ASSERT_TRUE(!discounted->exact && gradient.wanted);
    CU_ASSERT_EQUAL(gradient.discount, 0.75);
    CU_ASSERT_EQUAL(gradient.reset_every, 9);
}

static void mean_is_normalised_and_clipped_seed_by_seed(void)
{
    /* Times the scale: (6, 8), norm 10, clipped to (3, 4); and (0, 1), as it is. */
    const double gradients[] = {3, 2, 0, 0.25}, scale[] = {2, 4};
    const bool usable[] = {true, true};
    double mean[2];
    CU_ASSERT_EQUAL(estimator_mean(mean, gradients, usable, scale, 5, 2, 2), 2);
    CU_ASSERT_DOUBLE_EQUAL(mean[0], 1.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(mean[1], 2.5, 1e-15);
    CU_ASSERT_EQUAL(estimator_mean(mean, gradients, usable, scale, INFINITY, 2, 2), 2);
    CU_ASSERT_EQUAL(mean[0], 3);
    CU_ASSERT_EQUAL(mean[1], 4.5);
}

static void unusable_and_infinite_gradients_are_left_out(void)
{
    const double gradients[] = {1, 2, 3, NAN, 5, INFINITY, 7, 8, 1e200, 1};
    const double scale[] = {1, 1};
    const bool usable[] = {true, true, true, false, true};
    double mean[2];
    /* The last one's norm overflows. */
    CU_ASSERT_EQUAL(estimator_mean(mean, gradients, usable, scale, 100, 5, 2), 1);
    CU_ASSERT_EQUAL(mean[0], 1);
    CU_ASSERT_EQUAL(mean[1], 2);
}

static void mean_of_no_gradient_is_zero(void)
{
    const double gradients[] = {NAN, 1}, scale[] = {1, 1};
    const bool usable[] = {true};
    double mean[2] = {5, 5};
    CU_ASSERT_EQUAL(estimator_mean(mean, gradients, usable, scale, 1, 1, 2), 0);
    CU_ASSERT_EQUAL(mean[0], 0);
    CU_ASSERT_EQUAL(mean[1], 0);
}

/* Losses of one smooth lifetime at the points of the estimator that `option` chooses, and its
 * gradient from them; `exact` is that which `carried` has. Both in raw coordinates
 * [RULE_PARAMETERS], returns P. */
static int compare_losses(double *gradient, double *exact, const char *option,
                          const struct estimator *carried, int64_t iterations)
{
    struct settings settings;
    struct lifetime lifetime, plain;
    struct error error = {0};
    double start[RULE_PARAMETERS], theta[RULE_PARAMETERS], one[RULE_PARAMETERS],
        normalised[RULE_PARAMETERS], scale[9];
    static const char *const base[] = {"task.name=association",
                                       "task.cue=20 ms",
                                       "task.delay=20 ms",
                                       "task.response=20 ms",
                                       "network.units=8",
                                       "network.dt=4 ms",
                                       "learning.trials=12",
                                       "learning.warmup=2",
                                       "learning.rate=0.001",
                                       "rule.degree=2",
                                       "rule.start={r1 d1: -0.5, r2 d0: 0.01}"};
    specimen_assign(&settings, base, sizeof base / sizeof *base, option);
    const struct estimator *estimator = estimator_of(&settings);
    lifetime_create(&lifetime, &settings, carried->gradient(&settings), false, &error);
    lifetime_create(&plain, &settings, estimator->gradient(&settings), false, &error);
    int parameters = lifetime.rule.parameters;
    int points = estimator_points(estimator, &settings, parameters);
    double *losses = calloc((size_t)points, sizeof *losses);
    rule_get(&lifetime.rule, start);
    lifetime_run(&lifetime, 2, start, NULL);
    memcpy(exact, lifetime.gradient_sum, (size_t)parameters * sizeof *exact);
    for (int p = 0; p < parameters; p++) {
        scale[p] = 1 + p / 3.0;
        gradient[p] = 0;
    }
    for (int64_t m = 0; m < iterations; m++) {
        for (int p = 0; p < parameters; p++)
            normalised[p] = start[p] / scale[p];
        struct estimator_place place = estimator_place(&settings, normalised, m, parameters);
        for (int point = 0; point < points; point++) {
            memcpy(theta, normalised, sizeof theta);
            estimator_move(theta, estimator, &settings, &place, point);
            for (int p = 0; p < parameters; p++)
                theta[p] *= scale[p];
            lifetime_run(&plain, 2, theta, NULL);
            losses[point] = plain.loss;
        }
        estimator_compare(one, estimator, losses, scale, &settings, &place, 1);
        for (int p = 0; p < parameters; p++)
            gradient[p] += one[p] / (double)iterations;
    }
    free(losses);
    lifetime_free(&lifetime);
    lifetime_free(&plain);
    return parameters;
}

static double distance(const double *a, const double *b, int count, double *size)
{
    double square = 0;
    *size = 0;
    for (int p = 0; p < count; p++) {
        square += (a[p] - b[p]) * (a[p] - b[p]);
        *size += b[p] * b[p];
    }
    *size = sqrt(*size);
    return sqrt(square);
}

/* 1e-6: the error of truncation at the default step. */
static void exact_estimators_equal_differences(void)
{
    for (int k = 0; estimator_list[k]; k++) {
        double differences[RULE_PARAMETERS], exact[RULE_PARAMETERS], size;
        if (!estimator_list[k]->exact)
            continue;
        int parameters =
            compare_losses(differences, exact, "meta.estimator=fd", estimator_list[k], 1);
        CU_ASSERT_EQUAL(parameters, 9);
        double error = distance(exact, differences, parameters, &size);
        CU_ASSERT(size > 0 && error < 1e-6 * size);
    }
}

/* The relative error of the mean of K random pairs is about sqrt((P + 1) / K) where the loss is
 * linear: 0.035 for 1000 iterations of 8 pairs, here with scales up to 3.7 in it. */
static void losses_alone_give_the_gradient_in_the_mean(void)
{
    for (int k = 0; estimator_list[k / 2]; k++) {
        double gradient[RULE_PARAMETERS], exact[RULE_PARAMETERS], size;
        char options[SETTINGS_VALUE];
        if (!estimator_list[k / 2]->pairs)
            continue;
        snprintf(options, sizeof options, "meta.estimator=%s; meta.relative_steps=%s",
                 estimator_list[k / 2]->name, k % 2 ? "true" : "false");
        int parameters = compare_losses(gradient, exact, options, estimator_list[0], 1000);
        double error = distance(gradient, exact, parameters, &size);
        if (getenv("SHOW_FIGURES"))
            fprintf(stderr, "%s: error %.3f over 1000 iterations\n",
                    options + strlen("meta.estimator="), error / size);
        CU_ASSERT(size > 0 && error < 0.1 * size);
    }
}

/* Coefficients 3 and -4 of 4: size 5, root mean square 2.5; the time constant stays apart. 5 %: the
 * error of a standard deviation over 2,000 steps is 1.6 %. */
static void relative_steps_are_in_units_of_the_rule(void)
{
    enum { ITERATIONS = 2000, P = 5 };
    const double theta[P] = {3, 0, -4, 0, 1}, none[P] = {0, 0, 0, 0, 1};
    struct settings settings;
    double square[P] = {0};
    specimen_assign(&settings, NULL, 0,
                    "rule.degree=1; rule.learn=[theta, tau_e]; meta.estimator=es; "
                    "meta.es_sigma=0.1; meta.relative_steps=true");
    for (int64_t m = 0; m < ITERATIONS; m++) {
        double moved[P];
        memcpy(moved, theta, sizeof moved);
        struct estimator_place place = estimator_place(&settings, theta, m, P);
        estimator_move(moved, estimator_of(&settings), &settings, &place, 1);
        for (int p = 0; p < P; p++)
            square[p] += (moved[p] - theta[p]) * (moved[p] - theta[p]) / ITERATIONS;
    }
    for (int p = 0; p < P; p++)
        CU_ASSERT_DOUBLE_EQUAL(sqrt(square[p]), p < 4 ? 0.25 : 0.1, p < 4 ? 0.0125 : 0.005);
    /* A rule that is 0 has no size. */
    CU_ASSERT_EQUAL(estimator_place(&settings, none, 0, P).unit[0], 1);
    settings.meta.relative_steps = false;
    CU_ASSERT_EQUAL(estimator_place(&settings, theta, 0, P).unit[0], 1);
}

static void each_estimator_says_how_it_is_had(void)
{
    for (int k = 0; estimator_list[k]; k++) {
        struct settings settings;
        const struct estimator *estimator = find(estimator_list[k]->name, &settings);
        CU_ASSERT_PTR_EQUAL(estimator, estimator_list[k]);
        CU_ASSERT(*estimator->sentence);
        struct lifetime_gradient gradient = estimator->gradient(&settings);
        CU_ASSERT_EQUAL(estimator->pairs != NULL, estimator->step && estimator->factor);
        CU_ASSERT_EQUAL(gradient.wanted, !estimator->pairs || estimator->guides);
        CU_ASSERT(gradient.discount >= 0 && gradient.discount <= 1);
        CU_ASSERT(!(gradient.score && gradient.backwards));
    }
}

static void a_loss_that_is_missing_leaves_its_seed_out(void)
{
    struct settings settings;
    const struct estimator *fd = find("fd", &settings);
    const double losses[] = {1, NAN, 0, 0, 2, 3, 0, 0}, scale[] = {1, 2}; /* [4 points, 2 seeds] */
    const bool usable[] = {true, true};
    double gradients[4], mean[2];
    settings.meta.fd_step = 0.5;
    struct estimator_place place = {.parameters = 2, .unit = {1, 1}};
    estimator_compare(gradients, fd, losses, scale, &settings, &place, 2);
    CU_ASSERT_EQUAL(gradients[0], 1); /* (1 - 0) / (2 * 0.5) */
    CU_ASSERT_EQUAL(gradients[1], 1); /* (2 - 0) / (2 * 0.5), and raw: / 2 */
    CU_ASSERT_EQUAL(estimator_mean(mean, gradients, usable, scale, INFINITY, 2, 2), 1);
    CU_ASSERT_EQUAL(mean[1], 2);
}

void test_estimator(void)
{
    CU_pSuite suite = CU_add_suite("estimator", NULL, NULL);
    CU_ADD_TEST(suite, each_estimator_says_how_it_is_had);
    CU_ADD_TEST(suite, pathwise_is_exact_and_discounted_fades);
    CU_ADD_TEST(suite, mean_is_normalised_and_clipped_seed_by_seed);
    CU_ADD_TEST(suite, unusable_and_infinite_gradients_are_left_out);
    CU_ADD_TEST(suite, mean_of_no_gradient_is_zero);
    CU_ADD_TEST(suite, exact_estimators_equal_differences);
    CU_ADD_TEST(suite, losses_alone_give_the_gradient_in_the_mean);
    CU_ADD_TEST(suite, relative_steps_are_in_units_of_the_rule);
    CU_ADD_TEST(suite, a_loss_that_is_missing_leaves_its_seed_out);
}
