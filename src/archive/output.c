#include "archive/output.h"

#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/attribute.h"
#include "archive/guard.h"

enum { SCALES = 64, RANK = 6, NAMED = 2048 };

struct output {
    char *path, *partial;
    hid_t file; /* in memory */
    int disk;   /* descriptor of `partial`, where it goes */
    int scales;
    struct {
        char name[32];
        hid_t dataset;
        hsize_t extent;
    } scale[SCALES];
    int named;
    struct {
        char path[96];
        int scale;
    } name[NAMED]; /* dimensions of datasets */
    struct error failure;
};

/* What umask() takes away. It can only be read by setting it. */
static mode_t mask(void)
{
    mode_t now = umask(0);
    umask(now);
    return now;
}

static void fail(struct output *output, const char *object)
{
    if (output->failure.count == 0)
        error_add(&output->failure, STATUS_FAILED, "%s: cannot write %s", output->path, object);
}

enum { FORMAT = 64 }; /* bytes of a format's name, with the final 0 */

/* Whether the file at `path` may be made anew; what else stands there, an archive for instance, may not
 * be lost. */
static bool is_of_kind(const char *path, const struct output_kind *kind)
{
    char format[FORMAT];
    guard_begin(path, GUARD_SECONDS);
    guard_room(0);
    hid_t file = H5Fis_hdf5(path) > 0 ? H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT) : -1;
    bool readable = file >= 0 && attribute_read_text(file, "format", format, sizeof format);
    if (file >= 0)
        H5Fclose(file);
    guard_end();
    return readable && strcmp(format, kind->format) == 0;
}

static void drop(struct output *output)
{
    error_free(&output->failure);
    free(output->path);
    free(output->partial);
    free(output);
}

/* In memory, since HDF5 does not survive a disk that is full when it closes a file. */
static hid_t create_in_memory(void)
{
    const size_t increment = 1 << 20;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, increment, false);
    hid_t file = H5Fcreate("output", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return file;
}

static enum status refuse(const char *path, const struct output_kind *kind, struct error *error)
{
    if (!kind->anew)
        return error_add(error, STATUS_USAGE, "%s: found a file, allowed: a new name", path);
    return error_add(error, STATUS_USAGE,
                     "%s: found a file that is no %s, allowed: a new name, or one to make anew",
                     path, kind->what);
}

enum status output_create(struct output **out, const char *path, const struct output_kind *kind,
                          struct error *error)
{
    if (access(path, F_OK) == 0 && !(kind->anew && is_of_kind(path, kind)))
        return refuse(path, kind, error);
    struct output *output = error_calloc(error, 1, sizeof *output, kind->what);
    if (!output)
        return STATUS_FAILED;
    output->file = create_in_memory();
    output->path = strdup(path);
    if (output->file < 0 || !output->path ||
        asprintf(&output->partial, "%s.new-XXXXXX", path) < 0) {
        drop(output);
        return error_add(error, STATUS_FAILED, "out of memory: %s", kind->what);
    }
    output->disk = mkstemp(output->partial);
    if (output->disk < 0) {
        error_add_errno(error, STATUS_USAGE,
                        "%s: cannot be written, allowed: a file in a folder that can", path);
        H5Fclose(output->file);
        drop(output);
        return STATUS_USAGE;
    }
    fchmod(output->disk, 0666 & ~mask());
    output_attribute(output, "format", kind->format);
    *out = output;
    return STATUS_OK;
}

/* Brings the file from memory to the disk; false with errno. */
static bool save(struct output *output)
{
    H5Fflush(output->file, H5F_SCOPE_GLOBAL);
    ssize_t size = H5Fget_file_image(output->file, NULL, 0), done = 0;
    char *image = size > 0 ? malloc((size_t)size) : NULL;
    bool whole = image && H5Fget_file_image(output->file, image, (size_t)size) == size;
    while (whole && done < size) {
        ssize_t written = write(output->disk, image + done, (size_t)(size - done));
        whole = written > 0;
        done += written;
    }
    free(image);
    return whole && fsync(output->disk) == 0;
}

/* Scales in the groups of the datasets that they name. At the end, since a dataset of the same name
 * comes first. */
static void link_scales(struct output *output)
{
    for (int n = 0; n < output->named; n++) {
        int s = output->name[n].scale;
        if (!attribute_link_scale(output->file, output->name[n].path, output->scale[s].dataset,
                                  output->scale[s].name))
            fail(output, output->name[n].path);
    }
}

enum status output_finish(struct output *output, bool whole, struct error *error)
{
    link_scales(output);
    for (int s = 0; s < output->scales; s++)
        H5Dclose(output->scale[s].dataset);
    enum status status = STATUS_OK;
    if (output->failure.count > 0)
        status = error_add(error, STATUS_FAILED, "%.*s", (int)output->failure.length - 1,
                           output->failure.text);
    else if (whole && !save(output))
        status = error_add_errno(error, STATUS_FAILED, "%s: cannot be written", output->path);
    else if (whole && rename(output->partial, output->path) != 0)
        status = error_add_errno(error, STATUS_FAILED, "%s: cannot be renamed to %s",
                                 output->partial, output->path);
    H5Fclose(output->file);
    close(output->disk);
    if (status || !whole)
        unlink(output->partial);
    drop(output);
    return status;
}

