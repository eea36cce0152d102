/* One trial backwards. N units, T steps, B steps a block, d degree; a_x is dL/dx.
 *
 * The eligibility is linear in a = a_mu, so that (22) to (24) are 2 (d + 1) products with it, a
 * block of steps at a time, and a dozen elementwise passes; the state's recursion (25) is a product
 * with W^T a step, and (26) one product over all steps. All of it is computed for a_mu and scaled
 * by eta m at the end: <a_mu, e> of (20) then is sum_kl theta_kl dL/dtheta_kl, and the eligibility
 * itself is never needed. */
#include "adjoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg.h"
#include "vector.h"

enum { BLOCK = 100, MEMBERS = 15 };

struct member {
    double **array;
    size_t count;
};

static void members(struct member out[MEMBERS], struct adjoint *adjoint, size_t n, size_t steps,
                    size_t block, size_t powers, size_t types, size_t parameters)
{
    const struct member list[MEMBERS] = {
        {&adjoint->weight, n * n},
        {&adjoint->update, n * n},
        {&adjoint->post, powers * block * n},
        {&adjoint->forward, powers * block * n},
        {&adjoint->backward, powers * block * n},
        {&adjoint->deviation, steps * n},
        {&adjoint->rate, steps * n},
        {&adjoint->state, steps * n},
        {&adjoint->decay, steps},
        {&adjoint->trace, n},
        {&adjoint->now, n},
        {&adjoint->row, n},
        {&adjoint->sum, n},
        {&adjoint->baseline, types},
        {&adjoint->gradient, parameters + 1},
    };
    memcpy(out, list, sizeof list);
}

static int block_of(int steps)
{
    return steps < BLOCK ? steps : BLOCK;
}

enum status adjoint_create(struct adjoint *adjoint, const struct rule *rule,
                           const struct task_shape *shape, int units, struct error *error)
{
    *adjoint = (struct adjoint){.units = units,
                                .steps = shape->steps,
                                .block = block_of(shape->steps),
                                .degree = rule->degree};
    struct member member[MEMBERS];
    members(member, adjoint, (size_t)units, (size_t)shape->steps, (size_t)adjoint->block,
            (size_t)rule->degree + 1, (size_t)shape->types, (size_t)rule->parameters);
    for (int m = 0; m < MEMBERS; m++)
        if (!(*member[m].array =
                  error_calloc(error, member[m].count, sizeof(double), "an adjoint"))) {
            adjoint_free(adjoint);
            return STATUS_FAILED;
        }
    return STATUS_OK;
}

void adjoint_free(struct adjoint *adjoint)
{
    struct member member[MEMBERS];
    members(member, adjoint, 0, 0, 0, 0, 0, 0);
    for (int m = 0; m < MEMBERS; m++)
        free(*member[m].array);
    *adjoint = (struct adjoint){0};
}

double adjoint_bytes(const struct rule *rule, const struct task_shape *shape, int units)
{
    struct adjoint none;
    struct member member[MEMBERS];
    double bytes = 0;
    members(member, &none, (size_t)units, (size_t)shape->steps, (size_t)block_of(shape->steps),
            (size_t)rule->degree + 1, (size_t)shape->types, (size_t)rule->parameters);
    for (int m = 0; m < MEMBERS; m++)
        bytes += sizeof(double) * (double)member[m].count;
    return bytes;
}

static void clear(double *array, size_t count)
{
    memset(array, 0, sizeof(double) * count);
}

void adjoint_start(struct adjoint *adjoint, const struct rule *rule, const struct task_shape *shape)
{
    size_t n = (size_t)adjoint->units;
    clear(adjoint->weight, n * n);
    clear(adjoint->trace, n);
    clear(adjoint->baseline, (size_t)shape->types);
    clear(adjoint->gradient, (size_t)rule->parameters);
    adjoint->zero = true;
}

