/* The table of candidates: a row each, or a row for the repeats of one together. All cells are written
 * first; then it is seen what of them fits: titles are broken into several lines, and what a reader can
 * do without is left out. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/command.h"

/* Columns behind those of the swept values. */
enum {
    START,
    END,
    ERROR,
    SPREAD,
    RIGHT,
    REPEATS,
    SEEDS,
    TEST_START,
    TEST_END,
    TEST_ERROR,
    DIFFERENCE,
    DIFFERENCE_ERROR,
    REMARK,
    OTHERS,
};

enum { CELL = 64, VALUE = 25, TITLE = SETTINGS_NAME }; /* bytes */

struct column {
    char title[TITLE];
    const char *left_out; /* what it is called then */
    bool hidden, told;    /* not shown; that it is not, is told */
    int width;            /* of the cells alone */
};

struct table {
    int columns, axes;
    int64_t rows;
    struct column *column; /* [columns]: the number, swept values, others */
    char (*cell)[CELL];    /* [rows, columns] */
    bool broken;           /* titles stand in several lines */
};

/* The first candidate of a row. */
static const struct standing *first_of(const struct command_results *results, int64_t row)
{
    return &results->candidate[row * results->config.sweep.repeats];
}

/* ---- cells ---- */

static char *cell_of(const struct table *table, int64_t row, int column)
{
    return table->cell[row * table->columns + column];
}

static char *other_of(const struct table *table, int64_t row, int other)
{
    return cell_of(table, row, 1 + table->axes + other);
}

/* "-" if it is not known. */
static void put(const struct table *table, int64_t row, int other, const char *format,
                double number)
{
    char *cell = other_of(table, row, other);
    if (isnan(number))
        strcpy(cell, "-");
    else
        snprintf(cell, CELL, format, number);
}

/* What is not finished, and how many lifetimes went wrong. */
static void put_remark(char *cell, enum standing_state state, int32_t rung, int64_t diverged,
                       int64_t failed)
{
    int length = 0;
    if (state != STANDING_FINISHED)
        length += snprintf(cell, CELL, "%s", command_state_word[state]);
    if (rung >= 0)
        length += snprintf(cell + length, CELL - (size_t)length, ", at rung %d", rung);
    if (diverged > 0)
        length += snprintf(cell + length, CELL - (size_t)length, "%s(%" PRId64 " diverged)",
                           length ? "  " : "", diverged);
    if (failed > 0)
        snprintf(cell + length, CELL - (size_t)length, "%s(%" PRId64 " not run)",
                 length ? "  " : "", failed);
}

static void fill_one(const struct table *table, int64_t row, const struct standing *c)
{
    const struct standing_test *test = &c->test;
    bool ended = c->iteration >= 0 && (c->iteration > 0 || c->state != STANDING_UNFINISHED);
    put(table, row, START, "%#.4g", c->loss[0]);
    put(table, row, END, "%#.4g", ended ? c->loss[1] : NAN);
    put(table, row, ERROR, "%#.2g", ended ? c->loss_error : NAN);
    put(table, row, RIGHT, "%.4f", ended ? c->accuracy[1] : NAN);
    put(table, row, TEST_START, "%#.4g", test->loss[TESTED_START]);
    put(table, row, TEST_END, "%#.4g", test->loss[TESTED_CHOSEN]);
    put(table, row, TEST_ERROR, "%#.2g", test->loss_error[TESTED_CHOSEN]);
    put(table, row, DIFFERENCE, "%#.4g", test->difference);
    put(table, row, DIFFERENCE_ERROR, "%#.2g", test->difference_error);
    put(table, row, SEEDS, "%s", NAN);
    if (ended)
        snprintf(other_of(table, row, SEEDS), CELL, "%d/%d", c->finite, c->seeds);
    put_remark(other_of(table, row, REMARK), c->state, c->rung, c->diverged, c->failed);
}

static void fill_repeats(const struct table *table, int64_t row, const struct standing *c)
{
    const struct standing_group *group = &c->group;
    const struct pairs_mean *test = group->test_loss, *difference = &group->test_difference;
    int32_t seeds = 0;
    int64_t diverged = 0, failed = 0;
    for (int32_t r = 0; r < group->repeats; r++) {
        diverged += c[r].diverged;
        failed += c[r].failed;
        seeds += c[r].seeds;
    }
    put(table, row, START, "%#.4g", group->loss[0].mean);
    put(table, row, END, "%#.4g", group->loss[1].mean);
    put(table, row, ERROR, "%#.2g", group->loss[1].error);
    put(table, row, SPREAD, "%#.2g", group->loss[1].deviation);
    put(table, row, RIGHT, "%.4f", group->accuracy.mean);
    put(table, row, TEST_START, "%#.4g", test[TESTED_START].mean);
    put(table, row, TEST_END, "%#.4g", test[TESTED_CHOSEN].mean);
    put(table, row, TEST_ERROR, "%#.2g", test[TESTED_CHOSEN].error);
    put(table, row, DIFFERENCE, "%#.4g", difference->mean);
    put(table, row, DIFFERENCE_ERROR, "%#.2g", difference->error);
    snprintf(other_of(table, row, REPEATS), CELL, "%d/%d", group->finished, group->repeats);
    snprintf(other_of(table, row, SEEDS), CELL, "%d/%d", group->finite, seeds);
    put_remark(other_of(table, row, REMARK), group->state, -1, diverged, failed);
}

