/* Early stopping: rungs, brackets, decisions, and searches whose losses are made up. */
#include "search/stopping.h"

#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loops.h"

void test_stopping(void);

/* ---- the arithmetic ---- */

static struct search_stopping make(int rule, int factor, int first, struct search_extent extent,
                                   int64_t candidates)
{
    struct search_stopping stopping;
    struct settings settings;
    settings_defaults(&settings);
    settings.meta.stopping.name = rule;
    settings.meta.stopping.factor = factor;
    settings.meta.stopping.first = first;
    CU_ASSERT_EQUAL_FATAL(
        search_stopping_create(&stopping, &settings, &extent, candidates, 1, NULL), STATUS_OK);
    return stopping;
}

static const struct search_extent by_seeds = {.evaluations = 1, .held_out = 27, .points = 1};
static const struct search_extent by_evaluations = {
    .iterations = 20, .seeds = 2, .points = 1, .evaluations = 11, .every = 2, .held_out = 3};

static void halving_divides_budgets_and_candidates(void)
{
    static const int budgets[] = {1, 3, 9, 27}, kept[] = {21, 7, 2};
    struct search_stopping stopping = make(STOPPING_HALVING, 3, 1, by_seeds, 64);
    int64_t count = 64, range[2];
    CU_ASSERT_EQUAL_FATAL(search_stopping_rungs(&stopping, 0), 3);
    for (int r = 0; r <= 3; r++)
        CU_ASSERT_EQUAL(search_stopping_budget(&stopping, 0, r), budgets[r]);
    for (int r = 0; r < 3; r++)
        CU_ASSERT_EQUAL(count = search_stopping_kept(&stopping, count), kept[r]);
    search_stopping_lifetimes(range, &stopping, &by_seeds, 64, JOB_EVALUATE);
    CU_ASSERT_EQUAL(range[0], 64 * 1 + 21 * 2 + 7 * 6 + 2 * 18);
    CU_ASSERT_EQUAL(range[1], range[0]);
    stopping = make(STOPPING_HALVING, 3, 2, by_seeds, 64);
    CU_ASSERT_EQUAL(search_stopping_rungs(&stopping, 0), 2);
    CU_ASSERT_EQUAL(search_stopping_budget(&stopping, 0, 0), 3);
}

static void halving_by_evaluations_counts_training(void)
{
    struct search_stopping stopping = make(STOPPING_HALVING, 4, 1, by_evaluations, 5);
    int64_t range[2];
    CU_ASSERT_EQUAL(search_stopping_rungs(&stopping, 0), 1);
    CU_ASSERT_EQUAL(search_stopping_budget(&stopping, 0, 0), 2); /* of 10 behind the start rule's */
    search_stopping_lifetimes(range, &stopping, &by_evaluations, 5, JOB_TRAIN);
    CU_ASSERT_EQUAL(range[1], 4 * 4 * 2 + 20 * 2);
    search_stopping_lifetimes(range, &stopping, &by_evaluations, 5, JOB_EVALUATE);
    CU_ASSERT_EQUAL(range[1], 4 * 3 * 3 + 11 * 3);
}

/* Table 1 of Li et al.: R = 81, eta = 3. */
static void hyperband_has_the_published_brackets(void)
{
    static const int size[] = {81, 34, 15, 8, 5};
    struct search_extent extent = by_seeds;
    extent.held_out = 81;
    struct search_stopping stopping = make(STOPPING_HYPERBAND, 3, 1, extent, 143);
    int64_t count[SEARCH_BRACKETS] = {0};
    bool in_order = true;
    CU_ASSERT_EQUAL_FATAL(stopping.brackets, 5);
    for (int64_t c = 0; c < 143; c++) {
        count[search_stopping_bracket(&stopping, c)]++;
        in_order &= c == 0 || stopping.bracket[c] >= stopping.bracket[c - 1];
    }
    CU_ASSERT_FALSE(in_order);
    for (int b = 0; b < 5; b++) {
        CU_ASSERT_EQUAL(stopping.size[b], size[b]);
        CU_ASSERT_EQUAL(count[b], size[b]);
        CU_ASSERT_EQUAL(search_stopping_rungs(&stopping, b), 4 - b);
        CU_ASSERT_EQUAL(search_stopping_budget(&stopping, b, 0), (int)pow(3, b));
    }
    search_stopping_free(&stopping);
}

