/* FORCE: a network whose outputs are fed back learns its readout by recursive least squares while
 * it runs. N units, O outputs, C hints, T steps.
 *
 * Feedback of y = W_out r through weights F is the same network as one with the recurrent weights
 * W + F W_out, and that is how it stands here: whenever the readout changes by -e k^T, W changes by
 * -F e k^T. So what has learned is a network like any other. The outputs learn in the response
 * window, where their targets are defined; the hints, which have a readout of their own that only
 * feeds back, learn in the whole trial. */
#include <string.h>

#include "base/linalg.h"
#include "model/learners/shared.h"

struct force {
    struct learner_rls outputs, held;
    struct learner_hints hints;
    double *output_feedback; /* F of the outputs [N, O] */
    double *hint_feedback;   /* F of the hints [N, C] */
    double *hint_readout;    /* [C, N] */
    double *error;           /* [O or C] */
    double *push;            /* F e [N] */
    int stride;              /* steps between updates */
};

static size_t layout(void *state, double *base, const struct settings *settings,
                     const struct task_shape *shape)
{
    struct force *s = state;
    struct learner_block block = {base, 0};
    size_t n = (size_t)settings->network.units, outputs = (size_t)shape->outputs;
    learner_hints_layout(&s->hints, &block, settings, shape);
    size_t hints = (size_t)s->hints.count;
    learner_rls_layout(&s->outputs, &block, settings);
    learner_rls_layout(&s->held, &block, settings);
    s->output_feedback = learner_piece(&block, n * outputs);
    s->hint_feedback = learner_piece(&block, n * hints);
    s->hint_readout = learner_piece(&block, hints * n);
    s->error = learner_piece(&block, outputs > hints ? outputs : hints);
    s->push = learner_piece(&block, n);
    s->stride = learner_rls_stride(settings);
    return block.used;
}

static void start(const struct learner_site *site)
{
    struct force *s = site->state;
    const struct settings *settings = site->settings;
    long n = site->network->units, outputs = site->network->outputs, hints = s->hints.count;
    learner_rls_start(&s->outputs);
    learner_rls_start(&s->held);
    learner_hints_start(&s->hints, site);
    learner_draw(s->output_feedback, site, RANDOM_FEEDBACK, n * outputs, settings->force.feedback);
    learner_draw(s->hint_feedback, site, RANDOM_HINTS, n * hints, settings->force.hint_gain);
    memset(s->hint_readout, 0, sizeof(double) * (size_t)(hints * n));
}

/* One step of least squares for the readout `weights` [count, N], and of W through its feedback. */
static void learn(struct force *s, struct learner_rls *rls, double *weights, const double *feedback,
                  struct network *network, const double *rate, int count)
{
    int n = network->units;
    learner_rls_take(rls, rate);
    learner_add_rows(weights, s->error, rls->gain, -1, count, n);
    linalg_gemv(s->push, feedback, count, s->error, n, count, 1, 0, 0);
    learner_add_outer(network, s->push, rls->gain, -1);
    network_obey(network);
}

static bool after_step(void *context, int n)
{
    const struct learner_site *site = context;
    struct force *s = site->state;
    struct trial *trial = site->trial;
    struct network *network = site->network;
    int units = network->units, outputs = network->outputs, hints = s->hints.count;
    const double *rate = trial->rate + (long)(n + 1) * units;
    double *y = trial->output + (long)n * outputs;
    linalg_gemv(y, network->readout, units, rate, outputs, units, 1, 0, 0); // (7)
    if (n % s->stride != 0)
        return false;
    if (trial->task.window[n] > 0) {
        for (int o = 0; o < outputs; o++)
            s->error[o] = y[o] - trial->task.target[(long)n * outputs + o];
        learn(s, &s->outputs, network->readout, s->output_feedback, network, rate, outputs);
    }
    if (hints > 0) {
        linalg_gemv(s->error, s->hint_readout, units, rate, hints, units, 1, 0, 0);
        for (int c = 0; c < hints; c++)
            s->error[c] -= s->hints.value[(long)n * hints + c];
        learn(s, &s->held, s->hint_readout, s->hint_feedback, network, rate, hints);
    }
    return hints > 0 || trial->task.window[n] > 0;
}

static void run(const struct learner_site *site)
{
    struct force *s = site->state;
    struct learner_site copy = *site;
    learner_hints_fill(&s->hints, site->trial);
    site->trial->after_step = after_step;
    site->trial->context = &copy;
    trial_run(site->trial, site->network, site->rule, site->settings);
    site->trial->after_step = NULL;
}

static double flops(const struct settings *settings, const struct task_shape *shape)
{
    double n = (double)settings->network.units;
    return 12 * n * n * shape->steps / learner_rls_stride(settings);
}

const struct learner learner_force = {
    .name = "force",
    .sentence = "FORCE: recursive least squares of a readout that is fed back.",
    .source = "Sussillo and Abbott, Neuron 2009;63:544",
    .section = "force",
    .usual = LEARNER_RECURRENT | LEARNER_READOUT,
    .able = LEARNER_RECURRENT | LEARNER_READOUT,
    .size = sizeof(struct force),
    .layout = layout,
    .flops = flops,
    .start = start,
    .run = run,
};
