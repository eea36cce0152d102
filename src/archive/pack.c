/* A copy of an archive to share: its numbers in compressed pieces with checksums (shuffle, deflate,
 * fletcher32), its texts as short as they are. Written over in their places these can no more be, so
 * that a copy is only read; what is made of it is marked by the root attribute `packed`. It has the
 * file format of HDF5 1.10, in which the index of the pieces has checksums too.
 *
 * All links are walked through: the first one to an object copies it, later ones become links to the
 * copy. HDF5 names objects in attributes by where they lie, so that dimensions are attached anew. */
#include <hdf5_hl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/attribute.h"
#include "archive/file.h"
#include "archive/guard.h"
#include "archive/place.h"
#include "archive/text.h"

enum { PIECE = 1 << 18 /* bytes at the most */, LEVEL = 6 /* of deflate: gzip's own */ };

/* An object of the source, by where it lies there, and its first name. */
struct object {
    hobj_ref_t place;
    char *name;
};

struct copy {
    struct archive *from;
    hid_t to;
    struct object *object;
    size_t objects, room;
    struct error *error;
};

/* ---- objects ---- */

static hobj_ref_t place_of(hid_t location, const char *name)
{
    hobj_ref_t place = 0;
    return H5Rcreate(&place, location, name, H5R_OBJECT, -1) < 0 ? 0 : place;
}

static const struct object *find(const struct copy *copy, hobj_ref_t place)
{
    for (size_t i = 0; i < copy->objects; i++)
        if (copy->object[i].place == place)
            return &copy->object[i];
    return NULL;
}

static bool keep(struct copy *copy, hobj_ref_t place, const char *name)
{
    if (copy->objects == copy->room) {
        size_t room = 2 * copy->room + 256;
        struct object *object = realloc(copy->object, room * sizeof *object);
        if (!object)
            return false;
        copy->object = object;
        copy->room = room;
    }
    struct object *own = &copy->object[copy->objects];
    *own = (struct object){place, strdup(name)};
    copy->objects += own->name != NULL;
    return own->name != NULL;
}

/* ---- attributes ---- */

/* What the functions for dimension scales write themselves. */
static bool is_of_scales(const char *name)
{
    static const char *const own[] = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"};
    bool found = false;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        found |= strcmp(name, own[i]) == 0;
    return found;
}

/* The value as it is; texts in it lie elsewhere and are given back. */
static bool copy_value(hid_t to, hid_t from, hid_t type, hid_t space)
{
    hssize_t count = H5Sget_simple_extent_npoints(space);
    void *value = calloc((size_t)count + 1, H5Tget_size(type));
    bool copied = value && H5Aread(from, type, value) >= 0;
    if (copied) {
        copied = H5Awrite(to, type, value) >= 0;
        if (H5Tis_variable_str(type) > 0)
            H5Dvlen_reclaim(type, space, H5P_DEFAULT, value);
    }
    free(value);
    return copied;
}

static herr_t copy_attribute(hid_t object, const char *name, const H5A_info_t *info, void *to)
{
    (void)info;
    if (is_of_scales(name))
        return 0;
    hid_t from = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(from), space = H5Aget_space(from);
    hid_t fresh = H5Acreate2(*(hid_t *)to, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool copied = fresh >= 0 && copy_value(fresh, from, type, space);
    if (fresh >= 0)
        H5Aclose(fresh);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(from);
    return copied ? 0 : -1;
}

static bool copy_attributes(hid_t to, hid_t from)
{
    return H5Aiterate2(from, H5_INDEX_NAME, H5_ITER_INC, NULL, copy_attribute, &to) >= 0;
}

/* ---- numbers ---- */

/* The shape of a dataset's pieces: cut along its first dimensions, as readers go through them. */
static hsize_t cut(hsize_t piece[ARCHIVE_RANK], const hsize_t *extent, int rank, size_t size)
{
    hsize_t bytes = size;
    for (int d = 0; d < rank; d++)
        bytes *= piece[d] = extent[d];
    for (int d = 0; d < rank && bytes > PIECE; d++) {
        hsize_t others = bytes / extent[d], most = PIECE > others ? PIECE / others : 1;
        hsize_t pieces = (extent[d] + most - 1) / most;
        piece[d] = (extent[d] + pieces - 1) / pieces; // about the same size each
        bytes = others * piece[d];
    }
    return bytes;
}

/* The properties of the source with pieces; numbers that were never written come out as they are read. */
static hid_t properties_of(hid_t from, const hsize_t *piece, int rank, hsize_t bytes)
{
    hid_t properties = H5Dget_create_plist(from);
    H5Pset_obj_track_times(properties, false);
    H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC);
    if (rank == 0 || bytes == 0)
        return properties;
    H5Pset_alloc_time(properties, H5D_ALLOC_TIME_INCR);
    H5Pset_chunk(properties, rank, piece);
    H5Pset_shuffle(properties);
    H5Pset_deflate(properties, LEVEL);
    H5Pset_fletcher32(properties);
    return properties;
}

