/* Steps in the metric of weight changes, equation (40). C coefficients, of P parameters. */
#include <math.h>
#include <string.h>

#include "base/linalg.h"
#include "model/rule.h"
#include "search/optimizer.h"

/* Relative to the diagonal: combinations of terms that change the weights less than this are noise of
 * the measurement, and no direction to go far along. */
static const double RIDGE = 1e-3;

void optimizer_metric_fill(double *factor, const double *gram, const double *scale,
                           int coefficients)
{
    size_t n = (size_t)coefficients;
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < n; l++)
            factor[k * n + l] = gram ? scale[k] * gram[k * n + l] * scale[l] : (double)(k == l);
    for (size_t k = 0; k < n; k++)
        factor[k * n + k] *= 1 + RIDGE;
    linalg_factorise(factor, coefficients, 1e-14);
}

double optimizer_metric_size(const struct optimizer_metric *metric, const double *theta)
{
    size_t n = (size_t)metric->coefficients;
    double square = 0;
    for (size_t l = 0; l < n; l++) {
        double sum = 0;
        for (size_t k = l; k < n; k++)
            sum += metric->factor[k * n + l] * theta[k];
        square += sum * sum;
    }
    return square > 0 ? sqrt(square) : 1;
}

void optimizer_metric_step(struct optimizer *optimizer, double *theta,
                           const struct optimizer_method *method, const double *gradient,
                           double rate, int parameters, const struct settings *settings)
{
    const struct optimizer_metric *metric = optimizer->metric;
    int coefficients = metric->coefficients;
    double size = optimizer_metric_size(metric, theta), square = 0;
    double slope[RULE_PARAMETERS], step[RULE_PARAMETERS] = {0};
    memcpy(slope, gradient, (size_t)parameters * sizeof *slope);
    linalg_solve_lower(slope, metric->factor, coefficients);
    for (int p = 0; p < coefficients; p++)
        slope[p] *= size;
    method->step(optimizer, step, slope, rate, parameters, settings);
    for (int p = 0; p < parameters; p++)
        square += step[p] * step[p];
    bool fit = method->directs || sqrt(square) > rate;
    double factor = fit && square > 0 ? rate / sqrt(square) : 1;
    linalg_solve_upper(step, metric->factor, coefficients);
    for (int p = 0; p < parameters; p++)
        theta[p] += factor * (p < coefficients ? size : 1) * step[p];
}
