/* One trial. N units, I inputs, O outputs, T steps, d degree; t counts states 0..T and n loop
 * steps 0..T-1.
 *
 * The whole drive alpha (W_in u + b + xi) is one matrix product ahead of the loop, and the
 * eligibility, linear in theta and separable in (i, j) but for powers of the weight, is a matrix
 * product for each power of the presynaptic variables after it. All that is
 * done for every step is in trial_kernel.h, for double and single precision. */
#include "model/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/vector.h"
#include "model/trial_arrays.h"

enum { ARRAYS = 40 };

static void arrays(struct trial_array out[ARRAYS], struct trial *trial,
                   const struct task_shape *shape, size_t n, bool single, bool weighs)
{
    size_t square = weighs ? n * n : 0; // of what only powers of the weight need
    size_t steps = (size_t)shape->steps, inputs = (size_t)shape->inputs;
    size_t outputs = (size_t)shape->outputs;
#define DOUBLE(name, count)                                                                        \
    {                                                                                              \
        &trial->name, NULL, (count)                                                                \
    }
#define EITHER(name, count) TRIAL_EITHER(trial, name, (count), single)
    const struct trial_array list[ARRAYS] = {
        DOUBLE(task.input, steps * inputs),
        DOUBLE(task.target, steps * outputs),
        DOUBLE(task.window, steps),
        DOUBLE(noise, steps * n),
        DOUBLE(state, n),
        DOUBLE(trace, n),
        DOUBLE(start_state, n),
        DOUBLE(start_trace, n),
        DOUBLE(output, steps * outputs),
        DOUBLE(reward_slope, steps * outputs),
        DOUBLE(objective_slope, steps * outputs),
        DOUBLE(weight, steps),
        DOUBLE(eligibility, n * n),
        {NULL, &trial->single.state, single ? n : 0},
        {NULL, &trial->single.trace, single ? n : 0},
        {NULL, &trial->single.output, single ? steps * outputs : 0},
        {NULL, &trial->single.eligibility, single ? n * n : 0},
        EITHER(stimulus, steps * inputs),
        EITHER(drive, steps * n),
        EITHER(rate, (steps + 1) * n),
        EITHER(slope, (steps + 1) * n),
        EITHER(deviation, steps * n),
        EITHER(left, (steps + 1) * n),
        EITHER(right, steps * n),
        EITHER(columns, n * n),
        EITHER(weights, n * (inputs + outputs)),
        EITHER(synapse, square),
        EITHER(product, square),
        DOUBLE(direct, square),
    };
#undef DOUBLE
#undef EITHER
    memcpy(out, list, sizeof list);
}

enum status trial_create(struct trial *trial, const struct settings *settings,
                         const struct task_shape *shape, struct error *error)
{
    *trial = (struct trial){.shape = *shape,
                            .units = (int)settings->network.units,
                            .in_single = settings->precision == PRECISION_SINGLE};
    struct trial_array array[ARRAYS];
    struct rule rule;
    rule_create(&rule, settings);
    arrays(array, trial, shape, (size_t)trial->units, trial->in_single, rule_weighs(&rule));
    return trial_arrays_take(array, ARRAYS, "a trial", error);
}

void trial_free(struct trial *trial)
{
    struct trial_array array[ARRAYS];
    arrays(array, trial, &trial->shape, 0, false, false);
    trial_arrays_free(array, ARRAYS);
    *trial = (struct trial){0};
}

double trial_bytes(const struct settings *settings, const struct rule *rule,
                   const struct task_shape *shape)
{
    struct trial none;
    struct trial_array array[ARRAYS];
    arrays(array, &none, shape, (size_t)settings->network.units,
           settings->precision == PRECISION_SINGLE, rule_weighs(rule));
    return trial_arrays_bytes(array, ARRAYS);
}

void trial_start(struct trial *trial)
{
    memset(trial->trace, 0, sizeof(double) * (size_t)trial->units);
}