/* ---- decisions against a plain reference ---- */

enum { MOST = 9 };

static bool better(struct search_score a, struct search_score b)
{
    return search_evaluation_is_better(a.finite, a.loss, b.finite, b.loss);
}

/* Few losses, so that many are equal. */
static struct search_score draw(void)
{
    int finite = rand() % 3;
    return (struct search_score){finite > 0 ? rand() % 4 : NAN, finite};
}

static bool halving_keeps(const struct search_contender *all, int count, int i, int64_t kept)
{
    int before = 0;
    for (int k = 0; k < count; k++)
        before += better(all[k].own, all[i].own) || (k < i && !better(all[i].own, all[k].own));
    return before < kept;
}

/* Worse than at least half of the others' means, and more of them if their number is even. */
static bool median_keeps(const struct search_contender *all, int count, int i)
{
    int others = 0;
    for (int k = 0; k < count; k++)
        others += k != i && better(all[k].mean, all[i].own);
    return others < (count - 1) / 2 + 1;
}

/* The n-th best, ties by number. */
static int nth(const struct search_contender *all, int count, int64_t n)
{
    int i = 0;
    while (halving_keeps(all, count, i, n) || !halving_keeps(all, count, i, n + 1))
        i++;
    return i;
}

static void the_worst_fifth_goes_on_from_the_best(void)
{
    static const int bred[] = {0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2};
    enum { SIZE = 12 };
    struct search_stopping population = make(STOPPING_POPULATION, 3, 2, by_evaluations, SIZE);
    int drawn[2] = {0};
    srand(11);
    CU_ASSERT_EQUAL(search_stopping_rungs(&population, 0), 8); /* evaluations 2 to 9 of 10 */
    CU_ASSERT_EQUAL(search_stopping_budget(&population, 0, 0), 2);
    CU_ASSERT_EQUAL(search_stopping_budget(&population, 0, 7), 9);
    for (int count = 1; count <= SIZE; count++)
        CU_ASSERT_EQUAL(search_stopping_bred(&population, count), bred[count]);
    for (int trial = 0; trial < 500; trial++) {
        struct search_contender all[SIZE];
        struct search_decision decision[SIZE], again[SIZE];
        int count = 1 + rand() % SIZE, rung = rand() % 8, children = 0;
        for (int i = 0; i < count; i++)
            all[i] = (struct search_contender){10 + 3 * i, draw(), draw()};
        search_stopping_decide(decision, &population, rung, all, count);
        search_stopping_decide(again, &population, rung, all, count);
        for (int i = 0; i < count; i++) {
            bool child = !halving_keeps(all, count, i, count - bred[count]);
            CU_ASSERT_TRUE(decision[i].kept);
            CU_ASSERT_EQUAL(decision[i].donor >= 0, child);
            CU_ASSERT_EQUAL(decision[i].donor, again[i].donor);
            int donor = (int)(decision[i].donor - 10) / 3;
            children += child;
            if (child)
                CU_ASSERT_TRUE(halving_keeps(all, count, donor, bred[count]));
            if (child && bred[count] == 2)
                drawn[donor == nth(all, count, 1)]++;
        }
        CU_ASSERT_EQUAL(children, bred[count]);
    }
    CU_ASSERT_TRUE(drawn[0] > 60 && drawn[1] > 60);
}

