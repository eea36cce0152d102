/* Perceptual decision: two noisy input lines, say which one is larger on average.
 * Time course (defaults): fixation 100 ms, stimulus 2000 ms, delay 0 ms, response 100 ms; inputs: a
 * fixation line that is on until the response, and 0.5 +- coherence / 200 with white noise. */
#include <math.h>
#include <stdio.h>

#include "model/tasks/parts.h"

enum { FIXATION, STIMULUS, DELAY, RESPONSE, COHERENCE, LEVELS, ZERO, NOISE, TARGET };

static const struct settings_field fields[] = {
    {"fixation", PARAMETER_DURATION, "ms", 0, 1e6, 100, "Time before the stimulus."},
    {"stimulus", PARAMETER_DURATION, "ms", 0, 1e6, 2000, "Length of the stimulus."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 0, "Pause between stimulus and response."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 100,
     "Response window, at the trial's end."},
    {"coherence", PARAMETER_REAL, "%", 0, 100, 51.2, "Largest coherence."},
    {"levels", PARAMETER_INTEGER, "", 1, 16, 4,
     "Number of coherences: the largest, its half, its quarter, ..."},
    {"zero", PARAMETER_INTEGER, "", 0, 1, 0,
     "1 adds the coherence 0, with either line as the wanted one: its trials teach, but do not "
     "count for accuracy and criterion."},
    {"noise", PARAMETER_REAL, "ms^0.5", 0, 1e3, 1,
     "Strength sigma of the white input noise; its SD a step is sigma / sqrt(dt)."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1,
     "Wanted output: + for the first line, - for the second."},
    {0},
};

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = value[FIXATION] + value[STIMULUS] + value[DELAY] + value[RESPONSE];
    *shape = (struct task_shape){task_steps(time, settings->network.dt), 3, 1,
                                 2 * (int)(value[LEVELS] + value[ZERO])};
}

/* At coherence 0 neither answer is right. */
static bool counts(const struct settings *settings, int type)
{
    return type / 2 < (int)settings->task.value[LEVELS];
}

/* Type 2 c + side: coherence level c (0 the largest, the last may be 0), side 0 for the first
 * line. */
static double coherence(const double *value, int type)
{
    if (type / 2 == (int)value[LEVELS])
        return type % 2 ? -0.0 : 0.0;
    return ldexp(value[COHERENCE], -(type / 2)) * (type % 2 ? -1 : 1);
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const double *value = settings->task.value;
    double dt = settings->network.dt;
    int on = task_steps(value[FIXATION], dt), off = on + task_steps(value[STIMULUS], dt);
    int answer = shape->steps - task_steps(value[RESPONSE], dt);
    double shift = coherence(value, out->type) / 200;
    for (int n = 0; n < shape->steps; n++) {
        double *u = out->input + n * shape->inputs;
        u[0] = n < answer;
        if (n >= on && n < off) {
            u[1] = 0.5 + shift;
            u[2] = 0.5 - shift;
        }
        if (n >= answer) {
            out->window[n] = 1;
            out->target[n] = out->type % 2 ? -value[TARGET] : value[TARGET];
        }
    }
    if (noise)
        task_parts_noise(out, shape, settings, 1, 2, on * dt, off * dt, value[NOISE], key, trial);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    snprintf(name, 32, "%+.3g %%", coherence(settings->task.value, type));
}

static double stimulus(const struct settings *settings, int type)
{
    return coherence(settings->task.value, type);
}

static const struct settings_assignment suits[] = {
    {"rule.tau_e", "500 ms"}, {"learning.trials", "5000"}, {0}};

const struct task task_perceptual = {
    .name = "perceptual",
    .sentence = "Perceptual decision: two noisy lines, say which one is larger on average.",
    .source = "Britten et al., J. Neurosci. 1992; constants of NeuroGym's PerceptualDecisionMaking",
    .fields = fields,
    .suits = suits,
    .chance = 0.5,
    .shape = shape,
    .fill = fill,
    .counts = counts,
    .describe = describe,
    .scale = "coherence (%)",
    .stimulus = stimulus,
};
