/* A rule as an equation that can be read: (5), (6) and (10) with its numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/learner.h"
#include "program/command.h"

enum { COLUMNS = 100 };

struct term {
    int k, l;
    double coefficient, contribution; /* theta, |theta / s|; a fixed one's is 0 */
};

/* The largest contribution first; ties as in (5). */
static int compare(const void *a, const void *b)
{
    const struct term *x = a, *y = b;
    if (x->contribution != y->contribution)
        return x->contribution > y->contribution ? -1 : 1;
    return x->l != y->l ? x->l - y->l : x->k - y->k;
}

/* All terms whose coefficient is not 0. */
static int terms_of(struct term *term, const struct rule *rule, const double *scale)
{
    int count = 0;
    for (int l = 0; l <= rule->degree; l++)
        for (int k = 0; k <= rule->degree; k++)
            if (rule->theta[l][k] != 0)
                term[count++] = (struct term){k, l, rule->theta[l][k], 0};
    for (int i = 0; i < count; i++)
        for (int p = 0; p < rule->terms; p++)
            if (rule->term[p].k == term[i].k && rule->term[p].l == term[i].l)
                term[i].contribution = fabs(term[i].coefficient / (scale ? scale[p] : 1));
    qsort(term, (size_t)count, sizeof *term, compare);
    return count;
}

/* " r^3 D" */
static int write_powers(char *out, size_t size, const struct term *term)
{
    int length = 0;
    const int power[2] = {term->k, term->l};
    for (int i = 0; i < 2; i++) {
        if (power[i] == 1)
            length += snprintf(out + length, size - (size_t)length, " %c", "rD"[i]);
        else if (power[i] > 1)
            length += snprintf(out + length, size - (size_t)length, " %c^%d", "rD"[i], power[i]);
    }
    return length;
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
    int column =
        printf("%*s%s + dt (", indent, "", isinf(rule.tau_e) ? "e <- e" : "e <- (1 - dt/tau_e) e");
    for (int i = 0; i < count; i++) {
        char text[64];
        double c = term[i].coefficient;
        int length = snprintf(text, sizeof text, "%s%.4g",
                              c < 0 ? " - "
                              : i   ? " + "
                                    : " ",
                              fabs(c));
        length += write_powers(text + length, sizeof text - (size_t)length, &term[i]);
        if (column + length + 2 > COLUMNS)
            column = printf("\n%*s", indent + 4, "") - 1;
        column += printf("%s", text);
    }
    printf("%s )\n", count ? "" : " 0");
    if (!isinf(rule.tau_e))
        printf("%*stau_e = %.6g ms\n", indent, "", rule.tau_e);
    if (!isinf(rule.tau_w))
        printf("%*stau_w = %.6g trials\n", indent, "", rule.tau_w);
    printf("%*sr: presynaptic rate, D: postsynaptic trace minus state (4), dt in ms, "
           "e: eligibility (6)\n",
           indent, "");
}
