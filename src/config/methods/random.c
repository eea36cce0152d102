/* Independent draws, keyed by candidate and axis. */
#include "config/sweep.h"

static void value(char text[SETTINGS_VALUE], const struct sweep *sweep, int64_t index, int axis)
{
    sweep_draw(text, &sweep->axis[axis], sweep_fraction(sweep, index, axis));
}

const struct sweep_method sweep_random = {
    .name = "random",
    .sentence =
        "Each candidate draws every parameter by itself, from its range or from its values.",
    .draws = true,
    .value = value,
};
