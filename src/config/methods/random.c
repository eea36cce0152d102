/* Independent draws, keyed by candidate and axis. */
#include "config/sweep.h"

const struct sweep_method sweep_random = {
    .name = "random",
    .sentence =
        "Each candidate draws every parameter by itself, from its range or from its values.",
    .draws = true,
    .fraction = sweep_fraction,
};