static void decisions_are_those_of_the_rule(void)
{
    srand(7);
    struct search_stopping halving = make(STOPPING_HALVING, 3, 1, by_seeds, 64);
    struct search_stopping median = make(STOPPING_MEDIAN, 3, 1, by_evaluations, 64);
    int stopped = 0;
    for (int trial = 0; trial < 2000; trial++) {
        struct search_contender all[MOST];
        struct search_decision decision[MOST];
        int count = 1 + rand() % MOST;
        for (int i = 0; i < count; i++)
            all[i] = (struct search_contender){10 + 3 * i, draw(), draw()};
        int64_t kept = search_stopping_kept(&halving, count);
        CU_ASSERT_EQUAL_FATAL(search_stopping_decide(decision, &halving, 0, all, count), STATUS_OK);
        for (int i = 0; i < count; i++)
            CU_ASSERT_EQUAL(decision[i].kept, halving_keeps(all, count, i, kept));
        CU_ASSERT_EQUAL_FATAL(search_stopping_decide(decision, &median, 0, all, count), STATUS_OK);
        for (int i = 0; i < count; i++) {
            CU_ASSERT_EQUAL(decision[i].kept, count == 1 || median_keeps(all, count, i));
            stopped += !decision[i].kept;
        }
    }
    CU_ASSERT_TRUE(stopped > 100); /* or the test is blind */
}

/* ---- the search ---- */

#define SWEEP                                                                                      \
    "rule: {degree: 2, start: {r1 d1: -1, r0 d2: 0.3}}\nlearning: {trials: 30}\n"                  \
    "sweep: {parameters: {learning.rate: {values: [1, 2, 3, 4]}}}\n"
#define MANY SWEEP "meta: {iterations: 0, held_out_seeds: 8, test_seeds: 2, stopping: "

/* `rate` is an axis too; more of the section meta follows. */
#define POPULATION(rate)                                                                           \
    "rule: {degree: 2, start: {r1 d1: -1, r0 d2: 0.3}}\nlearning: {trials: 30}\n"                  \
    "sweep: {method: latin, samples: 4, parameters: {" rate ": {min: 0.01, max: 0.04}, "           \
    "learning.warmup: {min: 0, max: 9}, learning.reward: {values: [square, absolute]}}}\n"         \
    "meta: {iterations: 5, seeds: 3, held_out_seeds: 2, evaluate_every: 2, "

/* Of each candidate on each held-out seed; NAN: diverged. */
static const double losses[CANDIDATES][8] = {
    {5, 5, 5, 5, 5, 5, 5, 5},
    {1, 9, 9, 9, 9, 9, 9, 9},   /* the best on the first seed only */
    {2, 2, 2, 2, NAN, 2, 2, 2}, /* would be stopped if it diverged before */
    {3, NAN, 1, 1, 1, 1, 1, 1},
};

static struct outcome outcome_of(const struct job *job)
{
    struct outcome outcome = loops_outcome(job);
    if (job->kind == JOB_EVALUATE)
        outcome.loss = losses[job->candidate][job->seed] / (1 + job->iteration);
    if (isnan(outcome.loss))
        outcome.state = LIFETIME_DIVERGED;
    return outcome;
}

enum { JOBS = 600 };

/* What was run of each kind and candidate, and all outcomes. */
struct ran {
    int count, of[CANDIDATES][JOB_KINDS];
    struct outcome outcome[JOBS];
};

/* Runs all jobs; up to `most` are out at a time and come back in an order that `random` tells. */
static void run_mixed(struct ran *ran, struct loops *loops, int most, unsigned random)
{
    static struct job out[JOBS];
    struct job job;
    int held = 0;
    memset(ran, 0, sizeof *ran);
    srand(random);
    while (!search_finished(loops->search)) {
        while (held < most && search_next(loops->search, &job))
            out[held++] = job;
        CU_ASSERT_FATAL(held > 0 && ran->count < JOBS);
        int i = rand() % held;
        struct outcome outcome = outcome_of(&out[i]);
        CU_ASSERT_TRUE(search_take(loops->search, &outcome));
        CU_ASSERT_FALSE(search_take(loops->search, &outcome));
        ran->of[outcome.candidate][outcome.kind]++;
        ran->outcome[ran->count++] = outcome;
        out[i] = out[--held];
    }
    CU_ASSERT_EQUAL(held, 0);
    CU_ASSERT_FALSE(search_next(loops->search, &job));
}

