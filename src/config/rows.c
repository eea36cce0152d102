/* A table of candidates, CSV as RFC 4180 has it: a line of dotted names, then a row a candidate, whose
 * cells are written as in a sweep file. They become values of ordinary axes, so that nobody else needs to
 * know where they are from. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/reader.h"

enum { COLUMNS = 256, LARGEST = 256 << 20 };

/* A place in the text. */
struct cursor {
    const char *at;
    yaml_mark_t mark;
};

/* A column; `axis` -1: its name was refused. */
struct column {
    int axis;
    char unit[SETTINGS_NAME]; /* "ms" of "task.delay [ms]", else "" */
};

static void step(struct cursor *cursor)
{
    bool line = *cursor->at == '\n';
    cursor->mark.line += line;
    cursor->mark.column = line ? 0 : cursor->mark.column + 1;
    do
        cursor->at++;
    while (((unsigned char)*cursor->at & 0xC0) == 0x80); /* of one character of UTF-8 */
}

static bool is_end(const struct cursor *cursor)
{
    return strchr("\r\n", *cursor->at); /* or 0 */
}

static void skip_blanks(struct cursor *cursor)
{
    while (*cursor->at == ' ' || *cursor->at == '\t')
        step(cursor);
}

/* Adds the character under the cursor, which moves on; false: there is no room. */
static bool take(char text[SETTINGS_VALUE], size_t *length, struct cursor *cursor)
{
    const char *from = cursor->at;
    step(cursor);
    size_t bytes = (size_t)(cursor->at - from);
    if (*length + bytes >= SETTINGS_VALUE)
        return false;
    memcpy(text + *length, from, bytes);
    *length += bytes;
    text[*length] = '\0';
    return true;
}

/* What stands between quotes, a doubled one is one; NULL, or what is wrong. */
static const char *read_quoted(char text[SETTINGS_VALUE], struct cursor *cursor)
{
    size_t length = 0;
    bool fits = true;
    for (step(cursor); *cursor->at && *cursor->at != '\n'; fits &= take(text, &length, cursor)) {
        if (*cursor->at != '"')
            continue;
        step(cursor);
        if (*cursor->at != '"')
            return fits ? NULL : "found a longer cell";
    }
    return "found a quote without an end in its line";
}

/* Reads a cell; the cursor is then at a comma or at the end of the line. False with a complaint, at the
 * end of the line. */
static bool read_cell(char text[SETTINGS_VALUE], yaml_mark_t *mark, struct config_reader *reader,
                      struct cursor *cursor)
{
    const char *wrong = NULL;
    size_t length = 0;
    *text = '\0';
    skip_blanks(cursor);
    *mark = cursor->mark;
    if (*cursor->at == '"') {
        wrong = read_quoted(text, cursor);
        skip_blanks(cursor);
    } else {
        while (!is_end(cursor) && *cursor->at != ',')
            if (!take(text, &length, cursor))
                wrong = "found a longer cell";
        while (length > 0 && strchr(" \t", text[length - 1]))
            text[--length] = '\0';
    }
    if (!wrong && !is_end(cursor) && *cursor->at != ',')
        wrong = "found more behind a quote";
    if (!wrong)
        return true;
    config_reader_complain(
        reader, mark,
        "%s, allowed: cells of at most %d bytes with commas between them, each of "
        "which may stand in quotes",
        wrong, SETTINGS_VALUE - 1);
    while (!is_end(cursor))
        step(cursor);
    return false;
}

static void end_line(struct cursor *cursor)
{
    while (*cursor->at && *cursor->at != '\n')
        step(cursor);
    if (*cursor->at)
        step(cursor);
}

/* Moves to the next line that has anything in it; false: there is none. */
static bool find_line(struct cursor *cursor)
{
    for (; *cursor->at; end_line(cursor)) {
        struct cursor ahead = *cursor;
        skip_blanks(&ahead);
        if (!is_end(&ahead))
            return true;
    }
    return false;
}

/* "task.delay [ms]": cells of this column are numbers in ms. */
static void split_unit(char name[SETTINGS_VALUE], struct column *column)
{
    size_t length = strlen(name);
    char *bracket = strrchr(name, '[');
    if (!bracket || name[length - 1] != ']' || length >= SETTINGS_NAME)
        return;
    name[length - 1] = '\0';
    strcpy(column->unit, bracket + 1);
    while (bracket > name && bracket[-1] == ' ')
        bracket--;
    *bracket = '\0';
}

/* All names first: whether the task is swept decides how its fields are checked. Returns how many. */
static int read_names(struct column column[COLUMNS], struct config_reader *reader,
                      struct cursor *cursor)
{
    int count = 0;
    for (bool more = true; more; more = *cursor->at == ',' && (step(cursor), true)) {
        char name[SETTINGS_VALUE];
        yaml_mark_t mark;
        if (count == COLUMNS) {
            config_reader_complain(reader, &cursor->mark, "found more than %d columns", COLUMNS);
            return count;
        }
        column[count] = (struct column){.axis = -1};
        if (!read_cell(name, &mark, reader, cursor))
            return count;
        split_unit(name, &column[count]);
        if (!*name || strlen(name) >= SETTINGS_NAME)
            config_reader_complain(reader, &mark, "found no name of a parameter%s%.60s",
                                   *name ? ": " : "", name);
        else if (config_axis_add(reader, name, &mark))
            column[count].axis = reader->config->sweep.axes - 1;
        count++;
    }
    return count;
}

