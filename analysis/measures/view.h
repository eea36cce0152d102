/* A network of the study, run without noise in every condition: its states, their principal
 * components, and the constant inputs that occur. */
#ifndef MEASURE_VIEW_H
#define MEASURE_VIEW_H

#include "measures/measure.h"

enum {
    MEASURE_CONTEXTS = 16, /* constant inputs at the most: context */
    MEASURE_MOMENTS = 2,   /* before and after learning: moment */
};

/* One example at one moment. */
struct measure_view {
    int example, moment;
    const struct study_candidate *candidate;
    struct network network;
    double *input;      /* [types, T, I] */
    double *state;      /* noise-free states [types, T + 1, N] */
    int contexts;       /* constant inputs that last for two steps or more */
    double *context;    /* [MEASURE_CONTEXTS, I] */
    double *mean;       /* state [N] */
    double *axis;       /* principal components of the states [MEASURE_AXES, N] */
    double range[2][2]; /* of the states on the first two axes, with a margin */
};

/* Local. Runs the network before (moment 0) or after learning (1). False when it cannot be done,
 * which `why` says; nothing is held then. */
bool measure_view_open(struct measure_view *view, const char **why, const struct study *study,
                       int example, int moment);
void measure_view_close(struct measure_view *view);

/* Local. An earlier example whose network before learning is the same, -1 if none: rules are compared
 * from the same start. */
int measure_view_twin(const struct study *study, int example);

/* Local. State x^t of a condition [N]. */
const double *measure_view_state(const struct measure_view *view, int type, int t);

/* Local. The context of step t, -1 if none. */
int measure_view_context(const struct measure_view *view, int type, int t);

/* Local. Visited states of a context, evenly spread: start [count, N]. Noise of 0.1 is added to every
 * other one, or to all. False when memory runs out. */
bool measure_view_starts(double *start, int count, const struct measure_view *view, int context,
                         bool all);

/* Local. The scales moment and context. */
void measure_view_scales(const struct study *study, struct output *output);

/* Local. out [MEASURE_AXES]: the state in the principal components. */
void measure_view_project(double *out, const struct measure_view *view, const double *x);

#endif
