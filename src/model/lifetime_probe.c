/* Looks at a network that does not learn meanwhile: the size of the terms of the rule, and the
 * rates of its units. N units, T steps. */
#include <math.h>
#include <string.h>

#include "model/lifetime.h"

/* The size is measured in the untrained network: it must be the same for all seeds and
 * iterations of a candidate, or the optimizer's steps would not add up in one coordinate system. */
void lifetime_scale(double *scale, struct lifetime *lifetime, uint64_t task_seed)
{
    const struct settings *settings = lifetime->settings;
    struct trial *trial = &lifetime->trial;
    double start[RULE_PARAMETERS], sum[RULE_TERMS] = {0}, square[RULE_TERMS];
    rule_get(&lifetime->rule, start);
    lifetime_begin(lifetime, task_seed, start);
    int types = lifetime->shape.types;
    for (int h = 0; h < types; h++) {
        trial_draw(trial, &lifetime->network, &lifetime->rule, settings, task_seed, (uint64_t)h);
        trial_run(trial, &lifetime->network, &lifetime->rule, settings);
        trial_term_squares(square, trial, &lifetime->rule, settings, lifetime->network.mask);
        for (int p = 0; p < lifetime->rule.terms; p++)
            sum[p] += square[p] / types;
    }
    for (int p = 0; p < lifetime->rule.parameters; p++) {
        bool usable = p < lifetime->rule.terms && isfinite(sum[p]) && sum[p] > 0;
        scale[p] = usable ? 1 / sqrt(sum[p]) : 1;
    }
}

void lifetime_representation(float *rates, struct lifetime *lifetime, int stride)
{
    struct trial *trial = &lifetime->trial;
    long n = lifetime->network.units, steps = lifetime->shape.steps;
    for (int type = 0; type < lifetime->shape.types; type++) {
        task_prototype(&trial->task, &trial->shape, lifetime->settings, type);
        memset(trial->noise, 0, sizeof(double) * (size_t)(n * steps));
        memset(trial->state, 0, sizeof(double) * (size_t)n);
        network_clamp(&lifetime->network, trial->state);
        memcpy(trial->trace, trial->state, sizeof(double) * (size_t)n);
        trial_run(trial, &lifetime->network, &lifetime->rule, lifetime->settings);
        for (long t = stride; t <= steps; t += stride)
            for (long i = 0; i < n; i++)
                *rates++ = (float)trial_rate(trial, t, i);
    }
}
