/* Outer optimizers on the normalised free parameters. Adam (Kingma and Ba 2015) and stochastic
 * gradient descent with momentum follow a gradient, with a proximal step for lambda_1 of (19);
 * CMA-ES (Hansen 2016) compares the losses of a population of rules. One entry in the list of
 * optimizer.c each. */
#ifndef OPTIMIZER_H
#define OPTIMIZER_H

#include "config/settings.h"

/* State of one candidate's optimizer, a function of all that it was told so far. */
struct optimizer {
    int32_t steps; /* taken */
    double *state; /* [optimizer_numbers()], the caller's; 0 before optimizer_start() */
};

struct optimizer_method {
    const char *name, *sentence;
    /* Numbers of its state. */
    long (*numbers)(int parameters);
    /* Fills the state, which is 0. NULL: nothing to do. */
    void (*start)(struct optimizer *optimizer, int parameters, const struct settings *settings);

    /* Of those that follow a gradient, else NULL. One step of size `rate` on theta [parameters]
     * along `gradient` [parameters]; the step is counted already. */
    void (*step)(struct optimizer *optimizer, double *theta, const double *gradient, double rate,
                 int parameters, const struct settings *settings);

    /* Of those that compare a population, else NULL: its size; member `member` of `iteration` about
     * the mean `theta`, in-out [parameters]; and the step of theta from the members' losses
     * [population], NAN or infinite for those that have none. */
    int (*population)(const struct settings *settings, int parameters);
    void (*member)(double *theta, const struct optimizer *optimizer,
                   const struct settings *settings, int64_t iteration, int member, int parameters);
    void (*select)(struct optimizer *optimizer, double *theta, const double *losses,
                   int64_t iteration, int parameters, const struct settings *settings);
};

/* In the order of the choices of meta.optimizer.name; ends with a NULL name. */
extern const struct optimizer_method optimizer_list[];

/* Local. The method that `settings` chose. */
const struct optimizer_method *optimizer_of(const struct settings *settings);

/* Local. Rules that an iteration compares, 0 where it follows a gradient. */
int optimizer_population(const struct settings *settings, int parameters);

/* Local. Step size at meta-iteration `iteration` of the settings' schedule. */
double optimizer_rate(const struct settings *settings, int64_t iteration);

/* Local. The step of meta-iteration `iteration` by the chosen method at its scheduled rate, then
 * the soft threshold rate * lambda_1 on the first `coefficients` entries (the theta_kl, in
 * normalised coordinates): they can become exactly 0. theta is in-out. */
void optimizer_step(struct optimizer *optimizer, double *theta, const double *gradient,
                    int64_t iteration, int parameters, int coefficients,
                    const struct settings *settings);

/* Local. Checks the optimizer's settings, for space_create(). */
void optimizer_check(const struct settings *settings, struct settings_problems *problems);

#endif
