/* What the command efficiency tells of single terms: which ones the rules of few terms have, and what
 * each term of the rule that is chosen is worth. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/ceiling.h"

enum { FORMULA = 6, LINES = 12 }; /* terms of the longest formula, and lines of a table */

/* ---- ablation ---- */

/* Answers of the rule's terms, then of them without each one. */
static enum status answer_without(struct ceiling_answer *answer, struct command_ablation *ablation,
                                  const struct command_ceiling *results, struct error *error)
{
    size_t columns = (size_t)results->ceiling->columns, count = (size_t)ablation->count + 1;
    const struct command_rows *rows = results->rows;
    struct ceiling_rule *rule = error_calloc(error, count, sizeof *rule, "ablation");
    unsigned char *member = error_calloc(error, count, columns, "ablation");
    enum status status = rule && member ? STATUS_OK : STATUS_FAILED;
    for (size_t i = 0; i < count && !status; i++) {
        unsigned char *own = member + i * columns;
        for (int a = 0; a < ablation->count; a++)
            own[ablation->place[a]] = (size_t)a + 1 != i;
        rule[i] = (struct ceiling_rule){CEILING_FITTED, own, NULL, 0, false};
    }
    if (!status)
        status = ceiling_answer(answer, results->ceiling, rule, (int)count,
                                rows->row[rows->reference].theta, error);
    free(rule);
    free(member);
    return status;
}

static void take_worth(struct command_ablation *ablation, const struct ceiling_answer *answer,
                       const struct command_ceiling *results)
{
    for (int a = 0; a < ablation->count; a++) {
        ablation->worth[a] = answer[0].ratio - answer[a + 1].ratio;
        ablation->error[a] = ceiling_error(&answer[0], &answer[a + 1], results->ceiling->networks);
    }
}

enum status command_ablate(struct command_ablation *ablation, const struct command_ceiling *results,
                           int row, struct error *error)
{
    const double *theta = results->answer[row].theta;
    *ablation = (struct command_ablation){.row = row};
    for (int k = 0; k < results->ceiling->columns; k++)
        if (theta[k] != 0)
            ablation->place[ablation->count++] = k;
    struct ceiling_answer *answer =
        error_calloc(error, (size_t)ablation->count + 1, sizeof *answer, "ablation");
    if (!answer)
        return STATUS_FAILED;
    enum status status = answer_without(answer, ablation, results, error);
    if (!status) {
        take_worth(ablation, answer, results);
        ceiling_free(answer, ablation->count + 1);
    }
    free(answer);
    return status;
}

/* ---- told ---- */

static void print_formula(const struct command_ceiling *results, int r, double factor)
{
    printf("%-10s", results->rows->row[r].name);
    for (int k = 0; k < results->columns->count; k++) {
        char name[RULE_NAME];
        double theta = factor * results->answer[r].theta[k];
        if (theta == 0)
            continue;
        rule_term_write(name, &results->columns->column[k].term);
        printf(" %+.3g %s", theta, name);
    }
    printf("\n");
}

static void print_worth(const struct command_ceiling *results, double factor)
{
    const struct command_ablation *ablation = results->ablation;
    unsigned char told[COMMAND_COLUMNS] = {0};
    printf("%-12s %12s %10s %8s\n", "term", "coefficient", "is worth", "+-");
    for (int line = 0; line < LINES && line < ablation->count; line++) {
        char name[RULE_NAME];
        int most = 0;
        while (told[most])
            most++;
        for (int a = most + 1; a < ablation->count; a++)
            if (!told[a] && ablation->worth[a] > ablation->worth[most])
                most = a;
        told[most] = 1;
        rule_term_write(name, &results->columns->column[ablation->place[most]].term);
        printf("%-12s %12.4g %10.2g %8.2g\n", name,
               factor * results->answer[ablation->row].theta[ablation->place[most]],
               ablation->worth[most], ablation->error[most]);
    }
    if (ablation->count > LINES)
        printf("and %d terms that are worth less\n", ablation->count - LINES);
}

void command_print_terms(const struct command_ceiling *results)
{
    const struct command_row *row = results->rows->row;
    const struct command_ablation *ablation = results->ablation;
    double factor = command_rule_factor(results);
    int smallest = command_choose_row(results);
    printf("\nrules of few terms\n");
    for (int r = 0; r < results->rows->count; r++)
        if (row[r].sparse && row[r].terms <= FORMULA)
            print_formula(results, r, factor);
    printf("\nThe smallest rule within one standard error of the best%s: %s",
           command_by_damage(results) ? ", by damage" : "", row[smallest].name);
    printf(row[smallest].sparse ? "\n" : " (%d terms)\n", row[smallest].terms);
    printf("\n%s, and what is lost without one of its terms, the others fitted anew\n",
           row[ablation->row].name);
    print_worth(results, factor);
}

void command_write_terms(struct output *output, const struct command_ceiling *results)
{
    const struct command_ablation *ablation = results->ablation;
    const char *name[COMMAND_COLUMNS];
    double theta[COMMAND_COLUMNS];
    for (int a = 0; a < ablation->count; a++) {
        name[a] = results->columns->name[ablation->place[a]];
        theta[a] = results->answer[ablation->row].theta[ablation->place[a]];
    }
    output_attribute(output, "smallest", results->rows->row[command_choose_row(results)].name);
    output_attribute(output, "ablated", results->rows->row[ablation->row].name);
    output_names(output, "term", name, ablation->count, "Terms of the rule that is ablated");
    output_array(output, "terms/theta", "term", theta,
                 (struct output_about){"", "Coefficients, as large as -1 r3 d3", NULL});
    output_array(output, "terms/worth", "term", ablation->worth,
                 (struct output_about){
                     "", "Efficiency over that of -1 r3 d3 that is lost without the term", NULL});
    output_array(output, "terms/worth_error", "term", ablation->error,
                 (struct output_about){"", "Its standard error over networks", NULL});
}
