/* Where a race looks next. */
#ifndef RACE_STEPS_H
#define RACE_STEPS_H

#include "search/optimizers/race_state.h"

/* Local. A new challenger in `slot`, untested. */
void optimizer_race_propose(struct race *race, int slot, const double *theta);

/* Local. The challenger of `slot` moved by `step` [n], untested. */
void optimizer_race_carry(struct race *race, int slot, const double *step);

/* Local. Half the rule's size, a quarter, an eighth ... by slot: where all lifetimes diverge. */
void optimizer_race_shrink(struct race *race, int slot, const double *theta);

#endif
