/* CMA-ES as functions of struct optimizer_method, whose contracts stand there. Private to the
 * optimizer module. */
#ifndef OPTIMIZER_CMAES_H
#define OPTIMIZER_CMAES_H

#include "search/optimizer.h"

long optimizer_cmaes_numbers(int parameters);
void optimizer_cmaes_start(struct optimizer *optimizer, int parameters,
                           const struct settings *settings);
int optimizer_cmaes_population(const struct settings *settings, int parameters);
void optimizer_cmaes_member(double *theta, const struct optimizer *optimizer,
                            const struct settings *settings, int64_t iteration, int member,
                            int parameters);
void optimizer_cmaes_select(struct optimizer *optimizer, double *theta, const double *losses,
                            int64_t iteration, int parameters, const struct settings *settings);

#endif
