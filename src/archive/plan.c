/* Extents of the archive from the candidates of a sweep. */
#include "archive/plan.h"

#include <stdlib.h>
#include <string.h>

#include "archive/replay_table.h"

static bool listed(const struct settings_list *list, const char *word)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->item[i], word) == 0)
            return true;
    return false;
}

static int32_t larger(int32_t a, int64_t b)
{
    return b > a ? (int32_t)b : a;
}

/* Names of the joined rule's parameters. */
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

static int32_t recorded_steps(const struct settings *settings, const struct task_shape *shape,
                              double *interval)
{
    int stride = task_steps(settings->record.interval, settings->network.dt);
    stride = stride < 1 ? 1 : stride;
    *interval = stride * settings->network.dt;
    return shape->steps / stride;
}

void archive_own_sizes(struct archive_own *own, const struct archive_plan *plan,
                       const struct settings *settings)
{
    struct task_shape shape;
    struct rule rule;
    task_shape(&shape, settings);
    rule_create(&rule, settings);
    struct search_extent extent = search_extent(settings);
    *own = (struct archive_own){.size = {
                                    [ARCHIVE_UNITS] = (int32_t)settings->network.units,
                                    [ARCHIVE_INPUTS] = shape.inputs,
                                    [ARCHIVE_OUTPUTS] = shape.outputs,
                                    [ARCHIVE_TRIALS] = (int32_t)settings->learning.trials,
                                    [ARCHIVE_TYPES] = shape.types,
                                    [ARCHIVE_ITERATIONS] = extent.iterations,
                                    [ARCHIVE_SEEDS] = extent.seeds,
                                    [ARCHIVE_EVALUATIONS] = extent.evaluations,
                                    [ARCHIVE_HELD_OUT] = extent.held_out,
                                    [ARCHIVE_PARAMETERS] = rule.parameters,
                                }};
    own->size[ARCHIVE_STEPS] = recorded_steps(settings, &shape, &own->interval);
    for (int p = 0, column = 0; plan && p < rule.parameters; p++, column++) {
        char name[RULE_NAME];
        rule_name(&rule, p, name);
        while (strcmp(name, plan->parameter[column]) != 0)
            column++;
        own->free[column] = 1;
    }
}

/* Takes one candidate into the maxima. */
static void join_candidate(struct archive_plan *plan, const struct settings *settings)
{
    static const char *const whens[2][3] = {{"before", "first", "last"},
                                            {"initial", "first", "last"}};
    struct archive_own own;
    archive_own_sizes(&own, NULL, settings);
    plan->units = larger(plan->units, own.size[ARCHIVE_UNITS]);
    plan->inputs = larger(plan->inputs, own.size[ARCHIVE_INPUTS]);
    plan->outputs = larger(plan->outputs, own.size[ARCHIVE_OUTPUTS]);
    plan->trials = larger(plan->trials, own.size[ARCHIVE_TRIALS]);
    plan->types = larger(plan->types, own.size[ARCHIVE_TYPES]);
    plan->steps = larger(plan->steps, own.size[ARCHIVE_STEPS]);
    plan->iterations = larger(plan->iterations, own.size[ARCHIVE_ITERATIONS]);
    plan->seeds = larger(plan->seeds, own.size[ARCHIVE_SEEDS]);
    plan->evaluations = larger(plan->evaluations, own.size[ARCHIVE_EVALUATIONS]);
    plan->held_out = larger(plan->held_out, own.size[ARCHIVE_HELD_OUT]);
    for (int w = 0; w < 3 && own.size[ARCHIVE_EVALUATIONS] > 0; w++) {
        plan->representation[w] |= listed(&settings->record.representations, whens[0][w]);
        plan->weights[w] |= listed(&settings->record.weights, whens[1][w]);
    }
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
    };
    memcpy(extent, all, sizeof all);
}

enum status archive_plan(struct archive_plan *plan, const struct space *space, struct error *error)
{
    enum { METADATA = 1 << 17 }; // headers and scales, about
    *plan = (struct archive_plan){.candidates = space->candidates};
    struct rule all = {0};
    bool room = true;
    for (int64_t c = 0; c < space->candidates; c++) {
        struct settings settings;
        struct rule rule;
        space_settings(space, c, &settings);
        join_candidate(plan, &settings);
        rule_create(&rule, &settings);
        room &= rule_join(&all, &rule);
    }
    if (!room)
        return error_add(error, STATUS_USAGE,
                         "rule.terms: the candidates have more than %d terms with other variables "
                         "than r and d together",
                         RULE_OTHERS);
    if (name_parameters(plan, &all, error))
        return STATUS_FAILED;
    hsize_t extent[DIM_COUNT];
    archive_extents(extent, plan);
    plan->bytes = METADATA + archive_replay_bytes(space);
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
