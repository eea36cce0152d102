/* CMA-ES: covariance matrix adaptation evolution strategy, with the defaults of N. Hansen, The CMA
 * evolution strategy: a tutorial, arXiv 1604.00772 (2016), and positive weights only.
 *
 *   n  parameters        lambda  population       mu      its better half
 *   m  mean              sigma   step size        C = B D^2 B^T  covariance
 *   y_i = B D z_i, member x_i = m + sigma y_i, z_i standard normal
 *   w_i weights of the mu best, sum 1; mu_eff = 1 / sum w_i^2
 *   p_sigma, p_c evolution paths
 *
 * The same bits on every machine. All functions are local. */
#ifndef CMAES_H
#define CMAES_H

enum { CMAES_PARAMETERS = 80, CMAES_POPULATION = 1000 }; /* at the most */

/* Where it stands: a view of cmaes_numbers(n) numbers that belong to the caller. */
struct cmaes {
    int n;
    double *sigma;      /* [1] */
    double *path_sigma; /* p_sigma [n] */
    double *path;       /* p_c [n] */
    double *width;      /* D [n] */
    double *covariance; /* C [n, n] */
    double *axes;       /* B [n, n], eigenvectors in columns */
};

/* Weights and learning rates, all constant. */
struct cmaes_rates {
    int mu;
    double weight[CMAES_POPULATION / 2]; /* w */
    double mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu;
    double norm; /* E|N(0, I)| */
};

/* The better half of a population, best first. Zero-initialise. */
struct cmaes_best {
    int count;
    double mean[CMAES_PARAMETERS];                      /* sum w y */
    double spread[CMAES_PARAMETERS * CMAES_PARAMETERS]; /* sum w y y^T [n, n] */
};

long cmaes_numbers(int n);
struct cmaes cmaes_view(double *numbers, int n);

/* The usual population, from n >= 0 parameters, and the rates of one. */
int cmaes_population(int n);
struct cmaes_rates cmaes_rates(int population, int n);

/* y = B D z. */
void cmaes_draw(double *y, const struct cmaes *cmaes, const double *z);

/* B and D from C. */
void cmaes_decompose(struct cmaes *cmaes);

/* Adds y of the next best member. */
void cmaes_add(struct cmaes_best *best, const double *y, const struct cmaes_rates *rates, int n);

/* Moves the mean, the paths, sigma and C, when all mu have been added; `steps` is how many moves that
 * makes, from 1. */
void cmaes_move(double *mean, struct cmaes *cmaes, const struct cmaes_best *best,
                const struct cmaes_rates *rates, int steps);

#endif
