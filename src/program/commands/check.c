/* check: what a sweep file asks for, before anything runs. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "archive/archive.h"
#include "base/linalg.h"
#include "program/command.h"
#include "program/forecast.h"
#include "program/needs.h"

/* What is measured before anything is searched. */
static void print_measured(const struct search_plan *plan, const struct command_needs *needs)
{
    if (plan->measurements == 0)
        return;
    printf("%-20s%" PRId32 " start rule%s or metric%s before the search, at %" PRId64
           " networks and stages: %.0f %% of the core-hours\n",
           "measured", plan->measurements, plan->measurements > 1 ? "s" : "",
           plan->measurements > 1 ? "s" : "", needs->pieces, 100 * needs->measured / needs->flops);
}

static void print_range(const char *what, const int64_t range[2])
{
    printf("%-20s%" PRId64, what, range[0]);
    if (range[1] > range[0])
        printf(" to %" PRId64, range[1]);
    printf("\n");
}

/* By what, why, and how many times the work of learning alone either way takes. */
static void print_choice(const struct search_choice *choice)
{
    bool back = choice->gradient == GRADIENT_ADJOINT;
    if (choice->tangents <= 0)
        return;
    double work[2] = {choice->tangents / choice->learning, choice->adjoint / choice->learning};
    printf("%-20sby %s: %.3g times the work of learning alone, by %s %.3g\n", "gradients",
           back ? "the adjoint" : "tangents", work[back], back ? "tangents" : "the adjoint",
           work[!back]);
    printf("%-20s", "");
    if (!choice->free)
        printf("(the file says meta.gradient: %s)\n", back ? "adjoint" : "tangent");
    else
        command_wrap(choice->why ? choice->why : "(meta.gradient: auto)", 20, 20);
}

static void print_candidates(const struct space *space)
{
    const struct sweep *sweep = &space->config->sweep;
    int64_t candidates = space->candidates / sweep->repeats;
    printf("%-20s%" PRId64, "candidates", space->candidates);
    const char *next = " (";
    if (sweep->repeats > 1)
        next =
            (printf("%s%" PRId64 ", %d repeats of each", next, candidates, sweep->repeats), "; ");
    if (sweep->points > 1 && !sweep->method->crosses)
        next = (printf("%s%" PRId64 " points of a grid, %" PRId64 " samples", next, sweep->points,
                       sweep_sample(sweep, space->candidates - 1) + 1),
                "; ");
    printf("%s\n", *next == ';' ? ")" : "");
}

/* How candidates come, where the method learns; and whether there are workers that have to wait. */
static void print_generations(const struct search_plan *plan, int64_t ranks)
{
    const struct sweep *sweep = &plan->space->config->sweep;
    if (!sweep->method->learn)
        return;
    int64_t generations = 1, first = sweep_generation(sweep, 0), most = command_side_by_side(plan);
    for (int64_t end = first; end < sweep->samples; end = sweep_generation(sweep, end))
        generations++;
    printf("%-20s%" PRId64 " of %d candidates, the first of %" PRId64 "; in each at most %" PRId64
           " lifetimes side by side\n",
           "generations", generations, sweep->generation, first, most);
    if (ranks - 1 > most)
        fprintf(stderr,
                "warning: %" PRId64 " ranks have more workers than the %" PRId64
                " lifetimes that a generation runs side by side: a larger sweep.generation or "
                "fewer ranks\n",
                ranks, most);
}

/* How many, and who is compared when. */
static void print_lifetimes(const struct command_needs *needs, const struct search_plan *plan)
{
    char text[96];
    command_lifetimes(text, &needs->most);
    printf("%-20s%s", "lifetimes", text);
    if (needs->most.most)
        printf(", at least %" PRId64, needs->least.all);
    printf("\n");
    if (plan->stopping.rungs > 0)
        command_print_rungs(&plan->stopping, plan->space->candidates);
}

