/* What belongs to a slot, in the order of its checksum. */
#include "archive/slot.h"

#include <math.h>

int archive_slot_field(int kind, enum archive_slot slot)
{
    return (kind == JOB_EVALUATE ? FIELD_EVALUATE : FIELD_TRAIN) + (int)slot;
}

size_t archive_record_bytes(const struct archive *archive, int kind)
{
    size_t gradient = kind == JOB_TRAIN ? sizeof(double) * (size_t)archive->plan.parameters : 0;
    return 4 * sizeof(double) + sizeof(int32_t) + gradient +
           sizeof(float) * (size_t)archive->plan.trials;
}

struct archive_record archive_record(const struct archive *archive, int kind, unsigned char *bytes)
{
    struct archive_record record = {.loss = bytes};
    record.accuracy = bytes + sizeof(double);
    record.criterion = bytes + 2 * sizeof(double);
    record.frozen_loss = bytes + 2 * sizeof(double) + sizeof(int32_t);
    record.frozen_accuracy = bytes + 3 * sizeof(double) + sizeof(int32_t);
    record.gradient = bytes + 4 * sizeof(double) + sizeof(int32_t);
    record.reward = (unsigned char *)record.gradient +
                    (kind == JOB_TRAIN ? sizeof(double) * (size_t)archive->plan.parameters : 0);
    return record;
}

void archive_spread(double *row, const struct archive *archive, int64_t candidate,
                    const double *values)
{
    for (int column = 0; column < archive->plan.parameters; column++)
        row[column] = archive->own[candidate].free[column] ? *values++ : NAN;
}

int archive_bulk(int field[BULK_MOST], const struct archive *archive, int64_t candidate,
                 int evaluation)
{
    static const int first[] = {FIELD_RATES,       FIELD_RATES + 1,   FIELD_WEIGHTS,
                                FIELD_INITIAL,     FIELD_INITIAL + 1, FIELD_INITIAL + 2,
                                FIELD_WEIGHTS + 1, FIELD_TRAINED,     FIELD_TRAINED + 1};
    static const int last[] = {FIELD_RATES + 2, FIELD_WEIGHTS + 2, FIELD_TRAINED + 2,
                               FIELD_TRAINED + 3};
    int count = 0;
    for (int f = 0; f < 9 && evaluation == 0; f++)
        if (archive_planned(&archive->plan, first[f]))
            field[count++] = first[f];
    for (int f = 0; f < 4; f++)
        if (evaluation == archive->own[candidate].size[ARCHIVE_EVALUATIONS] - 1 &&
            archive_planned(&archive->plan, last[f]))
            field[count++] = last[f];
    return count;
}

struct archive_box archive_bulk_box(const struct archive *archive, int field, int64_t candidate,
                                    int seed)
{
    static const int size[DIM_COUNT] = {
        [DIM_CONDITION] = ARCHIVE_TYPES, [DIM_STEP] = ARCHIVE_STEPS,
        [DIM_UNIT] = ARCHIVE_UNITS,      [DIM_UNIT_FROM] = ARCHIVE_UNITS,
        [DIM_INPUT] = ARCHIVE_INPUTS,    [DIM_OUTPUT] = ARCHIVE_OUTPUTS,
    };
    struct archive_box box = {{(hsize_t)candidate, (hsize_t)seed}, {1, 1}};
    const enum archive_dim *dim = archive_table[field].dim;
    for (int d = 2; dim[d]; d++)
        box.count[d] = (hsize_t)archive->own[candidate].size[size[dim[d]]];
    return box;
}

size_t archive_box_bytes(int field, const struct archive_box *box)
{
    size_t bytes = archive_type_bytes(&archive_table[field]);
    for (int d = 0; archive_table[field].dim[d]; d++)
        bytes *= box->count[d];
    return bytes;
}

void archive_gather(double *values, const struct archive *archive, int64_t candidate,
                    const double *row)
{
    for (int column = 0; column < archive->plan.parameters; column++)
        if (archive->own[candidate].free[column])
            *values++ = row[column];
}

double archive_norm(const double *vector, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += vector[i] * vector[i];
    return sqrt(sum);
}
