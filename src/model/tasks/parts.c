/* What many tasks are made of. */
#include "model/tasks/parts.h"

#include <assert.h>
#include <math.h>
#include <string.h>

int task_steps(double time, double dt)
{
    return (int)lround(time / dt);
}

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

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

void task_parts_cue(struct task_trial *out, const struct task_shape *shape,
                    const struct settings *settings, int line, double from, double to, double level)
{
    double dt = settings->network.dt;
    int end = smaller(task_steps(to, dt), shape->steps);
    for (int n = task_steps(from, dt); n < end; n++)
        out->input[n * shape->inputs + line] += level;
}

void task_parts_noise(struct task_trial *out, const struct task_shape *shape,
                      const struct settings *settings, int line, int lines, double from, double to,
                      double sigma, struct random_key key, uint64_t trial)
{
    enum { AT_ONCE = 64 };
    double dt = settings->network.dt, sd = sigma / sqrt(dt), draw[AT_ONCE * TASK_PARTS_LINES];
    int end = smaller(task_steps(to, dt), shape->steps);
    assert(lines <= TASK_PARTS_LINES);
    for (int n = task_steps(from, dt); n < end; n += AT_ONCE) {
        int steps = smaller(AT_ONCE, end - n);
        random_normal_steps(draw, key, trial, (uint64_t)n, steps, lines);
        for (int s = 0; s < steps; s++)
            for (int i = 0; i < lines; i++)
                out->input[(n + s) * shape->inputs + line + i] += sd * draw[s * lines + i];
    }
}

void task_parts_answer(struct task_trial *out, const struct task_shape *shape,
                       const struct settings *settings, double length, double target)
{
    for (int n = shape->steps - task_steps(length, settings->network.dt); n < shape->steps; n++) {
        out->window[n] = 1;
        out->target[n * shape->outputs] = target;
    }
}

int task_parts_turn(const struct task_shape *shape, const struct settings *settings,
                    struct random_key key, uint64_t trial)
{
    (void)settings, (void)key;
    return (int)(trial % (uint64_t)shape->types);
}