static void the_right_ones_survive(void)
{
    static const int seeds[CANDIDATES] = {1, 2, 8, 1}; /* of halving by 2: 1, 2, 4 of 8 */
    static struct loops loops;
    static struct ran ran;
    loops_open(&loops, MANY "{name: halving, factor: 2}}\n", 0, 1);
    struct search_progress before = search_progress(loops.search);
    run_mixed(&ran, &loops, 3, 1);
    for (int c = 0; c < CANDIDATES; c++) {
        CU_ASSERT_EQUAL(ran.of[c][JOB_EVALUATE], seeds[c]);
        CU_ASSERT_EQUAL(ran.of[c][JOB_TEST], seeds[c] == 8 ? 2 : 0);
    }
    const struct search_decision *told = loops.record.at_rung[1];
    CU_ASSERT_TRUE(told[0].kept && told[0].place == 1 && told[0].threshold.loss == 2);
    CU_ASSERT_TRUE(!told[1].kept && told[1].place == 2 && told[1].own.loss == 5 &&
                   told[1].threshold.loss == 2);
    CU_ASSERT_TRUE(told[2].place == 0);
    struct search_progress after = search_progress(loops.search);
    CU_ASSERT_EQUAL(before.jobs, after.done); /* it was known how many there will be */
    CU_ASSERT_EQUAL(before.lifetimes, after.lifetimes_done);
    CU_ASSERT_DOUBLE_EQUAL(before.cost / after.cost_done, 1, 1e-9);
    loops_close(&loops);
}

static const char *const sweeps[] = {
    MANY "{name: halving, factor: 2}}\n",
    MANY "{name: hyperband, factor: 2}}\n",
    MANY "{name: median, factor: 2, first: 2}}\n",
    SWEEP "meta: {iterations: 5, seeds: 3, held_out_seeds: 2, evaluate_every: 2, test_seeds: 2, "
          "stopping: {name: halving, factor: 2}}\n",
    SWEEP "meta: {iterations: 5, seeds: 3, held_out_seeds: 2, evaluate_every: 2, "
          "stopping: {name: hyperband, factor: 3}}\n",
    SWEEP
    "meta: {iterations: 5, seeds: 3, held_out_seeds: 2, evaluate_every: 2, stopping: median}\n",
    POPULATION("meta.optimizer.rate") "test_seeds: 2, stopping: population}\n",
    POPULATION("meta.l1") "optimizer: {name: race, population: 8}, stopping: {name: population, "
                          "first: 2}}\n",
};
enum { SWEEPS = sizeof sweeps / sizeof *sweeps };

/* Where the candidates of a population ended. */
static bool same_points(const struct loops *one, const struct loops *other)
{
    const struct sweep *sweep = &one->config.sweep;
    size_t bytes = (size_t)sweep->samples * (size_t)sweep->axes * sizeof *sweep->point;
    return !sweep->point || memcmp(sweep->point, other->config.sweep.point, bytes) == 0;
}

enum { CHILD = 3, DONOR = 2, POINTS = 3 };

/* What was run in the training of CHILD and DONOR. */
struct trained {
    double theta[2][ITERATIONS][SEEDS * POINTS][TERMS];
};

/* Runs a job; CHILD has the gradients of DONOR once it went on from that. */
static void run_like_the_donor(struct trained *trained, struct loops *loops, struct job *job)
{
    bool bred = loops->record.at_rung[CHILD][0].place > 0;
    int64_t own = job->candidate;
    if (job->kind == JOB_TRAIN && own >= DONOR)
        memcpy(trained->theta[own == CHILD][job->iteration][job->seed], job->theta,
               sizeof trained->theta[0][0][0]);
    job->candidate = own == CHILD && job->kind == JOB_TRAIN && bred ? DONOR : own;
    struct outcome outcome = outcome_of(job);
    outcome.candidate = own;
    CU_ASSERT_TRUE(search_take(loops->search, &outcome));
}

static double rate_of(const struct loops *loops, int64_t candidate)
{
    struct settings settings;
    space_settings(loops->plan.space, candidate, &settings);
    return settings.learning.rate;
}

