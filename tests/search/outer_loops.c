/* The outer loops with made-up outcomes. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/task.h"
#include "search/estimator.h"
#include "search/search.h"

enum { CANDIDATES = 4, ITERATIONS = 5, SEEDS = 3, HELD_OUT = 2, EVALUATIONS = 4, TERMS = 9 };

static const char sweep[] =
    "rule: {degree: 2, start: {r1 d1: -1, r0 d2: 0.3}}\n"
    "learning: {trials: 30}\n"
    "meta: {iterations: 5, seeds: 3, held_out_seeds: 2, evaluate_every: 2}\n"
    "sweep: {parameters: {learning.rate: {values: [1, 2, 3, 4]}}}\n";

/* What the listener was told. */
struct record {
    double theta[CANDIDATES][ITERATIONS + 1][RULE_PARAMETERS];
    double scale[CANDIDATES][RULE_PARAMETERS];
    double gradient[CANDIDATES][ITERATIONS][RULE_PARAMETERS];
    double loss[CANDIDATES][ITERATIONS];
    int used[CANDIDATES][ITERATIONS];
    double held_out[CANDIDATES][EVALUATIONS], accuracy[CANDIDATES][EVALUATIONS];
    int evaluated[CANDIDATES][EVALUATIONS];
    int calls;
};

static void note_theta(void *context, int64_t candidate, int32_t iteration, const double *theta,
                       int parameters)
{
    struct record *record = context;
    memcpy(record->theta[candidate][iteration], theta, (size_t)parameters * sizeof *theta);
    record->calls++;
}

static void note_scale(void *context, int64_t candidate, const double *scale, int parameters)
{
    struct record *record = context;
    memcpy(record->scale[candidate], scale, (size_t)parameters * sizeof *scale);
    record->calls++;
}

static void note_iteration(void *context, int64_t candidate, int32_t iteration, double loss,
                           const double *gradient, int used, int parameters)
{
    struct record *record = context;
    memcpy(record->gradient[candidate][iteration], gradient, (size_t)parameters * sizeof *gradient);
    record->loss[candidate][iteration] = loss;
    record->used[candidate][iteration] = used;
    record->calls++;
}

static void note_evaluation(void *context, int64_t candidate, int32_t evaluation, double loss,
                            double accuracy, int used)
{
    struct record *record = context;
    record->held_out[candidate][evaluation] = loss;
    record->accuracy[candidate][evaluation] = accuracy;
    record->evaluated[candidate][evaluation] = used;
    record->calls++;
}

/* A sweep, its search and what it told. */
struct world {
    struct config config;
    struct space space;
    struct search *search;
    struct record record;
};

static void open_world(struct world *world, const char *text, int64_t first, int64_t step)
{
    static const settings_check checks[] = {NULL};
    struct error error = {0};
    memset(world, 0, sizeof *world);
    CU_ASSERT_EQUAL_FATAL(config_parse(&world->config, "test", text, 0, NULL, &error), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(space_create(&world->space, &world->config, checks, &error), STATUS_OK);
    struct search_listener listener = {&world->record, note_theta, note_scale, note_iteration,
                                       note_evaluation};
    world->search = search_create(&world->space, first, step, &listener, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(world->search);
}

static void close_world(struct world *world)
{
    search_free(world->search);
    config_free(&world->config);
}

/* A smooth loss of theta that differs from seed to seed; the scale of term p is 1 + p/2. Lifetimes
 * of an iteration count through the seeds at theta, then at each point beside it. */
static struct outcome make_outcome(const struct job *job)
{
    struct outcome outcome = {.candidate = job->candidate,
                              .kind = job->kind,
                              .iteration = job->iteration,
                              .seed = job->seed,
                              .state = LIFETIME_DONE,
                              .accuracy = 1.0 / (2 + job->seed)};
    for (int p = 0; p < job->parameters; p++) {
        double target = sin(1 + p + 3.0 * (job->seed % SEEDS) + 0.1 * (double)job->candidate);
        double distance = job->theta[p] - target;
        outcome.loss += distance * distance;
        outcome.gradient[p] = job->kind == JOB_SCALE ? 1 + p / 2.0 : 2 * distance;
    }
    return outcome;
}

static unsigned long random_below(uint64_t *state, unsigned long bound)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned long)(*state >> 33) % bound;
}

