/* What is stored without a checksum, written or compared with what it should be: see archive_derive().
 * Private to the archive module. */
#ifndef ARCHIVE_DERIVED_H
#define ARCHIVE_DERIVED_H

#include "archive/archive.h"
#include "archive/file.h"

/* Local. Writes the numbers of a box or, after archive_derive(), compares them with what is there. */
enum status archive_store(struct archive *archive, int field, const struct archive_box *box,
                          const void *data, struct error *error);

/* Local. Counts a row of `path` that is not what it should be; and does so if one of `count` numbers that
 * are stored is not what was expected. */
void archive_derived_note(struct archive *archive, const char *path, int64_t candidate);
void archive_derived_compare(struct archive *archive, const char *path, int64_t candidate,
                             const double *stored, const double *expected, long count);

#endif
