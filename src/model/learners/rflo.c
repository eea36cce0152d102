/* Random-feedback local online learning and e-prop. N units, I inputs, O outputs, T steps.
 *
 * Both follow the gradient of the reward without the terms that are not local: of the derivative
 * dx_i/dW_ij only the part that does not pass through other units is kept,
 *
 *     p_j^(t+1) = (1 - alpha) p_j^t + alpha r_j^t,   p^0 = 0,
 *     dW_ij = eta sum_t (B dR/dy^t)_i phi'(x_i^t) p_j^t,   t = 1..T
 *
 * p filters the presynaptic rates only, since here phi acts on the filtered current; in Murray's
 * network, whose rates are filtered, phi' stands inside the filter. B is fixed and random (RFLO, or
 * e-prop with random feedback, which is the same here), or W_out^T (e-prop). Input weights learn in
 * the same way from the filtered inputs, the readout by the delta rule; with random feedback it has
 * to learn, since it is the readout that comes to agree with B. */
#include <math.h>

#include "base/linalg.h"
#include "model/learners/shared.h"

struct rflo {
    double *feedback; /* B [N, O]; not used when symmetric */
    double *signal;   /* (B dR/dy) phi' [T, N] */
    double *rate;     /* p^1..p^T [T, N] */
    double *input;    /* the filtered inputs [T, I] */
    double *update;   /* of input weights [N, I] or readout [O, N] */
};

static size_t layout(void *state, double *base, const struct settings *settings,
                     const struct task_shape *shape)
{
    struct rflo *s = state;
    struct learner_block block = {base, 0};
    size_t n = (size_t)settings->network.units, steps = (size_t)shape->steps;
    size_t inputs = (size_t)shape->inputs, outputs = (size_t)shape->outputs;
    s->feedback = learner_piece(&block, n * outputs);
    s->signal = learner_piece(&block, steps * n);
    s->rate = learner_piece(&block, steps * n);
    s->input = learner_piece(&block, steps * inputs);
    s->update = learner_piece(&block, n * (inputs > outputs ? inputs : outputs));
    return block.used;
}

/* B has the variance 1 / O. */
static void start(const struct learner_site *site)
{
    struct rflo *s = site->state;
    long count = (long)site->network->units * site->network->outputs;
    random_normal(s->feedback,
                  random_key((uint64_t)site->settings->seed, site->task_seed, RANDOM_FEEDBACK), 0,
                  0, count);
    double scale = 1 / sqrt(site->network->outputs);
    for (long i = 0; i < count; i++)
        s->feedback[i] *= scale;
}

/* The filtered signals p^1..p^T of `in`, whose row t is r^t or u^t. */
static void filter(double *out, const double *in, double alpha, long steps, long count)
{
    for (long i = 0; i < count; i++)
        out[i] = alpha * in[i];
    for (long t = 1; t < steps; t++)
        for (long i = 0; i < count; i++)
            out[t * count + i] = (1 - alpha) * out[(t - 1) * count + i] + alpha * in[t * count + i];
}

/* The eligibility with errors fed back through W_out^T if `symmetric`, else through B. */
static void trace_errors(const struct learner_site *site, bool symmetric)
{
    struct rflo *s = site->state;
    struct trial *trial = site->trial;
    const struct network *network = site->network;
    int n = network->units, outputs = network->outputs, steps = trial->shape.steps;
    linalg_gemm(s->signal, n, trial->reward_slope, outputs,
                symmetric ? network->readout : s->feedback, symmetric ? n : outputs, steps, n,
                outputs, 1, 0, 0, !symmetric);
    for (long k = 0; k < (long)steps * n; k++)
        s->signal[k] *= trial->slope[n + k];
    for (int c = 0; c < network->clamped; c++)
        for (long t = 0; t < steps; t++)
            s->signal[t * n + network->clamped_unit[c]] = 0;
    filter(s->rate, trial->rate, network->alpha, steps, n);
    linalg_gemm(trial->eligibility, n, s->signal, n, s->rate, n, n, n, steps, 1, 0, 1, 0);
}

static void trace_rflo(const struct learner_site *site)
{
    trace_errors(site, false);
}

static void trace_eprop(const struct learner_site *site)
{
    trace_errors(site, site->settings->eprop.feedback == FEEDBACK_SYMMETRIC);
}

/* weights += clip(eta update). */
static void add_clipped(double *weights, const double *update, const struct settings *settings,
                        long count)
{
    double clip = settings->learning.clip;
    for (long s = 0; s < count; s++)
        weights[s] += fmin(fmax(settings->learning.rate * update[s], -clip), clip);
}

static void change(const struct learner_site *site)
{
    struct rflo *s = site->state;
    const struct settings *settings = site->settings;
    struct trial *trial = site->trial;
    struct network *network = site->network;
    int n = network->units, inputs = network->inputs, outputs = network->outputs;
    int steps = trial->shape.steps;
    if (site->plastic & LEARNER_RECURRENT)
        learner_update(site, settings->learning.rate);
    if (site->plastic & LEARNER_INPUT) {
        filter(s->input, trial->task.input, network->alpha, steps, inputs);
        linalg_gemm(s->update, inputs, s->signal, n, s->input, inputs, n, inputs, steps, 1, 0, 1,
                    0);
        add_clipped(network->input, s->update, settings, (long)n * inputs);
    }
    if (site->plastic & LEARNER_READOUT) {
        linalg_gemm(s->update, n, trial->reward_slope, outputs, trial->rate + n, n, outputs, n,
                    steps, 1, 0, 1, 0);
        add_clipped(network->readout, s->update, settings, (long)n * outputs);
    }
}

static double flops(const struct settings *settings, const struct rule *rule,
                    const struct task_shape *shape)
{
    (void)rule;
    double n = (double)settings->network.units;
    return 2 * n * (n + shape->inputs + 2.0 * shape->outputs) * shape->steps;
}

static const char *const reads[] = {"learning.rate", "learning.clip", "learning.weight_noise",
                                    "rule.tau_w", NULL};

const struct learner learner_rflo = {
    .name = "rflo",
    .reads = reads,
    .sentence = "Random-feedback local online learning: local traces times randomly fed back "
                "errors.",
    .source = "Murray, eLife 2019;8:e43299",
    .usual = LEARNER_RECURRENT | LEARNER_READOUT,
    .able = LEARNER_RECURRENT | LEARNER_INPUT | LEARNER_READOUT,
    .slope = true,
    .size = sizeof(struct rflo),
    .layout = layout,
    .flops = flops,
    .start = start,
    .trace = trace_rflo,
    .change = change,
};

const struct learner learner_eprop = {
    .name = "eprop",
    .reads = reads,
    .sentence = "e-prop for rate units: the same traces, with errors fed back by the readout's own "
                "weights.",
    .source = "Bellec et al., Nat. Commun. 2020;11:3625",
    .section = "eprop",
    .usual = LEARNER_RECURRENT,
    .able = LEARNER_RECURRENT | LEARNER_INPUT | LEARNER_READOUT,
    .slope = true,
    .size = sizeof(struct rflo),
    .layout = layout,
    .flops = flops,
    .start = start,
    .trace = trace_eprop,
    .change = change,
};
