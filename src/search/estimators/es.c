/* Evolution strategies (38): Salimans et al., arXiv 1703.03864 (2017), with antithetic pairs on the
 * same seeds. A rule is one for a whole lifetime, so that one step serves all of its trials: of all
 * ways to divide the steps over a lifetime this one has the least variance (ES-Single: Vicol, Kolter
 * and Swersky, arXiv 2304.11153, 2023; noise reuse: Li et al., arXiv 2304.12180, 2023). */
#include "base/random.h"
#include "search/estimator.h"

static int pairs(const struct settings *settings, int parameters)
{
    (void)parameters;
    return (int)settings->meta.es_pairs;
}

static void step(double *out, const struct settings *settings, const struct estimator_place *place,
                 int pair)
{
    random_normal(out, random_key((uint64_t)settings->seed, 0, RANDOM_SEARCH),
                  (uint64_t)place->iteration, (uint64_t)pair, place->parameters);
    for (int p = 0; p < place->parameters; p++)
        out[p] *= settings->meta.es_sigma;
}

/* E[(L+ - L-) step] = 2 sigma^2 times the gradient of the loss smoothed with width sigma. */
static double factor(const struct settings *settings, const struct estimator_place *place)
{
    (void)place;
    double sigma = settings->meta.es_sigma;
    return 1 / (2 * sigma * sigma * (double)settings->meta.es_pairs);
}

static const char *const reads[] = {"meta.es_pairs", "meta.es_sigma", "meta.relative_steps", NULL};

const struct estimator estimator_es = {
    .name = "es",
    .reads = reads,
    .sentence = "Evolution strategies: losses at meta.es_pairs antithetic pairs of random steps of "
                "size meta.es_sigma, each kept for whole lifetimes on the same seeds.",
    .gradient = estimator_no_gradient,
    .pairs = pairs,
    .step = step,
    .factor = factor,
};
