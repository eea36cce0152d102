/* What a sweep asks for, before anything runs: lifetimes, work, memory, seconds. */
#ifndef NEEDS_H
#define NEEDS_H

#include "program/command.h"
#include "program/forecast.h"

/* Share of the rate of DGEMM that lifetimes are assumed to reach if none was timed. */
#define COMMAND_UNTIMED 0.4

struct command_needs {
    struct command_counts least, most;
    double flops;                     /* at the most, all in all */
    int64_t pieces;                   /* of what is measured before the search */
    double measured;                  /* of flops */
    int64_t trials[2], parameters[2]; /* least and most */
};

/* Local. Adds up all candidates. */
struct command_needs command_needs(const struct search_plan *plan);

/* Local. How many lifetimes can run at the same time: of all candidates, or of a generation where the
 * method learns. */
int64_t command_side_by_side(const struct search_plan *plan);

/* Local. Bytes of a rank. */
double command_needs_bytes(const struct search_plan *plan);

/* Local. Whether any trial could be timed. */
bool command_forecast_known(const struct command_forecast *forecast);

/* Local. Seconds of computing on one core, whose rate of DGEMM is `rate` flops/s: from what was timed,
 * else from that rate. */
double command_needs_seconds(const struct command_needs *needs,
                             const struct command_forecast *forecast, double rate);

/* How long a run takes. */
struct command_stay {
    double seconds; /* from the start of the program on all ranks to its end */
    double busy;    /* share of the workers' time that they compute */
};

/* Local. The run of a sweep that computes for `seconds` on one core, on so many ranks: as the scheduler
 * hands out its jobs, if each takes its share of these seconds by its work. STATUS_OK or STATUS_FAILED
 * (out of memory). */
enum status command_stay(struct command_stay *stay, const struct search_plan *plan,
                         const struct command_needs *needs, double seconds, int64_t ranks,
                         struct error *error);

#endif
