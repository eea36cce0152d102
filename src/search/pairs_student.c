/* Student's distribution, by the continued fraction of the incomplete beta function (Abramowitz and
 * Stegun 26.5.8, in the form of Lentz). */
#include <math.h>

#include "search/pairs.h"

enum { TERMS = 500, HALVINGS = 200 };

/* Away from 0, by which the recurrence divides. */
static double nonzero(double x)
{
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* I_x(a, b), x below (a + 1) / (a + b + 2), where it converges fast. */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / nonzero(1 - (a + b) * x / (a + 1)), fraction = d;
    for (int m = 1; m <= TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / nonzero(1 + even * d);
        c = nonzero(1 + even / c);
        fraction *= c * d;
        d = 1 / nonzero(1 + odd * d);
        c = nonzero(1 + odd / c);
        fraction *= c * d;
        if (fabs(c * d - 1) < 1e-15)
            break;
    }
    return fraction * exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a;
}

double pairs_student(double t, double freedom)
{
    double a = freedom / 2, b = 0.5, x = freedom / (freedom + t * t);
    if (!(freedom >= 1) || isnan(t))
        return NAN;
    if (isinf(t))
        return 0;
    if (t == 0)
        return 1;
    return x < (a + 1) / (a + b + 2) ? beta_fraction(x, a, b) : 1 - beta_fraction(1 - x, b, a);
}

double pairs_student_limit(double p, double freedom)
{
    double low = 0, high = 1;
    if (!(freedom >= 1))
        return NAN;
    while (pairs_student(high, freedom) > p)
        high *= 2;
    for (int i = 0; i < HALVINGS && high - low > 1e-15 * high; i++) {
        double middle = (low + high) / 2;
        if (pairs_student(middle, freedom) > p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}
