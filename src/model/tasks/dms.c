/* Delayed match to sample with a fixation line.
 * Time course (defaults): fixation 300 ms, sample 500 ms, delay 1000 ms, test 500 ms, response
 * 900 ms. Inputs: a fixation line that is on until the response, and two noisy lines, one for each
 * stimulus. */
#include <stdio.h>

#include "model/tasks/parts.h"

enum { FIXATION, SAMPLE, DELAY, TEST, RESPONSE, LEVEL, NOISE, TARGET };

static const struct settings_field fields[] = {
    {"fixation", PARAMETER_DURATION, "ms", 0, 1e6, 300, "Time before the sample."},
    {"sample", PARAMETER_DURATION, "ms", 0, 1e6, 500, "Length of the sample."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 1000, "Pause between sample and test."},
    {"test", PARAMETER_DURATION, "ms", 0, 1e6, 500, "Length of the test."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 900,
     "Response window, at the trial's end; the fixation line goes off."},
    {"level", PARAMETER_REAL, "", 0, 1e3, 1, "Level of a stimulus's input line."},
    {"noise", PARAMETER_REAL, "ms^0.5", 0, 1e3, 1,
     "Strength sigma of the white noise on the stimulus lines while a stimulus is on; its SD a "
     "step is sigma / sqrt(dt)."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1, "Wanted output: + for a match, - for a non-match."},
    {0},
};

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = value[FIXATION] + value[SAMPLE] + value[DELAY] + value[TEST] + value[RESPONSE];
    *shape = (struct task_shape){task_steps(time, settings->network.dt), 3, 1, 4};
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const double *value = settings->task.value;
    int stimulus[2] = {out->type / 2, out->type % 2};
    double on[2] = {value[FIXATION], value[FIXATION] + value[SAMPLE] + value[DELAY]};
    double off[2] = {on[0] + value[SAMPLE], on[1] + value[TEST]};
    task_parts_cue(out, shape, settings, 0, 0, off[1], 1);
    for (int s = 0; s < 2; s++) {
        task_parts_cue(out, shape, settings, 1 + stimulus[s], on[s], off[s], value[LEVEL]);
        if (noise)
            task_parts_noise(out, shape, settings, 1, 2, on[s], off[s], value[NOISE], key, trial);
    }
    task_parts_answer(out, shape, settings, value[RESPONSE],
                      stimulus[0] == stimulus[1] ? value[TARGET] : -value[TARGET]);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "%c%c", "AB"[type / 2], "AB"[type % 2]);
}

static const struct settings_assignment suits[] = {{"task.fixation", "0 ms"},
                                                   {"task.sample", "200 ms"},
                                                   {"task.delay", "200 ms"},
                                                   {"task.test", "200 ms"},
                                                   {"task.response", "200 ms"},
                                                   {"learning.trials", "5000"},
                                                   {0}};

const struct task task_dms = {
    .name = "dms",
    .sentence = "Delayed match to sample: a sample and a test, say whether they are the same.",
    .source = "Miller, Erickson and Desimone, J. Neurosci. 1996;16:5154; constants of NeuroGym's "
              "DelayMatchSample",
    .fields = fields,
    .suits = suits,
    .chance = 0.5,
    .shape = shape,
    .fill = fill,
    .describe = describe,
};
