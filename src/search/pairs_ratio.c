/* Ratios of medians, by samples of the seeds (Efron 1979). A median does not mind that some seeds never
 * reach the end; a mean would. */
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "search/pairs.h"

enum { SAMPLES = 10000 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double pairs_median(double *x, int64_t seeds)
{
    if (seeds == 0)
        return NAN;
    qsort(x, (size_t)seeds, sizeof *x, compare);
    return seeds % 2 ? x[seeds / 2] : (x[seeds / 2 - 1] + x[seeds / 2]) / 2;
}

/* Of x and y at the seeds that `draw` [S] names, uniform in (0, 1). work [2, S]. */
static double ratio_of(double *work, const double *x, const double *y, const double *draw,
                       int64_t seeds)
{
    for (int64_t s = 0; s < seeds; s++) {
        int64_t from = draw ? (int64_t)(draw[s] * (double)seeds) : s;
        work[s] = x[from];
        work[seeds + s] = y[from];
    }
    double over = pairs_median(work, seeds), under = pairs_median(work + seeds, seeds);
    return isinf(over) && isinf(under) ? NAN : over / under;
}

struct pairs_ratio pairs_ratio(const double *x, const double *y, int64_t seeds)
{
    struct pairs_ratio ratio = {NAN, NAN, NAN};
    struct random_key key = random_key(0, 1, RANDOM_ANALYSIS);
    size_t n = (size_t)seeds;
    double *work = calloc(3 * n + 2 * SAMPLES + 1, sizeof *work);
    if (!work)
        return ratio;
    double *draw = work + 2 * n, *low = draw + n, *high = low + SAMPLES;
    ratio.ratio = ratio_of(work, x, y, NULL, seeds);
    for (int i = 0; i < SAMPLES && seeds > 1; i++) {
        random_uniform(draw, key, (uint64_t)i, 0, (long)seeds);
        double sample = ratio_of(work, x, y, draw, seeds);
        low[i] = isnan(sample) ? 0 : sample;
        high[i] = isnan(sample) ? INFINITY : sample;
    }
    if (seeds > 1) {
        qsort(low, SAMPLES, sizeof *low, compare);
        qsort(high, SAMPLES, sizeof *high, compare);
        ratio.low = low[SAMPLES / 40];
        ratio.high = high[SAMPLES - 1 - SAMPLES / 40];
    }
    free(work);
    return ratio;
}
