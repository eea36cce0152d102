/* CMA-ES: covariance matrix adaptation evolution strategy, with the defaults of N. Hansen, The CMA
 * evolution strategy: a tutorial, arXiv 1604.00772 (2016), and positive weights only.
 *
 *   n  parameters        lambda  population       mu      its better half
 *   m  mean (theta)      sigma   step size        C = B D^2 B^T  covariance
 *   y_i = B D z_i, member x_i = m + sigma y_i, z_i standard normal
 *   w_i weights of the mu best, sum 1; mu_eff = 1 / sum w_i^2
 *   p_sigma, p_c evolution paths
 *
 * Members are functions of (run seed, iteration, member), so that nothing of them is stored. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/random.h"
#include "model/rule.h"
#include "search/optimizer.h"

enum { POPULATION = 1000, SWEEPS = 50 }; /* at the most, as the table of settings says */

/* The numbers of the state, for n parameters. */
struct cmaes {
    double *sigma;      /* [1] */
    double *path_sigma; /* p_sigma [n] */
    double *path;       /* p_c [n] */
    double *width;      /* D [n] */
    double *covariance; /* C [n, n] */
    double *axes;       /* B [n, n], eigenvectors in columns */
};

/* Weights and learning rates, all constant in a run. */
struct rates {
    int mu;
    double weight[POPULATION / 2]; /* w */
    double mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu;
    double norm; /* E|N(0, I)| */
};

static struct cmaes view(const struct optimizer *optimizer, int n)
{
    double *path = optimizer->state + 1;
    return (struct cmaes){.sigma = optimizer->state,
                          .path_sigma = path,
                          .path = path + n,
                          .width = path + 2L * n,
                          .covariance = path + 3L * n,
                          .axes = path + 3L * n + (long)n * n};
}

static long numbers(const struct settings *settings, int parameters)
{
    (void)settings;
    return 1 + 3L * parameters + 2L * parameters * parameters;
}

static int population(const struct settings *settings, int n)
{
    if (settings->meta.optimizer.population > 0)
        return (int)settings->meta.optimizer.population;
    return 4 + (n > 1 ? (int)(3 * log(n)) : 0);
}

/* The tutorial's defaults. */
static struct rates rates_of(int lambda, int n)
{
    struct rates r = {.mu = lambda / 2};
    double sum = 0, squares = 0;
    for (int i = 0; i < r.mu; i++)
        sum += r.weight[i] = log((lambda + 1) / 2.0) - log(i + 1);
    for (int i = 0; i < r.mu; i++) {
        r.weight[i] /= sum;
        squares += r.weight[i] * r.weight[i];
    }
    double mu_eff = r.mu_eff = 1 / squares;
    r.c_sigma = (mu_eff + 2) / (n + mu_eff + 5);
    r.d_sigma = 1 + 2 * fmax(0, sqrt((mu_eff - 1) / (n + 1)) - 1) + r.c_sigma;
    r.c_c = (4 + mu_eff / n) / (n + 4 + 2 * mu_eff / n);
    r.c_1 = 2 / ((n + 1.3) * (n + 1.3) + mu_eff);
    r.c_mu = fmin(1 - r.c_1, 2 * (mu_eff - 2 + 1 / mu_eff) / ((n + 2.0) * (n + 2.0) + mu_eff));
    r.norm = sqrt(n) * (1 - 1 / (4.0 * n) + 1 / (21.0 * n * n));
    return r;
}

/* y = B D z of one member; drawn again when its loss is known, instead of kept. */
static void draw(double *y, const struct cmaes *cmaes, const struct settings *settings,
                 int64_t iteration, int member, int n)
{
    double z[RULE_PARAMETERS];
    random_normal(z, random_key((uint64_t)settings->seed, 0, RANDOM_SEARCH), (uint64_t)iteration,
                  (uint64_t)member, n);
    for (int i = 0; i < n; i++) {
        y[i] = 0;
        for (int k = 0; k < n; k++)
            y[i] += cmaes->axes[i * n + k] * cmaes->width[k] * z[k];
    }
}

static void member(double *theta, const struct optimizer *optimizer,
                   const struct settings *settings, int64_t iteration, int member, int n)
{
    struct cmaes cmaes = view(optimizer, n);
    double y[RULE_PARAMETERS];
    draw(y, &cmaes, settings, iteration, member, n);
    for (int i = 0; i < n; i++)
        theta[i] += *cmaes.sigma * y[i];
}

