/* An archive that is there: whether it is one, its extents, and its candidates' own sizes. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/attribute.h"
#include "archive/file.h"
#include "archive/guard.h"
#include "archive/slot.h"
#include "archive/sound.h"
#include "archive/text.h"

/* Whether the file is one of ours, and of the configuration of `archive->sweep`. */
static enum status check_format(struct archive *archive, struct error *error)
{
    char format[16];
    double version;
    if (!attribute_read_text(archive->file, "format", format, sizeof format) ||
        !attribute_read_number(archive->file, "format_version", &version) ||
        strcmp(format, "thetasweep") != 0)
        return error_add(error, STATUS_USAGE,
                         "%s: found an HDF5 file that thetasweep did not make, allowed: an archive "
                         "of `thetasweep run`",
                         archive->path);
    if (!(version >= ARCHIVE_OLDEST && version <= ARCHIVE_VERSION))
        return error_add(error, STATUS_USAGE,
                         "%s: found format_version %g, allowed: %d to %d, which this program reads",
                         archive->path, version, ARCHIVE_OLDEST, ARCHIVE_VERSION);
    if (archive->sweep && attribute_read_number(archive->file, ARCHIVE_PACKED, &version))
        return error_add(
            error, STATUS_USAGE,
            "%s: found an archive that `thetasweep pack` made, which can only be read, "
            "allowed: the one of which it is a copy",
            archive->path);
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
    size_t count;
    char **name = archive_read_texts(&count, archive, "/parameter", error);
    for (size_t p = 0; name && p < count && p < (size_t)plan->parameters; p++)
        snprintf(plan->parameter[p], RULE_NAME, "%s", name[p]);
    free(name);
    return name ? STATUS_OK : STATUS_FAILED;
}

/* Whether the file has the dataset and all groups on its path. Where that cannot be read it has them, and
 * opening it says what is wrong. */
static bool exists(const struct archive *archive, const char *path)
{
    char part[ARCHIVE_PATH];
    for (const char *end = path; *end;) {
        end += 1 + strcspn(end + 1, "/");
        snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
        if (H5Lexists(archive->file, part, H5P_DEFAULT) == 0)
            return false;
    }
    return true;
}

/* Extents of the file, from the datasets themselves and the candidates' own sizes. */
static enum status read_plan(struct archive *archive, struct error *error)
{
    struct archive_plan *plan = &archive->plan;
    for (int f = 0; f < FIELD_SINGLE; f++) {
        const struct archive_field *row = &archive_table[f];
        if (row->recorded == RECORDED_RATES)
            plan->representation[row->when] |= exists(archive, row->path);
        if (row->recorded == RECORDED_WEIGHTS)
            plan->weights[row->when] |= exists(archive, row->path);
    }
    plan->tests = exists(archive, archive_table[FIELD_CHOSEN].path);
    plan->challengers = exists(archive, archive_table[FIELD_VERDICT].path);
    plan->axes = exists(archive, archive_table[FIELD_POINT].path);
    plan->measurements = exists(archive, archive_table[FIELD_MEASUREMENT].path);
    plan->rungs = exists(archive, archive_table[FIELD_BUDGET].path);
    enum status status = archive_open_fields(archive, error);
    if (!status)
        status = archive_check_fields(archive, error);
    if (status)
        return status;
    const hsize_t *extent = archive->extent;
    plan->candidates = (int64_t)extent[DIM_CANDIDATE];
    plan->iterations = (int32_t)extent[DIM_ITERATION];
    plan->seeds = (int32_t)extent[DIM_SEED];
    plan->trials = (int32_t)extent[DIM_TRIAL];
    plan->parameters = (int32_t)extent[DIM_PARAMETER];
    plan->challengers = (int32_t)extent[DIM_CHALLENGER];
    plan->axes = (int32_t)extent[DIM_AXIS];
    plan->rungs = (int32_t)extent[DIM_RUNG];
    plan->measurements = (int32_t)extent[DIM_MEASUREMENT];
    plan->networks = (int32_t)extent[DIM_MEASURED_NETWORK];
    plan->stages = (int32_t)extent[DIM_MEASURED_STAGE];
    return read_parameters(archive, error);
}

/* One column of /candidates into the table of own sizes. */
static enum status read_sizes(struct archive *archive, int32_t *column, int size,
                              struct error *error)
{
    if (archive->dataset[FIELD_OWN_SIZE + size] <= 0)
        return STATUS_OK; // stays 0
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
    enum status status = buffer && archive->own ? STATUS_OK : STATUS_FAILED;
    for (int s = 0; !status && s < ARCHIVE_SIZES; s++)
        if (archive_planned(plan, FIELD_OWN_SIZE + s))
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
    plan->tested = largest(archive, ARCHIVE_TESTED);
    plan->tests = largest(archive, ARCHIVE_TESTS);
    plan->types = largest(archive, ARCHIVE_TYPES);
    plan->steps = largest(archive, ARCHIVE_STEPS);
    plan->units = largest(archive, ARCHIVE_UNITS);
    plan->inputs = largest(archive, ARCHIVE_INPUTS);
    plan->outputs = largest(archive, ARCHIVE_OUTPUTS);
    status = archive_check_own(archive, error);
    if (status)
        return status;
    size_t record = archive_record_place(archive, JOB_TRAIN, SLOT_COUNT) +
                    archive_record_place(archive, JOB_EVALUATE, SLOT_COUNT); // enough for either
    archive->row = error_calloc(error, 1, record, "one slot");
    return archive->row ? STATUS_OK : STATUS_FAILED;
}

/* Bytes of memory that a byte of an archive is worth while it is opened: columns of a packed one, and texts. */
enum { WORTH = 256 };

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
    guard_begin(path, mode == H5F_ACC_RDONLY
                          ? GUARD_SECONDS
                          : GUARD_ENDLESS); // others wait for each other in between
    struct stat found;
    if (mode == H5F_ACC_RDONLY && stat(path, &found) == 0)
        guard_room(WORTH * (double)found.st_size);
    archive->file = H5Fopen(path, mode, access);
    H5Pclose(access);
    enum status status = STATUS_OK;
    if (archive->file < 0)
        status = archive_complain_open(error, path);
    archive->disk = open(path, (mode == H5F_ACC_RDWR ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    archive->synced = archive_clock();
    archive->failures = -1;
    if (!status && archive->disk < 0)
        status = error_add_errno(error, STATUS_USAGE, "%s: cannot open", path);
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
    guard_end();
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

/* What HDF5 has overrun while it read a damaged file may show when it gives memory back. The path, of which
 * the guard tells, is freed last. */
static void release(struct archive *archive)
{
    char *path = archive->path;
    archive_guard(archive, 0);
    archive->path = NULL;
    archive_release(archive);
    guard_end();
    free(path);
}

enum status archive_close(struct archive *archive, struct error *error)
{
    enum status status = archive_failure(archive, error);
    archive_guard(archive, 0);
    if (H5Fflush(archive->file, H5F_SCOPE_GLOBAL) < 0)
        status = archive_complain(error, archive->path, "archive", "cannot flush");
    guard_end();
    release(archive);
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
        release(archive);
}
