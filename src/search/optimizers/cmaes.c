/* CMA-ES over the free parameters of a rule (base/cmaes.h). Members are functions of (run seed, iteration,
 * member), so that nothing of them is stored. */
#include "base/cmaes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/random.h"
#include "model/rule.h"
#include "search/optimizer.h"

_Static_assert(CMAES_PARAMETERS >= (int)RULE_PARAMETERS, "a rule's parameters");

static long numbers(const struct settings *settings, int parameters)
{
    (void)settings;
    return cmaes_numbers(parameters);
}

static int population(const struct settings *settings, int n)
{
    if (settings->meta.optimizer.population > 0)
        return (int)settings->meta.optimizer.population;
    return cmaes_population(n);
}

/* y = B D z of one member; drawn again when its loss is known, instead of kept. */
static void draw(double *y, const struct cmaes *cmaes, const struct settings *settings,
                 int64_t iteration, int member, int n)
{
    double z[RULE_PARAMETERS];
    random_normal(z, random_key((uint64_t)settings->seed, 0, RANDOM_SEARCH), (uint64_t)iteration,
                  (uint64_t)member, n);
    cmaes_draw(y, cmaes, z);
}

static void member(double *theta, const struct optimizer *optimizer,
                   const struct settings *settings, int64_t iteration, int member, int n)
{
    struct cmaes cmaes = cmaes_view(optimizer->state, n);
    double y[RULE_PARAMETERS];
    draw(y, &cmaes, settings, iteration, member, n);
    for (int i = 0; i < n; i++)
        theta[i] += *cmaes.sigma * y[i];
}

/* Members are sigma sqrt(n) from the mean, in the metric relative to the size of the rule: C is the
 * inverse of the metric, sigma takes the number of parameters off. */
static void start_in_metric(struct cmaes *cmaes, const struct optimizer_metric *metric,
                            const double *theta, int n)
{
    double size = optimizer_metric_size(metric, theta), column[RULE_PARAMETERS];
    int coefficients = metric->coefficients;
    *cmaes->sigma *= size / sqrt(n);
    for (int k = 0; k < n; k++)
        cmaes->covariance[k * n + k] = 1 / (size * size);
    for (int k = 0; k < coefficients; k++) {
        memset(column, 0, sizeof column);
        column[k] = 1;
        linalg_solve_lower(column, metric->factor, coefficients);
        linalg_solve_upper(column, metric->factor, coefficients);
        for (int i = 0; i < coefficients; i++)
            cmaes->covariance[i * n + k] = column[i];
    }
    cmaes_decompose(cmaes);
}

static void start(struct optimizer *optimizer, const double *theta, int n,
                  const struct settings *settings)
{
    struct cmaes cmaes = cmaes_view(optimizer->state, n);
    *cmaes.sigma = settings->meta.optimizer.sigma;
    optimizer_units(cmaes.width, theta, n, settings);
    for (int i = 0; i < n; i++) {
        cmaes.covariance[i * n + i] = cmaes.width[i] * cmaes.width[i];
        cmaes.axes[i * n + i] = 1;
    }
    if (optimizer->metric && n > 0)
        start_in_metric(&cmaes, optimizer->metric, theta, n);
}

struct ranked {
    double loss;
    int member;
};

static int compare(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->loss != b->loss)
        return a->loss < b->loss ? -1 : 1;
    return a->member - b->member;
}

/* The members with a loss on every seed, best first; returns how many. The mean of the others' seeds
 * compares with nothing. */
static int rank(struct ranked *ranked, const struct optimizer_block *block)
{
    int finite = 0;
    for (int i = 1; i < block->points; i++) {
        double sum = 0;
        for (int s = 0; s < block->seeds; s++)
            sum += block->loss[(long)i * block->seeds + s];
        double fitness = sum / block->seeds + block->penalty[i];
        if (isfinite(fitness))
            ranked[finite++] = (struct ranked){fitness, i - 1};
    }
    qsort(ranked, (size_t)finite, sizeof *ranked, compare);
    return finite;
}

static void select_rules(struct optimizer *optimizer, double *theta,
                         const struct optimizer_block *block, int n,
                         const struct settings *settings)
{
    struct cmaes cmaes = cmaes_view(optimizer->state, n);
    struct ranked ranked[CMAES_POPULATION];
    struct cmaes_rates rates = cmaes_rates(population(settings, n), n);
    struct cmaes_best best = {0};
    double y[RULE_PARAMETERS];
    if (n == 0)
        return;
    if (rank(ranked, block) < rates.mu) {
        *cmaes.sigma /= 2; // most rules of this population diverged
        return;
    }
    optimizer->steps++;
    for (int b = 0; b < rates.mu; b++) {
        draw(y, &cmaes, settings, block->iteration, ranked[b].member, n);
        cmaes_add(&best, y, &rates, n);
    }
    cmaes_move(theta, &cmaes, &best, &rates, optimizer->steps);
}

static const char *const reads[] = {"meta.optimizer.population", "meta.optimizer.sigma",
                                    "meta.relative_steps", "meta.optimizer.metric", NULL};

const struct optimizer_method optimizer_cmaes = {
    .name = "cmaes",
    .reads = reads,
    .sentence = "CMA-ES: draws rules from a normal distribution and moves it, its width and its "
                "shape towards the better ones.",
    .numbers = numbers,
    .start = start,
    .population = population,
    .member = member,
    .select = select_rules,
};