/* Goes to the next piece; false: there is none. */
static bool next(hsize_t *start, const hsize_t *piece, const hsize_t *extent, int rank)
{
    for (int d = rank - 1; d >= 0; d--) {
        start[d] += piece[d];
        if (start[d] < extent[d])
            return true;
        start[d] = 0;
    }
    return false;
}

static hid_t make_space(int rank, const hsize_t *extent)
{
    return rank > 0 ? H5Screate_simple(rank, extent, NULL) : H5Screate(H5S_SCALAR);
}

static bool copy_piece(hid_t to, hid_t from, hid_t type, hid_t space, const hsize_t *start,
                       const hsize_t *piece, const hsize_t *extent, int rank, void *data)
{
    hsize_t count[ARCHIVE_RANK];
    for (int d = 0; d < rank; d++)
        count[d] = piece[d] < extent[d] - start[d] ? piece[d] : extent[d] - start[d];
    hid_t memory = make_space(rank, count);
    bool copied =
        (rank == 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0) &&
        H5Dread(from, type, memory, space, H5P_DEFAULT, data) >= 0 &&
        H5Dwrite(to, type, memory, space, H5P_DEFAULT, data) >= 0;
    H5Sclose(memory);
    return copied;
}

static hid_t copy_numbers(hid_t file, const char *name, hid_t from, hid_t type, hid_t space)
{
    hsize_t extent[H5S_MAX_RANK], piece[ARCHIVE_RANK], start[ARCHIVE_RANK] = {0};
    int rank = H5Sget_simple_extent_dims(space, extent, NULL);
    if (rank < 0 || rank > ARCHIVE_RANK)
        return -1;
    hsize_t bytes = cut(piece, extent, rank, H5Tget_size(type));
    hid_t properties = properties_of(from, piece, rank, bytes);
    // not the source's space: it may state an extent that could be reached, for which HDF5 takes memory
    hid_t fixed = make_space(rank, extent);
    hid_t to = H5Dcreate2(file, name, type, fixed, H5P_DEFAULT, properties, H5P_DEFAULT);
    H5Pclose(properties);
    H5Sclose(fixed);
    void *data = bytes > 0 ? malloc(bytes) : NULL;
    bool copied = to >= 0 && (bytes == 0 || data);
    while (copied && bytes > 0) {
        copied = copy_piece(to, from, type, space, start, piece, extent, rank, data);
        if (!next(start, piece, extent, rank))
            break;
    }
    free(data);
    if (!copied && to >= 0)
        H5Dclose(to);
    return copied ? to : -1;
}

/* ---- datasets ---- */

