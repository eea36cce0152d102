/* Dynamical similarity analysis: linear models of delay-embedded activity, compared up to a
 * rotation (Ostrow et al. 2023, arXiv 2306.10168). The distance depends on the number of delays and
 * on the rank: say both. */
#ifndef DSA_H
#define DSA_H

#include <stdbool.h>

enum {
    DSA_RANK = 32,       /* r at the most */
    DSA_COMPONENTS = 10, /* principal components of the activity that are embedded */
};

/* Local. Whether there are enough steps: more than `delays` + `rank` in a condition, and at least 2
 * `rank` pairs of successive states in all. With fewer the model merely interpolates them. */
bool dsa_enough(int conditions, int steps, int delays, int rank);

/* Local. Fits v^(t+1) = A v^t by ridge regression (1e-8), v being the `rank` leading singular
 * coordinates, of variance 1, of x [conditions, steps, units] embedded with `delays` delays (the
 * last being the number of copies). model [rank, rank]; rows and columns beyond the rank of the
 * data are 0. False when memory runs out, when x is not finite or constant, or when steps are not
 * enough. */
bool dsa_model(double *model, const double *x, int conditions, int steps, int units, int delays,
               int rank);

/* Local. min over orthogonal C of arccos(<A, C B C^T> / (||A|| ||B||)), 0 to pi. NaN when one of
 * them is 0 or memory runs out. */
double dsa_distance(const double *a, const double *b, int rank);

/* Local. Mean distance of the eigenvalues of A and B under their best matching: the cheap variant,
 * which sees no departures from normality (Ostrow et al. 2023, Wasserstein distance). */
double dsa_spectrum(const double *a, const double *b, int rank);

#endif
