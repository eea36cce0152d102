/* The exact gradient of a lifetime backwards in time: the same derivative as tangents give, at a
 * cost that does not grow with the number of parameters. Equations (20) to (26). */
#ifndef ADJOINT_H
#define ADJOINT_H

#include "model/network.h"
#include "model/rule.h"
#include "model/trial.h"

/* Arrays of an adjoint in single precision, shapes as in struct adjoint. */
struct adjoint_single {
    float *weight, *update, *columns, *panels, *recurrent, *weighed, *post, *forward, *backward;
    float *deviation, *rate, *state, *trace, *now, *part, *row, *sum;
};

/* N units, P free parameters, B steps a slab, T steps a trial; slots: an entry for each power in
 * each of the rule's groups, d + 1 for a rule of r and d alone. In single precision those arrays that
 * are marked with s are NULL, and `single` has them instead. */
struct adjoint {
    int units, steps, slab;
    bool in_single;
    double *weight;    /* s a_W = dL/dW of the weights after the trial, then before it [N, N] */
    double *update;    /* s a_mu [N, N] */
    double *columns;   /* s a_mu transposed [N, N] */
    double *panels;    /* s either of the two, whichever is in use, by linalg_panels() [N, N] */
    double *recurrent; /* s W of the trial [N, N] */
    double *weighed;   /* s a_mu o W^n, or its transpose, if the rule has powers of W [N, N] */
    double *post;      /* s (r^t)^k, or q_t (Delta^t)^l of a slab [slots, B, N] */
    double *forward;   /* s F of (22) of a slab [slots, B, N] */
    double *backward;  /* s q_t H of (22) of a slab [slots, B, N] */
    double *deviation; /* s a_Delta [T, N] */
    double *rate;      /* s a_r, without the outputs [T, N] */
    double *state;     /* s X [T, N] */
    double *trace;     /* s a_xbar; of the next trial's start when the trace is carried [N] */
    double *now;       /* s a_x [N] */
    double *part, *row, *sum; /* s workspace [N] */
    double *decay;            /* weights of the direct term of log tau_e [T] */
    double *baseline;         /* a_B [types] */
    double *gradient;         /* dL/dp so far, raw coordinates [P] */
    struct linalg_dots *dots; /* sums of (23), then those for log tau_e [2, planes] */
    bool zero;                /* a_W is all 0 */
    struct adjoint_single single;
};

/* What the end of the trial did; see (9), (19) and (21). */
struct adjoint_step {
    double rate;                /* eta */
    double modulator;           /* m */
    double gain;                /* g(Rbar) */
    double gain_slope;          /* g'(Rbar) */
    double error;               /* R - Rbar */
    double beta;                /* of (11) */
    double loss_weight;         /* w_h */
    double keep;                /* gamma (1 - 1/tau_w) */
    bool reset;                 /* U = 0 after this trial */
    bool stopped;               /* the modulator is a black box */
    const signed char *clipped; /* [N, N], the sign of a change that (9) clipped, 0 of one that it
                                   * did not; NULL: it clipped none */
};

/* Local. Takes the memory; `in_single` as in the trial; released by adjoint_free(). STATUS_OK or
 * STATUS_FAILED. */
enum status adjoint_create(struct adjoint *adjoint, const struct rule *rule,
                           const struct task_shape *shape, int units, bool in_single,
                           struct error *error);
void adjoint_free(struct adjoint *adjoint);
double adjoint_bytes(const struct rule *rule, const struct task_shape *shape, int units,
                     bool in_single);

/* Local. Floating-point operations of a step, over N^2. */
double adjoint_flops(const struct rule *rule);

/* Local. After the last trial: all derivatives are 0. */
void adjoint_start(struct adjoint *adjoint, const struct rule *rule,
                   const struct task_shape *shape);

/* Local. One trial back. `trial` is the trial as trial_run() left it, after
 * trial_prepare(); `network` holds its weights W^(h). */
void adjoint_trial(struct adjoint *adjoint, const struct trial *trial,
                   const struct network *network, const struct rule *rule,
                   const struct adjoint_step *step);

#endif
