/* Node perturbation: the eligibility is e_ij = sum_t xi_i^t r_j^t, with the noise xi itself in the
 * place of its trace in the state, and the weights follow it by (9).
 *
 * xi enters where the recurrent input W r does, so that dR/dW_ij = sum_t (dR/dxi_i^t) r_j^t and the
 * mean of (R - Rbar) e is the variance of xi times the gradient of R, to first order in xi; the
 * slope phi', which stands in the rule for networks whose noise is added to the rates, drops out.
 */
#include "base/linalg.h"
#include "model/learners/shared.h"

static void trace(const struct learner_site *site)
{
    struct trial *trial = site->trial;
    int n = trial->units;
    linalg_gemm(trial->eligibility, n, trial->noise, n, trial->rate, n, n, n, trial->shape.steps, 1,
                0, 1, 0);
}

static double flops(const struct settings *settings, const struct rule *rule,
                    const struct task_shape *shape)
{
    (void)rule;
    double n = (double)settings->network.units;
    return 2 * n * n * shape->steps;
}

static const char *const reads[] = {
    "learning.rate",        "learning.clip", "learning.weight_noise",
    "learning.reward_gain", "rule.tau_w",    NULL};

const struct learner learner_node_perturbation = {
    .name = "node_perturbation",
    .reads = reads,
    .sentence = "Reward times the noise that each unit received, a stochastic gradient of reward.",
    .source = "Fiete and Seung, Phys. Rev. Lett. 2006;97:048104",
    .usual = LEARNER_RECURRENT,
    .able = LEARNER_RECURRENT,
    .flops = flops,
    .trace = trace,
    .change = learner_modulate,
};
