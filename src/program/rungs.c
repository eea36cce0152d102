/* What is told of early stopping. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/command.h"

enum { INDENT = 20, LISTED = 100 };

/* "1, 3, 9 of 27 held-out seeds: 64, 21, 7, 2 candidates". */
static void print_bracket(const struct search_stopping *stopping, int32_t bracket)
{
    int64_t count = stopping->size[bracket];
    int32_t rungs = search_stopping_rungs(stopping, bracket);
    if (rungs == 0) {
        printf("no rung, %" PRId64 " candidates\n", count);
        return;
    }
    for (int32_t r = 0; r < rungs; r++)
        printf("%s%d", r ? ", " : "at ", search_stopping_budget(stopping, bracket, r));
    printf(" of %d %s: %" PRId64, stopping->whole,
           stopping->by_seeds ? "held-out seeds" : "evaluations after the first", count);
    for (int32_t r = 0; r < rungs && count > 0; r++) {
        count = search_stopping_kept(stopping, count);
        printf(", %" PRId64, count);
    }
    printf(" candidates");
    if (stopping->repeats > 1)
        printf(" with their %d repeats", stopping->repeats);
    printf("\n");
}

/* The numbers of those in the bracket, the first of them, and of repeats the first. */
static void print_members(const struct search_stopping *stopping, int32_t bracket,
                          int64_t candidates)
{
    char text[LISTED * 12 + 64] = "";
    size_t length = 0;
    int64_t listed = 0;
    for (int64_t c = 0; c < candidates && listed < LISTED; c += stopping->repeats)
        if (search_stopping_bracket(stopping, c) == bracket)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%" PRId64,
                                       listed++ ? ", " : "", c);
    if (listed < stopping->size[bracket])
        snprintf(text + length, sizeof text - length, " and %" PRId64 " more",
                 stopping->size[bracket] - listed);
    printf("%*s  ", INDENT, "");
    command_wrap(text, INDENT + 2, INDENT + 2);
}

/* A rung at every evaluation. */
static void print_every(const struct search_stopping *stopping, int64_t candidates)
{
    int64_t bred = search_stopping_bred(stopping, candidates);
    printf("at each of evaluations %d to %d, until the last, %d", stopping->first,
           stopping->whole - 1, stopping->whole);
    if (stopping->rule == STOPPING_POPULATION)
        printf(": %" PRId64 " of %" PRId64 " candidates go on from one of the best %" PRId64, bred,
               candidates, bred);
    printf("\n");
}

void command_print_rungs(const struct search_stopping *stopping, int64_t candidates)
{
    static const char *const word[] = {"", "halving", "hyperband", "median", "population"};
    bool breeds = stopping->rule == STOPPING_POPULATION;
    printf("%-*s%s ", INDENT, breeds ? "breeding" : "early stopping", word[stopping->rule]);
    if ((stopping->rule == STOPPING_MEDIAN || breeds) && !stopping->by_seeds) {
        print_every(stopping, candidates);
        return;
    }
    if (stopping->brackets == 1) {
        print_bracket(stopping, 0);
        return;
    }
    printf("in %d brackets\n", stopping->brackets);
    for (int32_t b = 0; b < stopping->brackets; b++) {
        printf("%*sbracket %d: ", INDENT, "", b);
        print_bracket(stopping, b);
        print_members(stopping, b, candidates);
    }
}

static void print_score(const struct search_score *score)
{
    if (isnan(score->loss))
        printf(" %12s %6d", "-", score->finite);
    else
        printf(" %#12.5g %6d", score->loss, score->finite);
}

static void print_rungs(const struct archive_rung *rung, int32_t count, bool by_seeds)
{
    if (count > 0)
        printf("\n%-12s %10s %12s %6s %6s %12s %6s\n", "rung", by_seeds ? "seeds" : "evaluation",
               "loss", "finite", "place", "threshold", "finite");
    for (int32_t r = 0; r < count && rung[r].decided; r++) {
        const struct search_decision *decision = &rung[r].decision;
        printf("%-12d %10d", r, rung[r].budget);
        print_score(&decision->own);
        printf(" %6d", decision->place);
        print_score(&decision->threshold);
        if (decision->donor >= 0)
            printf("  goes on from candidate %" PRId64 "\n", decision->donor);
        else
            printf("  %s\n", decision->kept ? "goes on" : "stopped");
    }
}

/* Whose rule it was, from the end back to the start: a donor may have had one itself. */
static enum status print_lineage(struct archive *archive, struct archive_rung *rung,
                                 int64_t candidate, struct error *error)
{
    int32_t count, before = archive_plan_of(archive)->rungs;
    enum status status = STATUS_OK;
    printf("\nlineage: %" PRId64, candidate);
    while (!status && before > 0) {
        status = archive_read_rungs(archive, rung, &count, candidate, error);
        while (before > 0 && rung[before - 1].decision.donor < 0)
            before--;
        if (status || before == 0)
            break;
        candidate = rung[--before].decision.donor;
        printf(", until rung %" PRId32 " that of candidate %" PRId64, before, candidate);
    }
    printf("\n");
    return status;
}

static void print_values(const struct sweep *sweep, const double *point)
{
    for (int a = 0; a < sweep->axes; a++) {
        char text[SETTINGS_VALUE];
        sweep_draw(text, &sweep->axis[a], point[a]);
        printf("%s%s %s", a ? ", " : "  ", sweep->axis[a].name, text);
    }
    printf("\n");
}

/* Values until the rungs at which they changed, and in the end. */
static enum status print_course(const struct command_results *results, int64_t candidate,
                                struct error *error)
{
    const struct sweep *sweep = &results->config.sweep;
    size_t rungs = (size_t)archive_plan_of(results->archive)->rungs, axes = (size_t)sweep->axes;
    double *point = error_calloc(error, rungs * axes, sizeof *point, "values at rungs");
    enum status status =
        point ? archive_read_course(results->archive, point, candidate, error) : STATUS_FAILED;
    const double *end = sweep_row(sweep, candidate);
    for (size_t r = 0; !status && r < rungs && !isnan(point[r * axes]); r++) {
        const double *now = point + r * axes;
        bool last = r + 1 == rungs || isnan(now[axes]);
        if (memcmp(now, last ? end : now + axes, axes * sizeof *now) == 0)
            continue;
        printf("until rung %-3zu", r);
        print_values(sweep, now);
    }
    if (!status) {
        printf("%-14s", "in the end");
        print_values(sweep, end);
    }
    free(point);
    return status;
}

enum status command_print_decisions(const struct command_results *results, int64_t candidate,
                                    struct error *error)
{
    struct archive *archive = results->archive;
    const struct archive_plan *plan = archive_plan_of(archive);
    int32_t count = 0;
    struct archive_rung *rung =
        error_calloc(error, (unsigned long)plan->rungs, sizeof *rung, "rungs");
    enum status status =
        rung ? archive_read_rungs(archive, rung, &count, candidate, error) : STATUS_FAILED;
    if (!status)
        print_rungs(rung, count, archive_size(archive, candidate, ARCHIVE_ITERATIONS) == 0);
    bool bred = results->config.sweep.point && plan->axes > 0;
    if (!status && bred)
        status = print_lineage(archive, rung, candidate, error);
    if (!status && bred)
        status = print_course(results, candidate, error);
    free(rung);
    return status;
}
