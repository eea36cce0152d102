/* What the programs that time lifetimes share: the clock, settings, products and a lifetime's run. */
#ifndef BENCH_H
#define BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/linalg.h"
#include "model/lifetime.h"
#include "search/search.h"

enum { BENCH_SMALL = 200, BENCH_LARGE = 1000, BENCH_TRIALS = 1000 };

static double bench_seconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double bench_cpu(void)
{
    return bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void bench_refuse(const char *name, const char *reason)
{
    fprintf(stderr, "%s: %s\n", name, reason);
    exit(2);
}

/* Settings of words NAME=VALUE, the last of which is NULL. */
static void bench_settings(struct settings *settings, char **word)
{
    search_register();
    settings_defaults(settings);
    for (; *word; word++) {
        char name[SETTINGS_VALUE], reason[SETTINGS_VALUE];
        snprintf(name, sizeof name, "%s", *word);
        char *value = strchr(name, '=');
        if (!value)
            bench_refuse(name, "allowed: NAME=VALUE");
        *value++ = 0;
        if (settings_set(settings, name, value, reason) != STATUS_OK)
            bench_refuse(name, reason);
    }
    settings_settle(settings);
    if (settings->learning.trials < 2 || settings->learning.trials > BENCH_TRIALS)
        bench_refuse("learning.trials", "allowed: 2 to 1000");
}

static void bench_create(struct lifetime *lifetime, const struct settings *settings,
                         struct lifetime_gradient gradient)
{
    struct error error = {0};
    if (lifetime_create(lifetime, settings, gradient, false, &error) == STATUS_OK)
        return;
    fputs(error.text, stderr);
    exit(1);
}

/* DGEMM's operations a second in products of `size` for at least `least` CPU seconds. The first one,
 * whose matrices come from memory, does not count. */
static double bench_product_rate(int size, double least)
{
    static double a[BENCH_LARGE * BENCH_LARGE], b[BENCH_LARGE * BENCH_LARGE],
        c[BENCH_LARGE * BENCH_LARGE];
    for (int i = 0; i < BENCH_LARGE * BENCH_LARGE && a[0] == 0; i++)
        a[i] = b[i] = 1 + 1e-6 * i;
    linalg_gemm(c, size, a, size, b, size, size, size, size, 1, 0, 0, 0);
    double start = bench_cpu(), elapsed = 0;
    long products = 0;
    for (; elapsed < least; products++, elapsed = bench_cpu() - start)
        linalg_gemm(c, size, a, size, b, size, size, size, size, 1, 0, 0, 0);
    return (double)products * 2.0 * size * size * size / elapsed;
}

/* CPU seconds of a lifetime, and of a trial with the first one left out. */
struct bench_times {
    double total, trial;
};

struct bench_course {
    int trials;
    double after[BENCH_TRIALS];
};

static bool bench_note(void *context, const struct lifetime *lifetime, int h)
{
    struct bench_course *course = context;
    (void)lifetime;
    course->after[h] = bench_cpu();
    course->trials = h + 1;
    return true;
}

static struct bench_times bench_run(struct lifetime *lifetime, const double *theta)
{
    struct bench_course course = {0};
    struct lifetime_observer observer = {.context = &course, .trial = bench_note};
    double start = bench_cpu();
    lifetime_run(lifetime, 1, theta, &observer);
    double end = bench_cpu();
    if (lifetime->state != LIFETIME_DONE) {
        fputs("the lifetime diverged\n", stderr);
        exit(1);
    }
    return (struct bench_times){end - start, (course.after[course.trials - 1] - course.after[0]) /
                                                 (course.trials - 1)};
}

#endif
