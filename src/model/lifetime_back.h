/* The way back through a lifetime that was run. Private to the lifetime module. */
#ifndef LIFETIME_BACK_H
#define LIFETIME_BACK_H

#include "model/lifetime.h"

/* Local. Goes back from the last trial to the first: gradient_sum. The weights are W^(H) again
 * afterwards. False: the observer said stop. */
bool lifetime_back(struct lifetime *lifetime, const struct lifetime_observer *observer);

#endif
