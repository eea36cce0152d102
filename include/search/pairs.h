/* Statistics of losses over seeds: [S] numbers, NAN where a lifetime diverged. */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdint.h>

struct pairs_mean {
    int64_t count;
    double mean, deviation, error; /* NAN without enough numbers */
};

/* Local. Over the finite numbers of x [S]. */
struct pairs_mean pairs_mean(const double *x, int64_t seeds);

/* Local. Of x - y where both are finite. */
struct pairs_mean pairs_difference(const double *x, const double *y, int64_t seeds);

/* Local. Pearson's correlation where both are finite; NAN: fewer than 3, or no spread. */
double pairs_correlation(const double *x, const double *y, int64_t seeds);

/* Local. Seeds of each of two rules for a two-sided test at 5 % to find a difference of `gain` with
 * a power of 80 %, where losses have this standard deviation and correlate over the seeds. */
double pairs_needed(double deviation, double correlation, double gain);

/* Local. The probability that the largest of the paired t values of y over x [rows, S] were as large
 * as it is if signs of the differences were chance: all 2^S flips up to 2^12, else as many at
 * random. One-sided: small if some row of x is below y. A seed that diverged in one only counts as
 * the largest difference of its row against it. */
double pairs_p(const double *x, const double *y, int rows, int64_t seeds);

/* Local. Student's distribution with `freedom` degrees: the probability that |t| is at least `t`; the
 * t that |t| reaches with probability `p`. NAN without a degree. */
double pairs_student(double t, double freedom);
double pairs_student_limit(double p, double freedom);

/* Ratio of two medians, and its 95 % interval. */
struct pairs_ratio {
    double ratio, low, high;
};

/* Local. Median of x over that of y [S], INFINITY where an end was never reached, and its percentiles
 * over 10,000 samples of the seeds, in pairs. NAN where both medians are infinite; such samples
 * widen the interval at both ends. All NAN when out of memory. */
struct pairs_ratio pairs_ratio(const double *x, const double *y, int64_t seeds);

/* Local. The median of x [S], which may be INFINITY; sorts x. */
double pairs_median(double *x, int64_t seeds);

#endif