/* Runs all jobs; up to `most` are out at a time, and come back in random order, some of them
 * twice, some handed back first. */
static void run_world(struct world *world, unsigned long most, uint64_t random)
{
    struct job out[64];
    unsigned long count = 0;
    while (!search_finished(world->search)) {
        while (count < most && search_next(world->search, &out[count]))
            count++;
        CU_ASSERT_FATAL(count > 0);
        unsigned long i = random_below(&random, count);
        struct job job = out[i];
        out[i] = out[--count];
        if (most > 1 && random_below(&random, 5) == 0) {
            search_return(world->search, &job);
            continue;
        }
        struct outcome outcome = make_outcome(&job);
        CU_ASSERT_TRUE(search_take(world->search, &outcome));
        if (random_below(&random, 3) == 0)
            CU_ASSERT_FALSE(search_take(world->search, &outcome));
    }
    struct job job;
    CU_ASSERT_FALSE(search_next(world->search, &job));
    CU_ASSERT_EQUAL(search_waiting(world->search), 0);
}

static void any_order_of_arrival_gives_the_same_bits(void)
{
    static struct world one, other;
    open_world(&one, sweep, 0, 1);
    run_world(&one, 1, 0);
    CU_ASSERT_EQUAL(one.record.calls,
                    CANDIDATES * (1 + (ITERATIONS + 1) + ITERATIONS + EVALUATIONS));
    for (uint64_t random = 1; random <= 20; random++) {
        open_world(&other, sweep, 0, 1);
        run_world(&other, 2 + random * 3, random);
        CU_ASSERT_EQUAL(memcmp(&one.record, &other.record, sizeof one.record), 0);
        close_world(&other);
    }
    close_world(&one);
}

/* The sweep with more to say in its section meta. */
static const char *sweep_with(const char *meta)
{
    static char text[sizeof sweep + 100];
    const char *end = strstr(sweep, "evaluate_every: 2") + strlen("evaluate_every: 2");
    snprintf(text, sizeof text, "%.*s, %s%s", (int)(end - sweep), sweep, meta, end);
    return text;
}

static void losses_at_several_points_give_the_same_bits_in_any_order(void)
{
    static const struct {
        const char *meta;
        int points;
    } cases[] = {{"estimator: es, es_pairs: 3", 7},
                 {"estimator: fd", 1 + 2 * TERMS},
                 {"optimizer: cmaes", 1 + 4 + 6},
                 {"optimizer: {name: cmaes, population: 5}", 6}};
    static struct world one, other;
    for (int c = 0; c < 4; c++) {
        open_world(&one, sweep_with(cases[c].meta), 0, 1);
        CU_ASSERT_EQUAL(search_extent(&one.config.base).seeds, SEEDS * cases[c].points);
        run_world(&one, 1, 0);
        CU_ASSERT_TRUE(
            memcmp(one.record.theta[0][0], one.record.theta[0][1], TERMS * sizeof(double)) != 0);
        for (uint64_t random = 1; random <= 5; random++) {
            open_world(&other, sweep_with(cases[c].meta), 0, 1);
            run_world(&other, 2 + random * 10, random);
            CU_ASSERT_EQUAL(memcmp(&one.record, &other.record, sizeof one.record), 0);
            close_world(&other);
        }
        close_world(&one);
    }
}

/* 1e-9: the loss is a polynomial of degree 2, of which central differences are exact but for
 * rounding. */
