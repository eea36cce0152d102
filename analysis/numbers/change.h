/* How learning changed a network: little of everything (lazy) or features (rich). Weights before
 * and after are [N, N]. */
#ifndef CHANGE_H
#define CHANGE_H

#include <stdbool.h>

#include "model/network.h"

struct change_weights {
    double norm;            /* |W_T - W_0| */
    double relative_norm;   /* |W_T - W_0| / |W_0| (Chizat et al. 2019, arXiv 1812.07956) */
    double stable_rank;     /* |W_T - W_0|^2 / its largest singular value squared */
    double sign_similarity; /* share of the weights, not 0 before, that keep their sign (Liu et al.
                               2024, arXiv 2310.08513) */
};

/* Local. `singular` [values] are the largest singular values of W_T - W_0, NaN beyond N. False when
 * memory runs out. */
bool change_weights(struct change_weights *change, double *singular, int values,
                    const double *before, const double *after, int units);

/* Local. <A, B> / (|A| |B|) of two kernels [n, n]: their alignment, 1 when learning changed
 * nothing.
 */
double change_alignment(const double *a, const double *b, int n);

/* Local. kernel [samples, samples] = H H^T of the activity h [samples, units]. */
void change_representation_kernel(double *kernel, const double *h, int samples, int units);

/* Local. Tangent kernel of the outputs at the end of trials: entry (a, b) is <dy_a/dW, dy_b/dW>, a
 * and b counting (condition, output). kernel [conditions outputs, conditions outputs]; input
 * [conditions, steps, inputs], noise-free. False when memory runs out. */
bool change_tangent_kernel(double *kernel, const struct network *network, const double *input,
                           int conditions, int steps);

#endif
