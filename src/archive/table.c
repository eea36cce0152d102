/* The rows of fields.h as tables; slots three times, once for each of their groups. */
#include "archive/table.h"

#include <stdio.h>
#include <string.h>

#include "archive/attribute.h"

// clang-format off
const struct archive_field archive_table[FIELD_COUNT] = {
#define FIELD(name, ...) [FIELD_##name] = {__VA_ARGS__},
#define OWN(name, word, unit, ...) [FIELD_OWN_SIZE + ARCHIVE_##name] = \
    {"/candidates/" word, TYPE_I32, {DIM_CANDIDATE}, FILL_LEAST, unit, __VA_ARGS__},
#define START(name, word, type, bytes, sentence) [FIELD_PROVENANCE + START_##name] = \
    {"/provenance/" word, type, {DIM_START}, FILL_LEAST, "", sentence, .length = bytes},
#include "archive/fields.h"

#define GROUP "/lifetimes"
#define WHAT "lifetime"
#define FIRST DIM_ITERATION
#define SECOND DIM_SEED
#define SLOT(name, ...) [FIELD_TRAIN + SLOT_##name] = {__VA_ARGS__},
#define TRAIN SLOT
#include "archive/fields.h"
#undef GROUP
#undef WHAT
#undef FIRST
#undef SECOND

#define GROUP "/evaluations"
#define WHAT "held-out lifetime"
#define FIRST DIM_EVALUATION
#define SECOND DIM_HELD_OUT
#define SLOT(name, ...) [FIELD_EVALUATE + SLOT_##name] = {__VA_ARGS__},
#include "archive/fields.h"
#undef GROUP
#undef WHAT
#undef FIRST
#undef SECOND

#define GROUP "/tests"
#define WHAT "lifetime on a test seed"
#define FIRST DIM_TESTED
#define SECOND DIM_TEST
#define SLOT(name, ...) [FIELD_TEST + SLOT_##name] = {__VA_ARGS__, .tests = true},
#include "archive/fields.h"
};

const struct archive_scale archive_scale_table[DIM_COUNT] = {
    [DIM_CANDIDATE] = {"candidate", "", "Point of the sweep"},
    [DIM_ITERATION] = {"iteration", "", "Meta-iteration"},
    [DIM_ITERATE] = {"iterate", "", "Meta-iterations done: 0 is the start rule"},
    [DIM_SEED] = {"seed", "", "Training seed; where an iteration compares rules, counted on through "
        "them, theta's own first"},
    [DIM_EVALUATION] = {"evaluation", "", "Evaluation on held-out seeds"},
    [DIM_HELD_OUT] = {"held_out_seed", "", "Held-out seed"},
    [DIM_TESTED] = {"tested", "", "Rule that was tested: the start rule, and the one that was chosen "
        "on the held-out seeds"},
    [DIM_TEST] = {"test_seed", "", "Test seed, which is neither trained nor chosen on"},
    [DIM_PARAMETER] = {"parameter", "", "Free parameter: r<k> d<l> is theta_kl"},
    [DIM_TRIAL] = {"trial", "", "Trial of a lifetime"},
    [DIM_CONDITION] = {"condition", "", "Trial type"},
    [DIM_STEP] = {"step", "ms", "Time in the trial"},
    [DIM_UNIT] = {"unit", "", "Unit; of weights the postsynaptic one"},
    [DIM_UNIT_FROM] = {"unit_from", "", "Presynaptic unit"},
    [DIM_INPUT] = {"input_channel", "", "Input channel"},
    [DIM_OUTPUT] = {"output_channel", "", "Output channel"},
    [DIM_FAILURE] = {"failure", "", "Lifetime that could not be run"},
    [DIM_START] = {"start", "", "Start of the program on this archive"},
    [DIM_PARAMETER_WITH] = {"parameter_with", "", "The same, as a second dimension"},
    [DIM_MEASUREMENT] = {"measurement", "", "Measurement before the search"},
    [DIM_MEASURED_NETWORK] = {"measured_network", "", "Network that is measured, on which no sweep "
        "trains or tests"},
    [DIM_MEASURED_STAGE] = {"measured_stage", "", "Stage of its learning"},
    [DIM_CHALLENGER] = {"challenger", "", "Rule that an iteration compares with theta"},
    [DIM_AXIS] = {"axis", "", "Swept parameter"},
    [DIM_RUNG] = {"rung", "", "Rung at which candidates are compared, to stop the worse ones"},
    [DIM_STATE] = {"state", "", "Index t of x^0 .. x^T"},
    [DIM_L] = {"l", "", "Power of Delta"},
    [DIM_K] = {"k", "", "Power of the presynaptic rate"},
    [DIM_CLAMPED] = {"clamped", "", "Unit with a fixed state"},
    [DIM_FACTOR] = {"factor", "", "Factor of terms of Delta^l r^k"},
    [DIM_VARIABLE] = {"variable", "", "Variable of the rule: its letter, whose it is, what it is"},
};
// clang-format on

