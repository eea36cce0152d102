/* One candidate's outer loop: where its lifetimes run, and the step that follows from them. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/estimator.h"
#include "search/outer.h"

double search_outer_mean(const double *x, int count, int *used)
{
    double sum = 0;
    *used = 0;
    for (int i = 0; i < count; i++)
        if (isfinite(x[i])) {
            sum += x[i];
            ++*used;
        }
    return *used > 0 ? sum / *used : NAN;
}

void search_outer_start(const struct search *search, struct outer *outer, double *raw)
{
    rule_get(&search->rule, raw);
    for (int p = 0; p < outer->parameters; p++)
        if (search->settings.rule.start_in == START_RAW) {
            outer->theta[p] = raw[p] / outer->scale[p];
        } else {
            outer->theta[p] = raw[p];
            raw[p] *= outer->scale[p];
        }
}

size_t search_outer_metric(const struct search *search)
{
    size_t terms = (size_t)search->rule.terms;
    bool wanted = search->settings.meta.optimizer.metric == METRIC_CHANGES &&
                  measured_wanted(&search->settings);
    return wanted ? terms * terms : 0;
}

void search_outer_take_metric(const struct search *search, struct outer *outer, double *factor)
{
    const struct search_plan *plan = search->plan;
    const double *gram = plan->measured ? plan->measured[outer->plan->measured].metric : NULL;
    optimizer_metric_fill(factor, gram, outer->scale, search->rule.terms);
    outer->metric = (struct optimizer_metric){search->rule.terms, factor};
}

struct optimizer search_outer_optimizer(const struct outer *outer)
{
    return (struct optimizer){outer->steps, outer->optimizer,
                              outer->metric.factor ? &outer->metric : NULL};
}

void search_outer_look_up(struct search *search, const struct outer *outer)
{
    if (search->at_hand == outer->candidate)
        return;
    search->at_hand = outer->candidate;
    space_settings(search->plan->space, outer->candidate, &search->settings);
    rule_create(&search->rule, &search->settings);
}

bool search_outer_take_memory(const struct search *search, struct outer *outer)
{
    const struct settings *settings = &search->settings;
    int parameters = outer->parameters;
    int guides = estimator_guides(estimator_of(settings), settings);
    int own = (int)optimizer_of(settings)->numbers(settings, parameters);
    outer->numbers = (2 + guides) * parameters + own + (int)search_outer_metric(search);
    outer->theta = calloc((size_t)outer->numbers + 1, sizeof *outer->theta);
    if (outer->theta == NULL)
        return false;
    outer->scale = outer->theta + parameters;
    outer->guide = outer->scale + parameters;
    outer->optimizer = outer->guide + (size_t)guides * (size_t)parameters;
    return true;
}

void search_outer_copy(struct search *search, struct outer *outer, const struct outer *donor)
{
    memcpy(outer->theta, donor->theta, (size_t)outer->numbers * sizeof *outer->theta);
    outer->steps = donor->steps;
    outer->guides = donor->guides;
    search->at_hand = -1; // the candidate has other values now
    search_outer_look_up(search, outer);
    memcpy(outer->round->theta, donor->round->theta,
           (size_t)outer->parameters * sizeof *outer->round->theta);
    search_outer_points(search, outer->round);
}

/* Whether an evaluation is left for one that the candidate will rather stand on. */
static bool is_left(const struct search *search, const struct round *best,
                    const struct round *round)
{
    int finite, best_finite;
    if (search->plan->stopping.rule == STOPPING_POPULATION)
        return round->iteration > best->iteration;
    double loss = search_outer_mean(round->results->loss, round->seeds, &finite);
    double best_loss = search_outer_mean(best->results->loss, best->seeds, &best_finite);
    if (search_evaluation_is_better(finite, loss, best_finite, best_loss))
        return true;
    return !search_evaluation_is_better(best_finite, best_loss, finite, loss) &&
           round->iteration < best->iteration;
}

struct round *search_outer_choose(const struct search *search, struct outer *outer,
                                  struct round *round)
{
    struct round *best = outer->best;
    outer->evaluated++;
    if (best && !is_left(search, best, round))
        return round;
    outer->best = round;
    return best;
}

/* Where the iteration compares losses, and by what its steps are guided. */
static struct estimator_place place_of(const struct search *search, const struct outer *outer,
                                       int64_t iteration)
{
    struct estimator_place place =
        estimator_place(&search->settings, outer->theta, iteration, outer->parameters);
    place.guides = outer->guides;
    place.guide = outer->guide;
    return place;
}

void search_outer_points(const struct search *search, struct round *round)
{
    const struct settings *settings = &search->settings;
    const struct outer *outer = round->outer;
    const struct optimizer_method *method = optimizer_of(settings);
    const struct estimator *estimator = estimator_of(settings);
    struct optimizer optimizer = search_outer_optimizer(outer);
    int parameters = outer->parameters;
    struct estimator_place place = place_of(search, outer, round->iteration);
    for (int point = 0; point < round->points - 1; point++) {
        double *theta = round->theta + (size_t)(point + 1) * (size_t)parameters;
        memcpy(theta, outer->theta, (size_t)parameters * sizeof *theta);
        if (method->member != NULL)
            method->member(theta, &optimizer, settings, round->iteration, point, parameters);
        else
            estimator_move(theta, estimator, settings, &place, point);
        rule_bound(theta, &search->rule, settings->network.dt);
        for (int p = 0; p < parameters; p++)
            theta[p] *= outer->scale[p];
    }
}

