/* The estimator `guided` alone: its steps and what they measure. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/estimator.h"
#include "specimen.h"

void test_estimator_guided(void);

enum { P = 9, GUIDES = 3, PAIRS = 1000, ITERATIONS = 20 };

/* Two directions, told by three guides: the last one is a sum of the others. */
static const double guide[GUIDES][P] = {{2, 2}, {0, 0, 0, 0, 0, 0, 3}, {4, 4, 0, 0, 0, 0, 9}};

static struct settings choose(const char *options)
{
    static const char *const base[] = {"rule.degree=2", "meta.estimator=guided"};
    struct settings settings;
    specimen_assign(&settings, base, 2, options);
    return settings;
}

/* The share of the variance along a unit vector: (1 - s) + s P/2 in the span of the guides. */
static double expected(const double *u, double share)
{
    double first = (u[0] + u[1]) / sqrt(2), second = u[6];
    return 1 - share + share * P / 2 * (first * first + second * second);
}

/* The mean square of steps along u. */
static double variance(const struct settings *settings, const struct estimator_place *place,
                       const double *u)
{
    double step[P], square = 0;
    for (int k = 0; k < PAIRS; k++) {
        double along = 0;
        estimator_of(settings)->step(step, settings, place, k);
        for (int p = 0; p < P; p++)
            along += u[p] * step[p];
        square += along * along / PAIRS;
    }
    double sigma = settings->meta.es_sigma;
    return square / (sigma * sigma);
}

/* 20 %: the relative error of a variance over 1,000 steps is 4.5 %; half and half of guided steps are 4.25
 * units of variance along the guides and .5 across. */
static void steps_are_stretched_along_the_guides(void)
{
    static const double along[P] = {M_SQRT1_2, M_SQRT1_2}, other[P] = {0, 0, 0, 0, 0, 0, 1},
                        across[P] = {M_SQRT1_2, -M_SQRT1_2}, both[P] = {.5, .5, .5, .5};
    const double *const directions[] = {along, other, across, both};
    for (int share = 0; share <= 2; share++) {
        struct settings settings = choose("meta.es_sigma=0.1");
        settings.meta.guide_share = share / 2.0;
        struct estimator_place place = {.parameters = P, .guides = GUIDES, .guide = guide[0]};
        for (int p = 0; p < P; p++)
            place.unit[p] = 1;
        for (int d = 0; d < 4; d++) {
            double right = expected(directions[d], share / 2.0);
            CU_ASSERT_DOUBLE_EQUAL(variance(&settings, &place, directions[d]), right, 0.2 * right);
        }
    }
}

/* To the bit, so that a first iteration is one of es. */
static void without_guides_steps_are_those_of_es(void)
{
    struct settings settings = choose("meta.guide_share=0.5"), es = choose("meta.estimator=es");
    double step[P], plain[P];
    const struct estimator_place place = {.iteration = 4, .parameters = P};
    estimator_of(&settings)->step(step, &settings, &place, 2);
    estimator_of(&es)->step(plain, &es, &place, 2);
    CU_ASSERT_EQUAL(memcmp(step, plain, sizeof step), 0);
    CU_ASSERT_EQUAL(estimator_of(&settings)->factor(&settings, &place),
                    estimator_of(&es)->factor(&es, &place));
}

/* A loss b x + x A x / 2: pairs tell its slope at theta, b, exactly. The estimate is in the mean b along
 * the guides, and the ratio of the variances times b across. */
static void slope_is_right_along_the_guides_and_less_across(void)
{
    struct settings settings = choose("meta.es_pairs=1000; meta.es_sigma=0.1");
    struct estimator_place place = {.parameters = P, .guides = GUIDES, .guide = guide[0]};
    double slope[P], mean[P] = {0}, scale[P], *losses = calloc(2 * PAIRS, sizeof *losses);
    for (int p = 0; p < P; p++) {
        place.unit[p] = scale[p] = 1;
        slope[p] = p - 3;
    }
    for (place.iteration = 0; place.iteration < ITERATIONS; place.iteration++) {
        double gradient[P];
        for (int point = 0; point < 2 * PAIRS; point++) {
            double x[P] = {0};
            estimator_move(x, estimator_of(&settings), &settings, &place, point);
            losses[point] = 0;
            for (int p = 0; p < P; p++)
                losses[point] += slope[p] * x[p] + (p + 1) * x[p] * x[(p + 2) % P] / 2;
        }
        estimator_compare(gradient, estimator_of(&settings), losses, scale, &settings, &place, 1);
        for (int p = 0; p < P; p++)
            mean[p] += gradient[p] / ITERATIONS;
    }
    free(losses);
    double first = (slope[0] + slope[1]) / 2, across = 0.5 / (0.5 + 0.5 * P / 2);
    for (int p = 0; p < P; p++) {
        double along = p < 2 ? first : p == 6 ? slope[6] : 0;
        CU_ASSERT_DOUBLE_EQUAL(mean[p], along + across * (slope[p] - along), 0.15);
    }
}

/* A new unit makes the same step from guides that are as much smaller. */
static void guides_are_taken_in_the_units_of_the_steps(void)
{
    struct settings settings = choose("meta.guide_share=1");
    double step[P], same[P], small[P], big[P];
    struct estimator_place place = {.parameters = P, .guides = 1, .guide = big};
    for (int p = 0; p < P; p++) {
        place.unit[p] = 1;
        big[p] = p + 1;
        small[p] = (p + 1) / (p + 2.0);
    }
    estimator_of(&settings)->step(step, &settings, &place, 0);
    place.guide = small;
    for (int p = 0; p < P; p++)
        place.unit[p] = p + 2;
    estimator_of(&settings)->step(same, &settings, &place, 0);
    for (int p = 0; p < P; p++) {
        CU_ASSERT_DOUBLE_EQUAL(step[p], same[p], 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(step[p] / step[0], p + 1, 1e-9);
    }
}

void test_estimator_guided(void)
{
    CU_pSuite suite = CU_add_suite("estimator_guided", NULL, NULL);
    CU_ADD_TEST(suite, steps_are_stretched_along_the_guides);
    CU_ADD_TEST(suite, without_guides_steps_are_those_of_es);
    CU_ADD_TEST(suite, slope_is_right_along_the_guides_and_less_across);
    CU_ADD_TEST(suite, guides_are_taken_in_the_units_of_the_steps);
}