static hid_t copy_texts(struct copy *copy, const char *name, hid_t space)
{
    size_t count;
    char path[ARCHIVE_PATH];
    snprintf(path, sizeof path, "/%s", name);
    char **text = archive_read_texts(&count, copy->from, path, copy->error);
    if (!text)
        return -1;
    hid_t type = attribute_text_type(H5T_VARIABLE), timeless = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(timeless, false);
    hid_t to = H5Dcreate2(copy->to, name, type, space, H5P_DEFAULT, timeless, H5P_DEFAULT);
    if (to >= 0 && H5Dwrite(to, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0) {
        H5Dclose(to);
        to = -1;
    }
    H5Pclose(timeless);
    H5Tclose(type);
    free(text);
    return to;
}

static hid_t copy_dataset(struct copy *copy, const char *name, hid_t from)
{
    hid_t type = H5Dget_type(from), space = H5Dget_space(from), to = -1;
    char scale[ARCHIVE_PATH] = "";
    if (H5Tget_class(type) == H5T_STRING)
        to = copy_texts(copy, name, space);
    else if (guard_fits(from, (hsize_t)H5Sget_simple_extent_npoints(space), H5Tget_size(type)))
        to = copy_numbers(copy->to, name, from, type, space);
    if (to >= 0 && H5DSis_scale(from) > 0 &&
        (H5DSget_scale_name(from, scale, sizeof scale) < 0 || H5DSset_scale(to, scale) < 0)) {
        H5Dclose(to);
        to = -1;
    }
    H5Sclose(space);
    H5Tclose(type);
    return to;
}

static bool copy_object(struct copy *copy, const char *name, hid_t from)
{
    hid_t to = -1;
    bool is_dataset = H5Iget_type(from) == H5I_DATASET;
    if (is_dataset)
        to = copy_dataset(copy, name, from);
    else if (H5Iget_type(from) == H5I_GROUP)
        to = H5Gcreate2(copy->to, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool copied = to >= 0 && copy_attributes(to, from);
    return (to < 0 || H5Oclose(to) >= 0) && copied; // pieces are written now at the latest
}

static herr_t copy_link(hid_t root, const char *name, const H5L_info_t *link, void *context)
{
    struct copy *copy = context;
    hobj_ref_t place = link->type == H5L_TYPE_HARD ? place_of(root, name) : 0;
    const struct object *known = place ? find(copy, place) : NULL;
    bool copied = false;
    if (known) {
        copied =
            H5Lcreate_hard(copy->to, known->name, copy->to, name, H5P_DEFAULT, H5P_DEFAULT) >= 0;
    } else if (place) {
        hid_t from = H5Oopen(root, name, H5P_DEFAULT);
        copied = from >= 0 && copy_object(copy, name, from) && keep(copy, place, name);
        if (from >= 0)
            H5Oclose(from);
    }
    if (!copied)
        archive_complain(copy->error, copy->from->path, name, "cannot copy");
    return copied ? 0 : -1;
}

/* ---- dimensions ---- */

struct dimension {
    const struct copy *copy;
    hid_t to;
};

static herr_t attach(hid_t from, unsigned dimension, hid_t scale, void *context)
{
    (void)from;
    const struct dimension *of = context;
    const struct object *known = find(of->copy, place_of(scale, "."));
    hid_t own = known ? H5Dopen2(of->copy->to, known->name, H5P_DEFAULT) : -1;
    herr_t result = own < 0 ? -1 : H5DSattach_scale(of->to, own, dimension);
    if (own >= 0)
        H5Dclose(own);
    return result;
}

static bool attach_scales(const struct copy *copy, const char *name)
{
    hid_t from = H5Oopen(copy->from->file, name, H5P_DEFAULT);
    bool attached = true;
    if (H5Iget_type(from) == H5I_DATASET && H5DSis_scale(from) <= 0) {
        hid_t space = H5Dget_space(from);
        int rank = H5Sget_simple_extent_ndims(space);
        H5Sclose(space);
        struct dimension dimension = {copy, H5Dopen2(copy->to, name, H5P_DEFAULT)};
        for (int d = 0; attached && d < rank; d++)
            attached = H5DSiterate_scales(from, (unsigned)d, NULL, attach, &dimension) >= 0;
        H5Dclose(dimension.to);
    }
    H5Oclose(from);
    return attached;
}

/* ---- the file ---- */

static enum status copy_all(struct copy *copy)
{
    bool copied = copy_attributes(copy->to, copy->from->file) &&
                  attribute_make_number(copy->to, ARCHIVE_PACKED, 1);
    if (!copied)
        return archive_complain(copy->error, copy->from->path, "/", "cannot copy");
    if (H5Lvisit(copy->from->file, H5_INDEX_NAME, H5_ITER_INC, copy_link, copy) < 0)
        return copy->error->count > 0 ? STATUS_FAILED
                                      : archive_complain(copy->error, copy->from->path, "/",
                                                         "cannot go through all objects");
    for (size_t i = 0; copied && i < copy->objects; i++)
        if (!attach_scales(copy, copy->object[i].name))
            return archive_complain(copy->error, copy->from->path, copy->object[i].name,
                                    "cannot copy its dimensions");
    return STATUS_OK;
}

/* `bytes`: of the source. */
static enum status make_file(const char *path, struct archive *from, double bytes,
                             struct error *error)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    struct copy copy = {.from = from, .error = error};
    copy.to = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    if (copy.to < 0)
        return archive_complain(error, path, "archive", "cannot make");
    archive_guard(from, bytes);
    guard_room(GUARD_DENSEST * bytes);
    enum status status = copy_all(&copy);
    guard_end();
    if (H5Fclose(copy.to) < 0 && !status)
        status = archive_complain(error, path, "archive", "cannot close");
    for (size_t i = 0; i < copy.objects; i++)
        free(copy.object[i].name);
    free(copy.object);
    return status;
}

enum status archive_pack(struct archive *from, const char *path, struct error *error)
{
    static const struct archive_remedy remedy = {"a new name", "found on another one, perhaps"};
    char fresh[PATH_MAX];
    hsize_t bytes = 0;
    double number;
    archive_guard(from, 0);
    bool packed = attribute_read_number(from->file, ARCHIVE_PACKED, &number);
    guard_end();
    if (packed)
        return error_add(error, STATUS_USAGE, "%s: is packed already", from->path);
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
        return error_add(error, STATUS_USAGE, "%.60s...: the name is too long", path);
    H5Fget_filesize(from->file, &bytes);
    enum status status = archive_take_place(path, fresh, (double)bytes, &remedy, error);
    if (status)
        return status;
    status = make_file(fresh, from, (double)bytes, error);
    if (!status)
        status = archive_put_in_place(fresh, path, error);
    if (status)
        unlink(fresh);
    return status;
}
