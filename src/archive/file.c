/* The open file: one handle for every dataset, taken once, and boxes read and written through it.
 *
 * With the MPI-IO driver raw data bypass all caches of HDF5 and independent writes are its default
 * transfer, so that a write is one pwrite and a killed process leaves the file in order as long as
 * no metadata change after it was created. */
#include "archive/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive/guard.h"

/* Why the last call of HDF5 that failed did so: later calls clear the library's own stack. */
static char reason[SETTINGS_VALUE];

static herr_t keep_innermost(unsigned depth, const H5E_error2_t *entry, void *context)
{
    (void)context;
    if (depth == 0 && entry->desc)
        snprintf(reason, sizeof reason, "%s", entry->desc);
    return 0;
}

static herr_t keep_reason(hid_t stack, void *context)
{
    return H5Ewalk2(stack, H5E_WALK_UPWARD, keep_innermost, context);
}

void archive_keep_reasons(void)
{
    reason[0] = 0;
    H5Eset_auto2(H5E_DEFAULT, keep_reason, NULL);
}

enum status archive_complain(struct error *error, const char *path, const char *dataset,
                             const char *what)
{
    return error_add(error, STATUS_FAILED, "%s: %s: %s: %s", path, dataset, what,
                     *reason ? reason : "no reason given");
}

enum status archive_complain_open(struct error *error, const char *path)
{
    if (strstr(reason, "signature"))
        return error_add(
            error, STATUS_USAGE,
            "%s: found no HDF5 file (%s), allowed: the archive of a run, which `thetasweep "
            "run SWEEP.yaml -o RUN.h5` makes of a sweep file",
            path, reason);
    return error_add(error, STATUS_USAGE, "%s: cannot open as an archive: %s", path, reason);
}

void archive_guard(const struct archive *archive, double bytes)
{
    guard_begin(archive->path,
                archive->sweep ? GUARD_ENDLESS : GUARD_SECONDS + (int)(bytes / 0x1p20));
}

void archive_guard_whole(const struct archive *archive)
{
    hsize_t bytes = 0;
    H5Fget_filesize(archive->file, &bytes);
    archive_guard(archive, (double)bytes);
}

/* Whether older archives have no such dataset, see slot.h. */
static bool is_late(int field)
{
    int slot = field >= FIELD_TRAIN && field < FIELD_OWN_SIZE ? (field - FIELD_TRAIN) % SLOT_COUNT
                                                              : SLOT_COUNT;
    return slot == SLOT_FROZEN_LOSS || slot == SLOT_FROZEN_ACCURACY ||
           field == FIELD_OWN_SIZE + ARCHIVE_POINTS || field == FIELD_PROVENANCE + START_WORKERS ||
           field == FIELD_PROVENANCE + START_COMMAND || field == FIELD_PROVENANCE + START_WHY;
}

enum status archive_open_fields(struct archive *archive, struct error *error)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (!archive_planned(&archive->plan, f) ||
            (is_late(f) && H5Lexists(archive->file, archive_table[f].path, H5P_DEFAULT) == 0))
            continue;
        archive->dataset[f] = H5Dopen2(archive->file, archive_table[f].path, H5P_DEFAULT);
        if (archive->dataset[f] < 0 || (archive->space[f] = H5Dget_space(archive->dataset[f])) < 0)
            return archive_complain(error, archive->path, archive_table[f].path, "cannot open");
    }
    return STATUS_OK;
}

void archive_release(struct archive *archive)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (archive->space[f] > 0)
            H5Sclose(archive->space[f]);
        if (archive->dataset[f] > 0)
            H5Dclose(archive->dataset[f]);
    }
    if (archive->file > 0)
        H5Fclose(archive->file);
    if (archive->disk > 0)
        close(archive->disk);
    archive_plan_free(&archive->plan);
    error_free(&archive->failure);
    free(archive->own);
    free(archive->row);
    free(archive->path);
    free(archive);
}

/* The box of one leading `index` and everything behind it. */
struct archive_box archive_at(const struct archive *archive, int field, int indices,
                              const int64_t *index)
{
    struct archive_box box = {{0}, {0}};
    H5Sget_simple_extent_dims(archive->space[field], box.count, NULL);
    for (int d = 0; d < indices; d++) {
        box.start[d] = (hsize_t)index[d];
        box.count[d] = 1;
    }
    return box;
}

/* Selects `box` in the file and makes a memory space of its size; negative on failure. */
static hid_t select_box(struct archive *archive, int field, const struct archive_box *box)
{
    hid_t space = archive->space[field];
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, box->start, NULL, box->count, NULL) < 0)
        return -1;
    return H5Screate_simple(archive_rank(&archive_table[field]), box->count, NULL);
}

static enum status transfer(struct archive *archive, int field, const struct archive_box *box,
                            void *out, const void *in, struct error *error)
{
    const struct archive_field *row = &archive_table[field];
    hid_t memory = select_box(archive, field, box), type = archive_memory_type(row);
    herr_t result = -1;
    archive_guard(archive, memory < 0 ? 0
                                      : (double)H5Sget_select_npoints(memory) *
                                            (double)archive_type_bytes(row));
    if (memory >= 0 && in)
        result =
            H5Dwrite(archive->dataset[field], type, memory, archive->space[field], H5P_DEFAULT, in);
    else if (memory >= 0)
        result =
            H5Dread(archive->dataset[field], type, memory, archive->space[field], H5P_DEFAULT, out);
    enum status status = STATUS_OK;
    if (result < 0)
        status =
            archive_complain(error, archive->path, row->path, in ? "cannot write" : "cannot read");
    if (memory >= 0)
        H5Sclose(memory);
    guard_end();
    return status;
}

enum status archive_write(struct archive *archive, int field, const struct archive_box *box,
                          const void *data, struct error *error)
{
    archive->dirty = true;
    return transfer(archive, field, box, NULL, data, error);
}

enum status archive_read(struct archive *archive, int field, const struct archive_box *box,
                         void *data, struct error *error)
{
    return transfer(archive, field, box, data, NULL, error);
}

double archive_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* By a descriptor of our own: a flush by HDF5 is collective. It brings all of the file that this
 * host has written. */
enum status archive_sync(struct archive *archive, struct error *error)
{
    archive->synced = archive_clock();
    if (!archive->dirty)
        return STATUS_OK;
    archive->dirty = false;
    if (fdatasync(archive->disk) != 0)
        return error_add_errno(error, STATUS_FAILED, "%s: cannot bring to the disk", archive->path);
    return STATUS_OK;
}

enum status archive_failure(const struct archive *archive, struct error *error)
{
    if (archive->failure.count == 0)
        return STATUS_OK;
    return error_add(error, STATUS_FAILED, "%.*s", (int)archive->failure.length - 1,
                     archive->failure.text);
}
