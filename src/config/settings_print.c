/* The resolved configuration: all settings of a candidate, as a sweep file that says the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"

/* Last part of a dotted name. */
static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static void print_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputs("\"\n", out);
}

/* One line, after the line of its section if that is a new one. `open` is the section so far. */
static void print_line(FILE *out, char open[SETTINGS_NAME], const struct settings *settings,
                       const char *name, enum parameter_type type)
{
    char section[SETTINGS_NAME], value[SETTINGS_VALUE];
    snprintf(section, sizeof section, "%s", name);
    char *dot = strrchr(section, '.');
    *(dot ? dot : section) = '\0';
    int depth = dot ? 1 : 0;
    for (const char *at = section; *at; at++)
        depth += *at == '.';
    if (strcmp(section, open) != 0) {
        fprintf(out, "%*s%s:\n", 2 * (depth - 1), "", last_part(section));
        strcpy(open, section);
    }
    settings_get(settings, name, value);
    fprintf(out, "%*s%s: ", 2 * depth, "", last_part(name));
    if (type == PARAMETER_TEXT || type == PARAMETER_PATH)
        print_quoted(out, value);
    else
        fprintf(out, "%s\n", value);
}

static bool is_default(const struct settings *settings, const struct parameter *row)
{
    char value[SETTINGS_VALUE];
    settings_get(settings, row->name, value);
    return strcmp(value, row->fallback) == 0;
}

char *settings_print(const struct settings *settings, bool fields)
{
    char *text = NULL, open[SETTINGS_NAME] = "";
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    int rows;
    const struct parameter *row = settings_parameters(&rows);
    for (int i = 0; i < rows; i++) {
        const struct settings_family_member *members = settings_members(&row[i]);
        if (row[i].quiet && is_default(settings, &row[i]))
            continue;
        if (row[i].type == PARAMETER_VARIANT && !members->name)
            continue;
        print_line(out, open, settings, row[i].name, row[i].type);
        if (row[i].type != PARAMETER_VARIANT || !fields)
            continue;
        const struct settings_variant *variant =
            (const void *)((const char *)settings + row[i].offset);
        for (const struct settings_field *field = members[variant->kind].fields; field->name;
             field++) {
            char name[2 * SETTINGS_NAME];
            snprintf(name, sizeof name, "%.*s.%s", (int)strcspn(row[i].name, "."), row[i].name,
                     field->name);
            print_line(out, open, settings, name, field->type);
        }
    }
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}
