/* The arithmetic of one candidate's outer loop: how many jobs, which seeds, what they cost. */

#include "search/estimator.h"
#include "search/search.h"

/* Held-out seeds begin far above all training seeds: iterations * seeds <= 1e12 < 2^48. */
#define HELD_OUT_SEED ((uint64_t)1 << 48)

/* Points at which an iteration runs lifetimes, theta itself included. */
static int32_t points_of(const struct settings *settings)
{
    struct rule rule;
    rule_create(&rule, settings);
    return 1 + optimizer_population(settings, rule.parameters) +
           estimator_points(estimator_of(settings), settings, rule.parameters);
}

struct search_extent search_extent(const struct settings *settings)
{
    bool learned = learner_of(settings)->learned;
    struct search_extent extent = {.iterations = learned ? (int32_t)settings->meta.iterations : 0,
                                   .seeds = (int32_t)settings->meta.seeds * points_of(settings),
                                   .held_out = (int32_t)settings->meta.held_out_seeds};
    int64_t every = settings->meta.evaluate_every;

    if (extent.held_out == 0)
        return extent;
    if (extent.iterations == 0)
        extent.evaluations = 1;
    else if (every == 0)
        extent.evaluations = 2;
    else
        extent.evaluations = (int32_t)((extent.iterations + every - 1) / every) + 1;
    return extent;
}

int32_t search_evaluated_iteration(const struct settings *settings, int32_t evaluation)
{
    int64_t last = search_extent(settings).iterations;
    int64_t every = settings->meta.evaluate_every;

    if (every == 0)
        every = last;
    return (int32_t)(evaluation * every < last ? evaluation * every : last);
}

uint64_t search_task_seed(const struct settings *settings, const struct job *job)
{
    uint64_t seed = (uint64_t)job->seed;

    if (job->kind == JOB_EVALUATE)
        return HELD_OUT_SEED + seed;
    seed %= (uint64_t)settings->meta.seeds;
    if (settings->meta.fresh_seeds)
        seed += (uint64_t)job->iteration * (uint64_t)settings->meta.seeds;
    return seed;
}

double search_cost(const struct settings *settings, int32_t kind)
{
    if (kind == JOB_TRAIN)
        return lifetime_flops(settings, estimator_of(settings)->gradient(settings));
    double cost = lifetime_flops(settings, (struct lifetime_gradient){0});
    if (kind == JOB_SCALE) /* a few trials instead of a lifetime */
        cost /= (double)settings->learning.trials;
    return cost;
}