/* a_mu of (20): a_W where a synapse exists and was not clipped. */
static void fill_update(struct adjoint *adjoint, const struct network *network,
                        const struct adjoint_step *step)
{
    for (long s = 0; s < (long)adjoint->units * adjoint->units; s++) {
        bool still = (step->clipped && step->clipped[s]) || (network->mask && !network->mask[s]);
        adjoint->update[s] = still ? 0 : adjoint->weight[s];
    }
}

/* post[l][b] = weight_t (Delta^t)^l. */
VECTOR_CLONES static void fill_post(double *restrict post, const double *restrict deviation,
                                    const double *restrict weight, int degree, long block,
                                    long count, long n)
{
    for (long b = 0; b < count; b++) {
        for (long i = 0; i < n; i++)
            post[b * n + i] = weight[b];
        for (int l = 1; l <= degree; l++)
            for (long i = 0; i < n; i++)
                post[(l * block + b) * n + i] =
                    post[((l - 1) * block + b) * n + i] * deviation[b * n + i];
    }
}

/* out[i] += in[i] * sum_k coefficient[k] x[i]^k */
VECTOR_CLONES static void add_polynomial(double *restrict out, const double *restrict in,
                                         const double *restrict x,
                                         const double coefficient[RULE_DEGREE], long count)
{
    for (long i = 0; i < count; i++) {
        double sum = coefficient[RULE_DEGREE - 1];
        for (int k = RULE_DEGREE - 2; k >= 0; k--)
            sum = __builtin_fma(sum, x[i], coefficient[k]);
        out[i] = __builtin_fma(in[i], sum, out[i]);
    }
}

/* (24) for one step of a block, for a_mu: a_Delta from F and a_r from q H. */
static void step_polynomials(struct adjoint *adjoint, const struct trial *trial,
                             const struct rule *rule, long t, long b)
{
    long n = adjoint->units, block = adjoint->block;
    double *deviation = adjoint->deviation + t * n, *rate = adjoint->rate + t * n;
    clear(deviation, (size_t)n);
    clear(rate, (size_t)n);
    for (int k = 0; k <= rule->degree; k++) {
        double in_deviation[RULE_DEGREE] = {0};
        for (int l = 1; l <= rule->degree; l++)
            in_deviation[l - 1] = trial->weight[t] * l * rule->theta[l][k];
        add_polynomial(deviation, adjoint->forward + (k * block + b) * n, trial->deviation + t * n,
                       in_deviation, n);
    }
    for (int l = 0; l <= rule->degree; l++) {
        double in_rate[RULE_DEGREE] = {0};
        for (int k = 1; k <= rule->degree; k++)
            in_rate[k - 1] = k * rule->theta[l][k];
        add_polynomial(rate, adjoint->backward + (l * block + b) * n, trial->rate + t * n, in_rate,
                       n);
    }
}

/* The sums of (23) over one block, for a_mu: product[l][k] += sum_t <weight_t Delta^l, F_k>. */
static void add_contraction(double product[RULE_TERMS], const struct adjoint *adjoint, int count)
{
    int powers = adjoint->degree + 1, stride = adjoint->block * adjoint->units;
    linalg_gemm(product, powers, adjoint->post, stride, adjoint->forward, stride, powers, powers,
                count * adjoint->units, 1, 1, 0, 1);
}

/* F of the power 0 is the row sums of a_mu at every step; q H of the power 0 is q_t times the
 * column sums. */
static void fill_constant(struct adjoint *adjoint, const double *weight, int count)
{
    long n = adjoint->units;
    clear(adjoint->sum, (size_t)n);
    for (long i = 0; i < n; i++) {
        double sum = 0;
        for (long j = 0; j < n; j++) {
            sum += adjoint->update[i * n + j];
            adjoint->sum[j] += adjoint->update[i * n + j];
        }
        adjoint->row[i] = sum;
    }
    for (long b = 0; b < count; b++) {
        memcpy(adjoint->forward + b * n, adjoint->row, sizeof(double) * (size_t)n);
        for (long j = 0; j < n; j++)
            adjoint->backward[b * n + j] = weight[b] * adjoint->sum[j];
    }
}

