/* Fixed and slow points of a network under constant input, and what its linearisation there says
 * (Sussillo and Barak 2013, Neural Computation 25:626).
 * F(x) = -x + W phi(x) + W_in u + b: the velocity in time constants tau; q = |F|^2 / 2. Clamped
 * units stay where they are; their direction has the eigenvalue -1/tau. N units, I inputs. */
#ifndef LANDSCAPE_H
#define LANDSCAPE_H

#include <stdbool.h>

#include "model/network.h"

#define LANDSCAPE_FIXED 1e-12 /* q below which a point is fixed */
#define LANDSCAPE_SLOW  1e-4  /* a minimum of q below this is a slow point */
#define LANDSCAPE_MERGE 1e-3  /* distance below which two points are the same */

struct landscape_point {
    double *x; /* [N] */
    double q;
    int starts; /* that ended here */
    bool slow;  /* q is a minimum above LANDSCAPE_FIXED */
};

struct landscape {
    int count, most; /* points found, room for them */
    int missed;      /* starts that ended in no point, far away, or for which there was no room */
    struct landscape_point *point;
    double *states; /* memory of the points [most, N] */
};

/* Local. Velocity F of the state x under the input u [I]: velocity [N]; returns q. */
double landscape_velocity(double *velocity, const struct network *network, const double *x,
                          const double *u);

/* Local. (-I + W diag(phi'(x))) / tau in 1/ms: jacobian [N, N]. */
void landscape_jacobian(double *jacobian, const struct network *network, const double *x);

/* Local. Damped Newton search from every row of start [starts, N]; at most `most` points are kept,
 * in the order in which they are found. Points farther from the mean start than twice the farthest
 * start are dropped. Released by landscape_free(). False when memory runs out. */
bool landscape_find(struct landscape *landscape, const struct network *network, const double *u,
                    const double *start, int starts, int most);
void landscape_free(struct landscape *landscape);

/* The linearisation at one point. */
struct landscape_modes {
    double *re, *im;        /* eigenvalues [N], 1/ms, the largest real part first */
    int unstable;           /* with a real part above 0 */
    double slowest_time;    /* 1 / |Re| of the eigenvalue next to 0, ms */
    double henrici;         /* sqrt(|J|^2 - sum |lambda|^2) / |J|: 0 for a normal matrix */
    double readout_overlap; /* |w . v| / |w| for the right eigenvector v of that eigenvalue and the
                               readout row w that overlaps most */
    double *input; /* norm of each column of (-J)^-1 W_in / tau [I]; NaN if J is singular */
    double
        *overlap;  /* |w . v| / |w| of every eigenvector v, with the readout row that overlaps most
                        with it [N], in the order of the eigenvalues; NULL: not wanted */
    double *shift; /* (-J)^-1 W_in / tau [N, I]; NULL: not wanted */
};

/* Local. Fills `modes`, whose arrays belong to the caller. False when memory runs out or LAPACK
 * fails. */
bool landscape_linearise(struct landscape_modes *modes, const struct network *network,
                         const double *x);

/* Local. Noise-free states from x^0 = 0 by (2): state [steps + 1, N] for the inputs [steps, I]. */
void landscape_run(double *state, const struct network *network, const double *input, int steps);

#endif
