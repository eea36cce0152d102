#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/random.h"
#include "search/estimator.h"

static struct lifetime_gradient pathwise(const struct settings *settings)
{
    return (struct lifetime_gradient){
        .wanted = true, .discount = 1, .backwards = settings->meta.gradient == GRADIENT_ADJOINT};
}

static struct lifetime_gradient discounted(const struct settings *settings)
{
    return (struct lifetime_gradient){.wanted = true,
                                      .discount = settings->meta.discount,
                                      .reset_every = (int)settings->meta.reset_every,
                                      .backwards = settings->meta.gradient == GRADIENT_ADJOINT};
}

static struct lifetime_gradient score(const struct settings *settings)
{
    (void)settings;
    return (struct lifetime_gradient){.wanted = true, .discount = 1, .score = true};
}

static struct lifetime_gradient score_local(const struct settings *settings)
{
    (void)settings;
    return (struct lifetime_gradient){.wanted = true, .score = true, .local = true};
}

static struct lifetime_gradient none(const struct settings *settings)
{
    (void)settings;
    return (struct lifetime_gradient){.wanted = false};
}

static int es_pairs(const struct settings *settings, int parameters)
{
    (void)parameters;
    return (int)settings->meta.es_pairs;
}

static void es_step(double *out, const struct settings *settings, int64_t iteration, int pair,
                    int parameters)
{
    random_normal(out, random_key((uint64_t)settings->seed, 0, RANDOM_SEARCH), (uint64_t)iteration,
                  (uint64_t)pair, parameters);
    for (int p = 0; p < parameters; p++)
        out[p] *= settings->meta.es_sigma;
}

/* E[(L+ - L-) step] = 2 sigma^2 times the gradient of the loss smoothed with width sigma. */
static double es_factor(const struct settings *settings)
{
    double sigma = settings->meta.es_sigma;
    return 1 / (2 * sigma * sigma * (double)settings->meta.es_pairs);
}

static int fd_pairs(const struct settings *settings, int parameters)
{
    (void)settings;
    return parameters;
}

static void fd_step(double *out, const struct settings *settings, int64_t iteration, int pair,
                    int parameters)
{
    (void)iteration;
    for (int p = 0; p < parameters; p++)
        out[p] = p == pair ? settings->meta.fd_step : 0;
}

static double fd_factor(const struct settings *settings)
{
    return 1 / (2 * settings->meta.fd_step * settings->meta.fd_step);
}

const struct estimator estimator_list[] = {
    {.name = "pathwise",
     .sentence = "The exact derivative of the meta-loss (19): through the whole lifetime, "
                 "(12)-(18) or (20)-(26).",
     .exact = true,
     .slope = true,
     .gradient = pathwise},
    {.name = "discounted",
     .sentence = "As pathwise, but the weights' sensitivities fade by meta.discount a trial or are "
                 "set to 0 every meta.reset_every trials: for lifetimes in which exact tangents "
                 "explode.",
     .slope = true,
     .gradient = discounted},
    {.name = "score",
     .sentence = "The policy gradient over the noise in the weights (10), with sensitivities "
                 "carried through learning (12)-(18): biased, since later updates count their "
                 "causes twice.",
     .noisy = true,
     .gradient = score},
    {.name = "score-local",
     .sentence = "The policy gradient over the noise in the weights (10), each update's derivative "
                 "at fixed weights: unbiased and cheap; the reward may be a black box.",
     .noisy = true,
     .gradient = score_local},
    {.name = "es",
     .sentence = "Evolution strategies: losses at meta.es_pairs antithetic pairs of random steps "
                 "of size meta.es_sigma, on the same seeds.",
     .gradient = none,
     .pairs = es_pairs,
     .step = es_step,
     .factor = es_factor},
    {.name = "fd",
     .sentence = "Central differences of the loss, a pair of steps of meta.fd_step along each "
                 "parameter, on the same seeds.",
     .gradient = none,
     .pairs = fd_pairs,
     .step = fd_step,
     .factor = fd_factor},
    {.name = NULL},
};

