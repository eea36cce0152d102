/* Policy gradients over the noise in the weights; what they add up is in lifetime_score.c. */
#include "search/estimator.h"

static struct lifetime_gradient score(const struct settings *settings)
{
    (void)settings;
    return (struct lifetime_gradient){.wanted = true, .discount = 1, .score = true};
}

static struct lifetime_gradient score_local(const struct settings *settings)
{
    (void)settings;
    return (struct lifetime_gradient){.wanted = true, .score = true, .local = true};
}

static const char *const reads[] = {"meta.rpe_gradient", NULL};

const struct estimator estimator_score = {
    .name = "score",
    .reads = reads,
    .sentence = "The policy gradient over the noise in the weights (10), with sensitivities "
                "carried through learning (12)-(18): biased, since later updates count their "
                "causes twice.",
    .noisy = true,
    .gradient = score,
};

const struct estimator estimator_score_local = {
    .name = "score-local",
    .reads = reads,
    .sentence = "The policy gradient over the noise in the weights (10), each update's derivative "
                "at fixed weights: unbiased and cheap; the reward may be a black box.",
    .noisy = true,
    .gradient = score_local,
};
