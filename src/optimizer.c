#include <math.h>

#include "optimizer.h"

static const double PI = 3.14159265358979323846;

static void adam(struct optimizer *optimizer, double *theta, const double *gradient, double rate,
                 int parameters, const struct settings *settings)
{
    double beta1 = settings->meta.optimizer.beta1;
    double beta2 = settings->meta.optimizer.beta2;
    double first_weight = 1 - pow(beta1, optimizer->steps);
    double second_weight = 1 - pow(beta2, optimizer->steps);

    for (int p = 0; p < parameters; p++) {
        double *first = &optimizer->first[p], *second = &optimizer->second[p];
        *first = beta1 * *first + (1 - beta1) * gradient[p];
        *second = beta2 * *second + (1 - beta2) * gradient[p] * gradient[p];
        theta[p] -= rate * (*first / first_weight) /
                    (sqrt(*second / second_weight) + settings->meta.optimizer.epsilon);
    }
}

static void sgd(struct optimizer *optimizer, double *theta, const double *gradient, double rate,
                int parameters, const struct settings *settings)
{
    for (int p = 0; p < parameters; p++) {
        double *velocity = &optimizer->first[p];
        *velocity = settings->meta.optimizer.momentum * *velocity + gradient[p];
        theta[p] -= rate * *velocity;
    }
}

const struct optimizer_method optimizer_list[] = {
    {"adam", "Adam: each parameter's step is its mean gradient over the root of its mean square.",
     adam},
    {"sgd", "Gradient descent with momentum.", sgd},
    {NULL, NULL, NULL},
};

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
    optimizer_list[settings->meta.optimizer.name].step(optimizer, theta, gradient, rate, parameters,
                                                       settings);
    if (settings->meta.l1 > 0)
        for (int p = 0; p < coefficients; p++)
            theta[p] = soft_threshold(theta[p], rate * settings->meta.l1);
}
