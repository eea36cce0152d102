/* An archive that is made of others, by one process: under another name, its own when it is whole. */
#ifndef PROGRAM_WHOLE_H
#define PROGRAM_WHOLE_H

#include <limits.h>

#include "cluster/wire.h"
#include "program/command.h"

struct command_whole {
    const char *path;               /* -o; NULL is refused */
    const char *ending;             /* of its name until then */
    const struct search_plan *plan; /* of its candidates */
    enum status (*fill)(void *context, struct archive *whole, struct error *error);
    void *context;
    struct wire *wire; /* from command_whole_start() on; wire_end() it */
    char fresh[PATH_MAX];
};

/* Collective. Starts MPI, of which there must be one rank only. STATUS_OK, or the failure and no
 * wire. */
enum status command_whole_start(struct command_whole *whole, const struct command_line *line,
                                struct error *error);

/* Local. Makes the archive, which must not exist yet, and fills it; after a failure nothing is left. */
enum status command_whole_make(struct command_whole *whole, struct error *error);

#endif
