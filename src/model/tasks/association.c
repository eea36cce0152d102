/* Delayed association: one of two cues, a delay, an answer of +1 or -1. */
#include <stdio.h>

#include "model/tasks/parts.h"

enum { CUE, DELAY, RESPONSE, LEVEL, TARGET };

static const struct settings_field fields[] = {
    {"cue", PARAMETER_DURATION, "ms", 0, 1e6, 200, "Length of the cue, at the trial's start."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 600, "Pause between cue and response."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 200,
     "Response window, at the trial's end."},
    {"level", PARAMETER_REAL, "", 0, 1e3, 1, "Level of a cue's input line."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1, "Wanted output: + for cue A, - for cue B."},
    {0},
};

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = value[CUE] + value[DELAY] + value[RESPONSE];
    *shape = (struct task_shape){task_steps(time, settings->network.dt), 2, 1, 2};
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const double *value = settings->task.value;
    (void)key, (void)trial, (void)noise;
    task_parts_cue(out, shape, settings, out->type, 0, value[CUE], value[LEVEL]);
    task_parts_answer(out, shape, settings, value[RESPONSE],
                      out->type == 0 ? value[TARGET] : -value[TARGET]);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "%c", "AB"[type]);
}

const struct task task_association = {
    .name = "association",
    .sentence = "Delayed association: one of two cues, and after a delay the answer it stands for.",
    .source = "Maoutsa, New Frontiers in Associative Memories workshop, 2026",
    .fields = fields,
    .chance = 0.5,
    .shape = shape,
    .fill = fill,
    .describe = describe,
};
