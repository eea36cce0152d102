/* The arrays of trials, tangents and adjoints as lists, so that taking, releasing and counting them
 * cannot differ. */
#ifndef TRIAL_ARRAYS_H
#define TRIAL_ARRAYS_H

#include <stddef.h>

#include "base/error.h"

/* One array: the pointer to set, `in_double` or `in_single`, and its length; 0: it is not taken. */
struct trial_array {
    double **in_double;
    float **in_single;
    size_t count;
};

/* An array that exists in the precision of `thing` only; two entries of a list. */
#define TRIAL_EITHER(thing, name, length, is_single)                                               \
    {&(thing)->name, NULL, (is_single) ? 0 : (length)},                                            \
    {                                                                                              \
        NULL, &(thing)->single.name, (is_single) ? (length) : 0                                    \
    }

/* Local. Takes all arrays, zeroed; `what` is for the message. STATUS_OK, or STATUS_FAILED and
 * nothing is held. */
enum status trial_arrays_take(const struct trial_array *array, size_t arrays, const char *what,
                              struct error *error);

/* Local. Releases them and sets them to NULL. */
void trial_arrays_free(const struct trial_array *array, size_t arrays);

/* Local. Bytes that trial_arrays_take() takes. */
double trial_arrays_bytes(const struct trial_array *array, size_t arrays);

#endif