static bool same_theta(const double *one, const double *other)
{
    return memcmp(one, other, TERMS * sizeof *one) == 0;
}

/* Candidate 3 diverges on a seed, 2 has the smallest losses: at both rungs, evaluations 1 and 2 of 3,
 * before iterations 2 and 4, the one goes on from the other, in all points and with its optimizer. */
static void a_child_goes_on_where_its_donor_was(void)
{
    static struct loops loops;
    static struct trained trained;
    struct job job;
    loops_open(&loops,
               POPULATION("learning.rate") "estimator: es, es_pairs: 1, test_seeds: 2, "
                                           "stopping: population}\n",
               0, 1);
    const struct record *record = &loops.record;
    const double *point = loops.config.sweep.point;
    double before[CANDIDATES * 3];
    memcpy(before, point, sizeof before);
    while (search_next(loops.search, &job)) {
        CU_ASSERT_EQUAL(memcmp(job.point, point + 3 * job.candidate, 3 * sizeof *point), 0);
        run_like_the_donor(&trained, &loops, &job);
    }
    CU_ASSERT_TRUE(search_finished(loops.search));
    for (int r = 0; r < 2; r++)
        CU_ASSERT_EQUAL(record->at_rung[CHILD][r].donor, DONOR);
    for (int i = 0; i <= ITERATIONS; i++)
        CU_ASSERT_EQUAL(same_theta(record->theta[CHILD][i], record->theta[DONOR][i]), i != 1);
    for (int i = 2; i < ITERATIONS; i++)
        for (int s = 0; s < SEEDS * POINTS; s++)
            CU_ASSERT_TRUE(same_theta(trained.theta[0][i][s], trained.theta[1][i][s]));
    CU_ASSERT_TRUE(fabs(rate_of(&loops, CHILD) / rate_of(&loops, DONOR) - 1) < 0.2 + 1e-9);
    for (int c = 0; c < CANDIDATES; c++) /* whatever was best before */
        CU_ASSERT_EQUAL(record->chosen[c], ITERATIONS);
    CU_ASSERT_NOT_EQUAL(memcmp(before, point, sizeof before), 0);
    search_free(loops.search); /* another search over it begins anew */
    loops.search = search_create(&loops.plan, 0, 1, NULL, NULL);
    CU_ASSERT_EQUAL(memcmp(before, point, sizeof before), 0);
    loops_close(&loops);
}

static void decisions_do_not_depend_on_the_order_of_arrival(void)
{
    static struct loops first, other;
    static struct ran ran;
    for (int s = 0; s < SWEEPS; s++) {
        loops_open(&first, sweeps[s], 0, 1);
        run_mixed(&ran, &first, 1, 0);
        int count = ran.count, stopped = 0;
        for (int c = 0; c < CANDIDATES; c++)
            for (int r = 0; r < RUNGS; r++)
                stopped +=
                    first.record.at_rung[c][r].place > 0 &&
                    (!first.record.at_rung[c][r].kept || first.record.at_rung[c][r].donor >= 0);
        CU_ASSERT_TRUE(stopped > 0);
        for (unsigned random = 1; random < 20; random++) {
            loops_open(&other, sweeps[s], 0, 1);
            run_mixed(&ran, &other, 1 + (int)random % 7 * 9, random);
            CU_ASSERT_EQUAL(ran.count, count);
            CU_ASSERT_EQUAL(memcmp(&first.record, &other.record, sizeof first.record), 0);
            CU_ASSERT_TRUE(same_points(&first, &other));
            loops_close(&other);
        }
        loops_close(&first);
    }
}

