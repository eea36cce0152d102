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
    printf(" candidates\n");
}

/* The numbers of those in the bracket, the first of them. */
static void print_members(const struct search_stopping *stopping, int32_t bracket,
                          int64_t candidates)
{
    char text[LISTED * 12 + 64] = "";
    size_t length = 0;
    int64_t listed = 0;
    for (int64_t c = 0; c < candidates && listed < LISTED; c++)
        if (search_stopping_bracket(stopping, c) == bracket)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%" PRId64,
                                       listed++ ? ", " : "", c);
    if (listed < stopping->size[bracket])
        snprintf(text + length, sizeof text - length, " and %" PRId64 " more",
                 stopping->size[bracket] - listed);
    printf("%*s  ", INDENT, "");
    command_wrap(text, INDENT + 2, INDENT + 2);
}

/* A median with a rung at every evaluation. */
static void print_median(const struct search_stopping *stopping)
{
    printf("at each of evaluations %d to %d, until the last, %d\n", stopping->first,
           stopping->whole - 1, stopping->whole);
}

void command_print_rungs(const struct search_stopping *stopping, int64_t candidates)
{
    static const char *const word[] = {"", "halving", "hyperband", "median"};
    printf("%-*s%s ", INDENT, "early stopping", word[stopping->rule]);
    if (stopping->rule == STOPPING_MEDIAN && !stopping->by_seeds) {
        print_median(stopping);
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

enum status command_print_decisions(struct archive *archive, int64_t candidate, struct error *error)
{
    int32_t count = 0;
    struct archive_rung *rung =
        error_calloc(error, (unsigned long)archive_plan_of(archive)->rungs, sizeof *rung, "rungs");
    enum status status =
        rung ? archive_read_rungs(archive, rung, &count, candidate, error) : STATUS_FAILED;
    bool by_seeds = archive_size(archive, candidate, ARCHIVE_ITERATIONS) == 0;
    if (!status && count > 0)
        printf("\n%-12s %10s %12s %6s %6s %12s %6s\n", "rung", by_seeds ? "seeds" : "evaluation",
               "loss", "finite", "place", "threshold", "finite");
    for (int32_t r = 0; !status && r < count && rung[r].decided; r++) {
        const struct search_decision *decision = &rung[r].decision;
        printf("%-12d %10d", r, rung[r].budget);
        print_score(&decision->own);
        printf(" %6d", decision->place);
        print_score(&decision->threshold);
        printf("  %s\n", decision->kept ? "goes on" : "stopped");
    }
    free(rung);
    return status;
}
