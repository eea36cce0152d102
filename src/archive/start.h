/* The rows of /provenance. */
#ifndef ARCHIVE_START_H
#define ARCHIVE_START_H

#include "archive/file.h"

/* Local. How many rows of /provenance are used. */
enum status archive_count_starts(struct archive *archive, int64_t *count, struct error *error);

#endif
