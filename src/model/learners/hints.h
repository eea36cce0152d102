/* Teaching signals of FORCE and full-FORCE beside the outputs: running integrals of the input
 * lines, less their mean over trial types, in units of their largest value in any type. Inside
 * learner only. */
#ifndef LEARNER_HINTS_H
#define LEARNER_HINTS_H

#include "model/learners/shared.h"

struct learner_hints {
    int count;     /* I, or 0 without hints */
    double *mean;  /* of the inputs over types [T, I] */
    double *scale; /* [I]; 0 for a line that is the same in all types */
    double *value; /* of the trial at hand [T, I]; entry n belongs to state n + 1 */
};

/* Local. Part of a layout. */
void learner_hints_layout(struct learner_hints *hints, struct learner_block *block,
                          const struct settings *settings, const struct task_shape *shape);

/* Local. Mean and scale, from the prototypes; uses trial->task as workspace. */
void learner_hints_start(struct learner_hints *hints, const struct learner_site *site);

/* Local. The values of the trial that was drawn. */
void learner_hints_fill(struct learner_hints *hints, const struct trial *trial);

#endif
