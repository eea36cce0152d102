/* The two distributions of a race's tests. */
#include <math.h>

#include "search/optimizers/race_odds.h"
#include "search/pairs.h"

double optimizer_race_student(double t, int freedom)
{
    double tail = pairs_student(t, freedom) / 2;
    return t < 0 ? 1 - tail : tail;
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
