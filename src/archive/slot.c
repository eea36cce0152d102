/* What belongs to a slot, in the order of its checksum. */
#include "archive/slot.h"

#include <math.h>

int archive_slot_field(int kind, enum archive_slot slot)
{
    static const int first[JOB_KINDS] = {
        [JOB_TRAIN] = FIELD_TRAIN, [JOB_EVALUATE] = FIELD_EVALUATE, [JOB_TEST] = FIELD_TEST};
    return first[kind] + (int)slot;
}

size_t archive_slot_bytes(const struct archive *archive, int kind, enum archive_slot slot)
{
    int field = archive_slot_field(kind, slot);
    const struct archive_field *row = &archive_table[field];
    if (archive->dataset[field] <= 0)
        return 0;
    hsize_t extent[DIM_COUNT];
    archive_extents(extent, &archive->plan);
    size_t bytes = archive_type_bytes(row);
    for (int d = 3; row->dim[d]; d++)
        bytes *= extent[row->dim[d]];
    return bytes;
}

size_t archive_record_place(const struct archive *archive, int kind, enum archive_slot slot)
{
    size_t bytes = 0;
    for (int s = 0; s < (int)slot; s++)
        if (archive_table[archive_slot_field(kind, s)].summed)
            bytes += archive_slot_bytes(archive, kind, s);
    return bytes;
}

void archive_spread(double *row, const struct archive *archive, int64_t candidate,
                    const double *values)
{
    for (int column = 0; column < archive->plan.parameters; column++)
        row[column] = archive->own[candidate].free[column] ? *values++ : NAN;
}

int archive_bulk(int field[FIELD_SINGLE], const struct archive *archive, int64_t candidate,
                 int evaluation)
{
    int last = archive->own[candidate].size[ARCHIVE_EVALUATIONS] - 1, count = 0;
    for (int late = 0; late <= 1; late++)
        for (int f = 0; f < FIELD_SINGLE; f++)
            if (archive_table[f].recorded && archive_planned(&archive->plan, f) &&
                (archive_table[f].when == WHEN_LAST) == late && evaluation == (late ? last : 0))
                field[count++] = f;
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
