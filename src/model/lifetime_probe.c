/* Looks at a network that does not learn meanwhile: the size of the terms of the rule, and the
 * rates of its units. N units, T steps. */
#include <math.h>
#include <string.h>

#include "model/lifetime_trial.h"

/* Mean square over synapses of every free term of `rule`, over one trial of each type; out
 * [rule->terms]. The lifetime has begun. */
static void measure_terms(double *out, struct lifetime *lifetime, const struct rule *rule)
{
    const struct settings *settings = lifetime->settings;
    struct trial *trial = &lifetime->trial;
    double square[RULE_TERMS];
    int types = lifetime->shape.types;
    memset(out, 0, sizeof(double) * (size_t)rule->terms);
    for (int h = 0; h < types; h++) {
        trial_draw(trial, &lifetime->network, rule, settings, lifetime->task_seed, (uint64_t)h);
        trial_run(trial, &lifetime->network, rule, settings);
        trial_term_squares(square, trial, rule, settings, lifetime->network.mask);
        for (int p = 0; p < rule->terms; p++)
            out[p] += square[p] / types;
    }
}

static double scale_of(double square)
{
    return isfinite(square) && square > 0 ? 1 / sqrt(square) : 1;
}

/* The size is measured in the untrained network: it must be the same for all seeds and
 * iterations of a candidate, or the optimizer's steps would not add up in one coordinate system. */
void lifetime_scale(double *scale, struct lifetime *lifetime, uint64_t task_seed)
{
    double start[RULE_PARAMETERS], square[RULE_TERMS];
    rule_get(&lifetime->rule, start);
    lifetime_begin(lifetime, task_seed, start);
    measure_terms(square, lifetime, &lifetime->rule);
    for (int p = 0; p < lifetime->rule.parameters; p++)
        scale[p] = p < lifetime->rule.terms ? scale_of(square[p]) : 1;
}

/* As if the terms of the start were free: measured where the search measures those, and multiplied as
 * it does, so that a rule which is only run is to the bit the one that learning starts from. */
void lifetime_settle_start(struct lifetime *lifetime)
{
    const struct settings *settings = lifetime->settings;
    double start[RULE_PARAMETERS], square[RULE_TERMS];
    struct rule rule;
    if (settings->rule.start_in != START_NORMALISED || lifetime->rule.terms > 0 ||
        lifetime->rule.planes == 0)
        return;
    rule_create_start(&rule, settings);
    rule_get(&lifetime->rule, start);
    lifetime_begin(lifetime, 0, start);
    measure_terms(square, lifetime, &rule);
    rule_get(&rule, start);
    for (int p = 0; p < rule.terms; p++)
        start[p] *= scale_of(square[p]);
    rule_set(&rule, start);
    memcpy(lifetime->rule.plane, rule.plane, sizeof rule.plane);
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
