/* The inner loop: H trials in a row during which one network learns with one rule from freshly
 * drawn weights. Equations (9) to (11), (17) to (19). Pure: no MPI, no HDF5, no clock. */
#ifndef LIFETIME_H
#define LIFETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "model/adjoint.h"
#include "model/learner.h"
#include "model/network.h"
#include "model/rule.h"
#include "model/tangent.h"
#include "model/task.h"
#include "model/trial.h"

enum lifetime_state {
    LIFETIME_EMPTY = 0,
    LIFETIME_DONE = 1,
    LIFETIME_DIVERGED = 2,          /* something is not finite: no loss, no gradient */
    LIFETIME_GRADIENT_DIVERGED = 3, /* learning is fine, its gradient is not finite */
    LIFETIME_STOPPED = 4,           /* the observer said stop */
    LIFETIME_FAILED = 5,            /* it could not be run, for lack of memory */
};

/* Neither right nor wrong: a trial of a type that does not count. */
enum { LIFETIME_UNCOUNTED = 2 };

struct lifetime;

/* Told how a lifetime goes on; may stop it. */
struct lifetime_observer {
    void *context;
    /* After trial `h` is complete, the weights are W^(h+1); false stops the lifetime. May be NULL.
     */
    bool (*trial)(void *context, const struct lifetime *lifetime, int h);
    /* Between two trials when the adjoint goes back; false stops the lifetime. May be NULL. */
    bool (*poll)(void *context);
};

/* How derivatives are carried; see the estimators. */
struct lifetime_gradient {
    bool wanted;     /* false: learning alone */
    double discount; /* gamma */
    int reset_every; /* U = 0 every n trials; 0: never */
    bool backwards;  /* by the adjoint instead of tangents: the same numbers but for rounding */
    bool score;      /* read off the noise in the weights, never backwards */
    bool local;      /* U = 0 in every trial */
};

struct lifetime {
    const struct settings *settings; /* not owned */
    struct rule rule;
    struct task_shape shape;
    struct network network;
    struct trial trial;
    const struct learner *learner;
    void *learner_state;          /* its memory */
    struct tangent tangent;       /* without memory unless tangents are wanted */
    struct adjoint adjoint;       /* without memory unless the adjoint is wanted */
    struct lifetime_past *past;   /* what the adjoint needs to go back; NULL without it */
    struct lifetime_score *score; /* NULL without a score estimator */
    struct lifetime_gradient gradient;
    bool keep_update; /* mu and mu-dot are kept for the observer */
    uint64_t task_seed;
    int trials;                     /* H */
    double *baseline;               /* Rbar [types] */
    double *baseline_dot;           /* [types, P] */
    double *modulator_dot;          /* [P] */
    double *weight_noise;           /* eps [N, N], NULL when sigma_w = 0 */
    const double *frozen_modulator; /* [H] or NULL: m of every trial from outside, for checks */

    /* of the last trial */
    double modulator;     /* m = g(Rbar) (R - Rbar) */
    double baseline_used; /* Rbar before its update */

    /* results */
    enum lifetime_state state;
    double loss;             /* (19) of this seed, without the penalty */
    double accuracy;         /* correct share of the last quarter of the trials, of those that
                              * count; NAN if none does */
    int trials_to_criterion; /* end of the first 100 trials that count with more than 95 correct;
                              * -1: never */
    double frozen_loss;      /* after the last trial, without plasticity and exploration; NAN if not
                              * tested */
    double frozen_accuracy;  /* share of those trials that are correct, likewise */
    double *gradient_sum;    /* dL/dp [P], raw coordinates */
    float *reward;           /* R of every trial [H] */
    unsigned char *correct;  /* 1, 0 or LIFETIME_UNCOUNTED [H] */
    double *modulators;      /* m of every trial [H] */
};

/* Local. Takes all memory of a lifetime of `settings` (which must outlive it) before its first
 * trial; released by lifetime_free(). STATUS_OK or STATUS_FAILED. */
enum status lifetime_create(struct lifetime *lifetime, const struct settings *settings,
                            struct lifetime_gradient gradient, bool keep_update,
                            struct error *error);
void lifetime_free(struct lifetime *lifetime);

/* Local. Bytes that lifetime_create() takes; `rule` is that of `settings`. */
double lifetime_bytes(const struct settings *settings, const struct rule *rule,
                      struct lifetime_gradient gradient);

/* Local. Useful floating-point operations of one lifetime: those of learning, and 10 P N^2 T H of
 * the tangents or (4d + 6) N^2 T H of the adjoint; what the scheduler calls its cost. */
double lifetime_flops(const struct settings *settings, const struct rule *rule,
                      struct lifetime_gradient gradient);

/* Local. Draws the network of `task_seed` and runs all trials with the free parameters `theta` [P]
 * (raw coordinates). Results are in `lifetime`, which can be run again. No allocation. */
void lifetime_run(struct lifetime *lifetime, uint64_t task_seed, const double *theta,
                  const struct lifetime_observer *observer);

/* Local. The same from where a saved lifetime of this job stood: the same results, bit for bit. */
void lifetime_continue(struct lifetime *lifetime, uint64_t task_seed, const double *theta,
                       const unsigned char *saved, const struct lifetime_observer *observer);

/* Local. Says that the lifetime diverged, for what of it is not finite; a lifetime that is run says
 * it by itself of its states, its last weights, its rewards and its frozen test. */
void lifetime_diverge(struct lifetime *lifetime);

/* Local. The lifetime after trial `h`, as lifetime_observer's trial() sees it, in `saved`
 * [lifetime_saved_bytes()]. Means something to this build of the program only. */
size_t lifetime_saved_bytes(const struct lifetime *lifetime);
void lifetime_save(unsigned char *saved, const struct lifetime *lifetime, int h);

/* Local. Puts a begun lifetime where `saved` stood; returns its next trial. For
 * lifetime_continue(). */
int lifetime_restore(struct lifetime *lifetime, const unsigned char *saved);

/* Local. Only draws the network and sets the rule, as lifetime_run() does first. */
void lifetime_begin(struct lifetime *lifetime, uint64_t task_seed, const double *theta);

/* Local. Whether the answer of the trial that was run is right: 1, 0 or LIFETIME_UNCOUNTED. */
unsigned char lifetime_judgement(const struct lifetime *lifetime);

/* Local. Normalisation s_kl = 1 / RMS over synapses of each free term's own eligibility, measured
 * on one trial of every type in the untrained network of `task_seed`; 1 for time constants and
 * where the RMS is 0. scale [P]. */
void lifetime_scale(double *scale, struct lifetime *lifetime, uint64_t task_seed);

/* Local. Frozen and noise-free activity of the network as it is now: rates r^1..r^T of every
 * type at every `stride`-th step (stride, 2 stride, ...). rates [types, T / stride, N]. */
void lifetime_representation(float *rates, struct lifetime *lifetime, int stride);

/* Local. Checks learning and reward settings against each other, for space_create(). */
void lifetime_check(const struct settings *settings, struct settings_problems *problems);

#endif
