/* Independent draws, keyed by candidate and axis. */
#include "base/random.h"
#include "config/sweep.h"

static void value(char text[SETTINGS_VALUE], const struct sweep *sweep, int64_t index, int axis)
{
    double u;
    struct random_key key = random_key(sweep->seed, 0, RANDOM_SEARCH);
    random_uniform(&u, key, (uint64_t)index, (uint64_t)axis, 1);
    sweep_draw(text, &sweep->axis[axis], u);
}

const struct sweep_method sweep_random = {
    .name = "random",
    .sentence =
        "Each candidate draws every parameter by itself, from its range or from its values.",
    .draws = true,
    .value = value,
};
