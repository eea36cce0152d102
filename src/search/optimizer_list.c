/* The list of optimizers, and the step of the one that the settings chose. */
#include <math.h>
#include <string.h>

#include "model/rule.h"
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

static double norm_of(const double *x, int n)
{
    double square = 0;
    for (int i = 0; i < n; i++)
        square += x[i] * x[i];
    return sqrt(square);
}

/* Shortens the step from `before` to `theta`, that of all coefficients together. A rule that is 0 has no
 * size: from there any step goes. */
static void shorten(double *theta, const double *before, int parameters, int coefficients,
                    double longest)
{
    double step[RULE_PARAMETERS] = {0}, size = norm_of(before, coefficients);
    for (int p = 0; p < parameters; p++)
        step[p] = theta[p] - before[p];
    double length = norm_of(step, coefficients), most = longest * size;
    for (int p = 0; p < coefficients && length > most && size > 0; p++)
        theta[p] = before[p] + step[p] * most / length;
    for (int p = coefficients; p < parameters; p++)
        if (fabs(step[p]) > longest)
            theta[p] = before[p] + copysign(longest, step[p]);
}

void optimizer_step(struct optimizer *optimizer, double *theta, const double *gradient,
                    int64_t iteration, int parameters, int coefficients,
                    const struct settings *settings)
{
    double rate = optimizer_rate(settings, iteration), before[RULE_PARAMETERS];

    optimizer->steps++;
    memcpy(before, theta, sizeof *theta * (size_t)parameters);
    const struct optimizer_method *method = optimizer_of(settings);
    if (optimizer->metric)
        optimizer_metric_step(optimizer, theta, method, gradient, rate, parameters, settings);
    else
        method->step(optimizer, theta, gradient, rate, parameters, settings);
    if (isfinite(settings->meta.optimizer.longest))
        shorten(theta, before, parameters, coefficients, settings->meta.optimizer.longest);
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
    if (settings->meta.optimizer.metric == METRIC_CHANGES && settings->meta.l1 > 0 &&
        optimizer_of(settings)->step)
        settings_problem(problems, "meta.l1",
                         "found %g, allowed: 0 with meta.optimizer.metric: changes, in which the "
                         "penalty has no threshold of its own for each coefficient",
                         settings->meta.l1);
}