/* One rotation of Jacobi's method: makes a[p][q] zero. */
static void rotate(double *a, double *vectors, int p, int q, int n)
{
    double apart = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
    double t = (apart < 0 ? -1 : 1) / (fabs(apart) + sqrt(apart * apart + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < n; k++) {
        double x = a[k * n + p], y = a[k * n + q];
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
    for (int k = 0; k < n; k++) {
        double x = a[p * n + k], y = a[q * n + k];
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
        x = vectors[k * n + p], y = vectors[k * n + q];
        vectors[k * n + p] = c * x - s * y;
        vectors[k * n + q] = s * x + c * y;
    }
}

/* B and D of C, by cyclic Jacobi rotations: slower than LAPACK, and the same bits with any BLAS. */
static void decompose(struct cmaes *cmaes, int n)
{
    double a[RULE_PARAMETERS * RULE_PARAMETERS];
    memcpy(a, cmaes->covariance, sizeof(double) * (size_t)(n * n));
    memset(cmaes->axes, 0, sizeof(double) * (size_t)(n * n));
    for (int i = 0; i < n; i++)
        cmaes->axes[i * n + i] = 1;
    for (int sweep = 0, rotations = 1; sweep < SWEEPS && rotations > 0; sweep++) {
        rotations = 0;
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                double size = sqrt(fabs(a[p * n + p] * a[q * n + q]));
                if (fabs(a[p * n + q]) <= 1e-15 * size)
                    continue;
                rotate(a, cmaes->axes, p, q, n);
                rotations++;
            }
    }
    for (int i = 0; i < n; i++)
        cmaes->width[i] = sqrt(fmax(a[i * n + i], 0));
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
    decompose(cmaes, n);
}

static void start(struct optimizer *optimizer, const double *theta, int n,
                  const struct settings *settings)
{
    struct cmaes cmaes = view(optimizer, n);
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

/* p_sigma, sigma and p_c; returns h_sigma: p_sigma is not too long for p_c to follow. */
static int follow_paths(struct cmaes *cmaes, const struct rates *r, const double *mean, int steps,
                        int n)
{
    double square = 0, share = sqrt(r->c_sigma * (2 - r->c_sigma) * r->mu_eff);
    double whitened[RULE_PARAMETERS] = {0}; // B^T <y> / D
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < n; i++)
            whitened[k] += cmaes->axes[i * n + k] * mean[i];
        whitened[k] = cmaes->width[k] > 0 ? whitened[k] / cmaes->width[k] : 0;
    }
    for (int i = 0; i < n; i++) {
        double step = 0; // C^(-1/2) <y>
        for (int k = 0; k < n; k++)
            step += cmaes->axes[i * n + k] * whitened[k];
        cmaes->path_sigma[i] = (1 - r->c_sigma) * cmaes->path_sigma[i] + share * step;
        square += cmaes->path_sigma[i] * cmaes->path_sigma[i];
    }
    double usual = sqrt(1 - pow(1 - r->c_sigma, 2.0 * steps)) * r->norm;
    int slow = sqrt(square) < (1.4 + 2 / (n + 1.0)) * usual;
    for (int i = 0; i < n; i++)
        cmaes->path[i] = (1 - r->c_c) * cmaes->path[i] +
                         slow * sqrt(r->c_c * (2 - r->c_c) * r->mu_eff) * mean[i];
    *cmaes->sigma *= exp(r->c_sigma / r->d_sigma * (sqrt(square) / r->norm - 1));
    return slow;
}

static void select_rules(struct optimizer *optimizer, double *theta,
                         const struct optimizer_block *block, int n,
                         const struct settings *settings)
{
    int lambda = population(settings, n);
    struct cmaes cmaes = view(optimizer, n);
    struct ranked ranked[POPULATION];
    struct rates r = rates_of(lambda, n);
    double mean[RULE_PARAMETERS] = {0}, spread[RULE_PARAMETERS * RULE_PARAMETERS] = {0},
           y[RULE_PARAMETERS];
    if (n == 0)
        return;
    if (rank(ranked, block) < r.mu) {
        *cmaes.sigma /= 2; // most rules of this population diverged
        return;
    }
    optimizer->steps++;
    for (int b = 0; b < r.mu; b++) {
        draw(y, &cmaes, settings, block->iteration, ranked[b].member, n);
        for (int i = 0; i < n; i++) {
            mean[i] += r.weight[b] * y[i];
            for (int j = 0; j < n; j++)
                spread[i * n + j] += r.weight[b] * y[i] * y[j];
        }
    }
    for (int i = 0; i < n; i++)
        theta[i] += *cmaes.sigma * mean[i];
    int slow = follow_paths(&cmaes, &r, mean, optimizer->steps, n);
    double kept = 1 - r.c_1 - r.c_mu + (1 - slow) * r.c_1 * r.c_c * (2 - r.c_c);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            cmaes.covariance[i * n + j] = kept * cmaes.covariance[i * n + j] +
                                          r.c_1 * cmaes.path[i] * cmaes.path[j] +
                                          r.c_mu * spread[i * n + j];
    decompose(&cmaes, n);
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
