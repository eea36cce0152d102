/* Outer loops as rounds. A round is the set of jobs of one kind at one theta: the measurement of
 * the scale (one job), the S training lifetimes of an iteration, or the V held-out lifetimes of an
 * evaluation. A candidate has one scale or training round at a time, and any number of evaluation
 * rounds beside it, which nothing waits for but, with test seeds, the test of the rule that is best in
 * them. What follows from a round is computed when its last
 * outcome is there, from its results in seed order: so the order of arrival cannot matter.
 *
 * The training round of an iteration that compares losses has several points, theta first; its
 * seeds count through the points.
 *
 * Rounds with jobs that can run stand in one binary heap. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/estimator.h"
#include "search/generation.h"
#include "search/outer.h"

/* ---- rounds ---- */

static void round_free(struct round *round)
{
    if (round == NULL)
        return;
    free(round->results);
    free(round);
}

/* Begins a round, at `theta`; further points are the caller's to fill in. NULL when out of memory.
 * Evaluations come after all training, whatever it costs, and tests after them. */
static struct round *round_begin(struct search *search, struct outer *outer, int32_t kind,
                                 int32_t iteration, int32_t seeds, int32_t points,
                                 const double *theta)
{
    size_t numbers = theta != NULL ? (size_t)outer->parameters : 0;
    struct round *round = calloc(1, sizeof *round + (size_t)points * numbers * sizeof *theta);
    if (round == NULL) {
        search->broken = true;
        return NULL;
    }
    round->outer = outer;
    round->kind = kind;
    round->iteration = iteration;
    round->seeds = round->waiting = seeds;
    round->points = points;
    if (theta != NULL)
        memcpy(round->theta, theta, numbers * sizeof *theta);
    round->node.candidate = outer->candidate;
    round->node.iteration = iteration;
    // The cost that the candidate has left, so that the longest loop never waits at the end of a
    // sweep; 1 more, so that training comes before evaluations even where it costs nothing.
    if (kind == JOB_TEST)
        round->node.priority = -1;
    else if (kind != JOB_EVALUATE)
        round->node.priority = 1 + outer->plan->train_cost * outer->plan->extent.seeds *
                                       (outer->plan->extent.iterations - iteration);
    if (!search_heap_add(&search->heap, &round->node)) {
        search->broken = true;
        free(round);
        return NULL;
    }
    search->waiting += seeds;
    return round;
}

static void begin_training(struct search *search, struct outer *outer, int32_t iteration,
                           const double *theta)
{
    const struct search_extent *extent = &outer->plan->extent;
    outer->round =
        round_begin(search, outer, JOB_TRAIN, iteration, extent->seeds, extent->points, theta);
    if (outer->round != NULL)
        search_outer_points(search, outer->round);
}

/* Begins a round beside the training. */
static void begin_aside(struct search *search, struct outer *outer, int32_t kind, int32_t number,
                        int32_t seeds, const double *theta)
{
    struct round *round = round_begin(search, outer, kind, number, seeds, 1, theta);
    if (round == NULL)
        return;
    round->next = outer->evaluations;
    outer->evaluations = round;
}

/* Begins the evaluation of theta^iteration, if it is one of those to be evaluated. */
static void begin_evaluation(struct search *search, struct outer *outer, int32_t iteration,
                             const double *theta)
{
    const struct search_extent *extent = &outer->plan->extent;
    int32_t evaluation = iteration > 0 ? (iteration - 1) / extent->every + 1 : 0;
    if (extent->held_out == 0 || search_evaluated_iteration(extent, evaluation) != iteration)
        return;
    begin_aside(search, outer, JOB_EVALUATE, evaluation, extent->held_out, theta);
}

static void begin_test(struct search *search, struct outer *outer, int32_t rule,
                       const double *theta)
{
    const struct search_extent *extent = &outer->plan->extent;
    if (rule < extent->tested)
        begin_aside(search, outer, JOB_TEST, rule, extent->tests, theta);
}

/* Takes the memory of a round's results, one block. Not before its first job goes out: of a
 * sweep of a million candidates only those at work hold any. */
static bool take_results(struct search *search, struct round *round)
{
    if (round->results != NULL)
        return true;
    size_t seeds = (size_t)round->seeds;
    size_t gradient = round->kind == JOB_TRAIN
                          ? seeds / (size_t)round->points * (size_t)round->outer->parameters
                          : 0;
    struct results *results = calloc(1, sizeof *results + (2 * seeds + gradient) * sizeof(double) +
                                            2 * seeds * sizeof(bool));
    if (results == NULL) {
        search->broken = true;
        return false;
    }
    results->loss = (double *)(results + 1);
    results->accuracy = results->loss + seeds;
    results->gradient = results->accuracy + seeds;
    results->usable = (bool *)(results->gradient + gradient);
    results->mark = (unsigned char *)(results->usable + seeds);
    round->results = results;
    return true;
}

