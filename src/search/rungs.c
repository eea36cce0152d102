/* Early stopping and breeding: candidates wait at a rung until the last one of their bracket is there; then
 * all are compared at once, in the order of their numbers, so that the order of arrival cannot matter.
 *
 * Who waits has its next rounds begun, of which no seed is open: the next iteration, the test of the start
 * rule; or an evaluation of which some seeds are open. Going on opens them, being stopped drops them. Of
 * a candidate that goes on from another one nothing is under way then: so it can have other values. */

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "search/alike.h"
#include "search/outer.h"

/* Where all candidates begin, whatever a search over the same sweep has made of them before. */
static void place_all(struct search *search)
{
    const struct sweep *sweep = &search->plan->space->config->sweep;
    for (int64_t c = 0; c < sweep->samples; c++)
        sweep_place(sweep, c, NULL);
}

bool search_rungs_create(struct search *search)
{
    const struct search_stopping *stopping = &search->plan->stopping;
    if (stopping->rule == STOPPING_NONE || search->outers == 0)
        return true;
    if (stopping->rule == STOPPING_POPULATION)
        place_all(search);
    size_t evaluations = (size_t)search->outer[0].plan->extent.evaluations;
    search->score = calloc((size_t)search->outers * evaluations, sizeof *search->score);
    for (int64_t i = 0; i < search->outers; i++) {
        const struct outer *outer = &search->outer[i];
        struct bracket *bracket =
            &search->bracket[search_stopping_bracket(stopping, outer->candidate)];
        bracket->live++;
        bracket->train_cost += outer->plan->train_cost;
        bracket->evaluate_cost += outer->plan->evaluate_cost;
    }
    return search->score != NULL;
}

bool search_rungs_ahead(const struct search *search, const struct outer *outer, int32_t budget)
{
    const struct search_stopping *stopping = &search->plan->stopping;
    if (stopping->rule == STOPPING_NONE)
        return false;
    int32_t bracket = search_stopping_bracket(stopping, outer->candidate);
    if (outer->rung >= search_stopping_rungs(stopping, bracket))
        return false;
    return budget < 0 || search_stopping_budget(stopping, bracket, outer->rung) == budget;
}

/* ---- those that are compared ---- */

/* What the candidate has to show: its scores so far [count], in the order of the evaluations; and the mean
 * of these. */
static void show(struct search_score *own, struct search_score *mean, const struct search *search,
                 const struct outer *outer, const struct search_score *score, int32_t count)
{
    const struct search_stopping *stopping = &search->plan->stopping;
    bool best = stopping->rule == STOPPING_MEDIAN ||
                (stopping->rule != STOPPING_POPULATION && outer->plan->extent.tests > 0);
    double sum = 0;
    *own = *mean = score[0];
    for (int32_t e = 0; e < count; e++) {
        if (!best || search_score_is_better(&score[e], own))
            *own = score[e];
        if (score[e].finite < mean->finite)
            mean->finite = score[e].finite;
        sum += score[e].loss;
    }
    mean->loss = sum / count; // NAN if all seeds diverged once: then none counts as finite
}

/* Those of a bracket that were not stopped, of whom `live` outer loops are: these, in order, and of each
 * candidate, whose repeats are neighbours, the contender. `score` [2, live] is scratch. */
static void gather(struct search_contender *contender, struct outer **member,
                   struct search_score *score, int64_t live, struct search *search, int32_t bracket)
{
    const struct search_stopping *stopping = &search->plan->stopping;
    size_t evaluations = (size_t)search->outer[0].plan->extent.evaluations;
    int64_t count = 0, repeats = stopping->repeats;
    for (int64_t i = 0; i < search->outers; i++) {
        struct outer *outer = &search->outer[i];
        if (outer->stopped || search_stopping_bracket(stopping, outer->candidate) != bracket)
            continue;
        int32_t scores = stopping->by_seeds ? 1 : outer->scored;
        show(&score[count], &score[live + count], search, outer,
             &search->score[(size_t)i * evaluations], scores);
        member[count++] = outer;
    }
    assert(count == live);
    for (int64_t i = 0; i < live / repeats; i++)
        contender[i] = (struct search_contender){
            member[i * repeats]->candidate,
            search_score_join(&score[i * repeats], stopping->repeats),
            search_score_join(&score[live + i * repeats], stopping->repeats)};
}

/* ---- what follows ---- */

/* Lifetimes of a kind that are left out of one candidate which is stopped at a budget. */
static int64_t spared(const struct search_extent *extent, int32_t budget, int32_t kind)
{
    return search_lifetimes(extent, kind) - search_stopping_ran(extent, budget, kind);
}

/* Takes what `count` candidates are spared off the progress. */
static void take_off(struct search_progress *progress, const struct search_extent *extent,
                     int32_t budget, int64_t count, double train_cost, double evaluate_cost)
{
    int64_t train = count * spared(extent, budget, JOB_TRAIN);
    int64_t others =
        count * (spared(extent, budget, JOB_EVALUATE) + spared(extent, budget, JOB_TEST));
    progress->jobs -= train + others;
    progress->lifetimes -= train + others;
    progress->cost -= (double)train * train_cost + (double)others * evaluate_cost;
}

static void stop(struct search *search, struct bracket *bracket, struct outer *outer,
                 int32_t budget)
{
    const struct search_candidate *plan = outer->plan;
    take_off(&search->progress, &plan->extent, budget, 1, plan->train_cost, plan->evaluate_cost);
    bracket->live--;
    bracket->train_cost -= plan->train_cost;
    bracket->evaluate_cost -= plan->evaluate_cost;
    outer->stopped = true;
    search_outer_free(outer);
}

