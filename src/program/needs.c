/* Work is counted as lifetime_flops() does; seconds follow from trials that were timed, or from the rate
 * of DGEMM. */
#include "program/needs.h"

#include <math.h>

static const double OVERHEAD =
    32e6; /* bytes of a rank besides its lifetime: MPI, HDF5, BLAS, program */

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
    if (sweep->method->learn && sweep->generation < candidates)
        candidates = sweep->generation;
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
