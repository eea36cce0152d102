/* Whether the axes of a sweep go together, and with the rest of the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
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

/* Texts with their ends, so that a million rows are compared once each. */
static struct digest digest_of(const struct sweep *sweep, int candidate)
{
    struct digest digest = {DIGEST_EMPTY, candidate};
    for (int a = 0; a < sweep->axes; a++) {
        const char *text = sweep->axis[a].value[candidate];
        digest.hash = digest_add(digest.hash, text, strlen(text) + 1);
    }
    return digest;
}

/* At the axis, wherever it is named. */
static void complain(struct config_reader *reader, const struct sweep_axis *axis,
                     const char *reason)
{
    yaml_mark_t mark = config_axis_mark(axis);
    reader->in_rows = axis->in_rows;
    config_reader_complain(reader, &mark, "%s: %.3800s", axis->name, reason);
    reader->in_rows = false;
}

/* Complains if two of the values that all axes of `sweep` have, equally many, are the same. */
static void check_twice(struct config_reader *reader, struct sweep sweep)
{
    int count = sweep.axes > 0 ? sweep.axis[0].count : 0;
    struct digest *order = malloc(sizeof *order * (size_t)(count + 1));
    if (!order) {
        reader->out_of_memory = true;
        return;
    }
    for (int i = 0; i < count; i++)
        order[i] = digest_of(&sweep, i);
    qsort(order, (size_t)count, sizeof *order, digest_compare);
    for (int i = 1; i < count; i++) {
        int one = (int)order[i - 1].number, other = (int)order[i].number;
        bool same = order[i - 1].hash == order[i].hash;
        for (int a = 0; a < sweep.axes && same; a++)
            same = strcmp(sweep.axis[a].value[one], sweep.axis[a].value[other]) == 0;
        if (!same)
            continue;
        char reason[SETTINGS_VALUE];
        snprintf(reason, sizeof reason,
                 "found %.200s twice (values %d and %d), allowed: once, since the "
                 "same lifetimes would be run again",
                 sweep.axis[0].value[other], one + 1, other + 1);
        complain(reader, &sweep.axis[0], reason);
        break;
    }
    free(order);
}

/* Each axis by itself, but those together that run side by side. */
static void check_values(struct config_reader *reader)
{
    const struct sweep *sweep = &reader->config->sweep;
    struct sweep_axis *aligned = calloc((size_t)sweep->axes + 1, sizeof *aligned);
    struct sweep side = {.axis = aligned};
    reader->out_of_memory |= !aligned;
    for (int a = 0; a < sweep->axes && aligned; a++) {
        if (sweep->method->aligned && !sweep->axis[a].crossed)
            aligned[side.axes++] = sweep->axis[a];
        else
            check_twice(reader, (struct sweep){.axes = 1, .axis = &sweep->axis[a]});
    }
    check_twice(reader, side);
    free(aligned);
}

static bool is_empty(const struct sweep_axis *axis)
{
    int i = 0;
    while (i < axis->count && !*axis->value[i])
        i++;
    return i == axis->count;
}

/* Whether the axes fit together, as far as the method minds. */
static void check_method(struct config_reader *reader)
{
    const struct sweep *sweep = &reader->config->sweep;
    int crossed = 0;
    for (int i = 0; i < sweep->axes; i++) {
        char reason[SETTINGS_VALUE];
        crossed += sweep->axis[i].crossed;
        if (sweep->axis[i].gaps && is_empty(&sweep->axis[i]))
            complain(reader, &sweep->axis[i], "found no value, allowed: one in a row or more");
        if (!sweep->axis[i].crossed && sweep->method->suits &&
            !sweep->method->suits(sweep, i, reason))
            complain(reader, &sweep->axis[i], reason);
    }
    if (crossed == sweep->axes && !sweep->method->crosses)
        complain(reader, &sweep->axis[0],
                 "found method grid at this and at each other parameter, allowed: sweep.method: "
                 "grid, or others beside them");
}

void config_axes_check(struct config_reader *reader, int before)
{
    if (reader->complaints == before)
        check_method(reader);
    /* An archive made before values were compared stands as it is. */
    if (reader->complaints == before && !reader->out_of_memory && !reader->config->resolved)
        check_values(reader);
}
