/* All combinations: of an axis that is crossed in a sweep by another method, and of all axes here. How they
 * are counted: ../sweep_cross.c. */
#include "config/sweep.h"

static int64_t candidates(const struct sweep *sweep)
{
    (void)sweep;
    return 1;
}

const struct sweep_method sweep_grid = {
    .name = "grid",
    .sentence =
        "Every combination of the values of all parameters; the last one of the file varies "
        "fastest.",
    .crosses = true,
    .candidates = candidates,
};