static void describe(struct output *output, hid_t object, const char *name, const char *text)
{
    if (!attribute_make_text(object, name, text))
        fail(output, name);
}

void output_attribute(struct output *output, const char *name, const char *text)
{
    describe(output, output->file, name, text);
}

/* Makes a dataset with every group on its path and writes it; negative on failure. */
static hid_t make(struct output *output, const char *path, hid_t type, int rank,
                  const hsize_t *extent, const void *data, struct output_about about)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE), timeless = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_obj_track_times(timeless, false);
    hid_t space = H5Screate_simple(rank, extent, NULL);
    hid_t dataset = H5Dcreate2(output->file, path, type, space, links, timeless, H5P_DEFAULT);
    if (dataset < 0 || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        fail(output, path);
    if (dataset >= 0) {
        describe(output, dataset, "description", about.description);
        describe(output, dataset, "units", about.units);
        if (about.source)
            describe(output, dataset, "source", about.source);
    }
    H5Sclose(space);
    H5Pclose(timeless);
    H5Pclose(links);
    return dataset;
}

/* Texts of variable length: the netCDF library up to 4.9.0, with which xarray reads by default, is
 * overrun by arrays of fixed-length ones. */
static hid_t make_texts(struct output *output, const char *path, const char *const *text, int count,
                        struct output_about about)
{
    hid_t type = attribute_text_type(H5T_VARIABLE);
    hid_t dataset = make(output, path, type, 1, &(hsize_t){(hsize_t)count}, text, about);
    H5Tclose(type);
    return dataset;
}

static void keep_scale(struct output *output, const char *name, hid_t dataset, int count)
{
    if (dataset < 0 || output->scales == SCALES || H5DSset_scale(dataset, name) < 0) {
        fail(output, name);
        return;
    }
    int s = output->scales++;
    snprintf(output->scale[s].name, sizeof output->scale[s].name, "%s", name);
    output->scale[s].dataset = dataset;
    output->scale[s].extent = (hsize_t)count;
}

void output_numbers(struct output *output, const char *name, const double *value, int count,
                    const char *units, const char *description)
{
    double *index = NULL;
    if (!value) {
        index = calloc((size_t)count + 1, sizeof *index);
        for (int i = 0; index && i < count; i++)
            index[i] = i;
    }
    hsize_t extent = (hsize_t)count;
    hid_t dataset = -1;
    if (value || index)
        dataset = make(output, name, H5T_NATIVE_DOUBLE, 1, &extent, value ? value : index,
                       (struct output_about){units, description, NULL});
    keep_scale(output, name, dataset, count);
    free(index);
}

void output_names(struct output *output, const char *name, const char *const *text, int count,
                  const char *description)
{
    hid_t dataset =
        make_texts(output, name, text, count, (struct output_about){"", description, NULL});
    keep_scale(output, name, dataset, count);
}

/* The scales that `dimensions` names; returns how many, -1: one is unknown. */
static int find_scales(int place[RANK], const struct output *output, const char *dimensions)
{
    int rank = 0;
    while (*dimensions && rank < RANK) {
        size_t length = strcspn(dimensions, " ");
        int s = 0;
        while (s < output->scales && (strlen(output->scale[s].name) != length ||
                                      strncmp(output->scale[s].name, dimensions, length) != 0))
            s++;
        if (s == output->scales)
            return -1;
        place[rank++] = s;
        dimensions += length + (dimensions[length] == ' ');
    }
    return *dimensions ? -1 : rank;
}

long output_count(struct output *output, const char *dimensions)
{
    int place[RANK], rank = find_scales(place, output, dimensions);
    long count = 1;
    for (int d = 0; d < rank; d++)
        count *= (long)output->scale[place[d]].extent;
    if (rank < 0)
        fail(output, dimensions);
    return rank < 0 ? -1 : count;
}

static void attach(struct output *output, const char *path, hid_t dataset, int rank,
                   const int *place)
{
    for (int d = 0; dataset >= 0 && d < rank; d++) {
        if (H5DSattach_scale(dataset, output->scale[place[d]].dataset, (unsigned)d) < 0 ||
            output->named == NAMED) {
            fail(output, path);
            break;
        }
        int n = output->named++;
        snprintf(output->name[n].path, sizeof output->name[n].path, "%s", path);
        output->name[n].scale = place[d];
    }
    if (dataset >= 0)
        H5Dclose(dataset);
}

void output_array(struct output *output, const char *path, const char *dimensions,
                  const double *data, struct output_about about)
{
    int place[RANK], rank = find_scales(place, output, dimensions);
    hsize_t extent[RANK] = {0};
    if (rank < 0)
        fail(output, path);
    for (int d = 0; d < rank; d++)
        extent[d] = output->scale[place[d]].extent;
    if (output->failure.count == 0)
        attach(output, path, make(output, path, H5T_NATIVE_DOUBLE, rank, extent, data, about), rank,
               place);
}

void output_texts(struct output *output, const char *path, const char *dimension,
                  const char *const *text, struct output_about about)
{
    int place[RANK] = {0}, rank = find_scales(place, output, dimension);
    if (rank != 1)
        fail(output, path);
    if (output->failure.count == 0)
        attach(output, path,
               make_texts(output, path, text, (int)output->scale[place[0]].extent, about), 1,
               place);
}
