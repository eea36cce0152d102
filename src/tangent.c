/* Exact sensitivities of state, trace, eligibility and weights for all P parameters at once.
 * N units, P parameters, T steps, B steps a block, d degree.
 *
 * Within one trial W and U are constant and the primal does not depend on the tangents, so that
 * nearly all work is matrix products, 10 P N^2 T floating-point operations in all:
 *   - the drive U_p r^t of all p and of a block of steps: one product (B x N)(N x NP);
 *   - the state (12): one product (N x N)(N x P) a step;
 *   - the direct terms D of (15): d + 1 products (N x T)(T x (d+1)N) over the whole trial;
 *   - the terms with M of (15): for a fixed row i the sum over steps of M_ij Delta-dot_p,i is a
 *     product (P x B)(B x N), with the row of M formed by Horner once for all p;
 *   - the terms with Q the same for a fixed column j, in an array of its own that is transposed
 *     at the trial's end.
 * The decay (1 - dt/tau_e)^(T-1-t) of (15) is folded into the polynomials' coefficients. */
#include "tangent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg.h"
#include "vector.h"

enum { BLOCK = 100 };

struct member {
    double **array;
    size_t count;
};

enum { MEMBERS = 18 };

static void members(struct member out[MEMBERS], struct tangent *tangent, size_t n, size_t p,
                    size_t block, size_t steps, size_t degree, bool keep_update)
{
    const struct member list[MEMBERS] = {
        {&tangent->weight, n * p * n},
        {&tangent->eligibility, n * p * n},
        {&tangent->transposed, n * p * n},
        {&tangent->state, n * p},
        {&tangent->trace, n * p},
        {&tangent->gain, n * p},
        {&tangent->drive, block * n * p},
        {&tangent->deviation, n * block * p},
        {&tangent->gains, n * block * p},
        {&tangent->slope, block * n},
        {&tangent->coefficient, block * (degree + 1) * n},
        {&tangent->decay, steps},
        {&tangent->left, steps * n},
        {&tangent->readout, n},
        {&tangent->live, n},
        {&tangent->reward, p},
        {&tangent->objective, p},
        {&tangent->update, keep_update ? n * p * n : 0},
    };
    memcpy(out, list, sizeof list);
}

static int block_of(int steps)
{
    return steps < BLOCK ? steps : BLOCK;
}

enum status tangent_create(struct tangent *tangent, const struct rule *rule, int units, int steps,
                           bool keep_update, struct error *error)
{
    *tangent =
        (struct tangent){.units = units, .parameters = rule->parameters, .block = block_of(steps)};
    struct member member[MEMBERS];
    members(member, tangent, (size_t)units, (size_t)rule->parameters, (size_t)tangent->block,
            (size_t)steps, (size_t)rule->degree, keep_update);
    for (int m = 0; m < MEMBERS; m++)
        if (member[m].count && !(*member[m].array = error_calloc(error, member[m].count,
                                                                 sizeof(double), "tangents"))) {
            tangent_free(tangent);
            return STATUS_FAILED;
        }
    return STATUS_OK;
}

void tangent_free(struct tangent *tangent)
{
    struct member member[MEMBERS];
    members(member, tangent, 0, 0, 0, 0, 0, false);
    for (int m = 0; m < MEMBERS; m++)
        free(*member[m].array);
    *tangent = (struct tangent){0};
}

double tangent_bytes(const struct rule *rule, int units, int steps)
{
    struct tangent none;
    struct member member[MEMBERS];
    double bytes = 0;
    members(member, &none, (size_t)units, (size_t)rule->parameters, (size_t)block_of(steps),
            (size_t)steps, (size_t)rule->degree, false);
    for (int m = 0; m < MEMBERS; m++)
        bytes += sizeof(double) * (double)member[m].count;
    return bytes;
}

static size_t weights(const struct tangent *tangent)
{
    return (size_t)tangent->units * (size_t)tangent->parameters * (size_t)tangent->units;
}

static void clear(double *array, size_t count)
{
    memset(array, 0, sizeof(double) * count);
}

void tangent_start(struct tangent *tangent)
{
    clear(tangent->weight, weights(tangent));
    clear(tangent->trace, (size_t)(tangent->units * tangent->parameters));
    tangent->silent = true;
}

void tangent_reset(struct tangent *tangent, const struct rule *rule)
{
    clear(tangent->weight, weights(tangent));
    tangent->silent = !rule->carry_trace;
}

