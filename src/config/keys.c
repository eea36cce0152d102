/* The keys of the file, with their values and places: a list of assignments, which settings_set()
 * checks one by one. */
#include <stdio.h>
#include <string.h>

#include "config/reader.h"

static void add_mark(struct config_reader *reader, const char *name, const yaml_mark_t *mark)
{
    struct config *config = reader->config;
    struct config_mark *marks =
        config_reader_extend(reader, config->mark, config->marks, sizeof *marks);
    if (!marks)
        return;
    config->mark = marks;
    struct config_mark *added = &marks[config->marks++];
    snprintf(added->name, sizeof added->name, "%s", name);
    added->line = mark ? (int)mark->line + 1 : 0;
    added->column = mark ? (int)mark->column + 1 : 0;
}

static void add_assignment(struct config_reader *reader, const struct config_assignment *added)
{
    struct config_assignment *assignments =
        config_reader_extend(reader, reader->assignment, reader->assignments, sizeof *assignments);
    if (!assignments)
        return;
    reader->assignment = assignments;
    assignments[reader->assignments++] = *added;
    add_mark(reader, added->name, added->override ? NULL : &added->place);
}

/* Joins section and key; false if that is longer than any name. */
static bool join_name(char name[SETTINGS_NAME], const char *section, const char *key)
{
    int length = snprintf(name, SETTINGS_NAME, "%s%s%s", section, *section ? "." : "", key);
    return length < SETTINGS_NAME;
}

/* Makes `task` what the table calls it: `task.name`. */
static void use_full_name(char name[SETTINGS_NAME])
{
    const struct parameter *row = settings_find(name);
    if (row)
        snprintf(name, SETTINGS_NAME, "%s", row->name);
}

static bool already_given(struct config_reader *reader, const char *name, const yaml_node_t *key)
{
    const struct config *config = reader->config;
    for (int i = 0; i < config->marks; i++)
        if (strcmp(config->mark[i].name, name) == 0) {
            config_reader_complain(reader, &key->start_mark,
                                   "%s: found twice, allowed: once (it stands in line %d, too)",
                                   name, config->mark[i].line);
            return true;
        }
    return false;
}

static void walk(struct config_reader *reader, const yaml_node_t *map, const char *section);

static void walk_pair(struct config_reader *reader, const yaml_node_t *key, yaml_node_t *value,
                      const char *section)
{
    char name[SETTINGS_NAME];
    const char *word = config_reader_scalar(key);
    if (!word || !*word || !join_name(name, section, word)) {
        config_reader_complain(reader, &key->start_mark, "found a key that no parameter has");
        return;
    }
    bool is_map = value->type == YAML_MAPPING_NODE;
    /* `optimizer: {...}` is the section, `optimizer: adam` is the name in it. */
    bool is_section = settings_is_section(name) && (is_map || config_reader_nothing(value));
    if (!is_section)
        use_full_name(name);
    if (already_given(reader, name, key))
        return;
    if (is_section) {
        add_mark(reader, name, &key->start_mark);
        if (is_map)
            walk(reader, value, name);
        return;
    }
    if (!*section && strcmp(word, "sweep") == 0) {
        add_mark(reader, name, &key->start_mark);
        reader->sweep = value;
        return;
    }
    struct config_assignment assignment = {
        .value = value, .key = key->start_mark, .place = value->start_mark};
    strcpy(assignment.name, name);
    const struct parameter *row = settings_find(name);
    bool entries = row && row->type == PARAMETER_MAP && is_map;
    if (entries)
        assignment.text = "{}"; /* entry by entry, so that a mistake has its own place */
    add_assignment(reader, &assignment);
    if (entries)
        walk(reader, value, name);
}

static void walk(struct config_reader *reader, const yaml_node_t *map, const char *section)
{
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    for (; pair < map->data.mapping.pairs.top; pair++)
        walk_pair(reader, yaml_document_get_node(&reader->document, pair->key),
                  yaml_document_get_node(&reader->document, pair->value), section);
}

void config_keys_read(struct config_reader *reader, const yaml_node_t *root)
{
    if (!config_foreign_read(reader, root))
        walk(reader, root, "");
}

void config_keys_override(struct config_reader *reader, int sets, const char *const *set)
{
    for (int i = 0; i < sets; i++) {
        static const char blanks[] = " \t";
        const char *name = set[i] + strspn(set[i], blanks), *equals = strchr(name, '=');
        struct config_assignment assignment = {.override = true};
        int length = equals ? (int)(equals - name) : 0;
        while (length > 0 && strchr(blanks, name[length - 1]))
            length--;
        if (length == 0 || length >= SETTINGS_NAME) {
            config_reader_complain(reader, NULL, "--set %.80s: allowed: --set NAME=VALUE", set[i]);
            continue;
        }
        memcpy(assignment.name, name, (size_t)length);
        use_full_name(assignment.name);
        assignment.text = equals + 1 + strspn(equals + 1, blanks);
        add_assignment(reader, &assignment);
    }
}

static void apply(struct config_reader *reader, const struct config_assignment *assignment)
{
    struct settings *base = &reader->config->base;
    char text[SETTINGS_VALUE], reason[SETTINGS_VALUE];
    struct parameter row;
    if (!assignment->text && !config_reader_text(text, reader, assignment->value))
        return;
    bool known = settings_describe(&row, base, assignment->name);
    const char *value = assignment->text ? assignment->text : text;
    if (config_set(base, reader->config, assignment->name, value, reason) == STATUS_OK)
        return;
    if (assignment->override)
        config_reader_complain(reader, NULL, "--set %s=%.200s: %.3000s", assignment->name, value,
                               reason);
    else
        config_reader_complain(reader, known ? &assignment->place : &assignment->key, "%s: %.3800s",
                               assignment->name, reason);
}

/* Variants and presets first, because they decide which fields there are and what others start from;
 * where one is wrong, nothing can be said about its fields. */
void config_keys_apply(struct config_reader *reader)
{
    const struct parameter *wrong = NULL;
    for (int variants = 1; variants >= 0; variants--)
        for (int i = 0; i < reader->assignments; i++) {
            const char *name = reader->assignment[i].name;
            const struct parameter *row = settings_find(name);
            int before = reader->complaints;
            if (settings_is_first(row) != variants ||
                (wrong && strncmp(name, wrong->name, strcspn(wrong->name, ".") + 1) == 0))
                continue;
            apply(reader, &reader->assignment[i]);
            if (variants && reader->complaints > before)
                wrong = row;
        }
}
