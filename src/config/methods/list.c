/* Values side by side: candidate c has value c of every axis. */
#include <stdio.h>

#include "config/sweep.h"

/* The first axis that is not crossed: there is one. */
static const struct sweep_axis *first_of(const struct sweep *sweep)
{
    const struct sweep_axis *axis = sweep->axis;
    while (axis->crossed)
        axis++;
    return axis;
}

static int64_t candidates(const struct sweep *sweep)
{
    return first_of(sweep)->count;
}

static bool suits(const struct sweep *sweep, int axis, char reason[SETTINGS_VALUE])
{
    const struct sweep_axis *first = first_of(sweep), *chosen = &sweep->axis[axis];
    snprintf(reason, SETTINGS_VALUE,
             "found %d values, allowed: %d as for %s (method list takes the values of all "
             "parameters side by side)",
             chosen->count, first->count, first->name);
    return chosen->count == first->count;
}

const struct sweep_method sweep_list = {
    .name = "list",
    .sentence = "The values of all parameters side by side: the first of each, then the second of "
                "each; all have equally many.",
    .aligned = true,
    .candidates = candidates,
    .suits = suits,
};