/* Opens what waits for the rung; behind the last rung everything. */
static void go_on(struct search *search, struct outer *outer, int32_t bracket)
{
    const struct search_stopping *stopping = &search->plan->stopping;
    outer->rung++;
    bool ahead = search_rungs_ahead(search, outer, -1);
    int32_t budget = search_stopping_budget(stopping, bracket, outer->rung);
    if (outer->round != NULL)
        search_round_open(search, outer->round, outer->round->seeds);
    for (struct round *round = outer->evaluations; round != NULL; round = round->next)
        if (!ahead)
            search_round_open(search, round, round->seeds);
        else if (round->kind == JOB_EVALUATE && stopping->by_seeds)
            search_round_open(search, round, budget);
}

/* The candidate goes on from its donor. Where its new values do not go together it takes the donor's,
 * which do. */
static void breed(struct search *search, struct outer *outer, int64_t donor, int32_t rung)
{
    const struct search_plan *plan = search->plan;
    const struct sweep *sweep = &plan->space->config->sweep;
    const struct search_listener *listener = &search->listener;
    struct settings settings;
    sweep_breed(sweep, outer->candidate, donor, rung);
    if (!space_allows(plan->space, outer->candidate, &settings) || !search_alike(plan, &settings))
        sweep_place(sweep, outer->candidate, sweep_row(sweep, donor));
    search_outer_copy(search, outer, &search->outer[donor]);
    if (listener->place != NULL)
        listener->place(listener->context, outer->candidate);
    if (listener->theta != NULL)
        listener->theta(listener->context, outer->candidate, outer->round->iteration,
                        outer->round->theta, outer->parameters);
}

/* What was decided of those at a rung. The best do not change, so that they can be copied in any order. */
static void follow(struct search *search, int32_t number, int32_t rung,
                   const struct search_decision *decision, struct outer **member, int64_t live)
{
    int32_t budget = search_stopping_budget(&search->plan->stopping, number, rung);
    int repeats = search->plan->stopping.repeats;
    for (int64_t i = 0; i < live; i++) {
        const struct search_decision *own = &decision[i / repeats];
        if (search->listener.stopping != NULL)
            search->listener.stopping(search->listener.context, member[i]->candidate, rung, own);
        if (own->donor >= 0)
            breed(search, member[i], own->donor, rung);
    }
    for (int64_t i = 0; i < live; i++)
        if (decision[i / repeats].kept)
            go_on(search, member[i], number);
        else
            stop(search, &search->bracket[number], member[i], budget);
}

static bool decide(struct search *search, int32_t number)
{
    const struct search_stopping *stopping = &search->plan->stopping;
    struct bracket *bracket = &search->bracket[number];
    int32_t rung = bracket->rung;
    int64_t live = bracket->live, count = live / stopping->repeats;
    struct search_contender *contender = calloc((size_t)count, sizeof *contender);
    struct search_score *score = calloc(2 * (size_t)live, sizeof *score);
    struct outer **member = calloc((size_t)live, sizeof(struct outer *));
    struct search_decision *decision = calloc((size_t)count, sizeof *decision);
    bool held = contender && score && member && decision;
    if (held) {
        gather(contender, member, score, live, search, number);
        held = search_stopping_decide(decision, stopping, rung, contender, count) == STATUS_OK;
    }
    bracket->rung++;
    bracket->waiting = 0;
    if (held)
        follow(search, number, rung, decision, member, live);
    free(contender);
    free(score);
    free(member);
    free(decision);
    return held;
}

void search_rungs_evaluated(struct search *search, struct outer *outer, int32_t evaluation,
                            struct search_score score)
{
    const struct search_stopping *stopping = &search->plan->stopping;
    if (!search_rungs_ahead(search, outer, -1))
        return;
    int32_t number = search_stopping_bracket(stopping, outer->candidate);
    size_t evaluations = (size_t)outer->plan->extent.evaluations;
    search->score[(size_t)(outer - search->outer) * evaluations + (size_t)evaluation] = score;
    outer->scored++;
    // Evaluations come in any order; that of the rung is among them, as there is none behind it yet.
    if (!stopping->by_seeds && !search_rungs_ahead(search, outer, outer->scored - 1))
        return;
    struct bracket *bracket = &search->bracket[number];
    if (++bracket->waiting == bracket->live && !decide(search, number))
        search->broken = true;
}

/* The costs are the mean ones of those that are compared, since nobody knows yet who is stopped. */
void search_rungs_expect(const struct search *search, struct search_progress *progress)
{
    const struct search_stopping *stopping = &search->plan->stopping;
    for (int32_t b = 0; b < stopping->brackets && search->outers > 0; b++) {
        const struct bracket *bracket = &search->bracket[b];
        int64_t live = bracket->live;
        for (int32_t r = bracket->rung; r < search_stopping_rungs(stopping, b) && live > 0; r++) {
            int64_t kept =
                search_stopping_kept(stopping, live / stopping->repeats) * stopping->repeats;
            progress->most |= stopping->rule == STOPPING_MEDIAN && kept < live;
            if (stopping->rule == STOPPING_MEDIAN)
                break;
            take_off(progress, &search->outer[0].plan->extent,
                     search_stopping_budget(stopping, b, r), live - kept,
                     bracket->train_cost / (double)bracket->live,
                     bracket->evaluate_cost / (double)bracket->live);
            live = kept;
        }
    }
}
