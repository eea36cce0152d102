/* Delayed non-match to sample with two binary cues, a temporal exclusive or.
 * Time course (defaults): cue 200 ms, delay 200 ms, cue 200 ms, wait 200 ms, response 200 ms. */
#include <stdio.h>

#include "model/task.h"

enum { CUE, DELAY, WAIT, RESPONSE, LEVEL, TARGET };

static const struct settings_field fields[] = {
    {"cue", PARAMETER_DURATION, "ms", 0, 1e6, 200, "Length of each of the two cues."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 200, "Pause between the two cues."},
    {"wait", PARAMETER_DURATION, "ms", 0, 1e6, 200,
     "Pause between the second cue and the response."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 200,
     "Response window, at the trial's end."},
    {"level", PARAMETER_REAL, "", 0, 1e3, 1, "Level of a cue's input line."},
    {"target", PARAMETER_REAL, "", -1e3, 1e3, 0.98,
     "Wanted output for a non-match, its negative for a match; a value below 0 asks for a match."},
    {0},
};

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = 2 * value[CUE] + value[DELAY] + value[WAIT] + value[RESPONSE];
    *shape = (struct task_shape){task_steps(time, settings->network.dt), 2, 1, 4};
}

/* Types AA, AB, BA, BB in turn. */
static int type(const struct task_shape *shape, const struct settings *settings,
                struct random_key key, uint64_t trial)
{
    (void)settings, (void)key;
    return (int)(trial % (uint64_t)shape->types);
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const double *value = settings->task.value;
    double dt = settings->network.dt;
    (void)key, (void)trial, (void)noise;
    int first = out->type / 2, second = out->type % 2;
    int cue = task_steps(value[CUE], dt), start = task_steps(value[CUE] + value[DELAY], dt);
    // The first cue comes one step late, as in the published program (its steps 1 to 200).
    for (int n = 1; n < 1 + cue && n < shape->steps; n++)
        out->input[n * shape->inputs + first] = value[LEVEL];
    for (int n = start; n < start + cue; n++)
        out->input[n * shape->inputs + second] = value[LEVEL];
    for (int n = shape->steps - task_steps(value[RESPONSE], dt); n < shape->steps; n++) {
        out->window[n] = 1;
        out->target[n] = first != second ? value[TARGET] : -value[TARGET];
    }
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "%c%c", "AB"[type / 2], "AB"[type % 2]);
}

const struct task task_dnms = {
    .name = "dnms",
    .sentence = "Delayed non-match to sample: two cues of two kinds, say whether they differ.",
    .source = "Miconi, eLife 2017;6:e20899",
    .fields = fields,
    .chance = 0.5,
    .shape = shape,
    .type = type,
    .fill = fill,
    .describe = describe,
};
