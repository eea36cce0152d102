#include "archive/attribute.h"

#include <stdio.h>
#include <string.h>

/* HDF5 knows no text of length 0. */
hid_t attribute_text_type(size_t length)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, length > 0 ? length : 1);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* Closes the space. */
static bool make(hid_t object, const char *name, hid_t type, hid_t space, const void *value)
{
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool made = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return made;
}

bool attribute_make_text(hid_t object, const char *name, const char *text)
{
    hid_t type = attribute_text_type(strlen(text));
    bool made = make(object, name, type, H5Screate(H5S_SCALAR), text);
    H5Tclose(type);
    return made;
}

bool attribute_make_texts(hid_t object, const char *name, const char *const *text, int count)
{
    hid_t type = attribute_text_type(H5T_VARIABLE);
    hid_t space = H5Screate_simple(1, &(hsize_t){(hsize_t)count}, NULL);
    bool made = make(object, name, type, space, text);
    H5Tclose(type);
    return made;
}

bool attribute_make_number(hid_t object, const char *name, int number)
{
    return make(object, name, H5T_NATIVE_INT, H5Screate(H5S_SCALAR), &number);
}

/* Whether an open attribute is one value of this class, of at most `bytes` bytes. */
static bool is_single(hid_t attribute, H5T_class_t class, size_t bytes)
{
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    bool single = type >= 0 && space >= 0 && H5Tget_size(type) <= bytes &&
                  H5Sget_simple_extent_npoints(space) == 1 &&
                  (H5Tget_class(type) == class ||
                   (class == H5T_FLOAT && H5Tget_class(type) == H5T_INTEGER)) &&
                  (class != H5T_STRING || H5Tis_variable_str(type) == 0);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return single;
}

static bool read(hid_t object, const char *name, H5T_class_t class, size_t bytes, hid_t type,
                 void *value)
{
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    bool done = attribute >= 0 && is_single(attribute, class, bytes) &&
                H5Aread(attribute, type, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    return done;
}

bool attribute_read_text(hid_t object, const char *name, char *text, size_t bytes)
{
    hid_t type = attribute_text_type(bytes - 1);
    memset(text, 0, bytes);
    bool done = read(object, name, H5T_STRING, bytes - 1, type, text);
    H5Tclose(type);
    return done;
}

bool attribute_read_number(hid_t object, const char *name, double *number)
{
    return read(object, name, H5T_FLOAT, sizeof(long double), H5T_NATIVE_DOUBLE, number);
}

bool attribute_link_scale(hid_t file, const char *path, hid_t scale, const char *name)
{
    char link[256];
    const char *slash = strrchr(path, '/');
    int group = slash ? (int)(slash - path) : 0;
    if (snprintf(link, sizeof link, "%.*s/%s", group, path, name) >= (int)sizeof link)
        return false;
    htri_t taken = H5Lexists(file, link, H5P_DEFAULT);
    return taken > 0 ||
           (taken == 0 && H5Lcreate_hard(scale, ".", file, link, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}
