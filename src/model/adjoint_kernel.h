/* One trial backwards, in the precision of trial_double.h or trial_single.h. Letters as in
 * adjoint.c. */

/* a_mu of (20) and its transpose: a_W where a synapse exists and was not clipped. */
static void NAME(fill_update)(struct adjoint *adjoint, const struct network *network,
                              const struct adjoint_step *step)
{
    long n = adjoint->units;
    REAL *update = OF(adjoint, update), *columns = OF(adjoint, columns);
    for (long i = 0; i < n; i++)
        for (long j = 0; j < n; j++) {
            long s = i * n + j;
            bool still =
                (step->clipped && step->clipped[s]) || (network->mask && !network->mask[s]);
            update[s] = still ? 0 : OF(adjoint, weight)[s];
        }
    enum { TILE = 8 };
    for (long i0 = 0; i0 < n; i0 += TILE)
        for (long j = 0; j < n; j++)
            for (long i = i0; i < n && i < i0 + TILE; i++)
                columns[j * n + i] = update[i * n + j];
}

/* out[l][b] = weight_t x^l; without `weight` 1. */
VECTOR_CLONES static void NAME(fill_powers)(REAL *restrict out, const REAL *restrict x,
                                            const double *weight, int degree, long block,
                                            long count, long n)
{
    for (long b = 0; b < count; b++) {
        for (long i = 0; i < n; i++)
            out[b * n + i] = weight ? (REAL)weight[b] : 1;
        for (int l = 1; l <= degree; l++)
            for (long i = 0; i < n; i++)
                out[(l * block + b) * n + i] = out[((l - 1) * block + b) * n + i] * x[b * n + i];
    }
}

/* out[i] = sum_c in[c][i] * sum_k coefficient[c][k] x[i]^k, for sizes that the compiler knows. */
static inline __attribute__((always_inline)) void
NAME(sum_polynomials)(REAL *restrict out, const REAL *restrict in, const REAL *restrict x,
                      REAL coefficient[][RULE_DEGREE], int degree, long stride, long count)
{
    for (long i = 0; i < count; i++) {
        REAL total = 0;
        for (int c = 0; c <= degree; c++) {
            REAL sum = coefficient[c][degree - 1];
            for (int k = degree - 2; k >= 0; k--)
                sum = FUSED(sum, x[i], coefficient[c][k]);
            total = FUSED(in[c * stride + i], sum, total);
        }
        out[i] = total;
    }
}

VECTOR_CLONES static void NAME(fill_polynomials)(REAL *restrict out, const REAL *restrict in,
                                                 const REAL *restrict x,
                                                 REAL coefficient[][RULE_DEGREE], int degree,
                                                 long stride, long count)
{
    switch (degree) {
    case 1:
        return NAME(sum_polynomials)(out, in, x, coefficient, 1, stride, count);
    case 2:
        return NAME(sum_polynomials)(out, in, x, coefficient, 2, stride, count);
    case 3:
        return NAME(sum_polynomials)(out, in, x, coefficient, 3, stride, count);
    case 4:
        return NAME(sum_polynomials)(out, in, x, coefficient, 4, stride, count);
    default:
        return NAME(sum_polynomials)(out, in, x, coefficient, RULE_DEGREE, stride, count);
    }
}

/* (24) for one step of a block, for a_mu: a_Delta from F and a_r from q H. */
static void NAME(step_polynomials)(struct adjoint *adjoint, const struct trial *trial,
                                   const struct rule *rule, long t, long b)
{
    long n = adjoint->units, stride = adjoint->block * n;
    REAL in_deviation[RULE_DEGREE + 1][RULE_DEGREE], in_rate[RULE_DEGREE + 1][RULE_DEGREE];
    for (int c = 0; c <= rule->degree; c++)
        for (int k = 1; k <= rule->degree; k++) {
            in_deviation[c][k - 1] = (REAL)(trial->weight[t] * k * rule->plane->theta[k][c]);
            in_rate[c][k - 1] = (REAL)(k * rule->plane->theta[c][k]);
        }
    NAME(fill_polynomials)
    (OF(adjoint, deviation) + t * n, OF(adjoint, forward) + b * n, OF(trial, deviation) + t * n,
     in_deviation, rule->degree, stride, n);
    NAME(fill_polynomials)
    (OF(adjoint, rate) + t * n, OF(adjoint, backward) + b * n, OF(trial, rate) + t * n, in_rate,
     rule->degree, stride, n);
}

