/* Whether the axes of a sweep go together, and with the rest of the file. */
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

void config_axes_check_fields(struct config_reader *reader)
{
    for (int i = 0; i < reader->assignments; i++) {
        const struct config_assignment *assignment = &reader->assignment[i];
        if (config_axis_depends(reader->config, assignment->name))
            config_reader_complain(reader, assignment->override ? NULL : &assignment->key,
                                   "%s: found a value here while the sweep changes what it belongs "
                                   "to, allowed: {values: [...]} in the sweep",
                                   assignment->name);
    }
}

/* Orders candidates by their values, equal ones by number. */
static int compare_values(const void *a, const void *b, void *context)
{
    const struct sweep *sweep = context;
    int one = *(const int *)a, other = *(const int *)b, order = 0;
    for (int i = 0; i < sweep->axes && order == 0; i++)
        order = strcmp(sweep->axis[i].value[one], sweep->axis[i].value[other]);
    return order ? order : one < other ? -1 : one > other;
}

/* Complains if two of the `count` values that all axes of `sweep` have are the same. */
static void check_twice(struct config_reader *reader, struct sweep sweep, int count)
{
    int *order = malloc(sizeof *order * (size_t)(count + 1));
    if (!order) {
        reader->out_of_memory = true;
        return;
    }
    for (int i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, (size_t)count, sizeof *order, compare_values, &sweep);
    yaml_mark_t mark = config_axis_mark(&sweep.axis[0]);
    for (int i = 1; i < count; i++) {
        bool same = true;
        for (int a = 0; a < sweep.axes && same; a++)
            same = strcmp(sweep.axis[a].value[order[i - 1]], sweep.axis[a].value[order[i]]) == 0;
        if (!same)
            continue;
        config_reader_complain(
            reader, &mark,
            "%s: found %.200s twice (values %d and %d), allowed: once, since the "
            "same lifetimes would be run again",
            sweep.axis[0].name, sweep.axis[0].value[order[i]], order[i - 1] + 1, order[i] + 1);
        break;
    }
    free(order);
}

/* Each axis by itself, or all together where they run side by side. */
static void check_values(struct config_reader *reader)
{
    struct sweep one = reader->config->sweep;
    if (one.method->aligned) {
        check_twice(reader, one, one.axis[0].count);
        return;
    }
    int axes = one.axes;
    one.axes = 1;
    for (; axes > 0; axes--, one.axis++)
        check_twice(reader, one, one.axis->count);
}

/* Whether the axes fit together, as far as the method minds. */
static void check_method(struct config_reader *reader)
{
    const struct sweep *sweep = &reader->config->sweep;
    for (int i = 0; i < sweep->axes && sweep->method->suits; i++) {
        char reason[SETTINGS_VALUE];
        yaml_mark_t mark = config_axis_mark(&sweep->axis[i]);
        if (!sweep->method->suits(sweep, i, reason))
            config_reader_complain(reader, &mark, "%s: %.3800s", sweep->axis[i].name, reason);
    }
}

void config_axes_check(struct config_reader *reader, int before)
{
    if (reader->complaints == before)
        check_method(reader);
    /* An archive made before values were compared stands as it is. */
    if (reader->complaints == before && !reader->out_of_memory && !reader->config->resolved)
        check_values(reader);
}
