/* The open file: one handle for every dataset, taken once, and boxes read and written through it.
 *
 * With the MPI-IO driver raw data bypass all caches of HDF5 and independent writes are its default
 * transfer, so that a write is one pwrite and a killed process leaves the file in order as long as
 * no metadata change after it was created. */
#include "archive/private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* Takes the handle of every dataset that the file has. */
enum status archive_open_fields(struct archive *archive, struct error *error)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (!archive_planned(&archive->plan, f))
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
    if (row->type == TYPE_TEXT)
        H5Tclose(type);
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

/* Whether the file is one of ours, and of the configuration of `archive->sweep`. */
static enum status check_format(struct archive *archive, struct error *error)
{
    char format[16] = "";
    int version = 0;
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, sizeof format - 1);
    H5Tset_cset(text, H5T_CSET_UTF8);
    const struct {
        const char *name;
        hid_t type;
        void *out;
    } attribute[] = {{"format", text, format}, {"format_version", H5T_NATIVE_INT, &version}};
    bool read = true;
    for (int a = 0; a < 2; a++) {
        hid_t id = H5Aopen(archive->file, attribute[a].name, H5P_DEFAULT);
        read &= id >= 0 && H5Aread(id, attribute[a].type, attribute[a].out) >= 0;
        if (id >= 0)
            H5Aclose(id);
    }
    H5Tclose(text);
    if (!read || strcmp(format, "thetasweep") != 0)
        return error_add(error, STATUS_USAGE,
                         "%s: found an HDF5 file that thetasweep did not make, allowed: an archive "
                         "of `thetasweep run`",
                         archive->path);
    if (version != ARCHIVE_VERSION)
        return error_add(error, STATUS_USAGE,
                         "%s: found format_version %d, allowed: %d, which this program reads",
                         archive->path, version, ARCHIVE_VERSION);
    return archive->sweep ? archive_compare(archive, archive->sweep, error) : STATUS_OK;
}

/* The names of all parameters, from their scale. */
static enum status read_parameters(struct archive *archive, struct error *error)
{
    struct archive_plan *plan = &archive->plan;
    plan->parameter =
        error_calloc(error, (unsigned long)plan->parameters + 1, RULE_NAME, "names of parameters");
    if (!plan->parameter)
        return STATUS_FAILED;
    hid_t dataset = H5Dopen2(archive->file, "/parameter", H5P_DEFAULT), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, RULE_NAME);
    H5Tset_cset(type, H5T_CSET_UTF8);
    herr_t result =
        dataset < 0 ? -1 : H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, plan->parameter);
    enum status status = STATUS_OK;
    if (result < 0)
        status = archive_complain(error, archive->path, "/parameter", "cannot read");
    if (dataset >= 0)
        H5Dclose(dataset);
    H5Tclose(type);
    return status;
}

/* Extents of the file, from the datasets themselves and the candidates' own sizes. */
static enum status read_plan(struct archive *archive, struct error *error)
{
    static const char *const whens[2][3] = {{"before", "first", "last"},
                                            {"initial", "first", "last"}};
    struct archive_plan *plan = &archive->plan;
    for (int w = 0; w < 3; w++) {
        char path[ARCHIVE_PATH];
        snprintf(path, sizeof path, "/representations/%s", whens[0][w]);
        plan->representation[w] = H5Lexists(archive->file, "/representations", H5P_DEFAULT) > 0 &&
                                  H5Lexists(archive->file, path, H5P_DEFAULT) > 0;
        snprintf(path, sizeof path, "/weights/%s", whens[1][w]);
        plan->weights[w] = H5Lexists(archive->file, "/weights", H5P_DEFAULT) > 0 &&
                           H5Lexists(archive->file, path, H5P_DEFAULT) > 0;
    }
    enum status status = archive_open_fields(archive, error);
    if (status)
        return status;
    hsize_t train[ARCHIVE_RANK], scale[ARCHIVE_RANK];
    H5Sget_simple_extent_dims(archive->space[FIELD_TRAIN + SLOT_REWARD], train, NULL);
    H5Sget_simple_extent_dims(archive->space[FIELD_SCALE], scale, NULL);
    plan->candidates = (int64_t)train[0];
    plan->iterations = (int32_t)train[1];
    plan->seeds = (int32_t)train[2];
    plan->trials = (int32_t)train[3];
    plan->parameters = (int32_t)scale[1];
    return read_parameters(archive, error);
}

/* One column of /candidates into the table of own sizes. */
static enum status read_sizes(struct archive *archive, int32_t *column, int size,
                              struct error *error)
{
    struct archive_box box = archive_at(archive, FIELD_OWN_SIZE + size, 0, NULL);
    enum status status = archive_read(archive, FIELD_OWN_SIZE + size, &box, column, error);
    for (int64_t c = 0; !status && c < archive->plan.candidates; c++)
        archive->own[c].size[size] = column[c];
    return status;
}

