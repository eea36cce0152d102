/* Forward-mode sensitivities through one trial and across trials, for all free parameters of the
 * rule at once, in BLAS-3. Equations (12) to (18). */
#ifndef TANGENT_H
#define TANGENT_H

#include "model/network.h"
#include "model/rule.h"
#include "model/trial.h"

/* Arrays of the tangents in single precision, shapes as in struct tangent. */
struct tangent_single {
    float *weight, *eligibility, *transposed, *state, *trace, *deviation, *change, *gain;
    float *packed, *argument, *recurrent, *slope, *coefficient, *half, *product, *part, *columns,
        *live, *readout, *dot;
};

/* N units, P free parameters, B steps a block, T steps a trial. In single precision those arrays
 * that are marked with s are NULL, and `single` has them instead. */
struct tangent {
    int units, parameters, block; /* N, P, B */
    bool in_single;
    double *weight;      /* s U [N, P, N]: dW_ij/dp at (j, p, i) */
    double *eligibility; /* s z^T [N, P, N], at (j, p, i), complete after tangent_trial() */
    double *transposed;  /* s what of z is summed by rows, at (i, p, j) [N, P, N]; if it is complete
                          * after one block, of a few units only [units, P, N] */
    double *state;       /* s chi [P, N] */
    double *trace;       /* s psi [P, N] */
    double *deviation;   /* s alpha U r of a block, step by step Delta-dot instead [B, P, N] */
    double *change;      /* s tangents of half a pair over a block, if there are pairs [B, P, N] */
    double *gain;        /* s phi' chi of a block, and after it [B+1, P, N] */
    double *packed;      /* s gain or deviation, unit by unit for a few units [units, B, P], and
                          * the polynomials of their rows of M or columns of Q [units, B, d + 1] */
    double *argument;    /* s r or Delta over a block [B, N], by linalg_panels(), or unused */
    double *recurrent;   /* s W^T of the trial [N, N], by linalg_panels() */
    double *slope;       /* s one row of M or one column of Q over a block [B, N], of other rules */
    double *coefficient; /* s polynomials of all rows of M or columns of Q [B, d + 1, N], or
                          * derivatives of the halves of pairs [pairs, B, N] */
    double *half;        /* s the other halves [pairs, B, N] */
    double *product;     /* s of a pair with powers of the weight, for a few units [units, P, N] */
    double *part;        /* s workspace [N] */
    double *columns;     /* s e^T transposed, or de^T/dW [N, N] */
    double *live;        /* s 0 for a clamped unit, else 1 [N] */
    double *readout;     /* s W_out^T dR/dy of one step, and of the objective [N, 2] */
    double *dot;         /* s R-dot of one step, and of the objective [P, 2] */
    double *decay;       /* weights of the direct term of log tau_e [T] */
    double *reward;      /* R-dot [P] */
    double *objective;   /* dot of the objective [P] */
    double *update;      /* mu-dot [N, P, N] at (i, p, j), by tangent_update() when not NULL */
    bool silent;         /* U = 0 and nothing carried: the state's tangents are all zero */
    struct tangent_single single;
};

/* Local. Takes the memory; `in_single` as in the trial; with `keep_update` also that of mu-dot.
 * STATUS_OK or STATUS_FAILED. */
enum status tangent_create(struct tangent *tangent, const struct rule *rule, int units, int steps,
                           bool in_single, bool keep_update, struct error *error);
void tangent_free(struct tangent *tangent);
double tangent_bytes(const struct rule *rule, int units, int steps, bool in_single);

/* Local. Floating-point operations of a step, over N^2. */
double tangent_flops(const struct rule *rule);

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

/* Local. dW_ij/dp = 0 for all p: a weight that is held fast. */
void tangent_hold(struct tangent *tangent, long i, long j);

/* Local. sum[p] += factor sum_ij x_ij dW_ij/dp. x [N, N]; sum [P]. */
void tangent_correlate(double *sum, struct tangent *tangent, const double *x, double factor);

/* Local. sum_ij (dW_ij/dp)^2. */
double tangent_square(const struct tangent *tangent, long p);

#endif
