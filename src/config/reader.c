/* What the parts of the reader share: nodes of the file as text, words, numbers and maps, and the
 * mistakes found so far. */
#include "config/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool config_overlap(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b), common = m < n ? m : n;
    char next = m < n ? b[m] : a[n];
    return strncmp(a, b, common) == 0 && (m == n || next == '.');
}

enum status config_set(struct settings *settings, const struct config *config, const char *name,
                       const char *text, char reason[SETTINGS_VALUE])
{
    char with_unit[SETTINGS_VALUE + 16], dropped[SETTINGS_VALUE];
    struct parameter row;
    enum status status = settings_set(settings, name, text, reason);
    if (status && config->resolved && settings_describe(&row, settings, name)) {
        snprintf(with_unit, sizeof with_unit, "%s %s", text, row.unit);
        status = settings_set(settings, name, with_unit, dropped);
    }
    return status;
}

void *config_reader_extend(struct config_reader *reader, void *array, int count, size_t size)
{
    if (count & (count - 1))
        return array; /* capacities are powers of two */
    void *more = realloc(array, (count ? 2 * (size_t)count : 1) * size);
    reader->out_of_memory |= !more;
    return more;
}

static void complain(struct config_reader *reader, int line, int column, const char *text)
{
    int number = reader->complaints++;
    if (number >= CONFIG_COMPLAINTS)
        return;
    struct config_complaint *complaint = &reader->complaint[number];
    complaint->in_rows = reader->in_rows;
    complaint->line = line;
    complaint->column = column;
    snprintf(complaint->text, sizeof complaint->text, "%s", text);
}

void config_reader_complain(struct config_reader *reader, const yaml_mark_t *mark,
                            const char *format, ...)
{
    char text[SETTINGS_VALUE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    complain(reader, mark ? (int)mark->line + 1 : 0, mark ? (int)mark->column + 1 : 0, text);
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

/* A value goes to settings_set() as text, whatever YAML made of it, so that a file, --set and an axis
 * are read by the same code. */
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

bool config_reader_members(yaml_node_t **member, struct config_reader *reader, yaml_node_t *map,
                           const char *what, const char *const *keys, const char *allowed)
{
    for (int i = 0; keys[i]; i++)
        member[i] = NULL;
    if (map->type != YAML_MAPPING_NODE) {
        config_reader_complain(reader, &map->start_mark, "%s: found no map, allowed: %s", what,
                               allowed);
        return false;
    }
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    for (; pair < map->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
        const char *word = config_reader_scalar(key);
        int i = 0;
        while (keys[i] && (!word || strcmp(keys[i], word)))
            i++;
        const char *near = word ? settings_closest(word, keys) : NULL;
        if (!keys[i])
            config_reader_complain(reader, &key->start_mark,
                                   "%s: unknown key %.80s, allowed: %s%s%s%s", what,
                                   word ? word : "", allowed, near ? "; did you mean " : "",
                                   near ? near : "", near ? "?" : "");
        else if (member[i])
            config_reader_complain(reader, &key->start_mark, "%s: found %s twice, allowed: once",
                                   what, word);
        else
            member[i] = yaml_document_get_node(&reader->document, pair->value);
    }
    return true;
}

int config_reader_word(struct config_reader *reader, const yaml_node_t *node, const char *what,
                       const char *const *words)
{
    char allowed[SETTINGS_VALUE] = "";
    const char *word = node ? config_reader_scalar(node) : words[0];
    for (int i = 0; words[i]; i++) {
        if (word && strcmp(words[i], word) == 0)
            return i;
        strcat(strcat(allowed, i ? ", " : ""), words[i]);
    }
    const char *near = word ? settings_closest(word, words) : NULL;
    config_reader_complain(reader, &node->start_mark, "%s: found '%.80s', allowed: %s%s%s%s", what,
                           word ? word : "...", allowed, near ? "; did you mean " : "",
                           near ? near : "", near ? "?" : "");
    return 0;
}

int config_reader_count(struct config_reader *reader, const yaml_node_t *node, const char *what,
                        int minimum, int maximum)
{
    const char *text = config_reader_scalar(node);
    size_t length = text ? strlen(text) : 0;
    bool digits = text && length > 0 && length < 11 && strspn(text, "0123456789") == length &&
                  (*text != '0' || length == 1);
    long long count = digits ? atoll(text) : -1;
    if (count >= minimum && count <= maximum)
        return (int)count;
    config_reader_complain(reader, &node->start_mark,
                           "%s: found '%.80s', allowed: a whole number from %d to %d", what,
                           text ? text : "...", minimum, maximum);
    return 0;
}
