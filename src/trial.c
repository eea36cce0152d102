/* One trial. N units, I inputs, O outputs, T steps, d degree; t counts states 0..T and n loop
 * steps 0..T-1.
 *
 * The whole drive alpha (W_in u + b + xi) is one matrix product ahead of the loop, and the
 * eligibility, linear in theta and separable in (i, j), is d matrix products after it. */
#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg.h"
#include "vector.h"

/* Every array of a trial with its length: one list for create, free and bytes. */
struct member {
    double **array;
    size_t count;
};

enum { MEMBERS = 21 };

static void members(struct member out[MEMBERS], struct trial *trial, size_t n,
                    const struct task_shape *shape, size_t degree)
{
    size_t steps = (size_t)shape->steps, inputs = (size_t)shape->inputs;
    size_t outputs = (size_t)shape->outputs;
    const struct member list[MEMBERS] = {
        {&trial->task.input, steps * inputs},
        {&trial->task.target, steps * outputs},
        {&trial->task.window, steps},
        {&trial->noise, steps * n},
        {&trial->drive, steps * n},
        {&trial->rate, (steps + 1) * n},
        {&trial->slope, (steps + 1) * n},
        {&trial->deviation, steps * n},
        {&trial->state, n},
        {&trial->trace, n},
        {&trial->start_state, n},
        {&trial->start_trace, n},
        {&trial->output, steps * outputs},
        {&trial->reward_slope, steps * outputs},
        {&trial->objective_slope, steps * outputs},
        {&trial->power, steps * (degree + 1) * n},
        {&trial->left, steps * n},
        {&trial->right, steps * n},
        {&trial->columns, n * n},
        {&trial->weight, steps},
        {&trial->eligibility, n * n},
    };
    memcpy(out, list, sizeof list);
}

enum status trial_create(struct trial *trial, const struct settings *settings,
                         const struct task_shape *shape, struct error *error)
{
    *trial = (struct trial){.shape = *shape,
                            .units = (int)settings->network.units,
                            .degree = (int)settings->rule.degree};
    struct member member[MEMBERS];
    members(member, trial, (size_t)trial->units, shape, (size_t)trial->degree);
    for (int m = 0; m < MEMBERS; m++)
        if (!(*member[m].array = error_calloc(error, member[m].count, sizeof(double), "a trial"))) {
            trial_free(trial);
            return STATUS_FAILED;
        }
    return STATUS_OK;
}

void trial_free(struct trial *trial)
{
    struct member member[MEMBERS];
    members(member, trial, 0, &trial->shape, 0);
    for (int m = 0; m < MEMBERS; m++)
        free(*member[m].array);
    *trial = (struct trial){0};
}

