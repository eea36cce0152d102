/* The optimizer `race`: what it keeps and drops, on losses that are made up. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "model/rule.h"
#include "search/estimator.h"
#include "search/optimizer.h"
#include "search/optimizers/race_odds.h"
#include "specimen.h"

void test_optimizer_race(void);

/* A rule of 9 terms; losses of S seeds at the points of an iteration. */
enum { P = 9, MOST = P + RULE_CONSTANTS, S = 8, POINTS = 32, BLOCKS = 8 };

struct world {
    struct settings settings;
    int n; /* parameters: P, and constants */
    double theta[MOST], target[P];
    double *state;
    struct optimizer optimizer;
    struct optimizer_decision decision[POINTS];
    /* of `theta` at point `point` on seed `seed`; NAN: diverged */
    double (*loss)(const struct world *world, const double *theta, int64_t seed, int point);
};

static void open(struct world *world, const char *options, int64_t seed)
{
    char text[256];
    snprintf(text, sizeof text, "rule.degree=2; meta.iterations=100; %s; seed=%lld", options,
             (long long)seed);
    specimen_assign(&world->settings, NULL, 0, text);
    struct rule rule;
    rule_create(&rule, &world->settings);
    world->n = rule.parameters;
    rule_get(&rule, world->theta);
    for (int p = 0; p < P; p++) {
        world->theta[p] = p == 4 ? -0.1 : 0;
        world->target[p] = p == 4 ? -0.07 : p % 2 ? 0.05 : -0.04;
    }
    const struct optimizer_method *method = optimizer_of(&world->settings);
    world->state = calloc((size_t)method->numbers(&world->settings, world->n) + 1, sizeof(double));
    world->optimizer = (struct optimizer){0, world->state};
    if (method->start)
        method->start(&world->optimizer, world->theta, world->n, &world->settings);
}

static void close(struct world *world)
{
    free(world->state);
}

static int points_of(const struct world *world)
{
    return 1 + optimizer_population(&world->settings, world->n) +
           estimator_points(estimator_of(&world->settings), &world->settings, world->n);
}

static void fill(double *loss, const struct world *world, int64_t iteration)
{
    const struct optimizer_method *method = optimizer_of(&world->settings);
    struct estimator_place place =
        estimator_place(&world->settings, world->theta, iteration, world->n);
    for (int i = 0; i < points_of(world); i++) {
        double theta[MOST];
        memcpy(theta, world->theta, sizeof theta);
        if (i > 0 && method->member)
            method->member(theta, &world->optimizer, &world->settings, iteration, i - 1, world->n);
        else if (i > 0)
            estimator_move(theta, estimator_of(&world->settings), &world->settings, &place, i - 1);
        for (int s = 0; s < S; s++)
            loss[i * S + s] = world->loss(world, theta, iteration * S + s, i);
    }
}

static void iterate(struct world *world, int64_t iteration)
{
    const struct optimizer_method *method = optimizer_of(&world->settings);
    double loss[POINTS * S], penalty[POINTS] = {0}, gradients[S * P], mean[P], scale[P];
    bool usable[S];
    CU_ASSERT_FATAL(points_of(world) <= POINTS);
    fill(loss, world, iteration);
    if (method->select) {
        const struct optimizer_block block = {iteration, points_of(world), S,
                                              loss,      penalty,          world->decision};
        method->select(&world->optimizer, world->theta, &block, world->n, &world->settings);
        return;
    }
    for (int p = 0; p < P; p++)
        scale[p] = 1;
    for (int s = 0; s < S; s++)
        usable[s] = true;
    struct estimator_place place =
        estimator_place(&world->settings, world->theta, iteration, world->n);
    estimator_compare(gradients, estimator_of(&world->settings), loss + S, scale, &world->settings,
                      &place, S);
    estimator_mean(mean, gradients, usable, scale, 0.3, S, P);
    optimizer_step(&world->optimizer, world->theta, mean, iteration, P, P, &world->settings);
}

