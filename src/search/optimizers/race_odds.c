/* The two distributions of a race's tests, by finite sums. */
#include <math.h>
#include <stdbool.h>

#include "search/optimizers/race_odds.h"

static const double PI = 3.14159265358979323846;

/* Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4. */
double optimizer_race_student(double t, int freedom)
{
    double angle = atan(t / sqrt(freedom));
    double square = 1 / (1 + t * t / freedom); // cos^2
    bool odd = freedom % 2;
    double term = odd ? sqrt(square) : 1, sum = freedom > 1 ? term : 0;
    for (int k = odd ? 3 : 2; k < freedom; k += 2) {
        term *= square * (k - 1) / k;
        sum += term;
    }
    double inside = odd ? (angle + sin(angle) * sum) * 2 / PI : sin(angle) * sum;
    return (1 - inside) / 2;
}

double optimizer_race_coin(int few, int throws)
{
    double term = pow(0.5, throws), sum = 0;
    for (int k = 0; k <= few; k++) {
        sum += term;
        term *= (double)(throws - k) / (k + 1);
    }
    return sum;
}
