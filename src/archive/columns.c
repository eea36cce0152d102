/* Columns of swept values. Those of a method that learns are written when a generation is placed: bytes
 * written over in their places, like all else. They follow from committed slots, so that a run that is
 * taken up again writes them again. */
#include "archive/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive/guard.h"
#include "archive/make.h"
#include "archive/sound.h"
#include "archive/text.h"

/* Bytes of the longest text of an axis: of all that a candidate may have, or has. */
static size_t longest_text(const struct space *space, int axis)
{
    const struct sweep *sweep = &space->config->sweep;
    char text[SETTINGS_VALUE];
    size_t longest = 0;
    for (int i = 0; sweep->point && i < sweep->axis[axis].count; i++)
        longest = strlen(sweep->axis[axis].value[i]) > longest ? strlen(sweep->axis[axis].value[i])
                                                               : longest;
    for (int64_t c = 0; !sweep->point && c < space->candidates; c++) {
        space_value(space, c, axis, text);
        longest = strlen(text) > longest ? strlen(text) : longest;
    }
    return longest;
}

/* Whole numbers, other numbers (a duration in ms, and what some candidates have no value of, NaN), or else
 * texts. Returns the bytes of a value, of
 * texts those of the longest. */
static size_t axis_field(struct archive_field *field, struct parameter *row,
                         const struct space *space, int axis)
{
    const struct sweep *sweep = &space->config->sweep;
    struct settings settings;
    int64_t first = 0; /* with a value: it decides which task there is */
    while (first + 1 < space->candidates && !sweep_has(sweep, first, axis))
        first++;
    space_settings(space, first, &settings);
    if (!settings_describe(row, &settings, sweep->axis[axis].name))
        *row = (struct parameter){.type = PARAMETER_REAL, .unit = "", .sentence = ""};
    *field = (struct archive_field){.type = TYPE_TEXT,
                                    .dim = {DIM_CANDIDATE},
                                    .units = row->unit,
                                    .description = row->sentence};
    if (row->type == PARAMETER_INTEGER && sweep->axis[axis].whens == 0 && !sweep->axis[axis].gaps)
        field->type = TYPE_I64;
    else if (row->type == PARAMETER_REAL || row->type == PARAMETER_INTEGER ||
             row->type == PARAMETER_DURATION)
        field->type = TYPE_F64;
    size_t longest = field->type == TYPE_TEXT ? longest_text(space, axis) : 0;
    if (sweep->point) {
        field->fill = FILL_LEAST;
        field->length = (int)longest + 1;
    }
    return field->type == TYPE_TEXT ? longest + 1 : archive_type_bytes(field);
}

void archive_axis_path(char path[ARCHIVE_PATH], const struct space *space, int axis)
{
    snprintf(path, ARCHIVE_PATH, "/candidates/%s", space->config->sweep.axis[axis].name);
}

/* Values of an axis, `bytes` each. */
static void fill_column(unsigned char *column, const struct archive_field *field, size_t bytes,
                        const struct search_plan *sweep, int axis)
{
    for (int64_t c = 0; c < sweep->space->candidates; c++) {
        double number = sweep->value[c * sweep->space->config->sweep.axes + axis];
        int64_t whole = field->type == TYPE_I64 ? (int64_t)number : 0;
        char text[SETTINGS_VALUE];
        if (field->type == TYPE_TEXT)
            space_value(sweep->space, c, axis, text);
        const void *value = field->type == TYPE_TEXT  ? (const void *)text
                            : field->type == TYPE_I64 ? (const void *)&whole
                                                      : (const void *)&number;
        memcpy(column + (size_t)c * bytes, value,
               field->type == TYPE_TEXT ? strnlen(text, bytes) : bytes);
    }
}

/* One swept parameter: its value for every candidate. */
enum status archive_make_axis(hid_t file, const hid_t scale[DIM_COUNT],
                              const struct search_plan *sweep, int axis, struct error *error)
{
    const struct space *space = sweep->space;
    const hsize_t extent[DIM_COUNT] = {[DIM_CANDIDATE] = (hsize_t)space->candidates};
    struct archive_field field;
    struct parameter row;
    char path[ARCHIVE_PATH];
    archive_axis_path(path, space, axis);
    size_t bytes = axis_field(&field, &row, space, axis);
    enum status status = archive_make_dataset(file, path, &field, extent, scale, error);
    if (status || space->config->sweep.point)
        return status;
    unsigned char *column =
        error_calloc(error, (unsigned long)space->candidates, bytes, "values of an axis");
    if (!column)
        return STATUS_FAILED;
    fill_column(column, &field, bytes, sweep, axis);
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    bool written = field.type == TYPE_TEXT ? archive_fill_texts(dataset, (char *)column, bytes,
                                                                (hsize_t)space->candidates)
                                           : H5Dwrite(dataset, archive_memory_type(&field), H5S_ALL,
                                                      H5S_ALL, H5P_DEFAULT, column) >= 0;
    if (!written)
        status = archive_complain(error, "archive", path, "cannot write");
    H5Dclose(dataset);
    free(column);
    return status;
}

/* One number for every candidate that no axis has. */
static enum status make_numbers(hid_t file, const hid_t scale[DIM_COUNT], const char *path,
                                const char *description, const int64_t *number, int64_t count,
                                struct error *error)
{
    const hsize_t extent[DIM_COUNT] = {[DIM_CANDIDATE] = (hsize_t)count};
    const struct archive_field field = {
        .type = TYPE_I64, .dim = {DIM_CANDIDATE}, .units = "", .description = description};
    enum status status = archive_make_dataset(file, path, &field, extent, scale, error);
    if (status)
        return status;
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    if (H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, number) < 0)
        status = archive_complain(error, "archive", path, "cannot write");
    H5Dclose(dataset);
    return status;
}

