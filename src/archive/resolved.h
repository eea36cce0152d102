/* The resolved configuration, which identifies the numbers in an archive. */
#ifndef ARCHIVE_RESOLVED_H
#define ARCHIVE_RESOLVED_H

#include "archive/archive.h"

/* Local. The resolved configuration of the whole sweep as text, malloc'ed; NULL: out of memory. */
char *archive_resolved(const struct space *space);

#endif
