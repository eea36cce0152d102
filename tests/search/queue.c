/* What the search hands out and takes: which job is next, which outcomes count, how many there
 * are. */
#include <CUnit/Basic.h>
#include <string.h>

#include "loops.h"
#include "specimen.h"

static void evaluations_never_hold_up_training(void)
{
    static struct loops world;
    loops_open(&world, loops_text, 0, 1);
    struct job job, held[CANDIDATES * EVALUATIONS * HELD_OUT];
    int evaluations = 0, training = 0;
    while (search_next(world.search, &job)) {
        struct outcome outcome = loops_outcome(&job);
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
        struct outcome outcome = loops_outcome(&held[i]);
        CU_ASSERT_TRUE(search_take(world.search, &outcome));
    }
    CU_ASSERT_TRUE(search_finished(world.search));
    loops_close(&world);
}

static void candidate_furthest_behind_comes_first(void)
{
    static struct loops world;
    loops_open(&world,
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
    loops_close(&world);
}

static void returned_jobs_come_first_and_once(void)
{
    static struct loops world;
    loops_open(&world, loops_text, 0, 1);
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
    struct outcome outcome = loops_outcome(&first);
    CU_ASSERT_TRUE(search_take(world.search, &outcome));
    search_return(world.search, &first);
    while (search_next(world.search, &job))
        CU_ASSERT_FALSE(job.kind == JOB_SCALE && job.candidate == first.candidate);
    loops_close(&world);
}

static void senseless_outcomes_are_refused(void)
{
    static struct loops world;
    loops_open(&world, loops_text, 1, 2);
    struct job job;
    search_next(world.search, &job);
    struct outcome good = loops_outcome(&job), bad;
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
    loops_close(&world);
}

/* Outcomes of an interrupted run, fed before anything runs, then the rest is run. */
static void resume(const char *text, int most, int step)
{
    static struct loops whole, part, resumed;
    static struct outcome kept[1000];
    loops_open(&whole, text, 0, 1);
    loops_run(&whole, 9, 4);
    for (int stop = 0; stop < most; stop += step) {
        int count = 0;
        struct job job;
        loops_open(&part, text, 0, 1);
        while (count < stop && search_next(part.search, &job)) {
            kept[count] = loops_outcome(&job);
            search_take(part.search, &kept[count++]);
        }
        loops_close(&part);
        loops_open(&resumed, text, 0, 1);
        for (bool any = true; any;) {
            any = false;
            for (int i = count - 1; i >= 0; i--) /* the worst order */
                any = search_take(resumed.search, &kept[i]) || any;
        }
        CU_ASSERT_EQUAL(search_progress(resumed.search).done, count);
        loops_run(&resumed, 6, 5);
        CU_ASSERT_EQUAL(memcmp(&whole.record, &resumed.record, sizeof whole.record), 0);
        loops_close(&resumed);
    }
    loops_close(&whole);
}

static void resumed_search_gives_the_same_bits(void)
{
    resume(loops_text, 100, 7);
}

/* Guides are of the iterations before, whichever of their lifetimes ran before the interruption. */
static void resumed_guides_are_the_same(void)
{
    resume(loops_with("estimator: guided, es_pairs: 2, guides: 2"), 400, 37);
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
                        CU_ASSERT_EQUAL(search_evaluated_iteration(&extent, expected++), i);
                CU_ASSERT_EQUAL(extent.evaluations, expected);
                CU_ASSERT_EQUAL(extent.iterations, m);
                CU_ASSERT_EQUAL(extent.tests * extent.tested, 0);
                settings.meta.test_seeds = 7;
                extent = search_extent(&settings);
                CU_ASSERT_EQUAL(extent.tests, expected > 0 ? 7 : 0);
                CU_ASSERT_EQUAL(extent.tested, expected > 2 ? 2 : expected);
                settings.meta.test_seeds = 0;
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
    specimen_assign(&settings, NULL, 0, "meta.optimizer=race; meta.seeds=10");
    CU_ASSERT_EQUAL(search_task_seed(&settings, &train), 32);
    uint64_t held_out = search_task_seed(&settings, &evaluate);
    evaluate.iteration = 0;
    CU_ASSERT_EQUAL(search_task_seed(&settings, &evaluate), held_out);
    settings.meta.seeds = 1000000;
    train = (struct job){.kind = JOB_TRAIN, .iteration = 999999, .seed = 999999};
    evaluate.seed = 0;
    CU_ASSERT_TRUE(search_task_seed(&settings, &train) < search_task_seed(&settings, &evaluate));
    struct job last = {.kind = JOB_EVALUATE, .seed = 999999}, test = {.kind = JOB_TEST};
    CU_ASSERT_TRUE(search_task_seed(&settings, &last) < search_task_seed(&settings, &test));
    uint64_t tested = search_task_seed(&settings, &test);
    test.iteration = TESTED_CHOSEN; /* in pairs */
    CU_ASSERT_EQUAL(search_task_seed(&settings, &test), tested);
    test.seed = 999999;
    CU_ASSERT_EQUAL(search_task_seed(&settings, &test), tested + 999999);
    CU_ASSERT_TRUE(tested + 999999 < search_measured_seed(0));
    CU_ASSERT_TRUE(search_measured_seed(INT32_MAX) < search_pilot_seed(0));
    CU_ASSERT_TRUE(search_pilot_seed(INT32_MAX) < (uint64_t)1 << 56);
}

void test_queue(void)
{
    CU_pSuite suite = CU_add_suite("queue", NULL, NULL);
    CU_ADD_TEST(suite, evaluations_never_hold_up_training);
    CU_ADD_TEST(suite, candidate_furthest_behind_comes_first);
    CU_ADD_TEST(suite, returned_jobs_come_first_and_once);
    CU_ADD_TEST(suite, senseless_outcomes_are_refused);
    CU_ADD_TEST(suite, resumed_search_gives_the_same_bits);
    CU_ADD_TEST(suite, resumed_guides_are_the_same);
    CU_ADD_TEST(suite, extents_count_what_runs);
    CU_ADD_TEST(suite, seeds_never_meet);
}
