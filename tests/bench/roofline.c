/* What a trial of learning must at least cost on this core, beside what it does cost.
 *
 *     roofline REPETITIONS NAME=VALUE ...
 *
 * Each repetition measures in turns, in CPU seconds, and prints one JSON object, all of a trial:
 *   trial       of a lifetime without derivatives, the first trial left out
 *   weights     reading all recurrent weights T times, from the cache in which they fit
 *   product     the eligibility's products over time at DGEMM's rate, the best of several sizes; twice
 *               the rate in single precision
 *   tanh        of all units and steps, by the vector library, of numbers that stay in the first cache
 *   random      the exploration noise: random numbers, their logarithms, and sines and cosines
 *   floor       the sum of these four
 * and "waiting", wall time over CPU time, less 1. With 0 REPETITIONS it runs 40 lifetimes, nothing beside
 * them, and prints nothing: for profilers. N units, T steps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/linalg.h"
#include "base/random.h"
#include "base/vector.h"
#include "model/lifetime.h"
#include "search/search.h"

enum { TRIALS = 1000, LARGEST = 1000, BATCH = 1024, ALONE = 40 };

static const double LEAST = 5e-3; /* s of CPU time that are measured at once */

/* Whole numbers, whose sum does not depend on the order: memory alone counts. */
typedef uint64_t words __attribute__((vector_size(64)));

/* What is timed, a trial's worth of it. */
struct work {
    const struct settings *settings;
    struct lifetime *lifetime;
    double *batch;  /* [2 BATCH] */
    words *weights; /* as many bytes as the recurrent weights */
    double kicks;   /* expected in a trial, or 0 */
};

static double seconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

VECTOR_CLONES static uint64_t read_all(const words *from, long count)
{
    words sum[8] = {{0}};
    long i = 0;
    for (; i + 8 <= count; i += 8)
        for (int k = 0; k < 8; k++)
            sum[k] += from[i + k];
    for (; i < count; i++)
        sum[0] += from[i];
    for (int k = 1; k < 8; k++)
        sum[0] += sum[k];
    return sum[0][0];
}

/* Registers that hold all recurrent weights. */
static long weight_registers(const struct trial *trial)
{
    size_t bytes = trial->in_single ? sizeof(float) : sizeof(double);
    return (long)((size_t)trial->units * (size_t)trial->units * bytes / sizeof(words)) + 1;
}

static volatile uint64_t sink; // so that they are read

static void read_weights(struct work *work)
{
    const struct trial *trial = &work->lifetime->trial;
    for (int t = 0; t < trial->shape.steps; t++)
        sink += read_all(work->weights, weight_registers(trial));
}

static void take_tanh(struct work *work)
{
    const struct trial *trial = &work->lifetime->trial;
    for (long left = (long)trial->units * trial->shape.steps; left > 0; left -= BATCH) {
        long count = left < BATCH ? left : BATCH;
        if (trial->in_single)
            vector_tanh_single((float *)work->batch, (float *)work->batch + BATCH, count);
        else
            vector_tanh(work->batch, work->batch + BATCH, count);
    }
}

static void draw_random(struct work *work)
{
    bool gaussian = work->settings->exploration.kind == EXPLORATION_GAUSSIAN;
    long numbers = (long)work->lifetime->trial.units * work->lifetime->trial.shape.steps;
    struct random_key key = random_key(1, 1, RANDOM_ANALYSIS);
    for (long left = gaussian ? numbers : (long)(2 * work->kicks); left > 0; left -= BATCH) {
        long count = left < BATCH ? left : BATCH;
        random_uniform(work->batch, key, 0, 0, count);
        vector_log(work->batch, work->batch, (count + 1) / 2);
        if (gaussian)
            vector_sincospi(work->batch, work->batch + BATCH, work->batch, (count + 1) / 2);
    }
}

/* CPU seconds of one call, from as many as take LEAST. */
static double time_of(void (*call)(struct work *), struct work *work)
{
    call(work);
    double start = cpu(), elapsed = 0;
    long calls = 0;
    for (; elapsed < LEAST; calls++, elapsed = cpu() - start)
        call(work);
    return elapsed / (double)calls;
}

