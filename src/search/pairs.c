#include "search/pairs.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"

enum { FLIPS = 12 }; /* seeds up to which all flips are tried, else 2^FLIPS */

static const double Z = 1.959964 + 0.841621; /* two-sided 5 %, power 80 % */

/* Mean of x - y, or of x where y is NULL. */
static struct pairs_mean summarise(const double *x, const double *y, int64_t seeds)
{
    struct pairs_mean mean = {.mean = NAN, .deviation = NAN, .error = NAN};
    double sum = 0, square = 0;
    for (int64_t s = 0; s < seeds; s++) {
        double value = y ? x[s] - y[s] : x[s];
        mean.count += isfinite(value);
        sum += isfinite(value) ? value : 0;
    }
    if (mean.count > 0)
        mean.mean = sum / (double)mean.count;
    for (int64_t s = 0; s < seeds; s++) {
        double value = (y ? x[s] - y[s] : x[s]) - mean.mean;
        square += isfinite(value) ? value * value : 0;
    }
    if (mean.count > 1) {
        mean.deviation = sqrt(square / (double)(mean.count - 1));
        mean.error = mean.deviation / sqrt((double)mean.count);
    }
    return mean;
}

struct pairs_mean pairs_mean(const double *x, int64_t seeds)
{
    return summarise(x, NULL, seeds);
}

struct pairs_mean pairs_difference(const double *x, const double *y, int64_t seeds)
{
    return summarise(x, y, seeds);
}

double pairs_correlation(const double *x, const double *y, int64_t seeds)
{
    double n = 0, sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
    for (int64_t s = 0; s < seeds; s++) {
        if (!isfinite(x[s]) || !isfinite(y[s]))
            continue;
        n++;
        sx += x[s];
        sy += y[s];
    }
    for (int64_t s = 0; s < seeds; s++) {
        double dx = x[s] - sx / n, dy = y[s] - sy / n;
        if (!isfinite(dx) || !isfinite(dy))
            continue;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    return n > 2 && xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

double pairs_needed(double deviation, double correlation, double gain)
{
    double variance = 2 * deviation * deviation * (1 - correlation); /* of the difference */
    return fmax(2, ceil(Z * Z * variance / (gain * gain)));
}

/* What y loses more than x, [S]. Where x diverged and y did not, as much less as any seed does: a
 * rule does not win by the seeds that it loses altogether. */
static void subtract(double *gain, const double *x, const double *y, int64_t seeds)
{
    double largest = 0;
    for (int64_t s = 0; s < seeds; s++)
        largest = fmax(largest, isfinite(y[s] - x[s]) ? fabs(y[s] - x[s]) : 0);
    for (int64_t s = 0; s < seeds; s++) {
        gain[s] = y[s] - x[s];
        if (!isfinite(gain[s]))
            gain[s] = isfinite(y[s]) ? -largest : isfinite(x[s]) ? largest : 0;
    }
}

/* The largest sum over root of the sum of squares, which t follows from, of the rows of gain [rows, S]
 * with the signs that the bits of `flip` [S / 64] turn. */
static double largest_t(const double *gain, const uint64_t *flip, int rows, int64_t seeds)
{
    double largest = -INFINITY;
    for (int k = 0; k < rows; k++) {
        double sum = 0, square = 0;
        for (int64_t s = 0; s < seeds; s++) {
            double value = gain[k * seeds + s];
            square += value * value;
            sum += flip[s / 64] >> (s % 64) & 1 ? -value : value;
        }
        if (square > 0)
            largest = fmax(largest, sum / sqrt(square));
    }
    return largest;
}

double pairs_p(const double *x, const double *y, int rows, int64_t seeds)
{
    int64_t words = (seeds + 63) / 64, reached = 0;
    int64_t flips = (int64_t)1 << (seeds < FLIPS ? seeds : FLIPS);
    uint64_t *flip = calloc((size_t)words + 4, sizeof *flip);
    double *gain = calloc((size_t)(rows * seeds), sizeof *gain);
    struct random_key key = random_key(0, 0, RANDOM_ANALYSIS);
    double observed = NAN;
    for (int k = 0; flip && gain && k < rows; k++)
        subtract(gain + k * seeds, x + k * seeds, y, seeds);
    for (int64_t f = 0; flip && gain && f < flips; f++) {
        flip[0] = (uint64_t)f;
        for (int64_t w = 0; seeds > FLIPS && f > 0 && w < words; w += 4)
            random_words(flip + w, key, (uint64_t)f, (uint64_t)w, 0);
        double t = largest_t(gain, flip, rows, seeds);
        if (f == 0)
            observed = t * (1 - 1e-12 * (t > 0 ? 1 : -1)); // the sums' rounding
        reached += t >= observed;
    }
    free(flip);
    free(gain);
    return isfinite(observed) ? (double)reached / (double)flips : 1;
}
