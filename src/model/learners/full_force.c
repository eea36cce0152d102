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
#include "model/learners/shared.h"

struct full_force {
    struct learner_rls outputs, currents;
    struct learner_hints hints;
    double *teacher;         /* W^0 [N, N] */
    double *output_feedback; /* F [N, O] */
    double *hint_feedback;   /* F_h [N, C] */
    double *wanted;          /* currents that the network should make itself [N] */
    double *error;           /* [N], or [O] of the outputs */
    double *drive;           /* W_in u + b of one step [N] */
    double *state;           /* x_D [N] */
    double *rate, *slope;    /* of the teacher [N] */
    int stride;              /* steps between updates */
};

static size_t layout(void *state, double *base, const struct settings *settings,
                     const struct task_shape *shape)
{
    struct full_force *s = state;
    struct learner_block block = {base, 0};
    size_t n = (size_t)settings->network.units, outputs = (size_t)shape->outputs;
    learner_hints_layout(&s->hints, &block, settings, shape);
    learner_rls_layout(&s->outputs, &block, settings);
    learner_rls_layout(&s->currents, &block, settings);
    s->teacher = learner_piece(&block, n * n);
    s->output_feedback = learner_piece(&block, n * outputs);
    s->hint_feedback = learner_piece(&block, n * (size_t)s->hints.count);
    s->wanted = learner_piece(&block, n);
    s->error = learner_piece(&block, n > outputs ? n : outputs);
    s->drive = learner_piece(&block, n);
    s->state = learner_piece(&block, n);
    s->rate = learner_piece(&block, n);
    s->slope = learner_piece(&block, n);
    s->stride = learner_rls_stride(settings);
    return block.used;
}

static void start(const struct learner_site *site)
{
    struct full_force *s = site->state;
    const struct settings *settings = site->settings;
    long n = site->network->units, outputs = site->network->outputs;
    learner_rls_start(&s->outputs);
    learner_rls_start(&s->currents);
    learner_hints_start(&s->hints, site);
    memcpy(s->teacher, site->network->recurrent, sizeof(double) * (size_t)(n * n));
    learner_draw(s->output_feedback, site, RANDOM_FEEDBACK, n * outputs, settings->force.feedback);
    learner_draw(s->hint_feedback, site, RANDOM_HINTS, n * s->hints.count,
                 settings->force.hint_gain);
}

/* W^0 phi(x_D) + F f + F_h h of step n, and the teacher's next state. */
static void teach(struct full_force *s, const struct trial *trial, const struct network *network,
                  long n)
{
    int units = network->units, outputs = network->outputs, hints = s->hints.count;
    linalg_gemv(s->wanted, s->teacher, units, s->rate, units, units, 1, 0, 0);
    linalg_gemv(s->wanted, s->output_feedback, outputs, trial->task.target + n * outputs, units,
                outputs, 1, 1, 0);
    if (hints > 0)
        linalg_gemv(s->wanted, s->hint_feedback, hints, s->hints.value + n * hints, units, hints, 1,
                    1, 0);
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
    struct trial *trial = site->trial;
    struct network *network = site->network;
    int units = network->units, outputs = network->outputs;
    const double *before = trial->rate + (long)n * units, *after = before + units;
    double *y = trial->output + (long)n * outputs;
    linalg_gemv(y, network->readout, units, after, outputs, units, 1, 0, 0); // (7)
    teach(s, trial, network, n);
    if (n % s->stride != 0)
        return false;
    linalg_gemv(s->error, network->recurrent, units, before, units, units, 1, 0, 0);
    for (int i = 0; i < units; i++)
        s->error[i] -= s->wanted[i];
    learner_rls_take(&s->currents, before);
    learner_add_outer(network, s->error, s->currents.gain, -1);
    network_obey(network);
    if (trial->task.window[n] > 0) {
        for (int o = 0; o < outputs; o++)
            s->error[o] = y[o] - trial->task.target[(long)n * outputs + o];
        learner_rls_take(&s->outputs, after);
        learner_add_rows(network->readout, s->error, s->outputs.gain, -1, outputs, units);
    }
    return true;
}

static void run(const struct learner_site *site)
{
    struct full_force *s = site->state;
    struct learner_site copy = *site;
    learner_hints_fill(&s->hints, site->trial);
    memcpy(s->state, site->trial->state, sizeof(double) * (size_t)site->network->units);
    network_rate(site->network, s->rate, s->slope, s->state);
    site->trial->after_step = after_step;
    site->trial->context = &copy;
    trial_run(site->trial, site->network, site->rule, site->settings);
    site->trial->after_step = NULL;
}

static double flops(const struct settings *settings, const struct task_shape *shape)
{
    double n = (double)settings->network.units;
    return (2 + 10.0 / learner_rls_stride(settings)) * n * n * shape->steps;
}

const struct learner learner_full_force = {
    .name = "full_force",
    .sentence = "full-FORCE: recursive least squares of all recurrent currents, after a teacher.",
    .source = "DePasquale et al., PLoS ONE 2018;13:e0191527",
    .section = "force",
    .usual = LEARNER_RECURRENT | LEARNER_READOUT,
    .able = LEARNER_RECURRENT | LEARNER_READOUT,
    .size = sizeof(struct full_force),
    .layout = layout,
    .flops = flops,
    .start = start,
    .run = run,
};
