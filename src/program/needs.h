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

#endif
