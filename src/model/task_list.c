/* The list of tasks, and what is asked of the one that the settings chose. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/task.h"

#define TASK(name) extern const struct task task_##name;
#include "model/tasks/list.h"
#undef TASK

const struct task *const task_list[] = {
#define TASK(name) &task_##name,
#include "model/tasks/list.h"
#undef TASK
    NULL,
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

/* Step of the draws that choose types, apart from those that fill trials. */
static const uint64_t TYPE_STEP = 1ull << 40;

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

/* The mean output in the window has the target's sign; with several outputs the largest mean is where
 * the largest mean target is. */
static bool usually_correct(const struct task_trial *trial, const double *output,
                            const struct task_shape *shape)
{
    int outputs = shape->outputs, said = 0, wanted = 0;
    double best_output = -INFINITY, best_target = -INFINITY;
    for (int o = 0; o < outputs; o++) {
        double answer = 0, target = 0;
        for (long t = 0; t < shape->steps; t++) {
            answer += trial->window[t] * output[t * outputs + o];
            target += trial->window[t] * trial->target[t * outputs + o];
        }
        if (outputs == 1)
            return answer * target > 0;
        if (answer > best_output)
            best_output = answer, said = o;
        if (target > best_target)
            best_target = target, wanted = o;
    }
    return said == wanted;
}

bool task_correct(const struct task_trial *trial, const double *output,
                  const struct task_shape *shape, const struct settings *settings)
{
    const struct task *task = task_of(settings);
    return task->correct ? task->correct(trial, output, shape, settings)
                         : usually_correct(trial, output, shape);
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