/* Kicks: each unit at each step with probability p, uniform in +-A. Drawn by the gaps between
 * them, which are geometric, so that the cost is that of the kicks and not of the steps. */
static void draw_kicks(double *noise, struct random_key key, uint64_t trial, long count, double p,
                       double amplitude)
{
    enum { BATCH = 128 };
    double draw[2 * BATCH], gap[BATCH];
    double scale = p < 1 ? 1 / log1p(-p) : 0;
    long at = -1;
    for (uint64_t batch = 0; p > 0; batch++) {
        random_uniform(draw, key, trial, batch, 2 * BATCH);
        vector_log(gap, draw, BATCH);
        for (int i = 0; i < BATCH; i++) {
            double skip = floor(gap[i] * scale);
            if (skip >= (double)(count - at - 1))
                return;
            at += 1 + (long)skip;
            noise[at] = amplitude * (2 * draw[BATCH + i] - 1);
        }
    }
}

static void draw_noise(struct trial *trial, const struct settings *settings, struct random_key key,
                       uint64_t index)
{
    long n = trial->units, count = n * trial->shape.steps;
    long quiet = n * task_steps(settings->exploration.start, settings->network.dt);
    if (settings->exploration.kind == EXPLORATION_GAUSSIAN) {
        random_normal(trial->noise, key, index, 0, count);
        for (long s = 0; s < count; s++)
            trial->noise[s] *= settings->exploration.sd;
    } else {
        memset(trial->noise, 0, sizeof(double) * (size_t)count);
        if (settings->exploration.kind == EXPLORATION_KICKS)
            draw_kicks(trial->noise, key, index, count, settings->exploration.probability,
                       settings->exploration.amplitude);
    }
    memset(trial->noise, 0, sizeof(double) * (size_t)(quiet < count ? quiet : count));
}

/* All of a trial but the noise. */
static void draw_start(struct trial *trial, const struct network *network, const struct rule *rule,
                       const struct settings *settings, uint64_t task_seed, uint64_t index)
{
    uint64_t run_seed = (uint64_t)settings->seed;
    size_t bytes = sizeof(double) * (size_t)trial->units;
    task_draw(&trial->task, &trial->shape, settings, random_key(run_seed, task_seed, RANDOM_TASK),
              index);
    random_uniform(trial->state, random_key(run_seed, task_seed, RANDOM_INITIAL_STATE), index, 0,
                   trial->units);
    for (int i = 0; i < trial->units; i++)
        trial->state[i] = network->initial_state * (2 * trial->state[i] - 1);
    network_clamp(network, trial->state);
    if (!rule->carry_trace)
        memcpy(trial->trace, trial->state, bytes);
    memcpy(trial->start_state, trial->state, bytes);
    memcpy(trial->start_trace, trial->trace, bytes);
}

void trial_draw(struct trial *trial, const struct network *network, const struct rule *rule,
                const struct settings *settings, uint64_t task_seed, uint64_t index)
{
    draw_noise(trial, settings, random_key((uint64_t)settings->seed, task_seed, RANDOM_EXPLORATION),
               index);
    draw_start(trial, network, rule, settings, task_seed, index);
}

void trial_draw_still(struct trial *trial, const struct network *network, const struct rule *rule,
                      const struct settings *settings, uint64_t task_seed, uint64_t index)
{
    memset(trial->noise, 0, sizeof(double) * (size_t)trial->units * (size_t)trial->shape.steps);
    draw_start(trial, network, rule, settings, task_seed, index);
}

bool trial_alike(int power, const struct rule_term *factor, enum rule_side side)
{
    return power == 0 && !rule_term_has(factor, side);
}

// clang-format off
#include "model/trial_double.h"
#include "model/trial_factor.h"
#include "model/trial_kernel.h"
#include "model/trial_single.h"
#include "model/trial_factor.h"
#include "model/trial_kernel.h"
// clang-format on

