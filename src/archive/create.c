/* A new archive: every object of the schema, written by one process and put in its place whole.
 *
 * A file that is killed while objects are made cannot be opened; so it is made beside its place,
 * brought to the disk and renamed. Of the file formats that of HDF5 1.8 is taken: its metadata have
 * checksums, which older ones lack, and it has no flags yet that a killed writer could leave behind. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/attribute.h"
#include "archive/columns.h"
#include "archive/file.h"
#include "archive/make.h"
#include "archive/measured.h"
#include "archive/place.h"
#include "archive/replay_make.h"
#include "archive/resolved.h"
#include "archive/rungs.h"
#include "archive/sound.h"
#include "archive/text.h"

/* Names of the conditions by the task of candidate 0; later ones that it lacks stay "". */
static char *condition_names(const struct archive_plan *plan, const struct settings *settings,
                             struct error *error)
{
    char(*name)[32] = error_calloc(error, (unsigned long)plan->types + 1, 32, "conditions");
    struct task_shape shape;
    task_shape(&shape, settings);
    for (int type = 0; name && type < shape.types; type++)
        task_of(settings)->describe(name[type], settings, type);
    return (char *)name;
}

enum { TESTED_NAME = 8 };

/* A scale for every dimension of the root; times are those of candidate 0. */
static enum status make_scales(hid_t scale[DIM_COUNT], hid_t file, const struct archive_plan *plan,
                               struct error *error)
{
    struct settings settings;
    space_settings(plan->sweep->space, 0, &settings);
    char *condition = condition_names(plan, &settings, error);
    if (!condition)
        return STATUS_FAILED;
    hsize_t extent[DIM_COUNT];
    archive_extents(extent, plan);
    static const char tested[TESTED_RULES][TESTED_NAME] = {"start", "chosen"};
    const struct archive_marks marks[DIM_COUNT] = {
        [DIM_PARAMETER] = {(const char *)plan->parameter, RULE_NAME, 0},
        [DIM_PARAMETER_WITH] = {(const char *)plan->parameter, RULE_NAME, 0},
        [DIM_TESTED] = {tested[0], TESTED_NAME, 0},
        [DIM_CONDITION] = {condition, 32, 0},
        [DIM_STEP] = {NULL, 0, plan->sweep->candidate[0].interval},
        [DIM_AXIS] = {(const char *)plan->sweep->space->config->sweep.axis, // begins with its name
                      sizeof(struct sweep_axis), 0}};
    enum status status = STATUS_OK;
    for (int d = DIM_CANDIDATE; !status && d <= DIM_RUNG; d++)
        if (((d != DIM_TESTED && d != DIM_TEST) || plan->tests > 0) &&
            (d < DIM_PARAMETER_WITH || d > DIM_MEASURED_STAGE || plan->measurements > 0) &&
            (d != DIM_CHALLENGER || plan->challengers > 0) && (d != DIM_AXIS || plan->axes > 0) &&
            (d != DIM_RUNG || plan->rungs > 0))
            status = archive_make_scale(&scale[d], file, "", d, extent[d], &marks[d], error);
    free(condition);
    return status;
}

/* Every dataset of the table that the plan has. */
static enum status make_fields(hid_t file, const hid_t scale[DIM_COUNT],
                               const struct archive_plan *plan, struct error *error)
{
    hsize_t extent[DIM_COUNT];
    archive_extents(extent, plan);
    enum status status = STATUS_OK;
    for (int f = 0; !status && f < FIELD_COUNT; f++) {
        if (!archive_planned(plan, f))
            continue;
        const struct archive_field *field = &archive_table[f];
        status = archive_make_dataset(file, field->path, field, extent, scale, error);
        char order[ARCHIVE_ORDER];
        archive_order(order, f);
        if (status || !*order)
            continue;
        hid_t dataset = H5Dopen2(file, field->path, H5P_DEFAULT);
        if (!attribute_make_text(dataset, "order", order))
            status = archive_complain(error, "archive", field->path, "cannot describe");
        H5Dclose(dataset);
    }
    return status;
}

/* Configuration texts and the attributes of the root. The texts are datasets: attributes of earlier archives
 * end at 64 KB. */
static enum status make_root(hid_t file, const struct space *space, struct error *error)
{
    char hash[9], *resolved = archive_resolved(space);
    if (!resolved)
        return error_add(error, STATUS_FAILED, "out of memory: resolved configuration");
    archive_hash(hash, resolved);
    enum status status = archive_make_text(file, "/config", space->config->text,
                                           "Sweep file, as it was given", error);
    if (!status)
        status = archive_make_text(file, "/config_resolved", resolved,
                                   "Every parameter and the sweep, with the overrides of the "
                                   "command line; a sweep file by itself",
                                   error);
    free(resolved);
    if (!status && (!attribute_make_number(file, "format_version", ARCHIVE_VERSION) ||
                    !attribute_make_text(file, "format", "thetasweep") ||
                    !attribute_make_text(file, "config_hash", hash) ||
                    !attribute_make_text(file, "name", space->config->base.name)))
        status = archive_complain(error, "archive", "/", "cannot describe");
    return status;
}

