/* The file of the command efficiency: what was measured, and of which rules it tells. Every number of
 * an array is asked for by its place. K columns. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/version.h"
#include "program/ceiling.h"

enum { LABEL = COMMAND_TEXT + 32 };

/* The number at a place of a struct. */
static double number_at(const void *of, size_t offset)
{
    return *(const double *)((const char *)of + offset);
}

/* One number of a measurement, of column k and column l if there are such. */
typedef double (*measured_number)(const struct efficiency *measured, int k, int l, int columns);

static double signal(const struct efficiency *measured, int k, int l, int columns)
{
    (void)l, (void)columns;
    return measured->signal[k];
}

static double signal_error(const struct efficiency *measured, int k, int l, int columns)
{
    (void)l;
    return sqrt(measured->covariance[(long)k * columns + k]);
}

static double covariance(const struct efficiency *measured, int k, int l, int columns)
{
    return measured->covariance[(long)k * columns + l];
}

static double gram(const struct efficiency *measured, int k, int l, int columns)
{
    return measured->gram[(long)k * columns + l];
}

static double damage(const struct efficiency *measured, int k, int l, int columns)
{
    return measured->damage[(long)k * columns + l];
}

static double damage_error(const struct efficiency *measured, int k, int l, int columns)
{
    return measured->damage_error[(long)k * columns + l];
}

static const struct {
    const char *path, *dimensions;
    int rank;               /* of columns; 0: the number at `offset` of struct efficiency */
    measured_number number; /* of the others */
    struct output_about about;
    size_t offset;
} measured_arrays[] = {
    {"measured/signal",
     "network stage column",
     1,
     signal,
     {"", "c: drift of the loss that the column makes (28)"}},
    {"measured/signal_error", "network stage column", 1, signal_error, {"", "Standard error of c"}},
    {"measured/covariance",
     "network stage column column_with",
     2,
     covariance,
     {"", "Covariance of the errors of c"}},
    {"measured/gram",
     "network stage column column_with",
     2,
     gram,
     {"", "G: mean product of the columns' changes (28)"}},
    {"measured/gradient",
     "network stage",
     0,
     NULL,
     {"", "|g|^2 of the mean loss (27)"},
     offsetof(struct efficiency, gradient)},
    {"measured/gradient_noise",
     "network stage",
     0,
     NULL,
     {"", "Mean |g_h|^2 of the losses of single trials (27)"},
     offsetof(struct efficiency, gradient_noise)},
    {"measured/reward",
     "network stage",
     0,
     NULL,
     {"", "Mean reward"},
     offsetof(struct efficiency, reward)},
    {"measured/accuracy",
     "network stage",
     0,
     NULL,
     {"", "Share of correct trials"},
     offsetof(struct efficiency, accuracy)},
    {"measured/damage",
     "network stage column column_with",
     2,
     damage,
     {"", "D: mean product of the columns' changes by the second derivative of the loss (34)"}},
    {"measured/damage_error",
     "network stage column column_with",
     2,
     damage_error,
     {"", "Standard error of D"}},
};
enum {
    MEASURED = sizeof measured_arrays / sizeof *measured_arrays,
    OF_DAMAGE = 2, /* the last ones */
};

static void write_measured(struct output *output, const struct command_ceiling *results)
{
    const struct ceiling *ceiling = results->ceiling;
    int columns = ceiling->columns;
    for (int a = 0; a < (results->damage ? MEASURED : MEASURED - OF_DAMAGE); a++) {
        int rank = measured_arrays[a].rank;
        long count = output_count(output, measured_arrays[a].dimensions);
        long each = rank == 0 ? 1 : rank == 1 ? columns : (long)columns * columns;
        double *data = malloc(sizeof *data * (size_t)(count > 0 ? count : 1));
        for (long i = 0; data && i < count; i++) {
            const struct efficiency *measured = &ceiling->measured[i / each];
            int place = (int)(i % each);
            data[i] = rank == 0
                          ? number_at(measured, measured_arrays[a].offset)
                          : measured_arrays[a].number(measured, rank == 2 ? place / columns : place,
                                                      place % columns, columns);
        }
        output_array(output, measured_arrays[a].path, measured_arrays[a].dimensions, data,
                     measured_arrays[a].about);
        free(data);
    }
}

/* ---- columns ---- */

