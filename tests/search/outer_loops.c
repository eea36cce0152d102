/* The outer loops with made-up outcomes. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loops.h"
#include "search/estimator.h"

static void any_order_of_arrival_gives_the_same_bits(void)
{
    static struct loops one, other;
    loops_open(&one, loops_text, 0, 1);
    loops_run(&one, 1, 0);
    CU_ASSERT_EQUAL(one.record.calls,
                    CANDIDATES * (1 + (ITERATIONS + 1) + ITERATIONS + EVALUATIONS));
    for (uint64_t random = 1; random <= 20; random++) {
        loops_open(&other, loops_text, 0, 1);
        loops_run(&other, 2 + random * 3, random);
        CU_ASSERT_EQUAL(memcmp(&one.record, &other.record, sizeof one.record), 0);
        loops_close(&other);
    }
    loops_close(&one);
}

/* Two points one after the other: theta, or a rule of a race, which rarely keeps one of 3 seeds. */
static const double *points_that_move(const struct loops *loops)
{
    return optimizer_of(&loops->config.base)->decides ? loops->record.rule[0][0][0]
                                                      : loops->record.theta[0][0];
}

static void losses_at_several_points_give_the_same_bits_in_any_order(void)
{
    static const struct {
        const char *meta;
        int points;
    } cases[] = {{"estimator: es, es_pairs: 3", 7},
                 {"estimator: guided, es_pairs: 3, guides: 2", 7},
                 {"estimator: fd", 1 + 2 * TERMS},
                 {"optimizer: cmaes", 1 + 4 + 6},
                 {"optimizer: {name: cmaes, population: 5}", 6},
                 {"optimizer: {name: race, population: 8}", 1 + RULES}};
    static struct loops one, other;
    for (int c = 0; c < (int)(sizeof cases / sizeof *cases); c++) {
        loops_open(&one, loops_with(cases[c].meta), 0, 1);
        CU_ASSERT_EQUAL(search_extent(&one.config.base).seeds, SEEDS * cases[c].points);
        loops_run(&one, 1, 0);
        const double *moved = points_that_move(&one);
        CU_ASSERT_TRUE(memcmp(moved, moved + RULE_PARAMETERS, TERMS * sizeof(double)) != 0);
        for (uint64_t random = 1; random <= 5; random++) {
            loops_open(&other, loops_with(cases[c].meta), 0, 1);
            loops_run(&other, 2 + random * 10, random);
            CU_ASSERT_EQUAL(memcmp(&one.record, &other.record, sizeof one.record), 0);
            loops_close(&other);
        }
        loops_close(&one);
    }
}

/* 1e-9: the loss is a polynomial of degree 2, of which central differences are exact but for
 * rounding. */
static void differences_lead_where_exact_gradients_lead(void)
{
    static struct loops exact, differences;
    loops_open(&exact, loops_text, 0, 1);
    loops_run(&exact, 3, 1);
    loops_open(&differences, loops_with("estimator: fd, fd_step: 0.01"), 0, 1);
    loops_run(&differences, 3, 1);
    for (int c = 0; c < CANDIDATES; c++)
        for (int m = 0; m < ITERATIONS; m++) {
            CU_ASSERT_EQUAL(differences.record.used[c][m], SEEDS);
            CU_ASSERT_DOUBLE_EQUAL(differences.record.loss[c][m], exact.record.loss[c][m], 1e-9);
            for (int p = 0; p < TERMS; p++)
                CU_ASSERT_DOUBLE_EQUAL(differences.record.theta[c][m + 1][p],
                                       exact.record.theta[c][m + 1][p], 1e-9);
        }
    loops_close(&exact);
    loops_close(&differences);
}

/* A wide population, so that five generations are enough to see it. */
static void cmaes_finds_better_rules_and_shows_no_gradient(void)
{
    static struct loops world;
    loops_open(&world, loops_with("optimizer: {name: cmaes, sigma: 0.3, population: 40}"), 0, 1);
    loops_run(&world, 9, 4);
    for (int c = 0; c < CANDIDATES; c++) {
        CU_ASSERT_TRUE(world.record.held_out[c][EVALUATIONS - 1] < world.record.held_out[c][0]);
        CU_ASSERT_TRUE(world.record.loss[c][ITERATIONS - 1] < world.record.loss[c][0]);
        CU_ASSERT_TRUE(isnan(world.record.gradient[c][0][0]));
        CU_ASSERT_EQUAL(world.record.used[c][0], SEEDS);
    }
    loops_close(&world);
}

