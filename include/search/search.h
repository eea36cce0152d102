/* The outer loops of all candidates as one state machine: what can run now, and what follows from
 * what came back. Pure: the same jobs' outcomes lead to the same thetas in any order of arrival. */
#ifndef SEARCH_H
#define SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "config/space.h"
#include "model/lifetime.h"
#include "search/optimizer.h"

/* Local. Makes all tasks, learners, optimizers and estimators known to the parameter table. Call once
 * at the start, before anything is parsed. */
void search_register(void);

enum job_kind {
    JOB_SCALE = 0,    /* measure the normalisation s_kl; iteration and seed are 0 */
    JOB_TRAIN = 1,    /* a lifetime on a training seed; see search_gradient() */
    JOB_EVALUATE = 2, /* a lifetime without, on a held-out seed; `iteration` counts evaluations */
    JOB_TEST = 3,     /* a lifetime without, on a test seed; `iteration` says of which rule */
    JOB_KINDS = 4,
};

/* The rules that are tested, each on all test seeds. */
enum search_tested {
    TESTED_START,  /* that of iteration 0 */
    TESTED_CHOSEN, /* the best one of all evaluations */
    TESTED_RULES,
};

/* One lifetime to run. */
struct job {
    int64_t candidate;
    int32_t kind;
    int32_t iteration; /* meta-iteration; of JOB_EVALUATE the index of the evaluation, of JOB_TEST
                          enum search_tested */
    int32_t seed;      /* index of the training, held-out or test seed; see struct search_extent */
    int32_t parameters;
    double theta[RULE_PARAMETERS]; /* raw coordinates */
    double point[SWEEP_NUMBERS];   /* where the candidate lies, of a method that learns */
};

/* What is left of a lifetime when its bulk has gone to the archive. */
struct outcome {
    int64_t candidate;
    int32_t kind, iteration, seed;
    int32_t state; /* enum lifetime_state */
    int32_t trials_to_criterion;
    int32_t rank; /* that ran it; outside the promise */
    double loss, accuracy;
    double frozen_loss, frozen_accuracy; /* after the last trial, without plasticity and noise */
    double seconds;                      /* outside the promise */
    double gradient[RULE_PARAMETERS];    /* raw coordinates; of JOB_SCALE the scale s */
};

/* Whether its learning stayed finite, so that it has a loss. */
static inline bool search_learned(const struct outcome *outcome)
{
    return outcome->state == LIFETIME_DONE || outcome->state == LIFETIME_GRADIENT_DIVERGED;
}

/* Sizes of one candidate's outer loop. An estimator or optimizer that compares losses has every
 * iteration run at several points, theta itself and others around it: lifetime i of the iteration
 * is that of training seed i % meta.seeds at point i / meta.seeds, point 0 being theta. */
struct search_extent {
    int32_t iterations;  /* M */
    int32_t seeds;       /* lifetimes of an iteration: S times the points */
    int32_t points;      /* theta itself included */
    int32_t challengers; /* of these, rules whose fate is told: see optimizer_decision */
    int32_t evaluations; /* E: at iteration 0, every `every`, and M; 0 without held-out seeds */
    int32_t every;       /* iterations between evaluations */
    int32_t held_out;    /* V */
    int32_t tests;       /* test seeds; 0 without held-out seeds, on which to choose */
    int32_t tested;      /* rules that are tested: 1 where only the start rule is evaluated */
};

/* Local. The extent that `settings` asks for. */
struct search_extent search_extent(const struct settings *settings);

/* Local. The same where the rule's free parameters are counted already. */
struct search_extent search_extent_of(const struct settings *settings, int parameters);

/* Local. How many lifetimes of this kind the candidate has in all; the scale is none. */
int64_t search_lifetimes(const struct search_extent *extent, int32_t kind);

/* Local. The meta-iteration of evaluation `evaluation` (its theta is theta^iteration). */
int32_t search_evaluated_iteration(const struct search_extent *extent, int32_t evaluation);

/* Local. Whether an evaluation is better than another: more of its lifetimes stayed finite, or as
 * many, and their mean loss is smaller. Of equal ones the earlier is chosen. */
bool search_evaluation_is_better(int finite, double loss, int other_finite, double other_loss);

/* Local. The task seed of a job: training seeds are 0, 1, ... (the same in every iteration unless
 * fresh ones are asked for); held-out seeds never meet them, and test seeds neither. */
uint64_t search_task_seed(const struct settings *settings, const struct job *job);

/* Local. How the lifetime of a job has to carry its derivatives: those of training at theta itself as the
 * estimator says, others not. */
struct lifetime_gradient search_gradient(const struct settings *settings, const struct job *job);

/* Local. The task seed of seed 0, 1, ... of a pilot: no sweep trains or tests on it. */
uint64_t search_pilot_seed(int64_t seed);

/* Local. The task seed of a network that something is measured of and nothing is learned for: it never
 * meets those of jobs or pilots. */
uint64_t search_measured_seed(int64_t network);

struct search_decision;