/* Own sizes of every candidate. */
static enum status write_candidates(struct archive *archive, struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t c = 0; !status && c < archive->plan.candidates; c++) {
        struct archive_own own;
        archive_own_sizes(&own, &archive->plan, c);
        for (int s = 0; !status && s < ARCHIVE_SIZES; s++) {
            if (!archive_planned(&archive->plan, FIELD_OWN_SIZE + s))
                continue;
            struct archive_box box = archive_at(archive, FIELD_OWN_SIZE + s, 1, &c);
            status = archive_write(archive, FIELD_OWN_SIZE + s, &box, &own.size[s], error);
        }
        struct archive_box box = archive_at(archive, FIELD_OWN_FREE, 1, &c);
        if (!status && archive->plan.parameters > 0)
            status = archive_write(archive, FIELD_OWN_FREE, &box, own.free, error);
        box = archive_at(archive, FIELD_OWN_INTERVAL, 1, &c);
        if (!status)
            status = archive_write(archive, FIELD_OWN_INTERVAL, &box, &own.interval, error);
        for (int32_t e = 0; !status && e < own.size[ARCHIVE_EVALUATIONS]; e++) {
            int32_t iteration =
                search_evaluated_iteration(&archive->plan.sweep->candidate[c].extent, e);
            box = archive_at(archive, FIELD_EVALUATED_ITERATION, 2, (int64_t[]){c, e});
            status = archive_write(archive, FIELD_EVALUATED_ITERATION, &box, &iteration, error);
        }
    }
    return status;
}

/* Every object of the file, with the texts that are known. */
static enum status make_objects(hid_t file, const struct archive_plan *plan, struct error *error)
{
    const struct space *space = plan->sweep->space;
    hid_t scale[DIM_COUNT] = {0};
    enum status status = make_root(file, space, error);
    if (!status)
        status = make_scales(scale, file, plan, error);
    if (!status)
        status = make_fields(file, scale, plan, error);
    for (int a = 0; !status && a < space->config->sweep.axes; a++)
        status = archive_make_axis(file, scale, plan->sweep, a, error);
    if (!status)
        status = archive_make_repeats(file, scale, space, error);
    if (!status)
        status = archive_make_views(file, scale, plan, error);
    archive_close_scales(scale);
    return status ? status : archive_replay_create(file, space, error);
}

static const struct archive_remedy remedy = {.taken = "a new name, or --resume to go on with it",
                                             .full = "record less, or shrink the sweep"};

static hid_t access_properties(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    return access;
}

static enum status make_file(const char *path, const struct archive_plan *plan, struct error *error)
{
    hid_t access = access_properties();
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    if (file < 0)
        return archive_complain(error, path, "archive", "cannot make");
    enum status status = make_objects(file, plan, error);
    if (H5Fclose(file) < 0 && !status)
        status = archive_complain(error, path, "archive", "cannot close");
    return status;
}

/* All that is known before the first job. */
static enum status fill(struct archive *archive, const struct archive_plan *plan,
                        const struct archive_team *team, struct error *error)
{
    hid_t access = access_properties();
    archive->file = H5Fopen(archive->path, H5F_ACC_RDWR, access);
    H5Pclose(access);
    archive->disk = open(archive->path, O_RDWR | O_CLOEXEC);
    if (archive->file < 0 || archive->disk < 0)
        return archive_complain(error, archive->path, "archive", "cannot open");
    archive->plan = *plan;
    enum status status = archive_open_fields(archive, error);
    if (!status)
        status = archive_clear_texts(archive, error);
    if (!status)
        status = write_candidates(archive, error);
    for (int64_t c = 0; !status && plan->axes > 0 && c < plan->candidates; c++)
        status = archive_write_place(archive, plan->sweep->space, c, error);
    if (!status)
        status = archive_write_rungs(archive, &archive->plan.sweep->stopping, error);
    if (!status)
        status = archive_write_measured(archive, error);
    if (!status)
        status = archive_write_start(archive, team, error);
    archive->plan.parameter = NULL; // the caller's
    if (!status && H5Fflush(archive->file, H5F_SCOPE_GLOBAL) < 0)
        status = archive_complain(error, archive->path, "archive", "cannot flush");
    return status;
}

enum status archive_create(const char *path, const struct archive_plan *plan,
                           const struct archive_team *team, struct error *error)
{
    char fresh[PATH_MAX];
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
        return error_add(error, STATUS_USAGE, "%.60s...: the name is too long", path);
    const double spare = 1e6; // the plan's size is not exact
    enum status status =
        archive_take_place(path, fresh, 1.02 * plan->bytes + spare, &remedy, error);
    if (status)
        return status;
    struct archive *archive = error_calloc(error, 1, sizeof *archive, "an archive");
    if (!archive)
        return STATUS_FAILED;
    archive->path = strdup(fresh);
    archive_keep_reasons();
    status = make_file(fresh, plan, error);
    if (!status)
        status = fill(archive, plan, team, error);
    archive_release(archive);
    if (!status)
        status = archive_put_in_place(fresh, path, error);
    if (status)
        unlink(fresh);
    return status;
}
