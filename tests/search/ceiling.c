/* The best rules of made-up measurements, (29), (30) and (35). */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/ceiling.h"

void test_ceiling(void);

enum { COLUMNS = 4, MOST = 80, STAGES = 2 };

/* G is diagonal but for two columns that are nearly the same; |g|^2 is 10. */
static const double truth[COLUMNS] = {3, -1, 0.5, 2};
static const double gram[COLUMNS * COLUMNS] = {4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 9, 0.5, 0, 0, 0.5, 16};
static const double none[COLUMNS * COLUMNS];
static double signal[MOST * STAGES][COLUMNS], error[COLUMNS * COLUMNS];
static struct efficiency measured[MOST * STAGES];

static double uniform(void)
{
    return (double)rand() / RAND_MAX - 0.5;
}

/* c is the truth at every place, plus noise of this standard deviation, which is known or not. */
static struct ceiling make(int networks, int stages, double noise, bool known)
{
    srand(7);
    memset(error, 0, sizeof error);
    for (int k = 0; k < COLUMNS && known; k++)
        error[k * COLUMNS + k] = noise * noise;
    for (int e = 0; e < networks * stages; e++) {
        for (int k = 0; k < COLUMNS; k++)
            signal[e][k] = truth[k] + sqrt(12) * noise * uniform();
        measured[e] = (struct efficiency){.state = LIFETIME_DONE,
                                          .trials = 1000,
                                          .gradient = 10,
                                          .gradient_noise = 40,
                                          .signal = signal[e],
                                          .covariance = known ? error : none,
                                          .gram = gram};
    }
    return (struct ceiling){networks, stages, COLUMNS, measured, false};
}

static const double reference[COLUMNS] = {1};
static const unsigned char all[COLUMNS] = {1, 1, 1, 1};

static struct ceiling_answer ask(const struct ceiling *ceiling, const struct ceiling_rule *rule)
{
    struct ceiling_answer answer;
    CU_ASSERT_EQUAL_FATAL(ceiling_answer(&answer, ceiling, rule, 1, reference, NULL), STATUS_OK);
    return answer;
}

/* c' G^-1 c by hand: of columns 2 and 3 by the inverse of [9, .5; .5, 16]. */
static double ceiling_by_hand(void)
{
    double determinant = 9 * 16 - 0.25;
    double pair = (16 * 0.25 - 2 * 0.5 * 0.5 * 2 + 9 * 4) / determinant;
    return 9.0 / 4 + 1 + pair;
}

