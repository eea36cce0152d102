/* Eigenvectors by cyclic Jacobi rotations: slower than LAPACK, and the same bits with any BLAS. */
#include "base/cmaes.h"

#include <math.h>
#include <string.h>

enum { SWEEPS = 50 };

struct cmaes cmaes_view(double *numbers, int n)
{
    double *path = numbers + 1;
    return (struct cmaes){.n = n,
                          .sigma = numbers,
                          .path_sigma = path,
                          .path = path + n,
                          .width = path + 2L * n,
                          .covariance = path + 3L * n,
                          .axes = path + 3L * n + (long)n * n};
}

long cmaes_numbers(int n)
{
    return 1 + 3L * n + 2L * n * n;
}

int cmaes_population(int n)
{
    return 4 + (n > 1 ? (int)(3 * log(n)) : 0);
}

/* The tutorial's defaults. */
struct cmaes_rates cmaes_rates(int population, int n)
{
    struct cmaes_rates r = {.mu = population / 2};
    double sum = 0, squares = 0;
    for (int i = 0; i < r.mu; i++)
        sum += r.weight[i] = log((population + 1) / 2.0) - log(i + 1);
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

void cmaes_draw(double *y, const struct cmaes *cmaes, const double *z)
{
    int n = cmaes->n;
    for (int i = 0; i < n; i++) {
        y[i] = 0;
        for (int k = 0; k < n; k++)
            y[i] += cmaes->axes[i * n + k] * cmaes->width[k] * z[k];
    }
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

void cmaes_decompose(struct cmaes *cmaes)
{
    double a[CMAES_PARAMETERS * CMAES_PARAMETERS];
    int n = cmaes->n;
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

void cmaes_add(struct cmaes_best *best, const double *y, const struct cmaes_rates *rates, int n)
{
    double weight = rates->weight[best->count++];
    for (int i = 0; i < n; i++) {
        best->mean[i] += weight * y[i];
        for (int j = 0; j < n; j++)
            best->spread[i * n + j] += weight * y[i] * y[j];
    }
}

/* p_sigma, sigma and p_c; returns h_sigma: p_sigma is not too long for p_c to follow. */
static int follow_paths(struct cmaes *cmaes, const struct cmaes_rates *r, const double *mean,
                        int steps)
{
    int n = cmaes->n;
    double square = 0, share = sqrt(r->c_sigma * (2 - r->c_sigma) * r->mu_eff);
    double whitened[CMAES_PARAMETERS] = {0}; // B^T <y> / D
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

void cmaes_move(double *mean, struct cmaes *cmaes, const struct cmaes_best *best,
                const struct cmaes_rates *r, int steps)
{
    int n = cmaes->n;
    for (int i = 0; i < n; i++)
        mean[i] += *cmaes->sigma * best->mean[i];
    int slow = follow_paths(cmaes, r, best->mean, steps);
    double kept = 1 - r->c_1 - r->c_mu + (1 - slow) * r->c_1 * r->c_c * (2 - r->c_c);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            cmaes->covariance[i * n + j] = kept * cmaes->covariance[i * n + j] +
                                           r->c_1 * cmaes->path[i] * cmaes->path[j] +
                                           r->c_mu * best->spread[i * n + j];
    cmaes_decompose(cmaes);
}
