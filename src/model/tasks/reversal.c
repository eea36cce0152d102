/* Reversal: a delayed association whose two answers change places after every block of trials, so
 * that it shows how a rule unlearns. Nothing in the input tells the block, and both cues keep their
 * reward means when it changes. The prototypes are those of the first block. */
#include <stdio.h>

#include "model/tasks/parts.h"

enum { BLOCK, CUE, DELAY, RESPONSE, LEVEL, TARGET };

static const struct settings_field fields[] = {
    {"block", PARAMETER_INTEGER, "trials", 1, 1e6, 200, "Trials until the answers change places."},
    {"cue", PARAMETER_DURATION, "ms", 0, 1e6, 200, "Length of the cue, at the trial's start."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 200, "Pause between cue and response."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 200,
     "Response window, at the trial's end."},
    {"level", PARAMETER_REAL, "", 0, 1e3, 1, "Level of a cue's input line."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1,
     "Wanted output: + for cue A and - for cue B in the first, third, ... block, else reversed."},
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
    (void)key, (void)noise;
    const double *value = settings->task.value;
    bool reversed = trial / (uint64_t)value[BLOCK] % 2;
    task_parts_cue(out, shape, settings, out->type, 0, value[CUE], value[LEVEL]);
    task_parts_answer(out, shape, settings, value[RESPONSE],
                      (out->type == 0) != reversed ? value[TARGET] : -value[TARGET]);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "%c", "AB"[type]);
}

const struct task task_reversal = {
    .name = "reversal",
    .sentence = "Reversal: a delayed association whose answers change places block by block.",
    .source = "Izquierdo et al., Neuroscience 2017;345:12",
    .fields = fields,
    .chance = 0.5,
    .shape = shape,
    .fill = fill,
    .describe = describe,
};