/* (22) to (24) over all blocks, for a_mu. product[l][k] is <a_mu, E_kl> with E_kl the eligibility
 * of the term alone; slow[l][k] the same with the weights of log tau_e's direct term. */
static void eligibility_back(struct adjoint *adjoint, const struct trial *trial,
                             const struct rule *rule, double product[RULE_TERMS],
                             double slow[RULE_TERMS])
{
    int n = adjoint->units, powers = adjoint->degree + 1, block = adjoint->block;
    for (int t0 = 0; t0 < adjoint->steps; t0 += block) {
        int left = adjoint->steps - t0, count = left < block ? left : block;
        for (int k = 1; k < powers; k++)
            linalg_gemm(adjoint->forward + (long)k * block * n, n,
                        trial->power + ((long)t0 * powers + k) * n, powers * n, adjoint->update, n,
                        count, n, n, 1, 0, 0, 1);
        fill_post(adjoint->post, trial->deviation + (long)t0 * n, trial->weight + t0,
                  adjoint->degree, block, count, n);
        linalg_gemm(adjoint->backward + (long)block * n, n, adjoint->post + (long)block * n, n,
                    adjoint->update, n, (powers - 1) * block, n, n, 1, 0, 0, 0);
        fill_constant(adjoint, trial->weight + t0, count);
        add_contraction(product, adjoint, count);
        for (int b = 0; b < count; b++)
            step_polynomials(adjoint, trial, rule, t0 + b, b);
        if (rule->learn_tau_e) {
            fill_post(adjoint->post, trial->deviation + (long)t0 * n, adjoint->decay + t0,
                      adjoint->degree, block, count, n);
            add_contraction(slow, adjoint, count);
        }
    }
}

/* Weights of log tau_e's direct term, as in the tangents. */
static void fill_decay(struct adjoint *adjoint, const struct trial *trial,
                       const struct network *network, const struct rule *rule)
{
    int steps = adjoint->steps;
    adjoint->decay[steps - 1] = 0;
    for (int s = 0; s < steps - 1; s++)
        adjoint->decay[s] = s < trial->eligible ? 0
                                                : network->dt / rule->tau_e * (steps - 1 - s) *
                                                      trial->weight[s + 1];
}

/* (23): the parameters' part, and returns <a_mu, e>. */
static double add_gradient(struct adjoint *adjoint, const struct rule *rule,
                           const struct adjoint_step *step, const double *product,
                           const double *slow)
{
    int powers = adjoint->degree + 1, p = 0;
    double scale = step->rate * step->modulator, with_e = 0, with_tau = 0;
    for (int l = 0; l < powers; l++)
        for (int k = 0; k < powers; k++) {
            with_e += rule->theta[l][k] * product[l * powers + k];
            with_tau += rule->theta[l][k] * slow[l * powers + k];
        }
    for (; p < rule->terms; p++)
        adjoint->gradient[p] += scale * product[rule->term[p].l * powers + rule->term[p].k];
    if (rule->learn_tau_e)
        adjoint->gradient[p++] += scale * with_tau;
    return with_e;
}

/* Adds the outputs' part of (24) for the state after step `t` to out [N]. */
static void add_outputs(double *out, const struct trial *trial, const struct network *network,
                        long t, double to_reward, double to_objective)
{
    int outputs = trial->shape.outputs;
    if (trial->task.window[t] == 0)
        return;
    linalg_gemv(out, network->readout, network->units, trial->reward_slope + t * outputs, outputs,
                network->units, to_reward, 1, 1);
    linalg_gemv(out, network->readout, network->units, trial->objective_slope + t * outputs,
                outputs, network->units, to_objective, 1, 1);
}

/* (25), first line. */
VECTOR_CLONES static void step_back(double *restrict state, double *restrict trace,
                                    const double *restrict now, const double *restrict deviation,
                                    double scale, double alpha_x, long count)
{
    for (long i = 0; i < count; i++) {
        double to_deviation = scale * deviation[i];
        state[i] = now[i] - to_deviation + (1 - alpha_x) * trace[i];
        trace[i] = alpha_x * trace[i] + to_deviation;
    }
}

