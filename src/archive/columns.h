/* Values of the swept parameters: /candidates/NAME of each, and /point of a sweep whose method learns. */
#ifndef ARCHIVE_COLUMNS_H
#define ARCHIVE_COLUMNS_H

#include "archive/file.h"

/* Local. The path of the column of one swept parameter. */
void archive_axis_path(char path[ARCHIVE_PATH], const struct space *space, int axis);

/* Local. Makes the column of one swept parameter, with its value for every candidate; empty if the
 * method learns, with room for any value. */
enum status archive_make_axis(hid_t file, const hid_t scale[DIM_COUNT],
                              const struct search_plan *sweep, int axis, struct error *error);

/* Local. Makes /candidates/repeat and /candidates/seed of a sweep with repeats, of others nothing. */
enum status archive_make_repeats(hid_t file, const hid_t scale[DIM_COUNT],
                                 const struct space *space, struct error *error);

/* Local (one rank). Writes point and values of a candidate of a method that learns, as far as they are
 * known: texts of others become empty. */
enum status archive_write_place(struct archive *archive, const struct space *space,
                                int64_t candidate, struct error *error);

#endif