/* The largest own size of all candidates. */
static int32_t largest(const struct archive *archive, int size)
{
    int32_t most = 0;
    for (int64_t c = 0; c < archive->plan.candidates; c++)
        if (archive->own[c].size[size] > most)
            most = archive->own[c].size[size];
    return most;
}

static enum status read_own(struct archive *archive, struct error *error)
{
    struct archive_plan *plan = &archive->plan;
    size_t candidates = (size_t)plan->candidates, parameters = (size_t)plan->parameters;
    size_t column = sizeof(int32_t) > parameters ? sizeof(int32_t) : parameters;
    void *buffer = error_calloc(error, candidates, column, "sizes of candidates");
    archive->own = error_calloc(error, candidates, sizeof *archive->own, "sizes of candidates");
    archive->row = error_calloc(error, 1, archive_record_bytes(archive, JOB_TRAIN), "one slot");
    enum status status = buffer && archive->own && archive->row ? STATUS_OK : STATUS_FAILED;
    for (int s = 0; !status && s < ARCHIVE_SIZES; s++)
        status = read_sizes(archive, buffer, s, error);
    struct archive_box all = archive_at(archive, FIELD_OWN_FREE, 0, NULL);
    if (!status && parameters)
        status = archive_read(archive, FIELD_OWN_FREE, &all, buffer, error);
    for (size_t c = 0; !status && parameters && c < candidates; c++)
        memcpy(archive->own[c].free, (unsigned char *)buffer + c * parameters, parameters);
    free(buffer);
    if (status)
        return status;
    plan->evaluations = largest(archive, ARCHIVE_EVALUATIONS);
    plan->held_out = largest(archive, ARCHIVE_HELD_OUT);
    plan->types = largest(archive, ARCHIVE_TYPES);
    plan->steps = largest(archive, ARCHIVE_STEPS);
    plan->units = largest(archive, ARCHIVE_UNITS);
    plan->inputs = largest(archive, ARCHIVE_INPUTS);
    plan->outputs = largest(archive, ARCHIVE_OUTPUTS);
    return STATUS_OK;
}

/* Opens with the access properties `access`, which it closes. */
static enum status open_file(struct archive **out, const char *path, hid_t access, unsigned mode,
                             const struct space *sweep, struct error *error)
{
    struct archive *archive = error_calloc(error, 1, sizeof *archive, "an archive");
    if (!archive || !(archive->path = strdup(path))) {
        H5Pclose(access);
        free(archive);
        return STATUS_FAILED;
    }
    archive->sweep = sweep;
    archive->file = H5Fopen(path, mode, access);
    H5Pclose(access);
    enum status status = STATUS_OK;
    if (archive->file < 0)
        status = error_add(error, STATUS_USAGE, "%s: cannot open as an archive: %s", path, reason);
    archive->disk = mode == H5F_ACC_RDWR ? open(path, O_RDWR | O_CLOEXEC) : -1;
    archive->synced = archive_clock();
    if (!status && mode == H5F_ACC_RDWR && archive->disk < 0)
        status = error_add_errno(error, STATUS_USAGE, "%s: cannot open for writing", path);
    if (!status)
        status = check_format(archive, error);
    if (!status)
        status = read_plan(archive, error);
    if (!status)
        status = read_own(archive, error);
    if (status)
        archive_release(archive);
    else
        *out = archive;
    return status;
}

enum status archive_open(struct archive **archive, const char *path, MPI_Comm comm,
                         const struct space *space, struct error *error)
{
    archive_keep_reasons();
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL);
    return open_file(archive, path, access, H5F_ACC_RDWR, space, error);
}

enum status archive_close(struct archive *archive, struct error *error)
{
    enum status status = archive_failure(archive, error);
    if (H5Fflush(archive->file, H5F_SCOPE_GLOBAL) < 0)
        status = archive_complain(error, archive->path, "archive", "cannot flush");
    archive_release(archive);
    return status;
}

/* The lock of HDF5 is for other kinds of writers, and missing on some shared file systems. */
enum status archive_open_reader(struct archive **archive, const char *path, struct error *error)
{
    archive_keep_reasons();
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    return open_file(archive, path, access, H5F_ACC_RDONLY, NULL, error);
}

void archive_close_reader(struct archive *archive)
{
    if (archive)
        archive_release(archive);
}

const struct archive_plan *archive_plan_of(const struct archive *archive)
{
    return &archive->plan;
}

int32_t archive_size(const struct archive *archive, int64_t candidate, enum archive_size size)
{
    return archive->own[candidate].size[size];
}

const char *archive_parameter(const struct archive *archive, int64_t candidate, int p)
{
    int column = 0;
    for (;; column++)
        if (archive->own[candidate].free[column] && p-- == 0)
            return archive->plan.parameter[column];
}