static void write_columns(struct output *output, const struct command_columns *columns)
{
    double number[COMMAND_COLUMNS];
    for (int v = 0; v < RULE_VARIABLES; v++) {
        char path[32], what[RULE_TEXT], text[RULE_TEXT + 16];
        for (int k = 0; k < columns->count; k++)
            number[k] = columns->column[k].noise ? NAN : columns->column[k].term.power[v];
        rule_variable_name(what, v);
        snprintf(path, sizeof path, "columns/%c", rule_variables[v].letter);
        snprintf(text, sizeof text, "Power of %s", what);
        output_array(output, path, "column", number, (struct output_about){"", text, NULL});
    }
    for (int k = 0; k < columns->count; k++)
        number[k] = columns->column[k].noise ? NAN : columns->column[k].tau_e;
    output_array(output, "columns/tau_e", "column", number,
                 (struct output_about){"ms", "Decay of the eligibility (6)", NULL});
}

/* Numbers of a struct ceiling_answer, by their place. */
struct answer_array {
    const char *path;
    size_t offset;
    struct output_about about;
};

static const struct answer_array alone_arrays[] = {
    {"columns/ratio",
     offsetof(struct ceiling_answer, ratio),
     {"", "Efficiency of the column alone over that of -1 r3 d3; below 0: only with a coefficient "
          "below 0 does it go down"}},
    {"columns/low",
     offsetof(struct ceiling_answer, low),
     {"", "Lower end of the 95 % interval of the ratio over networks"}},
    {"columns/high",
     offsetof(struct ceiling_answer, high),
     {"", "Upper end of the 95 % interval of the ratio over networks"}},
};

/* What each column does alone. */
static void write_alone(struct output *output, const struct command_ceiling *results)
{
    double number[COMMAND_COLUMNS];
    for (size_t a = 0; a < sizeof alone_arrays / sizeof *alone_arrays; a++) {
        for (int k = 0; k < results->columns->count; k++)
            number[k] = number_at(&results->alone[k], alone_arrays[a].offset);
        output_array(output, alone_arrays[a].path, "column", number, alone_arrays[a].about);
    }
}

/* ---- rules ---- */

static double kind_of(const struct command_ceiling *results, int r)
{
    return results->rows->row[r].kind;
}

static double terms_of(const struct command_ceiling *results, int r)
{
    return results->rows->row[r].terms;
}

static double tau_e_of(const struct command_ceiling *results, int r)
{
    return results->rows->row[r].tau_e;
}

static const struct {
    const char *path;
    double (*number)(const struct command_ceiling *results, int r);
    struct output_about about;
} row_arrays[] = {
    {"rules/kind",
     kind_of,
     {"", "0: the best rule of a set of terms; 1: a given rule; 2: gradients of single trials"}},
    {"rules/terms", terms_of, {"", "Terms that it may have"}},
    {"rules/tau_e", tau_e_of, {"ms", "Decay of the eligibility; NaN: all of them, or none"}},
};

static const struct answer_array rule_arrays[] = {
    {"rules/ratio",
     offsetof(struct ceiling_answer, ratio),
     {"", "Efficiency over that of -1 r3 d3, on networks on which it was not fitted"}},
    {"rules/low",
     offsetof(struct ceiling_answer, low),
     {"", "Lower end of the 95 % interval of the ratio over networks"}},
    {"rules/high",
     offsetof(struct ceiling_answer, high),
     {"", "Upper end of the 95 % interval of the ratio over networks"}},
    {"rules/share",
     offsetof(struct ceiling_answer, share),
     {"", "Efficiency over that of a step straight down the gradient (30)"}},
    {"rules/transfer",
     offsetof(struct ceiling_answer, transfer),
     {"", "The ratio at later stages of the rule that was fitted at the first one"}},
    {"rules/ridge",
     offsetof(struct ceiling_answer, ridge),
     {"", "Ridge of the fit over the mean diagonal of G; 0: none"}},
};

static const struct {
    struct answer_array of;
    int again; /* 1: of the second half of the answers by damage */
} damage_arrays[] = {
    {{"rules/damage_ratio",
      offsetof(struct ceiling_answer, ratio),
      {"",
       "Efficiency by damage (35) over that of -1 r3 d3, of the best rule by it, on networks on "
       "which it was not fitted"}}},
    {{"rules/damage_low",
      offsetof(struct ceiling_answer, low),
      {"", "Lower end of the 95 % interval of damage_ratio over networks"}}},
    {{"rules/damage_high",
      offsetof(struct ceiling_answer, high),
      {"", "Upper end of the 95 % interval of damage_ratio over networks"}}},
    {{"rules/damage_ridge",
      offsetof(struct ceiling_answer, ridge),
      {"", "Ridge of the fit by damage over the mean diagonal of D"}}},
    {{"rules/damage_ratio_of_size",
      offsetof(struct ceiling_answer, ratio),
      {"", "Efficiency by damage, likewise, of the rule that is best for its size"}},
     1},
};

