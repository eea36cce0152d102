/* What each candidate of a sweep asks for, worked out once, while the sweep is checked. The commands,
 * the search and the archive read it here; whole settings are made again (space_settings()) only for
 * the lifetime or the step at hand. */
#ifndef SEARCH_PLAN_H
#define SEARCH_PLAN_H

#include "search/choice.h"
#include "search/measured.h"
#include "search/search.h"
#include "search/stopping.h"

/* Recordings, as bits: when, in the order of record.representations and record.weights. */
enum { SEARCH_BEFORE = 1, SEARCH_FIRST = 2, SEARCH_LAST = 4, SEARCH_WHENS = 3 };

/* One candidate. */
struct search_candidate {
    struct search_extent extent;
    struct task_shape shape;
    int32_t units, trials; /* N, H */
    int32_t recorded;      /* steps of a trial */
    int32_t free;          /* its free parameters, in search_plan.free */
    int32_t measured; /* its measurement before the search, in search_plan.measurement; -1: none */
    bool scaled;      /* the scale is measured first */
    unsigned char representations, weights; /* bits; 0 without evaluations */
    double interval;                        /* ms between recorded steps */
    double train_cost, evaluate_cost;       /* of a lifetime, see search_cost() */
    double ways[2]; /* its train_cost by tangents, by the adjoint: the same if it says one */
};

/* Free parameters; most candidates of a sweep have the same ones. */
struct search_free {
    int32_t parameters;
    char name[RULE_PARAMETERS][RULE_NAME];
};

/* What is measured before the search, for all candidates that agree in what it depends on. */
struct search_measurement {
    uint64_t key;             /* space_key() */
    int64_t candidate;        /* the first of them */
    int32_t networks, stages; /* of each network */
    double cost;              /* in floating-point operations */
};

/* About 150 bytes a candidate, and 8 for each swept parameter. */
struct search_plan {
    const struct space *space;          /* not owned */
    struct search_candidate *candidate; /* [candidates] */
    double *value; /* [candidates, axes]: the swept numbers, NAN where it is no number */
    int32_t frees;
    struct search_free *free; /* [frees], each another one */
    struct rule all;          /* has all their parameters */
    int32_t measurements;
    struct search_measurement *measurement; /* [measurements], each another key */
    const struct measured *measured; /* [measurements], not owned, from when it is known; NULL */
    double bytes;                    /* of the largest lifetime */
    double ways[2];                  /* the same by tangents, by the adjoint */
    struct search_choice choice;
    struct search_stopping stopping;
};

/* Local. Counts, resolves and checks the candidates of `config` like space_create(), fills `space` and
 * the plan, and settles meta.gradient in the base settings of `config` if the file leaves it open;
 * `config` and `space` must outlive the plan. STATUS_OK; or STATUS_USAGE or STATUS_FAILED (out of
 * memory), and nothing held. */
enum status search_plan_create(struct search_plan *plan, struct space *space, struct config *config,
                               const settings_check *checks, struct error *error);
void search_plan_free(struct search_plan *plan);

/* Local. Settles it the other way after all. */
void search_plan_settle(struct search_plan *plan, struct config *config, int gradient);

/* Local. What the plan says of a candidate with these settings, whose rule `rule` is, but for the work
 * of training, its free parameters and its measurement. */
void search_plan_fill(struct search_candidate *candidate, const struct settings *settings,
                      const struct rule *rule);

/* Local. Free parameters of a candidate. */
const struct search_free *search_plan_parameters(const struct search_plan *plan, int64_t candidate);

/* Local. Steps between two recorded ones. */
int32_t search_stride(const struct settings *settings);

#endif
