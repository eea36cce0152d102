/* Context-dependent integration with a delay and a go cue: two modalities, each a pair of noisy
 * lines; the context says which modality counts.
 * Time course (defaults): fixation 300 ms, stimulus 750 ms, delay 600 ms, response 100 ms. Inputs:
 * a fixation line that is on until the response, 2 lines 0.5 +- coherence / 200 for each modality,
 * and 2 context lines that are on throughout. */
#include <stdio.h>

#include "model/tasks/parts.h"

enum { FIXATION, STIMULUS, DELAY, RESPONSE, COHERENCE, NOISE, TARGET };

static const struct settings_field fields[] = {
    {"fixation", PARAMETER_DURATION, "ms", 0, 1e6, 300, "Time before the stimulus."},
    {"stimulus", PARAMETER_DURATION, "ms", 0, 1e6, 750, "Length of the stimulus."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 600, "Pause between stimulus and response."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 100,
     "Response window, at the trial's end; the fixation line goes off."},
    {"coherence", PARAMETER_REAL, "%", 0, 100, 50,
     "Largest coherence; each modality of a trial has all, 0.3 or 0.1 of it at random."},
    {"noise", PARAMETER_REAL, "ms^0.5", 0, 1e3, 1,
     "Strength sigma of the white input noise; its SD a step is sigma / sqrt(dt)."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1,
     "Wanted output: + if the attended modality's first line is larger, else -."},
    {0},
};

enum { MODALITIES = 2, CONTEXT = 5 }; /* CONTEXT: the first context line */

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = value[FIXATION] + value[STIMULUS] + value[DELAY] + value[RESPONSE];
    *shape = (struct task_shape){task_steps(time, settings->network.dt), 7, 1, 8};
}

/* Type 4 context + 2 (modality 1 says -) + (modality 2 says -). */
static int context(int type)
{
    return type / 4;
}

static double sign(int type, int modality)
{
    return (type >> (1 - modality)) % 2 ? -1 : 1;
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    static const double share[] = {1, 0.3, 0.1};
    const double *value = settings->task.value;
    double on = value[FIXATION], off = on + value[STIMULUS], answer = off + value[DELAY];
    double draw[MODALITIES] = {0, 0};
    if (noise) {
        random_uniform(draw, key, trial, TASK_PARTS_DRAW, MODALITIES);
        task_parts_noise(out, shape, settings, 1, 2 * MODALITIES, on, off, value[NOISE], key,
                         trial);
    }
    for (int m = 0; m < MODALITIES; m++) {
        double shift = sign(out->type, m) * share[(int)(3 * draw[m])] * value[COHERENCE] / 200;
        task_parts_cue(out, shape, settings, 1 + 2 * m, on, off, 0.5 + shift);
        task_parts_cue(out, shape, settings, 2 + 2 * m, on, off, 0.5 - shift);
    }
    task_parts_cue(out, shape, settings, 0, 0, answer, 1);
    task_parts_cue(out, shape, settings, CONTEXT + context(out->type), 0, answer + value[RESPONSE],
                   1);
    task_parts_answer(out, shape, settings, value[RESPONSE],
                      sign(out->type, context(out->type)) * value[TARGET]);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    (void)settings;
    snprintf(name, 32, "attend %d: %c%c", 1 + context(type), sign(type, 0) > 0 ? '+' : '-',
             sign(type, 1) > 0 ? '+' : '-');
}

static const struct settings_assignment suits[] = {
    {"task.fixation", "0 ms"},   {"task.stimulus", "500 ms"},
    {"task.delay", "0 ms"},      {"task.response", "200 ms"},
    {"task.coherence", "100"},   {"task.noise", "0.5"},
    {"learning.trials", "5000"}, {0}};

const struct task task_mante = {
    .name = "mante",
    .sentence = "Context-dependent integration with a go cue: two modalities, say the direction of "
                "the one that the context points at.",
    .source = "Mante et al., Nature 2013;503:78; constants of NeuroGym's ContextDecisionMaking, "
              "with its mean delay",
    .fields = fields,
    .suits = suits,
    .chance = 0.5,
    .shape = shape,
    .fill = fill,
    .describe = describe,
};