/* A seed of the round is waiting no more. */
static void stop_waiting(struct search *search, struct round *round)
{
    search->waiting--;
    if (--round->waiting == 0)
        search_heap_remove(&search->heap, &round->node);
}

/* ---- what follows from a complete round ---- */

/* The settings and rule of a candidate, at hand until the next call. */
static void look_up(struct search *search, const struct outer *outer)
{
    if (search->at_hand == outer->candidate)
        return;
    search->at_hand = outer->candidate;
    space_settings(search->plan->space, outer->candidate, &search->settings);
    rule_create(&search->rule, &search->settings);
}

static void release_numbers(struct outer *outer)
{
    free(outer->theta);
    outer->theta = NULL;
}

/* The scale is known (NULL: 1): theta^0, its evaluation, the first iteration. Entries that are no
 * positive number, and those of the time constants, are 1. */
static void begin_outer(struct search *search, struct outer *outer, const double *scale)
{
    size_t parameters = (size_t)outer->parameters;
    double raw[RULE_PARAMETERS];

    outer->round = NULL;
    const struct optimizer_method *method = optimizer_of(&search->settings);
    size_t numbers = (size_t)method->numbers(&search->settings, outer->parameters);
    size_t guides = (size_t)estimator_guides(estimator_of(&search->settings), &search->settings);
    size_t all = (2 + guides) * parameters + numbers + search_outer_metric(search);
    outer->theta = calloc(all + 1, sizeof *outer->theta);
    if (outer->theta == NULL) {
        search->broken = true;
        return;
    }
    outer->scale = outer->theta + parameters;
    outer->guide = outer->scale + parameters;
    outer->optimizer = outer->guide + guides * parameters;
    for (int p = 0; p < outer->parameters; p++) {
        bool good = scale != NULL && p < search->rule.terms && isfinite(scale[p]) && scale[p] > 0;
        outer->scale[p] = good ? scale[p] : 1;
    }
    if (search->listener.scale != NULL)
        search->listener.scale(search->listener.context, outer->candidate, outer->scale,
                               outer->parameters);
    search_outer_start(search, outer, raw);
    if (search_outer_metric(search) > 0)
        search_outer_take_metric(search, outer, outer->optimizer + numbers);
    struct optimizer optimizer = search_outer_optimizer(outer);
    if (method->start != NULL)
        method->start(&optimizer, outer->theta, outer->parameters, &search->settings);
    if (search->listener.theta != NULL)
        search->listener.theta(search->listener.context, outer->candidate, 0, raw,
                               outer->parameters);
    begin_evaluation(search, outer, 0, raw);
    begin_test(search, outer, TESTED_START, raw);
    if (outer->plan->extent.iterations > 0)
        begin_training(search, outer, 0, raw);
    else
        release_numbers(outer);
}

static void begin_candidate(struct search *search, struct outer *outer)
{
    if (outer->plan->scaled) {
        outer->round = round_begin(search, outer, JOB_SCALE, 0, 1, 1, NULL);
        return;
    }
    look_up(search, outer);
    begin_outer(search, outer, NULL);
}

/* The candidate was evaluated for the last time, or that evaluation was chosen. */
static void end_candidate(struct search *search, const struct outer *outer,
                          const struct round *evaluation)
{
    int finite;
    int64_t next;
    double loss = search_outer_mean(evaluation->results->loss, evaluation->seeds, &finite);
    if (search_generation_tell(&next, search, outer->candidate, finite, loss))
        for (; next < search->generation.end; next++)
            begin_candidate(search, &search->outer[next]);
}

static void end_training(struct search *search, struct outer *outer, const struct round *round)
{
    int32_t iteration = round->iteration;
    int parameters = outer->parameters, finite;
    double mean[RULE_PARAMETERS], raw[RULE_PARAMETERS];

    look_up(search, outer);
    int used = search_outer_step(search, outer, round, mean, raw);
    if (search->listener.iteration != NULL)
        search->listener.iteration(
            search->listener.context, outer->candidate, iteration,
            search_outer_mean(round->results->loss, round->seeds / round->points, &finite), mean,
            used, parameters);
    iteration++;
    if (search->listener.theta != NULL)
        search->listener.theta(search->listener.context, outer->candidate, iteration, raw,
                               parameters);
    begin_evaluation(search, outer, iteration, raw);
    outer->round = NULL;
    if (iteration < outer->plan->extent.iterations)
        begin_training(search, outer, iteration, raw);
    else
        release_numbers(outer);
}