/* out[i] = sum_k coefficient[k] x[i]^k for a degree that the compiler knows. */
static inline __attribute__((always_inline)) void horner(double *restrict out,
                                                         const double *restrict x,
                                                         const double *coefficient, int degree,
                                                         long count)
{
    for (long i = 0; i < count; i++) {
        double sum = coefficient[degree];
        for (int k = degree - 1; k >= 0; k--)
            sum = __builtin_fma(sum, x[i], coefficient[k]);
        out[i] = sum;
    }
}

VECTOR_CLONES static void polynomial(double *restrict out, const double *restrict x,
                                     const double *coefficient, int degree, long count)
{
    switch (degree) {
    case 0:
        return horner(out, x, coefficient, 0, count);
    case 1:
        return horner(out, x, coefficient, 1, count);
    case 2:
        return horner(out, x, coefficient, 2, count);
    case 3:
        return horner(out, x, coefficient, 3, count);
    case 4:
        return horner(out, x, coefficient, 4, count);
    default:
        return horner(out, x, coefficient, 5, count);
    }
}

/* left[t] = weight[t] times the polynomial of Delta^t with `coefficient`, all steps. */
static void fill_left(struct tangent *tangent, const struct trial *trial, const double *weight,
                      const double *coefficient, int degree)
{
    int n = tangent->units;
    for (long t = 0; t < trial->shape.steps; t++) {
        double scaled[RULE_DEGREE + 1];
        for (int l = 0; l <= degree; l++)
            scaled[l] = weight[t] * coefficient[l];
        polynomial(tangent->left + t * n, trial->deviation + t * n, scaled, degree, n);
    }
}

/* z of parameters p.. (one a column block of power) (+)= sum_t left(t) (r^t)^k, k = k0.. */
static void add_direct(struct tangent *tangent, const struct trial *trial, int p, int k, int powers,
                       bool add)
{
    int n = tangent->units;
    linalg_gemm(tangent->eligibility + p * n, tangent->parameters * n, tangent->left, n,
                trial->power + k * n, (trial->degree + 1) * n, n, powers * n, trial->shape.steps, 1,
                add, 1, 0);
}

/* D of theta_kl in (15): terms are ordered by l, then k, so that neighbours in k share one product
 * whose columns fall into place. */
static void direct_terms(struct tangent *tangent, const struct trial *trial,
                         const struct rule *rule)
{
    int filled = -1;
    for (int p = 0, run; p < rule->terms; p += run) {
        int k = rule->term[p].k, l = rule->term[p].l;
        for (run = 1; p + run < rule->terms && rule->term[p + run].l == l &&
                      rule->term[p + run].k == k + run;)
            run++;
        if (l != filled) {
            double coefficient[RULE_DEGREE + 1] = {0};
            coefficient[l] = 1;
            fill_left(tangent, trial, trial->weight, coefficient, l);
            filled = l;
        }
        add_direct(tangent, trial, p, k, run, false);
    }
}

/* D of log tau_e in (15): the sum over t of e^t / tau_e with its decay is the eligibility again
 * with the weights (dt / tau_e) (T-1-s) dt (1 - dt/tau_e)^(T-2-s). */
static void direct_tau_e(struct tangent *tangent, const struct trial *trial,
                         const struct network *network, const struct rule *rule)
{
    int steps = trial->shape.steps, n = tangent->units;
    tangent->decay[steps - 1] = 0;
    for (int s = 0; s < steps - 1; s++)
        tangent->decay[s] = s < trial->eligible ? 0
                                                : network->dt / rule->tau_e * (steps - 1 - s) *
                                                      trial->weight[s + 1];
    for (int i = 0; i < n; i++)
        clear(tangent->eligibility + ((long)i * tangent->parameters + rule->terms) * n, (size_t)n);
    for (int k = 0; k <= rule->degree; k++) {
        double coefficient[RULE_DEGREE + 1];
        for (int l = 0; l <= rule->degree; l++)
            coefficient[l] = rule->theta[l][k];
        fill_left(tangent, trial, tangent->decay, coefficient, rule->degree);
        add_direct(tangent, trial, rule->terms, k, 1, true);
    }
}

/* (12) to (14) of one step for all units and parameters: `state` comes in as the recursion's
 * recurrent part and leaves as chi^(t+1); gain leaves as phi'(x^(t+1)) chi^(t+1). */
