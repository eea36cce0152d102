/* The sweep file. libyaml makes a tree with the place of every node; the tree becomes a list of
 * assignments (dotted name, value, place), which settings_set() checks one by one. The name of
 * the task is set before everything else, because it decides which fields the task has. */
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

enum { LARGEST_FILE = 16 << 20 };

void *config_reader_extend(struct config_reader *reader, void *array, int count, size_t size)
{
    if (count & (count - 1))
        return array; /* capacities are powers of two */
    void *more = realloc(array, (count ? 2 * (size_t)count : 1) * size);
    reader->out_of_memory |= !more;
    return more;
}

const char *config_reader_scalar(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE)
        return NULL;
    const char *text = (const char *)node->data.scalar.value;
    return strlen(text) == node->data.scalar.length ? text : NULL;
}

bool config_reader_nothing(const yaml_node_t *node)
{
    const char *text = config_reader_scalar(node);
    return text && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*text || !strcmp(text, "~") || !strcmp(text, "null"));
}

/* Writes `node` to `out`; words inside of a list or map get quotes where they need them. */
static void write_flow(FILE *out, yaml_document_t *document, const yaml_node_t *node, int depth)
{
    const char *text = config_reader_scalar(node);
    if (text) {
        const char *quote = depth && strpbrk(text, ",:{}[]") ? strchr(text, '"') ? "'" : "\"" : "";
        fprintf(out, "%s%s%s", quote, text, quote);
    } else if (node->type == YAML_SEQUENCE_NODE && depth < 8) {
        fputc('[', out);
        yaml_node_item_t *item = node->data.sequence.items.start;
        for (; item < node->data.sequence.items.top; item++) {
            fputs(item == node->data.sequence.items.start ? "" : ", ", out);
            write_flow(out, document, yaml_document_get_node(document, *item), depth + 1);
        }
        fputc(']', out);
    } else if (node->type == YAML_MAPPING_NODE && depth < 8) {
        fputc('{', out);
        yaml_node_pair_t *pair = node->data.mapping.pairs.start;
        for (; pair < node->data.mapping.pairs.top; pair++) {
            fputs(pair == node->data.mapping.pairs.start ? "" : ", ", out);
            write_flow(out, document, yaml_document_get_node(document, pair->key), depth + 1);
            fputs(": ", out);
            write_flow(out, document, yaml_document_get_node(document, pair->value), depth + 1);
        }
        fputc('}', out);
    } else {
        fputs("...", out);
    }
}

bool config_reader_text(char text[SETTINGS_VALUE], struct config_reader *reader, yaml_node_t *node)
{
    text[0] = '\0';
    if (config_reader_nothing(node))
        return true;
    FILE *out = fmemopen(text, SETTINGS_VALUE, "w");
    if (!out) {
        reader->out_of_memory = true;
        return false;
    }
    write_flow(out, &reader->document, node, 0);
    /* What does not fit makes the flush fail. */
    bool fits = fflush(out) == 0 && ftell(out) < SETTINGS_VALUE;
    fclose(out);
    if (!fits)
        config_reader_complain(reader, &node->start_mark,
                               "found a value that is too long, allowed: at most %d bytes",
                               SETTINGS_VALUE - 1);
    return fits;
}

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

