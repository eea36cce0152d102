/* Solutions that do the task equally well: what is compared among them says nothing of success. */
#ifndef MEASURE_EQUAL_H
#define MEASURE_EQUAL_H

#include "archives/study.h"

#define MEASURE_SOLVED 0.95 /* accuracy from which the task counts as solved */
#define MEASURE_WINDOW 0.1  /* otherwise: width of the window of accuracy */

/* Local. Chooses, of the solutions of the study, those with an accuracy of MEASURE_SOLVED or more,
 * or, where there are not two of each of two rules, those in the window that holds most: chosen
 * [solutions], range [2] their accuracies. Accuracy is that of the frozen network, or, not known,
 * that of the end of its lifetime. False: no window has two of each of two rules. */
bool measure_equal(bool *chosen, double range[2], const struct study *study);

#endif