enum status archive_make_repeats(hid_t file, const hid_t scale[DIM_COUNT],
                                 const struct space *space, struct error *error)
{
    const struct config *config = space->config;
    int64_t candidates = space->candidates, repeats = config->sweep.repeats;
    if (repeats == 1)
        return STATUS_OK;
    int64_t *number = error_calloc(error, (unsigned long)candidates, 2 * sizeof *number, "repeats");
    if (!number)
        return STATUS_FAILED;
    for (int64_t c = 0; c < candidates; c++) {
        number[c] = c % repeats;
        number[candidates + c] = sweep_seed(&config->sweep, c, config->base.seed);
    }
    enum status status = make_numbers(file, scale, "/candidates/repeat",
                                      "Number of the repeat: candidates in a row that differ by it "
                                      "have the same swept values",
                                      number, candidates, error);
    if (!status)
        status = make_numbers(file, scale, "/candidates/seed", "Run seed of the repeat",
                              number + candidates, candidates, error);
    free(number);
    return status;
}

/* One value into an open column, numbers as settings have them. */
static bool put_value(struct archive *archive, hid_t column, const struct space *space,
                      int64_t candidate, int axis)
{
    const struct sweep *sweep = &space->config->sweep;
    struct settings settings;
    char text[SETTINGS_VALUE];
    hid_t type = H5Dget_type(column), rows = H5Dget_space(column);
    hid_t one = H5Screate(H5S_SCALAR);
    hsize_t start = (hsize_t)candidate, count = 1;
    bool written = true;
    if (H5Tget_class(type) == H5T_STRING) {
        space_value(space, candidate, axis, text);
        written = archive_put_text(archive, column, candidate, text);
    } else if (sweep_known(sweep, candidate)) {
        space_settings(space, candidate, &settings);
        double number = settings_number(&settings, sweep->axis[axis].name);
        written = H5Sselect_hyperslab(rows, H5S_SELECT_SET, &start, NULL, &count, NULL) >= 0 &&
                  H5Dwrite(column, H5T_NATIVE_DOUBLE, one, rows, H5P_DEFAULT, &number) >= 0;
    }
    H5Sclose(one);
    H5Sclose(rows);
    H5Tclose(type);
    return written;
}

enum status archive_write_place(struct archive *archive, const struct space *space,
                                int64_t candidate, struct error *error)
{
    const struct sweep *sweep = &space->config->sweep;
    struct archive_box box = archive_at(archive, FIELD_POINT, 1, &candidate);
    enum status status =
        archive_write(archive, FIELD_POINT, &box, sweep_row(sweep, candidate), error);
    for (int a = 0; !status && a < sweep->axes; a++) {
        char path[ARCHIVE_PATH];
        archive_axis_path(path, space, a);
        archive_guard(archive, 0);
        hid_t column = H5Dopen2(archive->file, path, H5P_DEFAULT);
        if (column < 0 || !put_value(archive, column, space, candidate, a))
            status = archive_complain(error, archive->path, path, "cannot write");
        if (column >= 0)
            H5Dclose(column);
        guard_end();
    }
    return status;
}

/* Points as they were read, by row: of each all are known or none is. */
static enum status check_points(const struct archive *archive, int field, const double *point,
                                int64_t rows, struct error *error)
{
    int64_t axes = archive->plan.axes;
    for (int64_t i = 0; i < rows * axes; i++)
        if (!isnan(point[i / axes * axes]) && !(point[i] >= 0 && point[i] <= 1))
            return archive_damaged(archive, archive_table[field].path, error,
                                   "found %g, allowed: from 0 to 1", point[i]);
    return STATUS_OK;
}

enum status archive_read_points(struct archive *archive, const struct sweep *sweep,
                                struct error *error)
{
    if (!sweep->point || archive->plan.axes == 0)
        return STATUS_OK;
    int64_t candidates = archive->plan.candidates, axes = archive->plan.axes;
    if (axes != sweep->axes || candidates != (int64_t)sweep->samples * sweep->repeats)
        return archive_damaged(archive, archive_table[FIELD_POINT].path, error,
                               "found other extents than those of the sweep");
    double *point = error_calloc(error, (unsigned long)candidates,
                                 (unsigned long)axes * sizeof *point, "points");
    if (!point)
        return STATUS_FAILED;
    struct archive_box all = archive_at(archive, FIELD_POINT, 0, NULL);
    enum status status = archive_read(archive, FIELD_POINT, &all, point, error);
    if (!status)
        status = check_points(archive, FIELD_POINT, point, candidates, error);
    for (int64_t s = 0; !status && s < sweep->samples; s++)
        sweep_place(sweep, s, point + s * sweep->repeats * axes);
    free(point);
    return status;
}

enum status archive_read_course(struct archive *archive, double *point, int64_t candidate,
                                struct error *error)
{
    struct archive_box box = archive_at(archive, FIELD_POINT_AT, 1, &candidate);
    enum status status = archive_read(archive, FIELD_POINT_AT, &box, point, error);
    return status ? status
                  : check_points(archive, FIELD_POINT_AT, point, archive->plan.rungs, error);
}
