/* Delayed paired association: two stimuli of two pairs of kinds, say whether they belong together.
 * Time course (defaults): first stimulus 1000 ms, delay 1000 ms, second stimulus 1000 ms, delay
 * 1000 ms, response 500 ms. Inputs: a fixation line that is on until the response, and one line for
 * each of the stimuli 1 to 4. */
#include <stdio.h>

#include "model/tasks/parts.h"

enum { FIRST, DELAY, SECOND, WAIT, RESPONSE, LEVEL, NOISE, TARGET };

static const struct settings_field fields[] = {
    {"first", PARAMETER_DURATION, "ms", 0, 1e6, 1000, "Length of the first stimulus, 1 or 2."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 1000, "Pause between the stimuli."},
    {"second", PARAMETER_DURATION, "ms", 0, 1e6, 1000, "Length of the second stimulus, 3 or 4."},
    {"wait", PARAMETER_DURATION, "ms", 0, 1e6, 1000,
     "Pause between the second stimulus and the response."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 500,
     "Response window, at the trial's end; the fixation line goes off."},
    {"level", PARAMETER_REAL, "", 0, 1e3, 1, "Level of a stimulus's input line."},
    {"noise", PARAMETER_REAL, "ms^0.5", 0, 1e3, 0,
     "Strength sigma of the white noise on the stimulus lines while a stimulus is on; its SD a "
     "step is sigma / sqrt(dt)."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1,
     "Wanted output: + for the pairs 1 3 and 2 4, - for 1 4 and 2 3."},
    {0},
};

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = value[FIRST] + value[DELAY] + value[SECOND] + value[WAIT] + value[RESPONSE];
    *shape = (struct task_shape){task_steps(time, settings->network.dt), 5, 1, 4};
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const double *value = settings->task.value;
    int line[2] = {1 + out->type / 2, 3 + out->type % 2};
    double on[2] = {0, value[FIRST] + value[DELAY]};
    double off[2] = {on[0] + value[FIRST], on[1] + value[SECOND]};
    task_parts_cue(out, shape, settings, 0, 0, off[1] + value[WAIT], 1);
    for (int s = 0; s < 2; s++) {
        task_parts_cue(out, shape, settings, line[s], on[s], off[s], value[LEVEL]);
        if (noise)
            task_parts_noise(out, shape, settings, 1, 4, on[s], off[s], value[NOISE], key, trial);
    }
    task_parts_answer(out, shape, settings, value[RESPONSE],
                      out->type / 2 == out->type % 2 ? value[TARGET] : -value[TARGET]);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "%d %d", 1 + type / 2, 3 + type % 2);
}

static const struct settings_assignment suits[] = {{"task.first", "200 ms"},
                                                   {"task.delay", "200 ms"},
                                                   {"task.second", "200 ms"},
                                                   {"task.wait", "0 ms"},
                                                   {"task.response", "200 ms"},
                                                   {"learning.trials", "5000"},
                                                   {0}};

const struct task task_paired = {
    .name = "paired",
    .sentence = "Delayed paired association: two stimuli, say whether they belong together.",
    .source = "Zhang et al., eLife 2019;8:e43191; constants of NeuroGym's DelayPairedAssociation",
    .fields = fields,
    .suits = suits,
    .chance = 0.5,
    .shape = shape,
    .fill = fill,
    .describe = describe,
};
