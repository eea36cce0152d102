/* Hints: signals that FORCE and full-FORCE teach beside the outputs, so that the network has to
 * remember what it will need (DePasquale et al. 2018). I inputs, T steps.
 *
 * They are the same for every task: the running integrals of the input lines,
 *
 *     h_c^(n) = s_c sum_(m <= n) (u_c^m - mean over types of u_c^m),
 *
 * in which the memory of a cue and the evidence for a decision are both contained. */
#include "model/learners/hints.h"

#include <math.h>
#include <string.h>

void learner_hints_layout(struct learner_hints *hints, struct learner_block *block,
                          const struct settings *settings, const struct task_shape *shape)
{
    size_t count = settings->force.hints == HINTS_INTEGRALS ? (size_t)shape->inputs : 0;
    size_t steps = (size_t)shape->steps;
    hints->count = (int)count;
    hints->mean = learner_piece(block, steps * count);
    hints->scale = learner_piece(block, count);
    hints->value = learner_piece(block, steps * count);
}

void learner_hints_fill(struct learner_hints *hints, const struct trial *trial)
{
    long count = hints->count;
    for (long n = 0; n < trial->shape.steps; n++)
        for (long c = 0; c < count; c++) {
            long at = n * count + c;
            double before = n > 0 ? hints->value[at - count] : 0;
            hints->value[at] = before + hints->scale[c] * (trial->task.input[at] - hints->mean[at]);
        }
}

/* Largest integral of line `c` in the trial at hand. */
static double largest(const struct learner_hints *hints, long c, long steps)
{
    double most = 0;
    for (long n = 0; n < steps; n++)
        most = fmax(most, fabs(hints->value[n * hints->count + c]));
    return most;
}

void learner_hints_start(struct learner_hints *hints, const struct learner_site *site)
{
    static const double ROUNDING = 1e-6; // of a mean of equal inputs, and more
    struct trial *trial = site->trial;
    long count = hints->count, steps = trial->shape.steps;
    int types = trial->shape.types;
    memset(hints->mean, 0, sizeof(double) * (size_t)(steps * count));
    for (int type = 0; type < types && count > 0; type++) {
        task_prototype(&trial->task, &trial->shape, site->settings, type);
        for (long s = 0; s < steps * count; s++)
            hints->mean[s] += trial->task.input[s] / types;
    }
    for (long c = 0; c < count; c++) {
        double most = 0;
        hints->scale[c] = 1;
        for (int type = 0; type < types; type++) {
            task_prototype(&trial->task, &trial->shape, site->settings, type);
            learner_hints_fill(hints, trial);
            most = fmax(most, largest(hints, c, steps));
        }
        hints->scale[c] = most > ROUNDING ? 1 / most : 0;
    }
}