VECTOR_CLONES static void advance(double *restrict state, double *restrict trace,
                                  double *restrict gain, double *restrict deviation, long stride,
                                  const double *restrict drive, const double *restrict slope,
                                  const double *restrict live, double alpha_x, long units,
                                  long parameters)
{
    for (long i = 0; i < units; i++) {
        double *chi = state + i * parameters, *psi = trace + i * parameters;
        double *g = gain + i * parameters, *dot = deviation + i * stride;
        const double *input = drive + i * parameters;
        for (long p = 0; p < parameters; p++) {
            double old = psi[p];
            chi[p] = live[i] * (chi[p] + input[p]);          // (12)
            psi[p] = alpha_x * old + (1 - alpha_x) * chi[p]; // (13)
            dot[p] = old - chi[p];                           // (14)
            g[p] = slope[i] * chi[p];
        }
    }
}

/* (16): dot += (W_out^T slope) . (phi' chi), for the outputs of one step. */
static void add_reward(double *dot, struct tangent *tangent, const struct network *network,
                       const double *slope)
{
    linalg_gemv(tangent->readout, network->readout, network->units, slope, network->outputs,
                network->units, 1, 0, 1);
    linalg_gemv(dot, tangent->gain, tangent->parameters, tangent->readout, network->units,
                tangent->parameters, 1, 1, 1);
}

/* Runs the state's tangents over steps t0 .. t0 + count - 1 and keeps what the eligibility needs.
 */
static void run_block(struct tangent *tangent, const struct trial *trial,
                      const struct network *network, const struct rule *rule, int t0, int count)
{
    long n = tangent->units, p = tangent->parameters, stride = tangent->block * p;
    linalg_gemm(tangent->drive, (int)(n * p), trial->rate + t0 * n, (int)n, tangent->weight, (int)n,
                count, (int)(n * p), (int)n, network->alpha, 0, 0, 1);
    for (long b = 0; b < count; b++) {
        long t = t0 + b, outputs = trial->shape.outputs;
        for (long i = 0; i < n; i++)
            memcpy(tangent->gains + i * stride + b * p, tangent->gain + i * p,
                   sizeof(double) * (size_t)p);
        linalg_gemm(tangent->state, (int)p, network->recurrent, (int)n, tangent->gain, (int)p,
                    (int)n, (int)p, (int)n, network->alpha, 1 - network->alpha, 0, 0);
        advance(tangent->state, tangent->trace, tangent->gain, tangent->deviation + b * p, stride,
                tangent->drive + b * n * p, trial->slope + (t + 1) * n, tangent->live,
                rule->trace_alpha, n, p);
        if (trial->task.window[t] != 0) {
            add_reward(tangent->reward, tangent, network, trial->reward_slope + t * outputs);
            add_reward(tangent->objective, tangent, network, trial->objective_slope + t * outputs);
        }
    }
}

/* Coefficients in r of the rows of M over a block: [b][k][i] = q_t sum_l theta_kl l Delta_i^(l-1).
 */
static void row_coefficients(struct tangent *tangent, const struct trial *trial,
                             const struct rule *rule, int t0, int count)
{
    long n = tangent->units, powers = rule->degree + 1;
    for (long b = 0; b < count; b++)
        for (int k = 0; k < powers; k++) {
            double derivative[RULE_DEGREE + 1] = {0};
            for (int l = 1; l < powers; l++)
                derivative[l - 1] = trial->weight[t0 + b] * l * rule->theta[l][k];
            polynomial(tangent->coefficient + (b * powers + k) * n, trial->deviation + (t0 + b) * n,
                       derivative, rule->degree - 1, n);
        }
}

/* Coefficients in Delta of the columns of Q: [b][l][j] = q_t sum_k theta_kl k r_j^(k-1). */
static void column_coefficients(struct tangent *tangent, const struct trial *trial,
                                const struct rule *rule, int t0, int count)
{
    long n = tangent->units, powers = rule->degree + 1;
    for (long b = 0; b < count; b++)
        for (int l = 0; l < powers; l++) {
            double derivative[RULE_DEGREE + 1] = {0};
            for (int k = 1; k < powers; k++)
                derivative[k - 1] = trial->weight[t0 + b] * k * rule->theta[l][k];
            polynomial(tangent->coefficient + (b * powers + l) * n, trial->rate + (t0 + b) * n,
                       derivative, rule->degree - 1, n);
        }
}

/* For each unit i: z(i) += sum over the block of tangents(i)^T (polynomials of i in `argument`). */
static void add_products(double *z, struct tangent *tangent, const double *tangents,
                         const double *argument, int degree, int count)
{
    long n = tangent->units, p = tangent->parameters, powers = degree + 1;
    for (long i = 0; i < n; i++) {
        for (long b = 0; b < count; b++) {
            double coefficient[RULE_DEGREE + 1];
            for (long k = 0; k < powers; k++)
                coefficient[k] = tangent->coefficient[(b * powers + k) * n + i];
            polynomial(tangent->slope + b * n, argument + b * n, coefficient, degree, n);
        }
        linalg_gemm(z + i * p * n, (int)n, tangents + i * tangent->block * p, (int)p,
                    tangent->slope, (int)n, (int)p, (int)n, count, 1, 1, 1, 0);
    }
}