static void leave(struct outer *outer, struct round *round)
{
    struct round **link = &outer->evaluations;
    while (*link != round)
        link = &(*link)->next;
    *link = round->next;
}

/* The rule that is tested is known when all evaluations are. */
static void choose(struct search *search, struct outer *outer, struct round *round)
{
    const struct search_extent *extent = &outer->plan->extent;
    round_free(search_outer_choose(outer, round));
    if (outer->evaluated < extent->evaluations)
        return;
    if (search->listener.choice != NULL)
        search->listener.choice(search->listener.context, outer->candidate,
                                search_evaluated_iteration(extent, outer->best->iteration));
    begin_test(search, outer, TESTED_CHOSEN, outer->best->theta);
    end_candidate(search, outer, outer->best);
    round_free(outer->best);
    outer->best = NULL;
}

static void end_evaluation(struct search *search, struct outer *outer, struct round *round)
{
    int used;
    double loss = search_outer_mean(round->results->loss, round->seeds, &used);
    double accuracy = search_outer_mean(round->results->accuracy, round->seeds, &used);
    if (search->listener.evaluation != NULL)
        search->listener.evaluation(search->listener.context, outer->candidate, round->iteration,
                                    loss, accuracy, used);
    leave(outer, round);
    if (outer->plan->extent.tests > 0) {
        choose(search, outer, round);
        return;
    }
    if (round->iteration + 1 == outer->plan->extent.evaluations)
        end_candidate(search, outer, round);
    round_free(round);
}

static struct outer *find_outer(const struct search *search, int64_t candidate)
{
    int64_t distance = candidate - search->first;
    if (distance < 0 || distance % search->step != 0 || distance / search->step >= search->outers)
        return NULL;
    return &search->outer[distance / search->step];
}

/* The round under way that a job belongs to, or NULL. */
static struct round *find_round(const struct search *search, int64_t candidate, int32_t kind,
                                int32_t iteration, int32_t seed)
{
    const struct outer *outer = find_outer(search, candidate);
    if (outer == NULL)
        return NULL;
    bool aside = kind == JOB_EVALUATE || kind == JOB_TEST;
    struct round *round = aside ? outer->evaluations : outer->round;
    while (round != NULL && (round->iteration != iteration || (aside && round->kind != kind)))
        round = round->next;
    if (round == NULL || round->kind != kind || seed < 0 || seed >= round->seeds)
        return NULL;
    return round;
}

/* ---- jobs out, outcomes in ---- */

bool search_next(struct search *search, struct job *job)
{
    if (search->heap.count == 0)
        return false;
    struct round *round = (struct round *)search->heap.node[0];
    const struct outer *outer = round->outer;
    if (!take_results(search, round))
        return false;
    while (round->results->mark[round->cursor] != MARK_WAITING)
        round->cursor++;
    *job = (struct job){.candidate = outer->candidate,
                        .kind = round->kind,
                        .iteration = round->iteration,
                        .seed = round->cursor,
                        .parameters = outer->parameters};
    search_generation_fill(job, search);
    if (round->kind != JOB_SCALE)
        memcpy(job->theta,
               round->theta +
                   (size_t)(job->seed / (round->seeds / round->points)) * (size_t)outer->parameters,
               (size_t)outer->parameters * sizeof *job->theta);
    round->results->mark[round->cursor] = MARK_HANDED;
    stop_waiting(search, round);
    return true;
}

int64_t search_waiting(const struct search *search)
{
    return search->waiting;
}

void search_return(struct search *search, const struct job *job)
{
    struct round *round = find_round(search, job->candidate, job->kind, job->iteration, job->seed);
    if (round == NULL || round->results == NULL || round->results->mark[job->seed] != MARK_HANDED)
        return;
    round->results->mark[job->seed] = MARK_WAITING;
    if (job->seed < round->cursor)
        round->cursor = job->seed;
    round->waiting++;
    search->waiting++;
    round->node.priority = INFINITY; // its round may be the one that all others wait for
    if (round->node.place >= 0)
        search_heap_rise(&search->heap, &round->node);
    else if (!search_heap_add(&search->heap, &round->node))
        search->broken = true;
}

