/* Gradient descent with momentum: Polyak, USSR Comput. Math. Math. Phys. 1964;4:1. */
#include "search/optimizer.h"

/* The velocities. */
static long numbers(const struct settings *settings, int parameters)
{
    (void)settings;
    return parameters;
}

static void step(struct optimizer *optimizer, double *theta, const double *gradient, double rate,
                 int parameters, const struct settings *settings)
{
    for (int p = 0; p < parameters; p++) {
        double *velocity = &optimizer->state[p];
        *velocity = settings->meta.optimizer.momentum * *velocity + gradient[p];
        theta[p] -= rate * *velocity;
    }
}

static const char *const reads[] = {"meta.optimizer.momentum", "meta.optimizer.metric", NULL};

const struct optimizer_method optimizer_sgd = {
    .name = "sgd",
    .reads = reads,
    .directs = true,
    .sentence = "Gradient descent with momentum.",
    .numbers = numbers,
    .step = step,
};
