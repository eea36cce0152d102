/* The list of measures, in the order in which they are computed. The build makes it, build/list.c,
 * of the files of this folder that hold a `const struct measure measure_NAME`. */
#ifndef MEASURES_LIST_H
#define MEASURES_LIST_H

#include "measures/measure.h"

/* Ends with NULL. */
extern const struct measure *const measure_list[];

#endif