/* A normal number of (run, seed, index). */
static double normal(const struct world *world, int64_t seed, int index)
{
    double z;
    random_normal(&z, random_key((uint64_t)world->settings.seed, 0, RANDOM_ANALYSIS),
                  (uint64_t)seed, (uint64_t)index, 1);
    return z;
}

/* Standard deviation .2 over seeds, correlation .9 between rules. */
static double noise(const struct world *world, int64_t seed, int point)
{
    return 0.2 * (sqrt(0.9) * normal(world, seed, 0) + sqrt(0.1) * normal(world, seed, 1 + point));
}

/* ---- the tests' own tests ---- */

/* Tables: t of 1, 3, 9, 10 and 63 degrees of freedom; heads of coins counted by hand. 5e-5: the
 * tables' last digit. */
static void tails_are_those_of_tables(void)
{
    CU_ASSERT_DOUBLE_EQUAL(optimizer_race_student(0, 5), 0.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_race_student(12.706, 1), 0.025, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_race_student(2.353, 3), 0.05, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_race_student(3.250, 9), 0.005, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_race_student(-1.812, 10), 0.95, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_race_student(2.660, 60), 0.005, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_race_coin(0, 5), 1.0 / 32, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_race_coin(2, 5), 0.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(optimizer_race_coin(9, 10), 1 - 1.0 / 1024, 1e-15);
}

/* ---- wrong acceptances ---- */

static double only_noise(const struct world *world, const double *theta, int64_t seed, int point)
{
    (void)theta;
    return 0.6 + noise(world, seed, point);
}

/* All fail on a tenth of the seeds; the challengers gain a little on the others and fail harder. */
static double seldom_bad(const struct world *world, const double *theta, int64_t seed, int point)
{
    (void)theta;
    bool fails = normal(world, seed, 100 + point) > 1.2816;
    double steady = 0.01 * normal(world, seed, 1 + point) - (point > 0 ? 0.02 : 0);
    return 0.6 + 0.05 * normal(world, seed, 0) + steady + (fails ? point > 0 ? 1.0 : 0.5 : 0);
}

/* Of the challengers that came to an end in `runs` runs, the share of those that were kept, times
 * the population: what alpha bounds. */
static double share_kept(double (*loss)(const struct world *, const double *, int64_t, int),
                         int runs)
{
    int kept = 0, ended = 0, population = 0;
    for (int r = 0; r < runs; r++) {
        static struct world world;
        world.loss = loss;
        open(&world, "meta.optimizer=race", r);
        population = optimizer_population(&world.settings, P);
        for (int m = 0; m < 2 * BLOCKS; m++) {
            iterate(&world, m);
            for (int i = 0; i < population; i++) {
                kept += world.decision[i].verdict == OPTIMIZER_KEPT;
                ended += world.decision[i].verdict != OPTIMIZER_OPEN;
            }
        }
        close(&world);
    }
    if (getenv("SHOW_FIGURES"))
        fprintf(stderr, "race: kept %d of %d: %.4f of a population of %d\n", kept, ended,
                (double)kept * population / ended, population);
    return (double)kept * population / ended;
}

/* Much less than alpha, since most are dropped before their last look: .06 alpha. */
static void noise_wins_no_more_often_than_alpha_says(void)
{
    struct settings settings;
    settings_defaults(&settings);
    CU_ASSERT(share_kept(only_noise, 1000) < 0.15 * settings.meta.optimizer.alpha);
    CU_ASSERT(share_kept(seldom_bad, 1000) < settings.meta.optimizer.alpha);
}

/* ---- divergence ---- */

/* Better by far where it has a loss, and on one seed of 8 it has none. */
static double sometimes_none(const struct world *world, const double *theta, int64_t seed,
                             int point)
{
    (void)theta;
    if (point > 0 && seed % 8 == point % 8)
        return NAN;
    return 0.6 + noise(world, seed, point) - (point > 0 ? 0.4 : 0);
}

static void who_diverges_more_often_never_wins(void)
{
    struct world world;
    world.loss = sometimes_none;
    open(&world, "meta.optimizer=race", 1);
    double theta[P];
    memcpy(theta, world.theta, sizeof theta);
    for (int m = 0; m < 40; m++) {
        iterate(&world, m);
        for (int i = 0; i < points_of(&world) - 1; i++)
            CU_ASSERT_EQUAL(world.decision[i].verdict, OPTIMIZER_DIVERGED);
    }
    CU_ASSERT_EQUAL(world.optimizer.steps, 0);
    CU_ASSERT_EQUAL(memcmp(theta, world.theta, sizeof theta), 0);
    close(&world);
}

static double size_of(const double *theta)
{
    double square = 0;
    for (int p = 0; p < P; p++)
        square += theta[p] * theta[p];
    return sqrt(square);
}

/* Rules above .02 have no loss at all. */
static double none_if_large(const struct world *world, const double *theta, int64_t seed, int point)
{
    return size_of(theta) > 0.02 ? NAN : 0.6 + noise(world, seed, point);
}

static void a_rule_that_always_diverges_is_made_smaller(void)
{
    struct world world;
    world.loss = none_if_large;
    open(&world, "meta.optimizer=race", 1);
    for (int m = 0; m < 12; m++)
        iterate(&world, m);
    CU_ASSERT(world.optimizer.steps > 0);
    CU_ASSERT(size_of(world.theta) <= 0.02 && size_of(world.theta) > 0);
    close(&world);
}

/* ---- getting better ---- */

static double bowl(const double *theta, const double *target)
{
    double square = 0;
    for (int p = 0; p < P; p++)
        square += (theta[p] - target[p]) * (theta[p] - target[p]);
    return 0.2 + 0.6 * square / (size_of(target) * size_of(target));
}

static double noisy_bowl(const struct world *world, const double *theta, int64_t seed, int point)
{
    return bowl(theta, world->target) + noise(world, seed, point);
}

/* The mean loss without noise that 20 runs come to with so many lifetimes. */
static double loss_after(const char *options, int lifetimes)
{
    enum { RUNS = 20 };
    double sum = 0;
    for (int r = 0; r < RUNS; r++) {
        struct world world;
        world.loss = noisy_bowl;
        open(&world, options, r);
        int iterations = lifetimes / (points_of(&world) * S);
        world.settings.meta.iterations = iterations;
        for (int m = 0; m < iterations; m++)
            iterate(&world, m);
        sum += bowl(world.theta, world.target) / RUNS;
        close(&world);
    }
    if (getenv("SHOW_FIGURES"))
        fprintf(stderr, "%s: loss %.4f after %d lifetimes\n", options, sum, lifetimes);
    return sum;
}

/* From .93 to near the bottom, .2; others at steps that suit them, as a table. */
static void it_goes_down_a_noisy_bowl(void)
{
    static const char *const others[] = {"meta.optimizer=cmaes; meta.optimizer.sigma=0.02",
                                         "meta.optimizer=cmaes; meta.optimizer.sigma=0.04",
                                         "meta.estimator=es; meta.optimizer.rate=0.01",
                                         "meta.estimator=es; meta.optimizer.rate=0.03"};
    CU_ASSERT(loss_after("meta.optimizer=race", 720) < 0.35);
    CU_ASSERT(loss_after("meta.optimizer=race", 1440) < 0.25);
    CU_ASSERT(loss_after("meta.optimizer=race", 2880) < 0.23);
    for (size_t i = 0; getenv("SHOW_FIGURES") && i < sizeof others / sizeof *others; i++)
        for (int lifetimes = 720; lifetimes <= 2880; lifetimes *= 2)
            loss_after(others[i], lifetimes);
}

static void from_zero_it_finds_a_rule(void)
{
    struct world world;
    world.loss = noisy_bowl;
    open(&world, "meta.optimizer=race", 3);
    memset(world.theta, 0, sizeof world.theta);
    optimizer_of(&world.settings)->start(&world.optimizer, world.theta, P, &world.settings);
    for (int m = 0; m < 40; m++)
        iterate(&world, m);
    CU_ASSERT(bowl(world.theta, world.target) < 0.4); // .8 at 0
    close(&world);
}

/* The best clip is a quarter of the one that is, the best rate of
 * the expected reward four times as large. */
static double wrong_constants(const struct world *world, const double *theta, int64_t seed,
                              int point)
{
    double clip = theta[P] - log(0.08 / 4), rate = theta[P + 1] - log(0.1 * 4);
    return 0.2 + 0.2 * (clip * clip + rate * rate) + noise(world, seed, point);
}

/* Counts the challengers of each kind, and holds those that are changes of a constant against theta:
 * nothing else is another, and that goes the way that the kind says. 1e-12: sums taken back. */
static void watch_constants(int *tried, struct world *world, int64_t iteration)
{
    double theta[MOST], challenger[POINTS][MOST];
    memcpy(theta, world->theta, sizeof theta);
    for (int i = 0; i < points_of(world) - 1; i++)
        optimizer_of(&world->settings)
            ->member(challenger[i], &world->optimizer, &world->settings, iteration, i, world->n);
    iterate(world, iteration);
    for (int i = 0; i < points_of(world) - 1; i++) {
        int kind = world->decision[i].kind;
        bool mean = kind == OPTIMIZER_QUICKER || kind == OPTIMIZER_STEADIER;
        bool up = kind == OPTIMIZER_QUICKER || kind == OPTIMIZER_LOOSER;
        tried[kind]++;
        for (int p = 0; p < world->n && kind >= OPTIMIZER_LOOSER; p++) {
            double apart = challenger[i][p] - theta[p];
            CU_ASSERT(p == P + mean ? apart * (up ? 1 : -1) > 0.01 : fabs(apart) < 1e-12);
        }
    }
}

/* Within a factor of 1.5, from one of 4, in the mean of 10 runs. */
static void clip_and_baseline_rate_have_changes_of_their_own(void)
{
    enum { RUNS = 10 };
    int tried[OPTIMIZER_KINDS] = {0}, others[OPTIMIZER_KINDS] = {0};
    double clip = 0, rate = 0;
    struct world world = {.loss = wrong_constants};
    for (int r = 0; r < RUNS; r++) {
        open(&world,
             "meta.optimizer=race; learning.clip=0.08; learning.baseline_rate=0.1; "
             "rule.learn=[theta, clip, baseline_rate]",
             r);
        for (int m = 0; m < 30; m++)
            watch_constants(tried, &world, m);
        clip += world.theta[P] / RUNS;
        rate += world.theta[P + 1] / RUNS;
        close(&world);
    }
    CU_ASSERT_DOUBLE_EQUAL(clip, log(0.08 / 4), log(1.5));
    CU_ASSERT_DOUBLE_EQUAL(rate, log(0.1 * 4), log(1.5));
    for (int kind = OPTIMIZER_LOOSER; kind <= OPTIMIZER_STEADIER; kind++)
        CU_ASSERT(tried[kind] > RUNS);
    world.loss = noisy_bowl;
    open(&world, "meta.optimizer=race", 1);
    for (int m = 0; m < 30; m++)
        watch_constants(others, &world, m);
    for (int kind = OPTIMIZER_SLOWER; kind <= OPTIMIZER_STEADIER; kind++)
        CU_ASSERT_EQUAL(others[kind], 0); // there are none
    close(&world);
}

void test_optimizer_race(void)
{
    CU_pSuite suite = CU_add_suite("optimizer_race", NULL, NULL);
    CU_ADD_TEST(suite, tails_are_those_of_tables);
    CU_ADD_TEST(suite, noise_wins_no_more_often_than_alpha_says);
    CU_ADD_TEST(suite, who_diverges_more_often_never_wins);
    CU_ADD_TEST(suite, a_rule_that_always_diverges_is_made_smaller);
    CU_ADD_TEST(suite, it_goes_down_a_noisy_bowl);
    CU_ADD_TEST(suite, from_zero_it_finds_a_rule);
    CU_ADD_TEST(suite, clip_and_baseline_rate_have_changes_of_their_own);
}
