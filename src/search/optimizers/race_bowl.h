/* What a race knows of the loss around theta. */
#ifndef RACE_BOWL_H
#define RACE_BOWL_H

#include "search/optimizers/race_state.h"

/* Local. Takes a block's mean differences `y` of the challengers and of theta itself, 0, with the
 * inverses of their variances [population + 1], into the sums that steps are drawn from; forgets all
 * but `share` of them. */
void optimizer_race_learn(struct race *race, const double *theta, const double *y,
                          const double *weight);
void optimizer_race_forget(struct race *race, double share);

/* Local. The direction downhill at `theta`, of length 1: on the bowl as it is known, or on one drawn
 * from what is known. Returns how far it goes down, in units of the size of `theta`; INFINITY: it does
 * not end. */
double optimizer_race_draw(double *direction, const struct race *race, const double *theta,
                           bool known);

#endif
