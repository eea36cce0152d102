/* What is kept of the solutions that are compared, and their distances under each metric. */
#ifndef MEASURE_METRICS_H
#define MEASURE_METRICS_H

#include "measures/part.h"
#include "measures/variation.h"
#include "numbers/similarity.h"

enum {
    METRIC_RSA,
    METRIC_CKA,
    METRIC_PROCRUSTES,
    METRIC_DSA,
    METRIC_DSA_SPECTRUM,
    METRIC_WEIGHTS, /* matching.h */
    METRIC_OUTSIDE, /* root of the mean squared difference of answers to trials not trained */
    METRICS
};

/* Their names, and why a solution is left out that has no such distance. */
struct measure_metric {
    const char *name, *undefined;
};
extern const struct measure_metric measure_metric[METRICS];

struct measure_metrics {
    struct measure_part all;  /* n solutions that have been recorded alike */
    bool known[METRICS];      /* which distances there are at all */
    int first;                /* the solution whose conditions and steps the others share */
    int rank, rounds;         /* of DSA; of the matching of units */
    struct similarity *shape; /* [n] */
    double *model;            /* of DSA [n, rank, rank]; NaN: none */
    int samples;
    double **weights, **response; /* W [N, N] and rates [samples, N] of norm 1 a unit; NULL: none */
    int *units;                   /* N [n] */
    int each;                     /* answers of a solution */
    double *answer;               /* [n, each]; NaN: none */
    struct measure_variation *variation;
};

/* Local. Room for the solutions of the study, none yet; what is not recorded, or would take too long,
 * gets a note. False when there is no memory; free it all the same. */
bool measure_metrics_create(struct measure_metrics *metrics, struct study *study);
void measure_metrics_free(struct measure_metrics *metrics);

/* Local. Adds a solution; NULL, or why it cannot be compared. */
const char *measure_metrics_take(struct measure_metrics *metrics, const struct study *study,
                                 int solution);

/* Local. When all are there: notes which metrics nobody has. */
void measure_metrics_tell(struct measure_metrics *metrics, struct study *study);

/* Local. Distance of the solutions with the places i and j; NaN: not defined. */
double measure_metrics_distance(const struct measure_metrics *metrics, int metric, int i, int j);

#endif
