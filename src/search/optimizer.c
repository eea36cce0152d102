#include <math.h>

#include "search/optimizer_cmaes.h"

static const double PI = 3.14159265358979323846;

/* Two moments of the gradient. */
static long adam_numbers(int parameters)
{
    return 2L * parameters;
}

static void adam(struct optimizer *optimizer, double *theta, const double *gradient, double rate,
                 int parameters, const struct settings *settings)
{
    double beta1 = settings->meta.optimizer.beta1;
    double beta2 = settings->meta.optimizer.beta2;
    double first_weight = 1 - pow(beta1, optimizer->steps);
    double second_weight = 1 - pow(beta2, optimizer->steps);

    for (int p = 0; p < parameters; p++) {
        double *first = &optimizer->state[p], *second = &optimizer->state[parameters + p];
        *first = beta1 * *first + (1 - beta1) * gradient[p];
        *second = beta2 * *second + (1 - beta2) * gradient[p] * gradient[p];
        theta[p] -= rate * (*first / first_weight) /
                    (sqrt(*second / second_weight) + settings->meta.optimizer.epsilon);
    }
}

static long sgd_numbers(int parameters)
{
    return parameters;
}

static void sgd(struct optimizer *optimizer, double *theta, const double *gradient, double rate,
                int parameters, const struct settings *settings)
{
    for (int p = 0; p < parameters; p++) {
        double *velocity = &optimizer->state[p];
        *velocity = settings->meta.optimizer.momentum * *velocity + gradient[p];
        theta[p] -= rate * *velocity;
    }
}

const struct optimizer_method optimizer_list[] = {
    {.name = "adam",
     .sentence =
         "Adam: each parameter's step is its mean gradient over the root of its mean square.",
     .numbers = adam_numbers,
     .step = adam},
    {.name = "sgd",
     .sentence = "Gradient descent with momentum.",
     .numbers = sgd_numbers,
     .step = sgd},
    {.name = "cmaes",
     .sentence = "CMA-ES: draws rules from a normal distribution and moves it, its width and its "
                 "shape towards the better ones.",
     .numbers = optimizer_cmaes_numbers,
     .start = optimizer_cmaes_start,
     .population = optimizer_cmaes_population,
     .member = optimizer_cmaes_member,
     .select = optimizer_cmaes_select},
    {.name = NULL},
};

const struct optimizer_method *optimizer_of(const struct settings *settings)
{
    return &optimizer_list[settings->meta.optimizer.name];
}

int optimizer_population(const struct settings *settings, int parameters)
{
    const struct optimizer_method *method = optimizer_of(settings);
    return method->population ? method->population(settings, parameters) : 0;
}

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
