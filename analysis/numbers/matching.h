/* Weights of two networks, whose units have no order: the distance under the best matching of units
 * that is found, and the assignment problem behind it. N units in both. */
#ifndef MATCHING_H
#define MATCHING_H

#include <stdbool.h>

/* Local. The assignment of rows to columns of `cost` [n, n] with the least sum: to [n] is the column
 * of each row. Shortest augmenting paths, n^3 at the most (Kuhn 1955; Jonker and Volgenant 1987,
 * Computing 38:325). False when memory runs out; no cost may be NaN. */
bool matching_assign(int *to, const double *cost, int n);

/* Local. min over permutations P of |A - P B P^T| / sqrt(|A|^2 + |B|^2), Frobenius norms, for weights
 * a, b [n, n]: 0 for networks that differ in the order of their units, near 1 for unrelated ones
 * (Huang et al. 2024, arXiv 2410.03972). Finding the best P is NP-hard: the better of no permutation
 * and that which matches the units most alike in `likeness` [n, n] (unit of a, unit of b) is improved
 * by at most `rounds` linear assignments, each to the gradient of the overlap (Vogelstein et al. 2015,
 * PLoS ONE 10:e0121002), as long as it gets better. So it is an upper bound. NaN when memory runs
 * out, something is not finite or both are 0. */
double matching_distance(const double *a, const double *b, const double *likeness, int n,
                         int rounds);

#endif
