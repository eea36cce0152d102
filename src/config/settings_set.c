/* Settings by name: what a dotted name stands for, setting it, reading it. A name is a parameter's own
 * row of the table, one entry of a map ("rule.start.r3 d3"), or a field that the variant chosen in
 * the settings brings along ("task.delay"): the last depends on what was set before. */
#include "config/settings.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/settings_value.h"

/* What a dotted name stands for. */
struct target {
    enum { TARGET_ROW, TARGET_ENTRY, TARGET_FIELD } kind;
    const struct parameter *row; /* of the parameter, the whole map, or the variant */
    struct parameter item;       /* what the target itself may hold */
    const char *key;             /* of an entry, within the name */
    int field;                   /* index of a field */
};

/* Bytes of `name` before its last dot: the section. */
static size_t section_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : 0;
}

static struct settings_variant *variant_of(const struct settings *settings,
                                           const struct parameter *row)
{
    return (struct settings_variant *)((char *)settings + row->offset);
}

static const struct settings_field *fields_of(const struct settings *settings,
                                              const struct parameter *row)
{
    static const struct settings_field none[] = {{.name = NULL}};
    const struct settings_family_member *members = settings_members(row);
    return members->name ? members[variant_of(settings, row)->kind].fields : none;
}

static struct parameter item_of_field(const struct settings_field *field)
{
    return (struct parameter){
        .name = field->name,
        .type = field->type,
        .unit = field->unit,
        .minimum = field->minimum,
        .maximum = field->maximum,
        .sentence = field->sentence,
    };
}

static bool find_field(struct target *target, const struct settings *settings, const char *field)
{
    const struct settings_field *fields = fields_of(settings, target->row);
    for (int i = 0; fields[i].name; i++)
        if (strcmp(fields[i].name, field) == 0) {
            target->kind = TARGET_FIELD;
            target->field = i;
            target->item = item_of_field(&fields[i]);
            return true;
        }
    return false;
}

/* A row of the table comes first, so that no field of a task can hide a parameter: `task.path` is
 * the parameter also for a task that has a field of this name. */
static bool resolve(struct target *target, const struct settings *settings, const char *name)
{
    memset(target, 0, sizeof *target);
    target->row = settings_find(name);
    if (target->row) {
        target->item = *target->row;
        return true;
    }
    int rows;
    const struct parameter *row = settings_parameters(&rows);
    for (int i = 0; i < rows; i++) {
        target->row = &row[i];
        size_t length = strlen(row[i].name), section = section_length(row[i].name);
        if (row[i].type == PARAMETER_MAP && strncmp(name, row[i].name, length) == 0 &&
            name[length] == '.') {
            target->kind = TARGET_ENTRY;
            target->item = row[i];
            target->item.type = PARAMETER_REAL;
            target->key = name + length + 1;
            return true;
        }
        if (row[i].type == PARAMETER_VARIANT && strncmp(name, row[i].name, section + 1) == 0 &&
            find_field(target, settings, name + section + 1))
            return true;
    }
    return false;
}

bool settings_describe(struct parameter *row, const struct settings *settings, const char *name)
{
    struct target target;
    if (!resolve(&target, settings, name))
        return false;
    *row = target.item;
    return true;
}

/* Defaults go the way of any other text, so that a default that could not be written is found by the
 * first test. Zeroed first: settings are compared as bytes, padding and all. */
void settings_defaults(struct settings *settings)
{
    memset(settings, 0, sizeof *settings);
    int rows;
    const struct parameter *row = settings_parameters(&rows);
    for (int i = 0; i < rows; i++) {
        const char *text = row[i].fallback;
        char reason[SETTINGS_VALUE];
        if (row[i].type == PARAMETER_VARIANT)
            text = settings_members(&row[i])->name;
        enum status status = text ? settings_set(settings, row[i].name, text, reason) : STATUS_OK;
        assert(status == STATUS_OK); /* the table's own defaults are in range */
        (void)status;
    }
}

static enum status set_variant(struct settings *settings, const struct parameter *row,
                               const char *text, char reason[SETTINGS_VALUE])
{
    const struct settings_family_member *members = settings_members(row);
    enum { MEMBERS = 64 };
    const char *names[MEMBERS + 1];
    int count = 0;
    while (count < MEMBERS && members[count].name) {
        names[count] = members[count].name;
        count++;
    }
    names[count] = NULL;
    int kind = settings_value_choice(names, row, text, reason);
    if (kind < 0)
        return STATUS_USAGE;
    struct settings_variant *variant = variant_of(settings, row);
    memset(variant, 0, sizeof *variant); /* nothing of the last kind's fields: equal bytes */
    variant->kind = kind;
    for (int i = 0; members[kind].fields[i].name; i++)
        variant->value[i] = members[kind].fields[i].fallback;
    return STATUS_OK;
}

