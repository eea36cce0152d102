/* A measure is what thetasweep-analyze computes of a study: a file of this folder that holds one
 * `const struct measure measure_NAME`, NAME being the file's. The build finds it. The numbers
 * themselves come from pure functions on arrays, numbers/. */
#ifndef MEASURE_H
#define MEASURE_H

#include "archive/output.h"
#include "archives/study.h"

/* An array of the measure, in the group of its name. */
struct measure_dataset {
    const char *name;
    const char *dimensions; /* scales with a space between: those of scales.c, and its own */
    const char *units, *description;
    const char *source; /* of the formula; NULL: none */
};

enum { MEASURE_DATASETS = 32 }; /* of a measure, at the most */

/* Where a measure puts what it computes. */
struct measure_output {
    struct output *file; /* in which it makes its own scales, before it takes what they size */
    const struct measure *measure;
    double *data[MEASURE_DATASETS];      /* row-major; NULL: not taken; not the measure's own */
    char *description[MEASURE_DATASETS]; /* instead of the table's; NULL: the table's */
};

struct measure {
    const char *name, *sentence;
    const struct measure_dataset *dataset; /* ends with a name that is NULL */
    /* Takes datasets and fills them. What was not recorded is left out with a note, a solution that
     * cannot be used by study_leave(). STATUS_OK, or STATUS_FAILED when nothing can be computed:
     * memory ran out, unless `error` says more. */
    enum status (*run)(struct measure_output *out, struct study *study, struct error *error);
};

/* Local. Makes out->data of the datasets `first` to `last`, all NaN, as large as their scales say.
 * A dataset that is not taken is not in the file. False when memory runs out. */
bool measure_take(struct measure_output *out, int first, int last);

/* Local. The description of a dataset, where it says something about this very run. */
void measure_describe(struct measure_output *out, int dataset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Local. Writes a dataset of texts, which has one dimension. */
void measure_texts(struct measure_output *out, int dataset, const char *const *text);

/* Local. Runs the measure and writes what it took. One that fails is left out with a note. */
void measure_run(const struct measure *measure, struct study *study, struct output *output);

/* Lengths of shared scales. */
enum {
    MEASURE_COMPONENTS = 20, /* component */
    MEASURE_AXES = 3,        /* axis */
};

#endif
