/* The best that a space of rules can give, from what efficiency_measure() found at several networks:
 * the rule with the most drift for its size, fitted on some networks and judged on others, and how
 * given rules compare with it. Equations (29), (30) and, by the damage instead of the size, (35).
 * Pure; the same bits anywhere, as all sums go through the networks in their order. */
#ifndef CEILING_H
#define CEILING_H

#include "model/efficiency.h"

/* What was measured. K columns. */
struct ceiling {
    int networks, stages, columns;
    const struct efficiency *measured; /* [networks, stages], all with LIFETIME_DONE */
    bool damage; /* efficiency is by the damage, which was measured, not by the size */
};

enum ceiling_kind {
    CEILING_FITTED,   /* the best rule of some columns */
    CEILING_GIVEN,    /* a rule with these coefficients */
    CEILING_GRADIENT, /* the gradient of single trials instead of a rule */
};

/* Whose efficiency is asked for. */
struct ceiling_rule {
    enum ceiling_kind kind;
    const unsigned char *member; /* of a fitted one [K], 1: it may have the column */
    const double *theta;         /* of a given one [K] */
    int terms;                   /* of a fitted one: it has at most so many of its columns, which
                                  * are chosen where it is fitted (36), (37); 0: all */
    bool by_size;                /* fitted to the size, also where it is judged by the damage */
};

/* What is known of one. All but theta is of networks on which the rule was not fitted. */
struct ceiling_answer {
    double share;     /* (30): 1 is a step of the same size straight down the gradient; below 0 for
                       * a rule that goes up. By the damage it has no such unit */
    double ratio;     /* efficiency over that of the reference; NAN if it has none: gradients of
                       * single trials by the damage, or where the damage is not above 0 */
    double low, high; /* its 95 % interval over networks; NAN with one network */
    double transfer;  /* the ratio at later stages of what was fitted at the first one; NAN with one
                       * stage, or without a fit */
    double ridge;     /* of the fit on all networks, relative to the mean diagonal; 0: none */
    double *stage;    /* share at each stage [stages] */
    double *without;  /* the ratio without each network [networks] */
    double *theta;    /* the rule, fitted on all networks and as large as the reference by G, or as
                       * given; 0 elsewhere [K] */
};

/* Local. Answers `rules` questions relative to the given rule `reference` [K]. answer [rules] is
 * released by ceiling_free(). A fit needs two networks. STATUS_OK or STATUS_FAILED (out of
 * memory). */
enum status ceiling_answer(struct ceiling_answer *answer, const struct ceiling *ceiling,
                           const struct ceiling_rule *rule, int rules, const double *reference,
                           struct error *error);
void ceiling_free(struct ceiling_answer *answer, int rules);

/* Local. Standard error, over networks, of the difference of two ratios. */
double ceiling_error(const struct ceiling_answer *a, const struct ceiling_answer *b, int networks);

/* Local. theta' G theta over that of the reference, the mean over networks and stages; both [K]. */
double ceiling_size(const struct ceiling *ceiling, const double *theta, const double *reference);

#endif
