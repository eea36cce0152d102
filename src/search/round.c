/* One round: from its begin to the memory of its results. */

#include <stdlib.h>
#include <string.h>

#include "search/outer.h"

void search_round_free(struct round *round)
{
    if (round == NULL)
        return;
    free(round->results);
    free(round);
}

void search_outer_release(struct outer *outer)
{
    free(outer->theta);
    outer->theta = NULL;
}

void search_outer_free(struct outer *outer)
{
    search_round_free(outer->round);
    while (outer->evaluations != NULL) {
        struct round *round = outer->evaluations;
        outer->evaluations = round->next;
        search_round_free(round);
    }
    search_round_free(outer->best);
    outer->round = outer->best = NULL;
    search_outer_release(outer);
}

/* Evaluations come after all training, whatever it costs, and tests after them. But where candidates wait
 * for each other's evaluations these are as urgent as what follows. */
static double priority_of(const struct search *search, const struct outer *outer, int32_t kind,
                          int32_t iteration)
{
    const struct search_extent *extent = &outer->plan->extent;
    bool awaited = search->plan->stopping.rule != STOPPING_NONE;
    if (kind == JOB_TEST)
        return -1;
    if (kind == JOB_EVALUATE && !awaited)
        return 0;
    if (kind == JOB_EVALUATE)
        iteration = search_evaluated_iteration(extent, iteration);
    // The cost that the candidate has left, so that the longest loop never waits at the end of a
    // sweep; 1 more, so that training comes before evaluations even where it costs nothing.
    return 1 + outer->plan->train_cost * extent->seeds * (extent->iterations - iteration);
}

struct round *search_round_begin(struct search *search, struct outer *outer, int32_t kind,
                                 int32_t iteration, int32_t seeds, int32_t open, int32_t points,
                                 const double *theta)
{
    size_t numbers = theta != NULL ? (size_t)outer->parameters : 0;
    struct round *round = calloc(1, sizeof *round + (size_t)points * numbers * sizeof *theta);
    if (round == NULL) {
        search->broken = true;
        return NULL;
    }
    round->outer = outer;
    round->kind = kind;
    round->iteration = iteration;
    round->seeds = seeds;
    round->points = points;
    if (theta != NULL)
        memcpy(round->theta, theta, numbers * sizeof *theta);
    round->node.candidate = outer->candidate;
    round->node.iteration = iteration;
    round->node.priority = priority_of(search, outer, kind, iteration);
    round->node.place = -1;
    search_round_open(search, round, open);
    if (round->open < open) {
        free(round);
        return NULL;
    }
    return round;
}

void search_round_open(struct search *search, struct round *round, int32_t open)
{
    int32_t more = open - round->open;
    if (more <= 0)
        return;
    if (round->node.place < 0 && !search_heap_add(&search->heap, &round->node)) {
        search->broken = true;
        return;
    }
    round->open = open;
    round->waiting += more;
    search->waiting += more;
}

/* One block. Not before its first job goes out: of a sweep of a million candidates only those at work
 * hold any. */
bool search_round_results(struct search *search, struct round *round)
{
    if (round->results != NULL)
        return true;
    size_t seeds = (size_t)round->seeds;
    size_t gradient = round->kind == JOB_TRAIN
                          ? seeds / (size_t)round->points * (size_t)round->outer->parameters
                          : 0;
    struct results *results = calloc(1, sizeof *results + (2 * seeds + gradient) * sizeof(double) +
                                            2 * seeds * sizeof(bool));
    if (results == NULL) {
        search->broken = true;
        return false;
    }
    results->loss = (double *)(results + 1);
    results->accuracy = results->loss + seeds;
    results->gradient = results->accuracy + seeds;
    results->usable = (bool *)(results->gradient + gradient);
    results->mark = (unsigned char *)(results->usable + seeds);
    round->results = results;
    return true;
}

void search_round_take(struct search *search, struct round *round)
{
    search->waiting--;
    if (--round->waiting == 0)
        search_heap_remove(&search->heap, &round->node);
}
