/* Replay records of a file that is being created: objects are made here, lifetimes only fill them.
 */
#ifndef ARCHIVE_REPLAY_MAKE_H
#define ARCHIVE_REPLAY_MAKE_H

#include "archive/replay_table.h"

/* Local. Makes the records that the sweep asks for. */
enum status archive_replay_create(hid_t file, const struct space *space, struct error *error);

#endif
