/* Children of a population: Jaderberg et al. (2017), arXiv 1711.09846. Here lifetimes are functions of their
 * settings, so that two candidates with the same rule and values would be one for good: the draw is
 * repeated some times where another candidate lies already. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "config/sweep.h"

enum { TRIES = 16, STREAM = 1 }; /* streams of tries; the donor was drawn from stream 0 */

static const double resampled = 0.25, up = 1.2, down = 0.8;

/* Where `number` lies on a range: sweep_point() the other way round. */
static double locate(const struct sweep_axis *axis, double number)
{
    double low = axis->whole ? axis->minimum - 0.5 : axis->minimum;
    double high = axis->whole ? axis->maximum + 0.5 : axis->maximum;
    if (number <= axis->minimum && !axis->whole)
        return 0;
    if (number >= axis->maximum && !axis->whole)
        return 1;
    return axis->distribution == SWEEP_UNIFORM ? (number - low) / (high - low)
                                               : log(number / low) / log(high / low);
}

/* From the number as it was run, which sweep_point() had rounded. */
static double perturb(const struct sweep_axis *axis, double fraction, double factor)
{
    char text[SETTINGS_VALUE];
    sweep_point(text, axis, fraction);
    double from = strtod(text, NULL), number = from * factor;
    if (axis->whole) {
        number = nearbyint(number);
        if (number == from)
            number += (factor > 1) == (from > 0) ? 1 : -1;
    }
    return locate(axis, fmin(fmax(number, axis->minimum), axis->maximum));
}

static void draw(double *child, const struct sweep *sweep, const double *parent, int64_t index,
                 int32_t rung, int attempt)
{
    double u[2 * SWEEP_NUMBERS];
    random_uniform(u, random_key(sweep->seed, STREAM + (uint64_t)attempt, RANDOM_POPULATION),
                   (uint64_t)index, (uint64_t)rung, 2 * (long)sweep->axes);
    for (int a = 0; a < sweep->axes; a++) {
        const struct sweep_axis *axis = &sweep->axis[a];
        if (axis->count == 0)
            child[a] = perturb(axis, parent[a], u[2 * a] < 0.5 ? down : up);
        else
            child[a] = u[2 * a] < resampled ? u[2 * a + 1] : parent[a];
    }
}

static bool same_value(const struct sweep_axis *axis, double one, double other)
{
    char text[SETTINGS_VALUE], other_text[SETTINGS_VALUE];
    if (one == other || (axis->count == 0 && !axis->whole))
        return one == other;
    sweep_draw(text, axis, one);
    sweep_draw(other_text, axis, other);
    return strcmp(text, other_text) == 0;
}

static bool is_taken(const struct sweep *sweep, const double *child, int64_t index)
{
    for (int64_t c = 0; c < sweep->samples; c++) {
        int same = 0;
        while (c != index && same < sweep->axes &&
               same_value(&sweep->axis[same], sweep->point[c * sweep->axes + same], child[same]))
            same++;
        if (c != index && same == sweep->axes)
            return true;
    }
    return false;
}

void sweep_breed(const struct sweep *sweep, int64_t index, int64_t donor, int32_t rung)
{
    double child[SWEEP_NUMBERS];
    int attempt = 0;
    do
        draw(child, sweep, sweep->point + donor * sweep->axes, index, rung, attempt++);
    while (attempt < TRIES && is_taken(sweep, child, index));
    sweep_place(sweep, index, child);
}
