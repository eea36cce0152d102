/* Outer loops under test: candidates, their outer loops, and what these tell. */
#ifndef LOOPS_H
#define LOOPS_H

#include "config/config.h"
#include "config/space.h"
#include "search/plan.h"

/* Sizes of loops_text. */
enum {
    CANDIDATES = 4,
    ITERATIONS = 5,
    SEEDS = 3,
    HELD_OUT = 2,
    EVALUATIONS = 4,
    TERMS = 9,
    RULES = 8, /* of an optimizer that decides */
    RUNGS = 8, /* at which candidates are stopped early */
};

/* Degree 2, evaluated every 2 iterations. */
extern const char loops_text[];

/* What the listener was told. */
struct record {
    double theta[CANDIDATES][ITERATIONS + 1][RULE_PARAMETERS];
    double scale[CANDIDATES][RULE_PARAMETERS];
    double gradient[CANDIDATES][ITERATIONS][RULE_PARAMETERS];
    double loss[CANDIDATES][ITERATIONS];
    int used[CANDIDATES][ITERATIONS];
    double held_out[CANDIDATES][EVALUATIONS], accuracy[CANDIDATES][EVALUATIONS];
    int evaluated[CANDIDATES][EVALUATIONS];
    int chosen[CANDIDATES]; /* of candidates with tests */
    struct optimizer_decision decision[CANDIDATES][ITERATIONS][RULES];
    double rule[CANDIDATES][ITERATIONS][RULES][RULE_PARAMETERS];
    struct search_decision at_rung[CANDIDATES][RUNGS]; /* place from 1; 0: none was told */
    int calls;
};

struct loops {
    struct config config;
    struct space space;
    struct search_plan plan;
    struct search *search;
    struct record record; /* of sweeps that loops_open() opened */
};

/* Opens the sweep of `text` and its search, candidates first, first + step, ...; of no more than
 * loops_text's sizes, or loops_open_quietly(), which takes no record. */
void loops_open(struct loops *loops, const char *text, int64_t first, int64_t step);
void loops_open_quietly(struct loops *loops, const char *text);
void loops_close(struct loops *loops);

/* loops_text with more to say in its section meta; until the next call. */
const char *loops_with(const char *meta);

/* A smooth loss of theta that differs from seed to seed; the scale of term p is 1 + p/2. Lifetimes
 * of an iteration count through the seeds at theta, then at each point beside it. */
struct outcome loops_outcome(const struct job *job);

/* Runs all jobs; up to `most` are out at a time, and come back in random order, some of them
 * twice, some handed back first. */
void loops_run(struct loops *loops, unsigned long most, uint64_t random);

#endif
