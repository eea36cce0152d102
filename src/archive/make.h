/* Objects of a file that is being created. Messages name the object, not the file. */
#ifndef ARCHIVE_MAKE_H
#define ARCHIVE_MAKE_H

#include "archive/table.h"

/* Local. A dataset as `field` says, with every group on its `path`, its scales attached and its
 * attributes `description` and `units`. `extent` and `scale` may be NULL for a single number. */
enum status archive_make_dataset(hid_t file, const char *path, const struct archive_field *field,
                                 const hsize_t extent[DIM_COUNT], const hid_t scale[DIM_COUNT],
                                 struct error *error);

/* What a scale holds: names of `length` bytes each, or times interval, 2 interval, ..., or, when
 * both are 0, the index. */
struct archive_marks {
    const char *names;
    size_t length;
    double interval;
};

/* Local. The scale of `dim` in the group `prefix`; `*scale` is the caller's to close. */
enum status archive_make_scale(hid_t *scale, hid_t file, const char *prefix, enum archive_dim dim,
                               hsize_t extent, const struct archive_marks *marks,
                               struct error *error);
void archive_close_scales(const hid_t scale[DIM_COUNT]);

/* Local. A dataset that is one text. */
enum status archive_make_text(hid_t file, const char *path, const char *text,
                              const char *description, struct error *error);

/* Local. The group /views: which datasets are curves, for programs that draw them by themselves. All datasets
 * of the plan must be there. */
enum status archive_make_views(hid_t file, const hid_t scale[DIM_COUNT],
                               const struct archive_plan *plan, struct error *error);

#endif