/* A number with four digits, with its unit; whole ones and words stay. */
static void shorten(char value[SETTINGS_VALUE])
{
    char text[CELL], *end;
    double number = strtod(value, &end);
    if (end == value || (*end && *end != ' ') || !strpbrk(value, ".e"))
        return;
    snprintf(text, sizeof text, "%.4g%.16s", number, end);
    if (strlen(text) < strlen(value))
        strcpy(value, text);
}

static void fill(const struct table *table, const struct command_results *results, bool wide)
{
    for (int64_t i = 0; i < table->rows; i++) {
        const struct standing *c = first_of(results, i);
        char value[SETTINGS_VALUE];
        snprintf(cell_of(table, i, 0), CELL, "%" PRId64, c->candidate);
        for (int a = 0; a < table->axes; a++) {
            space_value(&results->space, c->candidate, a, value);
            if (!wide)
                shorten(value);
            snprintf(cell_of(table, i, 1 + a), VALUE, "%.*s", VALUE - 1, *value ? value : "-");
        }
        if (results->config.sweep.repeats > 1)
            fill_repeats(table, i, c);
        else
            fill_one(table, i, c);
    }
    for (int k = 0; k < table->columns; k++)
        for (int64_t i = 0; i < table->rows; i++) {
            int width = (int)strlen(cell_of(table, i, k));
            if (width > table->column[k].width)
                table->column[k].width = width;
        }
}

/* ---- titles ---- */

/* The words of a title that share a line, a name as far as a dot. */
static const char *end_of_part(const char *text)
{
    size_t length = strcspn(text, ". ");
    return text + length + (text[length] == '.');
}

/* Columns that the title needs. */
static int title_width(const char *title, bool broken)
{
    int width = 0;
    for (const char *end; broken && *title; title = end + (*end == ' ')) {
        end = end_of_part(title);
        width = (int)(end - title) > width ? (int)(end - title) : width;
    }
    return broken ? width : (int)strlen(title);
}

static int parts_of(const char *title)
{
    int parts = 0;
    for (const char *end; *title; title = end + (*end == ' '), parts++)
        end = end_of_part(title);
    return parts;
}

/* What stands in line `line` from below; its length. */
static int part_of(const char **part, const char *title, int line, bool broken)
{
    int above = broken ? parts_of(title) - 1 - line : -line;
    *part = title;
    if (above < 0 || !broken)
        return above < 0 ? 0 : (int)strlen(title);
    const char *end = end_of_part(title);
    for (; above > 0; above--) {
        *part = end + (*end == ' ');
        end = end_of_part(*part);
    }
    return (int)(end - *part);
}

static void name_others(struct column *column, const struct command_results *results)
{
    static const struct {
        const char *title, *left_out;
    } name[OTHERS] = {
        [START] = {"start loss", "start loss"},
        [END] = {"end loss", NULL},
        [ERROR] = {"+-", "+- of the loss"},
        [SPREAD] = {"spread", "spread"},
        [RIGHT] = {"correct", "correct"},
        [REPEATS] = {"repeats", "repeats"},
        [SEEDS] = {"seeds", "seeds"},
        [TEST_START] = {"test: start", "the start rule's test"},
        [TEST_END] = {"test: best", "the best one's test"},
        [TEST_ERROR] = {"+-", "+- of the test"},
        [DIFFERENCE] = {"difference", "difference"},
        [DIFFERENCE_ERROR] = {"+-", "+- of the difference"},
        [REMARK] = {"", NULL},
    };
    for (int k = 0; k < OTHERS; k++) {
        snprintf(column[k].title, TITLE, "%s", name[k].title);
        column[k].left_out = name[k].left_out;
        column[k].hidden = (k >= TEST_START && k < REMARK && !results->tested) ||
                           ((k == SPREAD || k == REPEATS) && results->config.sweep.repeats == 1);
    }
    if (results->tested)
        strcpy(column[END].title, "best");
}

/* ---- what fits ---- */

static int width_of(const struct table *table, int column)
{
    int title = title_width(table->column[column].title, table->broken);
    return title > table->column[column].width ? title : table->column[column].width;
}

static int total(const struct table *table)
{
    int width = 0;
    for (int k = 0; k < table->columns; k++)
        if (!table->column[k].hidden)
            width += (k > 0) * 2 + width_of(table, k);
    int remark = table->columns - 1;
    return table->column[remark].width > 0 ? width : width - 2;
}

/* Leaves a column out, if it is there. */
static bool leave_out(struct table *table, int column, int width)
{
    struct column *of = &table->column[column];
    if (of->hidden || total(table) <= width)
        return false;
    of->hidden = of->told = true;
    return true;
}