/* z(i, p, j) += transposed(j, p, i), a tile at a time. */
VECTOR_CLONES static void add_transposed(double *restrict z, const double *restrict transposed,
                                         long units, long parameters)
{
    enum { TILE = 8 };
    long row = parameters * units;
    for (long i0 = 0; i0 < units; i0 += TILE)
        for (long p = 0; p < parameters; p++)
            for (long j0 = 0; j0 < units; j0 += TILE)
                for (long i = i0; i < units && i < i0 + TILE; i++)
                    for (long j = j0; j < units && j < j0 + TILE; j++)
                        z[i * row + p * units + j] += transposed[j * row + p * units + i];
}

static void start_trial(struct tangent *tangent, const struct network *network,
                        const struct rule *rule)
{
    size_t states = (size_t)(tangent->units * tangent->parameters);
    clear(tangent->state, states);
    clear(tangent->gain, states);
    if (!rule->carry_trace)
        clear(tangent->trace, states);
    clear(tangent->reward, (size_t)tangent->parameters);
    clear(tangent->objective, (size_t)tangent->parameters);
    for (int i = 0; i < tangent->units; i++)
        tangent->live[i] = 1;
    for (int c = 0; c < network->clamped; c++)
        tangent->live[network->clamped_unit[c]] = 0;
}

void tangent_trial(struct tangent *tangent, const struct trial *trial,
                   const struct network *network, const struct rule *rule)
{
    long n = tangent->units, p = tangent->parameters;
    start_trial(tangent, network, rule);
    direct_terms(tangent, trial, rule);
    if (rule->learn_tau_e)
        direct_tau_e(tangent, trial, network, rule);
    if (rule->learn_tau_w)
        for (long i = 0; i < n; i++)
            clear(tangent->eligibility + (i * p + p - 1) * n, (size_t)n);
    if (tangent->silent)
        return;
    clear(tangent->transposed, weights(tangent));
    for (int t0 = 0; t0 < trial->shape.steps; t0 += tangent->block) {
        int left = trial->shape.steps - t0, count = left < tangent->block ? left : tangent->block;
        run_block(tangent, trial, network, rule, t0, count);
        row_coefficients(tangent, trial, rule, t0, count);
        add_products(tangent->eligibility, tangent, tangent->deviation, trial->rate + t0 * n,
                     rule->degree, count);
        column_coefficients(tangent, trial, rule, t0, count);
        add_products(tangent->transposed, tangent, tangent->gains, trial->deviation + t0 * n,
                     rule->degree, count);
    }
    add_transposed(tangent->eligibility, tangent->transposed, n, p);
}

/* One row (i, p) of (17) and (18). `mask` and `update` may be NULL. */
VECTOR_CLONES static void update_row(double *restrict weight, double *restrict update,
                                     const double *restrict z, const double *restrict e,
                                     const unsigned char *mask, const struct tangent_step *step,
                                     double modulator_dot, long count)
{
    for (long j = 0; j < count; j++) {
        bool clipped = fabs(step->rate * step->modulator * e[j]) >= step->clip;
        bool still = clipped || (mask && !mask[j]);
        double dot =
            still ? 0 : step->rate * (step->modulator * z[j] + modulator_dot * e[j]); // (17)
        weight[j] = step->keep * weight[j] + dot;                                     // (18)
        if (update)
            update[j] = dot;
    }
}

void tangent_update(struct tangent *tangent, const struct trial *trial,
                    const struct network *network, const struct rule *rule,
                    const struct tangent_step *step)
{
    long n = tangent->units, p = tangent->parameters;
    for (long i = 0; i < n; i++)
        for (long q = 0; q < p; q++) {
            long row = (i * p + q) * n;
            update_row(tangent->weight + row, tangent->update ? tangent->update + row : NULL,
                       tangent->eligibility + row, trial->eligibility + i * n,
                       network->mask ? network->mask + i * n : NULL, step, step->modulator_dot[q],
                       n);
            if (rule->learn_tau_w && q == p - 1)
                for (long j = 0; j < n; j++)
                    tangent->weight[row + j] += network->recurrent[i * n + j] / rule->tau_w; // (18)
        }
    tangent->silent = false;
}
