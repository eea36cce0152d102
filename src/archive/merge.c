/* Candidates of one archive into another. Every dataset whose first dimension is the candidate is
 * copied row by row, and the replay records; states come last, as in any commit. */
#include <stdlib.h>
#include <string.h>

#include "archive/guard.h"
#include "archive/replay_table.h"
#include "archive/slot.h"
#include "archive/start.h"
#include "archive/text.h"

static bool is_state(int field)
{
    return field == FIELD_SCALE_STATE || field == FIELD_TRAIN + SLOT_STATE ||
           field == FIELD_EVALUATE + SLOT_STATE || field == FIELD_TEST + SLOT_STATE;
}

/* A candidate of one archive that is another's of the other. */
struct pair {
    struct archive *to, *from;
    int64_t target, source;
};

/* One row of one dataset, as it is. */
static enum status copy_row(const struct pair *pair, int field, struct error *error)
{
    struct archive *to = pair->to, *from = pair->from;
    if (to->dataset[field] > 0 && from->dataset[field] <= 0)
        return archive_complain(error, from->path, archive_table[field].path, "is not there");
    struct archive_box source = archive_at(from, field, 1, &pair->source);
    struct archive_box target = archive_at(to, field, 1, &pair->target);
    size_t bytes = archive_box_bytes(field, &source);
    if (memcmp(source.count, target.count, sizeof source.count) != 0)
        return error_add(error, STATUS_USAGE,
                         "%s: found %s in other sizes than the other archive has, allowed: "
                         "candidates of which none has more units, steps, trials, seeds or free "
                         "parameters than all had before",
                         from->path, archive_table[field].path);
    if (bytes == 0)
        return STATUS_OK;
    void *data = error_calloc(error, 1, bytes, archive_table[field].path);
    enum status status = data ? archive_read(from, field, &source, data, error) : STATUS_FAILED;
    if (!status)
        status = archive_write(to, field, &target, data, error);
    free(data);
    return status;
}

static enum status copy_fields(const struct pair *pair, bool states, struct error *error)
{
    enum status status = STATUS_OK;
    for (int f = 0; !status && f < FIELD_COUNT; f++)
        if (archive_table[f].dim[0] == DIM_CANDIDATE && archive_planned(&pair->to->plan, f) &&
            is_state(f) == states)
            status = copy_row(pair, f, error);
    return status;
}

/* One dataset of a new record, unless the other one, an older archive's, has none. */
static herr_t copy_dataset(hid_t to, const char *name, const H5O_info_t *info, void *context)
{
    hid_t from = *(hid_t *)context;
    if (info->type != H5O_TYPE_DATASET || H5Lexists(from, name, H5P_DEFAULT) == 0)
        return 0;
    hid_t source = H5Dopen2(from, name, H5P_DEFAULT), target = H5Dopen2(to, name, H5P_DEFAULT);
    hid_t type = H5Dget_type(source), space = H5Dget_space(source);
    hid_t wanted = H5Dget_type(target), own = H5Dget_space(target);
    bool same = H5Tequal(type, wanted) > 0 && H5Sextent_equal(space, own) > 0;
    hsize_t bytes = same ? H5Tget_size(type) * (hsize_t)H5Sget_simple_extent_npoints(space) : 0;
    bool known = H5Tget_class(type) == H5T_STRING; // the same text since the file was made
    void *data = known || !same ? NULL : malloc(bytes + 1);
    herr_t result = known ? 0 : -1;
    if (data)
        result = H5Dread(source, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    if (data && result >= 0)
        result = H5Dwrite(target, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    free(data);
    H5Sclose(own);
    H5Tclose(wanted);
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
        archive_guard_whole(from);
        hid_t source = H5Gopen2(from->file, path, H5P_DEFAULT);
        hid_t target = H5Gopen2(to->file, path, H5P_DEFAULT);
        if (source < 0 || target < 0 ||
            H5Ovisit(target, H5_INDEX_NAME, H5_ITER_NATIVE, copy_dataset, &source) < 0)
            status = archive_complain(error, from->path, path, "cannot copy");
        if (source >= 0)
            H5Gclose(source);
        if (target >= 0)
            H5Gclose(target);
        guard_end();
    }
    return status;
}

enum status archive_copy_candidate(struct archive *to, int64_t target, struct archive *from,
                                   int64_t source, struct error *error)
{
    const struct pair pair = {to, from, target, source};
    enum status status = copy_fields(&pair, false, error);
    if (!status && source == target)
        status = copy_records(to, from, target, error);
    return status ? status : copy_fields(&pair, true, error);
}

/* The first `count` numbers of one column of /provenance to row `used` and those behind it. */
static enum status copy_numbers(struct archive *to, struct archive *from, int field, int64_t count,
                                int64_t used, struct error *error)
{
    int32_t number[ARCHIVE_STARTS];
    struct archive_box source = archive_at(from, field, 0, NULL);
    struct archive_box target = archive_at(to, field, 1, &used);
    source.count[0] = target.count[0] = (hsize_t)count;
    enum status status = archive_read(from, field, &source, number, error);
    return status ? status : archive_write(to, field, &target, number, error);
}

static enum status copy_texts(struct archive *to, struct archive *from, int field, int64_t count,
                              int64_t used, struct error *error)
{
    size_t rows;
    char **text = archive_read_texts(&rows, from, archive_table[field].path, error);
    enum status status = text ? STATUS_OK : STATUS_FAILED;
    for (int64_t row = 0; !status && row < count && row < (int64_t)rows; row++)
        status = archive_write_text(to, field, used + row, text[row], error);
    free(text);
    return status;
}

enum status archive_copy_starts(struct archive *to, struct archive *from, struct error *error)
{
    int64_t used = 0, count = 0;
    enum status status = archive_count_starts(to, &used, error);
    if (!status)
        status = archive_count_starts(from, &count, error);
    if (count > ARCHIVE_STARTS - used)
        count = ARCHIVE_STARTS - used;
    for (int f = FIELD_PROVENANCE; !status && count > 0 && f < FIELD_PROVENANCE + START_COUNT; f++)
        if (to->dataset[f] > 0 && from->dataset[f] > 0)
            status = archive_table[f].type == TYPE_TEXT
                         ? copy_texts(to, from, f, count, used, error)
                         : copy_numbers(to, from, f, count, used, error);
    return status;
}
