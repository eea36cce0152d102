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
 *   flops                        of the tangents of a trial, 10 P N^2 T, though some need not be done
 *   waiting                      wall time over CPU time, less 1: what other processes took
 * With `dgemm` it measures the rates alone. With `only` it runs the lifetimes with derivatives,
 * nothing beside them, and prints nothing: for profilers. */
#include "bench/bench.h"
#include "bench/peak.h"
#include "model/task.h"
#include "search/estimator.h"

/* What the machine can do, as means over measurements. */
struct rates {
    double small, large, peak;
    int measurements;
};

static void measure(struct rates *rates)
{
    double share = 1.0 / ++rates->measurements;
    rates->small += share * (bench_product_rate(BENCH_SMALL, 0.03) - rates->small);
    rates->large += share * (bench_product_rate(BENCH_LARGE, 0.03) - rates->large);
    rates->peak += share * (peak_rate(bench_cpu, 0.01) - rates->peak);
}

static void print_rates(const struct rates *rates)
{
    printf("{\"core\": \"%s\", \"rate\": %g, \"peak\": %g", linalg_core(),
           rates->large > rates->small ? rates->large : rates->small, rates->peak);
}

static struct bench_times run(struct lifetime *lifetime)
{
    double theta[RULE_PARAMETERS];
    rule_get(&lifetime->rule, theta);
    for (int p = 0; p < lifetime->rule.terms; p++)
        if (theta[p] == 0) // an optimised rule has no zeros, so none may save work
            theta[p] = 1e-4;
    return bench_run(lifetime, theta);
}

static void repeat(struct lifetime *alone, struct lifetime *gradient)
{
    struct rates rates = {0};
    double start_wall = bench_seconds(CLOCK_MONOTONIC), start_cpu = bench_cpu();
    struct bench_times without, with = {0};
    measure(&rates);
    without = run(alone);
    measure(&rates);
    if (gradient) {
        with = run(gradient);
        measure(&rates);
    }
    double n = alone->network.units, steps = alone->shape.steps;
    double waiting = (bench_seconds(CLOCK_MONOTONIC) - start_wall) / (bench_cpu() - start_cpu) - 1;
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

int main(int argc, char **argv)
{
    linalg_fit(argv);
    linalg_start();
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
    bench_settings(&settings, argv + 3);
    bench_create(&alone, &settings, (struct lifetime_gradient){0});
    bench_create(&gradient, &settings, estimator_of(&settings)->gradient(&settings));
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
