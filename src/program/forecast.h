/* How long the lifetimes of a sweep take, from a few trials of each kind that are run here. */
#ifndef FORECAST_H
#define FORECAST_H

#include <stdint.h>

#include "search/plan.h"

/* Seconds of this processor that a user waits for the trials to be timed. */
#define COMMAND_FORECAST_BUDGET 1.5

struct command_forecast {
    double seconds; /* of computing of all lifetimes on one core like this one, beside the others */
    double flops;   /* their work, as if no candidate were stopped early */
    int kinds;      /* of lifetimes in the sweep */
    int timed;      /* of which trials were run; the others' times follow from the nearest one's */
};

/* Local. Times the kinds of lifetimes of `plan`, those with the most work first, for about `budget`
 * seconds of this processor, and two of each such lifetime's trials at the least, while as many cores
 * compute as `workers` will, of those that this process may use. STATUS_OK or STATUS_FAILED (out of
 * memory). */
enum status command_forecast(struct command_forecast *forecast, const struct search_plan *plan,
                             int64_t workers, double budget, struct error *error);

#endif