static void differences_lead_where_exact_gradients_lead(void)
{
    static struct world exact, differences;
    open_world(&exact, sweep, 0, 1);
    run_world(&exact, 3, 1);
    open_world(&differences, sweep_with("estimator: fd, fd_step: 0.01"), 0, 1);
    run_world(&differences, 3, 1);
    for (int c = 0; c < CANDIDATES; c++)
        for (int m = 0; m < ITERATIONS; m++) {
            CU_ASSERT_EQUAL(differences.record.used[c][m], SEEDS);
            CU_ASSERT_DOUBLE_EQUAL(differences.record.loss[c][m], exact.record.loss[c][m], 1e-9);
            for (int p = 0; p < TERMS; p++)
                CU_ASSERT_DOUBLE_EQUAL(differences.record.theta[c][m + 1][p],
                                       exact.record.theta[c][m + 1][p], 1e-9);
        }
    close_world(&exact);
    close_world(&differences);
}

/* A wide population, so that five generations are enough to see it. */
static void cmaes_finds_better_rules_and_shows_no_gradient(void)
{
    static struct world world;
    open_world(&world, sweep_with("optimizer: {name: cmaes, sigma: 0.3, population: 40}"), 0, 1);
    run_world(&world, 9, 4);
    for (int c = 0; c < CANDIDATES; c++) {
        CU_ASSERT_TRUE(world.record.held_out[c][EVALUATIONS - 1] < world.record.held_out[c][0]);
        CU_ASSERT_TRUE(world.record.loss[c][ITERATIONS - 1] < world.record.loss[c][0]);
        CU_ASSERT_TRUE(isnan(world.record.gradient[c][0][0]));
        CU_ASSERT_EQUAL(world.record.used[c][0], SEEDS);
    }
    close_world(&world);
}

static void a_diverged_point_counts_for_its_seed_or_member_alone(void)
{
    static struct world world;
    static const char *const metas[] = {"estimator: es", "optimizer: cmaes"};
    for (int i = 0; i < 2; i++) {
        struct job job;
        open_world(&world, sweep_with(metas[i]), 0, 4);
        while (search_next(world.search, &job)) {
            struct outcome outcome = make_outcome(&job);
            if (job.kind == JOB_TRAIN && job.seed == 2 * SEEDS + 1)
                outcome.state = LIFETIME_DIVERGED;
            search_take(world.search, &outcome);
        }
        CU_ASSERT_TRUE(search_finished(world.search));
        CU_ASSERT_EQUAL(world.record.used[0][0], i == 0 ? SEEDS - 1 : SEEDS);
        for (int p = 0; p < TERMS; p++)
            CU_ASSERT_TRUE(isfinite(world.record.theta[0][ITERATIONS][p]));
        CU_ASSERT_TRUE(memcmp(world.record.theta[0][0], world.record.theta[0][ITERATIONS],
                              TERMS * sizeof(double)) != 0);
        close_world(&world);
    }
}

static void shards_together_give_the_same_bits(void)
{
    static struct world all, shard, joined;
    open_world(&all, sweep, 0, 1);
    run_world(&all, 7, 1);
    memset(&joined, 0, sizeof joined);
    int64_t jobs = 0;
    for (int i = 0; i < 3; i++) {
        open_world(&shard, sweep, i, 3);
        jobs += search_progress(shard.search).jobs;
        run_world(&shard, 3, 2);
        for (int c = i; c < CANDIDATES; c += 3)
            memcpy(joined.record.theta[c], shard.record.theta[c], sizeof shard.record.theta[c]);
        for (int c = 0; c < CANDIDATES; c++)
            CU_ASSERT_EQUAL(shard.record.scale[c][0] != 0, c % 3 == i);
        close_world(&shard);
    }
    CU_ASSERT_EQUAL(jobs, search_progress(all.search).jobs);
    CU_ASSERT_EQUAL(memcmp(all.record.theta, joined.record.theta, sizeof all.record.theta), 0);
    open_world(&shard, sweep, 4, 5); /* a shard without candidates is done at once */
    CU_ASSERT_TRUE(search_finished(shard.search));
    close_world(&shard);
    close_world(&all);
}

