/* The grid of a sweep: all combinations of the crossed axes, counted in mixed radix: the last one of the
 * file varies fastest. Where an axis has a value under a condition only, how many combinations of it and
 * the axes behind it there are depends on the values of those that conditions name; of others one stands
 * for all.
 *
 * Other axes are drawn or listed beside the grid: sample s at each of its points, then sample s + 1, so that
 * what a sweep that was cut short has of a sample, it has at all points. Where no other axis has a value,
 * by their conditions, all samples would be the same; there the first one is the only one. */
#include "config/sweep.h"

#include <assert.h>

static bool is_conditional(const struct sweep *sweep)
{
    int a = 0;
    while (a < sweep->axes && sweep->axis[a].whens == 0)
        a++;
    return a < sweep->axes;
}

/* Whether the axis has a value where those of the grid have the chosen ones; not where that depends on an
 * axis beside the grid. */
static bool has_value(const struct sweep *sweep, int axis, const int *chosen)
{
    const struct sweep_axis *of = &sweep->axis[axis];
    for (int i = 0; i < of->whens; i++) {
        const struct sweep_when *when = &of->when[i];
        int value = chosen[when->axis];
        if (value == SWEEP_NONE || !when->meets[value])
            return false;
    }
    return true;
}

/* Whether samples differ there. An axis whose conditions name others beside the grid needs one of those
 * that have a value already. */
static bool is_varied(const struct sweep *sweep, const int *chosen)
{
    for (int a = 0; a < sweep->axes; a++)
        if (!sweep->axis[a].crossed && has_value(sweep, a, chosen))
            return true;
    return false;
}

static void mark_named(struct sweep *sweep)
{
    for (int a = 0; a < sweep->axes; a++)
        for (int i = 0; i < sweep->axis[a].whens; i++)
            sweep->axis[sweep->axis[a].when[i].axis].named = true;
}

/* Combinations of the axes from number `axis` on behind the chosen values, of which `varied` counts those
 * where samples differ; at the most just too many. */
static int64_t count_from(const struct sweep *sweep, int axis, int *chosen, bool varied)
{
    if (axis == sweep->axes)
        return !varied || is_varied(sweep, chosen);
    int64_t sum = 0, values = sweep->axis[axis].count;
    chosen[axis] = sweep->axis[axis].crossed && has_value(sweep, axis, chosen) ? 0 : SWEEP_NONE;
    if (chosen[axis] == SWEEP_NONE)
        return count_from(sweep, axis + 1, chosen, varied);
    if (!sweep->axis[axis].named)
        sum = values * count_from(sweep, axis + 1, chosen, varied);
    else
        for (; chosen[axis] < values && sum <= SWEEP_LARGEST; chosen[axis]++)
            sum += count_from(sweep, axis + 1, chosen, varied);
    return sum <= SWEEP_LARGEST ? sum : SWEEP_LARGEST + 1;
}

/* Points of the grid, or those where samples differ. */
static int64_t points(const struct sweep *sweep, bool varied)
{
    int64_t product = 1;
    int chosen[SWEEP_NUMBERS] = {0};
    if (is_conditional(sweep))
        return count_from(sweep, 0, chosen, varied);
    for (int i = 0; i < sweep->axes && product <= SWEEP_LARGEST; i++)
        product *= sweep->axis[i].crossed ? sweep->axis[i].count : 1;
    return product;
}

/* The value that each axis of the grid up to `axis` has at a point. */
static void choose(int chosen[SWEEP_NUMBERS], const struct sweep *sweep, int64_t point, int axis,
                   bool varied)
{
    for (int a = 0; a <= axis; a++) {
        int own = 0;
        if (!sweep->axis[a].crossed || !has_value(sweep, a, chosen)) {
            chosen[a] = SWEEP_NONE;
            continue;
        }
        bool named = sweep->axis[a].named;
        chosen[a] = own;
        int64_t behind = count_from(sweep, a + 1, chosen, varied);
        for (; named && point >= behind; behind = count_from(sweep, a + 1, chosen, varied)) {
            point -= behind;
            chosen[a] = ++own;
        }
        if (!named) {
            assert(behind > 0); // the point is one of them
            chosen[a] = (int)(point / behind);
            point %= behind;
        }
    }
}

void sweep_cross(struct sweep *sweep)
{
    mark_named(sweep);
    sweep->points = points(sweep, false);
    sweep->varied = points(sweep, true);
}

int64_t sweep_sample(const struct sweep *sweep, int64_t index)
{
    int64_t further = index / sweep->repeats - sweep->points;
    return further < 0 ? 0 : 1 + further / sweep->varied;
}

int sweep_crossed_choice(const struct sweep *sweep, int64_t index, int axis)
{
    int chosen[SWEEP_NUMBERS] = {0};
    int64_t point = index / sweep->repeats, further = point - sweep->points;
    if (further >= 0)
        point = further % sweep->varied;
    if (is_conditional(sweep)) {
        choose(chosen, sweep, point, axis, further >= 0);
        return chosen[axis];
    }
    for (int i = sweep->axes - 1; i > axis; i--)
        point /= sweep->axis[i].crossed ? sweep->axis[i].count : 1;
    return (int)(point % sweep->axis[axis].count);
}

int sweep_coordinate(const struct sweep *sweep, int axis)
{
    int coordinate = 0;
    for (int a = 0; a < axis; a++)
        coordinate += !sweep->axis[a].crossed;
    return coordinate;
}