/* Told when a candidate's iteration, evaluation or scale is complete; for the archive. Functions
 * may be NULL. */
struct search_listener {
    void *context;
    /* theta [parameters] (raw) of iteration `iteration` is known; iteration 0 is the start. */
    void (*theta)(void *context, int64_t candidate, int32_t iteration, const double *theta,
                  int parameters);
    void (*scale)(void *context, int64_t candidate, const double *scale, int parameters);
    /* Mean loss, without the penalty, over the seeds whose learning stayed finite (NAN: none); mean
     * gradient (normalised coordinates, as the optimizer saw it) over the `used` seeds whose
     * gradient is finite as well. An optimizer that compares rules sees no gradient: NAN, and the
     * seeds whose learning stayed finite. */
    void (*iteration)(void *context, int64_t candidate, int32_t iteration, double loss,
                      const double *gradient, int used, int parameters);
    /* Means over the `used` held-out seeds whose learning stayed finite; NAN: none. */
    void (*evaluation)(void *context, int64_t candidate, int32_t evaluation, double loss,
                       double accuracy, int used);
    /* The meta-iteration whose rule was chosen to be tested: all evaluations are complete. */
    void (*choice)(void *context, int64_t candidate, int32_t iteration);
    /* What an optimizer that decides (search/optimizer.h) made of the `count` rules beside theta in an
     * iteration; their theta [count, parameters], raw. */
    void (*decisions)(void *context, int64_t candidate, int32_t iteration,
                      const struct optimizer_decision *decision, const double *theta, int count,
                      int parameters);
    /* A method that learns has placed the candidate (config/sweep.h); not told of the first ones,
     * which are known before the search. */
    void (*place)(void *context, int64_t candidate);
    /* What was decided of the candidate at a rung (search/stopping.h); told of all that were compared
     * there, in the order of their numbers. */
    void (*stopping)(void *context, int64_t candidate, int32_t rung,
                     const struct search_decision *decision);
};

struct search; /* opaque */
struct search_plan;

/* Local. All outer loops at their start, but where the method learns: there the candidates of a later
 * generation begin when all of those before were evaluated for the last time, in the plan's table of
 * points, which every search over the same sweep fills in alike. Candidates first, first + step, ...
 * only (a shard). `plan` must outlive it; `listener` is copied and may be NULL. NULL when out of
 * memory (error says so). Takes about 200 bytes a candidate, and some 40 bytes a free parameter more
 * while it is at work (CMA-ES: 16 bytes a pair of them); gradients of the seeds are held only while
 * their iteration is under way. */
struct search *search_create(const struct search_plan *plan, int64_t first, int64_t step,
                             const struct search_listener *listener, struct error *error);
void search_free(struct search *search);

/* Local. Takes the next job that can run out of the queue: returned ones first, then training of
 * the candidate with the largest cost left, evaluations when nothing else can run, then tests. False:
 * none can run now. O(log candidates). */
bool search_next(struct search *search, struct job *job);

/* Local. How many jobs search_next() could give now, one after the other. */
int64_t search_waiting(const struct search *search);

/* Local. Puts a job that was taken back at the head of the queue (its worker is gone). */
void search_return(struct search *search, const struct job *job);

/* Local. Takes an outcome and calls the listener. A second outcome of the same job is ignored
 * (returns false): results are bit-equal, so a duplicate is harmless. So is one that is too early,
 * whose iteration has not begun. The job need not have been handed out: a resumed run feeds all
 * committed outcomes, over and over until a pass in which none is taken; one pass does if the
 * scales come first, then the lifetimes by iteration, then the evaluations, then the tests, and no
 * candidate waits for others at a rung. */
bool search_take(struct search *search, const struct outcome *outcome);

/* Local. Jobs in all, jobs done; of these the lifetimes (the scale is none), those that diverged or
 * whose gradient did, and those that could not be run. Of candidates that will be stopped early only what
 * they run is counted where that is known; where it is not, `most` says that there may be less. */
struct search_progress {
    int64_t jobs, done;
    int64_t lifetimes, lifetimes_done, diverged, failed;
    double cost, cost_done; /* in floating-point operations, for the time left */
    bool most;
};
struct search_progress search_progress(const struct search *search);

/* The best candidate so far, or the best repeats of one: finite on every seed, of the smallest loss, which
 * is that on held-out seeds if the sweep has some. The same that archive/standing.h calls the best once
 * candidates have ended; before, what the best one of the others was last evaluated at. */
struct search_best {
    double loss, error; /* and its standard error over seeds or repeats; NAN: not known */
    bool ended;
};

/* Local. O(candidates). */
struct search_best search_best(const struct search *search);

/* Local. Whether all jobs are done. */
bool search_finished(const struct search *search);

/* Local. Whether memory ran out under way: some candidates cannot go on. */
bool search_broken(const struct search *search);

/* Local. Cost of one job, in floating-point operations; the mean over the points of an
 * iteration. `rule` is that of `settings`. */
double search_cost(const struct settings *settings, const struct rule *rule, int32_t kind);

#endif