/* The whole outer loop of one candidate, computed here a second time. */
static void thetas_are_those_of_the_optimizer(void)
{
    static struct world world;
    open_world(&world, sweep, 0, 1);
    run_world(&world, 5, 3);
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
                struct outcome outcome = make_outcome(&job);
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
    close_world(&world);
}

static void diverged_seeds_are_counted_and_left_out(void)
{
    static struct world world;
    open_world(&world, sweep, 0, 4);
    struct job job;
    while (search_next(world.search, &job)) {
        struct outcome outcome = make_outcome(&job);
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
    close_world(&world);
}

static void evaluations_never_hold_up_training(void)
{
    static struct world world;
    open_world(&world, sweep, 0, 1);
    struct job job, held[CANDIDATES * EVALUATIONS * HELD_OUT];
    int evaluations = 0, training = 0;
    while (search_next(world.search, &job)) {
        struct outcome outcome = make_outcome(&job);
        if (job.kind == JOB_EVALUATE) {
            held[evaluations++] = job; /* never comes back, so far */
        } else {
            CU_ASSERT_EQUAL(evaluations, 0);
            training += job.kind == JOB_TRAIN;
            search_take(world.search, &outcome);
        }
    }
    CU_ASSERT_EQUAL(training, CANDIDATES * ITERATIONS * SEEDS);
    CU_ASSERT_EQUAL(evaluations, CANDIDATES * EVALUATIONS * HELD_OUT);
    CU_ASSERT_FALSE(search_finished(world.search));
    for (int i = 0; i < evaluations; i++) {
        struct outcome outcome = make_outcome(&held[i]);
        CU_ASSERT_TRUE(search_take(world.search, &outcome));
    }
    CU_ASSERT_TRUE(search_finished(world.search));
    close_world(&world);
}

static void candidate_furthest_behind_comes_first(void)
{
    static struct world world;
    open_world(&world,
               "rule: {degree: 2}\nsweep: {parameters: {meta.iterations: {values: [3, 9, 6]}}}\n",
               0, 1);
    struct job job;
    int64_t order[3];
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_TRUE(search_next(world.search, &job));
        CU_ASSERT_EQUAL(job.kind, JOB_SCALE);
        order[i] = job.candidate;
    }
    CU_ASSERT_TRUE(order[0] == 1 && order[1] == 2 && order[2] == 0);
    close_world(&world);
}

static void returned_jobs_come_first_and_once(void)
{
    static struct world world;
    open_world(&world, sweep, 0, 1);
    struct job first, second, job;
    search_next(world.search, &first);
    search_next(world.search, &second);
    int64_t waiting = search_waiting(world.search);
    search_return(world.search, &second);
    search_return(world.search, &second);
    CU_ASSERT_EQUAL(search_waiting(world.search), waiting + 1);
    search_next(world.search, &job);
    CU_ASSERT_EQUAL(job.candidate, second.candidate);

    /* A returned job whose outcome comes after all is not given out again. */
    search_return(world.search, &first);
    struct outcome outcome = make_outcome(&first);
    CU_ASSERT_TRUE(search_take(world.search, &outcome));
    search_return(world.search, &first);
    while (search_next(world.search, &job))
        CU_ASSERT_FALSE(job.kind == JOB_SCALE && job.candidate == first.candidate);
    close_world(&world);
}

