/* Backpropagation through time with Adam. N units, I inputs, O outputs, T steps.
 *
 * Backwards in t, with g^t = d(-R)/dy^t and a^t = d(-R)/dx^t, and 0 for clamped units:
 *
 *     a^T = phi'(x^T) * W_out^T g^T
 *     X^t = a^(t+1)
 *     a^t = (1 - alpha) X^t + phi'(x^t) * (W_out^T g^t + alpha W^T X^t),  g^0 = 0
 *     dW = alpha sum_t X^t (r^t)^T,  dW_in = alpha sum_t X^t (u^t)^T,  dW_out = sum_t g^t (r^t)^T
 *
 * which is (25) and (26) without a rule. Adam: Kingma and Ba, arXiv 1412.6980. */
#include "model/learners/bptt.h"

#include <math.h>
#include <string.h>

#include "base/linalg.h"
#include "base/vector.h"
#include "model/learners/shared.h"

static const double MEAN_MEMORY = 0.9, SQUARE_MEMORY = 0.999, EPSILON = 1e-8;

static size_t layout(void *state, double *base, const struct settings *settings,
                     const struct task_shape *shape)
{
    struct learner_bptt *s = state;
    struct learner_block block = {base, 0};
    size_t n = (size_t)settings->network.units;
    size_t weights = n * (n + (size_t)shape->inputs + (size_t)shape->outputs);
    s->gradient = learner_piece(&block, weights);
    s->mean = learner_piece(&block, weights);
    s->square = learner_piece(&block, weights);
    s->state = learner_piece(&block, n * (size_t)shape->steps);
    s->now = learner_piece(&block, n);
    s->back = learner_piece(&block, n);
    return block.used;
}

static size_t weights_of(const struct network *network)
{
    return (size_t)network->units *
           ((size_t)network->units + (size_t)network->inputs + (size_t)network->outputs);
}

static void start(const struct learner_site *site)
{
    struct learner_bptt *s = site->state;
    size_t bytes = sizeof(double) * weights_of(site->network);
    memset(s->gradient, 0, bytes);
    memset(s->mean, 0, bytes);
    memset(s->square, 0, bytes);
    s->trials = 0;
    s->left_mean = s->left_square = 1;
}

/* X^0..X^(T-1), of +R. */
static void go_back(struct learner_bptt *s, const struct learner_site *site)
{
    const struct trial *trial = site->trial;
    const struct network *network = site->network;
    int n = network->units, outputs = network->outputs;
    linalg_gemv(s->now, network->readout, n,
                trial->reward_slope + (long)(trial->shape.steps - 1) * outputs, outputs, n, 1, 0,
                1);
    for (int i = 0; i < n; i++)
        s->now[i] *= trial->slope[(long)trial->shape.steps * n + i];
    for (long t = trial->shape.steps - 1; t >= 0; t--) {
        double *x = s->state + t * n;
        memcpy(x, s->now, sizeof(double) * (size_t)n);
        for (int c = 0; c < network->clamped; c++)
            x[network->clamped_unit[c]] = 0;
        linalg_gemv(s->back, network->recurrent, n, x, n, n, network->alpha, 0, 1);
        if (t > 0)
            linalg_gemv(s->back, network->readout, n, trial->reward_slope + (t - 1) * outputs,
                        outputs, n, 1, 1, 1);
        for (int i = 0; i < n; i++)
            s->now[i] = (1 - network->alpha) * x[i] + trial->slope[t * n + i] * s->back[i];
    }
}