/* What can be done without first stands first; then it is the last of the swept values. Returns whether
 * something was left out. */
static bool fit(struct table *table, int width, bool tested)
{
    static const int order[] = {
        START, SEEDS, RIGHT, REPEATS, TEST_START, SPREAD, DIFFERENCE_ERROR, TEST_ERROR, ERROR};
    bool left = false;
    table->broken = total(table) > width;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        left |= leave_out(table, 1 + table->axes + order[i], width);
    for (int a = table->axes; a > 0; a--)
        left |= leave_out(table, a, width);
    for (int k = DIFFERENCE; tested && k >= TEST_END; k -= DIFFERENCE - TEST_END)
        left |= leave_out(table, 1 + table->axes + k, width);
    return left;
}

/* ---- printing ---- */

static void print_titles(const struct table *table)
{
    int lines = 1;
    for (int k = 0; k < table->columns && table->broken; k++)
        if (!table->column[k].hidden && parts_of(table->column[k].title) > lines)
            lines = parts_of(table->column[k].title);
    for (int line = lines - 1; line >= 0; line--) {
        int gap = 0; // of this column and empty ones before it
        for (int k = 0; k < table->columns - 1; k++) {
            const char *part;
            int length = part_of(&part, table->column[k].title, line, table->broken);
            if (table->column[k].hidden)
                continue;
            gap += (k > 0) * 2 + width_of(table, k);
            if (length > 0)
                printf("%*s%.*s", gap - length, "", length, part);
            gap = length > 0 ? 0 : gap;
        }
        putchar('\n');
    }
}

static void print_rows(const struct table *table)
{
    for (int64_t i = 0; i < table->rows; i++) {
        for (int k = 0; k < table->columns - 1; k++)
            if (!table->column[k].hidden)
                printf("%s%*s", k ? "  " : "", width_of(table, k), cell_of(table, i, k));
        const char *remark = cell_of(table, i, table->columns - 1);
        printf("%s%s\n", *remark ? "  " : "", remark);
    }
}

/* What the table could have told. */
static void print_left_out(const struct table *table)
{
    char text[1024] = "Without ";
    size_t length = strlen(text);
    const char *said = "";
    for (int k = 0; k < table->columns; k++) {
        const struct column *column = &table->column[k];
        const char *name = column->left_out ? column->left_out : column->title;
        if (!column->told || length + strlen(name) > sizeof text - 64)
            continue;
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", said, name);
        said = ", ";
    }
    snprintf(text + length, sizeof text - length, ", for want of width: --wide tells all.");
    command_wrap(text, 0, 0);
}

static void print_footer(const struct command_results *results)
{
    char text[512];
    const char *seeds = command_seeds_word(results);
    bool bred = results->config.base.meta.stopping.name == STOPPING_POPULATION;
    bool repeated = results->config.sweep.repeats > 1;
    snprintf(text, sizeof text,
             "Loss (19): mean over the %s%s that learned to the end%s; %s; "
             "'diverged' counts all lifetimes.%s",
             repeated ? "repeats that ended, of the mean over their " : "", seeds,
             repeated ? ", +- its standard error, spread the standard deviation, over repeats"
                      : ", +- its standard error",
             bred              ? "the last evaluation, and the values that the candidate ended with"
             : results->tested ? "best: of all evaluations of the candidate"
             : results->held_out ? "never trained on"
                                 : "end: the last theta that was run (no meta.held_out_seeds)",
             results->tested ? " Test: the same on test seeds, neither trained nor chosen on; "
                               "difference: best less start, in pairs."
                             : "");
    command_wrap(text, 0, 0);
}

static void print_table(struct table *table, const struct command_results *results, bool wide)
{
    fill(table, results, wide);
    bool left = fit(table, wide ? INT_MAX : command_width(), results->tested);
    print_titles(table);
    print_rows(table);
    int64_t all = results->space.candidates / results->config.sweep.repeats;
    if (table->rows < all)
        printf("and %" PRId64 " more candidates\n", all - table->rows);
    if (left)
        print_left_out(table);
}

void command_print_candidates(const struct command_results *results, int limit, bool wide)
{
    const struct sweep *sweep = &results->config.sweep;
    int64_t all = results->space.candidates / sweep->repeats;
    struct table table = {.columns = 1 + sweep->axes + OTHERS,
                          .axes = sweep->axes,
                          .rows = all < limit ? all : limit};
    table.column = calloc((size_t)table.columns, sizeof *table.column);
    table.cell = calloc((size_t)(table.rows * table.columns) + 1, CELL);
    if (table.column && table.cell) {
        strcpy(table.column[0].title, "candidate");
        for (int a = 0; a < sweep->axes; a++)
            snprintf(table.column[1 + a].title, TITLE, "%s", sweep->axis[a].name);
        name_others(table.column + 1 + sweep->axes, results);
        print_table(&table, results, wide);
        print_footer(results);
    }
    free(table.column);
    free(table.cell);
}
