/* Central differences along each parameter. */
#include "search/estimator.h"

static int pairs(const struct settings *settings, int parameters)
{
    (void)settings;
    return parameters;
}

static void step(double *out, const struct settings *settings, const struct estimator_place *place,
                 int pair)
{
    for (int p = 0; p < place->parameters; p++)
        out[p] = p == pair ? settings->meta.fd_step : 0;
}

static double factor(const struct settings *settings, const struct estimator_place *place)
{
    (void)place;
    return 1 / (2 * settings->meta.fd_step * settings->meta.fd_step);
}

static const char *const reads[] = {"meta.fd_step", "meta.relative_steps", NULL};

const struct estimator estimator_fd = {
    .name = "fd",
    .reads = reads,
    .sentence = "Central differences of the loss, a pair of steps of meta.fd_step along each "
                "parameter, on the same seeds.",
    .gradient = estimator_no_gradient,
    .pairs = pairs,
    .step = step,
    .factor = factor,
};
