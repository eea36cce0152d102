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
 * Where candidates are stopped early, those that wait for others at a rung (rungs.c) have rounds of which
 * no seed is open, or not all.
 *
 * Rounds with jobs that can run stand in one binary heap. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/estimator.h"
#include "search/generation.h"
#include "search/outer.h"

/* ---- rounds ---- */

static void begin_training(struct search *search, struct outer *outer, int32_t iteration,
                           const double *theta)
{
    const struct search_extent *extent = &outer->plan->extent;
    int32_t budget = iteration % extent->every == 0 ? iteration / extent->every : 0; // no rung
    int32_t open = search_rungs_ahead(search, outer, budget) ? 0 : extent->seeds;
    outer->round = search_round_begin(search, outer, JOB_TRAIN, iteration, extent->seeds, open,
                                      extent->points, theta);
    if (outer->round != NULL)
        search_outer_points(search, outer->round);
}

/* Begins a round beside the training. */
static void begin_aside(struct search *search, struct outer *outer, int32_t kind, int32_t number,
                        int32_t seeds, int32_t open, const double *theta)
{
    struct round *round = search_round_begin(search, outer, kind, number, seeds, open, 1, theta);
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
    int32_t open = extent->held_out;
    if (search->plan->stopping.by_seeds && search_rungs_ahead(search, outer, -1))
        open = search_stopping_budget(
            &search->plan->stopping,
            search_stopping_bracket(&search->plan->stopping, outer->candidate), 0);
    begin_aside(search, outer, JOB_EVALUATE, evaluation, extent->held_out, open, theta);
}

/* Not before the candidate is behind its last rung: who is stopped is not tested. */
static void begin_test(struct search *search, struct outer *outer, int32_t rule,
                       const double *theta)
{
    const struct search_extent *extent = &outer->plan->extent;
    int32_t open = search_rungs_ahead(search, outer, -1) ? 0 : extent->tests;
    if (rule < extent->tested)
        begin_aside(search, outer, JOB_TEST, rule, extent->tests, open, theta);
}

/* ---- what follows from a complete round ---- */

/* The scale is known (NULL: 1): theta^0, its evaluation, the first iteration. Entries that are no
 * positive number, and those of the time constants, are 1. */
static void begin_outer(struct search *search, struct outer *outer, const double *scale)
{
    double raw[RULE_PARAMETERS];

    outer->round = NULL;
    if (!search_outer_take_memory(search, outer)) {
        search->broken = true;
        return;
    }
    for (int p = 0; p < outer->parameters; p++) {
        bool good = scale != NULL && p < search->rule.terms && isfinite(scale[p]) && scale[p] > 0;
        outer->scale[p] = good ? scale[p] : 1;
    }
    if (search->listener.scale != NULL)
        search->listener.scale(search->listener.context, outer->candidate, outer->scale,
                               outer->parameters);
    search_outer_start(search, outer, raw);
    size_t metric = search_outer_metric(search);
    if (metric > 0)
        search_outer_take_metric(search, outer, outer->theta + outer->numbers - metric);
    const struct optimizer_method *method = optimizer_of(&search->settings);
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
        search_outer_release(outer);
}

static void begin_candidate(struct search *search, struct outer *outer)
{
    if (outer->plan->scaled) {
        outer->round = search_round_begin(search, outer, JOB_SCALE, 0, 1, 1, 1, NULL);
        return;
    }
    search_outer_look_up(search, outer);
    begin_outer(search, outer, NULL);
}

/* The candidate was evaluated for the last time, or that evaluation was chosen. */
static void end_candidate(struct search *search, struct outer *outer,
                          const struct round *evaluation)
{
    struct search_score score;
    int64_t next;
    search_stand(outer, evaluation->results->loss, evaluation->seeds, evaluation->iteration, true);
    score.loss = search_outer_mean(evaluation->results->loss, evaluation->seeds, &score.finite);
    if (search_generation_tell(&next, search, outer->candidate, score))
        for (; next < search->generation.end; next++)
            begin_candidate(search, &search->outer[next]);
}

