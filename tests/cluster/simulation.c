/* Simulated runs: by hand where they are small, by their books where they are not. */
#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "cluster/simulation.h"
#include "loops.h"

void test_simulation(void);

/* 6 candidates: their scales, 6 iterations of 5 seeds, two evaluations of 3. */
static const char sweep[] = "meta: {iterations: 6, seeds: 5, held_out_seeds: 3}\n"
                            "sweep: {parameters: {learning.rate: {values: [1, 2, 3, 4, 5, 6]}}}\n";

/* Nothing but 3 lifetimes. */
static const char three[] = "rule: {start: {r3 d3: -1}, start_in: raw}\n"
                            "meta: {iterations: 0, held_out_seeds: 3}\n";

enum { JOBS = 6 * (1 + 6 * 5 + 2 * 3) };

static double drawn(void *context, const struct job *job)
{
    return simulation_draw(job, 20, 10, *(uint64_t *)context);
}

static double one_second(void *context, const struct job *job)
{
    (void)context, (void)job;
    return 1;
}

static struct simulation model_of(int ranks, uint64_t *seed)
{
    return (struct simulation){.ranks = ranks,
                               .latency = 5e-6,
                               .service = 2e-6,
                               .look = 1e-8,
                               .sign_of_life = 10,
                               .naps = true,
                               .node = 2,
                               .seed = *seed,
                               .seconds = drawn,
                               .context = seed};
}

/* Slow enough to follow by hand. */
static struct simulation slow_model(uint64_t *seed)
{
    struct simulation model = model_of(2, seed);
    model.latency = 0.25;
    model.service = 0.125;
    model.look = 0;
    model.naps = false;
    model.seconds = one_second;
    return model;
}

static struct simulation_result simulate(const char *text, const struct simulation *model)
{
    static struct loops loops;
    struct simulation_result result;
    struct error error = {0};
    loops_open_quietly(&loops, text);
    CU_ASSERT_EQUAL_FATAL(simulation_run(&result, loops.search, model, &error), STATUS_OK);
    CU_ASSERT_EQUAL(result.done == result.jobs, search_finished(loops.search));
    loops_close(&loops);
    return result;
}

/* Every second of every worker is booked once. Sums of some hundred times: 1e-9 of them is rounding. */
static void check_books(const struct simulation_result *result, int workers)
{
    double all = result->makespan * workers;
    double sum = result->useful + result->lost + result->starved + result->waiting + result->dead;
    CU_ASSERT_DOUBLE_EQUAL(sum, all, 1e-9 * all);
    double computing = 0;
    for (int p = 0; p < SIMULATION_PARTS; p++)
        computing += result->computing[p] / SIMULATION_PARTS;
    CU_ASSERT_DOUBLE_EQUAL(computing, result->useful / all, 1e-9);
}

/* Messages take 1/4 s, rank 0 needs 1/8 s for each. It says that it lives until 1/8; the worker's first
 * word is there at 2/8, is heard until 3/8; two jobs are sent at 4/8 and 5/8. The first one runs from
 * 6/8 to 14/8, is known at 17/8, and the third is sent at 18/8; the second one runs from 14/8 to 22/8,
 * the third to 30/8, which is known at 33/8. */
static void three_jobs_take_what_they_do_by_hand(void)
{
    uint64_t seed = 1;
    struct simulation model = slow_model(&seed);
    struct simulation_result result = simulate(three, &model);
    CU_ASSERT_EQUAL(result.jobs, 3);
    CU_ASSERT_EQUAL(result.done, 3);
    CU_ASSERT_EQUAL(result.makespan, 33 / 8.0);
    CU_ASSERT_EQUAL(result.useful, 3);
    CU_ASSERT_EQUAL(result.waiting, 9 / 8.0);
    CU_ASSERT_EQUAL(result.starved + result.lost + result.dead, 0);
    CU_ASSERT_EQUAL(result.messages, 8);
    CU_ASSERT_EQUAL(result.busy, 1);
    CU_ASSERT_EQUAL(result.efficiency, 3 / (2 * 33 / 8.0));
    check_books(&result, 1);
}

/* As before, but at 12/8 all is to end: the worker hears of it at 15/8, in its second job, which is
 * lost. */
