/* Adam: Kingma and Ba, arXiv 1412.6980 (2015). In a metric all coordinates share one mean square, that
 * of the gradient's length there: the step does not depend on which coordinates are white, and noise,
 * which has no lasting direction, makes it short in all of them (Ling et al., VectorAdam, 2022). */
#include <math.h>

#include "search/optimizer.h"

/* Two moments of the gradient. */
static long numbers(const struct settings *settings, int parameters)
{
    (void)settings;
    return 2L * parameters;
}

static void step(struct optimizer *optimizer, double *theta, const double *gradient, double rate,
                 int parameters, const struct settings *settings)
{
    double beta1 = settings->meta.optimizer.beta1;
    double beta2 = settings->meta.optimizer.beta2;
    double first_weight = 1 - pow(beta1, optimizer->steps);
    double second_weight = 1 - pow(beta2, optimizer->steps);

    double whole = 0;
    for (int p = 0; p < parameters; p++)
        whole += gradient[p] * gradient[p];
    for (int p = 0; p < parameters; p++) {
        double size = optimizer->metric ? sqrt(whole) : gradient[p];
        double *first = &optimizer->state[p], *second = &optimizer->state[parameters + p];
        *first = beta1 * *first + (1 - beta1) * gradient[p];
        *second = beta2 * *second + (1 - beta2) * size * size;
        theta[p] -= rate * (*first / first_weight) /
                    (sqrt(*second / second_weight) + settings->meta.optimizer.epsilon);
    }
}

static const char *const reads[] = {"meta.optimizer.beta1", "meta.optimizer.beta2",
                                    "meta.optimizer.epsilon", "meta.optimizer.metric", NULL};

const struct optimizer_method optimizer_adam = {
    .name = "adam",
    .reads = reads,
    .sentence =
        "Adam: each parameter's step is its mean gradient over the root of its mean square.",
    .numbers = numbers,
    .step = step,
};
