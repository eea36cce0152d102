/* Score estimators: the meta-gradient read off the noise in the weights. Private to the lifetime
 * module. */
#ifndef LIFETIME_SCORE_H
#define LIFETIME_SCORE_H

#include "model/lifetime.h"

/* P free parameters. */
struct lifetime_score {
    double *trial;    /* (1/sigma_w) <eps^(h), mu-dot^(h)> of the last trial [P] */
    double *sum;      /* of all trials so far [P] */
    double *weighted; /* each times the objective that was expected then [types, P] */
    double *expected; /* running mean of the objective [types] */
};

/* Local. Memory for the scores of `lifetime`. STATUS_OK or STATUS_FAILED. */
enum status lifetime_score_create(struct lifetime *lifetime, struct error *error);
void lifetime_score_free(struct lifetime *lifetime);
double lifetime_score_bytes(const struct rule *rule, const struct task_shape *shape);

/* Local. Start of a lifetime. */
void lifetime_score_start(struct lifetime *lifetime);

/* Local. Adds `factor` (1/sigma_w) <eps^(h), U> to the score of trial `h`. What (18) adds to the
 * tangents of the weights is the derivative of the mean of (10): so once before (18) with minus
 * the share that (18) keeps, and once after it with 1. */
void lifetime_score_correlate(struct lifetime *lifetime, int h, double factor);

/* Local. Takes the objective of the trial that was run, whose w_h is `weight`: what earlier trials'
 * scores make of it. */
void lifetime_score_reward(struct lifetime *lifetime, double weight);

#endif