static void a_diverged_point_counts_for_its_seed_or_member_alone(void)
{
    static struct loops world;
    static const char *const metas[] = {"optimizer: cmaes", "estimator: es", "estimator: guided"};
    for (int i = 0; i < 3; i++) {
        struct job job;
        loops_open(&world, loops_with(metas[i]), 0, 4);
        while (search_next(world.search, &job)) {
            struct outcome outcome = loops_outcome(&job);
            if (job.kind == JOB_TRAIN && job.seed == 2 * SEEDS + 1)
                outcome.state = LIFETIME_DIVERGED;
            search_take(world.search, &outcome);
        }
        CU_ASSERT_TRUE(search_finished(world.search));
        CU_ASSERT_EQUAL(world.record.used[0][0], i > 0 ? SEEDS - 1 : SEEDS);
        for (int p = 0; p < TERMS; p++)
            CU_ASSERT_TRUE(isfinite(world.record.theta[0][ITERATIONS][p]));
        CU_ASSERT_TRUE(memcmp(world.record.theta[0][0], world.record.theta[0][ITERATIONS],
                              TERMS * sizeof(double)) != 0);
        loops_close(&world);
    }
}

/* The points of every iteration, from the mean gradients at theta itself of the two before. */
static void guides_are_the_mean_gradients_of_iterations_before(void)
{
    static struct loops world;
    loops_open(&world, loops_with("estimator: guided, es_pairs: 1, guides: 2"), 0, CANDIDATES);
    const struct settings *settings = &world.config.base;
    double guide[2 * TERMS] = {0}, gradients[SEEDS * TERMS], scale[TERMS], theta[TERMS];
    const bool usable[SEEDS] = {true, true, true};
    struct estimator_place place;
    struct job job;
    for (int p = 0; p < TERMS; p++)
        scale[p] = 1 + p / 2.0;
    while (search_next(world.search, &job)) {
        struct outcome outcome = loops_outcome(&job);
        if (job.kind == JOB_TRAIN && job.seed == 0) {
            for (int p = 0; p < TERMS; p++)
                theta[p] = job.theta[p] / scale[p];
            place = estimator_place(settings, theta, job.iteration, TERMS);
            place.guides = job.iteration < 2 ? job.iteration : 2;
            place.guide = guide;
        }
        if (job.kind == JOB_TRAIN && job.seed < SEEDS)
            memcpy(gradients + job.seed * TERMS, outcome.gradient, sizeof theta);
        for (int p = 0; p < TERMS && job.kind == JOB_TRAIN && job.seed >= SEEDS; p++) {
            double moved[TERMS];
            memcpy(moved, theta, sizeof theta);
            estimator_move(moved, estimator_of(settings), settings, &place, job.seed / SEEDS - 1);
            CU_ASSERT_DOUBLE_EQUAL(job.theta[p], moved[p] * scale[p], 1e-9);
        }
        if (job.kind == JOB_TRAIN && job.seed == 3 * SEEDS - 1) {
            memcpy(guide + TERMS, guide, sizeof theta);
            estimator_mean(guide, gradients, usable, scale, settings->meta.gradient_clip, SEEDS,
                           TERMS);
        }
        search_take(world.search, &outcome);
    }
    CU_ASSERT_TRUE(search_finished(world.search));
    loops_close(&world);
}

static void shards_together_give_the_same_bits(void)
{
    static struct loops all, shard, joined;
    loops_open(&all, loops_text, 0, 1);
    loops_run(&all, 7, 1);
    memset(&joined, 0, sizeof joined);
    int64_t jobs = 0;
    for (int i = 0; i < 3; i++) {
        loops_open(&shard, loops_text, i, 3);
        jobs += search_progress(shard.search).jobs;
        loops_run(&shard, 3, 2);
        for (int c = i; c < CANDIDATES; c += 3)
            memcpy(joined.record.theta[c], shard.record.theta[c], sizeof shard.record.theta[c]);
        for (int c = 0; c < CANDIDATES; c++)
            CU_ASSERT_EQUAL(shard.record.scale[c][0] != 0, c % 3 == i);
        loops_close(&shard);
    }
    CU_ASSERT_EQUAL(jobs, search_progress(all.search).jobs);
    CU_ASSERT_EQUAL(memcmp(all.record.theta, joined.record.theta, sizeof all.record.theta), 0);
    loops_open(&shard, loops_text, 4, 5); /* a shard without candidates is done at once */
    CU_ASSERT_TRUE(search_finished(shard.search));
    loops_close(&shard);
    loops_close(&all);
}

