/* A race's state as numbers. */
#include "search/optimizers/race_state.h"

#include <math.h>

enum { CHALLENGERS = 6 }; /* unless meta.optimizer.population says */

int optimizer_race_population(const struct settings *settings)
{
    long said = (long)settings->meta.optimizer.population;
    return said > 0 ? (int)said : CHALLENGERS;
}

long optimizer_race_numbers(const struct settings *settings, int n)
{
    return RACE_HEAD + (n + 1L) * (n + 2L) + n +
           optimizer_race_population(settings) * ((long)RACE_SLOT + n);
}

struct race optimizer_race_view(const struct optimizer *optimizer, const struct settings *settings,
                                int n)
{
    double *product = optimizer->state + RACE_HEAD, *origin = product + (n + 1L) * (n + 2L);
    return (struct race){.settings = settings,
                         .n = n,
                         .population = optimizer_race_population(settings),
                         .head = (struct race_head *)(void *)optimizer->state,
                         .product = product,
                         .moments = product + n + 1,
                         .origin = origin,
                         .slots = origin + n};
}

struct race_slot *optimizer_race_slot(const struct race *race, int slot)
{
    return (struct race_slot *)(void *)(race->slots + (long)slot * (RACE_SLOT + race->n));
}

double *optimizer_race_theta(const struct race *race, int slot)
{
    return race->slots + (long)slot * (RACE_SLOT + race->n) + RACE_SLOT;
}

double optimizer_race_size(const struct race *race, const double *theta)
{
    double square = 0;
    for (int p = 0; p < (int)race->head->coefficients; p++)
        square += theta[p] * theta[p];
    return square > 0 ? sqrt(square) : race->settings->meta.optimizer.sigma;
}
