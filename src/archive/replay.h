/* Filling replay records; what workers call is in archive.h. */
#ifndef ARCHIVE_REPLAY_H
#define ARCHIVE_REPLAY_H

#include "archive/archive.h"

/* Local. Writes loss and gradient, if the job is one that is recorded. */
enum status archive_replay_end(struct archive *archive, const struct archive_result *result,
                               struct error *error);

#endif
