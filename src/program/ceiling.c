/* How the command efficiency tells what it found: a table, and the best rule as a sweep file has it. */
#include "program/ceiling.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/version.h"

int command_find_row(const struct command_rows *rows, const char *name)
{
    for (int r = 0; r < rows->count; r++)
        if (strcmp(rows->row[r].name, name) == 0)
            return r;
    return -1;
}

/* Whether the row's rule can stand in a sweep file, which has one decay. */
static bool is_writable(const struct command_row *row)
{
    return row->kind == CEILING_FITTED && !isnan(row->tau_e);
}

bool command_by_damage(const struct command_ceiling *results)
{
    return results->damage && isfinite(results->damage[results->rows->reference].low);
}

/* The answers by which rules are chosen. */
static const struct ceiling_answer *answers_of(const struct command_ceiling *results)
{
    return command_by_damage(results) ? results->damage : results->answer;
}

int command_choose_row(const struct command_ceiling *results)
{
    const struct command_row *row = results->rows->row;
    const struct ceiling_answer *answer = answers_of(results);
    int best = -1, chosen = -1, networks = results->ceiling->networks;
    for (int r = 0; r < results->rows->count; r++)
        if (is_writable(&row[r]) && !isnan(answer[r].ratio) &&
            (best < 0 || answer[r].ratio > answer[best].ratio))
            best = r;
    for (int r = 0; r < results->rows->count; r++) {
        bool near = is_writable(&row[r]) &&
                    (r == best || answer[best].ratio - answer[r].ratio <=
                                      ceiling_error(&answer[best], &answer[r], networks));
        if (near && (chosen < 0 || row[r].terms < row[chosen].terms ||
                     (row[r].terms == row[chosen].terms && answer[r].ratio > answer[chosen].ratio)))
            chosen = r;
    }
    return chosen;
}

/* ---- the table ---- */

static const char *decay_text(char text[16], const struct command_row *row)
{
    if (isnan(row->tau_e))
        return row->kind == CEILING_FITTED ? "all" : "";
    snprintf(text, 16, isinf(row->tau_e) ? "%g" : "%g ms", row->tau_e);
    return text;
}

static void print_damage(const struct command_ceiling *results, int r)
{
    const struct command_row *row = &results->rows->row[r];
    if (!results->damage || row->kind == CEILING_GRADIENT)
        return;
    const struct ceiling_answer *answer = &results->damage[r];
    printf("  %9.3g  %6.3g to %-6.3g", answer->ratio, answer->low, answer->high);
    if (row->kind == CEILING_FITTED)
        printf(" %9.3g", results->damage[results->rows->count + r].ratio);
}

static void print_row(const struct command_ceiling *results, int r)
{
    const struct command_row *row = &results->rows->row[r];
    const struct ceiling_answer *answer = &results->answer[r];
    const struct ceiling_answer *reference = &results->answer[results->rows->reference];
    char decay[16], terms[16] = "";
    if (row->kind != CEILING_GRADIENT)
        snprintf(terms, sizeof terms, "%d", row->terms);
    printf("%-24s %5s %8s %8.3g  %6.3g to %-6.3g %9.2g", row->name, terms, decay_text(decay, row),
           answer->ratio, answer->low, answer->high, answer->share);
    for (int s = 0; s < results->ceiling->stages; s++)
        printf(" %8.3g", answer->stage[s] / reference->stage[s]);
    if (results->ceiling->stages > 1 && row->kind == CEILING_FITTED)
        printf(" %8.3g", answer->transfer);
    else if (results->damage && results->ceiling->stages > 1)
        printf(" %8s", "");
    print_damage(results, r);
    printf("\n");
}

static void print_header(const struct command_ceiling *results)
{
    printf("%-24s %5s %8s %8s  %-16s %9s", "rule", "terms", "tau_e", "x miconi", " 95 %", "share");
    for (int s = 0; s < results->ceiling->stages; s++)
        printf("  at %-4d", results->stage[s]);
    if (results->ceiling->stages > 1)
        printf(results->damage ? " from %-3d" : " from %d", results->stage[0]);
    if (results->damage)
        printf("  %9s  %-16s %9s", "by damage", " 95 %", "left one");
    printf("\n");
}

