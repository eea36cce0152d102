/* full-FORCE: a network learns to produce in all of its units the currents that the wanted outputs
 * cause in a second network, its teacher. N units, O outputs, C hints, T steps.
 *
 * The teacher has the weights W^0 of the network at the start, and wanted outputs f and hints h as
 * further inputs through random weights F and F_h:
 *
 *     x_D^(n+1) = x_D^n + alpha (-x_D^n + W^0 phi(x_D^n) + W_in u^n + b + F f^n + F_h h^n)
 *
 * Recursive least squares then makes W phi(x^n) equal to W^0 phi(x_D^n) + F f^n + F_h h^n, and in
 * the response window W_out phi(x^(n+1)) equal to the target. */
#include <string.h>

#include "base/linalg.h"
#include "model/learners/online.h"

struct full_force {
    struct learner_online online;
    struct learner_rls currents;
    double *teacher;      /* W^0 [N, N] */
    double *wanted;       /* currents that the network should make itself [N] */
    double *drive;        /* W_in u + b of one step [N] */
    double *state;        /* x_D [N] */
    double *rate, *slope; /* of the teacher [N] */
};

static size_t layout(void *state, double *base, const struct settings *settings,
                     const struct task_shape *shape)
{
    struct full_force *s = state;
    struct learner_block block = {base, 0};
    size_t n = (size_t)settings->network.units;
    learner_online_layout(&s->online, &block, settings, shape);
    learner_rls_layout(&s->currents, &block, settings);
    s->teacher = learner_piece(&block, n * n);
    s->wanted = learner_piece(&block, n);
    s->drive = learner_piece(&block, n);
    s->state = learner_piece(&block, n);
    s->rate = learner_piece(&block, n);
    s->slope = learner_piece(&block, n);
    return block.used;
}

static void start(const struct learner_site *site)
{
    struct full_force *s = site->state;
    size_t n = (size_t)site->network->units;
    learner_online_start(&s->online, site);
    learner_rls_start(&s->currents);
    memcpy(s->teacher, site->network->recurrent, sizeof(double) * n * n);
}

/* W^0 phi(x_D) + F f + F_h h of step n, and the teacher's next state. */
static void teach(struct full_force *s, const struct trial *trial, const struct network *network,
                  long n)
{
    int units = network->units, outputs = network->outputs, hints = s->online.hints.count;
    linalg_gemv(s->wanted, s->teacher, units, s->rate, units, units, 1, 0, 0);
    linalg_gemv(s->wanted, s->online.output_feedback, outputs, trial->task.target + n * outputs,
                units, outputs, 1, 1, 0);
    if (hints > 0)
        linalg_gemv(s->wanted, s->online.hint_feedback, hints, s->online.hints.value + n * hints,
                    units, hints, 1, 1, 0);
    memcpy(s->drive, network->bias, sizeof(double) * (size_t)units);
    linalg_gemv(s->drive, network->input, network->inputs, trial->task.input + n * network->inputs,
                units, network->inputs, 1, 1, 0);
    for (int i = 0; i < units; i++)
        s->state[i] += network->alpha * (s->wanted[i] + s->drive[i] - s->state[i]);
    network_clamp(network, s->state);
    network_rate(network, s->rate, s->slope, s->state);
}

static bool after_step(void *context, int n)
{
    const struct learner_site *site = context;
    struct full_force *s = site->state;
    struct network *network = site->network;
    int units = network->units;
    double *error = s->online.error;
    const double *rate = site->trial->rate + (long)n * units;
    learner_online_answer(site, n);
    // In every step, also between updates: the teacher has a state of its own.
    teach(s, site->trial, network, n);
    if (n % s->online.stride != 0)
        return false;
    linalg_gemv(error, network->recurrent, units, rate, units, units, 1, 0, 0);
    for (int i = 0; i < units; i++)
        error[i] -= s->wanted[i];
    learner_rls_take(&s->currents, rate);
    learner_add_outer(network, error, s->currents.gain, -1);
    network_obey(network);
    learner_online_correct(&s->online, site, n);
    return true;
}

static void run(const struct learner_site *site)
{
    struct full_force *s = site->state;
    memcpy(s->state, site->trial->state, sizeof(double) * (size_t)site->network->units);
    network_rate(site->network, s->rate, s->slope, s->state);
    learner_online_run(&s->online, site, after_step);
}

static double flops(const struct settings *settings, const struct rule *rule,
                    const struct task_shape *shape)
{
    (void)rule;
    return learner_online_flops(settings, shape, 2, 10);
}

const struct learner learner_full_force = {
    .name = "full_force",
    .sentence = "full-FORCE: recursive least squares of all recurrent currents, after a teacher.",
    .source = "DePasquale et al., PLoS ONE 2018;13:e0191527",
    LEARNER_ONLINE,
    .size = sizeof(struct full_force),
    .layout = layout,
    .flops = flops,
    .start = start,
    .run = run,
};
