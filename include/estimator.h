/* Meta-gradient estimators: how the derivative of the meta-objective (19) is had from lifetimes.
 * One entry in the list of estimator.c each. */
#ifndef ESTIMATOR_H
#define ESTIMATOR_H

#include "lifetime.h"

struct estimator {
    const char *name, *sentence;
    bool exact; /* equals the derivative of the loss, so that central differences must agree */
    /* How a lifetime of `settings` has to carry its derivatives. */
    struct lifetime_gradient (*gradient)(const struct settings *settings);
};

/* In the order of the choices of meta.estimator; ends with a NULL name. */
extern const struct estimator estimator_list[];

/* Local. The estimator that `settings` chose. */
const struct estimator *estimator_of(const struct settings *settings);

/* Local. The mean over seeds of `gradients` [seeds, parameters], summed in seed order, each in
 * normalised coordinates (times `scale`) and clipped to the norm `clip` first. Seeds whose `usable`
 * is false, or whose gradient is not finite, are left out. mean [parameters]; returns how many
 * seeds count (mean is all 0 when none does). */
int estimator_mean(double *mean, const double *gradients, const bool *usable, const double *scale,
                   double clip, int seeds, int parameters);

#endif