static void add_overrides(struct config_reader *reader, int sets, const char *const *set)
{
    for (int i = 0; i < sets; i++) {
        const char *equals = strchr(set[i], '=');
        struct config_assignment assignment = {.override = true};
        if (!equals || equals == set[i] || equals - set[i] >= SETTINGS_NAME) {
            config_reader_complain(reader, NULL, "--set %.80s: allowed: --set NAME=VALUE", set[i]);
            continue;
        }
        memcpy(assignment.name, set[i], (size_t)(equals - set[i]));
        use_full_name(assignment.name);
        assignment.text = equals + 1;
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
    if (settings_set(base, assignment->name, value, reason) == STATUS_OK)
        return;
    if (assignment->override)
        config_reader_complain(reader, NULL, "--set %s=%.200s: %.3000s", assignment->name, value,
                               reason);
    else
        config_reader_complain(reader, known ? &assignment->place : &assignment->key, "%s: %.3800s",
                               assignment->name, reason);
}

/* Variants and presets first; where one is wrong, nothing can be said about its fields. */
static void apply_all(struct config_reader *reader)
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

/* Overrides must not be undone by the sweep. */
static void check_overrides(struct config_reader *reader)
{
    const struct config *config = reader->config;
    for (int i = 0; i < reader->assignments; i++)
        for (int a = 0; a < config->axes; a++)
            if (reader->assignment[i].override &&
                config_overlap(reader->assignment[i].name, config->axis[a].name))
                config_reader_complain(
                    reader, NULL, "--set %s: found a parameter that %s:%d sweeps, allowed: others",
                    reader->assignment[i].name, config->path, config->axis[a].line);
}

static void complain_syntax(struct config_reader *reader, const yaml_parser_t *parser)
{
    yaml_mark_t mark = parser->problem_mark;
    const char *problem = parser->problem ? parser->problem : "out of memory";
    if (parser->error == YAML_READER_ERROR) {
        /* The bytes are no text: count lines up to the offset. */
        memset(&mark, 0, sizeof mark);
        const char *text = reader->config->text;
        for (size_t i = 0; i < parser->problem_offset && text[i]; i++) {
            mark.column = text[i] == '\n' ? 0 : mark.column + 1;
            mark.line += text[i] == '\n';
        }
    }
    char context[128] = "";
    if (parser->context)
        snprintf(context, sizeof context, "%.80s that began in line %d, ", parser->context,
                 (int)parser->context_mark.line + 1);
    bool tab = strstr(problem, "cannot start any token") != NULL;
    config_reader_complain(reader, &mark, "not YAML: %s%s%s", context, problem,
                           tab ? " (indent with spaces; put quotes around special characters)"
                               : "");
}

/* Loads the one document of the text; false with a complaint if there is no such thing. */
static bool load(struct config_reader *reader, yaml_parser_t *parser)
{
    const char *text = reader->config->text;
    yaml_document_t second;
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)text, strlen(text));
    if (!yaml_parser_load(parser, &reader->document)) {
        complain_syntax(reader, parser);
        return false;
    }
    bool alone = !yaml_document_get_root_node(&reader->document);
    if (!alone && !yaml_parser_load(parser, &second)) {
        complain_syntax(reader, parser);
    } else if (!alone) {
        yaml_node_t *root = yaml_document_get_root_node(&second);
        alone = !root;
        if (root)
            config_reader_complain(reader, &second.start_mark,
                                   "found a second document, allowed: one");
        yaml_document_delete(&second);
    }
    if (!alone)
        yaml_document_delete(&reader->document);
    return alone;
}

static void read_document(struct config_reader *reader, int sets, const char *const *set)
{
    yaml_node_t *root = yaml_document_get_root_node(&reader->document);
    if (root && root->type == YAML_MAPPING_NODE)
        walk(reader, root, "");
    else if (root && !config_reader_nothing(root))
        config_reader_complain(reader, &root->start_mark,
                               "found no map, allowed: sections such as network: and meta:");
    add_overrides(reader, sets, set);
    apply_all(reader);
    if (reader->sweep)
        config_sweep_read(reader);
    check_overrides(reader);
}

enum status config_parse(struct config *config, const char *path, const char *text, int sets,
                         const char *const *set, struct error *error)
{
    memset(config, 0, sizeof *config);
    settings_defaults(&config->base);
    config->path = strdup(path);
    config->text = strdup(text);
    struct config_reader reader = {.config = config};
    reader.complaint = calloc(CONFIG_COMPLAINTS, sizeof *reader.complaint);
    yaml_parser_t parser;
    enum status status = STATUS_FAILED;
    reader.out_of_memory = !config->path || !config->text || !reader.complaint;
    if (!reader.out_of_memory && yaml_parser_initialize(&parser)) {
        if (load(&reader, &parser)) {
            read_document(&reader, sets, set);
            yaml_document_delete(&reader.document);
        }
        yaml_parser_delete(&parser);
        status = config_reader_report(&reader, error);
    }
    if (reader.out_of_memory || status == STATUS_FAILED)
        status = error_add(error, STATUS_FAILED, "%s: out of memory", path);
    free(reader.assignment);
    free(reader.complaint);
    if (status)
        config_free(config);
    return status;
}

enum status config_read(struct config *config, const char *path, int sets, const char *const *set,
                        struct error *error)
{
    memset(config, 0, sizeof *config);
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(LARGEST_FILE + 1) : NULL;
    enum status status;
    if (!file) {
        status = error_add_errno(error, STATUS_USAGE, "%s", path);
    } else if (!text) {
        status = error_add(error, STATUS_FAILED, "%s: out of memory", path);
    } else {
        size_t length = fread(text, 1, LARGEST_FILE, file);
        text[length] = '\0';
        if (ferror(file))
            status = error_add_errno(error, STATUS_USAGE, "%s", path);
        else if (length == LARGEST_FILE || strlen(text) != length)
            status = error_add(
                error, STATUS_USAGE, "%s: found %s, allowed: a text of less than %d MB", path,
                length == LARGEST_FILE ? "a larger file" : "a byte 0", LARGEST_FILE >> 20);
        else
            status = config_parse(config, path, text, sets, set, error);
    }
    free(text);
    if (file)
        fclose(file);
    return status;
}

void config_free(struct config *config)
{
    for (int i = 0; i < config->axes; i++) {
        for (int k = 0; config->axis[i].value && k < config->axis[i].count; k++)
            free(config->axis[i].value[k]);
        free(config->axis[i].value);
    }
    free(config->axis);
    free(config->mark);
    free(config->path);
    free(config->text);
    memset(config, 0, sizeof *config);
}
