#include "model/trial_arrays.h"

#include <stdlib.h>

static size_t size_of(const struct trial_array *array)
{
    return array->in_double ? sizeof(double) : sizeof(float);
}

enum status trial_arrays_take(const struct trial_array *array, size_t arrays, const char *what,
                              struct error *error)
{
    for (size_t a = 0; a < arrays; a++) {
        if (array[a].count == 0)
            continue;
        void *memory = error_calloc(error, array[a].count, size_of(&array[a]), what);
        if (!memory) {
            trial_arrays_free(array, arrays);
            return STATUS_FAILED;
        }
        if (array[a].in_double)
            *array[a].in_double = memory;
        else
            *array[a].in_single = memory;
    }
    return STATUS_OK;
}

void trial_arrays_free(const struct trial_array *array, size_t arrays)
{
    for (size_t a = 0; a < arrays; a++) {
        if (array[a].in_double) {
            free(*array[a].in_double);
            *array[a].in_double = NULL;
        } else {
            free(*array[a].in_single);
            *array[a].in_single = NULL;
        }
    }
}

double trial_arrays_bytes(const struct trial_array *array, size_t arrays)
{
    double bytes = 0;
    for (size_t a = 0; a < arrays; a++)
        bytes += (double)(array[a].count * size_of(&array[a]));
    return bytes;
}
