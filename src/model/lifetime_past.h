/* What a lifetime keeps of its past for the adjoint. Private to the lifetime module. */
#ifndef LIFETIME_PAST_H
#define LIFETIME_PAST_H

#include "model/lifetime.h"

/* H trials, N units. Trials count from the end of the warm-up, before which nothing depends on the
 * rule. Weights are kept for a segment of trials at a time; when the whole lifetime does not fit,
 * the first weights of each segment are kept too and a segment is run again when it is needed. */
struct lifetime_past {
    int trials, segment; /* learning trials; trials a segment */
    double *first;       /* W of the first trial of each segment [segments, N, N] */
    double *weights;     /* W^(h) of the segment at hand [segment, N, N] */
    signed char
        *clipped;     /* sign of what (9) clipped, else 0 [segment, N, N]; NULL without a clip */
    double *trace;    /* xbar^0 of every trial [H, N] */
    double *baseline; /* Rbar before every trial [H, types] */
    double *last;     /* W^(H) [N, N] */

    /* Where memory is left, the states of a segment's first trials are kept too, so that they need
     * not be run again. They are not saved with a lifetime. */
    int states;          /* trials a segment of which they are kept */
    int *known;          /* the trial that a place holds, or -1 [states] */
    unsigned char *kept; /* by trial_keep() [states, bytes] */
};

/* Local. Memory for the past and the adjoint of `lifetime`. STATUS_OK or STATUS_FAILED. */
enum status lifetime_past_create(struct lifetime *lifetime, struct error *error);
void lifetime_past_free(struct lifetime *lifetime);
double lifetime_past_bytes(const struct settings *settings, const struct rule *rule,
                           const struct task_shape *shape);

/* Local. Nothing is known of any trial's states. */
void lifetime_past_forget(struct lifetime_past *past);

/* Local. Keeps what trial `h` needs on the way back; before its weights change. */
void lifetime_past_keep(struct lifetime *lifetime, int h);

/* Local. The states of trial `h`, or NULL: it must be run again. */
const void *lifetime_past_states(const struct lifetime *lifetime, int h);

#endif
