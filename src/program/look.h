/* How far a run is, from its archive alone. */
#ifndef PROGRAM_LOOK_H
#define PROGRAM_LOOK_H

#include "program/ended.h"

enum command_state { COMMAND_RUNNING, COMMAND_COMPLETE, COMMAND_STOPPED, COMMAND_FAILED };

struct command_look {
    struct command_results results;
    struct archive_end end; /* of the latest start */
    enum command_state state;
    struct archive_team team; /* of the latest start */
    double rate;              /* lifetimes a second while it runs; NAN: not known yet */
    double left, silent;      /* seconds: left, likewise; since the last write */
    const char *path;
};

/* Local. Looks at the archive `path`, which must stay. `look` must not move. STATUS_OK, or the failure and
 * nothing held. */
enum status command_look(struct command_look *look, const char *path, struct error *error);
void command_look_free(struct command_look *look);

/* Local. Prints lifetimes, pace or end, and the first `rows` candidates, for people; and all in numbers, as
 * one line of JSON. */
void command_print_look(const struct command_look *look, int rows, bool wide);
void command_print_look_json(const struct command_look *look);

#endif
