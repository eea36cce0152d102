/* What learners share. Inside learner only. */
#ifndef LEARNER_PRIVATE_H
#define LEARNER_PRIVATE_H

#include "model/learner.h"

/* Numbers behind a learner's struct, handed out one array after the other; a NULL base counts. */
struct learner_block {
    double *base;
    size_t used;
};

/* Local. The next `count` numbers, on a cache line of their own. */
double *learner_piece(struct learner_block *block, size_t count);

/* Local. (9) and (10) for W: W = (1 - 1/tau_w) W + clip(factor e) + noise, within mask and Dale's
 * law; e is trial->eligibility. */
void learner_update(const struct learner_site *site, double factor);

/* Local. (9) with the modulator: factor = eta m. */
void learner_modulate(const struct learner_site *site);

/* Local. W += scale left right^T within the mask; without Dale's law. left, right [N]. */
void learner_add_outer(struct network *network, const double *left, const double *right,
                       double scale);

/* Local. a += scale left right^T for a row-major [rows, columns]. */
void learner_add_rows(double *a, const double *left, const double *right, double scale, int rows,
                      int columns);

/* Local. `count` numbers of purpose `purpose`, uniform in +-bound. */
void learner_draw(double *out, const struct learner_site *site, enum random_purpose purpose,
                  long count, double bound);

/* Teaching signals of FORCE and full-FORCE beside the outputs: running integrals of the input
 * lines, less their mean over trial types, in units of their largest value in any type. */
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

/* Local. Part of a layout. */
void learner_rls_layout(struct learner_rls *rls, struct learner_block *block,
                        const struct settings *settings);

/* Local. Steps between two updates of FORCE and full-FORCE. */
int learner_rls_stride(const struct settings *settings);

#endif
