/* The state of the outer loops, and the steps of one. Private to the search module. */
#ifndef SEARCH_OUTER_H
#define SEARCH_OUTER_H

#include "search/heap.h"
#include "search/plan.h"

enum mark { MARK_WAITING, MARK_HANDED, MARK_DONE };

struct round {
    struct search_node node; /* first, so that a node is its round */
    struct outer *outer;
    struct round *next; /* evaluation and test rounds of the same candidate */
    int32_t kind, iteration, seeds;
    int32_t points;          /* share the seeds */
    int32_t open;            /* seeds that may run, from the first on; the others wait for a rung */
    int32_t cursor;          /* no seed before it is waiting */
    int32_t waiting, done;   /* seeds */
    struct results *results; /* taken when the first job goes out or its outcome comes in */
    double theta[];          /* [points, parameters], raw; empty for a scale */
};

/* What came back so far [seeds]. */
struct results {
    double *loss, *accuracy; /* NAN where learning diverged */
    double *gradient;        /* [seeds / points, parameters], of a training round */
    bool *usable;            /* has a gradient */
    unsigned char *mark;     /* enum mark */
};

/* What a candidate stands on so far, as the archive ranks it (archive/standing.h). */
struct stand {
    double loss, error; /* over the seeds that stayed finite; NAN: none did, fewer than two */
    int32_t round;      /* evaluation, or meta-iteration in a sweep without held-out seeds */
    bool known, whole;  /* it stands on something; and there all seeds stayed finite */
    bool ended;         /* nothing comes after it */
};

/* One candidate's outer loop. */
struct outer {
    int64_t candidate;
    const struct search_candidate *plan;
    int32_t parameters;
    int32_t steps;             /* of the optimizer */
    struct round *round;       /* scale or training under way; NULL: finished */
    struct round *evaluations; /* under way, and tests */
    struct round *best;        /* of the complete evaluations, if there will be tests; else NULL */
    int32_t evaluated;         /* complete evaluations, likewise */
    int32_t rung;              /* the next one, in a sweep that stops candidates */
    int32_t scored;            /* complete evaluations, likewise */
    bool stopped;              /* early */
    double *theta;             /* normalised [parameters]; NULL before the scale is known */
    double *scale, *optimizer; /* s and the optimizer's state, in the same memory */
    double *guide;             /* [guides, parameters], the last first; likewise */
    int32_t numbers;           /* in this memory */
    int32_t guides;            /* known */
    struct optimizer_metric metric; /* its factor too; NULL: there is none */
    struct stand stand;
};

/* Candidates before `end` have begun, of which `open` are not complete. */
struct generation {
    int64_t end, open;
    struct search_score *score; /* [candidates]; NULL, as all, unless the method learns */
    struct search_result *came; /* [samples], the best first, their repeats together */
    int32_t *place;             /* [samples], as they came out */
};

/* The candidates of this search that are in one bracket and not stopped. */
struct bracket {
    int32_t rung;                     /* the next one */
    int64_t live, waiting;            /* all of them, and those that reached it */
    double train_cost, evaluate_cost; /* sums over all of them, of a lifetime each */
};

struct search {
    const struct search_plan *plan;
    struct search_listener listener;
    int64_t first, step, outers;
    struct outer *outer;
    struct generation generation;
    struct search_heap heap;         /* rounds with waiting jobs */
    int64_t waiting;                 /* jobs */
    struct search_progress progress; /* as if no more candidates were stopped */
    struct bracket bracket[SEARCH_BRACKETS];
    struct search_score
        *score; /* [outers, evaluations], in a sweep that stops candidates; else NULL */
    bool broken;
    bool held_out;            /* candidates stand on evaluations */
    int64_t at_hand;          /* candidate; -1: none */
    struct settings settings; /* its settings and rule */
    struct rule rule;
};

/* Local. Begins a round of `seeds`, of which `open` may run, at `theta` (NULL: none); further points are the
 * caller's to fill in. NULL when out of memory. */
struct round *search_round_begin(struct search *search, struct outer *outer, int32_t kind,
                                 int32_t iteration, int32_t seeds, int32_t open, int32_t points,
                                 const double *theta);

/* Local. Lets more seeds run, up to `open`. */
void search_round_open(struct search *search, struct round *round, int32_t open);

/* Local. Takes the memory of the results; false when out of memory. */
bool search_round_results(struct search *search, struct round *round);

/* Local. A seed of the round is waiting no more. */
void search_round_take(struct search *search, struct round *round);

void search_round_free(struct round *round);

/* Local. Releases theta and what belongs to it; and all that the candidate holds. */
void search_outer_release(struct outer *outer);
void search_outer_free(struct outer *outer);

/* Local. Adds the outer loops to their brackets. False when out of memory. */
bool search_rungs_create(struct search *search);

/* Local. Whether the candidate has a rung ahead, at budget `budget` or at any (-1). */
bool search_rungs_ahead(const struct search *search, const struct outer *outer, int32_t budget);

/* Local. Takes what a complete evaluation found, or one on as many seeds as are open. At a rung it may be
 * the last that its bracket waits for: then candidates go on or are stopped, this one too. */
void search_rungs_evaluated(struct search *search, struct outer *outer, int32_t evaluation,
                            struct search_score score);

/* Local. Takes off the jobs of candidates that will be stopped, as far as that is known. */
void search_rungs_expect(const struct search *search, struct search_progress *progress);

/* Local. Takes what is complete of a candidate: losses [seeds] of round `round`, the last one if `ended`. */
void search_stand(struct outer *outer, const double *loss, int seeds, int32_t round, bool ended);

/* Local. theta^0 in both coordinates: of the rule of `search`, out `raw` [parameters]. A raw start
 * is kept to the bit. */
void search_outer_start(const struct search *search, struct outer *outer, double *raw);

/* Local. Numbers of the metric, 0 if the optimizer's steps are not measured in one; and fills it in: that of
 * the candidate's measurement, or of normalised coordinates if nothing was found. */
size_t search_outer_metric(const struct search *search);
void search_outer_take_metric(const struct search *search, struct outer *outer, double *factor);

/* Local. The optimizer, with its steps so far. */
struct optimizer search_outer_optimizer(const struct outer *outer);

/* Local. Fills in the points of a training round besides the first. */
void search_outer_points(const struct search *search, struct round *round);

/* Local. The step that follows from a complete training round: theta and the optimizer's state of
 * `outer`, and theta in raw coordinates, out `raw` [parameters]. `mean` [parameters] is what the
 * optimizer saw, see struct search_listener; returns how many seeds count. */
int search_outer_step(struct search *search, struct outer *outer, const struct round *round,
                      double *mean, double *raw);

/* Local. Keeps a complete evaluation if it is the best one so far (in a population the last), whatever order
 * they come in; returns the one that is needed no more, or NULL. */
struct round *search_outer_choose(const struct search *search, struct outer *outer,
                                  struct round *round);

/* Local. Puts the settings and the rule of a candidate at hand, until the next call. */
void search_outer_look_up(struct search *search, const struct outer *outer);

/* Local. Takes the memory of theta and what belongs to it, by the settings at hand; false when out of
 * memory. And has a candidate go on from all that another one of the same sizes has there. */
bool search_outer_take_memory(const struct search *search, struct outer *outer);
void search_outer_copy(struct search *search, struct outer *outer, const struct outer *donor);

/* Local. Mean of the finite ones among `x` [count], and how many they are; NAN if none is. */
double search_outer_mean(const double *x, int count, int *used);

#endif
