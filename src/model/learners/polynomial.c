/* The polynomial family, equations (5), (6), (9) and (10): the one whose parameters are learned in
 * their turn. What it does is in trial.c, its derivatives in tangent.c and adjoint.c. */
#include "model/learners/shared.h"

static void trace(const struct learner_site *site)
{
    trial_eligibility(site->trial, site->rule, site->settings);
}

static double flops(const struct settings *settings, const struct rule *rule,
                    const struct task_shape *shape)
{
    double n = (double)settings->network.units;
    bool used[RULE_PLANES][RULE_POWERS] = {{false}};
    int products = 0; // one for each power of the presynaptic rate in each group
    for (int p = 0; p < rule->terms; p++) {
        int group = rule->plane[rule->home[p]].group[RULE_PRESYNAPTIC];
        products += !used[group][rule->term[p].power[RULE_R]];
        used[group][rule->term[p].power[RULE_R]] = true;
    }
    for (int a = 0; a < rule->planes; a++)
        for (int l = 0; l <= rule->plane[a].changes; l++)
            for (int k = 0; k <= rule->plane[a].rates; k++) {
                bool *is_used = &used[rule->plane[a].group[RULE_PRESYNAPTIC]][k];
                bool adds = rule->plane[a].theta[l][k] != 0 && !*is_used;
                products += adds;
                *is_used |= adds;
            }
    return 2.0 * products * n * n * shape->steps;
}

static const char *const reads[] = {"learning.rate", "learning.clip", "learning.weight_noise",
                                    "learning.reward_gain", NULL};

const struct learner learner_polynomial = {
    .name = "polynomial",
    .reads = reads,
    .sentence = "Three-factor plasticity, polynomial in rates, postsynaptic change and weight.",
    .source = "Maoutsa, arXiv 2512.09366; theta_33 = -1 is the rule of Miconi, eLife 2017;6:e20899",
    .section = "rule",
    .usual = LEARNER_RECURRENT,
    .able = LEARNER_RECURRENT,
    .learned = true,
    .single = true,
    .flops = flops,
    .trace = trace,
    .change = learner_modulate,
};
