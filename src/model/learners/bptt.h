/* Backpropagation through time, as far as its tests look inside. Inside learner only. */
#ifndef LEARNER_BPTT_H
#define LEARNER_BPTT_H

#include "model/learner.h"

/* Gradient of -R by backpropagation through time, mean of a batch, and Adam. K numbers: those of
 * W [N, N], then W_in [N, I], then W_out [O, N]; 0 where nothing learns. */
struct learner_bptt {
    double *gradient, *mean, *square; /* [K] */
    double *state;                    /* X [T, N] */
    double *now, *back;               /* [N] */
    int trials;                       /* in the batch so far */
    double left_mean, left_square;    /* powers of Adam's memories */
};

/* Local. Adds to `bptt->gradient` that of -R of the trial that was run, at the weights it had. */
void learner_bptt_gradient(struct learner_bptt *bptt, const struct learner_site *site);

#endif
