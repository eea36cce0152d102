/* The polynomial plasticity rule: which terms, their coefficients, its time constants, and the
 * order of its free parameters. Equations (5), (6) and (10). */
#ifndef RULE_H
#define RULE_H

#include <stdbool.h>

#include "config/settings.h"

enum {
    RULE_DEGREE = 5,                                    /* d at the most */
    RULE_TERMS = (RULE_DEGREE + 1) * (RULE_DEGREE + 1), /* coefficients at the most */
    RULE_PARAMETERS = RULE_TERMS + 2,                   /* with tau_e and tau_w */
    RULE_NAME = 16,                                     /* bytes of a parameter's name */
};

/* Free parameters p = 0..parameters-1, in this order: the free coefficients by l, then by k;
 * log tau_e, if free; log tau_w, if free. */
struct rule {
    int degree;                                     /* d */
    double theta[RULE_DEGREE + 1][RULE_DEGREE + 1]; /* [l][k]: coefficient of Delta^l r^k */
    double tau_e;                                   /* ms, may be infinite */
    double tau_w;                                   /* trials, may be infinite */
    double trace_alpha;                             /* alpha_x of (3) */
    bool carry_trace;                               /* xbar goes on from trial to trial */
    int terms;                                      /* free coefficients */
    struct {
        int k, l;
    } term[RULE_TERMS];
    bool learn_tau_e, learn_tau_w;
    int parameters; /* P */
};

/* Local. The rule that `settings` describes, at its start. */
void rule_create(struct rule *rule, const struct settings *settings);

/* Local. Name of free parameter `p`: "r3 d1", "log_tau_e" or "log_tau_w". */
void rule_name(const struct rule *rule, int p, char name[RULE_NAME]);

/* Local. Free parameters to and from a vector [P], in raw coordinates. */
void rule_get(const struct rule *rule, double *vector);
void rule_set(struct rule *rule, const double *vector);

/* Local. Reads a term's name "r<k> d<l>" ("r3 d3", "r0 d1"); false if it is none. */
bool rule_term(const char *name, int *k, int *l);

/* Local. Checks settings.rule against itself and dt, for space_create(). */
void rule_check(const struct settings *settings, struct settings_problems *problems);

#endif
