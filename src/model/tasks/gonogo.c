/* Go/no-go: one of two stimuli, respond after a delay only to one of them.
 * Time course (defaults): stimulus 500 ms, delay 500 ms, response 500 ms. Inputs: a fixation line
 * that is on until the response, the no-go line and the go line. */
#include <stdio.h>

#include "model/tasks/parts.h"

enum { STIMULUS, DELAY, RESPONSE, LEVEL, NOISE, TARGET };

static const struct settings_field fields[] = {
    {"stimulus", PARAMETER_DURATION, "ms", 0, 1e6, 500, "Length of the stimulus."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 500, "Pause between stimulus and response."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 500,
     "Response window, at the trial's end; the fixation line goes off."},
    {"level", PARAMETER_REAL, "", 0, 1e3, 1, "Level of a stimulus's input line."},
    {"noise", PARAMETER_REAL, "ms^0.5", 0, 1e3, 0,
     "Strength sigma of the white noise on the stimulus lines while a stimulus is on; its SD a "
     "step is sigma / sqrt(dt)."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1, "Wanted output: + for go, - for no-go."},
    {0},
};

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = value[STIMULUS] + value[DELAY] + value[RESPONSE];
    *shape = (struct task_shape){task_steps(time, settings->network.dt), 3, 1, 2};
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const double *value = settings->task.value;
    task_parts_cue(out, shape, settings, 0, 0, value[STIMULUS] + value[DELAY], 1);
    task_parts_cue(out, shape, settings, 1 + out->type, 0, value[STIMULUS], value[LEVEL]);
    if (noise)
        task_parts_noise(out, shape, settings, 1, 2, 0, value[STIMULUS], value[NOISE], key, trial);
    task_parts_answer(out, shape, settings, value[RESPONSE],
                      out->type ? value[TARGET] : -value[TARGET]);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "%s", type ? "go" : "no-go");
}

const struct task task_gonogo = {
    .name = "gonogo",
    .sentence = "Go/no-go: one of two stimuli, and after a delay a response to one of them only.",
    .source = "Zhang et al., eLife 2019;8:e43191; constants of NeuroGym's GoNogo",
    .fields = fields,
    .chance = 0.5,
    .shape = shape,
    .fill = fill,
    .describe = describe,
};