/* Of products, the best of several sizes. */
static double dgemm_rate(void)
{
    static const int sizes[] = {200, 500, LARGEST};
    static double a[LARGEST * LARGEST], b[LARGEST * LARGEST], c[LARGEST * LARGEST];
    double best = 0;
    for (int i = 0; i < LARGEST * LARGEST && a[0] == 0; i++)
        a[i] = b[i] = 1 + 1e-6 * i;
    for (int s = 0; s < 3; s++) {
        int n = sizes[s];
        double start = cpu(), elapsed = 0;
        long products = 0;
        for (; elapsed < 4 * LEAST; products++, elapsed = cpu() - start)
            linalg_gemm(c, n, a, n, b, n, n, n, n, 1, 0, 0, 0);
        double rate = (double)products * 2.0 * n * n * n / elapsed;
        best = rate > best ? rate : best;
    }
    return best;
}

/* CPU time after each trial. */
struct course {
    int trials;
    double after[TRIALS];
};

static bool note(void *context, const struct lifetime *lifetime, int h)
{
    struct course *course = context;
    (void)lifetime;
    course->after[h] = cpu();
    course->trials = h + 1;
    return true;
}

static double trial_seconds(struct lifetime *lifetime)
{
    struct course course = {0};
    struct lifetime_observer observer = {.context = &course, .trial = note};
    double theta[RULE_PARAMETERS];
    rule_get(&lifetime->rule, theta);
    lifetime_run(lifetime, 1, theta, &observer);
    if (lifetime->state != LIFETIME_DONE) {
        fprintf(stderr, "roofline: the lifetime diverged\n");
        exit(1);
    }
    return (course.after[course.trials - 1] - course.after[0]) / (course.trials - 1);
}

static void repeat(struct work *work)
{
    struct lifetime *lifetime = work->lifetime;
    double start_wall = seconds(CLOCK_MONOTONIC), start_cpu = cpu();
    double flops = lifetime->learner->flops(work->settings, &lifetime->rule, &lifetime->shape);
    double product = flops / dgemm_rate() / (lifetime->trial.in_single ? 2 : 1);
    double weights = time_of(read_weights, work), tanh = time_of(take_tanh, work);
    double random = time_of(draw_random, work), trial = trial_seconds(lifetime);
    weights = (weights + time_of(read_weights, work)) / 2;
    tanh = (tanh + time_of(take_tanh, work)) / 2;
    random = (random + time_of(draw_random, work)) / 2;
    product = (product + flops / dgemm_rate() / (lifetime->trial.in_single ? 2 : 1)) / 2;
    printf("{\"trial\": %g, \"weights\": %g, \"product\": %g, \"tanh\": %g, \"random\": %g, "
           "\"floor\": %g, \"waiting\": %g}\n",
           trial, weights, product, tanh, random, weights + product + tanh + random,
           (seconds(CLOCK_MONOTONIC) - start_wall) / (cpu() - start_cpu) - 1);
    fflush(stdout);
}

static void set(struct settings *settings, const char *assignment)
{
    char name[SETTINGS_VALUE], reason[SETTINGS_VALUE];
    snprintf(name, sizeof name, "%s", assignment);
    char *value = strchr(name, '=');
    if (value)
        *value++ = 0;
    if (!value || settings_set(settings, name, value, reason) != STATUS_OK) {
        fprintf(stderr, "roofline: %s: %s\n", assignment, value ? reason : "allowed: NAME=VALUE");
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static struct settings settings;
    static double batch[2 * BATCH];
    struct lifetime lifetime;
    struct error error = {0};
    linalg_fit(argv);
    linalg_start();
    search_register();
    settings_defaults(&settings);
    for (int i = 2; i < argc; i++)
        set(&settings, argv[i]);
    settings_settle(&settings);
    if (argc < 2 || settings.learning.trials < 2 || settings.learning.trials > TRIALS) {
        fprintf(stderr, "usage: roofline REPETITIONS NAME=VALUE ..., learning.trials 2 to %d\n",
                TRIALS);
        return 2;
    }
    if (lifetime_create(&lifetime, &settings, (struct lifetime_gradient){0}, false, &error)) {
        fputs(error.text, stderr);
        return 1;
    }
    struct work work = {.settings = &settings, .lifetime = &lifetime, .batch = batch};
    work.weights = error_calloc(&error, (unsigned long)weight_registers(&lifetime.trial),
                                sizeof(words), "weights");
    if (!work.weights)
        return 1;
    if (settings.exploration.kind == EXPLORATION_KICKS)
        work.kicks = settings.exploration.probability * lifetime.trial.units * lifetime.shape.steps;
    for (int r = atoi(argv[1]) ? 1 : ALONE; r > 0; r--) // the first one touches fresh memory
        trial_seconds(&lifetime);
    for (int r = atoi(argv[1]); r > 0; r--)
        repeat(&work);
    free(work.weights);
    lifetime_free(&lifetime);
    return 0;
}
