/* Forward-mode sensitivities through one trial and across trials, for all free parameters of the
 * rule at once, in BLAS-3. Equations (12) to (18). */
#ifndef TANGENT_H
#define TANGENT_H

#include "network.h"
#include "rule.h"
#include "trial.h"

/* N units, P free parameters, B steps a block, T steps a trial. */
struct tangent {
    int units, parameters, block; /* N, P, B */
    double *weight;               /* U [N, P, N]: dW_ij/dp at (i, p, j) */
    double *eligibility;          /* z^T [N, P, N], at (i, p, j), complete after tangent_trial() */
    double *transposed;  /* the part of z that is summed by columns [N, P, N], at (j, p, i) */
    double *state;       /* chi [N, P] */
    double *trace;       /* psi [N, P] */
    double *gain;        /* phi' chi [N, P] */
    double *drive;       /* alpha U r of a block [B, N, P] */
    double *deviation;   /* Delta-dot of a block [N, B, P] */
    double *gains;       /* phi' chi of a block [N, B, P] */
    double *slope;       /* one row of M or one column of Q over a block [B, N] */
    double *coefficient; /* polynomials of all rows of M or columns of Q [B, d+1, N] */
    double *decay;       /* weights of the direct term of log tau_e [T] */
    double *left;        /* q Delta^l, and the like, of all steps [T, N] */
    double *readout;     /* W_out^T dR/dy of one step [N] */
    double *live;        /* 0 for a clamped unit, else 1 [N] */
    double *reward;      /* R-dot [P] */
    double *objective;   /* dot of the objective [P] */
    double *update;      /* mu-dot [N, P, N], written by tangent_update() when not NULL */
    bool silent;         /* U = 0 and nothing carried: the state's tangents are all zero */
};

/* Local. Takes the memory; with `keep_update` also that of mu-dot. STATUS_OK or STATUS_FAILED. */
enum status tangent_create(struct tangent *tangent, const struct rule *rule, int units, int steps,
                           bool keep_update, struct error *error);
void tangent_free(struct tangent *tangent);
double tangent_bytes(const struct rule *rule, int units, int steps);

/* Local. Start of a lifetime: U = 0, psi = 0. */
void tangent_start(struct tangent *tangent);

/* Local. U = 0 in mid-lifetime. */
void tangent_reset(struct tangent *tangent, const struct rule *rule);

/* Local. (12)-(16) for the trial that trial_run() ran at the weights of `network`: z, R-dot and the
 * objective's dot. */
void tangent_trial(struct tangent *tangent, const struct trial *trial,
                   const struct network *network, const struct rule *rule);

/* How one trial's end changes the weights; see (9). */
struct tangent_step {
    double rate;                 /* eta */
    double modulator;            /* m = g(Rbar) (R - Rbar) */
    double clip;                 /* bound of |mu| */
    const double *modulator_dot; /* [P] */
    double keep;                 /* what is left of U: gamma (1 - 1/tau_w) */
};

/* Local. (17) and (18): U of the next trial from z and the eligibility e^T of `trial`. `recurrent`
 * are the weights W^(h) before their own update. */
void tangent_update(struct tangent *tangent, const struct trial *trial,
                    const struct network *network, const struct rule *rule,
                    const struct tangent_step *step);

#endif