double trial_bytes(const struct settings *settings, const struct task_shape *shape)
{
    struct trial none;
    struct member member[MEMBERS];
    double bytes = 0;
    members(member, &none, (size_t)settings->network.units, shape, (size_t)settings->rule.degree);
    for (int m = 0; m < MEMBERS; m++)
        bytes += sizeof(double) * (double)member[m].count;
    return bytes;
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

void trial_draw(struct trial *trial, const struct network *network, const struct rule *rule,
                const struct settings *settings, uint64_t task_seed, uint64_t index)
{
    uint64_t run_seed = (uint64_t)settings->seed;
    size_t bytes = sizeof(double) * (size_t)trial->units;
    task_draw(&trial->task, &trial->shape, settings, random_key(run_seed, task_seed, RANDOM_TASK),
              index);
    draw_noise(trial, settings, random_key(run_seed, task_seed, RANDOM_EXPLORATION), index);

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

/* alpha (W_in u + b + xi) for all steps. */
static void fill_drive(struct trial *trial, const struct network *network)
{
    int n = trial->units, steps = trial->shape.steps, inputs = trial->shape.inputs;
    for (long t = 0; t < steps; t++)
        for (long i = 0; i < n; i++)
            trial->drive[t * n + i] = network->alpha * (trial->noise[t * n + i] + network->bias[i]);
    linalg_gemm(trial->drive, n, trial->task.input, inputs, network->input, inputs, steps, n,
                inputs, network->alpha, 1, 0, 1);
}

/* One step of all units: `x` goes from x^t to x^(t+1), `recurrent` holds alpha W r^t. */
VECTOR_CLONES static void advance(double *restrict x, double *restrict trace,
                                  double *restrict deviation, const double *restrict recurrent,
                                  const double *restrict drive, double alpha, double alpha_x,
                                  long count)
{
    for (long i = 0; i < count; i++) {
        x[i] = (1 - alpha) * x[i] + (recurrent[i] + drive[i]); // (2)
        deviation[i] = trace[i] - x[i];                        // (4)
        trace[i] = alpha_x * trace[i] + (1 - alpha_x) * x[i];  // (3)
    }
}

/* (3) and (4) again for the clamped units, whose state is not what (2) says. */
static void clamp(struct trial *trial, const struct network *network, const struct rule *rule,
                  const double *old_trace, double *deviation)
{
    network_clamp(network, trial->state);
    for (int c = 0; c < network->clamped; c++) {
        int i = network->clamped_unit[c];
        double x = trial->state[i];
        deviation[i] = old_trace[c] - x;
        trial->trace[i] = rule->trace_alpha * old_trace[c] + (1 - rule->trace_alpha) * x;
    }
}

static void run_states(struct trial *trial, const struct network *network, const struct rule *rule)
{
    long n = trial->units;
    double *recurrent = trial->left; // free until the eligibility
    double *old_trace = trial->left + n;
    linalg_transpose(trial->columns, network->recurrent, n, n);
    network_rate(network, trial->rate, trial->slope, trial->state);
    for (long t = 0; t < trial->shape.steps; t++) {
        double *deviation = trial->deviation + t * n;
        for (int c = 0; c < network->clamped; c++)
            old_trace[c] = trial->trace[network->clamped_unit[c]];
        linalg_combine(recurrent, trial->columns, n, trial->rate + t * n, n, n, network->alpha);
        advance(trial->state, trial->trace, deviation, recurrent, trial->drive + t * n,
                network->alpha, rule->trace_alpha, n);
        clamp(trial, network, rule, old_trace, deviation);
        network_rate(network, trial->rate + (t + 1) * n, trial->slope + (t + 1) * n, trial->state);
        if (trial->after_step)
            trial->after_step(trial->context, (int)t);
    }
}

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

/* Correct: the mean output in the window has the target's sign; with several outputs the largest
 * mean is where the largest mean target is. */
static bool is_correct(const struct trial *trial)
{
    int outputs = trial->shape.outputs, said = 0, wanted = 0;
    double best_output = -INFINITY, best_target = -INFINITY;
    for (int o = 0; o < outputs; o++) {
        double output = 0, target = 0;
        for (long t = 0; t < trial->shape.steps; t++) {
            output += trial->task.window[t] * trial->output[t * outputs + o];
            target += trial->task.window[t] * trial->task.target[t * outputs + o];
        }
        if (outputs == 1)
            return output * target > 0;
        if (output > best_output)
            best_output = output, said = o;
        if (target > best_target)
            best_target = target, wanted = o;
    }
    return said == wanted;
}

static void judge(struct trial *trial, const struct settings *settings)
{
    double counted = 0;
    for (int t = 0; t < trial->shape.steps; t++)
        counted += trial->task.window[t];
    counted *= trial->shape.outputs;
    const struct task *task = task_of(settings);
    trial->correct =
        task->correct ? task->correct(&trial->task, trial->output, &trial->shape, settings)
                      : is_correct(trial);

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
            reward_of(objective == OBJECTIVE_ABSOLUTE ? REWARD_ABSOLUTE : REWARD_SQUARE,
                      trial->objective_slope, trial, counted);
    }
}

void trial_run(struct trial *trial, const struct network *network, const struct rule *rule,
               const struct settings *settings)
{
    int n = trial->units, steps = trial->shape.steps, outputs = trial->shape.outputs;
    fill_drive(trial, network);
    run_states(trial, network, rule);
    if (!trial->after_step)
        linalg_gemm(trial->output, outputs, trial->rate + n, n, network->readout, n, steps,
                    outputs, n, 1, 0, 0, 1); // (7)
    judge(trial, settings);
    trial->finite = isfinite(trial->reward) && isfinite(trial->objective);
    for (int i = 0; i < n; i++)
        trial->finite &= isfinite(trial->state[i]);
}

/* q_t of (23); by repeated products, so that no libm enters. */
static void fill_weight(struct trial *trial, const struct rule *rule,
                        const struct settings *settings)
{
    double dt = settings->network.dt, decay = 1 - dt / rule->tau_e, q = dt;
    trial->eligible = task_steps(settings->rule.eligibility_start, dt);
    for (int t = trial->shape.steps - 1; t >= 0; t--, q *= decay)
        trial->weight[t] = t < trial->eligible ? 0 : q;
}

/* power[t][k] = (r^t)^k. */
VECTOR_CLONES static void fill_power(double *restrict power, const double *restrict rate,
                                     long count, int degree)
{
    for (long i = 0; i < count; i++)
        power[i] = 1;
    for (int k = 1; k <= degree; k++)
        for (long i = 0; i < count; i++)
            power[k * count + i] = power[(k - 1) * count + i] * rate[i];
}

/* left[i] = weight * sum_l coefficient[l] deviation[i]^l, by Horner. */
VECTOR_CLONES static void fill_left(double *restrict left, const double *restrict deviation,
                                    const double *coefficient, int degree, double weight,
                                    long count)
{
    for (long i = 0; i < count; i++)
        left[i] = weight * coefficient[degree];
    for (int l = degree - 1; l >= 0; l--)
        for (long i = 0; i < count; i++)
            left[i] = left[i] * deviation[i] + weight * coefficient[l];
}

/* right[i] = rate[i]^k for a k that the compiler knows, by repeated products as in fill_power(). */
static inline __attribute__((always_inline)) void
raise(double *restrict right, const double *restrict rate, int k, long count)
{
    for (long i = 0; i < count; i++) {
        double product = 1;
        for (int n = 0; n < k; n++)
            product *= rate[i];
        right[i] = product;
    }
}

VECTOR_CLONES static void fill_right(double *restrict right, const double *restrict rate, int k,
                                     long count)
{
    switch (k) {
    case 0:
        return raise(right, rate, 0, count);
    case 2:
        return raise(right, rate, 2, count);
    case 3:
        return raise(right, rate, 3, count);
    case 4:
        return raise(right, rate, 4, count);
    default:
        return raise(right, rate, RULE_DEGREE, count);
    }
}

/* out (+)= sum_t left(t) (r^t)^k with left(t) = q_t sum_l coefficient[l] (Delta^t)^l. */
static void add_power(double *out, struct trial *trial, const double *coefficient, int k, bool add)
{
    long n = trial->units, steps = trial->shape.steps;
    for (long t = 0; t < steps; t++)
        fill_left(trial->left + t * n, trial->deviation + t * n, coefficient, trial->degree,
                  trial->weight[t], n);
    const double *right = trial->rate;
    if (k != 1) {
        fill_right(trial->right, trial->rate, k, steps * n);
        right = trial->right;
    }
    linalg_gemm(out, (int)n, trial->left, (int)n, right, (int)n, (int)n, (int)n, (int)steps, 1, add,
                1, 0);
}

void trial_prepare(struct trial *trial, const struct rule *rule, const struct settings *settings)
{
    long n = trial->units;
    fill_weight(trial, rule, settings);
    for (long t = 0; t < trial->shape.steps; t++)
        fill_power(trial->power + t * (trial->degree + 1) * n, trial->rate + t * n, n,
                   trial->degree);
}

void trial_eligibility(struct trial *trial, const struct rule *rule,
                       const struct settings *settings)
{
    bool add = false;
    fill_weight(trial, rule, settings);
    for (int k = 0; k <= rule->degree; k++) {
        double coefficient[RULE_DEGREE + 1];
        bool used = false;
        for (int l = 0; l <= rule->degree; l++) {
            coefficient[l] = rule->theta[l][k];
            used |= coefficient[l] != 0;
        }
        if (used) {
            add_power(trial->eligibility, trial, coefficient, k, add); // (5), (6)
            add = true;
        }
    }
    size_t square = (size_t)trial->units * (size_t)trial->units;
    if (!add)
        memset(trial->eligibility, 0, sizeof(double) * square);
}

void trial_term_squares(double *out, struct trial *trial, const struct rule *rule,
                        const struct settings *settings, const unsigned char *mask)
{
    long square = (long)trial->units * trial->units, synapses = 0;
    fill_weight(trial, rule, settings);
    for (long s = 0; s < square; s++)
        synapses += !mask || mask[s];
    for (int p = 0; p < rule->terms; p++) {
        double coefficient[RULE_DEGREE + 1] = {0}, sum = 0;
        coefficient[rule->term[p].l] = 1;
        add_power(trial->eligibility, trial, coefficient, rule->term[p].k, false);
        for (long s = 0; s < square; s++)
            if (!mask || mask[s])
                sum += trial->eligibility[s] * trial->eligibility[s];
        out[p] = synapses ? sum / (double)synapses : 0;
    }
}
