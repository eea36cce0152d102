/* The second derivative of a trial's loss over the recurrent weights, of directions in pairs. Equations
 * (31) to (33). Pure: no MPI, no clock. */
#ifndef HESSIAN_H
#define HESSIAN_H

#include "model/adjoint.h"
#include "model/network.h"
#include "model/trial.h"

/* N units, O outputs, T steps of a trial, B steps a block, K directions. All in double. */
struct hessian {
    int units, outputs, steps, block, directions;
    double *rate;     /* r^0..r^T [T+1, N] */
    double *slope;    /* phi'(x^0..x^T) [T+1, N] */
    double *back;     /* X^0..X^(T-1) of (25), then 0 [T+1, N] */
    double *bend;     /* phi'' times dL/dr, all that follows from the state, of x^0..x^T [T+1, N] */
    double *curve;    /* d^2 L / dy^2 [T, O] */
    double *columns;  /* W transposed [N, N] */
    double *state;    /* chi of a block, from state t0 + 1 on [K, B, N] */
    double *other;    /* what it meets in (32) [K, B, N] */
    double *now;      /* chi of one state [K, N] */
    double *gain;     /* phi' chi of the same [K, N] */
    double *output;   /* y-dot of one step, and half of that times the curvature [2, K, O] */
    double *slope_of; /* J-dot [K] */
    double *sum;      /* half of (32) [K, K] */
};

/* Local. Takes the memory; released by hessian_free(). STATUS_OK or STATUS_FAILED. */
enum status hessian_create(struct hessian *hessian, const struct task_shape *shape, int units,
                           int directions, struct error *error);
void hessian_free(struct hessian *hessian);

/* Local. out [K, K] = V_k' H V_l, symmetric to the last bit, with H the second derivative by W of the
 * loss -J of the trial that trial_run() ran at the weights of `network`; direction V [K, N, N], 0
 * where no synapse exists. `adjoint` as adjoint_trial() left it with loss_weight 1 and reset: either
 * precision. Where J has |y - y*|, its kink counts by a bell of this `width` around it (33); 0: it does
 * not count. */
void hessian_forms(double *out, struct hessian *hessian, const struct trial *trial,
                   const struct network *network, const struct adjoint *adjoint,
                   const struct settings *settings, const double *direction, double width);

#endif
