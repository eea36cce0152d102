/* How well each term of a rule does at a network that is held still: the drift of the loss that it
 * makes, and the size of the changes that it needs for that, or the damage that they do. From these
 * follows what a whole space of rules can give, before anything learns with it. Equations (27), (28)
 * and (34). Pure: no MPI, no clock. */
#ifndef EFFICIENCY_H
#define EFFICIENCY_H

#include "model/lifetime.h"

/* What is measured: the eligibility of a term, or that of node perturbation. */
struct efficiency_column {
    struct rule_term term;
    double tau_e; /* ms, of the eligibility's decay */
    bool noise;   /* sum_t xi_i^t r_j^t instead of a term */
};

struct efficiency_plan {
    const struct settings *settings;
    const double *theta; /* free parameters [P] (raw) of the rule that learns up to the stage */
    int columns;         /* K */
    const struct efficiency_column
        *column;                 /* terms with powers of the weight only if the rule of the
                                             * settings has some */
    int trials;                  /* of each of both passes, 2 .. EFFICIENCY_TRIALS */
    int pairs;                   /* of trials for the damage, 2 .. EFFICIENCY_PAIRS; 0: none */
    bool (*poll)(void *context); /* between two trials; false ends it. May be NULL */
    void *context;
};

enum { EFFICIENCY_TRIALS = 1 << 20, EFFICIENCY_PAIRS = 1 << 18 };

/* What was measured at one network. K columns. */
struct efficiency {
    enum lifetime_state state;  /* LIFETIME_DONE, or _DIVERGED and nothing else holds */
    double trials;              /* of the second pass, that count */
    double reward, accuracy;    /* means over these trials */
    double gradient;            /* |g|^2, its own noise taken off */
    double gradient_noise;      /* E |g_h|^2 of single trials */
    const double *signal;       /* c [K] */
    const double *covariance;   /* of the error of c [K, K] */
    const double *gram;         /* G [K, K] */
    const double *damage;       /* D [K, K]; NULL: not measured */
    const double *damage_error; /* standard errors of D [K, K], likewise */
};

/* Local. A measurement as plain numbers, to be sent and kept: how many there are, and what they say;
 * the arrays of the struct are among `numbers`. */
long efficiency_numbers(int columns, bool damage);
struct efficiency efficiency_read(const double *numbers, int columns, bool damage);

/* Local. The number of trial `h` of `pass`, 0, 1 or of the damage 2, at a stage: no lifetime reaches
 * it, and no other stage or pass has it. */
uint64_t efficiency_trial(int stage, int pass, int h);

/* Local. Draws the network of `task_seed`, lets it learn the first `stage` trials (0: none) of the
 * settings' learning, and measures it as it is then, into numbers
 * [efficiency_numbers()]. Its trials
 * are those of efficiency_trial(). STATUS_OK, STATUS_FAILED (out of memory) or STATUS_INTERRUPTED. */
enum status efficiency_measure(double *numbers, const struct efficiency_plan *plan,
                               uint64_t task_seed, int stage, struct error *error);

#endif