/* Why `name` cannot be set: it is a section, a field that the task does not have, or unknown. */
static void explain_unknown(const struct settings *settings, const char *name,
                            char reason[SETTINGS_VALUE])
{
    char nearest[SETTINGS_NAME];
    size_t section = section_length(name);
    int rows;
    const struct parameter *row = settings_parameters(&rows);
    for (int i = 0; i < rows; i++)
        if (row[i].type == PARAMETER_VARIANT && section == section_length(row[i].name) &&
            strncmp(name, row[i].name, section + 1) == 0) {
            const char *names[SETTINGS_FIELDS + 2] = {"name"};
            const struct settings_field *fields = fields_of(settings, &row[i]);
            char value[SETTINGS_VALUE];
            settings_get(settings, row[i].name, value);
            int length = snprintf(reason, SETTINGS_VALUE, "unknown to %.*s %.64s, allowed: name",
                                  (int)section, name, value);
            for (int k = 0; k < SETTINGS_FIELDS && fields[k].name; k++) {
                names[k + 1] = fields[k].name;
                length += snprintf(reason + length, SETTINGS_VALUE - (size_t)length, ", %.64s",
                                   fields[k].name);
            }
            const char *near = settings_closest(name + section + 1, names);
            if (near)
                snprintf(reason + length, SETTINGS_VALUE - (size_t)length,
                         "; did you mean %.*s.%s?", (int)section, name, near);
            return;
        }
    if (settings_is_section(name))
        snprintf(reason, SETTINGS_VALUE, "is a section, allowed: a map of its parameters");
    else if (settings_nearest(nearest, name))
        snprintf(reason, SETTINGS_VALUE, "unknown parameter; did you mean %s?", nearest);
    else
        snprintf(reason, SETTINGS_VALUE, "unknown parameter");
}

/* Parses a row's own value; a preset sets other rows with it, once, as if they had been written before
 * the rest: what is set afterwards stands. */
static enum status set_row(struct settings *settings, const struct parameter *row, const char *text,
                           char reason[SETTINGS_VALUE])
{
    void *value = (char *)settings + row->offset;
    enum status status = settings_value_parse(value, row, text, reason);
    const struct settings_assignment *next =
        status == STATUS_OK && settings_preset(row, 0) ? settings_preset(row, *(int *)value) : NULL;
    for (; next && next->name; next++) {
        enum status set = settings_set(settings, next->name, next->text, reason);
        assert(set == STATUS_OK); /* the table's own texts are in range */
        (void)set;
    }
    return status;
}

/* One entry of a map beside the others, which are those of the raw rule if nothing was said; but from
 * where they come may be said of none. */
static enum status set_entry(struct settings *settings, const struct target *target,
                             const char *text, char reason[SETTINGS_VALUE])
{
    struct settings_map map, *value = (void *)((char *)settings + target->row->offset);
    struct settings whole;
    memcpy(&map, value, sizeof map);
    if (map.count == SETTINGS_AUTO && strcmp(target->key, "from") == 0)
        map.count = 0;
    if (map.count == SETTINGS_AUTO) {
        whole = *settings;
        settings_start(&whole);
        map = whole.rule.start;
    }
    enum status status = settings_value_entry(&map, target->row, target->key, text, reason);
    if (!status)
        memcpy(value, &map, sizeof map);
    return status;
}

enum status settings_set(struct settings *settings, const char *name, const char *text,
                         char reason[SETTINGS_VALUE])
{
    struct target target;
    if (!resolve(&target, settings, name)) {
        explain_unknown(settings, name, reason);
        return STATUS_USAGE;
    }
    if (target.kind == TARGET_ENTRY)
        return set_entry(settings, &target, text, reason);
    if (target.kind == TARGET_FIELD)
        return settings_value_number(&variant_of(settings, target.row)->value[target.field],
                                     &target.item, text, reason);
    if (target.row->type == PARAMETER_VARIANT)
        return set_variant(settings, target.row, text, reason);
    return set_row(settings, target.row, text, reason);
}

double settings_number(const struct settings *settings, const char *name)
{
    struct target target;
    if (!resolve(&target, settings, name))
        return NAN;
    const void *value = (const char *)settings + target.row->offset;
    if (target.kind == TARGET_ENTRY) {
        const struct settings_map *map = value;
        int entry = settings_value_find(map, target.key);
        return entry < 0 ? NAN : map->entry[entry].value;
    }
    if (target.kind == TARGET_FIELD)
        return variant_of(settings, target.row)->value[target.field];
    return settings_row_number(settings, target.row);
}

void settings_get(const struct settings *settings, const char *name, char text[SETTINGS_VALUE])
{
    struct target target;
    text[0] = '\0';
    if (!resolve(&target, settings, name))
        return;
    if (target.kind != TARGET_ROW) {
        settings_value_print_number(text, &target.item, settings_number(settings, name));
    } else if (target.row->type != PARAMETER_VARIANT) {
        settings_value_print(text, target.row, (const char *)settings + target.row->offset);
    } else {
        const struct settings_family_member *members = settings_members(target.row);
        if (members->name)
            snprintf(text, SETTINGS_VALUE, "%s",
                     members[variant_of(settings, target.row)->kind].name);
    }
}
