/* One lifetime for a measurement that writes no archive. */
#ifndef LIFE_H
#define LIFE_H

#include "cluster/wire.h"
#include "model/rule.h"

/* What is left of it. */
struct command_life {
    double loss;             /* NAN: diverged */
    double accuracy, tested; /* of the last quarter; after it, without noise and plasticity */
    double reached;          /* trials to criterion; NAN: never */
    double clipped, change;  /* share of the weight changes that the clip cut; their RMS */
    double seconds;
};

/* Local, as share_run() computes a piece: a lifetime with the free parameters theta [P] (raw).
 * STATUS_OK, STATUS_INTERRUPTED or STATUS_FAILED. */
enum status command_life(struct command_life *life, const struct settings *settings,
                         const double *theta, uint64_t task_seed, struct wire *wire,
                         struct error *error);

#endif
