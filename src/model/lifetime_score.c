/* The policy gradient over the stochastic weight updates (10): the distribution of W^(h+1), given
 * all before, is normal about a mean whose derivative along p is mu-dot_p, so that the derivative
 * of the expected loss is
 *
 *   - sum_h (1/sigma_w) <eps^(h), mu-dot_p^(h)> A^(h),   A^(h) = sum_h'>h w_h' (o^(h') - B^(h)_c')
 *
 * with the objective o of later trials (19). B^(h)_c is the running mean (11) of the objective of
 * trials of type c as it stood when eps^(h) was drawn. It must not be the mean of a later time:
 * that depends on eps^(h), and to subtract it biases the estimate. As it is, it only takes away
 * variance.
 *
 * The sums are turned around: trial h' meets the scores of all earlier trials at once, so that
 * nothing is kept for each trial. */
#include "model/lifetime_score.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

static size_t numbers(const struct rule *rule, const struct task_shape *shape)
{
    size_t parameters = (size_t)rule->parameters, types = (size_t)shape->types;
    return 2 * parameters + types * parameters + types;
}

enum status lifetime_score_create(struct lifetime *lifetime, struct error *error)
{
    size_t parameters = (size_t)lifetime->rule.parameters, types = (size_t)lifetime->shape.types;
    size_t bytes = sizeof(double) * numbers(&lifetime->rule, &lifetime->shape);
    struct lifetime_score *score = error_calloc(error, 1, sizeof *score + bytes, "scores");
    if (!score)
        return STATUS_FAILED;
    score->trial = (double *)(score + 1);
    score->sum = score->trial + parameters;
    score->weighted = score->sum + parameters;
    score->expected = score->weighted + types * parameters;
    lifetime->score = score;
    return STATUS_OK;
}

void lifetime_score_free(struct lifetime *lifetime)
{
    free(lifetime->score);
    lifetime->score = NULL;
}

double lifetime_score_bytes(const struct rule *rule, const struct task_shape *shape)
{
    return sizeof(struct lifetime_score) + sizeof(double) * (double)numbers(rule, shape);
}

void lifetime_score_start(struct lifetime *lifetime)
{
    memset(lifetime->score->trial, 0, sizeof(double) * numbers(&lifetime->rule, &lifetime->shape));
}

void lifetime_score_correlate(struct lifetime *lifetime, int h, double factor)
{
    const struct settings *settings = lifetime->settings;
    long n = lifetime->network.units;
    if (factor == 0)
        return;
    random_normal(lifetime->weight_noise,
                  random_key((uint64_t)settings->seed, lifetime->task_seed, RANDOM_WEIGHT_NOISE),
                  (uint64_t)h, 0, n * n);
    tangent_correlate(lifetime->score->trial, &lifetime->tangent, lifetime->weight_noise,
                      factor / settings->learning.weight_noise);
}

void lifetime_score_reward(struct lifetime *lifetime, double weight)
{
    struct lifetime_score *score = lifetime->score;
    int parameters = lifetime->rule.parameters, types = lifetime->shape.types;
    int type = lifetime->trial.task.type;
    double beta = lifetime->rule.baseline_rate;
    double objective = lifetime->trial.objective;
    for (int p = 0; p < parameters; p++)
        lifetime->gradient_sum[p] -=
            weight * (objective * score->sum[p] - score->weighted[type * parameters + p]);
    score->expected[type] += beta * (objective - score->expected[type]);
    for (int p = 0; p < parameters; p++) {
        score->sum[p] += score->trial[p];
        for (int c = 0; c < types; c++)
            score->weighted[c * parameters + p] += score->trial[p] * score->expected[c];
        score->trial[p] = 0;
    }
}
