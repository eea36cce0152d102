/* Flip-flop: several bits, each with an input line for its pulses and an output that should hold
 * the sign of the last one. Time is cut into slots; in the first every bit has a pulse, later each
 * with some probability. The output counts throughout. */
#include "model/tasks/parts.h"

enum { BITS, SLOTS, SLOT, PULSE, PROBABILITY, LEVEL, TARGET };

enum { MOST = 6 }; /* bits */

static const struct settings_field fields[] = {
    {"bits", PARAMETER_INTEGER, "", 1, MOST, 3,
     "Number of bits n; there are 2^n trial types, the pulses of the first slot."},
    {"slots", PARAMETER_INTEGER, "", 1, 1e4, 10, "Number of slots."},
    {"slot", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 100, "Length of a slot."},
    {"pulse", PARAMETER_DURATION, "ms", 0, 1e6, 50,
     "Length of a pulse, at its slot's start; at most the slot."},
    {"probability", PARAMETER_REAL, "", 0, 1, 0.5,
     "Probability of a pulse for each bit in each slot after the first."},
    {"level", PARAMETER_REAL, "", 0, 1e3, 1, "Level of a pulse, + or -."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1, "Wanted output: the sign of the last pulse."},
    {0},
};

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    int bits = (int)value[BITS];
    *shape = (struct task_shape){task_steps(value[SLOTS] * value[SLOT], settings->network.dt), bits,
                                 bits, 1 << bits};
}

/* What the type says of bit `b`, the first one highest; 1 for +. */
static int start_of(int type, int b, int bits)
{
    return type >> (bits - 1 - b) & 1;
}

/* Pulses of all bits in a slot: -1, 0 or 1 each. The prototype flips one bit after the other. */
static void draw_pulses(int pulse[MOST], const int state[MOST], const double *value, int slot,
                        struct random_key key, uint64_t trial, bool noise)
{
    int bits = (int)value[BITS];
    double draw[2 * MOST];
    if (noise)
        random_uniform(draw, key, trial, TASK_PARTS_DRAW + (uint64_t)slot, 2 * bits);
    for (int b = 0; b < bits; b++) {
        if (noise)
            pulse[b] = draw[2 * b] < value[PROBABILITY] ? (draw[2 * b + 1] < 0.5 ? 1 : -1) : 0;
        else
            pulse[b] = (slot - 1) % bits == b ? -state[b] : 0;
    }
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    const double *value = settings->task.value;
    double dt = settings->network.dt, slot = value[SLOT];
    double length = value[PULSE] < slot ? value[PULSE] : slot;
    int bits = shape->outputs, state[MOST] = {0}, pulse[MOST];
    for (int s = 0; s < (int)value[SLOTS]; s++) {
        if (s > 0)
            draw_pulses(pulse, state, value, s, key, trial, noise);
        for (int b = 0; b < bits; b++) {
            if (s == 0)
                pulse[b] = start_of(out->type, b, bits) ? 1 : -1;
            state[b] = pulse[b] ? pulse[b] : state[b];
            if (pulse[b])
                task_parts_cue(out, shape, settings, b, s * slot, s * slot + length,
                               pulse[b] * value[LEVEL]);
            for (int n = task_steps(s * slot, dt); n < task_steps((s + 1) * slot, dt); n++)
                out->target[n * bits + b] = state[b] * value[TARGET];
        }
    }
    for (int n = 0; n < shape->steps; n++)
        out->window[n] = 1;
}

/* Each bit has the right sign for more than half of the time. */
static bool correct(const struct task_trial *trial, const double *output,
                    const struct task_shape *shape, const struct settings *settings)
{
    (void)settings;
    for (int b = 0; b < shape->outputs; b++) {
        int right = 0;
        for (int s = b; s < shape->steps * shape->outputs; s += shape->outputs)
            right += output[s] * trial->target[s] > 0;
        if (2 * right <= shape->steps)
            return false;
    }
    return true;
}

static void describe(char name[32], const struct settings *settings, int type)
{
    int bits = (int)settings->task.value[BITS];
    for (int b = 0; b < bits; b++)
        name[b] = start_of(type, b, bits) ? '+' : '-';
    name[bits] = 0;
}

static const struct settings_assignment suits[] = {{"task.bits", "1"},
                                                   {"task.slots", "3"},
                                                   {"task.slot", "200 ms"},
                                                   {"task.pulse", "100 ms"},
                                                   {"task.probability", "1"},
                                                   {"learning.trials", "5000"},
                                                   {0}};

const struct task task_flipflop = {
    .name = "flipflop",
    .sentence = "Flip-flop: several bits, each output holds the sign of its line's last pulse.",
    .source = "Sussillo and Barak, Neural Computation 2013;25:626",
    .fields = fields,
    .suits = suits,
    .chance = 0.125,
    .shape = shape,
    .fill = fill,
    .correct = correct,
    .describe = describe,
};
