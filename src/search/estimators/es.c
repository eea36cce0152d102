/* Evolution strategies: Salimans et al., arXiv 1703.03864 (2017), with antithetic pairs. */
#include "base/random.h"
#include "search/estimator.h"

static int pairs(const struct settings *settings, int parameters)
{
    (void)parameters;
    return (int)settings->meta.es_pairs;
}

static void step(double *out, const struct settings *settings, int64_t iteration, int pair,
                 int parameters)
{
    random_normal(out, random_key((uint64_t)settings->seed, 0, RANDOM_SEARCH), (uint64_t)iteration,
                  (uint64_t)pair, parameters);
    for (int p = 0; p < parameters; p++)
        out[p] *= settings->meta.es_sigma;
}

/* E[(L+ - L-) step] = 2 sigma^2 times the gradient of the loss smoothed with width sigma. */
static double factor(const struct settings *settings)
{
    double sigma = settings->meta.es_sigma;
    return 1 / (2 * sigma * sigma * (double)settings->meta.es_pairs);
}

static const char *const reads[] = {"meta.es_pairs", "meta.es_sigma", NULL};

const struct estimator estimator_es = {
    .name = "es",
    .reads = reads,
    .sentence = "Evolution strategies: losses at meta.es_pairs antithetic pairs of random steps of "
                "size meta.es_sigma, on the same seeds.",
    .gradient = estimator_no_gradient,
    .pairs = pairs,
    .step = step,
    .factor = factor,
};
