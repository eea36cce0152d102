/* How candidates came out, as a method that learns is told of it. */
#ifndef PLACES_H
#define PLACES_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

struct places_ranked {
    double loss;
    int candidate;
};

static inline int places_compare(const void *a, const void *b)
{
    const struct places_ranked *x = a, *y = b;
    if (x->loss != y->loss)
        return x->loss < y->loss ? -1 : 1;
    return x->candidate - y->candidate;
}

/* Of the losses [count] so far: how many are less than each, or -1 of those that are not finite; `order`
 * [count] is scratch. */
static inline void places_rank(int32_t *place, struct places_ranked *order, const double *loss,
                               int count)
{
    for (int c = 0; c < count; c++)
        order[c] = (struct places_ranked){loss[c], c};
    qsort(order, (size_t)count, sizeof *order, places_compare);
    for (int i = 0; i < count; i++)
        place[order[i].candidate] = isfinite(order[i].loss) ? i : -1;
}

#endif
