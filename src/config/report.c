/* Mistakes of a sweep file, put in order and shown with the source line. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

enum {
    EXCERPT = 120, /* characters of a source line that are shown */
    LEAD = 60,     /* of them before the caret, when the line is longer */
};

/* Start of line `line` (from 1) of `text`, or its end if there are fewer. */
static const char *find_line(const char *text, int line)
{
    while (--line > 0) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return text;
}

/* The next character of UTF-8 text. */
static const char *step(const char *at)
{
    for (at++; ((unsigned char)*at & 0xC0) == 0x80; at++)
        ;
    return at;
}

/* Writes the source line and a caret under `column`, each on a line of its own. Tabs stay tabs
 * before the caret, so that it stands under its character. */
static void print_excerpt(char *out, size_t size, const char *text, int line, int column)
{
    const char *at = find_line(text, line);
    int skipped = column > EXCERPT ? column - LEAD : 0;
    for (int i = 0; i < skipped && *at && *at != '\n'; i++)
        at = step(at);
    column -= skipped;
    const char *end = at;
    for (int i = 0; i < EXCERPT && *end && *end != '\n' && *end != '\r'; i++)
        end = step(end);
    int written = snprintf(out, size, "    %.*s\n    ", (int)(end - at), at);
    size_t length = written < 0 || (size_t)written >= size ? size - 1 : (size_t)written;
    for (int i = 1; i < column && at < end && length + 2 < size; i++, at = step(at))
        out[length++] = *at == '\t' ? '\t' : ' ';
    out[length++] = '^';
    out[length] = '\0';
}

static void report(struct error *error, const struct config *config, bool in_rows, int line,
                   int column, const char *text)
{
    const char *path = in_rows ? config->rows_path : config->path;
    char excerpt[8 * EXCERPT + 64];
    if (line == 0) {
        error_add(error, STATUS_USAGE, "%s", text);
        return;
    }
    print_excerpt(excerpt, sizeof excerpt, in_rows ? config->rows : config->text, line, column);
    error_add(error, STATUS_USAGE, "%s:%d:%d: %s\n%s", path, line, column, text, excerpt);
}

static int compare(const void *a, const void *b)
{
    const struct config_complaint *one = a, *other = b;
    if (one->in_rows != other->in_rows)
        return one->in_rows ? 1 : -1;
    if (one->line != other->line)
        return one->line < other->line ? -1 : 1;
    return (one->column > other->column) - (one->column < other->column);
}

enum status config_report(struct config_reader *reader, struct error *error)
{
    int count = reader->complaints < CONFIG_COMPLAINTS ? reader->complaints : CONFIG_COMPLAINTS;
    qsort(reader->complaint, (size_t)count, sizeof *reader->complaint, compare);
    for (int i = 0; i < count; i++) {
        const struct config_complaint *complaint = &reader->complaint[i];
        report(error, reader->config, complaint->in_rows, complaint->line, complaint->column,
               complaint->text);
    }
    if (reader->proposal)
        error_add(error, STATUS_USAGE,
                  "# The same in the words of thetasweep, as far as it goes:\n%s",
                  reader->proposal);
    return reader->complaints ? STATUS_USAGE : STATUS_OK;
}

/* The place of the parameter: its axis, its own key (the last one given counts), or the innermost
 * section that the file has. Line -1 if there is none. */
static struct config_mark find_place(bool *in_rows, const struct config *config, const char *name)
{
    struct config_mark place = {.line = -1};
    for (int i = 0; i < config->sweep.axes; i++)
        if (config_overlap(config->sweep.axis[i].name, name)) {
            place.line = config->sweep.axis[i].line;
            place.column = config->sweep.axis[i].column;
            *in_rows = config->sweep.axis[i].in_rows;
            return place;
        }
    *in_rows = false;
    size_t longest = 0;
    for (int i = 0; i < config->marks; i++) {
        size_t length = strlen(config->mark[i].name);
        if (length >= longest && config_overlap(config->mark[i].name, name)) {
            place = config->mark[i];
            longest = length;
        }
    }
    return place;
}

enum status config_complain(const struct config *config, struct error *error, const char *name,
                            const char *format, ...)
{
    char message[SETTINGS_VALUE], text[SETTINGS_VALUE + SETTINGS_NAME + 16];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    bool in_rows;
    struct config_mark place = find_place(&in_rows, config, name);
    if (place.line < 0)
        return error_add(error, STATUS_USAGE, "%s: %s: %s", config->path, name, message);
    snprintf(text, sizeof text, "%s%s: %s", place.line == 0 ? "--set " : "", name, message);
    report(error, config, in_rows, place.line, place.column, text);
    return STATUS_USAGE;
}
