/* Meta-gradient estimators: how the derivative of the meta-objective (19) is had from lifetimes.
 * Files in estimators/, and one line in estimators/list.h each; they stand on this contract and on
 * estimator.c, and estimator_list.c on them.
 *
 * Some carry derivatives along in each lifetime. The others compare the losses of pairs of lifetimes
 * at theta + step and theta - step, in normalised coordinates, which carry none. */
#ifndef ESTIMATOR_H
#define ESTIMATOR_H

#include "model/lifetime.h"

/* Where an iteration compares losses. */
struct estimator_place {
    int64_t iteration;
    int parameters;
    double unit[RULE_PARAMETERS]; /* of the steps, in normalised coordinates: optimizer_units() */
    int guides;                   /* gradients of iterations before; 0: none */
    const double *guide;          /* [guides, parameters], normalised, the last first */
};

struct estimator {
    const char *name, *sentence;
    bool exact; /* equals the derivative of the loss, so that central differences must agree */
    bool noisy; /* right in the mean over many seeds only, by the noise in the weights */
    bool slope; /* follows the slope of the objective, which a binary reward does not have */
    /* Parameters that not every estimator reads, but this one does; ends with NULL. NULL: none. */
    const char *const *reads;
    /* How a lifetime of `settings` has to carry its derivatives; where losses are compared as well,
     * those at theta itself, and their mean gradients are guides of later iterations' steps. */
    struct lifetime_gradient (*gradient)(const struct settings *settings);
    /* Of those that are guided, else NULL: how many guides they look at, at the most. */
    int (*guides)(const struct settings *settings);
    /* Of those that compare losses, else NULL: how many pairs; the step of one of them in units of
     * the place, out [parameters]; and the factor that makes the gradient of
     * sum_pairs (L+ - L-) step. */
    int (*pairs)(const struct settings *settings, int parameters);
    void (*step)(double *out, const struct settings *settings, const struct estimator_place *place,
                 int pair);
    double (*factor)(const struct settings *settings, const struct estimator_place *place);
};

/* Local. For estimator->gradient of those that compare losses: no derivatives. */
struct lifetime_gradient estimator_no_gradient(const struct settings *settings);

/* Local. For estimator->gradient of those that follow derivatives which fade, by meta.discount and
 * meta.reset_every. */
struct lifetime_gradient estimator_discounted_gradient(const struct settings *settings);

/* All of them; meta.estimator is the place in this list, which ends with NULL. */
extern const struct estimator *const estimator_list[];

/* Local. Makes them known to the parameter table; see search_register(). */
void estimator_register(void);

/* Local. The estimator that `settings` chose; with an optimizer that follows no gradient one
 * without derivatives or pairs. */
const struct estimator *estimator_of(const struct settings *settings);

/* Local. Points in the space of rules at which an iteration runs lifetimes beside those at theta
 * itself: two a pair, 0 where no losses are compared. */
int estimator_points(const struct estimator *estimator, const struct settings *settings,
                     int parameters);

/* Local. The most guides that an iteration can have, 0 where none are looked at. */
int estimator_guides(const struct estimator *estimator, const struct settings *settings);

/* Local. The place of an iteration at the normalised `theta` [parameters], without guides. */
struct estimator_place estimator_place(const struct settings *settings, const double *theta,
                                       int64_t iteration, int parameters);

/* Local. Moves `theta`, the place's own, to its point `point`: pair point / 2, forwards if even. The
 * same step for all seeds, kept for their whole lifetimes. */
void estimator_move(double *theta, const struct estimator *estimator,
                    const struct settings *settings, const struct estimator_place *place,
                    int point);

/* Local. Each seed's gradient from its losses: gradients [seeds, parameters], raw coordinates;
 * losses [points, seeds]. It is not finite where a loss is not. */
void estimator_compare(double *gradients, const struct estimator *estimator, const double *losses,
                       const double *scale, const struct settings *settings,
                       const struct estimator_place *place, int seeds);

/* Local. The mean over seeds of `gradients` [seeds, parameters], summed in seed order, each in
 * normalised coordinates (times `scale`) and clipped to the norm `clip` first. Seeds whose `usable`
 * is false, or whose gradient is not finite, are left out. mean [parameters]; returns how many
 * seeds count (mean is all 0 when none does). */
int estimator_mean(double *mean, const double *gradients, const bool *usable, const double *scale,
                   double clip, int seeds, int parameters);

/* Local. Checks the estimator against the other settings, for space_create(). */
void estimator_check(const struct settings *settings, struct settings_problems *problems);

#endif
