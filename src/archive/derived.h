/* What the listener is told, compared instead of written. Private to the archive module. */
#ifndef ARCHIVE_DERIVED_H
#define ARCHIVE_DERIVED_H

#include "archive/archive.h"
#include "archive/file.h"

/* Local. Whether the numbers of a box are stored as they are; counted if not. */
enum status archive_compare_box(struct archive *archive, int field, const struct archive_box *box,
                                const void *data, struct error *error);

#endif
