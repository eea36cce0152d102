/* How candidates stand, from their slots. These come in the order of the seeds, so that the means have
 * the bits of /held_out_loss and /loss. */
#include "archive/standing.h"

#include <math.h>
#include <stdlib.h>

/* The lifetimes of one theta, one for each seed. */
struct group {
    int64_t candidate;
    int32_t round; /* meta-iteration or evaluation */
    int32_t run;
    int32_t known[2]; /* losses, accuracies */
    double *number[2];
};

struct reading {
    struct standing *standing;
    struct search_extent *extent; /* [candidates] */
    double (*cost)[JOB_KINDS];    /* of a lifetime [candidates] */
    enum job_kind kind;           /* what candidates stand on */
    struct group group;
};

/* Mean and its standard error. */
static double mean_of(const double *number, int32_t count, double *error)
{
    double sum = 0, squares = 0;
    for (int32_t i = 0; i < count; i++)
        sum += number[i];
    double mean = count > 0 ? sum / count : NAN;
    for (int32_t i = 0; i < count; i++)
        squares += (number[i] - mean) * (number[i] - mean);
    *error = count > 1 ? sqrt(squares / (count - 1) / count) : NAN;
    return mean;
}

/* How often a theta of the candidate is evaluated on all seeds. */
static int32_t rounds_of(const struct reading *reading, int64_t candidate)
{
    const struct search_extent *extent = &reading->extent[candidate];
    return reading->kind == JOB_EVALUATE ? extent->evaluations : extent->iterations;
}

static int32_t iteration_of(const struct reading *reading, int64_t candidate, int32_t round)
{
    return reading->kind == JOB_EVALUATE
               ? search_evaluated_iteration(&reading->extent[candidate], round)
               : round;
}

/* A group counts when all of its seeds were run. */
static void end_group(struct reading *reading)
{
    struct group *group = &reading->group;
    struct standing *standing = &reading->standing[group->candidate];
    if (group->run == 0 || group->run < standing->seeds)
        return;
    standing->iteration = iteration_of(reading, group->candidate, group->round);
    standing->finite = group->known[0];
    standing->loss[1] = mean_of(group->number[0], group->known[0], &standing->loss_error);
    standing->accuracy[1] = mean_of(group->number[1], group->known[1], &standing->accuracy_error);
    if (group->round == 0) {
        standing->loss[0] = standing->loss[1];
        standing->accuracy[0] = standing->accuracy[1];
    }
    if (group->round + 1 < rounds_of(reading, group->candidate))
        return;
    standing->state = standing->finite == standing->seeds ? STANDING_FINISHED
                      : standing->finite > 0              ? STANDING_PARTLY
                                                          : STANDING_DIVERGED;
}

/* Takes a lifetime into the group of its theta. */
static void add(struct reading *reading, const struct outcome *outcome)
{
    struct group *group = &reading->group;
    bool learned = outcome->state == LIFETIME_DONE || outcome->state == LIFETIME_GRADIENT_DIVERGED;
    if (group->candidate != outcome->candidate || group->round != outcome->iteration) {
        end_group(reading);
        group->candidate = outcome->candidate;
        group->round = outcome->iteration;
        group->run = group->known[0] = group->known[1] = 0;
    }
    group->run++;
    if (learned && isfinite(outcome->loss))
        group->number[0][group->known[0]++] = outcome->loss;
    if (learned && isfinite(outcome->accuracy))
        group->number[1][group->known[1]++] = outcome->accuracy;
}

static void take(void *context, const struct outcome *outcome)
{
    struct reading *reading = context;
    struct standing *standing = &reading->standing[outcome->candidate];
    if (outcome->kind == JOB_SCALE)
        return;
    standing->done[outcome->kind]++;
    standing->failed += outcome->state == LIFETIME_FAILED;
    standing->diverged += outcome->state != LIFETIME_DONE && outcome->state != LIFETIME_FAILED;
    standing->seconds += outcome->seconds;
    standing->cost_done += reading->cost[outcome->candidate][outcome->kind];
    if (outcome->kind == (int32_t)reading->kind && outcome->seed < standing->seeds)
        add(reading, outcome);
}

/* What the sweep asks of a candidate, of which nothing is known yet. */
static void begin(struct reading *reading, const struct space *space, int64_t candidate)
{
    struct settings settings;
    struct search_extent *extent = &reading->extent[candidate];
    double *cost = reading->cost[candidate];
    space_settings(space, candidate, &settings);
    *extent = search_extent(&settings);
    int32_t rounds = rounds_of(reading, candidate);
    int32_t seeds =
        reading->kind == JOB_EVALUATE ? extent->held_out : extent->seeds / extent->points;
    struct standing *standing = &reading->standing[candidate];
    *standing = (struct standing){
        .candidate = candidate,
        .state = rounds > 0 && seeds > 0 ? STANDING_UNFINISHED : STANDING_NONE,
        .iteration = -1,
        .iterations = rounds > 0 ? iteration_of(reading, candidate, rounds - 1) : 0,
        .seeds = seeds,
        .loss = {NAN, NAN},
        .accuracy = {NAN, NAN},
        .loss_error = NAN,
        .accuracy_error = NAN,
        .lifetimes = {[JOB_TRAIN] = (int64_t)extent->iterations * extent->seeds,
                      [JOB_EVALUATE] = (int64_t)extent->evaluations * extent->held_out},
    };
    for (int kind = JOB_TRAIN; kind < JOB_KINDS; kind++) {
        cost[kind] = search_cost(&settings, kind);
        standing->cost += cost[kind] * (double)standing->lifetimes[kind];
    }
}

enum status standing_read(struct standing *standing, struct archive *archive,
                          const struct space *space, struct error *error)
{
    const struct archive_plan *plan = archive_plan_of(archive);
    unsigned long candidates = (unsigned long)space->candidates;
    unsigned long seeds = (unsigned long)plan->seeds + (unsigned long)plan->held_out;
    double *number = error_calloc(error, 2 * seeds + 1, sizeof *number, "lifetimes of a theta");
    struct reading reading = {
        .standing = standing,
        .extent = error_calloc(error, candidates + 1, sizeof *reading.extent, "extents"),
        .cost = error_calloc(error, candidates + 1, sizeof *reading.cost, "costs"),
        .kind = plan->held_out > 0 ? JOB_EVALUATE : JOB_TRAIN,
        .group.number = {number, number ? number + seeds : NULL},
    };
    bool held = number && reading.extent && reading.cost;
    for (int64_t c = 0; held && c < space->candidates; c++)
        begin(&reading, space, c);
    enum status status =
        held ? archive_read_outcomes(archive, NULL, take, &reading, error) : STATUS_FAILED;
    if (!status && candidates > 0)
        end_group(&reading);
    free(number);
    free(reading.extent);
    free(reading.cost);
    return status;
}

int standing_compare(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;
    double p = x->loss[1], q = y->loss[1];
    if (x->state != y->state)
        return x->state < y->state ? -1 : 1;
    if (x->state == STANDING_PARTLY && x->finite != y->finite)
        return x->finite > y->finite ? -1 : 1;
    if (isnan(p) != isnan(q))
        return isnan(p) ? 1 : -1;
    if (p < q || p > q)
        return p < q ? -1 : 1;
    return x->candidate < y->candidate ? -1 : x->candidate > y->candidate;
}

bool standing_is_best(const struct standing *standing)
{
    return standing->state == STANDING_FINISHED && isfinite(standing->loss[1]);
}
