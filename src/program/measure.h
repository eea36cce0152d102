/* What is measured before a search, on all ranks. Private to the program floor. */
#ifndef COMMAND_MEASURE_H
#define COMMAND_MEASURE_H

#include "program/command.h"

/* Of a measurement under way, on rank 0; zeroed, but for the time at which it began. */
struct command_pace {
    double started, printed; /* wire_time() */
};

/* Local. Says on the standard error how far it is: on a terminal one line drawn again, in a log a line
 * now and then. */
void command_print_pace(struct command_pace *pace, int64_t done, int64_t count);

struct command_measure {
    struct wire *wire;
    int64_t candidate;   /* what this one wants measured; -1: what all do */
    double deadline;     /* wire_time() at which it ends softly; 0: none */
    bool quiet;          /* says nothing of its progress */
    double sign_of_life; /* as of struct share; 0: ranks are not watched */
};

/* Collective. Measures what candidates of the sweep want measured before their search, unless rank 0 knows
 * it already; from then on sweep->space has the start rules on all ranks, and sweep->plan what else was
 * found on rank 0. The same bits on any number of ranks. The same status on all: STATUS_OK, also if
 * nothing is wanted; STATUS_INTERRUPTED; STATUS_FAILED. */
enum status command_measure(struct command_sweep *sweep, const struct command_measure *measure,
                            struct error *error);

/* Local. Takes it from an archive of the sweep, where it has any. STATUS_OK or STATUS_FAILED. */
enum status command_measure_read(struct command_sweep *sweep, struct archive *archive,
                                 struct error *error);

/* Local. Prints what start rules were found, each with its first candidate. */
void command_print_measured(const struct command_sweep *sweep);

/* Local. Prints what was found for one candidate, in a sentence. */
void command_print_found(const struct measured *found);

#endif
