/* The list of estimators, and the one that the settings chose. */
#include <stddef.h>

#include "search/estimator.h"
#include "search/optimizer.h"

#define ESTIMATOR(name) extern const struct estimator estimator_##name;
#include "search/estimators/list.h"
#undef ESTIMATOR

const struct estimator *const estimator_list[] = {
#define ESTIMATOR(name) &estimator_##name,
#include "search/estimators/list.h"
#undef ESTIMATOR
    NULL,
};

void estimator_register(void)
{
    for (int k = 0; estimator_list[k]; k++)
        settings_register_choice("meta.estimator", estimator_list[k]->name);
}

/* An optimizer that compares a population runs its own lifetimes, and no estimator's beside
 * them. */
const struct estimator *estimator_of(const struct settings *settings)
{
    static const struct estimator losses_alone = {.name = "none",
                                                  .gradient = estimator_no_gradient};
    if (optimizer_of(settings)->select)
        return &losses_alone;
    return estimator_list[settings->meta.estimator];
}

void estimator_check(const struct settings *settings, struct settings_problems *problems)
{
    const struct estimator *estimator = estimator_of(settings);
    bool binary = settings->learning.reward == REWARD_BINARY;
    if (settings->meta.iterations == 0)
        return;
    if (estimator->noisy && settings->learning.weight_noise == 0)
        settings_problem(problems, "learning.weight_noise",
                         "found 0, allowed: above 0, since meta.estimator = %s reads the gradient "
                         "off the noise in the weights; say learning: {weight_noise: 0.001}",
                         estimator->name);
    struct lifetime_gradient gradient = estimator->gradient(settings);
    if (binary && gradient.wanted && !gradient.local && settings->meta.rpe_gradient == RPE_FULL)
        settings_problem(problems, "meta.rpe_gradient",
                         "found full, allowed: stopped, since learning.reward = binary has no "
                         "gradient");
    if (binary && estimator->slope && settings->meta.objective == OBJECTIVE_REWARD)
        settings_problem(
            problems, "meta.objective",
            "found reward, allowed: absolute, square or wrong, since learning.reward = "
            "binary has no gradient");
}