static void check_name(struct config_reader *reader, const struct column *column)
{
    struct parameter row;
    if (column->axis < 0)
        return;
    const struct sweep_axis *axis = &reader->config->sweep.axis[column->axis];
    yaml_mark_t mark = config_axis_mark(axis);
    if (!config_axis_allowed(reader, axis) || !*column->unit ||
        !settings_describe(&row, &reader->config->base, axis->name))
        return;
    if (row.type != PARAMETER_DURATION || strcmp(row.unit, column->unit) != 0)
        config_reader_complain(reader, &mark, "%s: found the unit %s, allowed: %s", axis->name,
                               column->unit,
                               row.type == PARAMETER_DURATION ? row.unit : "none in brackets");
}

/* An empty cell is no value. */
static void read_value(struct config_reader *reader, const struct column *column,
                       char text[SETTINGS_VALUE], const yaml_mark_t *mark)
{
    struct sweep_axis *axis = &reader->config->sweep.axis[column->axis];
    size_t length = strlen(text);
    if (length == 0) {
        config_axis_gap(reader, axis);
        return;
    }
    bool number = strspn(text, "0123456789.eE+-") == length;
    if (*column->unit && number)
        snprintf(text + length, SETTINGS_VALUE - length, " %s", column->unit);
    if (config_axis_try(text, reader, axis, mark))
        config_axis_value(reader, axis, text);
}

static void read_row(struct config_reader *reader, const struct column *column, int columns,
                     struct cursor *cursor)
{
    int count = 0;
    yaml_mark_t first = cursor->mark, mark;
    for (bool more = true; more; more = *cursor->at == ',' && (step(cursor), true)) {
        char text[SETTINGS_VALUE];
        if (!read_cell(text, &mark, reader, cursor))
            return;
        if (count < columns)
            read_value(reader, &column[count], text, &mark);
        count++;
    }
    if (count != columns)
        config_reader_complain(reader, &first, "found %d cells, allowed: %d, as in the first line",
                               count, columns);
}

static void read_rows(struct config_reader *reader)
{
    struct column column[COLUMNS];
    struct cursor cursor = {.at = reader->config->rows};
    cursor.at += config_scan_mark(cursor.at);
    int before = reader->complaints, rows = 0, columns = 0;
    if (find_line(&cursor))
        columns = read_names(column, reader, &cursor);
    for (int c = 0; c < columns; c++)
        check_name(reader, &column[c]);
    if (reader->complaints > before)
        return;
    for (end_line(&cursor); find_line(&cursor) && reader->complaints < CONFIG_COMPLAINTS &&
                            !reader->out_of_memory && rows <= SWEEP_LARGEST;
         end_line(&cursor), rows++)
        read_row(reader, column, columns, &cursor);
    if (rows == 0 || rows > SWEEP_LARGEST)
        config_reader_complain(reader, &cursor.mark,
                               "found %s, allowed: a line of names, then 1 to %d rows of values",
                               rows ? "more rows" : "no row", SWEEP_LARGEST);
}

/* The whole file as text. NULL with a complaint. */
static char *load(struct config_reader *reader, const yaml_mark_t *mark)
{
    const char *path = reader->config->rows_path, *wrong = NULL;
    struct stat found;
    bool waits = stat(path, &found) == 0 && !S_ISREG(found.st_mode); // a pipe, perhaps for ever
    errno = 0;
    FILE *file = waits ? NULL : fopen(path, "rb");
    char *text = NULL;
    size_t size = 0;
    ssize_t length = file ? getdelim(&text, &size, '\0', file) : -1;
    if (waits)
        wrong = "is no regular file";
    else if (!file || (length < 0 && errno))
        wrong = strerror(errno);
    else if (length < 0)
        wrong = "is empty";
    else if (text[length - 1] == '\0' || length > LARGEST)
        wrong = "is no text, or too large";
    if (file)
        fclose(file);
    if (!wrong)
        return text;
    free(text);
    config_reader_complain(
        reader, mark, "sweep.file: %.200s: %s, allowed: a table of candidates (CSV)", path, wrong);
    return NULL;
}

void config_rows_read(struct config_reader *reader, const yaml_node_t *node)
{
    struct config *config = reader->config;
    const char *name = config_reader_scalar(node), *slash = strrchr(config->path, '/');
    if (!name || !*name) {
        config_reader_complain(reader, &node->start_mark,
                               "sweep.file: found no name, allowed: that of a table (CSV)");
        return;
    }
    int folder = *name != '/' && slash ? (int)(slash - config->path) + 1 : 0;
    size_t size = (size_t)folder + strlen(name) + 1;
    config->rows_path = malloc(size);
    reader->out_of_memory |= !config->rows_path;
    if (!config->rows_path)
        return;
    snprintf(config->rows_path, size, "%.*s%s", folder, config->path, name);
    if (!config->rows)
        config->rows = load(reader, &node->start_mark);
    if (!config->rows)
        return;
    reader->in_rows = true;
    read_rows(reader);
    reader->in_rows = false;
}