/* (8) of one kind and its slope dR/dy. */
static double reward_of(int kind, double *slope, const struct trial *trial, double counted)
{
    int outputs = trial->shape.outputs;
    double sum = 0;
    for (long s = 0; s < (long)trial->shape.steps * outputs; s++) {
        double weight = trial->task.window[s / outputs] / counted;
        double error = trial->output[s] - trial->task.target[s];
        if (kind == REWARD_ABSOLUTE) {
            sum -= weight * fabs(error);
            slope[s] = -weight * ((error > 0) - (error < 0));
        } else {
            sum -= weight * error * error;
            slope[s] = -weight * 2 * error;
        }
    }
    return sum;
}

/* (8') from minus the mean absolute error and its slope, which become those of J. The logistic
 * function of z is (1 + tanh(z / 2)) / 2: with vector_tanh() the same bits everywhere. */
static double smooth_wrong(double *slope, const struct trial *trial, double reward, double counted)
{
    enum { STEEPNESS = 10 };
    long count = (long)trial->shape.steps * trial->shape.outputs;
    double silence = 0, half;
    for (long s = 0; s < count; s++)
        silence +=
            trial->task.window[s / trial->shape.outputs] / counted * fabs(trial->task.target[s]);
    if (silence == 0)
        silence = 1;
    half = STEEPNESS * (-reward / silence - 1) / 2;
    vector_tanh(&half, &half, 1);
    for (long s = 0; s < count; s++)
        slope[s] *= STEEPNESS * (1 - half * half) / (4 * silence);
    return -(1 + half) / 2;
}

static void judge(struct trial *trial, const struct settings *settings)
{
    double counted = 0;
    for (int t = 0; t < trial->shape.steps; t++)
        counted += trial->task.window[t];
    counted *= trial->shape.outputs;
    trial->correct = task_correct(&trial->task, trial->output, &trial->shape, settings);

    int reward = settings->learning.reward, objective = settings->meta.objective;
    size_t bytes = sizeof(double) * (size_t)(trial->shape.steps * trial->shape.outputs);
    if (reward == REWARD_BINARY) {
        trial->reward = trial->correct;
        memset(trial->reward_slope, 0, bytes);
    } else {
        trial->reward = reward_of(reward, trial->reward_slope, trial, counted);
    }
    if (objective == OBJECTIVE_REWARD) {
        trial->objective = trial->reward;
        memcpy(trial->objective_slope, trial->reward_slope, bytes);
    } else {
        trial->objective =
            reward_of(objective == OBJECTIVE_SQUARE ? REWARD_SQUARE : REWARD_ABSOLUTE,
                      trial->objective_slope, trial, counted);
        if (objective == OBJECTIVE_WRONG)
            trial->objective =
                smooth_wrong(trial->objective_slope, trial, trial->objective, counted);
    }
}

void trial_run(struct trial *trial, const struct network *network, const struct rule *rule,
               const struct settings *settings)
{
    if (trial->in_single)
        run_single(trial, network, rule);
    else
        run(trial, network, rule);
    judge(trial, settings);
    trial->finite = isfinite(trial->reward) && isfinite(trial->objective);
    for (int i = 0; i < trial->units; i++)
        trial->finite &= isfinite(trial->state[i]);
}

/* x, xbar, then rates and Delta of all steps. */
size_t trial_kept_bytes(const struct task_shape *shape, int units, bool in_single)
{
    size_t n = (size_t)units, steps = (size_t)shape->steps;
    return 2 * n * sizeof(double) +
           (2 * steps + 1) * n * (in_single ? sizeof(float) : sizeof(double));
}

void trial_keep(void *out, const struct trial *trial)
{
    size_t n = (size_t)trial->units;
    double *ends = out;
    memcpy(ends, trial->state, sizeof(double) * n);
    memcpy(ends + n, trial->trace, sizeof(double) * n);
    if (trial->in_single)
        keep_single((float *)(ends + 2 * n), trial);
    else
        keep(ends + 2 * n, trial);
}

