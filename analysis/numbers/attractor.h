/* Where a network goes under constant input and stays: fixed points, limit cycles, tori, chaos, told
 * apart by Lyapunov exponents and by whether the orbit comes back. Newton's method sees the first
 * kind only. The exponents are those of the map (2) by which the network steps, one over the time of
 * a step: Benettin et al. 1980, Meccanica 15:9, by products of Jacobians and Gram-Schmidt. N units,
 * I inputs. */
#ifndef ATTRACTOR_H
#define ATTRACTOR_H

#include <stdbool.h>

#include "model/network.h"

/* An exponent counts as 0 if over the whole observed time it changes lengths by less than
 * e^ATTRACTOR_ZERO. A return is a cycle's if it comes within ATTRACTOR_RETURN of the orbit's extent. */
#define ATTRACTOR_ZERO   5.0
#define ATTRACTOR_RETURN 0.05

enum { ATTRACTOR_EXPONENTS = 4 }; /* the leading ones */

enum attractor_kind {
    ATTRACTOR_POINT, /* q fell below LANDSCAPE_FIXED, and no exponent is above 0 */
    ATTRACTOR_CYCLE, /* returns again and again after one period, and no exponent is above 0 */
    ATTRACTOR_TORUS, /* two exponents or more are 0, none above, and it does not return */
    ATTRACTOR_CHAOS, /* an exponent is above 0, and it does not return */
    ATTRACTOR_OPEN,  /* none of these within the time */
    ATTRACTOR_KINDS
};

struct attractor {
    enum attractor_kind kind;
    double exponent[ATTRACTOR_EXPONENTS]; /* 1/ms, the largest first; NaN: the network is smaller */
    double period;                        /* ms; NaN: no cycle */
    double extent;     /* root of the mean squared distance of the orbit from its mean */
    int starts;        /* that ended here */
    double *mean, *sd; /* of each unit along the orbit [N] */
};

struct attractors {
    int count;
    struct attractor *attractor; /* in the order of their first start */
    double *memory;
};

/* Local. Lets the network run from every row of start [starts, N] under the input u [I], `settle`
 * steps, then looks at `observe` steps, and at two or four times as many of an orbit whose kind is
 * not clear yet. Starts whose orbits have nearly the same mean and standard deviations count as one
 * attractor. Released by attractor_free(). False when memory runs out. */
bool attractor_find(struct attractors *out, const struct network *network, const double *u,
                    const double *start, int starts, int settle, int observe);
void attractor_free(struct attractors *attractors);

#endif
