/* Newton's method: the penalised likelihood is concave, and its matrix of second derivatives is
 * never singular. */
#include "numbers/psychometric.h"

#include <math.h>

void psychometric_fit(double fit[2], const double *stimulus, const double *choice, int count)
{
    double a = 0, k = 0, scale = 0;
    for (int i = 0; i < count; i++)
        scale = fmax(scale, fabs(stimulus[i]));
    for (int iteration = 0; iteration < 100; iteration++) {
        double ga = -a / 100, gk = -k / 100, haa = 0.01, hak = 0, hkk = 0.01;
        for (int i = 0; i < count; i++) {
            double x = stimulus[i] / scale, p = 1 / (1 + exp(-(a + k * x))), w = p * (1 - p);
            ga += choice[i] - p;
            gk += (choice[i] - p) * x;
            haa += w;
            hak += w * x;
            hkk += w * x * x;
        }
        double determinant = haa * hkk - hak * hak;
        a += (hkk * ga - hak * gk) / determinant;
        k += (haa * gk - hak * ga) / determinant;
    }
    fit[0] = exp(-a);
    fit[1] = k / scale;
}
