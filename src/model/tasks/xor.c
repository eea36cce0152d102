/* Temporal exclusive or: cues of + or - one after the other, say whether the number of + is odd.
 * Time course (defaults): 2 times cue 100 ms and gap 100 ms, go pulse 50 ms, response 200 ms.
 * Inputs: the cue line, + or -, and a go line. */
#include "model/tasks/parts.h"

enum { CUES, CUE, GAP, GO, RESPONSE, LEVEL, TARGET };

static const struct settings_field fields[] = {
    {"cues", PARAMETER_INTEGER, "", 1, 6, 2, "Number of cues n; there are 2^n trial types."},
    {"cue", PARAMETER_DURATION, "ms", 0, 1e6, 100, "Length of a cue."},
    {"gap", PARAMETER_DURATION, "ms", 0, 1e6, 100, "Pause after each cue."},
    {"go", PARAMETER_DURATION, "ms", 0, 1e6, 50, "Length of the go pulse before the response."},
    {"response", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, 200,
     "Response window, at the trial's end."},
    {"level", PARAMETER_REAL, "", 0, 1e3, 1, "Level of a cue, + or -, and of the go pulse."},
    {"target", PARAMETER_REAL, "", 0, 1e3, 1,
     "Wanted output: + if the number of + cues is odd, else -."},
    {0},
};

static void shape(struct task_shape *shape, const struct settings *settings)
{
    const double *value = settings->task.value;
    double time = value[CUES] * (value[CUE] + value[GAP]) + value[GO] + value[RESPONSE];
    *shape =
        (struct task_shape){task_steps(time, settings->network.dt), 2, 1, 1 << (int)value[CUES]};
}

/* The type's bits are the cues, the first one highest; 1 for +. */
static int bit(int type, int cue, int cues)
{
    return type >> (cues - 1 - cue) & 1;
}

static void fill(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial, bool noise)
{
    (void)key, (void)trial, (void)noise;
    const double *value = settings->task.value;
    int cues = (int)value[CUES], odd = 0;
    double slot = value[CUE] + value[GAP];
    for (int c = 0; c < cues; c++) {
        int plus = bit(out->type, c, cues);
        task_parts_cue(out, shape, settings, 0, c * slot, c * slot + value[CUE],
                       plus ? value[LEVEL] : -value[LEVEL]);
        odd ^= plus;
    }
    task_parts_cue(out, shape, settings, 1, cues * slot, cues * slot + value[GO], value[LEVEL]);
    task_parts_answer(out, shape, settings, value[RESPONSE], odd ? value[TARGET] : -value[TARGET]);
}

static void describe(char name[32], const struct settings *settings, int type)
{
    int cues = (int)settings->task.value[CUES];
    for (int c = 0; c < cues; c++)
        name[c] = bit(type, c, cues) ? '+' : '-';
    name[cues] = 0;
}

const struct task task_xor = {
    .name = "xor",
    .sentence = "Temporal exclusive or: cues of + or -, say whether the number of + is odd.",
    .source = "Elman, Cognitive Science 1990;14:179",
    .fields = fields,
    .chance = 0.5,
    .shape = shape,
    .fill = fill,
    .describe = describe,
};
