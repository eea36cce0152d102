/* One axis of a sweep, whatever names it. Every value is tried on a copy of the base settings, so that a
 * mistake is found at its place before anything runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

yaml_mark_t config_axis_mark(const struct sweep_axis *axis)
{
    return (yaml_mark_t){.line = (size_t)axis->line - 1, .column = (size_t)axis->column - 1};
}

bool config_axis_depends(const struct config *config, const char *name)
{
    for (int i = 0; i < config->sweep.axes; i++) {
        const struct parameter *row = settings_find(config->sweep.axis[i].name);
        if (row && row->type == PARAMETER_VARIANT && !settings_find(name) &&
            strncmp(name, row->name, strcspn(row->name, ".") + 1) == 0)
            return true;
    }
    return false;
}

bool config_axis_allowed(struct config_reader *reader, const struct sweep_axis *axis)
{
    yaml_mark_t mark = config_axis_mark(axis);
    struct settings scratch = reader->config->base;
    char reason[SETTINGS_VALUE];
    struct parameter row;
    if (!config_axis_depends(reader->config, axis->name) &&
        !settings_describe(&row, &scratch, axis->name)) {
        settings_set(&scratch, axis->name, "", reason);
        config_reader_complain(reader, &mark, "%s: %.3800s", axis->name, reason);
        return false;
    }
    const struct parameter *whole = settings_find(axis->name);
    if (!whole || (whole->type != PARAMETER_TEXT && whole->type != PARAMETER_INTEGERS))
        return true;
    config_reader_complain(reader, &mark,
                           "%s: found in the sweep, but it speaks of the whole run, allowed: "
                           "other parameters",
                           axis->name);
    return false;
}

bool config_axis_add(struct config_reader *reader, const char *name, const yaml_mark_t *mark)
{
    struct sweep *sweep = &reader->config->sweep;
    const struct parameter *row = settings_find(name);
    struct sweep_axis axis = {
        .line = (int)mark->line + 1, .column = (int)mark->column + 1, .in_rows = reader->in_rows};
    snprintf(axis.name, sizeof axis.name, "%s", row ? row->name : name);
    struct sweep_axis *axes = config_reader_extend(reader, sweep->axis, sweep->axes, sizeof *axes);
    if (!axes)
        return false;
    sweep->axis = axes;
    for (int i = 0; i < sweep->axes; i++)
        if (config_overlap(axes[i].name, axis.name)) {
            config_reader_complain(reader, mark,
                                   "%s: found twice in the sweep, allowed: once (it stands in "
                                   "line %d, too)",
                                   axis.name, axes[i].line);
            return false;
        }
    axes[sweep->axes++] = axis;
    return true;
}

/* What try_any() does, without a copy of the settings: a table has a million values. */
static bool try_plain(char text[SETTINGS_VALUE], const struct config *config,
                      const struct sweep_axis *axis, char reason[SETTINGS_VALUE])
{
    const struct parameter *row = config->resolved ? NULL : settings_find(axis->name);
    double number;
    if (!settings_is_plain(row) || settings_read_plain(&number, row, text, reason))
        return false;
    settings_write_plain(text, row, number);
    return true;
}

static bool try_any(char text[SETTINGS_VALUE], const struct config *config,
                    const struct sweep_axis *axis, char reason[SETTINGS_VALUE])
{
    struct settings scratch = config->base;
    if (config_set(&scratch, config, axis->name, text, reason))
        return false;
    settings_get(&scratch, axis->name, text);
    return true;
}

bool config_axis_try(char text[SETTINGS_VALUE], struct config_reader *reader,
                     const struct sweep_axis *axis, const yaml_mark_t *mark)
{
    if (config_axis_depends(reader->config, axis->name))
        return true;
    char reason[SETTINGS_VALUE];
    if (try_plain(text, reader->config, axis, reason) ||
        try_any(text, reader->config, axis, reason))
        return true;
    config_reader_complain(reader, mark, "%s: %.3800s", axis->name, reason);
    return false;
}

void config_axis_value(struct config_reader *reader, struct sweep_axis *axis, const char *text)
{
    char **values = config_reader_extend(reader, axis->value, axis->count, sizeof *values);
    if (!values)
        return;
    axis->value = values;
    values[axis->count] = strdup(text);
    reader->out_of_memory |= !values[axis->count];
    axis->count++;
}

void config_axis_gap(struct config_reader *reader, struct sweep_axis *axis)
{
    axis->gaps = true;
    config_axis_value(reader, axis, "");
}

static void find_numbers(struct config_reader *reader, struct sweep_axis *axis)
{
    const struct parameter *row = settings_find(axis->name);
    char reason[SETTINGS_VALUE];
    axis->first = settings_is_first(row);
    if (!settings_is_plain(row))
        return;
    axis->row = row;
    axis->number = calloc((size_t)axis->count + 1, sizeof *axis->number);
    reader->out_of_memory |= !axis->number;
    for (int i = 0; axis->number && i < axis->count; i++)
        if (*axis->value[i])
            settings_read_plain(&axis->number[i], row, axis->value[i], reason);
}

void config_axis_finish(struct config_reader *reader, struct sweep_axis *axis)
{
    find_numbers(reader, axis);
    for (int i = 0; i < axis->whens; i++) {
        struct sweep_when *when = &axis->when[i];
        const struct sweep_axis *other = &reader->config->sweep.axis[when->axis];
        when->meets = calloc((size_t)other->count + 1, sizeof *when->meets);
        reader->out_of_memory |= !when->meets;
        for (int v = 0; when->meets && v < other->count; v++)
            when->meets[v] = sweep_meets(when, other->value[v]);
    }
}
