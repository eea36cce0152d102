/* Texts and numbers that describe an object of an HDF5 file. */
#ifndef ATTRIBUTE_H
#define ATTRIBUTE_H

#include <hdf5.h>
#include <stdbool.h>

/* Local. The type of texts of `length` bytes at the most, UTF-8, filled up with zeros, or of any length
 * (H5T_VARIABLE); of attributes and datasets. The caller closes it. */
hid_t attribute_text_type(size_t length);

/* Local. Makes the attribute `name` of a file, group or dataset; false: HDF5 refused. */
bool attribute_make_text(hid_t object, const char *name, const char *text);
bool attribute_make_texts(hid_t object, const char *name, const char *const *text, int count);
bool attribute_make_number(hid_t object, const char *name, int number);

/* Local. Reads such an attribute, text [bytes] with a final 0; false: there is none, or it is no text of
 * fixed length that fits, or no number. */
bool attribute_read_text(hid_t object, const char *name, char *text, size_t bytes);
bool attribute_read_number(hid_t object, const char *name, double *number);

/* Local. Links a scale under its name into the group of the dataset at `path`, whose dimension it
 * names, unless something of this name is there: xarray takes coordinates from the group that it
 * opens. False: HDF5 refused. */
bool attribute_link_scale(hid_t file, const char *path, hid_t scale, const char *name);

#endif
