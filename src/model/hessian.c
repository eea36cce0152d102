/* Tangents of the states in all directions at once (12), and one adjoint (25): second derivatives of a
 * chain of steps are sums over the steps of the adjoint times the step's own second derivative in the
 * tangents, so that all K^2 forms cost K tangents and no more. A tangent of the adjoint for each
 * direction would give H V as well, at twice the price, of which only the forms would be kept.
 *
 * 6 K N^2 + 2 K^2 N floating-point operations a step, nearly all in matrix products: those of a
 * direction with all rates and all adjoint states of a block, and the forms themselves over the block.
 * N units, O outputs, T steps, B steps a block, K directions; t counts states 0..T. */
#include "model/hessian.h"

#include <math.h>
#include <string.h>

#include "base/linalg.h"
#include "base/vector.h"
#include "model/trial_arrays.h"

enum { BLOCK = 40, ARRAYS = 13 };

static void arrays(struct trial_array out[ARRAYS], struct hessian *h)
{
    size_t n = (size_t)h->units, k = (size_t)h->directions, block = (size_t)h->block;
    size_t history = n * ((size_t)h->steps + 1), outputs = (size_t)h->outputs;
    const struct trial_array list[ARRAYS] = {
        {&h->rate, NULL, history},
        {&h->slope, NULL, history},
        {&h->back, NULL, history},
        {&h->bend, NULL, history},
        {&h->curve, NULL, (size_t)h->steps * outputs},
        {&h->columns, NULL, n * n},
        {&h->state, NULL, k * block * n},
        {&h->other, NULL, k * block * n},
        {&h->now, NULL, k * n},
        {&h->gain, NULL, k * n},
        {&h->output, NULL, 2 * k * outputs},
        {&h->slope_of, NULL, k},
        {&h->sum, NULL, k * k},
    };
    memcpy(out, list, sizeof list);
}

enum status hessian_create(struct hessian *hessian, const struct task_shape *shape, int units,
                           int directions, struct error *error)
{
    struct trial_array array[ARRAYS];
    *hessian = (struct hessian){.units = units,
                                .outputs = shape->outputs,
                                .steps = shape->steps,
                                .block = shape->steps < BLOCK ? shape->steps : BLOCK,
                                .directions = directions};
    arrays(array, hessian);
    return trial_arrays_take(array, ARRAYS, "second derivatives", error);
}

void hessian_free(struct hessian *hessian)
{
    struct trial_array array[ARRAYS];
    arrays(array, hessian);
    trial_arrays_free(array, ARRAYS);
    *hessian = (struct hessian){0};
}

/* ---- what the trial gives ---- */

static void take(double *out, const double *in, const float *in_single, long count)
{
    for (long s = 0; s < count; s++)
        out[s] = in ? in[s] : in_single[s];
}

/* Whether J is made of |y - y*|. */
static bool is_absolute(const struct settings *settings)
{
    if (settings->meta.objective == OBJECTIVE_REWARD)
        return settings->learning.reward == REWARD_ABSOLUTE;
    return settings->meta.objective != OBJECTIVE_SQUARE;
}

/* d^2 L / dy^2 of what is summed over steps: 2 w of squares; of |y - y*| 2 w times a bell around the
 * kink, whose integral is 1 (33). Of `wrong` that is multiplied as its slope is. */
static void fill_curve(double *curve, const struct trial *trial, const struct settings *settings,
                       double width)
{
    long outputs = trial->shape.outputs, count = trial->shape.steps * outputs;
    double counted = 0;
    for (int t = 0; t < trial->shape.steps; t++)
        counted += trial->task.window[t] * (double)outputs;
    for (long s = 0; s < count; s++) {
        double error = trial->output[s] - trial->task.target[s], bell = 1;
        double weight = trial->task.window[s / outputs] / counted;
        if (is_absolute(settings)) {
            double share = width > 0 ? fabs(error) / width : 1;
            bell = share < 1 ? 0.75 * (1 - share * share) / width : 0;
            if (settings->meta.objective == OBJECTIVE_WRONG)
                weight = fabs(trial->objective_slope[s]);
        }
        curve[s] = 2 * weight * bell;
    }
}

/* phi''(x^t) times the derivative of L by r^t, of what comes after: the next state and the output. */
static void fill_bend(struct hessian *h, const struct trial *trial, const struct network *network)
{
    long n = h->units, outputs = h->outputs;
    linalg_gemm(h->bend, (int)n, h->back, (int)n, network->recurrent, (int)n, h->steps + 1, (int)n,
                (int)n, network->alpha, 0, 0, 0);
    linalg_gemm(h->bend + n, (int)n, trial->objective_slope, (int)outputs, network->readout, (int)n,
                h->steps, (int)n, (int)outputs, -1, 1, 0, 0);
    for (long s = 0; s < n * (h->steps + 1); s++)
        h->bend[s] *= network->phi == PHI_TANH ? -2 * h->rate[s] * h->slope[s] : 0;
}

static void take_trial(struct hessian *h, const struct trial *trial, const struct network *network,
                       const struct adjoint *adjoint, const struct settings *settings, double width)
{
    long n = h->units, history = n * (h->steps + 1);
    take(h->rate, trial->rate, trial->single.rate, history);
    take(h->slope, trial->slope, trial->single.slope, history);
    take(h->back, adjoint->state, adjoint->single.state, n * h->steps);
    linalg_transpose(h->columns, network->recurrent, n, n);
    fill_curve(h->curve, trial, settings, width);
    fill_bend(h, trial, network);
}