/* The sums of (23) over one block, for a_mu: product[l][k] += sum_t <weight_t Delta^l, F_k>. */
static void NAME(add_contraction)(double *product, const struct adjoint *adjoint, long count)
{
    long powers = adjoint->degree + 1, stride = (long)adjoint->block * adjoint->units;
    for (long l = 0; l < powers; l++)
        for (long k = 0; k < powers; k++)
            product[l * powers + k] +=
                NAME(linalg_dot)(OF(adjoint, post) + l * stride, OF(adjoint, forward) + k * stride,
                                 count * adjoint->units);
}

/* Row and column sums of a_mu: F and H of the power 0 but for q_t. */
static void NAME(sum_update)(struct adjoint *adjoint)
{
    long n = adjoint->units;
    REAL *row = OF(adjoint, row), *sum = OF(adjoint, sum);
    const REAL *update = OF(adjoint, update);
    memset(sum, 0, sizeof(REAL) * (size_t)n);
    for (long i = 0; i < n; i++) {
        REAL total = 0;
        for (long j = 0; j < n; j++) {
            total += update[i * n + j];
            sum[j] += update[i * n + j];
        }
        row[i] = total;
    }
}

/* F and q H of the power 0. */
static void NAME(fill_constant)(struct adjoint *adjoint, const double *weight, long count)
{
    long n = adjoint->units;
    const REAL *row = OF(adjoint, row), *sum = OF(adjoint, sum);
    for (long b = 0; b < count; b++) {
        memcpy(OF(adjoint, forward) + b * n, row, sizeof(REAL) * (size_t)n);
        for (long j = 0; j < n; j++)
            OF(adjoint, backward)[b * n + j] = (REAL)weight[b] * sum[j];
    }
}

/* (22) to (24) over all blocks, for a_mu. product[l][k] is <a_mu, E_kl> with E_kl the eligibility
 * of the term alone; slow[l][k] the same with the weights of log tau_e's direct term. */
static void NAME(eligibility_back)(struct adjoint *adjoint, const struct trial *trial,
                                   const struct rule *rule, double product[RULE_TERMS],
                                   double slow[RULE_TERMS])
{
    long n = adjoint->units, powers = adjoint->degree + 1, block = adjoint->block;
    REAL *post = OF(adjoint, post);
    NAME(sum_update)(adjoint);
    for (long t0 = 0; t0 < adjoint->steps; t0 += block) {
        long left = adjoint->steps - t0, count = left < block ? left : block;
        NAME(fill_powers)(post, OF(trial, rate) + t0 * n, NULL, adjoint->degree, block, count, n);
        for (long k = 1; k < powers; k++)
            NAME(linalg_multiply)
        (OF(adjoint, forward) + k * block * n, n, post + k * block * n, n, 1, OF(adjoint, columns),
         n, count, n, n, 1, 0);
        NAME(fill_powers)
        (post, OF(trial, deviation) + t0 * n, trial->weight + t0, adjoint->degree, block, count, n);
        for (long l = 1; l < powers; l++)
            NAME(linalg_multiply)
        (OF(adjoint, backward) + l * block * n, n, post + l * block * n, n, 1, OF(adjoint, update),
         n, count, n, n, 1, 0);
        NAME(fill_constant)(adjoint, trial->weight + t0, count);
        NAME(add_contraction)(product, adjoint, count);
        for (long b = 0; b < count; b++)
            NAME(step_polynomials)(adjoint, trial, rule, t0 + b, b);
        if (rule->learn_tau_e) {
            NAME(fill_powers)
            (post, OF(trial, deviation) + t0 * n, adjoint->decay + t0, adjoint->degree, block,
             count, n);
            NAME(add_contraction)(slow, adjoint, count);
        }
    }
}

/* Adds the outputs' part of (24) for the state after step `t` to out [N]. */
static void NAME(add_outputs)(REAL *out, const struct trial *trial, const struct network *network,
                              long t, double to_reward, double to_objective)
{
    long n = network->units, outputs = trial->shape.outputs;
    if (trial->task.window[t] == 0)
        return;
    for (long o = 0; o < outputs; o++) {
        double to_output = to_reward * trial->reward_slope[t * outputs + o] +
                           to_objective * trial->objective_slope[t * outputs + o];
        for (long i = 0; i < n; i++)
            out[i] += (REAL)(to_output * network->readout[o * n + i]);
    }
}

