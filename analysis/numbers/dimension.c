/* Principal components by the singular values of the centred data: more exact than by the
 * covariance. */
#include "numbers/dimension.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "numbers/matrix.h"

bool dimension_components(double *variance, double *axis, double *x, int samples, int units)
{
    int k = samples < units ? samples : units;
    size_t size = (size_t)samples * (size_t)units;
    double *copy = malloc(sizeof(double) * (size + (size_t)samples * (size_t)k));
    if (!copy)
        return false;
    matrix_centre(x, samples, units);
    memcpy(copy, x, sizeof(double) * size);
    bool good = matrix_svd(copy + size, variance, axis, copy, samples, units);
    free(copy);
    for (int c = 0; good && c < k; c++) {
        variance[c] *= variance[c] / (samples > 1 ? samples - 1 : 1);
        double *row = axis + (long)c * units, largest = 0;
        for (int i = 0; i < units; i++)
            if (fabs(row[i]) > fabs(largest))
                largest = row[i];
        for (int i = 0; largest < 0 && i < units; i++)
            row[i] = -row[i];
    }
    return good;
}

static double sum_of(const double *variance, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += variance[i];
    return sum;
}

double dimension_participation(const double *variance, int count)
{
    double sum = sum_of(variance, count), square = matrix_dot(variance, variance, count);
    return square > 0 ? sum * sum / square : NAN;
}

double dimension_entropy_rank(const double *variance, int count)
{
    double sum = sum_of(variance, count), entropy = 0;
    for (int i = 0; i < count; i++)
        if (variance[i] > 0)
            entropy -= variance[i] / sum * log(variance[i] / sum);
    return sum > 0 ? exp(entropy) : NAN;
}

double dimension_components_for(const double *variance, int count, double share)
{
    double sum = sum_of(variance, count), part = 0;
    for (int i = 0; i < count; i++) {
        part += variance[i];
        if (sum > 0 && part >= share * sum)
            return i + 1;
    }
    return sum > 0 ? count : NAN;
}

void dimension_project(double *out, const double *x, const double *axis, int samples, int units,
                       int axes)
{
    linalg_gemm(out, axes, x, units, axis, units, samples, axes, units, 1, 0, 0, 1);
}
