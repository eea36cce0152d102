/* Solutions that are compared with one another: all of a study, or some. */
#ifndef MEASURE_PART_H
#define MEASURE_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "archives/study.h"

struct measure_part {
    int n;
    int *solution, *label, *block; /* [n]; block: the seed */
    int *stratum;                  /* [n]: the seed, the task and the network */
    double *distance;              /* [n, n], of the metric at hand */
};

/* Local. Room for n solutions, none yet. False when there is no memory; free it all the same. */
bool measure_part_create(struct measure_part *part, size_t n);
void measure_part_free(struct measure_part *part);

/* Local. Adds a solution of the study; its stratum is that of the first one from the same start. What
 * else differs, as the learning rate, may belong to the rule. */
void measure_part_add(struct measure_part *part, const struct study *study, int solution);

/* Local. Keeps the chosen ones [n] only. */
void measure_part_select(struct measure_part *part, const bool *chosen);

/* Local. False when there is no memory; free it all the same. */
bool measure_part_copy(struct measure_part *part, const struct measure_part *from);

#endif
