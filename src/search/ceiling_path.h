/* Which terms a sparse rule should have. Private to search. */
#ifndef CEILING_PATH_H
#define CEILING_PATH_H

#include "base/error.h"

/* Workspace for up to `most` columns. */
struct ceiling_path {
    double *factor, *inverse;                 /* [most, most] */
    double *theta, *direction, *slope, *rest; /* [most] */
    int *set, *other;                         /* [most] */
};

/* Local. STATUS_OK or STATUS_FAILED (out of memory); ceiling_path_free() either way. */
enum status ceiling_path_create(struct ceiling_path *path, int most, struct error *error);
void ceiling_path_free(struct ceiling_path *path);

/* Local. A good set of at most `terms` of m columns: that of the L1 path (36) or that of backward
 * elimination (37), whichever has more drift for its size.
 *   chosen   their places, rising [m]
 *   signal   c [m]
 *   gram     G with its ridge, in units in which the columns are of one size [m, m]
 * Returns how many: fewer where no others add to the drift. */
int ceiling_path_choose(int *chosen, struct ceiling_path *path, const double *signal,
                        const double *gram, int m, int terms);

#endif
