/* All combinations, counted in mixed radix: the last axis of the file varies fastest. */
#include <stdio.h>

#include "config/sweep.h"

static int64_t candidates(const struct sweep *sweep)
{
    int64_t product = 1;
    for (int i = 0; i < sweep->axes && product <= SWEEP_LARGEST; i++)
        product *= sweep->axis[i].count;
    return product;
}

static void value(char text[SETTINGS_VALUE], const struct sweep *sweep, int64_t index, int axis)
{
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
