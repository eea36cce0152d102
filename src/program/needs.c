/* Work is counted as lifetime_flops() does; seconds follow from trials that were timed, or from the rate
 * of DGEMM. */
#include "program/needs.h"

#include <math.h>

#include "cluster/simulation.h"
#include "program/seconds.h"

enum { SIMULATED = 2000000 }; /* jobs at the most: about a second */

static const double OVERHEAD =
    32e6; /* bytes of a rank besides its lifetime: MPI, HDF5, BLAS, program */

/* Seconds for start and end, alone and under mpirun: of 3 ranks on two cores, Open MPI 4.1. */
static const double ALONE = 0.3, TOGETHER = 0.5;

static void widen(int64_t range[2], int64_t value)
{
    range[0] = value < range[0] ? value : range[0];
    range[1] = value > range[1] ? value : range[1];
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 1;
}

struct command_needs command_needs(const struct search_plan *plan)
{
    struct command_needs needs = {.least = command_count_sweep(plan, false),
                                  .most = command_count_sweep(plan, true),
                                  .trials = {INT64_MAX, 0},
                                  .parameters = {INT64_MAX, 0}};
    struct command_counts all = {0};
    double work[2] = {0}; /* of training, of the others */
    for (int64_t c = 0; c < plan->space->candidates; c++) {
        const struct search_candidate *of = &plan->candidate[c];
        struct command_counts own = {0};
        command_count(&own, &of->extent);
        command_count(&all, &of->extent);
        work[0] += (double)own.lifetimes[JOB_TRAIN] * of->train_cost;
        work[1] += (double)(own.all - own.lifetimes[JOB_TRAIN]) * of->evaluate_cost;
        widen(needs.trials, of->trials);
        widen(needs.parameters, search_plan_parameters(plan, c)->parameters);
    }
    needs.flops = work[0] * share(needs.most.lifetimes[JOB_TRAIN], all.lifetimes[JOB_TRAIN]) +
                  work[1] * share(needs.most.all - needs.most.lifetimes[JOB_TRAIN],
                                  all.all - all.lifetimes[JOB_TRAIN]);
    for (int32_t m = 0; m < plan->measurements; m++) {
        const struct search_measurement *of = &plan->measurement[m];
        needs.pieces += (int64_t)of->networks * of->stages;
        needs.measured += of->cost;
    }
    needs.flops += needs.measured;
    return needs;
}

int64_t command_side_by_side(const struct search_plan *plan)
{
    const struct sweep *sweep = &plan->space->config->sweep;
    int64_t sum = 0, candidates = plan->space->candidates;
    int64_t generation = (int64_t)sweep->generation * sweep->repeats;
    if (sweep->method->learn && generation < candidates)
        candidates = generation;
    for (int64_t c = 0; c < candidates; c++) {
        const struct search_extent *extent = &plan->candidate[c].extent;
        bool trains = extent->iterations > 0 && extent->seeds > extent->held_out;
        sum += trains ? extent->seeds : extent->held_out;
    }
    return sum;
}

double command_needs_bytes(const struct search_plan *plan)
{
    return plan->bytes + OVERHEAD;
}

bool command_forecast_known(const struct command_forecast *forecast)
{
    return forecast->timed > 0 && isfinite(forecast->seconds);
}

double command_needs_seconds(const struct command_needs *needs,
                             const struct command_forecast *forecast, double rate)
{
    if (!command_forecast_known(forecast))
        return needs->flops / (COMMAND_UNTIMED * rate);
    return forecast->seconds * needs->flops / forecast->flops; // what is measured is as fast
}

/* ---- how long it takes ---- */

static int64_t at_once(int64_t workers, int64_t most)
{
    return most > 0 && most < workers ? most : workers;
}

/* As if lifetimes could be cut into pieces of any size. */
static double share_out(const struct search_plan *plan, double seconds, int64_t workers)
{
    return seconds / (double)at_once(workers, command_side_by_side(plan));
}

/* Messages take no time here, and nobody fails. */
static enum status simulate(double *makespan, const struct search_plan *plan, double flop,
                            int64_t ranks, struct error *error)
{
    struct command_seconds seconds = {.plan = plan, .flop = flop};
    struct simulation model = {
        .ranks = (int)ranks, .node = 1, .seconds = command_seconds, .context = &seconds};
    struct simulation_result result;
    struct search *search = search_create(plan, 0, 1, NULL, error);
    if (!search)
        return STATUS_FAILED;
    enum status status = simulation_run(&result, search, &model, error);
    search_free(search);
    *makespan = result.makespan;
    return status;
}

enum status command_stay(struct command_stay *stay, const struct search_plan *plan,
                         const struct command_needs *needs, double seconds, int64_t ranks,
                         struct error *error)
{
    int64_t workers = ranks > 1 ? ranks - 1 : 1;
    double flop = needs->flops > 0 ? seconds / needs->flops : 0;
    double before = needs->measured * flop, searching = seconds - before;
    enum status status = STATUS_OK;
    *stay = (struct command_stay){ALONE + seconds, 1};
    if (ranks == 1)
        return status;
    if (needs->most.all + ranks > SIMULATED)
        searching = share_out(plan, searching, workers);
    else
        status = simulate(&searching, plan, flop, ranks, error);
    stay->seconds = before / (double)at_once(workers, needs->pieces) + searching;
    stay->busy = stay->seconds > 0 ? seconds / stay->seconds / (double)workers : 1;
    stay->seconds += TOGETHER;
    return status;
}
