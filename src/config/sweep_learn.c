/* The table of where candidates lie that follow from how others came out. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "config/sweep.h"

bool sweep_begin(struct sweep *sweep)
{
    size_t numbers = (size_t)sweep->samples * (size_t)sweep->axes;
    sweep->point = malloc((numbers + 1) * sizeof *sweep->point);
    for (size_t i = 0; sweep->point && i < numbers; i++)
        sweep->point[i] = NAN;
    if (!sweep->point)
        return false;
    if (sweep->method->learn)
        return sweep->method->learn(sweep, NULL, 0, sweep_generation(sweep, 0));
    for (int64_t c = 0; c < sweep->samples; c++)
        sweep_place(sweep, c, NULL);
    return true;
}

void sweep_end(struct sweep *sweep)
{
    free(sweep->point);
    sweep->point = NULL;
}

int64_t sweep_generation(const struct sweep *sweep, int64_t first)
{
    int64_t count = sweep->generation;
    if (first == 0 && count < sweep->method->first)
        count = sweep->method->first;
    return first + count < sweep->samples ? first + count : sweep->samples;
}

static double *row_of(const struct sweep *sweep, int64_t sample)
{
    return sweep->point + sample * sweep->axes;
}

const double *sweep_row(const struct sweep *sweep, int64_t index)
{
    return row_of(sweep, sweep_sample(sweep, index));
}

bool sweep_known(const struct sweep *sweep, int64_t index)
{
    return !sweep->point || !isnan(*sweep_row(sweep, index));
}

void sweep_place(const struct sweep *sweep, int64_t index, const double *point)
{
    for (int a = 0; a < sweep->axes; a++)
        row_of(sweep, index)[a] = point ? point[a] : sweep->method->fraction(sweep, index, a);
}

double sweep_fraction(const struct sweep *sweep, int64_t index, int axis)
{
    double u;
    struct random_key key = random_key(sweep->seed, 0, RANDOM_SEARCH);
    random_uniform(&u, key, (uint64_t)index, (uint64_t)axis, 1);
    return u;
}

double sweep_drawn(const struct sweep *sweep, int64_t index, int axis)
{
    if (sweep->point && !isnan(*row_of(sweep, index)))
        return row_of(sweep, index)[axis];
    return sweep->method->fraction(sweep, index, sweep_coordinate(sweep, axis));
}
