/* Datasets, scales and attributes of a file that is being created.
 *
 * Fixed extents, contiguous, allocated at once: nothing about them has to change later. Bulk is
 * never filled; small datasets hold a value that says "not yet". */
#include "archive/make.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive/attribute.h"
#include "archive/text.h"

/* The value that small datasets start with. */
static void set_fill(hid_t properties, const struct archive_field *field)
{
    const double none = NAN;
    const int32_t unknown = -1;
    H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC);
    if (field->type == TYPE_F64 || field->type == TYPE_F32)
        H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &none);
    else if (field->type == TYPE_I64 || field->type == TYPE_I32)
        H5Pset_fill_value(properties, H5T_NATIVE_INT32, &unknown);
}

static hid_t dataset_properties(const struct archive_field *field)
{
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(properties, H5D_CONTIGUOUS);
    H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
    if (field->fill == FILL_NONE && field->type != TYPE_TEXT) // HDF5 always fills texts
        H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
    else
        set_fill(properties, field);
    return properties;
}

/* Makes a dataset and every group on its path. */
static hid_t make(hid_t file, const char *path, const struct archive_field *field,
                  const hsize_t *extent)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE), properties = dataset_properties(field);
    H5Pset_create_intermediate_group(links, 1);
    hid_t type = archive_memory_type(field);
    hid_t space = H5Screate_simple(archive_rank(field), extent, NULL);
    hid_t dataset = H5Dcreate2(file, path, type, space, links, properties, H5P_DEFAULT);
    if (dataset >= 0 && (!attribute_make_text(dataset, "description", field->description) ||
                         !attribute_make_text(dataset, "units", field->units))) {
        H5Dclose(dataset);
        dataset = -1;
    }
    H5Sclose(space);
    if (field->type == TYPE_TEXT)
        H5Tclose(type);
    H5Pclose(properties);
    H5Pclose(links);
    return dataset;
}

/* Texts as long as any that archive_write_text() will put in their place. */
static bool make_room(hid_t dataset, const struct archive_field *field, hsize_t rows)
{
    char *blank = malloc((size_t)field->length + 1);
    if (!blank)
        return false;
    memset(blank, ' ', (size_t)field->length);
    blank[field->length] = 0;
    bool made = archive_fill_texts(dataset, blank, 0, rows);
    free(blank);
    return made;
}

enum status archive_make_dataset(hid_t file, const char *path, const struct archive_field *field,
                                 const hsize_t extent[DIM_COUNT], const hid_t scale[DIM_COUNT],
                                 struct error *error)
{
    hsize_t own[ARCHIVE_RANK] = {0};
    for (int d = 0; field->dim[d]; d++)
        own[d] = extent[field->dim[d]];
    hid_t dataset = make(file, path, field, own);
    bool made = dataset >= 0;
    for (unsigned d = 0; made && field->dim[d]; d++)
        made = H5DSattach_scale(dataset, scale[field->dim[d]], d) >= 0 &&
               attribute_link_scale(file, path, scale[field->dim[d]],
                                    archive_scale_table[field->dim[d]].name);
    if (made && field->type == TYPE_TEXT && field->length > 0)
        made = make_room(dataset, field, own[0]);
    enum status status = made ? STATUS_OK : archive_complain(error, "archive", path, "cannot make");
    if (dataset >= 0)
        H5Dclose(dataset);
    return status;
}

/* Index or time of every entry. */
static enum status write_marks(hid_t dataset, hsize_t extent, double interval, struct error *error)
{
    double *mark = error_calloc(error, extent + 1, sizeof *mark, "a dimension scale");
    if (!mark)
        return STATUS_FAILED;
    for (hsize_t i = 0; i < extent; i++)
        mark[i] = interval > 0 ? interval * (double)(i + 1) : (double)i;
    herr_t result = H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, mark);
    free(mark);
    return result < 0 ? STATUS_FAILED : STATUS_OK;
}

enum status archive_make_scale(hid_t *scale, hid_t file, const char *prefix, enum archive_dim dim,
                               hsize_t extent, const struct archive_marks *marks,
                               struct error *error)
{
    const struct archive_scale *row = &archive_scale_table[dim];
    struct archive_field field = {.type = marks->names          ? TYPE_TEXT
                                          : marks->interval > 0 ? TYPE_F64
                                                                : TYPE_I64,
                                  .dim = {dim},
                                  .units = row->units,
                                  .description = row->description};
    char path[ARCHIVE_PATH];
    snprintf(path, sizeof path, "%s/%s", prefix, row->name);
    *scale = make(file, path, &field, &extent);
    bool made = *scale >= 0 && H5DSset_scale(*scale, row->name) >= 0;
    if (made && marks->names)
        made = archive_fill_texts(*scale, marks->names, marks->length, extent);
    else if (made)
        made = write_marks(*scale, extent, marks->interval, error) == STATUS_OK;
    return made ? STATUS_OK : archive_complain(error, "archive", path, "cannot make");
}

void archive_close_scales(const hid_t scale[DIM_COUNT])
{
    for (int d = 0; d < DIM_COUNT; d++)
        if (scale[d] > 0)
            H5Dclose(scale[d]);
}

enum status archive_make_text(hid_t file, const char *path, const char *text,
                              const char *description, struct error *error)
{
    struct archive_field field = {.type = TYPE_TEXT, .units = "", .description = description};
    hid_t dataset = make(file, path, &field, NULL);
    bool made = dataset >= 0 && archive_fill_texts(dataset, text, 0, 1);
    if (dataset >= 0)
        H5Dclose(dataset);
    return made ? STATUS_OK : archive_complain(error, "archive", path, "cannot make");
}
