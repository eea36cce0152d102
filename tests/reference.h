/* The equations as they stand, one loop an index: slow, plain, and what every fast kernel must
 * match. Shares only the random draws with the program. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "model/lifetime.h"

/* N units, P free parameters, O outputs, H trials. Row-major. */
struct reference {
    int units, parameters;
    double *recurrent;   /* W [N, N] after the last trial */
    double *sensitivity; /* U [N, N, P] after the last trial */
    double *eligibility; /* e^T of the last trial [N, N] */
    double *tangent;     /* z^T of the last trial [N, N, P] */
    double loss;         /* (19) without the penalty */
    double gradient[RULE_PARAMETERS];
};

/* Runs the lifetime of `task_seed` with the free parameters `theta`. `frozen` [H] replaces the
 * modulators m, unless NULL. Aborts when out of memory. */
void reference_run(struct reference *reference, const struct settings *settings,
                   struct lifetime_gradient gradient, uint64_t task_seed, const double *theta,
                   const double *frozen);

void reference_free(struct reference *reference);

#endif