/* The whole outer loop of one candidate, computed here a second time. */
static void thetas_are_those_of_the_optimizer(void)
{
    static struct loops world;
    loops_open(&world, loops_text, 0, 1);
    loops_run(&world, 5, 3);
    for (int64_t c = 0; c < CANDIDATES; c++) {
        struct settings settings;
        struct rule rule;
        double raw[RULE_PARAMETERS], theta[TERMS], scale[TERMS], state[2 * TERMS] = {0};
        struct optimizer optimizer = {0, state};
        space_settings(&world.space, c, &settings);
        rule_create(&rule, &settings);
        rule_get(&rule, raw);
        for (int p = 0; p < TERMS; p++) {
            scale[p] = 1 + p / 2.0;
            theta[p] = raw[p] / scale[p];
        }
        for (int m = 0; m < ITERATIONS; m++) {
            CU_ASSERT_EQUAL(memcmp(world.record.theta[c][m], raw, TERMS * sizeof *raw), 0);
            double gradients[SEEDS * TERMS], mean[TERMS], loss = 0;
            bool usable[SEEDS];
            struct job job = {c, JOB_TRAIN, m, 0, TERMS, {0}};
            memcpy(job.theta, raw, TERMS * sizeof *raw);
            for (job.seed = 0; job.seed < SEEDS; job.seed++) {
                struct outcome outcome = loops_outcome(&job);
                memcpy(gradients + job.seed * TERMS, outcome.gradient, TERMS * sizeof *raw);
                usable[job.seed] = true;
                loss += outcome.loss;
            }
            CU_ASSERT_EQUAL(world.record.loss[c][m], loss / SEEDS);
            estimator_mean(mean, gradients, usable, scale, settings.meta.gradient_clip, SEEDS,
                           TERMS);
            optimizer_step(&optimizer, theta, mean, m, TERMS, TERMS, &settings);
            for (int p = 0; p < TERMS; p++)
                raw[p] = scale[p] * theta[p];
        }
        CU_ASSERT_EQUAL(memcmp(world.record.theta[c][ITERATIONS], raw, TERMS * sizeof *raw), 0);
    }
    loops_close(&world);
}

static void diverged_seeds_are_counted_and_left_out(void)
{
    static struct loops world;
    loops_open(&world, loops_text, 0, 4);
    struct job job;
    while (search_next(world.search, &job)) {
        struct outcome outcome = loops_outcome(&job);
        if (job.kind == JOB_TRAIN && job.iteration == 0 && job.seed == 1)
            outcome.state = LIFETIME_DIVERGED;
        if (job.kind == JOB_TRAIN && job.iteration == 0 && job.seed == 2)
            outcome.state = LIFETIME_GRADIENT_DIVERGED;
        if (job.kind == JOB_EVALUATE && job.iteration == 1 && job.seed == 0)
            outcome.state = LIFETIME_DIVERGED;
        if (job.kind == JOB_TRAIN && job.iteration == 1)
            outcome.state = LIFETIME_DIVERGED; /* all of them */
        search_take(world.search, &outcome);
    }
    const struct record *record = &world.record;
    CU_ASSERT_TRUE(search_finished(world.search));
    CU_ASSERT_EQUAL(search_progress(world.search).diverged, 3 + SEEDS);
    CU_ASSERT_EQUAL(record->used[0][0], 1);
    CU_ASSERT_EQUAL(record->used[0][1], 0);
    CU_ASSERT_EQUAL(record->used[0][2], SEEDS);
    CU_ASSERT_TRUE(isfinite(record->loss[0][0]));
    CU_ASSERT_TRUE(isnan(record->loss[0][1]));
    CU_ASSERT_EQUAL(record->evaluated[0][1], HELD_OUT - 1);
    CU_ASSERT_EQUAL(record->accuracy[0][1], 1.0 / 3);
    /* theta moves in iteration 0, stays in 1, moves in 2 */
    CU_ASSERT_TRUE(memcmp(record->theta[0][0], record->theta[0][1], TERMS * sizeof(double)) != 0);
    CU_ASSERT_TRUE(memcmp(record->theta[0][1], record->theta[0][2], TERMS * sizeof(double)) == 0);
    CU_ASSERT_TRUE(memcmp(record->theta[0][2], record->theta[0][3], TERMS * sizeof(double)) != 0);
    loops_close(&world);
}

