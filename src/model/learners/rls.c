/* Recursive least squares. N units. */
#include "model/learners/rls.h"

#include <string.h>

#include "base/linalg.h"

void learner_rls_layout(struct learner_rls *rls, struct learner_block *block,
                        const struct settings *settings)
{
    size_t n = (size_t)settings->network.units;
    rls->units = (int)n;
    rls->regularisation = settings->force.regularisation;
    rls->inverse = learner_piece(block, n * n);
    rls->product = learner_piece(block, n);
    rls->gain = learner_piece(block, n);
}

void learner_rls_start(struct learner_rls *rls)
{
    size_t n = (size_t)rls->units;
    memset(rls->inverse, 0, sizeof(double) * n * n);
    for (size_t i = 0; i < n; i++)
        rls->inverse[i * n + i] = 1 / rls->regularisation;
}

/* The formula of Sherman and Morrison: the inverse of a sum that grows by r r^T costs N^2 a step
 * instead of N^3. */
void learner_rls_take(struct learner_rls *rls, const double *r)
{
    int n = rls->units;
    double denominator = 1;
    linalg_gemv(rls->product, rls->inverse, n, r, n, n, 1, 0, 0);
    for (int i = 0; i < n; i++)
        denominator += r[i] * rls->product[i];
    for (int i = 0; i < n; i++)
        rls->gain[i] = rls->product[i] / denominator;
    learner_add_rows(rls->inverse, rls->gain, rls->product, -1, n, n);
}