static void write_rules(struct output *output, const struct command_ceiling *results)
{
    double number[COMMAND_ROWS * COMMAND_STAGES];
    int rows = results->rows->count, stages = results->ceiling->stages;
    for (size_t a = 0; a < sizeof row_arrays / sizeof *row_arrays; a++) {
        for (int r = 0; r < rows; r++)
            number[r] = row_arrays[a].number(results, r);
        output_array(output, row_arrays[a].path, "rule", number, row_arrays[a].about);
    }
    for (size_t a = 0; a < sizeof rule_arrays / sizeof *rule_arrays; a++) {
        for (int r = 0; r < rows; r++)
            number[r] = number_at(&results->answer[r], rule_arrays[a].offset);
        output_array(output, rule_arrays[a].path, "rule", number, rule_arrays[a].about);
    }
    for (size_t a = 0; a < sizeof damage_arrays / sizeof *damage_arrays && results->damage; a++) {
        for (int r = 0; r < rows; r++)
            number[r] = number_at(&results->damage[damage_arrays[a].again * rows + r],
                                  damage_arrays[a].of.offset);
        output_array(output, damage_arrays[a].of.path, "rule", number, damage_arrays[a].of.about);
    }
    for (int i = 0; i < rows * stages; i++)
        number[i] = results->answer[i / stages].stage[i % stages];
    output_array(output, "rules/share_at", "rule stage", number,
                 (struct output_about){"", "The share (30) at each stage", NULL});
}

/* NaN where a rule may not have a column. */
static void write_theta(struct output *output, const struct command_ceiling *results,
                        const struct ceiling_answer *answer, const char *path, const char *text)
{
    long count = output_count(output, "rule column");
    int columns = results->ceiling->columns;
    double *theta = malloc(sizeof *theta * (size_t)(count > 0 ? count : 1));
    for (long i = 0; theta && i < count; i++) {
        const struct command_row *row = &results->rows->row[i / columns];
        const double *of = answer[i / columns].theta;
        bool has = row->kind == CEILING_FITTED && !row->sparse ? row->member[i % columns]
                                                               : of[i % columns] != 0;
        theta[i] = has ? of[i % columns] : NAN;
    }
    output_array(output, path, "rule column", theta, (struct output_about){"", text, NULL});
    free(theta);
}

static void write_scales(struct output *output, const struct command_ceiling *results)
{
    static char text[COMMAND_ROWS][LABEL];
    const char *label[COMMAND_ROWS], *column[COMMAND_COLUMNS];
    double stage[COMMAND_STAGES];
    const struct command_columns *columns = results->columns;
    for (int r = 0; r < results->rows->count; r++) {
        const struct command_row *row = &results->rows->row[r];
        bool plain = row->kind != CEILING_FITTED || row->tau_e == columns->tau_e[0];
        snprintf(text[r], LABEL,
                 plain               ? "%s"
                 : isnan(row->tau_e) ? "%s, all decays"
                 : isinf(row->tau_e) ? "%s, tau_e %g"
                                     : "%s, tau_e %g ms",
                 row->name, row->tau_e);
        label[r] = text[r];
    }
    for (int k = 0; k < columns->count; k++)
        column[k] = columns->name[k];
    for (int s = 0; s < results->ceiling->stages; s++)
        stage[s] = results->stage[s];
    output_numbers(output, "network", results->network, results->ceiling->networks, "",
                   "Number of the network, from --seed-offset on");
    output_numbers(output, "stage", stage, results->ceiling->stages, "trials",
                   "Trials of learning by the start rule before");
    output_names(output, "column", column, columns->count, "What is measured");
    output_names(output, "column_with", column, columns->count, "The same, as a second dimension");
    output_names(output, "rule", label, results->rows->count,
                 "A rule, or the best one of its terms");
}

void command_write_ceiling(struct output *output, const struct command_ceiling *results)
{
    char *settings = settings_print(results->settings, true);
    output_attribute(output, "settings", settings ? settings : "");
    output_attribute(output, "version", version_string());
    output_attribute(output, "revision", version_git());
    free(settings);
    write_scales(output, results);
    write_measured(output, results);
    write_columns(output, results->columns);
    write_alone(output, results);
    write_rules(output, results);
    write_theta(output, results, results->answer, "rules/theta",
                "Coefficients: of the best rule (29), as large as -1 r3 d3, or as given");
    if (results->damage)
        write_theta(output, results, results->damage, "rules/damage_theta",
                    "Coefficients of the best rule by damage (35), as large as -1 r3 d3, or as "
                    "given");
    command_write_terms(output, results);
}
