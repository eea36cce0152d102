/* What follows from committed records, or from the configuration, compared with what is stored. These have
 * no checksums: they are written over while a run goes on. But whoever replays the records comes to them
 * again, so that damage shows. */
#include "archive/derived.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive/slot.h"
#include "archive/text.h"

/* Other machines' libraries round exponentials and logarithms otherwise. */
static const double ALIKE = 1e-9;

void archive_derive(struct archive *archive, struct archive_derived *derived)
{
    archive->derived = derived;
}

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= ALIKE * fmax(fabs(a), fabs(b));
}

static bool same(const struct archive_field *row, const void *one, const void *other, size_t bytes)
{
    const double *a = one, *b = other;
    if (row->type != TYPE_F64)
        return memcmp(one, other, bytes) == 0;
    for (size_t i = 0; i < bytes / sizeof *a; i++)
        if (!same_number(a[i], b[i]))
            return false;
    return true;
}

static void note(struct archive_derived *derived, const char *path, int64_t candidate)
{
    if (derived->differ++ > 0)
        return;
    snprintf(derived->dataset, sizeof derived->dataset, "%s", path);
    derived->candidate = candidate;
}

/* In a population who goes on from another one has its theta, and other values, instead of those that were
 * told before. */
static bool written_over(const struct archive *archive, int field)
{
    bool bred = archive->plan.axes > 0 && archive->plan.rungs > 0;
    return bred && (field == FIELD_THETA || field == FIELD_POINT);
}

enum status archive_compare_box(struct archive *archive, int field, const struct archive_box *box,
                                const void *data, struct error *error)
{
    const struct archive_field *row = &archive_table[field];
    size_t bytes = archive_box_bytes(field, box);
    if (written_over(archive, field))
        return STATUS_OK;
    unsigned char *stored = error_calloc(error, bytes + 1, 1, "derived numbers");
    enum status status = stored ? archive_read(archive, field, box, stored, error) : STATUS_FAILED;
    if (!status && !same(row, stored, data, bytes))
        note(archive->derived, row->path, (int64_t)box->start[0]);
    free(stored);
    return status;
}

/* ---- candidates ---- */

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
    for (int64_t c = 0; !status && c < candidates; c++)
        if (!same_number(stored[c], number_of(plan, c, axis)))
            note(archive->derived, path, c);
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
            note(archive->derived, path, c);
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
    snprintf(path, sizeof path, "/candidates/%s", plan->space->config->sweep.axis[axis].name);
    hid_t column = H5Dopen2(archive->file, path, H5P_DEFAULT);
    if (column < 0)
        return archive_complain(error, archive->path, path, "cannot open");
    hid_t type = H5Dget_type(column);
    bool text = H5Tget_class(type) == H5T_STRING;
    enum status status = STATUS_OK;
    if (!has_rows(column, plan->space->candidates))
        note(archive->derived, path, 0);
    else
        status = text ? compare_texts(archive, plan->space, axis, path, error)
                      : compare_numbers(archive, plan, axis, column, path, error);
    H5Tclose(type);
    H5Dclose(column);
    return status;
}

static enum status compare_points(struct archive *archive, const struct sweep *sweep,
                                  struct error *error)
{
    struct archive_box all = archive_at(archive, FIELD_POINT, 0, NULL);
    size_t axes = (size_t)sweep->axes;
    double *stored =
        error_calloc(error, (size_t)archive->plan.candidates, axes * sizeof *stored, "points");
    enum status status =
        stored ? archive_read(archive, FIELD_POINT, &all, stored, error) : STATUS_FAILED;
    for (int64_t c = 0; !status && c < archive->plan.candidates; c++)
        if (!same(&archive_table[FIELD_POINT], stored + c * sweep->axes, sweep_row(sweep, c),
                  axes * sizeof *stored))
            note(archive->derived, archive_table[FIELD_POINT].path, c);
    free(stored);
    return status;
}

static enum status compare_rungs(struct archive *archive, const struct search_stopping *stopping,
                                 int64_t candidate, struct error *error)
{
    int32_t bracket = search_stopping_bracket(stopping, candidate);
    struct archive_box box = archive_at(archive, FIELD_BRACKET, 1, &candidate);
    enum status status = archive_compare_box(archive, FIELD_BRACKET, &box, &bracket, error);
    for (int32_t r = 0; !status && r < search_stopping_rungs(stopping, bracket); r++) {
        int32_t budget = search_stopping_budget(stopping, bracket, r);
        box = archive_at(archive, FIELD_BUDGET, 2, (int64_t[]){candidate, r});
        status = archive_compare_box(archive, FIELD_BUDGET, &box, &budget, error);
    }
    return status;
}

enum status archive_compare_candidates(struct archive *archive, const struct search_plan *plan,
                                       struct error *error)
{
    const struct sweep *sweep = &plan->space->config->sweep;
    const struct search_stopping *stopping = &plan->stopping;
    enum status status = STATUS_OK;
    if (sweep->point && archive->plan.axes > 0)
        status = compare_points(archive, sweep, error);
    for (int a = 0; !status && a < sweep->axes; a++)
        status = compare_axis(archive, plan, a, error);
    for (int64_t c = 0; !status && stopping->rungs > 0 && c < archive->plan.candidates; c++)
        status = compare_rungs(archive, stopping, c, error);
    return status;
}
