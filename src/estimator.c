#include <math.h>
#include <stddef.h>

#include "estimator.h"

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

const struct estimator estimator_list[] = {
    {"pathwise",
     "The exact derivative of the meta-loss (19): through the whole lifetime, (12)-(18) or "
     "(20)-(26).",
     true, pathwise},
    {"discounted",
     "As pathwise, but the weights' sensitivities fade by meta.discount a trial or are set to 0 "
     "every "
     "meta.reset_every trials: for lifetimes in which exact tangents explode.",
     false, discounted},
    {NULL, NULL, false, NULL},
};

const struct estimator *estimator_of(const struct settings *settings)
{
    return &estimator_list[settings->meta.estimator];
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