/* The last iteration's guide comes first. */
static void keep_guide(struct outer *outer, const double *gradient, int most)
{
    size_t parameters = (size_t)outer->parameters;
    outer->guides += outer->guides < most;
    memmove(outer->guide + parameters, outer->guide,
            (size_t)(outer->guides - 1) * parameters * sizeof *gradient);
    memcpy(outer->guide, gradient, parameters * sizeof *gradient);
}

/* Each seed's gradient from the losses around theta, in the place of that at theta, whose mean guides
 * later iterations: not where no seed has one. Here a seed counts if it has a loss at theta. */
static void compare_losses(const struct search *search, struct outer *outer,
                           const struct round *round, int seeds)
{
    double guide[RULE_PARAMETERS];
    struct results *results = round->results;
    const struct settings *settings = &search->settings;
    const struct estimator *estimator = estimator_of(settings);
    struct estimator_place place = place_of(search, outer, round->iteration);
    int most = estimator_guides(estimator, settings), known = 0;
    if (most > 0)
        known = estimator_mean(guide, results->gradient, results->usable, outer->scale,
                               settings->meta.gradient_clip, seeds, outer->parameters);
    estimator_compare(results->gradient, estimator, results->loss + seeds, outer->scale, settings,
                      &place, seeds);
    for (int s = 0; s < seeds; s++)
        results->usable[s] = isfinite(results->loss[s]);
    if (known > 0)
        keep_guide(outer, guide, most);
}

/* Follows the seeds' gradients: from their lifetimes, or from those at the points around. mean is
 * out; returns how many seeds count. */
static int follow_gradient(struct search *search, struct outer *outer, const struct round *round,
                           double *mean)
{
    const struct settings *settings = &search->settings;
    const struct results *results = round->results;
    int parameters = outer->parameters, seeds = round->seeds / round->points;
    if (estimator_of(settings)->pairs != NULL)
        compare_losses(search, outer, round, seeds);
    int used = estimator_mean(mean, results->gradient, results->usable, outer->scale,
                              settings->meta.gradient_clip, seeds, parameters);
    struct optimizer optimizer = search_outer_optimizer(outer);
    if (used > 0)
        optimizer_step(&optimizer, outer->theta, mean, round->iteration, parameters,
                       search->rule.terms, settings);
    outer->steps = optimizer.steps;
    return used;
}

/* The penalty of (19) on each point, in normalised coordinates. */
static void fill_penalty(double *penalty, const struct search *search, const struct outer *outer,
                         const struct round *round)
{
    for (int point = 0; point < round->points; point++) {
        const double *raw = round->theta + (size_t)point * (size_t)outer->parameters;
        double size = 0;
        for (int p = 0; p < search->rule.terms; p++)
            size += fabs(raw[p] / outer->scale[p]);
        penalty[point] = search->settings.meta.l1 * size;
    }
}

/* Compares the points around theta. Returns how many seeds count at theta itself. */
static int select_rules(struct search *search, struct outer *outer, const struct round *round,
                        double *mean)
{
    int used, parameters = outer->parameters;
    size_t points = (size_t)round->points;
    struct optimizer_decision *decision = calloc(points, sizeof *decision + sizeof(double));
    if (decision == NULL) {
        search->broken = true;
        return 0;
    }
    double *penalty = (double *)(decision + points);
    struct optimizer optimizer = search_outer_optimizer(outer);
    fill_penalty(penalty, search, outer, round);
    const struct optimizer_block block = {.iteration = round->iteration,
                                          .points = round->points,
                                          .seeds = round->seeds / round->points,
                                          .loss = round->results->loss,
                                          .penalty = penalty,
                                          .decision = decision};
    optimizer_of(&search->settings)
        ->select(&optimizer, outer->theta, &block, parameters, &search->settings);
    outer->steps = optimizer.steps;
    if (search->listener.decisions != NULL && optimizer_of(&search->settings)->decides)
        search->listener.decisions(search->listener.context, outer->candidate, round->iteration,
                                   decision, round->theta + parameters, round->points - 1,
                                   parameters);
    free(decision);
    for (int p = 0; p < parameters; p++)
        mean[p] = NAN;
    search_outer_mean(round->results->loss, round->seeds / round->points, &used);
    return used;
}

int search_outer_step(struct search *search, struct outer *outer, const struct round *round,
                      double *mean, double *raw)
{
    int32_t steps = outer->steps;
    int used = optimizer_of(&search->settings)->select != NULL
                   ? select_rules(search, outer, round, mean)
                   : follow_gradient(search, outer, round, mean);
    memcpy(raw, round->theta, (size_t)outer->parameters * sizeof *raw);
    // No step was taken: the rule stays to the bit, which scaling there and back would not promise.
    if (outer->steps == steps)
        return used;
    rule_bound(outer->theta, &search->rule, search->settings.network.dt);
    for (int p = 0; p < outer->parameters; p++)
        raw[p] = outer->scale[p] * outer->theta[p];
    return used;
}
