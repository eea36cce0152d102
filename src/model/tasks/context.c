/* Context-dependent integration: two noisy lines, and a context line that says which one counts.
 * Time course (defaults): stimulus 500 ms, response 200 ms; the context is on throughout. The
 * stimulus comes one step late and overlaps the response by a step, as in the published program
 * (its steps 1 to 500). Inputs: stimulus 1, stimulus 2, context 1, context 2. */
#include <stdio.h>

#include "model/tasks/parts.h"

enum { STIMULUS, RESPONSE, LEVEL, BIAS, NOISE, TARGET };

static const struct settings_field fields[] = {
    {"stimulus", PARAMETER_DURATION, "ms", 0, 1e6, 500, "Length of the stimulus."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 200,
     "Response window, at the trial's end."},
    {"level", PARAMETER_REAL, "", 0, 1e3, 0.5, "Factor on bias and noise of both stimuli."},
    {"bias", PARAMETER_REAL, "", 0, 1e3, 0.5, "Mean of a stimulus, + or -, before the factor."},
    {"noise", PARAMETER_REAL, "ms^0.5", 0, 1e3, 1,
     "Strength sigma of a stimulus's white noise before the factor; its SD a step is sigma / "
     "sqrt(dt)."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1, "Wanted output: the sign of the attended mean."},
    {0},
};

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = value[STIMULUS] + value[RESPONSE];
    *shape = (struct task_shape){task_steps(time, settings->network.dt), 4, 1, 4};
}

/* Types in the published order: attend 1 +, attend 2 +, attend 1 -, attend 2 -. */
static int attended(int type)
{
    return type % 2;
}

static double sign(int type)
{
    return type < 2 ? 1 : -1;
}

/* The ignored stimulus has a random sign; in a prototype it contradicts the attended one. */
static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const double *value = settings->task.value;
    double dt = settings->network.dt, length = value[STIMULUS], level = value[LEVEL];
    double ignored = -sign(out->type), draw;
    if (noise) {
        random_uniform(&draw, key, trial, TASK_PARTS_DRAW, 1);
        ignored = draw < 0.5 ? 1 : -1;
        task_parts_noise(out, shape, settings, 0, 2, dt, dt + length, level * value[NOISE], key,
                         trial);
    }
    for (int line = 0; line < 2; line++)
        task_parts_cue(out, shape, settings, line, dt, dt + length,
                       level * value[BIAS] *
                           (line == attended(out->type) ? sign(out->type) : ignored));
    task_parts_cue(out, shape, settings, 2 + attended(out->type), 0, length + value[RESPONSE], 1);
    task_parts_answer(out, shape, settings, value[RESPONSE], sign(out->type) * value[TARGET]);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "attend %d: %c", 1 + attended(type), sign(type) > 0 ? '+' : '-');
}

const struct task task_context = {
    .name = "context",
    .sentence = "Context-dependent integration: two noisy lines, say the sign of the one that the "
                "context points at.",
    .source = "Miconi, eLife 2017;6:e20899",
    .fields = fields,
    .chance = 0.5,
    .shape = shape,
    .type = task_parts_turn,
    .fill = fill,
    .describe = describe,
};