static void senseless_outcomes_are_refused(void)
{
    static struct world world;
    open_world(&world, sweep, 1, 2);
    struct job job;
    search_next(world.search, &job);
    struct outcome good = make_outcome(&job), bad;
    bad = good, bad.candidate = 0; /* of another shard */
    CU_ASSERT_FALSE(search_take(world.search, &bad));
    bad = good, bad.candidate = -1;
    CU_ASSERT_FALSE(search_take(world.search, &bad));
    bad = good, bad.candidate = 5;
    CU_ASSERT_FALSE(search_take(world.search, &bad));
    bad = good, bad.seed = 1;
    CU_ASSERT_FALSE(search_take(world.search, &bad));
    bad = good, bad.kind = JOB_TRAIN; /* too early */
    CU_ASSERT_FALSE(search_take(world.search, &bad));
    bad = good, bad.state = LIFETIME_STOPPED;
    CU_ASSERT_FALSE(search_take(world.search, &bad));
    bad = good, bad.state = LIFETIME_EMPTY;
    CU_ASSERT_FALSE(search_take(world.search, &bad));
    CU_ASSERT_EQUAL(search_progress(world.search).done, 0);
    CU_ASSERT_TRUE(search_take(world.search, &good));
    close_world(&world);
}

/* Outcomes of an interrupted run, fed before anything runs, then the rest is run. */
static void resumed_search_gives_the_same_bits(void)
{
    static struct world whole, part, resumed;
    static struct outcome kept[1000];
    open_world(&whole, sweep, 0, 1);
    run_world(&whole, 9, 4);
    for (int stop = 0; stop < 100; stop += 7) {
        int count = 0;
        struct job job;
        open_world(&part, sweep, 0, 1);
        while (count < stop && search_next(part.search, &job)) {
            kept[count] = make_outcome(&job);
            search_take(part.search, &kept[count++]);
        }
        close_world(&part);
        open_world(&resumed, sweep, 0, 1);
        for (bool any = true; any;) {
            any = false;
            for (int i = count - 1; i >= 0; i--) /* the worst order */
                any = search_take(resumed.search, &kept[i]) || any;
        }
        CU_ASSERT_EQUAL(search_progress(resumed.search).done, count);
        run_world(&resumed, 6, 5);
        CU_ASSERT_EQUAL(memcmp(&whole.record, &resumed.record, sizeof whole.record), 0);
        close_world(&resumed);
    }
    close_world(&whole);
}

static void raw_start_is_kept_and_normalised_start_is_scaled(void)
{
    static struct world world;
    open_world(&world, sweep, 0, 1);
    run_world(&world, 4, 6);
    /* free coefficients by l, then by k: r1 d1 is number 4, r0 d2 number 6 */
    CU_ASSERT_EQUAL(world.record.theta[0][0][4], -1);
    CU_ASSERT_EQUAL(world.record.theta[0][0][6], 0.3);
    close_world(&world);
    open_world(&world,
               "rule: {degree: 2, start: {r1 d1: -1}, start_in: normalised}\n"
               "meta: {iterations: 0, held_out_seeds: 1}\n",
               0, 1);
    CU_ASSERT_EQUAL(search_progress(world.search).jobs, 2); /* scale and one evaluation */
    run_world(&world, 1, 7);
    CU_ASSERT_EQUAL(world.record.theta[0][0][4], -3);
    close_world(&world);
}

static void without_iterations_a_raw_start_needs_no_scale(void)
{
    static struct world world;
    open_world(&world, "meta: {iterations: 0, held_out_seeds: 3}\n", 0, 1);
    CU_ASSERT_EQUAL(search_progress(world.search).jobs, 3);
    CU_ASSERT_EQUAL(world.record.scale[0][0], 1);
    run_world(&world, 1, 8);
    CU_ASSERT_EQUAL(world.record.evaluated[0][0], 3);
    close_world(&world);
}