/* ---- a block of steps ---- */

/* chi = alpha V r^t, and other = alpha V' X^(t+1), of all directions and the steps t of a block. */
static void fill_products(struct hessian *h, const double *direction, double alpha, long t0,
                          long count)
{
    int n = h->units;
    for (long k = 0; k < h->directions; k++) {
        const double *v = direction + k * n * n;
        long at = k * h->block * n;
        linalg_gemm(h->state + at, n, h->rate + t0 * n, n, v, n, (int)count, n, n, alpha, 0, 0, 1);
        linalg_gemm(h->other + at, n, h->back + (t0 + 1) * n, n, v, n, (int)count, n, n, alpha, 0,
                    0, 0);
    }
}

/* One direction and state: chi, phi' chi, and what chi meets. */
VECTOR_CLONES static void finish_state(double *restrict now, double *restrict state,
                                       double *restrict gain, double *restrict other,
                                       const double *restrict slope, const double *restrict bend,
                                       long count)
{
    for (long i = 0; i < count; i++) {
        now[i] += state[i];
        state[i] = now[i];
        gain[i] = slope[i] * now[i];
        other[i] = slope[i] * other[i] + 0.5 * bend[i] * now[i];
    }
}

/* (12) for the state t, the one of place b in the block. */
static void advance(struct hessian *h, const struct network *network, long t, long b)
{
    long n = h->units;
    linalg_multiply(h->now, n, h->gain, n, 1, h->columns, n, h->directions, n, n, network->alpha,
                    1 - network->alpha);
    for (long k = 0; k < h->directions; k++) {
        long at = (k * h->block + b) * n;
        finish_state(h->now + k * n, h->state + at, h->gain + k * n, h->other + at,
                     h->slope + t * n, h->bend + t * n, n);
        for (int c = 0; c < network->clamped; c++) {
            int i = network->clamped_unit[c];
            h->now[k * n + i] = h->state[at + i] = h->gain[k * n + i] = 0;
        }
    }
}

/* The outputs' curvature at state t: sum += half of y-dot_k L'' y-dot_l; slope_of += J-dot. */
static void add_outputs(struct hessian *h, const struct trial *trial, const struct network *network,
                        long t)
{
    int n = h->units, outputs = h->outputs, count = h->directions;
    const double *curve = h->curve + (t - 1) * outputs;
    double *output = h->output, *weighed = output + (long)count * outputs;
    if (trial->task.window[t - 1] == 0)
        return;
    linalg_gemm(output, outputs, h->gain, n, network->readout, n, count, outputs, n, 1, 0, 0, 1);
    linalg_gemv(h->slope_of, output, outputs, trial->objective_slope + (t - 1) * outputs, count,
                outputs, 1, 1, 0);
    for (long s = 0; s < (long)count * outputs; s++)
        weighed[s] = 0.5 * curve[s % outputs] * output[s];
    linalg_gemm(h->sum, count, weighed, outputs, output, outputs, count, count, outputs, 1, 1, 0,
                1);
}

/* The curvature of the logistic function in (8'), which is of the trial as a whole: with
 * J = -(1 + a) / 2 that of -J is -4 a / (1 - a^2) J-dot_k J-dot_l. */
static void add_logistic(struct hessian *h, const struct trial *trial)
{
    double a = -2 * trial->objective - 1, rest = 1 - a * a;
    double scale = rest > 0 ? -2 * a / rest : 0;
    int count = h->directions;
    linalg_gemm(h->sum, count, h->slope_of, 1, h->slope_of, 1, count, count, 1, scale, 1, 0, 1);
}

void hessian_forms(double *out, struct hessian *h, const struct trial *trial,
                   const struct network *network, const struct adjoint *adjoint,
                   const struct settings *settings, const double *direction, double width)
{
    int n = h->units, count = h->directions;
    take_trial(h, trial, network, adjoint, settings, width);
    memset(h->now, 0, sizeof(double) * (size_t)(count * n));
    memset(h->gain, 0, sizeof(double) * (size_t)(count * n));
    memset(h->slope_of, 0, sizeof(double) * (size_t)count);
    memset(h->sum, 0, sizeof(double) * (size_t)count * (size_t)count);
    for (long t0 = 0; t0 < h->steps; t0 += h->block) {
        long steps = t0 + h->block < h->steps ? h->block : h->steps - t0;
        fill_products(h, direction, network->alpha, t0, steps);
        for (long b = 0; b < steps; b++) {
            advance(h, network, t0 + b + 1, b);
            add_outputs(h, trial, network, t0 + b + 1);
        }
        linalg_gemm(h->sum, count, h->other, n * h->block, h->state, n * h->block, count, count,
                    (int)(n * steps), 1, 1, 0, 1);
    }
    if (settings->meta.objective == OBJECTIVE_WRONG)
        add_logistic(h, trial);
    for (long k = 0; k < count; k++)
        for (long l = 0; l < count; l++)
            out[k * count + l] = h->sum[k * count + l] + h->sum[l * count + k];
}