/* (25), second line; `sum` holds alpha W^T X and the outputs' part. */
VECTOR_CLONES static void state_back(double *restrict now, const double *restrict state,
                                     const double *restrict slope, const double *restrict sum,
                                     const double *restrict rate, double scale, double alpha,
                                     long count)
{
    for (long i = 0; i < count; i++)
        now[i] = (1 - alpha) * state[i] + slope[i] * (scale * rate[i] + sum[i]);
}

static void states_back(struct adjoint *adjoint, const struct trial *trial,
                        const struct network *network, const struct rule *rule, double scale,
                        double to_reward, double to_objective)
{
    long n = adjoint->units, steps = adjoint->steps;
    clear(adjoint->sum, (size_t)n);
    add_outputs(adjoint->sum, trial, network, steps - 1, to_reward, to_objective);
    for (long i = 0; i < n; i++)
        adjoint->now[i] = trial->slope[steps * n + i] * adjoint->sum[i];
    if (!rule->carry_trace)
        clear(adjoint->trace, (size_t)n);
    for (long t = steps - 1; t >= 0; t--) {
        double *state = adjoint->state + t * n;
        step_back(state, adjoint->trace, adjoint->now, adjoint->deviation + t * n, scale,
                  rule->trace_alpha, n);
        for (int c = 0; c < network->clamped; c++)
            state[network->clamped_unit[c]] = 0;
        linalg_combine(adjoint->sum, network->recurrent, n, state, n, n, network->alpha);
        if (t > 0)
            add_outputs(adjoint->sum, trial, network, t - 1, to_reward, to_objective);
        state_back(adjoint->now, state, trial->slope + t * n, adjoint->sum, adjoint->rate + t * n,
                   scale, network->alpha, n);
    }
}

/* (20) for what the trial's end did to the weights; returns a_m. */
static double update_back(struct adjoint *adjoint, const struct trial *trial,
                          const struct network *network, const struct rule *rule,
                          const struct adjoint_step *step)
{
    double product[RULE_TERMS] = {0}, slow[RULE_TERMS] = {0};
    if (rule->learn_tau_w) {
        double sum = 0;
        for (long s = 0; s < (long)adjoint->units * adjoint->units; s++)
            sum += adjoint->weight[s] * network->recurrent[s];
        adjoint->gradient[rule->parameters - 1] += sum / rule->tau_w;
    }
    fill_update(adjoint, network, step);
    if (rule->learn_tau_e)
        fill_decay(adjoint, trial, network, rule);
    eligibility_back(adjoint, trial, rule, product, slow);
    return step->rate * add_gradient(adjoint, rule, step, product, slow);
}

void adjoint_trial(struct adjoint *adjoint, const struct trial *trial,
                   const struct network *network, const struct rule *rule,
                   const struct adjoint_step *step)
{
    int n = adjoint->units, type = trial->task.type;
    size_t history = (size_t)adjoint->steps * (size_t)n;
    double to_modulator = 0, scale = step->rate * step->modulator;
    if (step->reset) {
        clear(adjoint->weight, (size_t)(n * n));
        adjoint->zero = true;
    }
    if (!adjoint->zero) {
        to_modulator = update_back(adjoint, trial, network, rule, step);
    } else {
        clear(adjoint->deviation, history);
        clear(adjoint->rate, history);
    }
    if (step->stopped)
        to_modulator = 0;
    // (21); the running mean of the reward matters through the modulator only
    double *baseline = adjoint->baseline + type;
    double to_reward = to_modulator * step->gain + step->beta * *baseline;
    *baseline =
        (1 - step->beta) * *baseline + to_modulator * (step->gain_slope * step->error - step->gain);
    states_back(adjoint, trial, network, rule, scale, to_reward, -step->loss_weight);
    linalg_gemm(adjoint->weight, n, adjoint->state, n, trial->rate, n, n, n, adjoint->steps,
                network->alpha, step->keep, 1, 0); // (26)
    adjoint->zero = false;
}
