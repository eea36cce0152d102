/* Guided evolution strategies (39): Maheswaranathan et al., arXiv 1806.10230 (2018). The lifetimes at
 * theta itself, which run anyway, carry the gradients of `discounted`: short-sighted, but not
 * unrelated to the slope of the loss. Half of the steps' variance goes along those of the last
 * iterations, which the same number of lifetimes then measures better than by steps in all
 * directions. Those of the same iteration would be better guides, but its pairs would have to wait
 * for them. */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "search/estimator.h"

enum { GUIDES = 16 };            /* at the most, as the table of settings says */
static const double SAME = 1e-6; /* what is left of a guide that others tell already */

static int pairs(const struct settings *settings, int parameters)
{
    (void)parameters;
    return (int)settings->meta.es_pairs;
}

static int guides(const struct settings *settings)
{
    return (int)settings->meta.guides;
}

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* U, an orthonormal basis [k, n] of the guides in the units of the steps; returns k. Gram-Schmidt,
 * twice for the sake of rounding; guides that the later ones tell already are left out. */
static int span(double basis[GUIDES][RULE_PARAMETERS], const struct estimator_place *place)
{
    int n = place->parameters, k = 0;
    for (int g = 0; g < place->guides; g++) {
        double *u = basis[k];
        for (int p = 0; p < n; p++)
            u[p] = place->unit[p] * place->guide[(long)g * n + p];
        double size = sqrt(dot(u, u, n));
        for (int i = 0; i < 2 * k; i++) {
            double along = dot(u, basis[i % k], n);
            for (int p = 0; p < n; p++)
                u[p] -= along * basis[i % k][p];
        }
        double left = sqrt(dot(u, u, n));
        if (!(left > SAME * size) || !isfinite(left))
            continue;
        for (int p = 0; p < n; p++)
            u[p] /= left;
        k++;
    }
    return k;
}

/* The variance of steps along the guides, where that of all others is 1 - share; both in sigma^2. */
static double along(double share, int n, int k)
{
    return k > 0 ? 1 - share + share * n / k : 1;
}

static void step(double *out, const struct settings *settings, const struct estimator_place *place,
                 int pair)
{
    double basis[GUIDES][RULE_PARAMETERS], z[RULE_PARAMETERS + GUIDES];
    int n = place->parameters, k = span(basis, place);
    double share = k > 0 ? settings->meta.guide_share : 0, sigma = settings->meta.es_sigma;
    random_normal(z, random_key((uint64_t)settings->seed, 0, RANDOM_SEARCH),
                  (uint64_t)place->iteration, (uint64_t)pair, n + k);
    for (int p = 0; p < n; p++) {
        double guided = 0;
        for (int g = 0; g < k; g++)
            guided += basis[g][p] * z[n + g];
        out[p] = sigma * (sqrt(1 - share) * z[p] + (k > 0 ? sqrt(share * n / k) * guided : 0));
    }
}

/* The gradient as it is along the guides, and less of it elsewhere, by the ratio of the variances: there
 * it is the noisier. */
static double factor(const struct settings *settings, const struct estimator_place *place)
{
    double basis[GUIDES][RULE_PARAMETERS], sigma = settings->meta.es_sigma;
    double variance = along(settings->meta.guide_share, place->parameters, span(basis, place));
    return 1 / (2 * sigma * sigma * variance * (double)settings->meta.es_pairs);
}

static const char *const reads[] = {"meta.es_pairs",
                                    "meta.es_sigma",
                                    "meta.relative_steps",
                                    "meta.guides",
                                    "meta.guide_share",
                                    "meta.gradient",
                                    "meta.adjoint_memory",
                                    "meta.rpe_gradient",
                                    "meta.discount",
                                    "meta.reset_every",
                                    NULL};

const struct estimator estimator_guided = {
    .name = "guided",
    .reads = reads,
    .sentence = "Guided evolution strategies: as es, but meta.guide_share of the steps' variance "
                "lies along the discounted gradients of the last meta.guides iterations.",
    .slope = true,
    .gradient = estimator_discounted_gradient,
    .guides = guides,
    .pairs = pairs,
    .step = step,
    .factor = factor,
};
