/* Recursive least squares. Inside learner only. */
#ifndef LEARNER_RLS_H
#define LEARNER_RLS_H

#include "model/learners/shared.h"

/* P = (a I + sum r r^T)^-1. */
struct learner_rls {
    int units;
    double *inverse;       /* P [N, N] */
    double *product;       /* P r [N] */
    double *gain;          /* k = P r / (1 + r^T P r) [N] */
    double regularisation; /* a */
};

/* Local. Part of a layout. */
void learner_rls_layout(struct learner_rls *rls, struct learner_block *block,
                        const struct settings *settings);

/* Local. P = I / a. */
void learner_rls_start(struct learner_rls *rls);

/* Local. k for the rates `r` [N], and P with them. */
void learner_rls_take(struct learner_rls *rls, const double *r);

#endif
