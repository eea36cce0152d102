/* Outer loops under test. */
#include "loops.h"

#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char loops_text[] = "rule: {degree: 2, start: {r1 d1: -1, r0 d2: 0.3}}\n"
                          "learning: {trials: 30}\n"
                          "meta: {iterations: 5, seeds: 3, held_out_seeds: 2, evaluate_every: 2}\n"
                          "sweep: {parameters: {learning.rate: {values: [1, 2, 3, 4]}}}\n";

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

static void note_choice(void *context, int64_t candidate, int32_t iteration)
{
    struct record *record = context;
    record->chosen[candidate] = iteration;
    record->calls++;
}

static void note_decisions(void *context, int64_t candidate, int32_t iteration,
                           const struct optimizer_decision *decision, const double *theta,
                           int count, int parameters)
{
    struct record *record = context;
    CU_ASSERT_EQUAL_FATAL(count, RULES);
    memcpy(record->decision[candidate][iteration], decision, RULES * sizeof *decision);
    for (int i = 0; i < count; i++)
        memcpy(record->rule[candidate][iteration][i], theta + (long)i * parameters,
               (size_t)parameters * sizeof *theta);
    record->calls++;
}

static void note_stopping(void *context, int64_t candidate, int32_t rung,
                          const struct search_decision *decision)
{
    struct record *record = context;
    CU_ASSERT_FATAL(rung < RUNGS);
    struct search_decision *told = &record->at_rung[candidate][rung];
    told->kept = decision->kept;
    told->place = decision->place + 1; /* 0: none was told */
    told->own.loss = decision->own.loss;
    told->own.finite = decision->own.finite;
    told->threshold.loss = decision->threshold.loss;
    told->threshold.finite = decision->threshold.finite;
    told->donor = decision->donor;
    record->calls++;
}

static void open(struct loops *loops, const char *text, int64_t first, int64_t step,
                 const struct search_listener *listener)
{
    static const settings_check checks[] = {NULL};
    struct error error = {0};
    memset(loops, 0, sizeof *loops);
    CU_ASSERT_EQUAL_FATAL(config_parse(&loops->config, "test", text, 0, NULL, &error), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(
        search_plan_create(&loops->plan, &loops->space, &loops->config, checks, &error), STATUS_OK);
    loops->search = search_create(&loops->plan, first, step, listener, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loops->search);
}

void loops_open(struct loops *loops, const char *text, int64_t first, int64_t step)
{
    const struct search_listener listener = {
        &loops->record,  note_theta,  note_scale,     note_iteration,
        note_evaluation, note_choice, note_decisions, .stopping = note_stopping};
    open(loops, text, first, step, &listener);
}

void loops_open_quietly(struct loops *loops, const char *text)
{
    open(loops, text, 0, 1, NULL);
}

void loops_close(struct loops *loops)
{
    search_free(loops->search);
    search_plan_free(&loops->plan);
    config_free(&loops->config);
}

const char *loops_with(const char *meta)
{
    static char text[sizeof loops_text + 100];
    const char *end = strstr(loops_text, "evaluate_every: 2") + strlen("evaluate_every: 2");
    snprintf(text, sizeof text, "%.*s, %s%s", (int)(end - loops_text), loops_text, meta, end);
    return text;
}

struct outcome loops_outcome(const struct job *job)
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

void loops_run(struct loops *loops, unsigned long most, uint64_t random)
{
    struct job out[64];
    unsigned long count = 0;
    while (!search_finished(loops->search)) {
        while (count < most && search_next(loops->search, &out[count]))
            count++;
        CU_ASSERT_FATAL(count > 0);
        unsigned long i = random_below(&random, count);
        struct job job = out[i];
        out[i] = out[--count];
        if (most > 1 && random_below(&random, 5) == 0) {
            search_return(loops->search, &job);
            continue;
        }
        struct outcome outcome = loops_outcome(&job);
        CU_ASSERT_TRUE(search_take(loops->search, &outcome));
        if (random_below(&random, 3) == 0)
            CU_ASSERT_FALSE(search_take(loops->search, &outcome));
    }
    struct job job;
    CU_ASSERT_FALSE(search_next(loops->search, &job));
    CU_ASSERT_EQUAL(search_waiting(loops->search), 0);
}
