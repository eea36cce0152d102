/* A rule as an equation that can be read: (5), (6) and (10) with its numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/learner.h"
#include "program/command.h"

struct term {
    struct rule_part part;
    double contribution; /* |theta / s|; a fixed one's is 0 */
};

/* The largest contribution first; ties as in (5). */
static int compare(const void *a, const void *b)
{
    const struct term *x = a, *y = b;
    if (x->contribution != y->contribution)
        return x->contribution > y->contribution ? -1 : 1;
    return rule_term_compare(&x->part.term, &y->part.term);
}

/* All terms whose coefficient is not 0. */
static int terms_of(struct term *term, const struct rule *rule, const double *scale)
{
    struct rule_part part[RULE_TERMS];
    int count = rule_parts(part, rule);
    for (int i = 0; i < count; i++) {
        int p = part[i].parameter;
        double size = p < 0 ? 0 : fabs(part[i].theta / (scale ? scale[p] : 1));
        term[i] = (struct term){part[i], size};
    }
    qsort(term, (size_t)count, sizeof *term, compare);
    return count;
}

/* What the letters of an equation are: r and D always, others where the rule has them. */
static void print_key(const struct rule *rule, int indent)
{
    char text[512] = "";
    for (int v = 0; v < RULE_VARIABLES; v++)
        if (rule_is_base(v) || rule->uses[v])
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s: %s, ",
                     rule_variables[v].symbol, rule_variables[v].legend);
    snprintf(text + strlen(text), sizeof text - strlen(text), "dt in ms, e: eligibility (6)");
    printf("%*s", indent, "");
    command_wrap(text, indent, indent);
}

void command_print_rule(const struct settings *settings, const double *theta, const double *scale,
                        int indent)
{
    struct rule rule;
    if (settings->rule.family != FAMILY_POLYNOMIAL) {
        printf("%*s%s\n", indent, "", learner_of(settings)->sentence);
        return;
    }
    rule_create(&rule, settings);
    rule_set(&rule, theta);
    struct term term[RULE_TERMS];
    int count = terms_of(term, &rule, scale);
    int columns = command_width() < 100 ? command_width() : 100;
    int column =
        printf("%*s%s + dt (", indent, "", isinf(rule.tau_e) ? "e <- e" : "e <- (1 - dt/tau_e) e");
    for (int i = 0; i < count; i++) {
        char text[32 + RULE_TEXT], powers[RULE_TEXT];
        double c = term[i].part.theta;
        rule_term_print(powers, &term[i].part.term);
        int length = snprintf(text, sizeof text, "%s%.4g%s",
                              c < 0 ? " - "
                              : i   ? " + "
                                    : " ",
                              fabs(c), powers);
        if (column + length + 2 > columns)
            column = printf("\n%*s", indent + 4, "") - 1;
        column += printf("%s", text);
    }
    printf("%s )\n", count ? "" : " 0");
    if (!isinf(rule.tau_e))
        printf("%*stau_e = %.6g ms\n", indent, "", rule.tau_e);
    if (!isinf(rule.tau_w))
        printf("%*stau_w = %.6g trials\n", indent, "", rule.tau_w);
    if (rule.learns[RULE_CLIP])
        printf("%*sclip = %.6g\n", indent, "", rule.clip);
    if (rule.learns[RULE_BASELINE_RATE])
        printf("%*sbaseline_rate = %.6g\n", indent, "", rule.baseline_rate);
    if (rule.terms == 0 && settings->rule.start_in == START_NORMALISED)
        printf("%*swith each coefficient in units of its term's own size\n", indent, "");
    print_key(&rule, indent);
}