static void raw_start_is_kept_and_normalised_start_is_scaled(void)
{
    static struct loops world;
    loops_open(&world, loops_text, 0, 1);
    loops_run(&world, 4, 6);
    /* free coefficients by l, then by k: r1 d1 is number 4, r0 d2 number 6 */
    CU_ASSERT_EQUAL(world.record.theta[0][0][4], -1);
    CU_ASSERT_EQUAL(world.record.theta[0][0][6], 0.3);
    loops_close(&world);
    loops_open(&world,
               "rule: {degree: 2, start: {r1 d1: -1}, start_in: normalised}\n"
               "meta: {iterations: 0, held_out_seeds: 1}\n",
               0, 1);
    CU_ASSERT_EQUAL(search_progress(world.search).jobs, 2); /* scale and one evaluation */
    loops_run(&world, 1, 7);
    CU_ASSERT_EQUAL(world.record.theta[0][0][4], -3);
    loops_close(&world);
}

static void without_iterations_a_raw_start_needs_no_scale(void)
{
    static struct loops world;
    loops_open(&world,
               "rule: {start: {r3 d3: -1}}\n"
               "meta: {iterations: 0, held_out_seeds: 3}\n",
               0, 1);
    CU_ASSERT_EQUAL(search_progress(world.search).jobs, 3);
    CU_ASSERT_EQUAL(world.record.scale[0][0], 1);
    loops_run(&world, 1, 8);
    CU_ASSERT_EQUAL(world.record.evaluated[0][0], 3);
    loops_close(&world);
}

static void time_constants_stay_in_bounds(void)
{
    static struct loops world;
    loops_open(&world,
               "network: {dt: 2 ms}\nrule: {degree: 1, tau_e: 2.1 ms, tau_w: 1.05, learn: [theta, "
               "tau_e, tau_w]}\nmeta: {iterations: 5, optimizer: {rate: 0.5}}\n",
               0, 1);
    struct job job;
    while (search_next(world.search, &job)) {
        struct outcome outcome = loops_outcome(&job);
        if (job.kind == JOB_TRAIN)
            outcome.gradient[4] = outcome.gradient[5] = 1; /* down with both */
        search_take(world.search, &outcome);
    }
    const struct record *record = &world.record;
    CU_ASSERT_EQUAL(record->scale[0][3], 2.5);
    CU_ASSERT_EQUAL(record->scale[0][4], 1);
    CU_ASSERT_EQUAL(record->scale[0][5], 1);
    CU_ASSERT_EQUAL(record->theta[0][0][4], log(2.1));
    CU_ASSERT_EQUAL(record->theta[0][5][4], log(2));
    CU_ASSERT_TRUE(exp(record->theta[0][5][5]) > 1);
    CU_ASSERT_TRUE(record->theta[0][5][5] < 1e-10);
    loops_close(&world);
}

void test_outer_loops(void)
{
    CU_pSuite suite = CU_add_suite("outer_loops", NULL, NULL);
    CU_ADD_TEST(suite, any_order_of_arrival_gives_the_same_bits);
    CU_ADD_TEST(suite, losses_at_several_points_give_the_same_bits_in_any_order);
    CU_ADD_TEST(suite, differences_lead_where_exact_gradients_lead);
    CU_ADD_TEST(suite, cmaes_finds_better_rules_and_shows_no_gradient);
    CU_ADD_TEST(suite, a_diverged_point_counts_for_its_seed_or_member_alone);
    CU_ADD_TEST(suite, guides_are_the_mean_gradients_of_iterations_before);
    CU_ADD_TEST(suite, shards_together_give_the_same_bits);
    CU_ADD_TEST(suite, thetas_are_those_of_the_optimizer);
    CU_ADD_TEST(suite, diverged_seeds_are_counted_and_left_out);
    CU_ADD_TEST(suite, raw_start_is_kept_and_normalised_start_is_scaled);
    CU_ADD_TEST(suite, without_iterations_a_raw_start_needs_no_scale);
    CU_ADD_TEST(suite, time_constants_stay_in_bounds);
}