static void end_training(struct search *search, struct outer *outer, const struct round *round)
{
    int32_t iteration = round->iteration;
    int parameters = outer->parameters, finite;
    double mean[RULE_PARAMETERS], raw[RULE_PARAMETERS];

    search_outer_look_up(search, outer);
    int used = search_outer_step(search, outer, round, mean, raw);
    if (!search->held_out)
        search_stand(outer, round->results->loss, round->seeds / round->points, iteration,
                     iteration + 1 == outer->plan->extent.iterations);
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
        search_outer_release(outer);
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
    search_round_free(search_outer_choose(search, outer, round));
    if (outer->evaluated < extent->evaluations)
        return;
    if (search->listener.choice != NULL)
        search->listener.choice(search->listener.context, outer->candidate,
                                search_evaluated_iteration(extent, outer->best->iteration));
    begin_test(search, outer, TESTED_CHOSEN, outer->best->theta);
    end_candidate(search, outer, outer->best);
    search_round_free(outer->best);
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
    int32_t evaluation = round->iteration;
    search_stand(outer, round->results->loss, round->seeds, evaluation, false);
    leave(outer, round);
    if (outer->plan->extent.tests > 0) {
        choose(search, outer, round);
    } else {
        if (evaluation + 1 == outer->plan->extent.evaluations)
            end_candidate(search, outer, round);
        search_round_free(round);
    }
    search_rungs_evaluated(search, outer, evaluation, (struct search_score){loss, used});
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
    if (round == NULL || round->kind != kind || seed < 0 || seed >= round->open)
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
    if (!search_round_results(search, round))
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
    search_round_take(search, round);
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
        !search_round_results(search, round) || round->results->mark[outcome->seed] == MARK_DONE)
        return false;
    // Not handed out yet: an outcome that was committed before the run was interrupted, or one of a
    // worker that was given up, whose job went back.
    if (round->results->mark[outcome->seed] == MARK_WAITING)
        search_round_take(search, round);
    keep_outcome(search, round, outcome);
    if (round->done < round->open)
        return true;

    struct outer *outer = round->outer;
    if (round->open < round->seeds) { // what is open of an evaluation at a rung
        struct search_score score;
        score.loss = search_outer_mean(round->results->loss, round->open, &score.finite);
        search_rungs_evaluated(search, outer, round->iteration, score);
        return true;
    }
    if (round->kind == JOB_EVALUATE) {
        end_evaluation(search, outer, round);
        return true;
    }
    if (round->kind == JOB_TRAIN) {
        end_training(search, outer, round);
    } else if (round->kind == JOB_TEST) {
        leave(outer, round);
    } else {
        search_outer_look_up(search, outer);
        begin_outer(search, outer, outcome->state == LIFETIME_DONE ? outcome->gradient : NULL);
    }
    search_round_free(round);
    return true;
}

/* ---- the whole ---- */

/* Counts the candidate's jobs. */
static void prepare_outer(struct search *search, struct outer *outer, int64_t candidate)
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
    for (int64_t c = 0; c < candidates; c++)
        search->held_out |= plan->candidate[c].extent.held_out > 0;
    search->outers = first < candidates ? (candidates - first - 1) / step + 1 : 0;
    search->outer = error_calloc(error, (unsigned long)search->outers + 1, sizeof *search->outer,
                                 "outer loops");
    search->broken = !search_generation_start(search);
    if (search->outer == NULL) {
        search_free(search);
        return NULL;
    }
    for (int64_t i = 0; i < search->outers; i++)
        prepare_outer(search, &search->outer[i], first + i * step);
    search->broken |= !search_rungs_create(search);
    for (int64_t i = 0; i < search->outers && !search->broken; i++)
        if (search->outer[i].candidate < search->generation.end)
            begin_candidate(search, &search->outer[i]);
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
    for (int64_t i = 0; search->outer != NULL && i < search->outers; i++)
        search_outer_free(&search->outer[i]);
    search_heap_free(&search->heap);
    search_generation_free(search);
    free(search->score);
    free(search->outer);
    free(search);
}