void trial_recall(struct trial *trial, const void *kept, const struct network *network,
                  const struct settings *settings, uint64_t task_seed, uint64_t index)
{
    size_t n = (size_t)trial->units;
    const double *ends = kept;
    task_draw(&trial->task, &trial->shape, settings,
              random_key((uint64_t)settings->seed, task_seed, RANDOM_TASK), index);
    memcpy(trial->state, ends, sizeof(double) * n);
    memcpy(trial->trace, ends + n, sizeof(double) * n);
    if (trial->in_single)
        recall_single(trial, (const float *)(ends + 2 * n), network);
    else
        recall(trial, ends + 2 * n, network);
    judge(trial, settings);
    trial->finite = true; // no other is kept
}

/* q_t of (23); by repeated products, so that no libm enters. */
static void fill_weight(struct trial *trial, double tau_e, const struct settings *settings)
{
    double dt = settings->network.dt, decay = 1 - dt / tau_e, q = dt;
    trial->eligible = task_steps(settings->rule.eligibility_start, dt);
    for (int t = trial->shape.steps - 1; t >= 0; t--, q *= decay)
        trial->weight[t] = t < trial->eligible ? 0 : q;
}

double trial_rate(const struct trial *trial, long t, long i)
{
    long at = t * trial->units + i;
    return trial->in_single ? (double)trial->single.rate[at] : trial->rate[at];
}

static void widen(double *out, const float *x, long count)
{
    for (long i = 0; i < count; i++)
        out[i] = x[i];
}

void trial_prepare(struct trial *trial, const struct rule *rule, const struct settings *settings)
{
    if (trial->direct)
        trial_eligibility(trial, rule, settings);
    else
        fill_weight(trial, rule->tau_e, settings);
}

void trial_eligibility(struct trial *trial, const struct rule *rule,
                       const struct settings *settings)
{
    long n = trial->units;
    fill_weight(trial, rule->tau_e, settings);
    if (trial->direct)
        memset(trial->direct, 0, sizeof(double) * (size_t)(n * n));
    if (trial->in_single) {
        trial_sum_single(trial->single.eligibility, n, trial->direct, trial, rule, trial->weight,
                         false); // (5), (6)
        widen(trial->eligibility, trial->single.eligibility, n * n);
    } else {
        trial_sum(trial->eligibility, n, trial->direct, trial, rule, trial->weight, false);
    }
}

void trial_term(double *out, struct trial *trial, const struct rule_term *term, double tau_e,
                const struct settings *settings)
{
    fill_weight(trial, tau_e, settings);
    if (trial->in_single) {
        fill_term_single(trial->single.eligibility, trial, term);
        widen(out, trial->single.eligibility, (long)trial->units * trial->units);
    } else {
        fill_term(out, trial, term);
    }
}

void trial_term_squares(double *out, struct trial *trial, const struct rule *rule,
                        const struct settings *settings, const unsigned char *mask)
{
    long square = (long)trial->units * trial->units, synapses = 0;
    for (long s = 0; s < square; s++)
        synapses += !mask || mask[s];
    for (int p = 0; p < rule->terms; p++) {
        double sum = 0;
        trial_term(trial->eligibility, trial, &rule->term[p], rule->tau_e, settings);
        for (long s = 0; s < square; s++)
            if (!mask || mask[s])
                sum += trial->eligibility[s] * trial->eligibility[s];
        out[p] = synapses ? sum / (double)synapses : 0;
    }
}

void trial_decay(double *decay, const struct trial *trial, double dt, double tau_e)
{
    int steps = trial->shape.steps;
    decay[steps - 1] = 0;
    for (int s = 0; s < steps - 1; s++)
        decay[s] = s < trial->eligible ? 0 : dt / tau_e * (steps - 1 - s) * trial->weight[s + 1];
}
