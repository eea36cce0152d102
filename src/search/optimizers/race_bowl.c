/* What a race knows of the loss around theta: all losses in all blocks, fitted by a bowl
 *
 *     g x + h |x|^2 / 2,    x = (theta - theta at the start) / its size there
 *
 * by Bayesian linear regression. The prior of g and h is normal and as wide as the loss itself, since
 * a step as long as the rule may change all of it. Steps go down a bowl that is drawn from what is then
 * known (Thompson, Biometrika 1933;25:285): anywhere as long as nothing is known, to where a gain is
 * likely later. */
#include <math.h>
#include <string.h>

#include "base/linalg.h"
#include "base/random.h"
#include "model/rule.h"
#include "search/optimizers/race_bowl.h"

enum { FEATURES = RULE_PARAMETERS + 1 };

/* x, |x|^2 / 2 */
static void features_of(double *x, const struct race *race, const double *theta)
{
    int n = race->n;
    x[n] = 0;
    for (int p = 0; p < n; p++) {
        double unit = p < (int)race->head->coefficients ? race->head->unit : 1;
        x[p] = (theta[p] - race->origin[p]) / unit;
        x[n] += x[p] * x[p] / 2;
    }
}

/* A block has a level of its own, that of its seeds: it is taken out by the weighted means, of theta
 * too, whose difference is 0. */
void optimizer_race_learn(struct race *race, const double *theta, const double *y,
                          const double *weight)
{
    int features = race->n + 1, points = race->population;
    double x[FEATURES], mean[FEATURES] = {0}, level = 0, all = 0;
    for (int i = 0; i <= points; i++) {
        features_of(x, race, i < points ? optimizer_race_theta(race, i) : theta);
        all += weight[i];
        level += weight[i] * y[i];
        for (int p = 0; p < features; p++)
            mean[p] += weight[i] * x[p];
    }
    for (int i = 0; i <= points && all > 0; i++) {
        features_of(x, race, i < points ? optimizer_race_theta(race, i) : theta);
        for (int p = 0; p < features; p++) {
            double share = weight[i] * (x[p] - mean[p] / all);
            race->product[p] += share * (y[i] - level / all);
            for (int q = 0; q < features; q++)
                race->moments[p * features + q] += share * (x[q] - mean[q] / all);
        }
    }
}

void optimizer_race_forget(struct race *race, double share)
{
    int features = race->n + 1;
    for (int i = 0; i < features * (features + 1); i++)
        race->product[i] *= share; // and the moments, which stand behind
}

/* g and h, in `bowl`: their mean, or drawn around it. */
static void draw_bowl(double *bowl, const struct race *race, bool known)
{
    double l[FEATURES * FEATURES], z[FEATURES], loss = fmax(fabs(race->head->loss), 1e-6);
    int features = race->n + 1;
    memcpy(l, race->moments, sizeof *l * (size_t)(features * features));
    memcpy(bowl, race->product, sizeof *bowl * (size_t)features);
    for (int f = 0; f < features; f++)
        l[f * features + f] += 1 / (loss * loss);
    linalg_factorise(l, features, 0);
    linalg_solve_lower(bowl, l, features);
    random_normal(z, random_key((uint64_t)race->settings->seed, 0, RANDOM_SEARCH),
                  (uint64_t)race->head->proposals, 0, features);
    for (int f = 0; f < features && !known; f++)
        bowl[f] += z[f];
    linalg_solve_upper(bowl, l, features);
}

double optimizer_race_draw(double *direction, const struct race *race, const double *theta,
                           bool known)
{
    double bowl[FEATURES], x[FEATURES], square = 0;
    int n = race->n;
    draw_bowl(bowl, race, known);
    features_of(x, race, theta);
    for (int p = 0; p < n; p++) {
        bowl[p] += bowl[n] * x[p]; // g at theta
        square += bowl[p] * bowl[p];
    }
    if (square == 0) // all losses so far are the same
        return optimizer_race_draw(direction, race, theta, false);
    for (int p = 0; p < n; p++)
        direction[p] = -bowl[p] / sqrt(square);
    double unit = race->head->unit / optimizer_race_size(race, theta);
    return bowl[n] > 0 ? sqrt(square) / bowl[n] * unit : INFINITY;
}
