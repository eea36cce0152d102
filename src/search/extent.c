/* The arithmetic of one candidate's outer loop: how many jobs, which seeds, what they cost. */

#include "search/estimator.h"
#include "search/search.h"

/* Sets of seeds that never meet, whatever the settings. Training seeds are below iterations * seeds
 * <= 1e12 < 2^48, and each of the others has less than 2^48. */
#define HELD_OUT_SEED ((uint64_t)1 << 48)
#define TEST_SEED     ((uint64_t)2 << 48)
#define MEASURED_SEED ((uint64_t)3 << 48)
#define PILOT_SEED    ((uint64_t)16 << 48)

/* Points at which an iteration runs lifetimes, theta itself included. */
static int32_t points_of(const struct settings *settings, int parameters)
{
    return 1 + optimizer_population(settings, parameters) +
           estimator_points(estimator_of(settings), settings, parameters);
}

struct search_extent search_extent(const struct settings *settings)
{
    struct rule rule;
    rule_create(&rule, settings);
    return search_extent_of(settings, rule.parameters);
}

struct search_extent search_extent_of(const struct settings *settings, int parameters)
{
    bool learned = learner_of(settings)->learned;
    struct search_extent extent = {.iterations = learned ? (int32_t)settings->meta.iterations : 0,
                                   .points = points_of(settings, parameters),
                                   .every = (int32_t)settings->meta.evaluate_every,
                                   .held_out = (int32_t)settings->meta.held_out_seeds};
    extent.seeds = (int32_t)settings->meta.seeds * extent.points;
    if (optimizer_of(settings)->decides && extent.iterations > 0)
        extent.challengers = extent.points - 1;
    if (extent.every == 0)
        extent.every = extent.iterations;
    if (extent.held_out == 0)
        return extent;
    extent.evaluations = 1;
    if (extent.iterations > 0)
        extent.evaluations += (extent.iterations - 1) / extent.every + 1;
    extent.tests = (int32_t)settings->meta.test_seeds;
    if (extent.tests > 0)
        extent.tested = extent.evaluations > 1 ? TESTED_RULES : 1;
    return extent;
}

bool search_evaluation_is_better(int finite, double loss, int other_finite, double other_loss)
{
    return finite != other_finite ? finite > other_finite : loss < other_loss;
}

int64_t search_lifetimes(const struct search_extent *extent, int32_t kind)
{
    switch (kind) {
    case JOB_TRAIN:
        return (int64_t)extent->iterations * extent->seeds;
    case JOB_EVALUATE:
        return (int64_t)extent->evaluations * extent->held_out;
    case JOB_TEST:
        return (int64_t)extent->tested * extent->tests;
    default:
        return 0;
    }
}

int32_t search_evaluated_iteration(const struct search_extent *extent, int32_t evaluation)
{
    int64_t iteration = (int64_t)evaluation * extent->every;
    return iteration < extent->iterations ? (int32_t)iteration : extent->iterations;
}

uint64_t search_task_seed(const struct settings *settings, const struct job *job)
{
    uint64_t seed = (uint64_t)job->seed;

    if (job->kind == JOB_EVALUATE)
        return HELD_OUT_SEED + seed;
    if (job->kind == JOB_TEST)
        return TEST_SEED + seed;
    seed %= (uint64_t)settings->meta.seeds;
    if (settings->meta.fresh_seeds || optimizer_of(settings)->fresh)
        seed += (uint64_t)job->iteration * (uint64_t)settings->meta.seeds;
    return seed;
}

struct lifetime_gradient search_gradient(const struct settings *settings, const struct job *job)
{
    bool at_theta = job->kind == JOB_TRAIN && job->seed < settings->meta.seeds;
    return at_theta ? estimator_of(settings)->gradient(settings) : (struct lifetime_gradient){0};
}

uint64_t search_pilot_seed(int64_t seed)
{
    return PILOT_SEED + (uint64_t)seed;
}

uint64_t search_measured_seed(int64_t network)
{
    return MEASURED_SEED + (uint64_t)network;
}

double search_cost(const struct settings *settings, const struct rule *rule, int32_t kind)
{
    double cost = lifetime_flops(settings, rule, (struct lifetime_gradient){0});
    if (kind == JOB_TRAIN) {
        struct lifetime_gradient gradient = estimator_of(settings)->gradient(settings);
        return cost + (lifetime_flops(settings, rule, gradient) - cost) /
                          points_of(settings, rule->parameters);
    }
    if (kind == JOB_SCALE) /* a few trials instead of a lifetime */
        cost /= (double)settings->learning.trials;
    return cost;
}
