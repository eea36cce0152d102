/* The measures: what thetasweep-analyze computes. One file measure_NAME.c and one entry in the list
 * each; the numbers themselves come from pure functions on arrays. */
#ifndef MEASURE_H
#define MEASURE_H

#include "archives/output.h"
#include "archives/study.h"

struct measure {
    const char *name, *sentence;
    /* Computes and writes. What was not recorded is left out with a note. STATUS_OK or
     * STATUS_FAILED. */
    enum status (*run)(struct study *study, struct output *output, struct error *error);
};

enum {
    MEASURE_COMPONENTS = 20, /* length of the dimension component */
    MEASURE_AXES = 3,        /* of the dimension axis */
};

#endif
