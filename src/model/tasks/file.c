/* Trials made elsewhere: the table of task.path. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/tasks/parts.h"

enum { SHUFFLE };

static const struct settings_field fields[] = {
    {"shuffle", PARAMETER_INTEGER, "", 0, 1, 1,
     "1 draws the trials from the file at random, 0 takes them in turn."},
    {0},
};

/* As long as nobody has read the file: the smallest shape that harms nobody. */
static void shape(struct task_shape *shape, const struct settings *settings)
{
    const struct task_table *table = task_table(settings->path);
    *shape = table ? table->shape : (struct task_shape){2, 1, 1, 1};
}

/* Row of the table for trial `trial`. */
static int row_of(const struct task_table *table, const struct settings *settings,
                  struct random_key key, uint64_t trial)
{
    if (settings->task.value[SHUFFLE] == 0)
        return (int)(trial % (uint64_t)table->trials);
    double draw;
    random_uniform(&draw, key, trial, TASK_PARTS_DRAW, 1);
    return (int)(draw * table->trials);
}

static int type(const struct task_shape *shape, const struct settings *settings,
                struct random_key key, uint64_t trial)
{
    (void)shape;
    const struct task_table *table = task_table(settings->path);
    assert(table);
    return table->type[row_of(table, settings, key, trial)];
}

/* A type's prototype is its first trial in the file. */
static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const struct task_table *table = task_table(settings->path);
    assert(table);
    size_t row = 0, steps = (size_t)shape->steps;
    size_t inputs = steps * (size_t)shape->inputs, targets = steps * (size_t)shape->outputs;
    if (noise)
        row = (size_t)row_of(table, settings, key, trial);
    else
        while (table->type[row] != out->type)
            row++;
    memcpy(out->input, table->input + row * inputs, sizeof(double) * inputs);
    memcpy(out->target, table->target + row * targets, sizeof(double) * targets);
    memcpy(out->window, table->window + row * steps, sizeof(double) * steps);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "%d", type);
}

const struct task task_file = {
    .name = "file",
    .sentence = "Trials from the HDF5 file task.path: inputs [trial, step, input], targets [trial, "
                "step, output], mask [trial, step] (how much a step's output counts) and type "
                "[trial]; the attribute dt, if there is one, is the length of a step in ms.",
    .source = "analysis/make_trials.py writes such a file",
    .fields = fields,
    .chance = NAN,
    .shape = shape,
    .type = type,
    .fill = fill,
    .describe = describe,
};
