/* Ready-set-go: two pulses show an interval, which is to be produced after the second one.
 * Time course (defaults): fixation 100 ms, ready pulse 83 ms, set pulse 83 ms one of 5 intervals
 * from 800 to 1500 ms later. The output should rest at minus the target, rise smoothly and cross 0
 * gain times the interval after the onset of set. Inputs: a fixation line that is on until set, the
 * ready line and the set line. */
#include <math.h>
#include <stdio.h>

#include "model/tasks/parts.h"

enum { FIXATION, PULSE, SHORTEST, LONGEST, INTERVALS, GAIN, RISE, HOLD, TARGET };

static const struct settings_field fields[] = {
    {"fixation", PARAMETER_DURATION, "ms", 0, 1e6, 100, "Time before the ready pulse."},
    {"pulse", PARAMETER_DURATION, "ms", 0, 1e6, 83, "Length of the ready and set pulses."},
    {"shortest", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 800,
     "Shortest interval from ready to set."},
    {"longest", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 1500,
     "Longest interval from ready to set."},
    {"intervals", PARAMETER_INTEGER, "", 1, 32, 5,
     "Number of intervals, evenly spaced, one a trial type."},
    {"gain", PARAMETER_REAL, "", SETTINGS_ABOVE_0, 10, 1,
     "Interval to be produced, as a multiple of the one shown."},
    {"rise", PARAMETER_DURATION, "ms", 0, 1e6, 200, "Time in which the wanted output rises."},
    {"hold", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 400,
     "Time after the produced interval that still counts."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1, "Wanted output: - before, + after the interval."},
    {0},
};

/* A guess right within this share of the produced interval and this time counts as correct. */
static const double tolerance_share = 0.2, tolerance = 25;

static double interval_of(const double *value, int type)
{
    int last = (int)value[INTERVALS] - 1;
    return last ? value[SHORTEST] + (value[LONGEST] - value[SHORTEST]) * type / last
                : value[SHORTEST];
}

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double longest = fmax(value[SHORTEST], value[LONGEST]);
    double time = value[FIXATION] + (1 + value[GAIN]) * longest + value[HOLD];
    *shape =
        (struct task_shape){task_steps(time, settings->network.dt), 3, 1, (int)value[INTERVALS]};
}

/* From -1 to 1 over `rise` around `time` = 0, with slope 0 at both ends. */
static double rising(double time, double rise)
{
    double phase = rise > 0 ? time / rise + 0.5 : (time >= 0);
    phase = fmin(fmax(phase, 0), 1);
    return 2 * phase * phase * (3 - 2 * phase) - 1;
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    (void)key, (void)trial, (void)noise;
    const double *value = settings->task.value;
    double dt = settings->network.dt, interval = interval_of(value, out->type);
    double ready = value[FIXATION], set = ready + interval, go = set + value[GAIN] * interval;
    task_parts_cue(out, shape, settings, 0, 0, set, 1);
    task_parts_cue(out, shape, settings, 1, ready, ready + value[PULSE], 1);
    task_parts_cue(out, shape, settings, 2, set, set + value[PULSE], 1);
    int end = task_steps(go + value[HOLD], dt);
    for (int n = 0; n < shape->steps; n++) {
        out->target[n] = value[TARGET] * rising(n * dt - go, value[RISE]);
        out->window[n] = n >= task_steps(set, dt) && n < end;
    }
}

/* The output first crosses 0 near the wanted time after set. */
static bool correct(const struct task_trial *trial, const double *output,
                    const struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double wanted = value[GAIN] * interval_of(value, trial->type);
    int set = 0;
    while (!trial->window[set])
        set++;
    int n = set;
    while (n < shape->steps && trial->window[n] && !(output[n] > 0))
        n++;
    if (n == shape->steps || !trial->window[n])
        return false;
    double produced = (n - set) * settings->network.dt;
    return fabs(produced - wanted) <= tolerance_share * wanted + tolerance;
}

static void describe(char name[32], const struct settings *settings, int type)
{
    snprintf(name, 32, "%g ms", interval_of(settings->task.value, type));
}

static double stimulus(const struct settings *settings, int type)
{
    return interval_of(settings->task.value, type);
}

const struct task task_readysetgo = {
    .name = "readysetgo",
    .sentence = "Ready-set-go: two pulses show an interval, produce it after the second one.",
    .source = "Remington et al., Neuron 2018;98:1005; constants of NeuroGym's ReadySetGo",
    .fields = fields,
    .chance = 0,
    .shape = shape,
    .fill = fill,
    .correct = correct,
    .describe = describe,
    .scale = "interval (ms)",
    .stimulus = stimulus,
};
