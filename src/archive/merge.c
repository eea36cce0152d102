/* Candidates of one archive into another. Every dataset whose first dimension is the candidate is
 * copied row by row, and the replay records; states come last, as in any commit. */
#include <stdlib.h>
#include <string.h>

#include "archive/replay_table.h"
#include "archive/slot.h"
#include "archive/start.h"

static bool is_state(int field)
{
    return field == FIELD_SCALE_STATE || field == FIELD_TRAIN + SLOT_STATE ||
           field == FIELD_EVALUATE + SLOT_STATE || field == FIELD_TEST + SLOT_STATE;
}

/* One row of one dataset, as it is. */
static enum status copy_row(struct archive *to, struct archive *from, int field, int64_t row,
                            struct error *error)
{
    if (to->dataset[field] > 0 && from->dataset[field] <= 0)
        return archive_complain(error, from->path, archive_table[field].path, "is not there");
    struct archive_box box = archive_at(from, field, 1, &row);
    size_t bytes = archive_box_bytes(field, &box);
    if (bytes == 0)
        return STATUS_OK;
    void *data = error_calloc(error, 1, bytes, archive_table[field].path);
    enum status status = data ? archive_read(from, field, &box, data, error) : STATUS_FAILED;
    if (!status)
        status = archive_write(to, field, &box, data, error);
    free(data);
    return status;
}

static enum status copy_fields(struct archive *to, struct archive *from, int64_t candidate,
                               bool states, struct error *error)
{
    enum status status = STATUS_OK;
    for (int f = 0; !status && f < FIELD_COUNT; f++)
        if (archive_table[f].dim[0] == DIM_CANDIDATE && archive_planned(&to->plan, f) &&
            is_state(f) == states)
            status = copy_row(to, from, f, candidate, error);
    return status;
}

/* One dataset of a record. */
static herr_t copy_dataset(hid_t group, const char *name, const H5O_info_t *info, void *context)
{
    hid_t to = *(hid_t *)context;
    if (info->type != H5O_TYPE_DATASET)
        return 0;
    hid_t source = H5Dopen2(group, name, H5P_DEFAULT), target = H5Dopen2(to, name, H5P_DEFAULT);
    hid_t type = H5Dget_type(source), space = H5Dget_space(source);
    hsize_t bytes = H5Tget_size(type) * (hsize_t)H5Sget_simple_extent_npoints(space);
    void *data = malloc(bytes + 1);
    herr_t result = data ? H5Dread(source, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) : -1;
    if (result >= 0)
        result = H5Dwrite(target, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    free(data);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(source);
    H5Dclose(target);
    return result < 0 ? -1 : 0;
}

static enum status copy_records(struct archive *to, struct archive *from, int64_t candidate,
                                struct error *error)
{
    const struct settings_integers *replay = &to->sweep->config->base.record.replay;
    enum status status = STATUS_OK;
    for (int i = 0; !status && i + 2 < replay->count; i += 3) {
        char path[ARCHIVE_PATH];
        if (replay->value[i] != candidate)
            continue;
        archive_replay_path(path, &replay->value[i], "");
        hid_t source = H5Gopen2(from->file, path, H5P_DEFAULT);
        hid_t target = H5Gopen2(to->file, path, H5P_DEFAULT);
        if (source < 0 || target < 0 ||
            H5Ovisit(source, H5_INDEX_NAME, H5_ITER_NATIVE, copy_dataset, &target) < 0)
            status = archive_complain(error, from->path, path, "cannot copy");
        if (source >= 0)
            H5Gclose(source);
        if (target >= 0)
            H5Gclose(target);
    }
    return status;
}

enum status archive_copy_candidate(struct archive *to, struct archive *from, int64_t candidate,
                                   struct error *error)
{
    enum status status = copy_fields(to, from, candidate, false, error);
    if (!status)
        status = copy_records(to, from, candidate, error);
    return status ? status : copy_fields(to, from, candidate, true, error);
}

enum status archive_copy_starts(struct archive *to, struct archive *from, struct error *error)
{
    int64_t used = 0, old = 0;
    enum status status = archive_count_starts(to, &used, error);
    if (!status)
        status = archive_count_starts(from, &old, error);
    for (int64_t row = 0; !status && row < old && used < ARCHIVE_STARTS; row++, used++)
        for (int f = FIELD_PROVENANCE; !status && f < FIELD_PROVENANCE + START_COUNT; f++) {
            unsigned char data[ARCHIVE_FAILURE];
            struct archive_box source = archive_at(from, f, 1, &row);
            struct archive_box target = archive_at(to, f, 1, &used);
            status = archive_read(from, f, &source, data, error);
            if (!status)
                status = archive_write(to, f, &target, data, error);
        }
    return status;
}