const struct estimator *estimator_of(const struct settings *settings)
{
    static const struct estimator losses_alone = {.name = "none", .gradient = none};
    if (settings->meta.optimizer.name == OPTIMIZER_CMAES)
        return &losses_alone;
    return &estimator_list[settings->meta.estimator];
}

int estimator_points(const struct estimator *estimator, const struct settings *settings,
                     int parameters)
{
    return estimator->pairs ? 2 * estimator->pairs(settings, parameters) : 0;
}

void estimator_move(double *theta, const struct estimator *estimator,
                    const struct settings *settings, int64_t iteration, int point, int parameters)
{
    double step[RULE_PARAMETERS];
    estimator->step(step, settings, iteration, point / 2, parameters);
    for (int p = 0; p < parameters; p++)
        theta[p] += point % 2 ? -step[p] : step[p];
}

void estimator_compare(double *gradients, const struct estimator *estimator, const double *losses,
                       const double *scale, const struct settings *settings, int64_t iteration,
                       int seeds, int parameters)
{
    int pairs = estimator->pairs(settings, parameters);
    double factor = estimator->factor(settings), step[RULE_PARAMETERS];
    memset(gradients, 0, sizeof(double) * (size_t)seeds * (size_t)parameters);
    for (int k = 0; k < pairs; k++) {
        estimator->step(step, settings, iteration, k, parameters);
        for (long s = 0; s < seeds; s++) {
            double difference = losses[2L * k * seeds + s] - losses[(2L * k + 1) * seeds + s];
            for (int p = 0; p < parameters; p++)
                gradients[s * parameters + p] += factor * difference * step[p] / scale[p];
        }
    }
}

/* Factor that brings the gradient, in normalised coordinates, to a norm of at most `clip`; NAN if
 * it is not finite. */
static double clip_factor(const double *gradient, const double *scale, double clip, int parameters)
{
    double square = 0;
    for (int p = 0; p < parameters; p++)
        square += gradient[p] * scale[p] * (gradient[p] * scale[p]);
    double norm = sqrt(square);
    if (!isfinite(norm))
        return NAN;
    return norm > clip ? clip / norm : 1;
}

int estimator_mean(double *mean, const double *gradients, const bool *usable, const double *scale,
                   double clip, int seeds, int parameters)
{
    int used = 0;
    for (int p = 0; p < parameters; p++)
        mean[p] = 0;
    for (int s = 0; s < seeds; s++) {
        const double *gradient = gradients + (size_t)s * (size_t)parameters;
        double factor = usable[s] ? clip_factor(gradient, scale, clip, parameters) : NAN;
        if (isnan(factor))
            continue;
        for (int p = 0; p < parameters; p++)
            mean[p] += gradient[p] * scale[p] * factor;
        used++;
    }
    for (int p = 0; p < parameters && used > 0; p++)
        mean[p] /= used;
    return used;
}

void estimator_check(const struct settings *settings, struct settings_problems *problems)
{
    const struct estimator *estimator = estimator_of(settings);
    bool binary = settings->learning.reward == REWARD_BINARY;
    if (settings->meta.iterations == 0)
        return;
    if (estimator->noisy && settings->learning.weight_noise == 0)
        settings_problem(problems, "learning.weight_noise",
                         "found 0, allowed: above 0, since meta.estimator = %s reads the gradient "
                         "off the noise in the weights",
                         estimator->name);
    struct lifetime_gradient gradient = estimator->gradient(settings);
    if (binary && gradient.wanted && !gradient.local && settings->meta.rpe_gradient == RPE_FULL)
        settings_problem(problems, "meta.rpe_gradient",
                         "found full, allowed: stopped, since learning.reward = binary has no "
                         "gradient");
    if (binary && estimator->slope && settings->meta.objective == OBJECTIVE_REWARD)
        settings_problem(problems, "meta.objective",
                         "found reward, allowed: absolute or square, since learning.reward = "
                         "binary has no gradient");
}
