/* Sweeps whose candidates depend on how earlier ones came out, with made-up outcomes. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/alike.h"

enum {
    SAMPLES = 62,
    FIRST = 10,
    GENERATION = 4,
    HELD = 2,
    JOBS = SAMPLES * (3 + 3 * HELD),
    REPEATS = 2
};

struct sweep_of {
    struct config config;
    struct space space;
    struct search_plan plan;
    struct search *search;
    int placed; /* candidates that the listener was told of, in order */
    int repeats;
};

static void on_place(void *context, int64_t candidate)
{
    struct sweep_of *of = context;
    CU_ASSERT_TRUE(sweep_known(&of->config.sweep, candidate));
    CU_ASSERT_EQUAL(candidate, FIRST * of->repeats + of->placed);
    of->placed++;
}

static enum status read_sweep(struct sweep_of *of, const char *axes, int repeats,
                              struct error *error)
{
    static const settings_check checks[] = {NULL};
    char text[1024];
    memset(of, 0, sizeof *of);
    of->repeats = repeats;
    snprintf(text, sizeof text,
             "rule: {degree: 2, start: {r1 d1: -1}}\nlearning: {trials: 30}\n"
             "meta: {iterations: 1, seeds: 2, held_out_seeds: %d, test_seeds: 1}\nsweep:\n"
             "  method: tpe\n  samples: %d\n  generation: %d\n  repeats: %d\n  parameters:\n%s",
             HELD, SAMPLES, GENERATION, repeats, axes);
    CU_ASSERT_EQUAL_FATAL(config_parse(&of->config, "t.yaml", text, 0, NULL, error), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(search_plan_create(&of->plan, &of->space, &of->config, checks, error),
                          STATUS_OK);
    return search_alike_check(&of->plan, error);
}

static void begin_repeated(struct sweep_of *of, int repeats)
{
    struct error error = {0};
    const struct search_listener listener = {.context = of, .place = on_place};
    CU_ASSERT_EQUAL_FATAL(
        read_sweep(of,
                   "    learning.rate: {min: 0.01, max: 1}\n    network.gain: {min: 1, max: 2}\n",
                   repeats, &error),
        STATUS_OK);
    of->search = search_create(&of->plan, 0, 1, &listener, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(of->search);
}

static void begin(struct sweep_of *of)
{
    begin_repeated(of, 1);
}

static void end(struct sweep_of *of)
{
    search_free(of->search);
    search_plan_free(&of->plan);
    config_free(&of->config);
}

/* Better in the middle; sample 3 diverges, and one seed of sample 5. Of two repeats one is as much worse as
 * the other is better. */
static struct outcome outcome_of(const struct job *job, int repeats)
{
    int64_t sample = job->candidate / repeats;
    double apart = repeats > 1 ? (double)(sample * 37 % 11) / 8 : 0;
    struct outcome outcome = {.candidate = job->candidate,
                              .kind = job->kind,
                              .iteration = job->iteration,
                              .seed = job->seed,
                              .state = LIFETIME_DONE};
    bool lost = sample == 3 || (sample == 5 && job->seed == 1);
    if (job->kind == JOB_EVALUATE && lost)
        outcome.state = LIFETIME_DIVERGED;
    outcome.loss = fabs(job->point[0] - 0.4) + fabs(job->point[1] - 0.6) + 0.01 * job->seed +
                   (job->candidate % 2 ? apart : -apart);
    for (int p = 0; p < job->parameters; p++)
        outcome.gradient[p] = 1;
    return outcome;
}

/* The generation that a candidate is of. */
static int generation_of(int64_t candidate)
{
    return candidate < FIRST ? 0 : 1 + (int)(candidate - FIRST) / GENERATION;
}

/* Runs with up to `most` jobs out, whose outcomes come in any order; keeps those in `kept` [JOBS]. */
static void run(struct sweep_of *of, int most, unsigned seed, struct outcome *kept)
{
    bool whole = search_progress(of->search).done == 0;
    static struct job out[JOBS * REPEATS];
    int count = 0, done = 0, evaluated[SAMPLES * REPEATS] = {0}, repeats = of->repeats;
    while (!search_finished(of->search)) {
        while (count < most && search_next(of->search, &out[count])) {
            const struct job *job = &out[count++];
            int64_t sample = job->candidate / repeats;
            CU_ASSERT_TRUE(sweep_known(&of->config.sweep, job->candidate));
            CU_ASSERT_EQUAL(
                memcmp(job->point, of->config.sweep.point + 2 * sample, 2 * sizeof(double)), 0);
            for (int c = 0; whole && c < SAMPLES * repeats;
                 c++) // all of generations before have been evaluated
                if (generation_of(c / repeats) < generation_of(sample))
                    CU_ASSERT_EQUAL(evaluated[c], 2 * HELD);
        }
        CU_ASSERT_FATAL(count > 0);
        seed = seed * 1103515245 + 12345;
        int taken = (int)((seed >> 16) % (unsigned)count);
        struct outcome outcome = outcome_of(&out[taken], repeats);
        out[taken] = out[--count];
        evaluated[outcome.candidate] += outcome.kind == JOB_EVALUATE;
        CU_ASSERT_TRUE(search_take(of->search, &outcome));
        if (kept)
            kept[done++] = outcome;
    }
    CU_ASSERT_EQUAL(of->placed, (SAMPLES - FIRST) * repeats);
}

static void same_points(const struct sweep_of *one, const struct sweep_of *other)
{
    CU_ASSERT_EQUAL(
        memcmp(one->config.sweep.point, other->config.sweep.point, SAMPLES * 2 * sizeof(double)),
        0);
}

static void candidates_are_the_same_in_any_order_of_arrival(void)
{
    static struct sweep_of one, other;
    begin(&one);
    run(&one, 1, 1, NULL);
    for (unsigned seed = 1; seed <= 10; seed++) {
        begin(&other);
        run(&other, 2 + 5 * (int)seed, seed, NULL);
        same_points(&one, &other);
        end(&other);
    }
    end(&one);
}

/* The first half of what was committed, in the order of the archive and again until nothing is
 * taken. */
static void an_interrupted_search_goes_on_to_the_same_candidates(void)
{
    static struct sweep_of one, other;
    static struct outcome kept[JOBS];
    begin(&one);
    run(&one, 7, 3, kept);
    for (int half = 0; half < JOBS; half += 81) {
        bool taken = true;
        begin(&other);
        while (taken) {
            taken = false;
            for (int64_t c = 0; c < SAMPLES; c++)
                for (int i = 0; i < half; i++)
                    if (kept[i].candidate == c)
                        taken |= search_take(other.search, &kept[i]);
        }
        CU_ASSERT_EQUAL(search_progress(other.search).done, half);
        run(&other, 3, 5, NULL);
        same_points(&one, &other);
        end(&other);
    }
    end(&one);
}

static void repeats_count_as_one_by_their_mean(void)
{
    static struct sweep_of one, other;
    begin(&one);
    run(&one, 5, 1, NULL);
    for (unsigned seed = 1; seed <= 4; seed++) {
        begin_repeated(&other, REPEATS);
        run(&other, 3 + 9 * (int)seed, seed, NULL);
        same_points(&one, &other);
        end(&other);
    }
    end(&one);
}

static void good_ones_are_found_and_lost_ones_are_not_copied(void)
{
    static struct sweep_of of;
    double first = 0, last = 0;
    begin(&of);
    run(&of, 4, 2, NULL);
    const double *point = of.config.sweep.point;
    for (int c = 0; c < FIRST; c++) {
        first += fabs(point[2 * c] - 0.4) + fabs(point[2 * c + 1] - 0.6);
        last +=
            fabs(point[2 * (SAMPLES - 1 - c)] - 0.4) + fabs(point[2 * (SAMPLES - 1 - c) + 1] - 0.6);
    }
    CU_ASSERT_TRUE(last < 0.85 * first);
    end(&of);
}

static void axes_that_change_more_than_numbers_are_refused(void)
{
    static const struct {
        const char *axis;
        bool refused;
    } cases[] = {{"network.units: {min: 20, max: 40}", true},
                 {"learning.trials: {values: [30, 40]}", true},
                 {"meta.seeds: {values: [2, 3]}", true},
                 {"meta.test_seeds: {values: [1, 3]}", true},
                 {"rule.degree: {values: [2, 3]}", true},
                 {"rule.learn: {values: [[theta], [theta, tau_e]]}", true},
                 {"network.phi: {values: [tanh, relu]}", false},
                 {"exploration.amplitude: {min: 1, max: 3}", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct sweep_of of;
        struct error error = {0};
        char axes[256];
        snprintf(axes, sizeof axes, "    learning.rate: {min: 0.01, max: 1}\n    %s\n",
                 cases[i].axis);
        enum status status = read_sweep(&of, axes, 1, &error);
        CU_ASSERT_EQUAL(status, cases[i].refused ? STATUS_USAGE : STATUS_OK);
        if (cases[i].refused) {
            CU_ASSERT_PTR_NOT_NULL(error.text ? strstr(error.text, "t.yaml:11:5: ") : NULL);
            CU_ASSERT_PTR_NOT_NULL(error.text ? strstr(error.text, "method tpe") : NULL);
        }
        error_free(&error);
        search_plan_free(&of.plan);
        config_free(&of.config);
    }
}

void test_generation(void)
{
    CU_pSuite suite = CU_add_suite("generation", NULL, NULL);
    CU_ADD_TEST(suite, candidates_are_the_same_in_any_order_of_arrival);
    CU_ADD_TEST(suite, an_interrupted_search_goes_on_to_the_same_candidates);
    CU_ADD_TEST(suite, repeats_count_as_one_by_their_mean);
    CU_ADD_TEST(suite, good_ones_are_found_and_lost_ones_are_not_copied);
    CU_ADD_TEST(suite, axes_that_change_more_than_numbers_are_refused);
}
