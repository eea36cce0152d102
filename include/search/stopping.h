/* Early stopping of candidates, and breeding: when they are compared, who goes on, and how many lifetimes
 * that takes. Pure; the same decisions anywhere, since they are made on complete sets in the order of the
 * candidates.
 *
 * The budget of a candidate counts evaluations on the held-out seeds, that of the start rule as 0; in a
 * sweep without meta-iterations, which has that one only, it counts its held-out seeds. A rung is a
 * budget at which all candidates of a bracket that were not stopped yet are compared. Who goes on runs to
 * the next rung, the last ones to the whole budget R:
 *
 *   halving    budgets R/f^s, .., R/f (f meta.stopping.factor), rounded down, the first one at least
 *              meta.stopping.first; of n candidates n/f go on, rounded down, but at least one
 *   hyperband  the same in brackets of s, s - 1, .., 0 rungs, among which the candidates are dealt at
 *              random, (s + 1) f^b / (b + 1) of them to the bracket of b rungs
 *   median     each evaluation is a rung (of seeds those of halving); a candidate whose best evaluation
 *              so far is worse than the median, over the others, of their mean so far is stopped
 *   population each evaluation is a rung; nobody is stopped, but of n candidates the worst n/5, rounded
 *              down but at least one of two, go on from a donor each, drawn from the best n/5: from its
 *              theta, state of the optimizer and scale, with values near its own (sweep_breed())
 *
 * Worse is what search_evaluation_is_better() says; of equal ones the lower number goes on. Halving
 * compares what candidates would stand on if they ended here: with test seeds their best evaluation,
 * else the last. In a population the last one counts, here and at the end, since earlier ones were of
 * other values.
 *
 * Repeats of a candidate are compared as one, by what they came to together, and go on or are stopped
 * together.
 *
 * Jamieson and Talwalkar, AISTATS 2016; Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, JMLR 18:185,
 * 2018; Golovin, Solnik, Moitra, Kochanski, Karro and Sculley, KDD 2017; Jaderberg et al., arXiv 1711.09846. */
#ifndef SEARCH_STOPPING_H
#define SEARCH_STOPPING_H

#include "search/search.h"

enum { SEARCH_BRACKETS = 32 }; /* at the most: 2^31 is beyond any budget */

/* Of a sweep whose candidates all have the same budget. */
struct search_stopping {
    int rule;      /* STOPPING_NONE: no more is known */
    bool by_seeds; /* the budget counts held-out seeds, not evaluations */
    int64_t factor;
    int32_t first, whole;          /* earliest rung; R */
    int32_t rungs;                 /* of the bracket that has the most, which is bracket 0 */
    int32_t brackets;              /* each has one rung less than the one before */
    int64_t size[SEARCH_BRACKETS]; /* candidates of each, repeats of one counted as one */
    unsigned char *bracket;        /* of each candidate, likewise; NULL: all are in bracket 0 */
    int repeats;                   /* of a candidate, in a row */
    uint64_t seed;                 /* of what is drawn */
};

/* Local. What `settings`, which all candidates share in this, make of `candidates` with `extent`, of
 * which `repeats` in a row are compared as one.
 * STATUS_OK; STATUS_FAILED: out of memory, and nothing held. */
enum status search_stopping_create(struct search_stopping *stopping,
                                   const struct settings *settings,
                                   const struct search_extent *extent, int64_t candidates,
                                   int repeats, struct error *error);
void search_stopping_free(struct search_stopping *stopping);

/* Local. Which bracket a candidate is in, how many rungs that has, and the budget at rung
 * `rung`, of the whole behind the last. */
int32_t search_stopping_bracket(const struct search_stopping *stopping, int64_t candidate);
int32_t search_stopping_rungs(const struct search_stopping *stopping, int32_t bracket);
int32_t search_stopping_budget(const struct search_stopping *stopping, int32_t bracket,
                               int32_t rung);

/* Local. Of `count` candidates at a rung, how many go on; by the median rule, how many at least. */
int64_t search_stopping_kept(const struct search_stopping *stopping, int64_t count);

/* Local. How many of these go on from a donor, which is one of as many; 0 but in a population. */
int64_t search_stopping_bred(const struct search_stopping *stopping, int64_t count);

/* Local. The lifetimes of a kind that a candidate which was stopped at a budget has run. */
int64_t search_stopping_ran(const struct search_extent *extent, int32_t budget, int32_t kind);

/* Local. The lifetimes of a kind in the whole sweep, at the least and at the most. They differ with the
 * median rule only. */
void search_stopping_lifetimes(int64_t range[2], const struct search_stopping *stopping,
                               const struct search_extent *extent, int64_t candidates,
                               int32_t kind);

/* The loss of a candidate, over the seeds that stayed finite. */
struct search_score {
    double loss; /* NAN: none did */
    int32_t finite;
};

/* Local. Whether a score is better than another: search_evaluation_is_better(). */
bool search_score_is_better(const struct search_score *a, const struct search_score *b);

/* Local. What repeats came to together: the mean of `score` [repeats] over those in which a seed stayed
 * finite, and how many seeds did. */
struct search_score search_score_join(const struct search_score *score, int repeats);

/* What a candidate came to. */
struct search_result {
    int64_t candidate;
    struct search_score score;
};

/* Local. Of two struct search_result, or of what begins with one, for qsort(): the better first, of equal
 * ones the lower number. */
int search_result_compare(const void *a, const void *b);

/* A candidate at a rung, and what is decided of it. */
struct search_contender {
    int64_t candidate;
    struct search_score own;  /* by which it is judged */
    struct search_score mean; /* of the median rule: with which others are compared */
};
struct search_decision {
    bool kept;
    int32_t place; /* among the contenders, 0 is the best */
    struct search_score own;
    struct search_score
        threshold; /* of the last one that goes on, in a population by itself; of the
                                    * median rule the median of the others, NAN and 0 without others */
    int64_t donor; /* candidate from which it goes on; -1: from itself */
};

/* Local. Decides at rung `rung` on the contenders [count], which are in the order of their numbers:
 * decision [count]. STATUS_OK or STATUS_FAILED (out of memory). */
enum status search_stopping_decide(struct search_decision *decision,
                                   const struct search_stopping *stopping, int32_t rung,
                                   const struct search_contender *contender, int64_t count);

#endif
