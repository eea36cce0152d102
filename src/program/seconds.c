/* The jobs of a candidate stand in this order: its scale, training by iteration and seed, evaluations,
 * tests. */
#include "program/seconds.h"

#include <math.h>
#include <stdlib.h>

#include "cluster/simulation.h"

static int64_t place(const struct search_extent *extent, int32_t kind, int32_t iteration,
                     int32_t seed)
{
    int64_t training = 1 + search_lifetimes(extent, JOB_TRAIN);
    int64_t evaluations = training + search_lifetimes(extent, JOB_EVALUATE);
    switch (kind) {
    case JOB_SCALE:
        return 0;
    case JOB_TRAIN:
        return 1 + (int64_t)iteration * extent->seeds + seed;
    case JOB_EVALUATE:
        return training + (int64_t)iteration * extent->held_out + seed;
    default:
        return evaluations + (int64_t)iteration * extent->tests + seed;
    }
}

static double cost_of(const struct search_candidate *candidate, int32_t kind)
{
    return kind == JOB_SCALE   ? 0
           : kind == JOB_TRAIN ? candidate->train_cost
                               : candidate->evaluate_cost;
}

double command_seconds(void *context, const struct job *job)
{
    const struct command_seconds *seconds = context;
    const struct search_candidate *candidate = &seconds->plan->candidate[job->candidate];
    if (seconds->mean > 0)
        return simulation_draw(job, seconds->mean, seconds->spread, seconds->seed);
    double known =
        seconds->known
            ? (double)
                  seconds->known[seconds->first[job->candidate] +
                                 place(&candidate->extent, job->kind, job->iteration, job->seed)]
            : NAN;
    return isfinite(known) ? known : seconds->flop * cost_of(candidate, job->kind);
}

struct sums {
    struct command_seconds *seconds;
    double known, cost; /* of lifetimes */
};

static void take(void *context, const struct outcome *outcome)
{
    struct sums *sums = context;
    struct command_seconds *seconds = sums->seconds;
    const struct search_candidate *candidate = &seconds->plan->candidate[outcome->candidate];
    seconds->known[seconds->first[outcome->candidate] +
                   place(&candidate->extent, outcome->kind, outcome->iteration, outcome->seed)] =
        (float)outcome->seconds;
    if (outcome->kind == JOB_SCALE || !isfinite(outcome->seconds))
        return;
    sums->known += outcome->seconds;
    sums->cost += cost_of(candidate, outcome->kind);
}

enum status command_seconds_read(struct command_seconds *seconds, struct archive *archive,
                                 struct error *error)
{
    int64_t candidates = seconds->plan->space->candidates, jobs = 0;
    const char *what = "seconds of lifetimes";
    struct sums sums = {.seconds = seconds};
    seconds->first = error_calloc(error, (unsigned long)candidates, sizeof *seconds->first, what);
    for (int64_t c = 0; c < candidates && seconds->first; c++) {
        const struct search_extent *extent = &seconds->plan->candidate[c].extent;
        seconds->first[c] = jobs;
        jobs += place(extent, JOB_TEST, extent->tested, 0);
    }
    seconds->known = error_calloc(error, (unsigned long)jobs, sizeof *seconds->known, what);
    if (!seconds->first || !seconds->known)
        return STATUS_FAILED;
    for (int64_t j = 0; j < jobs; j++)
        seconds->known[j] = NAN;
    enum status status = archive_read_outcomes(archive, NULL, take, &sums, error);
    if (!status && !(sums.cost > 0))
        status = error_add(error, STATUS_USAGE,
                           "no lifetime is committed yet whose seconds could be taken");
    seconds->flop = sums.known / sums.cost;
    return status;
}

void command_seconds_free(struct command_seconds *seconds)
{
    free(seconds->first);
    free(seconds->known);
}
