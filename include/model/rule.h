/* The plasticity rule, a sum of products of powers of its variables: which terms, their
 * coefficients, its constants, and the order of its free parameters. Equations (5), (6), (9) to (11).
 */
#ifndef RULE_H
#define RULE_H

#include <stdbool.h>

#include "config/settings.h"
#include "model/rule_term.h"

/* What of a rule is no coefficient and may be learned too, as its logarithm. */
enum rule_constant { RULE_TAU_E, RULE_TAU_W, RULE_CLIP, RULE_BASELINE_RATE, RULE_CONSTANTS };

enum {
    RULE_POWERS = RULE_DEGREE + 1,
    RULE_OTHERS = 28, /* terms with other variables than r and d at the most */
    RULE_TERMS = RULE_POWERS * RULE_POWERS + RULE_OTHERS, /* coefficients at the most */
    RULE_PARAMETERS = RULE_TERMS + RULE_CONSTANTS,
    RULE_PLANES = RULE_OTHERS + 1,
};

/* All terms that differ in the powers of r and d only: a polynomial in r_j and Delta_i times one
 * factor. A rule of r and d alone has one plane, whose factor is 1. */
struct rule_plane {
    struct rule_term factor;                /* powers of the other variables */
    int rates, changes;                     /* highest k and l */
    double theta[RULE_POWERS][RULE_POWERS]; /* [l][k]: coefficient of Delta^l r^k */
    int group[RULE_SIDES];                  /* where the plane is in rule.group */
};

/* Planes whose factors have the same presynaptic powers, or the same postsynaptic ones, and the
 * same power of the weight: what is computed from these alone is computed once for all of them. */
struct rule_group {
    struct rule_term factor; /* these powers */
    bool has;                /* not all those of the unit are 0 */
    int weight;              /* power of the weight */
    int highest;             /* power of r, or of d, in any of the planes */
    int first;               /* its place in an array with an entry for each power of each group */
};

/* All terms with the same powers of the presynaptic unit's variables and the same power n of the
 * weight. G of (5') is the sum over pairs of W_ij^n L_i R_j, where R is what they share of the
 * presynaptic unit and L the sum over them of coefficients times what they have of the other. */
struct rule_pair {
    int group;            /* on the presynaptic side: what R has beside r^k, and n */
    int rates;            /* k */
    bool has[RULE_SIDES]; /* R, or L, is more than a constant */
};

/* Free parameters p = 0..parameters-1, in this order: the free coefficients, ordered by the power of
 * the last variable in which they differ: those of r and d alone come first, by l, then by k; then the
 * logarithms of those constants that are free, in their order. */
struct rule {
    int degree;           /* d */
    double tau_e;         /* ms, may be infinite */
    double tau_w;         /* trials, may be infinite */
    double clip;          /* of (9), may be infinite */
    double baseline_rate; /* beta of (11) */
    double trace_alpha;   /* alpha_x of (3) */
    bool carry_trace;     /* xbar goes on from trial to trial */
    int planes;
    struct rule_plane plane[RULE_PLANES]; /* in the order of terms; without terms there is none */
    int groups[RULE_SIDES];
    struct rule_group group[RULE_SIDES][RULE_PLANES];
    int slots[RULE_SIDES]; /* entries of an array with one for each power of each group */
    int pairs;
    struct rule_pair pair[RULE_TERMS]; /* by group, then by k */
    bool uses[RULE_VARIABLES];         /* some term has it */
    int terms;                         /* free coefficients */
    struct rule_term term[RULE_TERMS];
    int home[RULE_TERMS];        /* plane of each */
    bool learns[RULE_CONSTANTS]; /* those that are free */
    int parameters;              /* P */
};

/* Local. The rule that `settings` describes, at its start. */
void rule_create(struct rule *rule, const struct settings *settings);

/* Local. The same at its start, but that the terms of rule.start are the free parameters. */
void rule_create_start(struct rule *rule, const struct settings *settings);

/* Local. The settings of such a rule: rule.start as it stands, also where {from: ...} stands before
 * it, whether or not rule.terms has its terms. */
void rule_start_settings(struct settings *out, const struct settings *settings);

/* Local. Name of free parameter `p`: "r3 d1", "r1 p2", "log_tau_e", "log_tau_w", "log_clip" or
 * "log_beta". */
void rule_name(const struct rule *rule, int p, char name[RULE_NAME]);

/* Local. The free parameter that is the logarithm of a constant; -1: it is not free. */
int rule_place(const struct rule *rule, enum rule_constant constant);

/* Local. Free parameters to and from a vector [P], in raw coordinates. */
void rule_get(const struct rule *rule, double *vector);
void rule_set(struct rule *rule, const double *vector);

/* Local. Moves the constants in a vector [P] to where (6), (10) and (11) make sense: tau_e >= dt,
 * tau_w > 1, beta <= 1. */
void rule_bound(double *vector, const struct rule *rule, double dt);

/* Local. Coefficient of Delta^l r^k alone. */
double rule_theta(const struct rule *rule, int k, int l);

/* A term that the rule has: its coefficient, which is not 0, and its free parameter, or -1. */
struct rule_part {
    struct rule_term term;
    double theta;
    int parameter;
};

/* Local. All of them, in the order of terms; returns how many. */
int rule_parts(struct rule_part part[RULE_TERMS], const struct rule *rule);

/* Local. Makes the free parameters of `add` free in `all` too, whose names and order alone are then
 * good for something; `all` starts with zeros. False: they are more than RULE_PARAMETERS. */
bool rule_join(struct rule *all, const struct rule *add);

/* Local. The term with the powers k of r and l of d in `plane`. */
struct rule_term rule_term_in(const struct rule_plane *plane, int k, int l);

/* Local. Whether the rule has terms of r and d alone; their plane is the first. */
bool rule_is_plain(const struct rule *rule);

/* Local. Where the powers of a plane's r, or of its d, are in an array of rule->slots[side]. */
int rule_slot(const struct rule *rule, const struct rule_plane *plane, enum rule_side side);

/* Local. Whether the rule has powers of the weight. */
bool rule_weighs(const struct rule *rule);

/* Local. Whether the rule has variables beside r and d. */
bool rule_has_others(const struct rule *rule);

/* Local. Checks settings.rule against itself and dt, for space_create(). */
void rule_check(const struct settings *settings, struct settings_problems *problems);

/* Local. The unit on the other side of the synapse. */
static inline enum rule_side rule_other(enum rule_side side)
{
    return side == RULE_PRESYNAPTIC ? RULE_POSTSYNAPTIC : RULE_PRESYNAPTIC;
}

#endif
