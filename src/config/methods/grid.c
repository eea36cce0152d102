/* All combinations, counted in mixed radix: the last axis of the file varies fastest. Where an axis has a
 * value under a condition only, how many combinations of it and the axes behind it there are depends on
 * the values of those that conditions name; of others one stands for all. */
#include <stdio.h>

#include "config/sweep.h"

static const int NONE = -1;

static bool is_conditional(const struct sweep *sweep)
{
    int a = 0;
    while (a < sweep->axes && sweep->axis[a].whens == 0)
        a++;
    return a < sweep->axes;
}

/* Whether the axis has a value where those before it have the chosen ones. */
static bool has_value(const struct sweep *sweep, int axis, const int *chosen)
{
    const struct sweep_axis *of = &sweep->axis[axis];
    for (int i = 0; i < of->whens; i++) {
        const struct sweep_when *when = &of->when[i];
        int value = chosen[when->axis];
        if (value == NONE || !sweep_meets(when, sweep->axis[when->axis].value[value]))
            return false;
    }
    return true;
}

static bool is_named(const struct sweep *sweep, int axis)
{
    for (int a = axis + 1; a < sweep->axes; a++)
        for (int i = 0; i < sweep->axis[a].whens; i++)
            if (sweep->axis[a].when[i].axis == axis)
                return true;
    return false;
}

/* Combinations of the axes from number `axis` on behind the chosen values, at the most just too many. */
static int64_t count_from(const struct sweep *sweep, int axis, int *chosen)
{
    int64_t sum = 0, values = axis < sweep->axes ? sweep->axis[axis].count : 0;
    if (axis == sweep->axes)
        return 1;
    chosen[axis] = has_value(sweep, axis, chosen) ? 0 : NONE;
    if (chosen[axis] == NONE)
        return count_from(sweep, axis + 1, chosen);
    if (!is_named(sweep, axis))
        sum = values * count_from(sweep, axis + 1, chosen);
    else
        for (; chosen[axis] < values && sum <= SWEEP_LARGEST; chosen[axis]++)
            sum += count_from(sweep, axis + 1, chosen);
    return sum <= SWEEP_LARGEST ? sum : SWEEP_LARGEST + 1;
}

static int64_t candidates(const struct sweep *sweep)
{
    int64_t product = 1;
    int chosen[SWEEP_NUMBERS];
    if (is_conditional(sweep))
        return count_from(sweep, 0, chosen);
    for (int i = 0; i < sweep->axes && product <= SWEEP_LARGEST; i++)
        product *= sweep->axis[i].count;
    return product;
}

/* The value that each axis up to `axis` has in the candidate. */
static void choose(int chosen[SWEEP_NUMBERS], const struct sweep *sweep, int64_t index, int axis)
{
    for (int a = 0; a <= axis; a++) {
        int own = 0;
        if (!has_value(sweep, a, chosen)) {
            chosen[a] = NONE;
            continue;
        }
        bool named = is_named(sweep, a);
        chosen[a] = own;
        int64_t behind = count_from(sweep, a + 1, chosen);
        for (; named && index >= behind; behind = count_from(sweep, a + 1, chosen)) {
            index -= behind;
            chosen[a] = ++own;
        }
        if (!named) {
            chosen[a] = (int)(index / behind);
            index %= behind;
        }
    }
}

static void value(char text[SETTINGS_VALUE], const struct sweep *sweep, int64_t index, int axis)
{
    int chosen[SWEEP_NUMBERS];
    if (is_conditional(sweep)) {
        choose(chosen, sweep, index, axis);
        snprintf(text, SETTINGS_VALUE, "%s", sweep->axis[axis].value[chosen[axis]]);
        return;
    }
    for (int i = sweep->axes - 1; i > axis; i--)
        index /= sweep->axis[i].count;
    snprintf(text, SETTINGS_VALUE, "%s", sweep->axis[axis].value[index % sweep->axis[axis].count]);
}

const struct sweep_method sweep_grid = {
    .name = "grid",
    .sentence =
        "Every combination of the values of all parameters; the last one of the file varies "
        "fastest.",
    .candidates = candidates,
    .value = value,
};
