/* Learners: what changes the weights of a network from trial to trial. The polynomial plasticity
 * rule is one of them; the others have nothing to meta-learn and stand beside it. One file
 * learner_NAME.c and one entry in the list of learner.c each. */
#ifndef LEARNER_H
#define LEARNER_H

#include "model/network.h"
#include "model/rule.h"
#include "model/trial.h"

/* Which weights. */
enum { LEARNER_RECURRENT = 1, LEARNER_INPUT = 2, LEARNER_READOUT = 4 };

/* All that a learner may touch: the network, the trial's workspace and its own memory. */
struct learner_site {
    const struct settings *settings;
    const struct rule *rule;
    struct network *network;
    struct trial *trial;
    void *state;          /* of learner_create() */
    double *weight_noise; /* eps of (10) [N, N], NULL without */
    uint64_t task_seed;
    int h;            /* the trial's number in the lifetime */
    double modulator; /* m = g(Rbar) (R - Rbar) */
};

struct learner {
    const char *name, *sentence, *source;
    const char *section; /* of its own parameters; NULL: it has none */
    unsigned usual;      /* weights that it changes by default */
    unsigned able;       /* weights that it can change */
    bool slope;          /* it follows the slope of the reward, which a binary one does not have */

    /* Its memory: a struct of `size` bytes, and numbers behind it, which layout() divides among its
     * pointers; it returns how many it needs (`base` is NULL then). Both 0 without memory. */
    size_t size;
    size_t (*layout)(void *state, double *base, const struct settings *settings,
                     const struct task_shape *shape);

    /* Floating-point operations of one trial's learning, beside those of its states. */
    double (*flops)(const struct settings *settings, const struct task_shape *shape);

    /* Start of a lifetime: the network is drawn, the memory holds what was there. NULL: nothing. */
    void (*start)(const struct learner_site *site);

    /* Instead of trial_run() in the trials that learn, for what learns within a trial. NULL. */
    void (*run)(const struct learner_site *site);

    /* After the trial, before its end is judged: trial->eligibility. NULL: there is none. */
    void (*trace)(const struct learner_site *site);

    /* Changes the weights at the end of a trial. NULL: it has already. */
    void (*change)(const struct learner_site *site);
};

/* In the order of the choices of rule.family; ends with NULL. */
extern const struct learner *const learner_list[];

/* Local. The learner that `settings` chose. */
const struct learner *learner_of(const struct settings *settings);

/* Local. Its memory; released by free(). STATUS_OK, with NULL if it needs none, or STATUS_FAILED.
 */
enum status learner_create(void **state, const struct settings *settings,
                           const struct task_shape *shape, struct error *error);

/* Local. Makes memory whose bytes were copied from that of another process its own: its pointers. */
void learner_relink(void *state, const struct settings *settings, const struct task_shape *shape);

/* Local. Bytes that learner_create() takes. */
double learner_bytes(const struct settings *settings, const struct task_shape *shape);

/* Local. Which weights learn, as bits. */
unsigned learner_plastic(const struct settings *settings);

/* Local. Checks the learner against the other settings, for space_create(). */
void learner_check(const struct settings *settings, struct settings_problems *problems);

/* Gradient of -R by backpropagation through time, mean of a batch, and Adam. K numbers: those of
 * W [N, N], then W_in [N, I], then W_out [O, N]; 0 where nothing learns. */
struct learner_bptt {
    double *gradient, *mean, *square; /* [K] */
    double *state;                    /* X [T, N] */
    double *now, *back;               /* [N] */
    int trials;                       /* in the batch so far */
    double left_mean, left_square;    /* powers of Adam's memories */
};

/* Local. Adds to `bptt->gradient` that of -R of the trial that was run, at the weights it had. */
void learner_bptt_gradient(struct learner_bptt *bptt, const struct learner_site *site);

/* Recursive least squares: P = (a I + sum r r^T)^-1. */
struct learner_rls {
    int units;
    double *inverse;       /* P [N, N] */
    double *product;       /* P r [N] */
    double *gain;          /* k = P r / (1 + r^T P r) [N] */
    double regularisation; /* a */
};

/* Local. P = I / a. */
void learner_rls_start(struct learner_rls *rls);

/* Local. k for the rates `r` [N], and P with them. */
void learner_rls_take(struct learner_rls *rls, const double *r);

#endif
