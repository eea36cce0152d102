/* The memory of a lifetime, all of it taken before the first trial, and what one costs.
 * H trials, N units, P free parameters. */
#include <stdlib.h>

#include "model/lifetime_past.h"
#include "model/lifetime_score.h"
#include "model/lifetime_trial.h"

/* The small arrays; the large ones belong to network, trial and tangent. */
static enum status take_arrays(struct lifetime *lifetime, struct error *error)
{
    size_t types = (size_t)lifetime->shape.types, trials = (size_t)lifetime->trials;
    size_t parameters = (size_t)lifetime->rule.parameters + 1; // never empty: calloc(0) may be NULL
    size_t units = (size_t)lifetime->network.units;
    const char *what = "a lifetime";
    lifetime->baseline = error_calloc(error, types, sizeof(double), what);
    lifetime->baseline_dot = error_calloc(error, types * parameters, sizeof(double), what);
    lifetime->modulator_dot = error_calloc(error, parameters, sizeof(double), what);
    lifetime->gradient_sum = error_calloc(error, parameters, sizeof(double), what);
    lifetime->reward = error_calloc(error, trials, sizeof(float), what);
    lifetime->correct = error_calloc(error, trials, 1, what);
    lifetime->modulators = error_calloc(error, trials, sizeof(double), what);
    bool noisy = lifetime->settings->learning.weight_noise > 0;
    if (noisy)
        lifetime->weight_noise = error_calloc(error, units * units, sizeof(double), what);
    bool all = lifetime->baseline && lifetime->baseline_dot && lifetime->modulator_dot &&
               lifetime->gradient_sum && lifetime->reward && lifetime->correct &&
               lifetime->modulators && (!noisy || lifetime->weight_noise);
    return all ? STATUS_OK : STATUS_FAILED;
}

enum status lifetime_create(struct lifetime *lifetime, const struct settings *settings,
                            struct lifetime_gradient gradient, bool keep_update,
                            struct error *error)
{
    *lifetime = (struct lifetime){.settings = settings,
                                  .gradient = gradient,
                                  .keep_update = keep_update,
                                  .trials = (int)settings->learning.trials};
    rule_create(&lifetime->rule, settings);
    task_shape(&lifetime->shape, settings);
    lifetime->gradient.wanted &= lifetime->rule.parameters > 0;
    struct task_shape *shape = &lifetime->shape;
    enum status status =
        network_create(&lifetime->network, settings, shape->inputs, shape->outputs, error);
    if (status == STATUS_OK)
        status = trial_create(&lifetime->trial, settings, shape, error);
    lifetime->learner = learner_of(settings);
    if (status == STATUS_OK)
        status = learner_create(&lifetime->learner_state, settings, shape, error);
    if (status == STATUS_OK && lifetime->gradient.wanted && gradient.score)
        status = lifetime_score_create(lifetime, error);
    bool backwards = lifetime->gradient.wanted && lifetime->gradient.backwards;
    if (status == STATUS_OK && backwards)
        status = lifetime_past_create(lifetime, error);
    if (status == STATUS_OK && lifetime->gradient.wanted && !backwards)
        status = tangent_create(&lifetime->tangent, &lifetime->rule, lifetime->network.units,
                                shape->steps, lifetime->trial.in_single, keep_update, error);
    if (status == STATUS_OK)
        status = take_arrays(lifetime, error);
    if (status != STATUS_OK)
        lifetime_free(lifetime);
    else
        lifetime_settle_start(lifetime);
    return status;
}

void lifetime_free(struct lifetime *lifetime)
{
    network_free(&lifetime->network);
    trial_free(&lifetime->trial);
    free(lifetime->learner_state);
    tangent_free(&lifetime->tangent);
    lifetime_past_free(lifetime);
    lifetime_score_free(lifetime);
    free(lifetime->baseline);
    free(lifetime->baseline_dot);
    free(lifetime->modulator_dot);
    free(lifetime->gradient_sum);
    free(lifetime->reward);
    free(lifetime->correct);
    free(lifetime->modulators);
    free(lifetime->weight_noise);
    *lifetime = (struct lifetime){0};
}

double lifetime_bytes(const struct settings *settings, const struct rule *rule,
                      struct lifetime_gradient gradient)
{
    struct task_shape shape;
    task_shape(&shape, settings);
    double n = (double)settings->network.units;
    double bytes = network_bytes(settings, shape.inputs, shape.outputs) +
                   trial_bytes(settings, rule, &shape) + learner_bytes(settings, &shape) +
                   16.0 * (double)settings->learning.trials;
    if (settings->learning.weight_noise > 0)
        bytes += n * n * sizeof(double);
    if (gradient.wanted && gradient.backwards && rule->parameters > 0)
        bytes += lifetime_past_bytes(settings, rule, &shape);
    else if (gradient.wanted && rule->parameters > 0)
        bytes += tangent_bytes(rule, (int)n, shape.steps, settings->precision == PRECISION_SINGLE);
    if (gradient.wanted && gradient.score)
        bytes += lifetime_score_bytes(rule, &shape);
    return bytes;
}

double lifetime_flops(const struct settings *settings, const struct rule *rule,
                      struct lifetime_gradient gradient)
{
    struct task_shape shape;
    task_shape(&shape, settings);
    double n = (double)settings->network.units;
    double learning = 2 * n * n * shape.steps + learner_of(settings)->flops(settings, rule, &shape);
    double adjoint = adjoint_flops(rule);
    double tangents = gradient.local ? 2.0 * rule->parameters : tangent_flops(rule);
    double derivatives = !gradient.wanted ? 0 : gradient.backwards ? adjoint : tangents;
    return (learning + derivatives * n * n * shape.steps) * (double)settings->learning.trials;
}
