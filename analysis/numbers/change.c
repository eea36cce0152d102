#include "numbers/change.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "numbers/landscape.h"
#include "numbers/matrix.h"

bool change_weights(struct change_weights *change, double *singular, int values,
                    const double *before, const double *after, int units)
{
    long square = (long)units * units, same = 0, present = 0;
    double *difference = malloc(sizeof(double) * (size_t)(square + units));
    if (!difference)
        return false;
    for (long s = 0; s < square; s++) {
        difference[s] = after[s] - before[s];
        present += before[s] != 0;
        same += before[s] * after[s] > 0;
    }
    double *s = difference + square;
    change->norm = matrix_norm(difference, square);
    bool good = matrix_svd(NULL, s, NULL, difference, units, units);
    for (int i = 0; i < values; i++)
        singular[i] = good && i < units ? s[i] : NAN;
    if (!good) {
        free(difference);
        return false;
    }
    change->relative_norm = change->norm / matrix_norm(before, square);
    change->stable_rank = s[0] > 0 ? pow(change->norm / s[0], 2) : NAN;
    change->sign_similarity = (double)same / (double)present;
    free(difference);
    return true;
}

double change_alignment(const double *a, const double *b, int n)
{
    long size = (long)n * n;
    return matrix_dot(a, b, size) / (matrix_norm(a, size) * matrix_norm(b, size));
}

void change_representation_kernel(double *kernel, const double *h, int samples, int units)
{
    linalg_gemm(kernel, samples, h, units, h, units, samples, samples, units, 1, 0, 0, 1);
}

/* dy_o(T)/dW of one trial, by (25) and (26) with the derivative of one output in place of the
 * reward: out [N, N]. state [T + 1, N]; work [5 N]; adjoint, rate [T, N]. */
static void fill_gradient(double *out, const struct network *network, const double *state,
                          int output, int steps, double *adjoint, double *rate, double *work)
{
    int n = network->units;
    double *slope = work, *last = work + n, *back = work + 2 * n, *a = work + 3 * n;
    network_rate(network, last, slope, state + (long)steps * n);
    for (int i = 0; i < n; i++)
        a[i] = slope[i] * network->readout[(long)output * n + i];
    for (int t = steps - 1; t >= 0; t--) {
        double *x = adjoint + (long)t * n;
        for (int c = 0; c < network->clamped; c++)
            a[network->clamped_unit[c]] = 0;
        memcpy(x, a, sizeof(double) * (size_t)n);
        network_rate(network, rate + (long)t * n, slope, state + (long)t * n);
        linalg_gemv(back, network->recurrent, n, x, n, n, network->alpha, 0, 1);
        for (int i = 0; i < n; i++)
            a[i] = (1 - network->alpha) * x[i] + slope[i] * back[i]; // (25)
    }
    linalg_gemm(out, n, adjoint, n, rate, n, n, n, steps, network->alpha, 0, 1, 0); // (26)
    for (long s = 0; network->mask && s < (long)n * n; s++)
        out[s] *= network->mask[s];
}

bool change_tangent_kernel(double *kernel, const struct network *network, const double *input,
                           int conditions, int steps)
{
    size_t n = (size_t)network->units, length = (size_t)steps;
    int rows = conditions * network->outputs;
    double *gradient = malloc(sizeof(double) * (size_t)rows * n * n);
    double *work = malloc(sizeof(double) * ((3 * length + 1) * n + 5 * n));
    if (gradient && work) {
        double *state = work + 5 * n, *adjoint = state + (length + 1) * n;
        for (int c = 0; c < conditions; c++) {
            landscape_run(state, network, input + (long)c * steps * network->inputs, steps);
            for (int o = 0; o < network->outputs; o++)
                fill_gradient(gradient + (size_t)(c * network->outputs + o) * n * n, network, state,
                              o, steps, adjoint, adjoint + length * n, work);
        }
        change_representation_kernel(kernel, gradient, rows, (int)(n * n));
    }
    bool good = gradient && work;
    free(gradient);
    free(work);
    return good;
}
