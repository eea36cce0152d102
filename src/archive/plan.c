/* Extents of the archive from the candidates of a sweep. */
#include "archive/plan.h"

#include <stdlib.h>
#include <string.h>

#include "archive/replay_table.h"

void archive_own_sizes(struct archive_own *own, const struct archive_plan *plan, int64_t candidate)
{
    const struct search_candidate *of = &plan->sweep->candidate[candidate];
    const struct search_free *set = search_plan_parameters(plan->sweep, candidate);
    *own = (struct archive_own){.size = {[ARCHIVE_UNITS] = of->units,
                                         [ARCHIVE_INPUTS] = of->shape.inputs,
                                         [ARCHIVE_OUTPUTS] = of->shape.outputs,
                                         [ARCHIVE_TRIALS] = of->trials,
                                         [ARCHIVE_TYPES] = of->shape.types,
                                         [ARCHIVE_STEPS] = of->recorded,
                                         [ARCHIVE_ITERATIONS] = of->extent.iterations,
                                         [ARCHIVE_SEEDS] = of->extent.seeds,
                                         [ARCHIVE_POINTS] = of->extent.points,
                                         [ARCHIVE_EVALUATIONS] = of->extent.evaluations,
                                         [ARCHIVE_HELD_OUT] = of->extent.held_out,
                                         [ARCHIVE_PARAMETERS] = set->parameters,
                                         [ARCHIVE_TESTED] = of->extent.tested,
                                         [ARCHIVE_TESTS] = of->extent.tests},
                                .interval = of->interval};
    for (int p = 0, column = 0; p < set->parameters; p++, column++) {
        while (strcmp(set->name[p], plan->parameter[column]) != 0)
            column++;
        own->free[column] = 1;
    }
}

static int32_t larger(int32_t a, int32_t b)
{
    return b > a ? b : a;
}

/* Takes one candidate into the maxima. */
static void join_candidate(struct archive_plan *plan, const struct search_candidate *of)
{
    plan->units = larger(plan->units, of->units);
    plan->inputs = larger(plan->inputs, of->shape.inputs);
    plan->outputs = larger(plan->outputs, of->shape.outputs);
    plan->trials = larger(plan->trials, of->trials);
    plan->types = larger(plan->types, of->shape.types);
    plan->steps = larger(plan->steps, of->recorded);
    plan->iterations = larger(plan->iterations, of->extent.iterations);
    plan->seeds = larger(plan->seeds, of->extent.seeds);
    plan->challengers = larger(plan->challengers, of->extent.challengers);
    plan->evaluations = larger(plan->evaluations, of->extent.evaluations);
    plan->held_out = larger(plan->held_out, of->extent.held_out);
    plan->tested = larger(plan->tested, of->extent.tested);
    plan->tests = larger(plan->tests, of->extent.tests);
    for (int w = 0; w < SEARCH_WHENS; w++) {
        plan->representation[w] |= of->representations >> w & 1;
        plan->weights[w] |= of->weights >> w & 1;
    }
}

/* Names of the parameters of all candidates. */
static enum status name_parameters(struct archive_plan *plan, const struct rule *all,
                                   struct error *error)
{
    plan->parameters = all->parameters;
    plan->parameter =
        error_calloc(error, (unsigned long)plan->parameters + 1, RULE_NAME, "names of parameters");
    if (!plan->parameter)
        return STATUS_FAILED;
    for (int p = 0; p < plan->parameters; p++)
        rule_name(all, p, plan->parameter[p]);
    return STATUS_OK;
}

void archive_extents(hsize_t extent[DIM_COUNT], const struct archive_plan *plan)
{
    const hsize_t all[DIM_COUNT] = {
        [DIM_CANDIDATE] = (hsize_t)plan->candidates,
        [DIM_ITERATION] = (hsize_t)plan->iterations,
        [DIM_ITERATE] = (hsize_t)plan->iterations + 1,
        [DIM_SEED] = (hsize_t)plan->seeds,
        [DIM_EVALUATION] = (hsize_t)plan->evaluations,
        [DIM_HELD_OUT] = (hsize_t)plan->held_out,
        [DIM_TESTED] = (hsize_t)plan->tested,
        [DIM_TEST] = (hsize_t)plan->tests,
        [DIM_PARAMETER] = (hsize_t)plan->parameters,
        [DIM_TRIAL] = (hsize_t)plan->trials,
        [DIM_CONDITION] = (hsize_t)plan->types,
        [DIM_STEP] = (hsize_t)plan->steps,
        [DIM_UNIT] = (hsize_t)plan->units,
        [DIM_UNIT_FROM] = (hsize_t)plan->units,
        [DIM_INPUT] = (hsize_t)plan->inputs,
        [DIM_OUTPUT] = (hsize_t)plan->outputs,
        [DIM_FAILURE] = ARCHIVE_FAILURES,
        [DIM_START] = ARCHIVE_STARTS,
        [DIM_PARAMETER_WITH] = (hsize_t)plan->parameters,
        [DIM_MEASUREMENT] = (hsize_t)plan->measurements,
        [DIM_MEASURED_NETWORK] = (hsize_t)plan->networks,
        [DIM_MEASURED_STAGE] = (hsize_t)plan->stages,
        [DIM_CHALLENGER] = (hsize_t)plan->challengers,
        [DIM_AXIS] = (hsize_t)plan->axes,
        [DIM_RUNG] = (hsize_t)plan->rungs,
    };
    memcpy(extent, all, sizeof all);
}

enum status archive_plan(struct archive_plan *plan, const struct search_plan *sweep,
                         struct error *error)
{
    enum { METADATA = 1 << 17 }; // headers and scales, about
    *plan = (struct archive_plan){.sweep = sweep, .candidates = sweep->space->candidates};
    for (int64_t c = 0; c < plan->candidates; c++)
        join_candidate(plan, &sweep->candidate[c]);
    plan->axes = sweep->space->config->sweep.point ? sweep->space->config->sweep.axes : 0;
    plan->rungs = sweep->stopping.rungs;
    plan->measurements = sweep->measurements;
    for (int32_t m = 0; m < plan->measurements; m++) {
        plan->networks = larger(plan->networks, sweep->measurement[m].networks);
        plan->stages = larger(plan->stages, sweep->measurement[m].stages);
    }
    if (name_parameters(plan, &sweep->all, error))
        return STATUS_FAILED;
    hsize_t extent[DIM_COUNT];
    archive_extents(extent, plan);
    plan->bytes = METADATA + archive_replay_bytes(sweep->space);
    for (int f = 0; f < FIELD_COUNT; f++)
        if (archive_planned(plan, f))
            plan->bytes += archive_field_bytes(&archive_table[f], extent);
    return STATUS_OK;
}

void archive_plan_free(struct archive_plan *plan)
{
    free(plan->parameter);
    *plan = (struct archive_plan){0};
}
