/* The registry of tasks and what all of them share. */
#include "model/task.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct task task_association, task_context, task_dms, task_dnms, task_file,
    task_flipflop, task_gonogo, task_mante, task_paired, task_perceptual, task_readysetgo,
    task_reversal, task_romo, task_xor;

const struct task *const task_list[] = {
    &task_association, &task_context, &task_dms,    &task_dnms,       &task_flipflop,
    &task_gonogo,      &task_mante,   &task_paired, &task_perceptual, &task_readysetgo,
    &task_reversal,    &task_romo,    &task_xor,    &task_file,       NULL,
};

enum { TASK_COUNT = sizeof task_list / sizeof *task_list };

void task_register(void)
{
    static struct settings_family_member member[TASK_COUNT]; // last one stays all NULL
    for (int k = 0; task_list[k]; k++)
        member[k] = (struct settings_family_member){task_list[k]->name, task_list[k]->sentence,
                                                    task_list[k]->fields};
    settings_register_tasks(member);
}

const struct task *task_of(const struct settings *settings)
{
    return task_list[settings->task.kind];
}

void task_shape(struct task_shape *shape, const struct settings *settings)
{
    task_of(settings)->shape(shape, settings);
}

int task_steps(double time, double dt)
{
    return (int)lround(time / dt);
}

/* Step of the draws that choose types, apart from those that fill trials. */
static const uint64_t TYPE_STEP = 1ull << 40;

/* The only state: added to before the first trial, then read. */
static struct task_table *tables;

void task_add_table(struct task_table *table)
{
    table->next = tables;
    tables = table;
}

const struct task_table *task_table(const char *path)
{
    const struct task_table *table = tables;
    while (table && strcmp(table->path, path) != 0)
        table = table->next;
    return table;
}

static void clear(struct task_trial *out, const struct task_shape *shape)
{
    size_t steps = (size_t)shape->steps;
    memset(out->input, 0, sizeof(double) * steps * (size_t)shape->inputs);
    memset(out->target, 0, sizeof(double) * steps * (size_t)shape->outputs);
    memset(out->window, 0, sizeof(double) * steps);
}

void task_draw(struct task_trial *out, const struct task_shape *shape,
               const struct settings *settings, struct random_key key, uint64_t trial)
{
    const struct task *task = task_of(settings);
    if (task->type) {
        out->type = task->type(shape, settings, key, trial);
    } else {
        double draw;
        random_uniform(&draw, key, trial, TYPE_STEP, 1);
        out->type = (int)(draw * shape->types);
    }
    clear(out, shape);
    task->fill(out, shape, settings, key, trial, true);
}

void task_prototype(struct task_trial *out, const struct task_shape *shape,
                    const struct settings *settings, int type)
{
    out->type = type;
    clear(out, shape);
    task_of(settings)->fill(out, shape, settings, (struct random_key){{0, 0}}, 0, false);
}

void task_check(const struct settings *settings, struct settings_problems *problems)
{
    const struct task *task = task_of(settings);
    struct task_shape shape;
    task_shape(&shape, settings);
    if (shape.steps < 2 || shape.steps > 1000000)
        settings_problem(
            problems, "task.name",
            "a trial of '%s' has %d steps of network.dt = %g ms, allowed: 2 to 1000000", task->name,
            shape.steps, settings->network.dt);
    if (*settings->path && task != &task_file)
        settings_problem(problems, "task.path",
                         "found '%s' for the task %s, allowed: with name: %s", settings->path,
                         task->name, task_file.name);
    for (int f = 0; task->fields[f].name; f++) {
        double time = settings->task.value[f];
        char name[SETTINGS_NAME];
        snprintf(name, sizeof name, "task.%s", task->fields[f].name);
        if (task->fields[f].type == PARAMETER_DURATION && time > 0 &&
            task_steps(time, settings->network.dt) < 1)
            settings_problem(problems, name,
                             "found %g ms, allowed: 0 or at least one step of network.dt = %g ms",
                             time, settings->network.dt);
    }
    if (settings->network.readout == READOUT_UNIT && shape.outputs >= settings->network.units)
        settings_problem(problems, "network.units", "found %ld, allowed: more than the %d outputs",
                         (long)settings->network.units, shape.outputs);
}
