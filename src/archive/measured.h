/* What was measured before the search, in the archive. */
#ifndef ARCHIVE_MEASURED_H
#define ARCHIVE_MEASURED_H

#include "archive/file.h"

/* Local. Writes which measurement each candidate has, and what is known of them by the plan of the sweep,
 * into an archive that is being made. */
enum status archive_write_measured(struct archive *archive, struct error *error);

#endif
