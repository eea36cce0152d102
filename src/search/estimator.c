/* What estimators share: gradients from losses, and their mean over seeds. */
#include "search/estimator.h"

#include <math.h>
#include <string.h>

#include "search/optimizer.h"

struct lifetime_gradient estimator_no_gradient(const struct settings *settings)
{
    (void)settings;
    return (struct lifetime_gradient){.wanted = false};
}

int estimator_points(const struct estimator *estimator, const struct settings *settings,
                     int parameters)
{
    return estimator->pairs ? 2 * estimator->pairs(settings, parameters) : 0;
}

struct lifetime_gradient estimator_discounted_gradient(const struct settings *settings)
{
    return (struct lifetime_gradient){.wanted = true,
                                      .discount = settings->meta.discount,
                                      .reset_every = (int)settings->meta.reset_every,
                                      .backwards = settings->meta.gradient == GRADIENT_ADJOINT};
}

struct estimator_place estimator_place(const struct settings *settings, const double *theta,
                                       int64_t iteration, int parameters)
{
    struct estimator_place place = {.iteration = iteration, .parameters = parameters};
    optimizer_units(place.unit, theta, parameters, settings);
    return place;
}

int estimator_guides(const struct estimator *estimator, const struct settings *settings)
{
    return estimator->guides ? estimator->guides(settings) : 0;
}

void estimator_move(double *theta, const struct estimator *estimator,
                    const struct settings *settings, const struct estimator_place *place, int point)
{
    double step[RULE_PARAMETERS];
    estimator->step(step, settings, place, point / 2);
    for (int p = 0; p < place->parameters; p++)
        theta[p] += place->unit[p] * (point % 2 ? -step[p] : step[p]);
}

void estimator_compare(double *gradients, const struct estimator *estimator, const double *losses,
                       const double *scale, const struct settings *settings,
                       const struct estimator_place *place, int seeds)
{
    int parameters = place->parameters, pairs = estimator->pairs(settings, parameters);
    double factor = estimator->factor(settings, place), step[RULE_PARAMETERS];
    memset(gradients, 0, sizeof(double) * (size_t)seeds * (size_t)parameters);
    for (int k = 0; k < pairs; k++) {
        estimator->step(step, settings, place, k);
        for (long s = 0; s < seeds; s++) {
            double difference = losses[2L * k * seeds + s] - losses[(2L * k + 1) * seeds + s];
            for (int p = 0; p < parameters; p++)
                gradients[s * parameters + p] +=
                    factor * difference * step[p] / (place->unit[p] * scale[p]);
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

/* Clipped seed by seed: where learning is chaotic one seed's gradient can be larger than all others
 * together by orders of magnitude, and a clip of the mean would leave its direction alone. */
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
