/* How a run ended, and the command by which it goes on. */
#ifndef PROGRAM_ENDED_H
#define PROGRAM_ENDED_H

#include "program/command.h"

/* Local (one rank). Writes into the archive by which command the run of `line` goes on; and how it ended:
 * what stopped it, if `status` says so, is a signal to this process, the time `deadline` of wire_time()
 * (0: none), a signal to another rank, or the first failure in `error`. */
enum status command_write_resume(struct archive *archive, const struct command_line *line,
                                 struct error *error);
enum status command_write_end(struct archive *archive, enum status status, double deadline,
                              struct error *error);

/* Local. Prints that a run stopped, by what, and the command that goes on with the archive `path`, of which
 * the last start had `ranks`, if it is no packed copy; and the same from the archive. STATUS_OK or
 * STATUS_FAILED (it cannot be read). */
void command_print_stop(const struct archive_end *end, int ranks, const char *path);
enum status command_print_end(struct archive *archive, const char *path, struct error *error);

/* Local. The same command, of `ranks` by mpirun if they are more than one. */
enum { COMMAND_RESUME = ARCHIVE_COMMAND + PATH_MAX + 64 };
void command_resume(char text[COMMAND_RESUME], const struct archive_end *end, int ranks,
                    const char *path);

/* Local. What stopped it, to the end of a sentence that begins with "stopped". */
void command_stopped(char text[ARCHIVE_WHY + 64], const struct archive_end *end);

/* Local. Writes the exit status into PATH.status, since mpirun does not tell it after a rank has died. */
void command_write_status(const char *path, enum status status);

#endif
