/* Extents of an archive and of each candidate in it. */
#ifndef ARCHIVE_PLAN_H
#define ARCHIVE_PLAN_H

#include "archive/table.h"

/* One candidate's own sizes. */
struct archive_own {
    int32_t size[ARCHIVE_SIZES];
    double interval;                     /* ms between recorded steps */
    unsigned char free[RULE_PARAMETERS]; /* by the union of parameters */
};

/* Local. The extent of every dimension of the plan. */
void archive_extents(hsize_t extent[DIM_COUNT], const struct archive_plan *plan);

/* Local. Sizes of a candidate of the sweep that is planned. */
void archive_own_sizes(struct archive_own *own, const struct archive_plan *plan, int64_t candidate);

#endif
