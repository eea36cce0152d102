/* A small lifetime under test, and what its learner may touch: 8 units, 20 steps of association, 30
 * trials, a smooth reward. */
#ifndef WORLD_H
#define WORLD_H

#include "model/lifetime.h"

struct world {
    struct settings settings;
    struct lifetime lifetime;
    struct learner_site site;
    double theta[RULE_PARAMETERS]; /* the rule at the start */
};

/* The settings alone, with options, "name=value" separated by ";". */
void world_settings(struct settings *settings, const char *options);

/* A begun lifetime of task seed 3; lifetime_free() releases it. Aborts when out of memory. */
void world_create(struct world *world, const char *options, struct lifetime_gradient gradient);

/* The same without a gradient, its first trial run. */
void world_run_first(struct world *world, const char *options);

/* Largest difference of `a` and `b` [count] as a share of the largest value of b; INFINITY if there
 * is none, or anything is not a number. */
double world_deviation(const double *a, const double *b, long count);

#endif
