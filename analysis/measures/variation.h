/* Trials that no network was trained on: one setting of the task twice or half as large, or other
 * starting states; and how a network answers them. */
#ifndef MEASURE_VARIATION_H
#define MEASURE_VARIATION_H

#include "archives/study.h"

enum {
    MEASURE_VARIATIONS = 24, /* at the most; the first is what was trained */
    MEASURE_REPEATS = 2,     /* trials of each type, from different starting states */
};

struct measure_variation {
    char name[48]; /* "delay x 2" */
    struct settings settings;
    struct task_shape shape;
};

/* Local. The variations of a candidate's task, "trained" first: durations but that of the response
 * and the level of stimuli, times 2 and 1/2, and starting states 10 times as far from 0. What the
 * task does not allow, or what makes other types, is left out. Returns how many. */
int measure_variations(struct measure_variation out[MEASURE_VARIATIONS],
                       const struct study_candidate *candidate);

/* Local. Runs a network without exploration, learning and noise of stimuli on MEASURE_REPEATS trials
 * of each type; the starting states are the same for all networks of a size. answer [types, outputs]:
 * mean output in the response window; loss: mean |y - y*| there; accuracy: share of right answers.
 * False when memory runs out. */
bool measure_variation_run(double *answer, double *loss, double *accuracy,
                           const struct network *network,
                           const struct measure_variation *variation);

/* Local. Floating-point operations of all solutions in all variations of their task. */
double measure_variation_cost(const struct study *study);

#define MEASURE_VARIATION_MOST 2e12 /* operations beyond which it is left out */

#endif