/* Outcomes of an interrupted run, fed as the archive tells them, lead to where it stood. */
static void resumed_decisions_are_the_same(void)
{
    static struct loops whole, resumed;
    static struct ran ran, rest;
    for (int s = 0; s < SWEEPS; s++) {
        loops_open(&whole, sweeps[s], 0, 1);
        run_mixed(&ran, &whole, 5, 3);
        for (int kept = 0; kept <= ran.count; kept += 1 + kept / 4) {
            loops_open(&resumed, sweeps[s], 0, 1);
            int taken = 0;
            for (bool any = true; any;) {
                any = false;
                for (int c = 0; c < CANDIDATES; c++) /* candidate by candidate */
                    for (int i = 0; i < kept; i++)
                        if (ran.outcome[i].candidate == c &&
                            search_take(resumed.search, &ran.outcome[i]))
                            any = ++taken;
            }
            CU_ASSERT_EQUAL(taken, kept);
            run_mixed(&rest, &resumed, 4, 5);
            CU_ASSERT_EQUAL(rest.count, ran.count - kept);
            CU_ASSERT_EQUAL(memcmp(&whole.record, &resumed.record, sizeof whole.record), 0);
            CU_ASSERT_TRUE(same_points(&whole, &resumed));
            loops_close(&resumed);
        }
        loops_close(&whole);
    }
}

static void expect_refused(const char *text, const char *why)
{
    static const settings_check checks[] = {NULL};
    struct config config;
    struct space space;
    struct search_plan plan;
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(config_parse(&config, "test", text, 0, NULL, &error), STATUS_OK);
    CU_ASSERT_EQUAL(search_plan_create(&plan, &space, &config, checks, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, why));
    error_free(&error);
    config_free(&config);
}

static void what_cannot_be_compared_is_refused(void)
{
    expect_refused("meta: {held_out_seeds: 0, stopping: halving}\n", "held_out_seeds = 0");
    expect_refused("meta: {iterations: 5, stopping: halving}\n", "no rung before the end");
    expect_refused(
        "meta: {iterations: 0, held_out_seeds: 8, stopping: {name: halving, first: 4}}\n",
        "no rung before the end");
    expect_refused("meta: {iterations: 9, evaluate_every: 1, stopping: median}\n"
                   "sweep: {parameters: {meta.held_out_seeds: {values: [2, 3]}}}\n",
                   "candidates 0 and 1");
    expect_refused("meta: {iterations: 9, evaluate_every: 1}\n"
                   "sweep: {parameters: {meta.stopping: {values: [median, halving]}}}\n",
                   "speaks of the whole run");
}

#define BRED(meta, sweep) "meta: {" meta ", stopping: population}\nsweep: {" sweep "}\n"
#define RATE              "parameters: {learning.rate: {min: 1, max: 4}}"

static void what_cannot_be_bred_is_refused(void)
{
    expect_refused("meta: {iterations: 9, evaluate_every: 1, stopping: population}\n",
                   "without a sweep");
    expect_refused(
        BRED("iterations: 9, evaluate_every: 1", "parameters: {learning.rate: {values: [1, 2]}}"),
        "sweep.method grid, allowed: with a method that draws");
    expect_refused(BRED("iterations: 9, evaluate_every: 1", "method: tpe, samples: 20, " RATE),
                   "sweep.method tpe");
    expect_refused(BRED("iterations: 0, held_out_seeds: 9", "method: random, samples: 4, " RATE),
                   "without meta-iterations");
    expect_refused(BRED("iterations: 9", "method: random, samples: 4, " RATE), "no rung");
}

void test_stopping(void)
{
    CU_pSuite suite = CU_add_suite("stopping", NULL, NULL);
    CU_ADD_TEST(suite, halving_divides_budgets_and_candidates);
    CU_ADD_TEST(suite, halving_by_evaluations_counts_training);
    CU_ADD_TEST(suite, hyperband_has_the_published_brackets);
    CU_ADD_TEST(suite, decisions_are_those_of_the_rule);
    CU_ADD_TEST(suite, the_worst_fifth_goes_on_from_the_best);
    CU_ADD_TEST(suite, the_right_ones_survive);
    CU_ADD_TEST(suite, a_child_goes_on_where_its_donor_was);
    CU_ADD_TEST(suite, decisions_do_not_depend_on_the_order_of_arrival);
    CU_ADD_TEST(suite, resumed_decisions_are_the_same);
    CU_ADD_TEST(suite, what_cannot_be_compared_is_refused);
    CU_ADD_TEST(suite, what_cannot_be_bred_is_refused);
}
