/* Delayed discrimination: two frequencies one after the other, say which one was higher.
 * Time course (defaults): fixation 500 ms, first stimulus 500 ms, delay 1000 ms, second stimulus
 * 500 ms, response 100 ms. Inputs: a fixation line that is on until the response, and one noisy
 * line (1 + v) / 2 with the frequency scaled to v = 0..1. */
#include <stdio.h>

#include "model/tasks/parts.h"

enum { FIXATION, FIRST, DELAY, SECOND, RESPONSE, NOISE, TARGET };

static const struct settings_field fields[] = {
    {"fixation", PARAMETER_DURATION, "ms", 0, 1e6, 500, "Time before the first stimulus."},
    {"first", PARAMETER_DURATION, "ms", 0, 1e6, 500, "Length of the first stimulus."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 1000, "Pause between the stimuli."},
    {"second", PARAMETER_DURATION, "ms", 0, 1e6, 500, "Length of the second stimulus."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 100,
     "Response window, at the trial's end; the fixation line goes off."},
    {"noise", PARAMETER_REAL, "ms^0.5", 0, 1e3, 1,
     "Strength sigma of the white noise on the stimulus line while a stimulus is on; its SD a "
     "step is sigma / sqrt(dt)."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1,
     "Wanted output: + if the first frequency is higher, else -."},
    {0},
};

/* Pairs of frequencies in Hz; each comes in both orders. */
static const double pairs[][2] = {{18, 10}, {22, 14}, {26, 18}, {30, 22}, {34, 26}};
enum { PAIRS = sizeof pairs / sizeof *pairs };
static const double lowest = 10, highest = 34;

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = value[FIXATION] + value[FIRST] + value[DELAY] + value[SECOND] + value[RESPONSE];
    *shape = (struct task_shape){task_steps(time, settings->network.dt), 2, 1, 2 * PAIRS};
}

/* Type 2 pair + order; `second` is 0 for the first stimulus and 1 for the second. */
static double frequency(int type, int second)
{
    return pairs[type / 2][type % 2 ^ second];
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const double *value = settings->task.value;
    double on[2] = {value[FIXATION], value[FIXATION] + value[FIRST] + value[DELAY]};
    double off[2] = {on[0] + value[FIRST], on[1] + value[SECOND]};
    task_parts_cue(out, shape, settings, 0, 0, off[1], 1);
    for (int s = 0; s < 2; s++) {
        double scaled = (frequency(out->type, s) - lowest) / (highest - lowest);
        task_parts_cue(out, shape, settings, 1, on[s], off[s], (1 + scaled) / 2);
        if (noise)
            task_parts_noise(out, shape, settings, 1, 1, on[s], off[s], value[NOISE], key, trial);
    }
    task_parts_answer(out, shape, settings, value[RESPONSE],
                      out->type % 2 ? -value[TARGET] : value[TARGET]);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "%.3g then %.3g", frequency(type, 0), frequency(type, 1));
}

static double stimulus(const struct settings *settings, int type)
{
    (void)settings;
    return frequency(type, 0) - frequency(type, 1);
}

static const struct settings_assignment suits[] = {
    {"rule.tau_e", "500 ms"}, {"learning.trials", "5000"}, {0}};

const struct task task_romo = {
    .name = "romo",
    .sentence = "Delayed discrimination: two frequencies, say whether the first was the higher.",
    .source = "Romo et al., Nature 1999;399:470; constants of NeuroGym's DelayComparison",
    .fields = fields,
    .suits = suits,
    .chance = 0.5,
    .shape = shape,
    .fill = fill,
    .describe = describe,
    .scale = "first - second frequency (Hz)",
    .stimulus = stimulus,
};
