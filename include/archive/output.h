/* A file of results, of an analysis for instance: arrays with named dimensions, in HDF5. Made in memory,
 * written at the end under another name and renamed. The first failure is kept, so that only
 * output_finish() need be asked. The same content is the same bytes. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>

#include "base/error.h"

struct output; /* opaque */

/* What a file is. */
struct output_kind {
    const char *format; /* its root attribute of that name, by which it is known */
    const char *what;   /* in messages: "analysis" */
    bool anew;          /* a file of this format may be made anew */
};

/* Local. STATUS_OK, or STATUS_USAGE when the file cannot be made, or something stands there that may
 * not be made anew. `kind` must outlive it. */
enum status output_create(struct output **output, const char *path, const struct output_kind *kind,
                          struct error *error);

/* Local. Closes the file and, if it is `whole` and nothing failed, gives it its name; otherwise it
 * is removed. `output` is released. */
enum status output_finish(struct output *output, bool whole, struct error *error);

/* Local. Makes a dimension scale in the root group: its numbers, or its texts. With `value` NULL it
 * counts from 0. */
void output_numbers(struct output *output, const char *name, const double *value, int count,
                    const char *units, const char *description);
void output_names(struct output *output, const char *name, const char *const *text, int count,
                  const char *description);

/* Local. How many numbers an array of these dimensions has: scales made before, by name with a
 * space between them. -1: there is no such scale, which fails the file. */
long output_count(struct output *output, const char *dimensions);

/* What is said of an array. */
struct output_about {
    const char *units, *description, *source;
};

/* Local. Writes the array `path` of these dimensions, data row-major, or texts of one dimension. */
void output_array(struct output *output, const char *path, const char *dimensions,
                  const double *data, struct output_about about);
void output_texts(struct output *output, const char *path, const char *dimension,
                  const char *const *text, struct output_about about);

/* Local. A text attribute of the root group. */
void output_attribute(struct output *output, const char *name, const char *text);

#endif
