/* Times lifetimes beside matrix products, for the scoreboard.
 *
 *     kernels REPETITIONS (alone | gradient | dgemm | only) NAME=VALUE ...
 *
 * Each repetition runs a lifetime without derivatives and, if asked, the same with them, each
 * between two measurements of the rates, so that all of a repetition see the same machine. A first
 * one, which touches fresh memory, is not told. It prints one JSON object a repetition:
 *   rate                         DGEMM: operations a second of the faster product, 200 x 200 x 200
 *                                or 1000^3
 *   peak                         operations a second of fused multiply-adds between registers
 *   alone, gradient              CPU seconds of the lifetime
 *   alone_trial, gradient_trial  CPU seconds of a trial, the first one left out: its tangents of the
 *                                state are all zero and skipped
 *   flops                        useful operations of the tangents of a trial, 10 P N^2 T
 *   waiting                      wall time over CPU time, less 1: what other processes took
 * With `dgemm` it measures the rates alone. With `only` it runs the lifetimes with derivatives,
 * nothing beside them, and prints nothing: for profilers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/linalg.h"
#include "bench/peak.h"
#include "model/lifetime.h"
#include "model/task.h"
#include "search/estimator.h"
#include "search/search.h"

enum { TRIALS = 64, SMALL = 200, LARGE = 1000 };

/* CPU time after each trial. */
struct course {
    int trials;
    double after[TRIALS];
};

struct times {
    double total, trial;
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

/* Rate of products of `size` for at least `least` CPU seconds. The first one, whose matrices come from
 * memory, does not count. */
static double product_rate(const double *a, const double *b, double *c, int size, double least)
{
    linalg_gemm(c, size, a, size, b, size, size, size, size, 1, 0, 0, 0);
    double start = cpu(), elapsed = 0;
    long products = 0;
    for (; elapsed < least; products++) {
        linalg_gemm(c, size, a, size, b, size, size, size, size, 1, 0, 0, 0);
        elapsed = cpu() - start;
    }
    return (double)products * 2.0 * size * size * size / elapsed;
}

/* What the machine can do, as means over measurements. */
struct rates {
    double small, large, peak;
    int measurements;
};

static void measure(struct rates *rates)
{
    static double a[LARGE * LARGE], b[LARGE * LARGE], c[LARGE * LARGE];
    for (int i = 0; i < LARGE * LARGE && a[0] == 0; i++)
        a[i] = b[i] = 1 + 1e-6 * i;
    double share = 1.0 / ++rates->measurements;
    rates->small += share * (product_rate(a, b, c, SMALL, 0.03) - rates->small);
    rates->large += share * (product_rate(a, b, c, LARGE, 0.03) - rates->large);
    rates->peak += share * (peak_rate(cpu, 0.01) - rates->peak);
}

static void print_rates(const struct rates *rates)
{
    printf("{\"core\": \"%s\", \"rate\": %g, \"peak\": %g", linalg_core(),
           rates->large > rates->small ? rates->large : rates->small, rates->peak);
}

static bool note(void *context, const struct lifetime *lifetime, int h)
{
    struct course *course = context;
    (void)lifetime;
    course->after[h] = cpu();
    course->trials = h + 1;
    return true;
}

static struct times run(struct lifetime *lifetime)
{
    struct course course = {0};
    struct lifetime_observer observer = {.context = &course, .trial = note};
    double theta[RULE_PARAMETERS], start = cpu();
    rule_get(&lifetime->rule, theta);
    for (int p = 0; p < lifetime->rule.terms; p++)
        if (theta[p] == 0) // an optimised rule has no zeros, so none may save work
            theta[p] = 1e-4;
    lifetime_run(lifetime, 1, theta, &observer);
    double end = cpu();
    if (lifetime->state != LIFETIME_DONE) {
        fprintf(stderr, "kernels: the lifetime diverged\n");
        exit(1);
    }
    return (struct times){.total = end - start,
                          .trial = (course.after[course.trials - 1] - course.after[0]) /
                                   (course.trials - 1)};
}

static void repeat(struct lifetime *alone, struct lifetime *gradient)
{
    struct rates rates = {0};
    double start_wall = seconds(CLOCK_MONOTONIC), start_cpu = cpu();
    struct times without, with = {0};
    measure(&rates);
    without = run(alone);
    measure(&rates);
    if (gradient) {
        with = run(gradient);
        measure(&rates);
    }
    double n = alone->network.units, steps = alone->shape.steps;
    double waiting = (seconds(CLOCK_MONOTONIC) - start_wall) / (cpu() - start_cpu) - 1;
    print_rates(&rates);
    printf(", \"alone\": %g, \"alone_trial\": %g, \"gradient\": %g, \"gradient_trial\": %g, "
           "\"flops\": %g, \"waiting\": %g}\n",
           without.total, without.trial, with.total, with.trial,
           10.0 * alone->rule.parameters * n * n * steps, waiting);
    fflush(stdout);
}

/* The rates alone. */
static int measure_only(int repetitions)
{
    struct rates first = {0};
    for (measure(&first); repetitions > 0; repetitions--) {
        struct rates rates = {0};
        measure(&rates);
        print_rates(&rates);
        printf("}\n");
    }
    return 0;
}

static void set(struct settings *settings, const char *assignment)
{
    char name[SETTINGS_VALUE], reason[SETTINGS_VALUE];
    snprintf(name, sizeof name, "%s", assignment);
    char *value = strchr(name, '=');
    if (value)
        *value++ = 0;
    if (!value || settings_set(settings, name, value, reason) != STATUS_OK) {
        fprintf(stderr, "kernels: %s: %s\n", assignment, value ? reason : "allowed: NAME=VALUE");
        exit(2);
    }
}

static void create(struct lifetime *lifetime, const struct settings *settings, bool derivatives)
{
    struct error error = {0};
    struct lifetime_gradient gradient = {0};
    if (derivatives)
        gradient = estimator_of(settings)->gradient(settings);
    if (lifetime_create(lifetime, settings, gradient, false, &error) != STATUS_OK) {
        fputs(error.text, stderr);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    linalg_fit(argv);
    linalg_start();
    search_register();
    const char *what = argc > 2 ? argv[2] : "";
    bool only = strcmp(what, "only") == 0, both = strcmp(what, "gradient") == 0;
    if (strcmp(what, "dgemm") == 0)
        return measure_only(atoi(argv[1]));
    if (!only && !both && strcmp(what, "alone") != 0) {
        fprintf(stderr,
                "usage: kernels REPETITIONS (alone | gradient | dgemm | only) NAME=VALUE ...\n");
        return 2;
    }
    static struct settings settings;
    struct lifetime alone, gradient;
    settings_defaults(&settings);
    for (int i = 3; i < argc; i++)
        set(&settings, argv[i]);
    settings_settle(&settings);
    if (settings.learning.trials < 2 || settings.learning.trials > TRIALS) {
        fprintf(stderr, "kernels: learning.trials: allowed: 2 to %d\n", TRIALS);
        return 2;
    }
    create(&alone, &settings, false);
    create(&gradient, &settings, true);
    if (!only)
        run(&alone);
    if (both)
        run(&gradient);
    for (int r = atoi(argv[1]); r > 0; r--)
        if (only)
            run(&gradient);
        else
            repeat(&alone, both ? &gradient : NULL);
    lifetime_free(&alone);
    lifetime_free(&gradient);
    return 0;
}
