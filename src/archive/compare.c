/* Where candidates lie, their values and their rungs, compared with what the configuration and a search that
 * has been told all records make of them. */
#include <stdlib.h>
#include <string.h>

#include "archive/columns.h"
#include "archive/derived.h"
#include "archive/guard.h"
#include "archive/rungs.h"
#include "archive/text.h"

/* The candidate's number on an axis, as its column has it. */
static double number_of(const struct search_plan *plan, int64_t candidate, int axis)
{
    const struct sweep *sweep = &plan->space->config->sweep;
    struct settings settings;
    if (!sweep->point)
        return plan->value[candidate * sweep->axes + axis];
    space_settings(plan->space, candidate, &settings);
    return settings_number(&settings, sweep->axis[axis].name);
}

static enum status compare_numbers(struct archive *archive, const struct search_plan *plan,
                                   int axis, hid_t column, const char *path, struct error *error)
{
    int64_t candidates = archive->plan.candidates;
    double *stored =
        error_calloc(error, (unsigned long)candidates + 1, sizeof *stored, "values of an axis");
    if (!stored)
        return STATUS_FAILED;
    enum status status = STATUS_OK;
    if (H5Dread(column, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, stored) < 0)
        status = archive_complain(error, archive->path, path, "cannot read");
    for (int64_t c = 0; !status && c < candidates; c++) {
        double expected = number_of(plan, c, axis);
        archive_derived_compare(archive, path, c, &stored[c], &expected, 1);
    }
    free(stored);
    return status;
}

static enum status compare_texts(struct archive *archive, const struct space *space, int axis,
                                 const char *path, struct error *error)
{
    size_t count;
    char value[SETTINGS_VALUE], **stored = archive_read_texts(&count, archive, path, error);
    for (int64_t c = 0; stored && c < space->candidates; c++) {
        space_value(space, c, axis, value);
        if (strcmp(stored[c], value) != 0)
            archive_derived_note(archive, path, c);
    }
    free(stored);
    return stored ? STATUS_OK : STATUS_FAILED;
}

static bool has_rows(hid_t column, int64_t rows)
{
    hid_t space = H5Dget_space(column);
    bool fits = H5Sget_simple_extent_ndims(space) == 1 &&
                H5Sget_simple_extent_npoints(space) == (hssize_t)rows;
    H5Sclose(space);
    return fits;
}

static enum status compare_axis(struct archive *archive, const struct search_plan *plan, int axis,
                                struct error *error)
{
    char path[ARCHIVE_PATH];
    archive_axis_path(path, plan->space, axis);
    archive_guard_whole(archive);
    hid_t column = H5Dopen2(archive->file, path, H5P_DEFAULT);
    if (column < 0) {
        guard_end();
        return archive_complain(error, archive->path, path, "cannot open");
    }
    hid_t type = H5Dget_type(column);
    bool text = H5Tget_class(type) == H5T_STRING;
    enum status status = STATUS_OK;
    if (!has_rows(column, plan->space->candidates))
        archive_derived_note(archive, path, 0);
    else
        status = text ? compare_texts(archive, plan->space, axis, path, error)
                      : compare_numbers(archive, plan, axis, column, path, error);
    H5Tclose(type);
    H5Dclose(column);
    guard_end();
    return status;
}

static enum status compare_points(struct archive *archive, const struct sweep *sweep,
                                  struct error *error)
{
    struct archive_box all = archive_at(archive, FIELD_POINT, 0, NULL);
    size_t candidates = (size_t)archive->plan.candidates, axes = (size_t)sweep->axes;
    double *stored = error_calloc(error, candidates, axes * sizeof *stored, "points");
    enum status status =
        stored ? archive_read(archive, FIELD_POINT, &all, stored, error) : STATUS_FAILED;
    for (int64_t c = 0; !status && c < archive->plan.candidates; c++)
        archive_derived_compare(archive, archive_table[FIELD_POINT].path, c,
                                stored + c * sweep->axes, sweep_row(sweep, c), sweep->axes);
    free(stored);
    return status;
}

enum status archive_compare_candidates(struct archive *archive, const struct search_plan *plan,
                                       struct error *error)
{
    const struct sweep *sweep = &plan->space->config->sweep;
    enum status status = STATUS_OK;
    if (sweep->point && archive->plan.axes > 0)
        status = compare_points(archive, sweep, error);
    for (int a = 0; !status && a < sweep->axes; a++)
        status = compare_axis(archive, plan, a, error);
    return status ? status : archive_write_rungs(archive, &plan->stopping, error);
}