static void keep_outcome(struct search *search, struct round *round, const struct outcome *outcome)
{
    struct results *results = round->results;
    const struct outer *outer = round->outer;
    size_t parameters = (size_t)outer->parameters;
    bool learned = search_learned(outcome);

    results->mark[outcome->seed] = MARK_DONE;
    results->loss[outcome->seed] = learned ? outcome->loss : NAN;
    results->accuracy[outcome->seed] = learned ? outcome->accuracy : NAN;
    results->usable[outcome->seed] = outcome->state == LIFETIME_DONE;
    if (round->kind == JOB_TRAIN && outcome->seed < round->seeds / round->points)
        memcpy(results->gradient + (size_t)outcome->seed * parameters, outcome->gradient,
               parameters * sizeof(double));
    round->done++;
    search->progress.done++;
    if (round->kind != JOB_SCALE) {
        search->progress.lifetimes_done++;
        search->progress.failed += outcome->state == LIFETIME_FAILED;
        search->progress.diverged +=
            outcome->state != LIFETIME_DONE && outcome->state != LIFETIME_FAILED;
    }
    search->progress.cost_done += round->kind == JOB_TRAIN   ? outer->plan->train_cost
                                  : round->kind == JOB_SCALE ? 0
                                                             : outer->plan->evaluate_cost;
}

bool search_take(struct search *search, const struct outcome *outcome)
{
    struct round *round =
        find_round(search, outcome->candidate, outcome->kind, outcome->iteration, outcome->seed);
    if (round == NULL || outcome->state == LIFETIME_EMPTY || outcome->state == LIFETIME_STOPPED ||
        !take_results(search, round) || round->results->mark[outcome->seed] == MARK_DONE)
        return false;
    // Not handed out yet: an outcome that was committed before the run was interrupted, or one of a
    // worker that was given up, whose job went back.
    if (round->results->mark[outcome->seed] == MARK_WAITING)
        stop_waiting(search, round);
    keep_outcome(search, round, outcome);
    if (round->done < round->seeds)
        return true;

    struct outer *outer = round->outer;
    if (round->kind == JOB_EVALUATE) {
        end_evaluation(search, outer, round);
        return true;
    }
    if (round->kind == JOB_TRAIN) {
        end_training(search, outer, round);
    } else if (round->kind == JOB_TEST) {
        leave(outer, round);
    } else {
        look_up(search, outer);
        begin_outer(search, outer, outcome->state == LIFETIME_DONE ? outcome->gradient : NULL);
    }
    round_free(round);
    return true;
}

/* ---- the whole ---- */

/* Counts the candidate's jobs and begins its first round, unless its values are not known yet. */
static void create_outer(struct search *search, struct outer *outer, int64_t candidate)
{
    const struct search_candidate *plan = &search->plan->candidate[candidate];
    outer->candidate = candidate;
    outer->plan = plan;
    outer->parameters = search_plan_parameters(search->plan, candidate)->parameters;

    int64_t training = search_lifetimes(&plan->extent, JOB_TRAIN);
    int64_t evaluation =
        search_lifetimes(&plan->extent, JOB_EVALUATE) + search_lifetimes(&plan->extent, JOB_TEST);
    search->progress.jobs += training + evaluation + plan->scaled;
    search->progress.lifetimes += training + evaluation;
    search->progress.cost +=
        (double)training * plan->train_cost + (double)evaluation * plan->evaluate_cost;
    if (candidate < search->generation.end)
        begin_candidate(search, outer);
}

struct search *search_create(const struct search_plan *plan, int64_t first, int64_t step,
                             const struct search_listener *listener, struct error *error)
{
    struct search *search = error_calloc(error, 1, sizeof *search, "the search");
    if (search == NULL)
        return NULL;
    int64_t candidates = plan->space->candidates;
    search->plan = plan;
    search->at_hand = -1;
    if (listener != NULL)
        search->listener = *listener;
    search->first = first;
    search->step = step;
    search->outers = first < candidates ? (candidates - first - 1) / step + 1 : 0;
    search->outer = error_calloc(error, (unsigned long)search->outers + 1, sizeof *search->outer,
                                 "outer loops");
    search->broken = !search_generation_start(search);
    if (search->outer == NULL) {
        search_free(search);
        return NULL;
    }
    for (int64_t i = 0; i < search->outers && !search->broken; i++)
        create_outer(search, &search->outer[i], first + i * step);
    if (search->broken) {
        error_add(error, STATUS_FAILED, "out of memory: outer loops of %lld candidates",
                  (long long)search->outers);
        search_free(search);
        return NULL;
    }
    return search;
}

void search_free(struct search *search)
{
    if (search == NULL)
        return;
    for (int64_t i = 0; search->outer != NULL && i < search->outers; i++) {
        struct outer *outer = &search->outer[i];
        round_free(outer->round);
        while (outer->evaluations != NULL) {
            struct round *round = outer->evaluations;
            outer->evaluations = round->next;
            round_free(round);
        }
        round_free(outer->best);
        free(outer->theta);
    }
    search_heap_free(&search->heap);
    search_generation_free(search);
    free(search->outer);
    free(search);
}