void command_print_ceiling(const struct command_ceiling *results)
{
    const struct command_rows *rows = results->rows;
    double trials = results->ceiling->measured[0].trials;
    printf("%d networks after", results->ceiling->networks);
    for (int s = 0; s < results->ceiling->stages; s++)
        printf("%s %d", s ? "," : "", results->stage[s]);
    printf(" trials of learning, %g trials each\n\n", trials);
    print_header(results);
    for (int r = 0; r < rows->count; r++) {
        if (r > 0 && rows->row[r].kind == CEILING_FITTED && rows->row[r - 1].kind != CEILING_FITTED)
            printf("\nthe best rule of these terms, on networks on which it was not fitted\n");
        if (r > 0 && rows->row[r].sparse != rows->row[r - 1].sparse)
            printf(rows->row[r].sparse ? "\nof all these terms that are odd in D the best so many\n"
                                       : "\n");
        print_row(results, r);
    }
    printf("\n");
    command_wrap(
        "A rule's efficiency is the squared drift of the loss that it makes for the size of its "
        "changes (29): relative to that of -1 r3 d3, with an interval over networks, and as the "
        "share of a step of the same size straight down the gradient (30). It is the truth for "
        "small steps.",
        0, 0);
    if (results->damage)
        command_wrap("By damage it is the same for the damage that the changes do in second order "
                     "(35), which is what counts at large steps: of the best rule by it; then of "
                     "the one that is best for its size.",
                     0, 0);
    if (results->damage && !command_by_damage(results))
        command_wrap("The damage of -1 r3 d3 is not above 0 here, or not known well enough: rules "
                     "are chosen for their size.",
                     0, 0);
}

/* ---- the rule ---- */

static void write_comment(FILE *file, const struct command_ceiling *results, int r,
                          const char *command)
{
    const struct command_row *row = &results->rows->row[r];
    const struct ceiling_answer *answer = &answers_of(results)[r];
    char date[16];
    time_t now = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%d", gmtime(&now));
    fprintf(file, "# The best rule of '%s' %s: %.3g (%.3g to %.3g) times as efficient as\n",
            row->name, command_by_damage(results) ? "by damage" : "at small steps", answer->ratio,
            answer->low, answer->high);
    fprintf(file, "# -1 r3 d3 on networks on which it was not fitted; as large as %s.\n",
            results->rows->start >= 0 ? "the start rule" : "-1 r3 d3");
    fprintf(file, "# %d networks after", results->ceiling->networks);
    for (int s = 0; s < results->ceiling->stages; s++)
        fprintf(file, "%s %d", s ? "," : "", results->stage[s]);
    fprintf(file, " trials of learning. %s, thetasweep %s (%s):\n#   %s\n", date, version_string(),
            version_git(), command);
}

/* An item of a list in braces or brackets, on a new line if it does not fit. */
static void write_item(FILE *file, int *column, const char *text, bool first)
{
    enum { COLUMNS = 100, INDENT = 4 };
    int length = (int)strlen(text) + 2;
    if (!first && *column + length > COLUMNS - 2)
        *column = fprintf(file, ",\n%*s%s", INDENT, "", text) - 2;
    else
        *column += fprintf(file, "%s%s", first ? "" : ", ", text);
}

double command_rule_factor(const struct command_ceiling *results)
{
    const struct command_rows *rows = results->rows;
    const double *reference = rows->row[rows->reference].theta;
    const double *start = rows->start >= 0 ? rows->row[rows->start].theta : reference;
    return sqrt(ceiling_size(results->ceiling, start, reference));
}

static void write_terms(FILE *file, const struct command_ceiling *results, int r, bool start,
                        double factor)
{
    const struct command_columns *columns = results->columns;
    int column = fprintf(file, start ? "  start: {" : "  terms: ["), written = 0;
    for (int k = 0; k < columns->count; k++) {
        char text[COMMAND_TEXT], name[RULE_NAME];
        double theta = factor * answers_of(results)[r].theta[k];
        bool sparse = results->rows->row[r].sparse;
        if (!results->rows->row[r].member[k] || ((start || sparse) && theta == 0))
            continue;
        rule_term_write(name, &columns->column[k].term);
        snprintf(text, sizeof text, start ? "%s: %.4g" : "%s", name, theta);
        write_item(file, &column, text, written++ == 0);
    }
    fprintf(file, start ? "}\n" : "]\n");
}

static int degree_of(const struct command_columns *columns, const unsigned char *member)
{
    int degree = 1;
    for (int k = 0; k < columns->count; k++)
        for (int v = 0; v < RULE_VARIABLES && member[k]; v++)
            if (rule_is_base(v) && columns->column[k].term.power[v] > degree)
                degree = columns->column[k].term.power[v];
    return degree;
}

enum status command_write_rule(const char *path, const struct command_ceiling *results, int r,
                               const char *command, struct error *error)
{
    const struct command_row *row = &results->rows->row[r];
    double factor = command_rule_factor(results);
    FILE *file = fopen(path, "wxe");
    if (!file)
        return error_add_errno(error, STATUS_FAILED, "%s: cannot be written", path);
    write_comment(file, results, r, command);
    fprintf(file, "rule:\n  degree: %d\n", degree_of(results->columns, row->member));
    write_terms(file, results, r, false, factor);
    write_terms(file, results, r, true, factor);
    fprintf(file,
            isinf(row->tau_e) ? "  start_in: raw\n  tau_e: %g\n"
                              : "  start_in: raw\n  tau_e: %.17g ms\n",
            row->tau_e);
    bool written = !ferror(file);
    if (fclose(file) != 0 || !written)
        return error_add_errno(error, STATUS_FAILED, "%s: cannot be written", path);
    return STATUS_OK;
}