void learner_bptt_gradient(struct learner_bptt *s, const struct learner_site *site)
{
    const struct trial *trial = site->trial;
    const struct network *network = site->network;
    int n = network->units, inputs = network->inputs, outputs = network->outputs;
    int steps = trial->shape.steps;
    double *input = s->gradient + (size_t)n * (size_t)n, *readout = input + (size_t)(n * inputs);
    go_back(s, site);
    if (site->plastic & LEARNER_RECURRENT)
        linalg_gemm(s->gradient, n, s->state, n, trial->rate, n, n, n, steps, -network->alpha, 1, 1,
                    0);
    if (site->plastic & LEARNER_INPUT)
        linalg_gemm(input, inputs, s->state, n, trial->task.input, inputs, n, inputs, steps,
                    -network->alpha, 1, 1, 0);
    if (site->plastic & LEARNER_READOUT)
        linalg_gemm(readout, n, trial->reward_slope, outputs, trial->rate + n, n, outputs, n, steps,
                    -1, 1, 1, 0);
}

/* What the mean gradient is multiplied by: 1 / batch, and less where its norm is too large. */
static double factor_of(const struct learner_bptt *s, const struct learner_site *site)
{
    double sum = 0, factor = 1.0 / s->trials, clip = site->settings->bptt.gradient_clip;
    for (size_t k = 0; k < weights_of(site->network); k++)
        sum += s->gradient[k] * s->gradient[k];
    double norm = factor * sqrt(sum);
    return norm > clip ? factor * clip / norm : factor;
}

VECTOR_CLONES static void adam(double *restrict weight, double *restrict mean,
                               double *restrict square, const double *restrict gradient,
                               double factor, double rate, double mean_scale, double square_scale,
                               long count)
{
    for (long k = 0; k < count; k++) {
        double g = factor * gradient[k];
        mean[k] = MEAN_MEMORY * mean[k] + (1 - MEAN_MEMORY) * g;
        square[k] = SQUARE_MEMORY * square[k] + (1 - SQUARE_MEMORY) * g * g;
        weight[k] -= rate * mean_scale * mean[k] / (sqrt(square_scale * square[k]) + EPSILON);
    }
}

static void step(struct learner_bptt *s, const struct learner_site *site)
{
    struct network *network = site->network;
    long n = network->units;
    const long count[3] = {n * n, n * network->inputs, n * network->outputs};
    double *weight[3] = {network->recurrent, network->input, network->readout};
    double factor = factor_of(s, site);
    s->left_mean *= MEAN_MEMORY;
    s->left_square *= SQUARE_MEMORY;
    for (long part = 0, at = 0; part < 3; at += count[part++])
        adam(weight[part], s->mean + at, s->square + at, s->gradient + at, factor,
             site->settings->bptt.rate, 1 / (1 - s->left_mean), 1 / (1 - s->left_square),
             count[part]);
    network_obey(network);
}

/* Absent synapses are taken out of the gradient before Adam sees it: a step of Adam has the size of
 * its rate whatever the gradient, and would give them a weight. */
static void change(const struct learner_site *site)
{
    struct learner_bptt *s = site->state;
    struct network *network = site->network;
    learner_bptt_gradient(s, site);
    if (++s->trials < site->settings->bptt.batch)
        return;
    for (long k = 0; k < (long)network->units * network->units && network->mask; k++)
        if (!network->mask[k])
            s->gradient[k] = 0;
    step(s, site);
    memset(s->gradient, 0, sizeof(double) * weights_of(network));
    s->trials = 0;
}

static double flops(const struct settings *settings, const struct rule *rule,
                    const struct task_shape *shape)
{
    (void)rule;
    double n = (double)settings->network.units;
    return (4 * n * n + 2 * n * (shape->inputs + 2.0 * shape->outputs)) * shape->steps;
}

const struct learner learner_bptt = {
    .name = "bptt",
    .sentence = "Backpropagation through time: the exact gradient of the reward, and Adam.",
    .source = "Werbos, Proc. IEEE 1990;78:1550; Kingma and Ba, arXiv 1412.6980",
    .section = "bptt",
    .usual = LEARNER_RECURRENT,
    .able = LEARNER_RECURRENT | LEARNER_INPUT | LEARNER_READOUT,
    .slope = true,
    .size = sizeof(struct learner_bptt),
    .layout = layout,
    .flops = flops,
    .start = start,
    .change = change,
};