static void best_rule_is_the_inverse_of_the_size_times_the_drift(void)
{
    const struct ceiling ceiling = make(5, STAGES, 0, false);
    struct ceiling_answer answer =
        ask(&ceiling, &(struct ceiling_rule){CEILING_FITTED, all, NULL, 0, false});
    CU_ASSERT_DOUBLE_EQUAL(answer.share, ceiling_by_hand() / 10, 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(answer.ratio, ceiling_by_hand() / (9.0 / 4), 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(answer.transfer, answer.ratio, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(answer.stage[1], answer.share, 1e-12);
    CU_ASSERT_EQUAL(answer.ridge, 1e-4);
    CU_ASSERT_DOUBLE_EQUAL(answer.theta[1] / answer.theta[0], -1 / (3.0 / 4), 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(ceiling_size(&ceiling, answer.theta, reference), 1, 1e-12);
    ceiling_free(&answer, 1);
}

static void given_rules_keep_their_sign(void)
{
    const struct ceiling ceiling = make(3, STAGES, 0, false);
    const double up[COLUMNS] = {0, 2}, down[COLUMNS] = {0, -0.5};
    struct ceiling_answer a =
        ask(&ceiling, &(struct ceiling_rule){CEILING_GIVEN, NULL, up, 0, false});
    struct ceiling_answer b =
        ask(&ceiling, &(struct ceiling_rule){CEILING_GIVEN, NULL, down, 0, false});
    struct ceiling_answer c =
        ask(&ceiling, &(struct ceiling_rule){CEILING_GRADIENT, NULL, NULL, 0, false});
    CU_ASSERT_DOUBLE_EQUAL(a.share, -0.1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(b.share, 0.1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(c.share, 0.25, 1e-12);
    ceiling_free(&a, 1);
    ceiling_free(&b, 1);
    ceiling_free(&c, 1);
}

/* Two columns that are the same, and one that is always 0. */
static void singular_sizes_do_no_harm(void)
{
    static const double same[COLUMNS * COLUMNS] = {1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4};
    static const double drift[COLUMNS] = {1, 1, 0, 2};
    struct ceiling ceiling = make(4, 1, 0, false);
    for (int e = 0; e < 4; e++)
        measured[e].gram = same, measured[e].signal = drift;
    struct ceiling_answer answer =
        ask(&ceiling, &(struct ceiling_rule){CEILING_FITTED, all, NULL, 0, false});
    CU_ASSERT_DOUBLE_EQUAL(answer.share, (1 + 4.0 / 4) / 10, 1e-6);
    CU_ASSERT_EQUAL(answer.theta[2], 0);
    CU_ASSERT_DOUBLE_EQUAL(answer.theta[0], answer.theta[1], 1e-9);
    ceiling_free(&answer, 1);
}

/* What a fit makes of noise alone has no efficiency elsewhere, and an interval that says so. */
static void noise_has_no_efficiency(void)
{
    struct ceiling ceiling = make(60, 1, 20, true);
    for (int e = 0; e < 60; e++)
        for (int k = 0; k < COLUMNS; k++)
            signal[e][k] = k == 0 ? truth[k] : signal[e][k] - truth[k];
    error[0] = 0;
    const unsigned char others[COLUMNS] = {0, 1, 1, 1};
    struct ceiling_answer answer =
        ask(&ceiling, &(struct ceiling_rule){CEILING_FITTED, others, NULL, 0, false});
    CU_ASSERT(fabs(answer.ratio) < 1);
    CU_ASSERT(answer.low < 0 && answer.high > 0);
    ceiling_free(&answer, 1);
}

/* Over many repeats the mean of c is known to noise / sqrt(networks), its square is too large by the
 * variance of that unless it is taken off, and a half of the intervals' width is that error. */
static void error_of_the_drift_is_taken_off(void)
{
    const struct ceiling ceiling = make(80, 1, 10, true), blind = make(80, 1, 10, false);
    struct ceiling_rule rule = {CEILING_GIVEN, NULL, reference, 0, false};
    make(80, 1, 10, false);
    struct ceiling_answer without = ask(&blind, &rule);
    make(80, 1, 10, true);
    struct ceiling_answer with = ask(&ceiling, &rule);
    CU_ASSERT_DOUBLE_EQUAL(without.share - with.share, 100.0 / 80 / 4 / 10, 1e-12);
    ceiling_free(&without, 1);
    ceiling_free(&with, 1);
}

/* Drifts that differ from network to network by 1 around 3: their mean over n is known to
 * 1 / sqrt(n), and the ratio of two independent columns to twice that, relatively, of both. */
static void interval_is_that_of_the_networks(void)
{
    const struct ceiling ceiling = make(80, 1, 1, false);
    double other[COLUMNS] = {0, 0, 0, 1};
    struct ceiling_answer answer =
        ask(&ceiling, &(struct ceiling_rule){CEILING_GIVEN, NULL, other, 0, false});
    double expected = answer.ratio * 2 / sqrt(80) * sqrt(1 / 9.0 + 1 / 4.0);
    CU_ASSERT_DOUBLE_EQUAL((answer.high - answer.low) / (2 * 1.99) / expected, 1, 0.3);
    CU_ASSERT_DOUBLE_EQUAL(ceiling_error(&answer, &answer, 80), 0, 1e-12);
    ceiling_free(&answer, 1);
}

/* The same with a damage of its own at all places. */
static struct ceiling damaged(double noise, const double *damage)
{
    struct ceiling ceiling = make(6, STAGES, noise, false);
    ceiling.damage = true;
    for (int e = 0; e < 6 * STAGES; e++)
        measured[e].damage = damage;
    return ceiling;
}

static const struct ceiling_rule fitted = {CEILING_FITTED, all, NULL, 0, false};
static const struct ceiling_rule by_size = {CEILING_FITTED, all, NULL, 0, true};

/* (theta'c)^2 / theta' D theta is largest for D^-1 c, over 1 x 3^2 / 2 of the reference; the one for
 * the size, G^-1 c, has 1 x (c' G^-1 c)^2 / (c' G^-1 D G^-1 c). */
static void best_rule_by_damage_is_the_inverse_of_the_damage_times_the_drift(void)
{
    static const double damage[COLUMNS * COLUMNS] = {2, 0, 0, 0,   0, 5, 0,   0,
                                                     0, 0, 9, 0.5, 0, 0, 0.5, 4};
    const struct ceiling ceiling = damaged(0, damage);
    struct ceiling_answer best = ask(&ceiling, &fitted), other = ask(&ceiling, &by_size);
    double pair = (4 * 0.25 - 2 * 0.5 * 0.5 * 2 + 9 * 4) / (9 * 4 - 0.25);
    CU_ASSERT_DOUBLE_EQUAL(best.ratio, (9.0 / 2 + 1.0 / 5 + pair) / (9.0 / 2), 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(best.theta[1] / best.theta[0], (-1 / 5.0) / (3 / 2.0), 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(ceiling_size(&ceiling, best.theta, reference), 1, 1e-12);
    CU_ASSERT(other.ratio < best.ratio - 0.1);
    CU_ASSERT_DOUBLE_EQUAL(other.theta[1] / other.theta[0], -1 / (3.0 / 4), 1e-3);
    ceiling_free(&best, 1);
    ceiling_free(&other, 1);
}

/* Where curvature is below 0 or as good as none, a quotient has no bound; the fit has. */
static void curvature_below_0_does_no_harm(void)
{
    static const double damage[COLUMNS * COLUMNS] = {2, 0, 0,    0, 0, -1, 0, 0,
                                                     0, 0, 1e-9, 0, 0, 0,  0, 4};
    const struct ceiling ceiling = damaged(0.1, damage);
    struct ceiling_answer answer = ask(&ceiling, &fitted);
    for (int k = 0; k < COLUMNS; k++)
        CU_ASSERT(fabs(answer.theta[k]) < 3 && answer.theta[k] * truth[k] > 0);
    ceiling_free(&answer, 1);
    answer = ask(&ceiling,
                 &(struct ceiling_rule){CEILING_GIVEN, NULL, (double[]){0, 1, 0, 0}, 0, false});
    CU_ASSERT(isnan(answer.ratio));
    ceiling_free(&answer, 1);
    answer = ask(&ceiling, &(struct ceiling_rule){CEILING_GRADIENT, NULL, NULL, 0, false});
    CU_ASSERT(isnan(answer.ratio));
    ceiling_free(&answer, 1);
}

/* A network whose loss is ten times as steep and as curved is the same network in another unit. */
static void unit_of_the_loss_does_not_count_by_damage(void)
{
    static const double damage[COLUMNS * COLUMNS] = {2, 0, 0, 0, 0, 5, 0, 0,
                                                     0, 0, 9, 0, 0, 0, 0, 4};
    const struct ceiling ceiling = damaged(1, damage);
    struct ceiling_answer before = ask(&ceiling, &fitted);
    double steep[COLUMNS * COLUMNS];
    for (int k = 0; k < COLUMNS * COLUMNS; k++)
        steep[k] = 10 * damage[k];
    for (int s = 0; s < STAGES; s++) {
        measured[s].damage = steep;
        measured[s].gradient *= 100;
        for (int k = 0; k < COLUMNS; k++)
            signal[s][k] *= 10;
    }
    struct ceiling_answer after = ask(&ceiling, &fitted);
    CU_ASSERT_DOUBLE_EQUAL(after.ratio, before.ratio, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(after.high, before.high, 1e-9);
    ceiling_free(&before, 1);
    ceiling_free(&after, 1);
}

void test_ceiling(void)
{
    CU_pSuite suite = CU_add_suite("ceiling", NULL, NULL);
    CU_ADD_TEST(suite, best_rule_is_the_inverse_of_the_size_times_the_drift);
    CU_ADD_TEST(suite, given_rules_keep_their_sign);
    CU_ADD_TEST(suite, singular_sizes_do_no_harm);
    CU_ADD_TEST(suite, noise_has_no_efficiency);
    CU_ADD_TEST(suite, error_of_the_drift_is_taken_off);
    CU_ADD_TEST(suite, interval_is_that_of_the_networks);
    CU_ADD_TEST(suite, best_rule_by_damage_is_the_inverse_of_the_damage_times_the_drift);
    CU_ADD_TEST(suite, curvature_below_0_does_no_harm);
    CU_ADD_TEST(suite, unit_of_the_loss_does_not_count_by_damage);
}
