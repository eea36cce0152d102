/* Rows of the table by name. Each candidate of a sweep looks up its parameters several times. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"

enum { ROWS = 512 }; /* at the most */

static int compare(const void *a, const void *b)
{
    return strcmp((*(const struct parameter *const *)a)->name,
                  (*(const struct parameter *const *)b)->name);
}

static const struct parameter *find_whole(const char *name)
{
    static const struct parameter *sorted[ROWS]; // by name, from the first call on
    static size_t count;
    const struct parameter key = {.name = name}, *wanted = &key;
    if (count == 0) {
        int rows;
        const struct parameter *table = settings_parameters(&rows);
        assert(rows <= ROWS);
        for (; count < (size_t)rows; count++)
            sorted[count] = &table[count];
        qsort(sorted, count, sizeof *sorted, compare);
    }
    const struct parameter **found = bsearch(&wanted, sorted, count, sizeof *sorted, compare);
    return found ? *found : NULL;
}

const struct parameter *settings_find(const char *name)
{
    char variant[SETTINGS_NAME];
    const struct parameter *row = find_whole(name);
    if (row || snprintf(variant, sizeof variant, "%s.name", name) >= (int)sizeof variant)
        return row;
    return find_whole(variant);
}