/* (25), first line. */
VECTOR_CLONES static void NAME(step_back)(REAL *restrict state, REAL *restrict trace,
                                          const REAL *restrict now, const REAL *restrict deviation,
                                          REAL scale, REAL alpha_x, long count)
{
    for (long i = 0; i < count; i++) {
        REAL to_deviation = scale * deviation[i];
        state[i] = now[i] - to_deviation + (1 - alpha_x) * trace[i];
        trace[i] = alpha_x * trace[i] + to_deviation;
    }
}

/* (25), second line; `sum` holds alpha W^T X and the outputs' part. */
VECTOR_CLONES static void NAME(state_back)(REAL *restrict now, const REAL *restrict state,
                                           const REAL *restrict slope, const REAL *restrict sum,
                                           const REAL *restrict rate, REAL scale, REAL alpha,
                                           long count)
{
    for (long i = 0; i < count; i++)
        now[i] = (1 - alpha) * state[i] + slope[i] * (scale * rate[i] + sum[i]);
}

static void NAME(states_back)(struct adjoint *adjoint, const struct trial *trial,
                              const struct network *network, const struct rule *rule, double scale,
                              double to_reward, double to_objective)
{
    long n = adjoint->units, steps = adjoint->steps;
    REAL *sum = OF(adjoint, sum), *now = OF(adjoint, now), *trace = OF(adjoint, trace);
    REAL *recurrent = OF(adjoint, recurrent);
    REAL alpha = (REAL)network->alpha;
    for (long s = 0; s < n * n; s++)
        recurrent[s] = (REAL)network->recurrent[s];
    memset(sum, 0, sizeof(REAL) * (size_t)n);
    NAME(add_outputs)(sum, trial, network, steps - 1, to_reward, to_objective);
    for (long i = 0; i < n; i++)
        now[i] = OF(trial, slope)[steps * n + i] * sum[i];
    if (!rule->carry_trace)
        memset(trace, 0, sizeof(REAL) * (size_t)n);
    for (long t = steps - 1; t >= 0; t--) {
        REAL *state = OF(adjoint, state) + t * n;
        NAME(step_back)
        (state, trace, now, OF(adjoint, deviation) + t * n, (REAL)scale, (REAL)rule->trace_alpha,
         n);
        for (int c = 0; c < network->clamped; c++)
            state[network->clamped_unit[c]] = 0;
        NAME(linalg_combine)(sum, recurrent, n, state, n, n, alpha);
        if (t > 0)
            NAME(add_outputs)(sum, trial, network, t - 1, to_reward, to_objective);
        NAME(state_back)
        (now, state, OF(trial, slope) + t * n, sum, OF(adjoint, rate) + t * n, (REAL)scale, alpha,
         n);
    }
}

/* (20) and (22) to (24) for what the trial's end did to the weights. */
static void NAME(update_back)(struct adjoint *adjoint, const struct trial *trial,
                              const struct network *network, const struct rule *rule,
                              const struct adjoint_step *step, double product[RULE_TERMS],
                              double slow[RULE_TERMS])
{
    if (rule->learn_tau_w) {
        double sum = 0;
        for (long s = 0; s < (long)adjoint->units * adjoint->units; s++)
            sum += OF(adjoint, weight)[s] * network->recurrent[s];
        adjoint->gradient[rule->parameters - 1] += sum / rule->tau_w;
    }
    NAME(fill_update)(adjoint, network, step);
    NAME(eligibility_back)(adjoint, trial, rule, product, slow);
}

/* (25) and (26). */
static void NAME(weights_back)(struct adjoint *adjoint, const struct trial *trial,
                               const struct network *network, const struct rule *rule,
                               const struct adjoint_step *step, double to_reward)
{
    long n = adjoint->units;
    NAME(states_back)
    (adjoint, trial, network, rule, step->rate * step->modulator, to_reward, -step->loss_weight);
    NAME(linalg_multiply)
    (OF(adjoint, weight), n, OF(adjoint, state), 1, n, OF(trial, rate), n, n, n, adjoint->steps,
     (REAL)network->alpha, (REAL)step->keep); // (26)
}

/* a_W = 0, and with it all that follows from it within the trial. */
static void NAME(forget)(struct adjoint *adjoint)
{
    size_t n = (size_t)adjoint->units, history = n * (size_t)adjoint->steps;
    memset(OF(adjoint, weight), 0, sizeof(REAL) * n * n);
    memset(OF(adjoint, deviation), 0, sizeof(REAL) * history);
    memset(OF(adjoint, rate), 0, sizeof(REAL) * history);
}
