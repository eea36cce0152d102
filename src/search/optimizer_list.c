/* The list of optimizers, and the step of the one that the settings chose. */
#include <math.h>

#include "search/optimizer.h"

#define OPTIMIZER(name) extern const struct optimizer_method optimizer_##name;
#include "search/optimizers/list.h"
#undef OPTIMIZER

const struct optimizer_method *const optimizer_list[] = {
#define OPTIMIZER(name) &optimizer_##name,
#include "search/optimizers/list.h"
#undef OPTIMIZER
    NULL,
};

void optimizer_register(void)
{
    for (int k = 0; optimizer_list[k]; k++)
        settings_register_choice("meta.optimizer.name", optimizer_list[k]->name);
}

const struct optimizer_method *optimizer_of(const struct settings *settings)
{
    return optimizer_list[settings->meta.optimizer.name];
}

int optimizer_population(const struct settings *settings, int parameters)
{
    const struct optimizer_method *method = optimizer_of(settings);
    return method->population ? method->population(settings, parameters) : 0;
}

static const double PI = 3.14159265358979323846;

double optimizer_rate(const struct settings *settings, int64_t iteration)
{
    double rate = settings->meta.optimizer.rate;
    if (settings->meta.optimizer.schedule == SCHEDULE_COSINE && settings->meta.iterations > 0)
        rate *= 0.5 * (1 + cos(PI * (double)iteration / (double)settings->meta.iterations));
    return rate;
}

static double soft_threshold(double x, double threshold)
{
    if (x > threshold)
        return x - threshold;
    return x < -threshold ? x + threshold : 0;
}

void optimizer_step(struct optimizer *optimizer, double *theta, const double *gradient,
                    int64_t iteration, int parameters, int coefficients,
                    const struct settings *settings)
{
    double rate = optimizer_rate(settings, iteration);

    optimizer->steps++;
    optimizer_of(settings)->step(optimizer, theta, gradient, rate, parameters, settings);
    if (settings->meta.l1 > 0)
        for (int p = 0; p < coefficients; p++)
            theta[p] = soft_threshold(theta[p], rate * settings->meta.l1);
}

void optimizer_check(const struct settings *settings, struct settings_problems *problems)
{
    enum { LEAST = 4 };
    long population = (long)settings->meta.optimizer.population;
    if (population > 0 && population < LEAST)
        settings_problem(problems, "meta.optimizer.population",
                         "found %ld, allowed: 0, or %d and more", population, LEAST);
}