static void time_constants_stay_in_bounds(void)
{
    static struct world world;
    open_world(&world,
               "network: {dt: 2 ms}\nrule: {degree: 1, tau_e: 2.1 ms, tau_w: 1.05, learn: [theta, "
               "tau_e, tau_w]}\nmeta: {iterations: 5, optimizer: {rate: 0.5}}\n",
               0, 1);
    struct job job;
    while (search_next(world.search, &job)) {
        struct outcome outcome = make_outcome(&job);
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
    close_world(&world);
}

static void extents_count_what_runs(void)
{
    struct settings settings;
    settings_defaults(&settings);
    for (settings.meta.iterations = 0; settings.meta.iterations < 9; settings.meta.iterations++)
        for (settings.meta.evaluate_every = 0; settings.meta.evaluate_every < 5;
             settings.meta.evaluate_every++)
            for (settings.meta.held_out_seeds = 0; settings.meta.held_out_seeds < 2;
                 settings.meta.held_out_seeds++) {
                struct search_extent extent = search_extent(&settings);
                int64_t m = settings.meta.iterations, every = settings.meta.evaluate_every;
                int expected = 0;
                for (int64_t i = 0; i <= m && settings.meta.held_out_seeds > 0; i++)
                    if (i == 0 || i == m || (every > 0 && i % every == 0))
                        CU_ASSERT_EQUAL(search_evaluated_iteration(&settings, expected++), i);
                CU_ASSERT_EQUAL(extent.evaluations, expected);
                CU_ASSERT_EQUAL(extent.iterations, m);
            }
}

static void seeds_never_meet(void)
{
    struct settings settings;
    settings_defaults(&settings);
    settings.meta.seeds = 10;
    struct job train = {.kind = JOB_TRAIN, .iteration = 3, .seed = 2};
    struct job evaluate = {.kind = JOB_EVALUATE, .iteration = 3, .seed = 2};
    CU_ASSERT_EQUAL(search_task_seed(&settings, &train), 2);
    settings.meta.fresh_seeds = true;
    CU_ASSERT_EQUAL(search_task_seed(&settings, &train), 32);
    uint64_t held_out = search_task_seed(&settings, &evaluate);
    evaluate.iteration = 0;
    CU_ASSERT_EQUAL(search_task_seed(&settings, &evaluate), held_out);
    settings.meta.seeds = 1000000;
    train = (struct job){.kind = JOB_TRAIN, .iteration = 999999, .seed = 999999};
    evaluate.seed = 0;
    CU_ASSERT_TRUE(search_task_seed(&settings, &train) < search_task_seed(&settings, &evaluate));
    CU_ASSERT_TRUE(held_out < (uint64_t)1 << 56);
}

void test_outer_loops(void)
{
    CU_pSuite suite = CU_add_suite("search", NULL, NULL);
    CU_ADD_TEST(suite, any_order_of_arrival_gives_the_same_bits);
    CU_ADD_TEST(suite, losses_at_several_points_give_the_same_bits_in_any_order);
    CU_ADD_TEST(suite, differences_lead_where_exact_gradients_lead);
    CU_ADD_TEST(suite, cmaes_finds_better_rules_and_shows_no_gradient);
    CU_ADD_TEST(suite, a_diverged_point_counts_for_its_seed_or_member_alone);
    CU_ADD_TEST(suite, shards_together_give_the_same_bits);
    CU_ADD_TEST(suite, thetas_are_those_of_the_optimizer);
    CU_ADD_TEST(suite, diverged_seeds_are_counted_and_left_out);
    CU_ADD_TEST(suite, evaluations_never_hold_up_training);
    CU_ADD_TEST(suite, candidate_furthest_behind_comes_first);
    CU_ADD_TEST(suite, returned_jobs_come_first_and_once);
    CU_ADD_TEST(suite, senseless_outcomes_are_refused);
    CU_ADD_TEST(suite, resumed_search_gives_the_same_bits);
    CU_ADD_TEST(suite, raw_start_is_kept_and_normalised_start_is_scaled);
    CU_ADD_TEST(suite, without_iterations_a_raw_start_needs_no_scale);
    CU_ADD_TEST(suite, time_constants_stay_in_bounds);
    CU_ADD_TEST(suite, extents_count_what_runs);
    CU_ADD_TEST(suite, seeds_never_meet);
}