static void deadline_stops_what_runs(void)
{
    uint64_t seed = 1;
    struct simulation model = slow_model(&seed);
    model.deadline = 1.5;
    struct simulation_result result = simulate(three, &model);
    CU_ASSERT_EQUAL(result.done, 1);
    CU_ASSERT_EQUAL(result.useful, 1);
    CU_ASSERT_EQUAL(result.lost, 1 / 8.0);
    check_books(&result, 1);
}

static void same_seed_gives_the_same_run_and_another_one_another(void)
{
    uint64_t seed = 7, other = 8;
    struct simulation model = model_of(9, &seed), differs = model_of(9, &other);
    model.failures = differs.failures = 0.01;
    struct simulation_result one = simulate(sweep, &model), two = simulate(sweep, &model);
    struct simulation_result three_ = simulate(sweep, &differs);
    CU_ASSERT_EQUAL(memcmp(&one, &two, sizeof one), 0);
    CU_ASSERT_NOT_EQUAL(one.makespan, three_.makespan);
}

/* The mean of a thousand draws, whose own error is 2 %. */
static void draws_have_their_mean_and_spread(void)
{
    double least = INFINITY, most = 0, sum = 0;
    for (int s = 0; s < 1000; s++) {
        double seconds = simulation_draw(&(struct job){.kind = JOB_TRAIN, .seed = s}, 30, 10, 1);
        sum += seconds;
        least = fmin(least, seconds);
        most = fmax(most, seconds);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / 1000, 30, 2);
    CU_ASSERT_TRUE(most / least <= 10 && most / least > 9);
}

static void more_ranks_take_less_time_and_the_books_are_right(void)
{
    double before = INFINITY;
    for (int ranks = 2; ranks <= 32; ranks *= 2) {
        uint64_t seed = 3;
        struct simulation model = model_of(ranks, &seed);
        struct simulation_result result = simulate(sweep, &model);
        CU_ASSERT_EQUAL(result.done, JOBS);
        CU_ASSERT_TRUE(result.makespan < before);
        CU_ASSERT_EQUAL(result.lost + result.dead, 0);
        check_books(&result, ranks - 1);
        before = result.makespan;
    }
}

/* Nobody hears of it for three signs of life, of 10 s. */
static void jobs_of_a_dead_node_are_run_again_after_its_silence(void)
{
    int died = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct simulation model = model_of(9, &seed);
        struct simulation_result whole = simulate(sweep, &model);
        model.failures = 1 / whole.makespan;
        struct simulation_result result = simulate(sweep, &model);
        check_books(&result, 8);
        CU_ASSERT_TRUE(result.workers <= 2 * result.nodes);
        CU_ASSERT_EQUAL(result.nodes > 0, result.dead > 0);
        if (result.workers == 8)
            continue;
        CU_ASSERT_EQUAL(result.done, JOBS);
        CU_ASSERT_DOUBLE_EQUAL(result.useful, whole.useful, 1e-6);
        died += result.lost > 0;
    }
    CU_ASSERT_TRUE(died > 10);
}

static void run_ends_when_all_workers_are_dead(void)
{
    uint64_t seed = 1;
    struct simulation model = model_of(3, &seed);
    model.node = 1;
    model.failures = 0.05;
    struct simulation_result result = simulate(sweep, &model);
    CU_ASSERT_TRUE(result.done < result.jobs);
    CU_ASSERT_EQUAL(result.workers, 2);
    check_books(&result, 2);
}

/* 500 workers speak twice in 10 s, and rank 0 needs 20 ms for each. */
static void overloaded_rank_0_is_told(void)
{
    uint64_t seed = 1;
    struct simulation model = model_of(501, &seed);
    model.service = 0.02;
    CU_ASSERT_TRUE(simulate(sweep, &model).overloaded);
}

void test_simulation(void)
{
    CU_pSuite suite = CU_add_suite("simulation", NULL, NULL);
    CU_ADD_TEST(suite, three_jobs_take_what_they_do_by_hand);
    CU_ADD_TEST(suite, deadline_stops_what_runs);
    CU_ADD_TEST(suite, same_seed_gives_the_same_run_and_another_one_another);
    CU_ADD_TEST(suite, draws_have_their_mean_and_spread);
    CU_ADD_TEST(suite, more_ranks_take_less_time_and_the_books_are_right);
    CU_ADD_TEST(suite, jobs_of_a_dead_node_are_run_again_after_its_silence);
    CU_ADD_TEST(suite, run_ends_when_all_workers_are_dead);
    CU_ADD_TEST(suite, overloaded_rank_0_is_told);
}
