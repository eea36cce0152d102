/* Outer optimizers on the normalised free parameters: Adam (Kingma and Ba 2015) and stochastic
 * gradient descent with momentum, with a proximal step for lambda_1 of (19). One entry in the list
 * of optimizer.c each. */
#ifndef OPTIMIZER_H
#define OPTIMIZER_H

#include "settings.h"

/* State of one candidate's optimizer, a function of all gradients so far. Zero at the start; the
 * arrays belong to the caller. */
struct optimizer {
    int32_t steps;          /* taken */
    double *first, *second; /* moments of the gradient [parameters] */
};

struct optimizer_method {
    const char *name, *sentence;
    /* One step of size `rate` on theta [parameters] along `gradient` [parameters]; the step is
     * counted already. */
    void (*step)(struct optimizer *optimizer, double *theta, const double *gradient, double rate,
                 int parameters, const struct settings *settings);
};

/* In the order of the choices of meta.optimizer.name; ends with a NULL name. */
extern const struct optimizer_method optimizer_list[];

/* Local. Step size at meta-iteration `iteration` of the settings' schedule. */
double optimizer_rate(const struct settings *settings, int64_t iteration);

/* Local. The step of meta-iteration `iteration` by the chosen method at its scheduled rate, then
 * the soft threshold rate * lambda_1 on the first `coefficients` entries (the theta_kl, in
 * normalised coordinates): they can become exactly 0. theta is in-out. */
void optimizer_step(struct optimizer *optimizer, double *theta, const double *gradient,
                    int64_t iteration, int parameters, int coefficients,
                    const struct settings *settings);

#endif
