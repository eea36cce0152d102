/* What learners share. Inside learner only. */
#ifndef LEARNER_PRIVATE_H
#define LEARNER_PRIVATE_H

#include "model/learner.h"

enum { LEARNER_LINE = 8 }; /* doubles in a cache line */

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

#endif