/* Adds the names of rows to a list of them. */
static void list(char text[ARCHIVE_ORDER], const char *name)
{
    size_t length = strlen(text);
    const char *comma = length > 0 && text[length - 1] != ' ' ? ", " : "";
    snprintf(text + length, ARCHIVE_ORDER - length, "%s%s", comma, name);
}

static void list_bulk(char text[ARCHIVE_ORDER], const char *intro, bool last)
{
    size_t length = strlen(text);
    snprintf(text + length, ARCHIVE_ORDER - length, "%s", intro);
    for (int f = 0; f < FIELD_SINGLE; f++)
        if (archive_table[f].recorded && (archive_table[f].when == WHEN_LAST) == last)
            list(text, archive_table[f].path);
}

void archive_order(char text[ARCHIVE_ORDER], int field)
{
    int slots = field - SLOT_CHECKSUM;
    text[0] = 0;
    if (field == FIELD_SCALE_CHECKSUM)
        list(text, archive_table[FIELD_SCALE].path);
    if (slots != FIELD_TRAIN && slots != FIELD_EVALUATE && slots != FIELD_TEST)
        return;
    for (int s = 0; s < SLOT_COUNT; s++)
        if (archive_table[slots + s].summed)
            list(text, strrchr(archive_table[slots + s].path, '/') + 1);
    if (slots != FIELD_EVALUATE)
        return;
    list_bulk(text,
              "; then, with state 1, what is recorded, cut to the candidate's own sizes; in "
              "evaluation 0: ",
              false);
    list_bulk(text, "; in the candidate's last evaluation: ", true);
}

int archive_rank(const struct archive_field *field)
{
    int rank = 0;
    while (field->dim[rank])
        rank++;
    return rank;
}

hid_t archive_memory_type(const struct archive_field *field)
{
    switch (field->type) {
    case TYPE_F64:
        return H5T_NATIVE_DOUBLE;
    case TYPE_F32:
        return H5T_NATIVE_FLOAT;
    case TYPE_I64:
        return H5T_NATIVE_INT64;
    case TYPE_I32:
        return H5T_NATIVE_INT32;
    case TYPE_U32:
        return H5T_NATIVE_UINT32;
    case TYPE_U8:
        return H5T_NATIVE_UINT8;
    case TYPE_TEXT:
        break;
    }
    return attribute_text_type(H5T_VARIABLE);
}

size_t archive_type_bytes(const struct archive_field *field)
{
    static const size_t bytes[] = {[TYPE_F64] = 8,
                                   [TYPE_F32] = 4,
                                   [TYPE_I64] = 8,
                                   [TYPE_I32] = 4,
                                   [TYPE_U32] = 4,
                                   [TYPE_U8] = 1,
                                   [TYPE_TEXT] = sizeof(char *)};
    return bytes[field->type];
}

double archive_field_bytes(const struct archive_field *field, const hsize_t extent[DIM_COUNT])
{
    const double element = 16, head = 16, slack = 1.15; // of the heap of texts
    double bytes = field->type == TYPE_TEXT ? element + slack * (field->length + head)
                                            : (double)archive_type_bytes(field);
    for (int d = 0; field->dim[d]; d++)
        bytes *= (double)extent[field->dim[d]];
    return bytes;
}

bool archive_planned(const struct archive_plan *plan, int field)
{
    const struct archive_field *row = &archive_table[field];
    if (row->tests && plan->tests == 0)
        return false;
    if (row->stopping || row->bred)
        return plan->rungs > 0 && (plan->axes > 0 || !row->bred);
    if (row->dim[0] == DIM_MEASUREMENT || field == FIELD_MEASUREMENT)
        return plan->measurements > 0;
    if (row->dim[0] && row->dim[1] && row->dim[2] == DIM_CHALLENGER)
        return plan->challengers > 0;
    if (field == FIELD_POINT)
        return plan->axes > 0;
    if (row->recorded == RECORDED_RATES)
        return plan->representation[row->when];
    if (row->recorded == RECORDED_WEIGHTS)
        return plan->weights[row->when];
    return row->path; // /evaluations and /tests have no gradients
}
