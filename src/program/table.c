/* The table of candidates: a row each, or a row for the repeats of one together. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "program/command.h"

enum { VALUE = 25 }; /* bytes of a swept value in the table */

static void axis_value(char text[VALUE], const struct space *space, int64_t candidate, int axis)
{
    char value[SETTINGS_VALUE];
    space_value(space, candidate, axis, value);
    snprintf(text, VALUE, "%.*s", VALUE - 1, *value ? value : "-");
}

/* The first candidate of a row. */
static const struct standing *first_of(const struct command_results *results, int64_t row)
{
    return &results->candidate[row * results->config.sweep.repeats];
}

static int axis_width(const struct command_results *results, int axis, int64_t rows)
{
    size_t width = strlen(results->config.sweep.axis[axis].name);
    for (int64_t i = 0; i < rows; i++) {
        char text[VALUE];
        axis_value(text, &results->space, first_of(results, i)->candidate, axis);
        width = strlen(text) > width ? strlen(text) : width;
    }
    return (int)width + 2;
}

/* A number in a column of `width`, "-" if it is not known; a wider one stands apart from the column
 * before it all the same. */
static void print_number(double number, const char *format, int width)
{
    putchar(' ');
    if (isnan(number))
        printf("%*s", width, "-");
    else
        printf(format, width, number);
}

enum { TEST_NUMBERS = 5 };

/* What a row tells. */
struct row {
    enum standing_state state;
    int32_t rung;
    int64_t diverged, failed;
    double start, end, error, deviation, right; /* NAN: not known, or no end yet */
    double test[TEST_NUMBERS];
    char repeats[32], seeds[32];
};

static struct row row_of_one(const struct standing *c)
{
    const struct standing_test *test = &c->test;
    bool ended = c->iteration >= 0 && (c->iteration > 0 || c->state != STANDING_UNFINISHED);
    struct row row = {
        .state = c->state,
        .rung = c->rung,
        .diverged = c->diverged,
        .failed = c->failed,
        .start = c->loss[0],
        .end = ended ? c->loss[1] : NAN,
        .error = ended ? c->loss_error : NAN,
        .right = ended ? c->accuracy[1] : NAN,
        .test = {test->loss[TESTED_START], test->loss[TESTED_CHOSEN],
                 test->loss_error[TESTED_CHOSEN], test->difference, test->difference_error},
        .seeds = "-",
    };
    if (ended)
        snprintf(row.seeds, sizeof row.seeds, "%d/%d", c->finite, c->seeds);
    return row;
}

static struct row row_of_repeats(const struct standing *c)
{
    const struct standing_group *group = &c->group;
    const struct pairs_mean *test = group->test_loss, *difference = &group->test_difference;
    struct row row = {
        .state = group->state,
        .rung = -1,
        .start = group->loss[0].mean,
        .end = group->loss[1].mean,
        .error = group->loss[1].error,
        .deviation = group->loss[1].deviation,
        .right = group->accuracy.mean,
        .test = {test[TESTED_START].mean, test[TESTED_CHOSEN].mean, test[TESTED_CHOSEN].error,
                 difference->mean, difference->error},
    };
    int32_t seeds = 0;
    for (int32_t r = 0; r < group->repeats; r++) {
        row.diverged += c[r].diverged;
        row.failed += c[r].failed;
        seeds += c[r].seeds;
    }
    snprintf(row.repeats, sizeof row.repeats, "%d/%d", group->finished, group->repeats);
    snprintf(row.seeds, sizeof row.seeds, "%d/%d", group->finite, seeds);
    return row;
}

/* What is not finished, and how many lifetimes went wrong. */
static void print_remark(const struct row *row)
{
    if (row->state != STANDING_FINISHED)
        printf("  %s", command_state_word[row->state]);
    if (row->rung >= 0)
        printf(", at rung %d", row->rung);
    if (row->diverged > 0)
        printf("  (%" PRId64 " diverged)", row->diverged);
    if (row->failed > 0)
        printf("  (%" PRId64 " not run)", row->failed);
    putchar('\n');
}

static void print_test_columns(const double test[TEST_NUMBERS])
{
    print_number(test[0], "%#*.4g", 11);
    print_number(test[1], "%#*.4g", 9);
    print_number(test[2], "%#*.2g", 7);
    print_number(test[3], "%#*.4g", 10);
    print_number(test[4], "%#*.2g", 7);
}

static void print_row(const struct row *row, bool tested)
{
    print_number(row->start, "%#*.4g", 10);
    print_number(row->end, "%#*.4g", 9);
    print_number(row->error, "%#*.2g", 7);
    if (*row->repeats)
        print_number(row->deviation, "%#*.2g", 7);
    print_number(row->right, "%*.4f", 7);
    if (*row->repeats)
        printf(" %7s", row->repeats);
    printf(" %5s", row->seeds);
    if (tested)
        print_test_columns(row->test);
    print_remark(row);
}

static void print_header(const struct command_results *results, int64_t rows)
{
    const struct sweep *sweep = &results->config.sweep;
    printf("candidate");
    for (int a = 0; a < sweep->axes; a++)
        printf("%*s", axis_width(results, a, rows), sweep->axis[a].name);
    bool repeated = sweep->repeats > 1;
    printf("%11s %9s %7s", "start loss", results->tested ? "best" : "end loss", "+-");
    if (repeated)
        printf(" %7s", "spread");
    printf(" %7s", "correct");
    if (repeated)
        printf(" %7s", "repeats");
    printf(" %5s", "seeds");
    if (results->tested)
        printf("%12s %9s %7s %10s %7s", "test: start", "best", "+-", "difference", "+-");
    putchar('\n');
}

static void print_footer(const struct command_results *results)
{
    const char *seeds = command_seeds_word(results);
    bool bred = results->config.base.meta.stopping.name == STOPPING_POPULATION;
    if (results->config.sweep.repeats > 1)
        printf(
            "Loss (19): mean over the repeats that ended, of the mean over their %s that learned\n"
            "to the end; +- its standard error, spread the standard deviation, over repeats;\n",
            seeds);
    else
        printf("Loss (19): mean over the %s that learned to the end, +- its standard error;\n",
               seeds);
    printf("%s; 'diverged' counts all lifetimes.\n",
           bred                ? "the last evaluation, and the values that the candidate ended with"
           : results->tested   ? "best: of all evaluations of the candidate"
           : results->held_out ? "never trained on"
                               : "end: the last theta that was run (no meta.held_out_seeds)");
    if (results->tested)
        printf("Test: the same on test seeds, neither trained nor chosen on; difference: best less "
               "start, in pairs.\n");
}

void command_print_candidates(const struct command_results *results, int limit)
{
    const struct config *config = &results->config;
    int64_t all = results->space.candidates / config->sweep.repeats;
    int64_t rows = all < limit ? all : limit;
    print_header(results, rows);
    for (int64_t i = 0; i < rows; i++) {
        const struct standing *c = first_of(results, i);
        printf("%9" PRId64, c->candidate);
        for (int a = 0; a < config->sweep.axes; a++) {
            char text[VALUE];
            axis_value(text, &results->space, c->candidate, a);
            printf("%*s", axis_width(results, a, rows), text);
        }
        struct row row = config->sweep.repeats > 1 ? row_of_repeats(c) : row_of_one(c);
        print_row(&row, results->tested);
    }
    if (rows < all)
        printf("and %" PRId64 " more candidates\n", all - rows);
    print_footer(results);
}
