/* Which evaluated rule is chosen, and what is tested of it, with made-up outcomes. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loops.h"

void test_tested(void);

enum { TESTS = 3, JOBS = 400 };

/* Losses of the evaluations, at iterations 0, 2, 4 and 5, on both held-out seeds; NAN: diverged. */
static const double losses[CANDIDATES][EVALUATIONS][HELD_OUT] = {
    {{5, 5}, {4, 4}, {1, 3}, {4, 3}},       /* the smallest mean */
    {{5, 5}, {4, 6}, {0, NAN}, {NAN, NAN}}, /* a whole one before a smaller one, the first of two */
    {{NAN, NAN}, {2, NAN}, {NAN, 1}, {3, NAN}}, /* none is whole */
    {{NAN, NAN}, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}},
};
static const int chosen[CANDIDATES] = {4, 0, 4, 0};

static struct outcome outcome_of(const struct job *job)
{
    struct outcome outcome = loops_outcome(job);
    if (job->kind == JOB_EVALUATE)
        outcome.loss = losses[job->candidate][job->iteration][job->seed];
    if (isnan(outcome.loss))
        outcome.state = LIFETIME_DIVERGED;
    return outcome;
}

/* What is tested must be the rule of the iteration that was told to be chosen, or of the start. */
static void check_test(const struct loops *loops, const struct job *job)
{
    int64_t c = job->candidate;
    int iteration = job->iteration == TESTED_CHOSEN ? chosen[c] : 0;
    CU_ASSERT_TRUE(job->seed < TESTS && job->iteration < TESTED_RULES);
    CU_ASSERT_EQUAL(memcmp(job->theta, loops->record.theta[c][iteration], TERMS * sizeof(double)),
                    0);
}

static int compare(const void *a, const void *b)
{
    const unsigned *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Runs all jobs, which come back in an order that `random` tells; counts the tests. */
static int run_mixed(struct loops *loops, unsigned random)
{
    static struct job out[JOBS];
    int tests = 0;
    srand(random);
    while (!search_finished(loops->search)) {
        unsigned order[JOBS];
        int count = 0;
        while (count < JOBS && search_next(loops->search, &out[count])) {
            order[count] = ((unsigned)rand() & 0xffff) << 12 | (unsigned)count;
            count++;
        }
        CU_ASSERT_FATAL(count > 0);
        qsort(order, (size_t)count, sizeof *order, compare);
        for (int i = 0; i < count; i++) {
            const struct job *job = &out[order[i] & 0xfff];
            struct outcome outcome = outcome_of(job);
            if (job->kind == JOB_TEST) {
                check_test(loops, job);
                tests++;
            }
            CU_ASSERT_TRUE(search_take(loops->search, &outcome));
        }
    }
    return tests;
}

static void the_best_complete_evaluation_is_chosen_in_any_order(void)
{
    static struct loops loops;
    for (unsigned random = 0; random < 20; random++) {
        loops_open(&loops, loops_with("test_seeds: 3"), 0, 1);
        CU_ASSERT_EQUAL(run_mixed(&loops, random), CANDIDATES * TESTED_RULES * TESTS);
        CU_ASSERT_EQUAL(memcmp(loops.record.chosen, chosen, sizeof chosen), 0);
        loops_close(&loops);
    }
}

static void tests_come_last_and_are_counted(void)
{
    static struct loops with, without;
    loops_open(&with, loops_with("test_seeds: 3"), 0, 1);
    loops_open(&without, loops_text, 0, 1);
    struct search_progress more = search_progress(with.search),
                           less = search_progress(without.search);
    CU_ASSERT_EQUAL(more.jobs - less.jobs, CANDIDATES * TESTED_RULES * TESTS);
    CU_ASSERT_EQUAL(more.lifetimes - less.lifetimes, CANDIDATES * TESTED_RULES * TESTS);
    CU_ASSERT_DOUBLE_EQUAL((more.cost - less.cost) / (CANDIDATES * TESTED_RULES * TESTS),
                           with.plan.candidate[0].evaluate_cost, 1e-3);
    struct job job;
    int last = JOB_SCALE;
    while (search_next(with.search, &job)) {
        struct outcome outcome = loops_outcome(&job);
        CU_ASSERT_TRUE(job.kind >= last || last == JOB_TEST);
        last = job.kind == JOB_TEST ? JOB_TEST : last;
        search_take(with.search, &outcome);
    }
    CU_ASSERT_TRUE(search_finished(with.search));
    CU_ASSERT_DOUBLE_EQUAL(search_progress(with.search).cost_done / more.cost, 1, 1e-9);
    loops_close(&with);
    loops_close(&without);
}

/* Tests that were committed before the run was interrupted count, whenever they are told. */
static void resumed_tests_are_not_run_again(void)
{
    static struct loops whole, resumed;
    static struct outcome kept[JOBS];
    struct job job;
    int count = 0;
    loops_open(&whole, loops_with("test_seeds: 3"), 0, 1);
    while (search_next(whole.search, &job)) {
        kept[count] = outcome_of(&job);
        search_take(whole.search, &kept[count++]);
    }
    CU_ASSERT_TRUE(search_finished(whole.search));
    for (int first = 0; first < count; first += 17) { /* all but one */
        loops_open(&resumed, loops_with("test_seeds: 3"), 0, 1);
        for (bool any = true; any;) {
            any = false;
            for (int i = count - 1; i >= 0; i--)
                any = (i != first && search_take(resumed.search, &kept[i])) || any;
        }
        while (search_next(resumed.search, &job)) {
            struct outcome outcome = outcome_of(&job);
            search_take(resumed.search, &outcome);
        }
        for (int i = 0; i < count; i++)
            search_take(resumed.search, &kept[i]);
        CU_ASSERT_TRUE(search_finished(resumed.search));
        CU_ASSERT_EQUAL(memcmp(&whole.record, &resumed.record, sizeof whole.record), 0);
        loops_close(&resumed);
    }
    loops_close(&whole);
}

static void a_rule_that_is_not_learned_is_tested_once(void)
{
    static struct loops loops;
    struct job job;
    int tests = 0;
    loops_open(&loops, "meta: {iterations: 0, held_out_seeds: 2, test_seeds: 5}\n", 0, 1);
    while (search_next(loops.search, &job)) {
        struct outcome outcome = loops_outcome(&job);
        CU_ASSERT_TRUE(job.kind != JOB_TEST || job.iteration == TESTED_START);
        tests += job.kind == JOB_TEST;
        search_take(loops.search, &outcome);
    }
    CU_ASSERT_TRUE(search_finished(loops.search));
    CU_ASSERT_EQUAL(tests, 5);
    loops_close(&loops);
}

void test_tested(void)
{
    CU_pSuite suite = CU_add_suite("tested", NULL, NULL);
    CU_ADD_TEST(suite, the_best_complete_evaluation_is_chosen_in_any_order);
    CU_ADD_TEST(suite, tests_come_last_and_are_counted);
    CU_ADD_TEST(suite, resumed_tests_are_not_run_again);
    CU_ADD_TEST(suite, a_rule_that_is_not_learned_is_tested_once);
}