/* Seconds of computing of all lifetimes on one core, and says where from. */
static double tell_seconds(const struct command_needs *needs,
                           const struct command_forecast *forecast)
{
    double rate = linalg_rate(0.2), seconds = command_needs_seconds(needs, forecast, rate);
    printf("%-20score type %s, %.3g GF/s%s\n", "BLAS", linalg_core(), rate / 1e9,
           linalg_held_back() ? ", held back by OPENBLAS_CORETYPE" : "");
    printf("%-20s%.3g, ", "core-hours", seconds / 3600);
    if (command_forecast_known(forecast))
        printf("from trials run here of %d of %d kinds of lifetimes\n", forecast->timed,
               forecast->kinds);
    else
        printf("if lifetimes reach %.0f %% of that rate\n", 100 * COMMAND_UNTIMED);
    return seconds;
}

static void print_stay(const struct command_stay *stay, const struct search_plan *plan,
                       int64_t ranks)
{
    char time[32], memory[32], busy[32] = "";
    if (ranks > 1)
        snprintf(busy, sizeof busy, " (workers busy %.0f %%)", 100 * stay->busy);
    command_span(time, stay->seconds);
    command_size(memory, command_needs_bytes(plan) * (double)ranks);
    printf("on %" PRId64 " %s%s%s, memory %s\n", ranks,
           ranks > 1 ? "ranks          time " : "rank           time ", time, busy, memory);
}

static enum status run(const struct command_line *line, struct error *error)
{
    int64_t ranks;
    enum status status = command_integer(&ranks, line, "ranks", 1, 10000000, 1, error);
    struct command_sweep sweep;
    if (!status)
        status = command_sweep_read(&sweep, line, error);
    if (status)
        return status;
    struct archive_plan plan = {0};
    status = command_sweep_effects(&sweep, false, error);
    if (!status)
        status = archive_plan(&plan, &sweep.plan, error);
    struct command_forecast forecast = {0};
    if (!status && !command_value(line, "no-timing"))
        status =
            command_forecast(&forecast, &sweep.plan, ranks - 1, COMMAND_FORECAST_BUDGET, error);
    if (status) {
        archive_plan_free(&plan);
        command_sweep_free(&sweep);
        return status;
    }
    struct command_needs needs = command_needs(&sweep.plan);
    char lifetime[32], total[32], archive[32];
    command_size(lifetime, sweep.plan.bytes);
    command_size(total, command_needs_bytes(&sweep.plan));
    command_size(archive, plan.bytes);
    printf("%s: no mistake found\n", line->word[0]);
    print_candidates(&sweep.space);
    print_generations(&sweep.plan, ranks);
    print_lifetimes(&needs, &sweep.plan);
    print_range("trials a lifetime", needs.trials);
    print_range("free parameters", needs.parameters);
    print_choice(&sweep.plan.choice);
    print_measured(&sweep.plan, &needs);
    printf("%-20s%s (the largest lifetime %s)\n", "memory a rank", total, lifetime);
    printf("%-20s%s\n", "archive", archive);
    struct command_stay stay;
    double seconds = tell_seconds(&needs, &forecast);
    status = command_stay(&stay, &sweep.plan, &needs, seconds, ranks, error);
    if (!status)
        print_stay(&stay, &sweep.plan, ranks);
    archive_plan_free(&plan);
    command_sweep_free(&sweep);
    return status;
}

static const struct command_option options[] = {
    {"set", "KEY=VALUE", "overrides a parameter of the sweep file; may be given several times", 0},
    {"no-timing", NULL, "times no trials: core-hours by an assumed share of the machine's speed",
     0},
    {"ranks", "N", "tells time and memory on N ranks; default: 1", 0},
    {0},
};

const struct command command_check = {
    .name = "check",
    .words = "SWEEP.yaml",
    .least = 1,
    .most = 1,
    .sentence = "Checks a sweep file and tells candidates, lifetimes, memory, archive size and "
                "core-hours; runs nothing but a few trials, to time them.",
    .options = options,
    .run = run,
};
