/* The sweep file. libyaml makes a tree with the place of every node; the tree becomes a list of
 * assignments (keys.c), which make the base settings, and the section `sweep`, which is read after
 * them (axes.c), because every value of an axis is tried on the base. */
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

enum { LARGEST_FILE = 16 << 20 };

/* Overrides must not be undone by the sweep. */
static void check_overrides(struct config_reader *reader)
{
    const struct config *config = reader->config;
    const struct sweep *sweep = &config->sweep;
    for (int i = 0; i < reader->assignments; i++)
        for (int a = 0; a < sweep->axes; a++)
            if (reader->assignment[i].override &&
                config_overlap(reader->assignment[i].name, sweep->axis[a].name))
                config_reader_complain(
                    reader, NULL, "--set %s: found a parameter that %s:%d sweeps, allowed: others",
                    reader->assignment[i].name, config->rows ? config->rows_path : config->path,
                    sweep->axis[a].line);
}

/* The place of byte `offset` of the text. */
static yaml_mark_t place_of(const char *text, size_t offset)
{
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < offset && text[i]; i++) {
        mark.column = text[i] == '\n' ? 0 : mark.column + 1;
        mark.line += text[i] == '\n';
    }
    return mark;
}

static void complain_syntax(struct config_reader *reader, const yaml_parser_t *parser)
{
    yaml_mark_t mark = parser->problem_mark;
    const char *problem = parser->problem ? parser->problem : "out of memory";
    if (parser->error == YAML_READER_ERROR) /* the bytes are no text */
        mark = place_of(reader->config->text, parser->problem_offset);
    char context[128] = "";
    if (parser->context)
        snprintf(context, sizeof context, "%.80s that began in line %d, ", parser->context,
                 (int)parser->context_mark.line + 1);
    bool tab = strstr(problem, "cannot start any token") != NULL;
    config_reader_complain(reader, &mark, "not YAML: %s%s%s", context, problem,
                           tab ? " (indent with spaces; put quotes around special characters)"
                               : "");
}

/* An archive, another HDF5 file, or text of two bytes a character, which all have bytes 0. */
static enum status refuse_bytes(struct error *error, const char *path, const char *text)
{
    if (strncmp(text, "\x89HDF\r\n\x1a\n", 8) == 0)
        return error_add(error, STATUS_USAGE,
                         "%s: found an HDF5 file, allowed: a sweep file, which is text; thetasweep "
                         "status, show and verify take the archive of a run",
                         path);
    yaml_mark_t mark = place_of(text, strlen(text));
    return error_add(error, STATUS_USAGE, "%s:%d:%d: found a byte 0, allowed: text in UTF-8%s",
                     path, (int)mark.line + 1, (int)mark.column + 1,
                     text[0] == '\xff' || text[0] == '\xfe' ? " (it looks like UTF-16)" : "");
}

/* Loads the one document of the text; false with a complaint if there is no such thing. A second one
 * is looked for since libyaml stops after the first, and what follows would be ignored in silence. */
static bool load(struct config_reader *reader, yaml_parser_t *parser)
{
    const char *text = reader->config->text;
    yaml_document_t second;
    config_scan(reader, text);
    if (reader->complaints || reader->out_of_memory)
        return false;
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
        config_keys_read(reader, root);
    else if (root && !config_reader_nothing(root))
        config_reader_complain(reader, &root->start_mark,
                               "found no map, allowed: sections such as network: and meta:");
    config_keys_override(reader, sets, set);
    if (!reader->assignments && !reader->sweep && !reader->complaints)
        config_reader_complain(reader, &(yaml_mark_t){0},
                               "found nothing said, allowed: a task at least, such as task: dnms; "
                               "thetasweep tasks and parameters tell what else");
    config_keys_apply(reader);
    reader->config->sweep.seed = (uint64_t)reader->config->base.seed;
    if (reader->sweep)
        config_axes_read(reader);
    check_overrides(reader);
}

static enum status parse(struct config *config, const char *path, const char *text, int sets,
                         const char *const *set, struct error *error)
{
    settings_defaults(&config->base);
    config->sweep.method = sweep_methods[0];
    config->sweep.repeats = 1;
    config->sweep.points = config->sweep.varied = 1;
    config->path = strdup(path);
    config->text = strdup(text + config_scan_mark(text)); /* or columns would be off by one */
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
        status = config_report(&reader, error);
    }
    if (reader.out_of_memory || status == STATUS_FAILED)
        status = error_add(error, STATUS_FAILED, "%s: out of memory", path);
    free(reader.assignment);
    free(reader.complaint);
    free(reader.proposal);
    if (status)
        config_free(config);
    return status;
}

enum status config_parse(struct config *config, const char *path, const char *text, int sets,
                         const char *const *set, struct error *error)
{
    return config_parse_rows(config, path, text, NULL, sets, set, error);
}

enum status config_parse_rows(struct config *config, const char *path, const char *text,
                              const char *rows, int sets, const char *const *set,
                              struct error *error)
{
    memset(config, 0, sizeof *config);
    config->rows = rows ? strdup(rows) : NULL;
    if (rows && !config->rows)
        return error_add(error, STATUS_FAILED, "%s: out of memory", path);
    return parse(config, path, text, sets, set, error);
}

enum status config_parse_resolved(struct config *config, const char *path, const char *text,
                                  struct error *error)
{
    memset(config, 0, sizeof *config);
    config->resolved = true;
    return parse(config, path, text, 0, NULL, error);
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
        else if (strlen(text) != length)
            status = refuse_bytes(error, path, text);
        else if (length == LARGEST_FILE)
            status = error_add(error, STATUS_USAGE,
                               "%s: found a larger file, allowed: a text of less than %d MB", path,
                               LARGEST_FILE >> 20);
        else
            status = config_parse(config, path, text, sets, set, error);
    }
    free(text);
    if (file)
        fclose(file);
    return status;
}

static void free_values(char **value, int count)
{
    for (int i = 0; value && i < count; i++)
        free(value[i]);
    free(value);
}

static void free_axis(struct sweep_axis *axis)
{
    free_values(axis->value, axis->count);
    for (int i = 0; i < axis->whens; i++) {
        free_values(axis->when[i].value, axis->when[i].count);
        free(axis->when[i].meets);
    }
    free(axis->when);
    free(axis->number);
}

void config_free(struct config *config)
{
    for (int i = 0; i < config->sweep.axes; i++)
        free_axis(&config->sweep.axis[i]);
    free(config->sweep.axis);
    sweep_end(&config->sweep);
    free(config->mark);
    free(config->path);
    free(config->text);
    free(config->rows_path);
    free(config->rows);
    memset(config, 0, sizeof *config);
}
