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
#include "model/learners/online.h"

struct force {
    struct learner_online online;
    struct learner_rls held; /* of the hints */
    double *hint_readout;    /* [C, N] */
    double *push;            /* F e [N] */
};

static size_t layout(void *state, double *base, const struct settings *settings,
                     const struct task_shape *shape)
{
    struct force *s = state;
    struct learner_block block = {base, 0};
    size_t n = (size_t)settings->network.units;
    learner_online_layout(&s->online, &block, settings, shape);
    learner_rls_layout(&s->held, &block, settings);
    s->hint_readout = learner_piece(&block, (size_t)s->online.hints.count * n);
    s->push = learner_piece(&block, n);
    return block.used;
}

static void start(const struct learner_site *site)
{
    struct force *s = site->state;
    size_t n = (size_t)site->network->units, hints = (size_t)s->online.hints.count;
    learner_online_start(&s->online, site);
    learner_rls_start(&s->held);
    memset(s->hint_readout, 0, sizeof(double) * hints * n);
}

/* The change of W that goes with a change -e k^T of a readout of `count` signals. */
static void feed_back(struct force *s, struct network *network, const double *feedback,
                      const double *gain, int count)
{
    linalg_gemv(s->push, feedback, count, s->online.error, network->units, count, 1, 0, 0);
    learner_add_outer(network, s->push, gain, -1);
    network_obey(network);
}

static void correct_hints(struct force *s, struct network *network, const double *rate, int n)
{
    int units = network->units, hints = s->online.hints.count;
    double *error = s->online.error;
    linalg_gemv(error, s->hint_readout, units, rate, hints, units, 1, 0, 0);
    for (int c = 0; c < hints; c++)
        error[c] -= s->online.hints.value[(long)n * hints + c];
    learner_rls_take(&s->held, rate);
    learner_add_rows(s->hint_readout, error, s->held.gain, -1, hints, units);
    feed_back(s, network, s->online.hint_feedback, s->held.gain, hints);
}

static bool after_step(void *context, int n)
{
    const struct learner_site *site = context;
    struct force *s = site->state;
    struct network *network = site->network;
    int hints = s->online.hints.count;
    learner_online_answer(site, n);
    if (n % s->online.stride != 0)
        return false;
    bool corrected = learner_online_correct(&s->online, site, n);
    if (corrected)
        feed_back(s, network, s->online.output_feedback, s->online.outputs.gain, network->outputs);
    if (hints > 0)
        correct_hints(s, network, site->trial->rate + (long)(n + 1) * network->units, n);
    return hints > 0 || corrected;
}

static void run(const struct learner_site *site)
{
    struct force *s = site->state;
    learner_online_run(&s->online, site, after_step);
}

static double flops(const struct settings *settings, const struct rule *rule,
                    const struct task_shape *shape)
{
    (void)rule;
    return learner_online_flops(settings, shape, 0, 12);
}

const struct learner learner_force = {
    .name = "force",
    .sentence = "FORCE: recursive least squares of a readout that is fed back.",
    .source = "Sussillo and Abbott, Neuron 2009;63:544",
    LEARNER_ONLINE,
    .size = sizeof(struct force),
    .layout = layout,
    .flops = flops,
    .start = start,
    .run = run,
};
