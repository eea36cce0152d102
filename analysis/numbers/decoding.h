/* What can be read from activity and when: cross-temporal decoding and selectivity of units.
 * x [trials, bins, units]; label [trials] from 0; condition [trials]: what was shown. */
#ifndef DECODING_H
#define DECODING_H

#include <stdbool.h>

/* Local. accuracy [bins, bins]: share of trials whose label a linear decoder trained at the bin of
 * the row reads at the bin of the column, on trials it was not trained on: mean over 10 random
 * splits (of the stream `seed`) into two halves, each with half the trials of every condition and
 * label, each tested by the other. Ridge regression on the labels' indicators; the penalty is 0.01
 * of the mean variance. Cross-temporal decoding: Meyers et al. 2008, J. Neurophysiol. 100:1407.
 * False when memory runs out. */
bool decoding_cross(double *accuracy, const double *x, const int *label, const int *condition,
                    int trials, int bins, int units, unsigned long seed);

/* Local. Only within each bin, the labels of `x` shuffled by the stream `seed`: what chance gives.
 * accuracy [bins]. */
bool decoding_shuffled(double *accuracy, const double *x, const int *label, const int *condition,
                       int trials, int bins, int units, unsigned long seed);

/* Local. out [bins, units]: eta squared, the share of the variance over trials that the labels
 * explain; NaN for a unit that does not vary. */
void decoding_selectivity(double *out, const double *x, const int *label, int trials, int bins,
                          int units);

#endif
