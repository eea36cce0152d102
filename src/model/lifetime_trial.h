/* One trial of a lifetime, for the loop over trials and for the way back. Private to the lifetime
 * module. */
#ifndef LIFETIME_TRIAL_H
#define LIFETIME_TRIAL_H

#include "model/lifetime.h"

/* Local. Trial `h` with what follows from it; false when a number is not finite. */
bool lifetime_trial(struct lifetime *lifetime, int h);

/* Local. Takes the coefficients of a start that the outer loop does not learn for normalised ones, if
 * rule.start_in says so, and makes raw ones of them. Once, when the lifetime has its memory. */
void lifetime_settle_start(struct lifetime *lifetime);

/* Local. w_h of (19). */
double lifetime_loss_weight(const struct lifetime *lifetime, int h);

#endif
