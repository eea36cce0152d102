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

/* Over a slab, out[c][b] = weight_t x^c times what the group's planes have of the unit beside,
 * where x is r or Delta; without `weight` 1. */
VECTOR_CLONES static void NAME(fill_powers)(REAL *restrict out, const struct trial *trial,
                                            const struct rule_group *group, enum rule_side side,
                                            const double *weight, long t0, long count)
{
    long n = trial->units;
    const REAL *restrict x = side == RULE_PRESYNAPTIC ? OF(trial, rate) : OF(trial, deviation);
    x += t0 * n;
    for (long b = 0; b < count; b++) {
        for (long i = 0; i < n; i++)
            out[b * n + i] = weight ? (REAL)weight[t0 + b] : 1;
        if (group->has)
            NAME(multiply)(out + b * n, trial, &group->factor, side, -1, t0 + b);
        for (int c = 1; c <= group->highest; c++)
            for (long i = 0; i < n; i++)
                out[(c * count + b) * n + i] = out[((c - 1) * count + b) * n + i] * x[b * n + i];
    }
}

/* The powers of all groups on one side. */
static void NAME(fill_side)(struct adjoint *adjoint, const struct trial *trial,
                            const struct rule *rule, enum rule_side side, const double *weight,
                            long t0, long count)
{
    for (int g = 0; g < rule->groups[side]; g++)
        NAME(fill_powers)
    (OF(adjoint, post) + rule->group[side][g].first * count * adjoint->units, trial,
     &rule->group[side][g], side, weight, t0, count);
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

/* (24) over a slab, for a_mu and the plane of r and d alone: a_Delta from F. */
static void NAME(slab_left)(struct adjoint *adjoint, const struct trial *trial,
                            const struct rule_plane *plane, long t0, long count)
{
    long n = adjoint->units, stride = count * n;
    REAL coefficient[RULE_DEGREE + 1][RULE_DEGREE];
    for (long t = t0; t < t0 + count; t++) {
        for (int k = 0; k <= plane->rates; k++)
            for (int l = 1; l <= plane->rates; l++)
                coefficient[k][l - 1] = (REAL)(trial->weight[t] * l * plane->theta[l][k]);
        NAME(fill_polynomials)
        (OF(adjoint, deviation) + t * n, OF(adjoint, forward) + (t - t0) * n,
         OF(trial, deviation) + t * n, coefficient, plane->rates, stride, n);
    }
}

/* The same: a_r from q H. */
static void NAME(slab_right)(struct adjoint *adjoint, const struct trial *trial,
                             const struct rule_plane *plane, long t0, long count)
{
    long n = adjoint->units;
    REAL coefficient[RULE_DEGREE + 1][RULE_DEGREE];
    for (int l = 0; l <= plane->rates; l++)
        for (int k = 1; k <= plane->rates; k++)
            coefficient[l][k - 1] = (REAL)(k * plane->theta[l][k]);
    NAME(fill_polynomials)
    (OF(adjoint, rate) + t0 * n, OF(adjoint, backward), OF(trial, rate) + t0 * n, coefficient,
     plane->rates, count * n, count * n);
}

/* a_r or a_Delta of step t, whichever a variable owes to. */
static REAL *NAME(owed)(const struct adjoint *adjoint, int v, long t)
{
    return (rule_variables[v].signal == RULE_RATE ? OF(adjoint, rate) : OF(adjoint, deviation)) +
           t * adjoint->units;
}

/* (24) for step t = t0 + b of a slab, for a_mu, by a postsynaptic variable v of any plane, from F. */
static void NAME(add_left)(struct adjoint *adjoint, const struct trial *trial,
                           const struct rule *rule, const struct rule_plane *plane, int v, long t,
                           long b, long count)
{
    long n = adjoint->units, stride = count * n;
    const REAL *in =
        OF(adjoint, forward) + b * n + rule_slot(rule, plane, RULE_PRESYNAPTIC) * stride;
    REAL *part = OF(adjoint, part), *out = NAME(owed)(adjoint, v, t);
    for (int k = 0; k <= plane->rates; k++)
        if (NAME(has_power)(plane, k) &&
            NAME(slope_of_plane)(part, trial, plane, RULE_POSTSYNAPTIC, v, k, trial->weight[t], t))
            for (long i = 0; i < n; i++)
                out[i] = FUSED(in[k * stride + i], part[i], out[i]);
}

/* The same by a presynaptic variable v of pair s, from (a_e o W^n)^T L with its q_t. */
static void NAME(add_right)(struct adjoint *adjoint, const struct trial *trial,
                            const struct rule *rule, int s, int v, long t, long b, long count)
{
    long n = adjoint->units;
    const REAL *in = OF(adjoint, backward) + (s * count + b) * n;
    REAL *part = OF(adjoint, part), *out = NAME(owed)(adjoint, v, t);
    if (NAME(fill_right_half)(part, trial, rule, &rule->pair[s], v, t))
        for (long j = 0; j < n; j++)
            out[j] = FUSED(in[j], part[j], out[j]);
}

/* (24) over a slab for a_mu and all planes, by the variables on one side. */
static void NAME(slab_planes)(struct adjoint *adjoint, const struct trial *trial,
                              const struct rule *rule, enum rule_side side, long t0, long count)
{
    for (long b = 0; b < count; b++)
        for (int v = 0; v < RULE_VARIABLES; v++) {
            if (rule_variables[v].side != side)
                continue;
            for (int a = 0; a < rule->planes && side == RULE_POSTSYNAPTIC; a++)
                NAME(add_left)(adjoint, trial, rule, &rule->plane[a], v, t0 + b, b, count);
            for (int s = 0; s < rule->pairs && side == RULE_PRESYNAPTIC; s++)
                NAME(add_right)(adjoint, trial, rule, s, v, t0 + b, b, count);
        }
}

/* Adds a slab to the sums of (23), for a_mu: plane by plane, <what it has of the postsynaptic unit
 * with Delta^l, F_k>. */
static void NAME(add_contraction)(const struct adjoint *adjoint, struct linalg_dots *dots,
                                  const struct rule *rule, long count)
{
    long stride = count * adjoint->units;
    for (int a = 0; a < rule->planes; a++) {
        const struct rule_plane *plane = &rule->plane[a];
        NAME(linalg_dots_add)
        (&dots[a], OF(adjoint, post) + stride * rule_slot(rule, plane, RULE_POSTSYNAPTIC), stride,
         plane->changes + 1,
         OF(adjoint, forward) + stride * rule_slot(rule, plane, RULE_PRESYNAPTIC), stride,
         plane->rates + 1, stride);
    }
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

/* F or q H of the power 0, `out` from the sums of a_mu, where nothing else multiplies it. */
static void NAME(fill_constant)(REAL *out, const REAL *sum, const double *weight, long n,
                                long count)
{
    for (long b = 0; b < count; b++)
        for (long j = 0; j < n; j++)
            out[b * n + j] = weight ? (REAL)weight[b] * sum[j] : sum[j];
}

/* out [rows, N] = left (a_mu o W^power) or, `across`, left (a_mu o W^power)^T; `panels` hold that of the
 * power 0. */
static void NAME(multiply_update)(REAL *out, const REAL *left, long rows, struct adjoint *adjoint,
                                  const struct trial *trial, int power, bool across)
{
    long n = adjoint->units;
    REAL *weighed = OF(adjoint, weighed);
    if (power > 0) {
        memcpy(weighed, across ? OF(adjoint, columns) : OF(adjoint, update),
               sizeof(REAL) * (size_t)(n * n));
        NAME(trial_weigh)(weighed, n, trial, power, across);
    }
    NAME(linalg_multiply)
    (out, n, left, n, 1, power > 0 ? weighed : OF(adjoint, panels), power > 0 ? n : 0, rows, n, n,
     1, 0);
}

/* (22) over a slab: F of the presynaptic powers that fill_side() left, or q H of the postsynaptic
 * ones; all powers are one product. */
static void NAME(multiply_side)(struct adjoint *adjoint, const struct trial *trial,
                                const struct rule *rule, enum rule_side side, long t0, long count)
{
    long n = adjoint->units, stride = count * n;
    bool forward = side == RULE_PRESYNAPTIC;
    for (int g = 0; g < rule->groups[side]; g++) {
        const struct rule_group *group = &rule->group[side][g];
        REAL *out =
            (forward ? OF(adjoint, forward) : OF(adjoint, backward)) + group->first * stride;
        const REAL *in = OF(adjoint, post) + group->first * stride;
        bool constant = !group->has && group->weight == 0;
        if (constant)
            NAME(fill_constant)
        (out, forward ? OF(adjoint, row) : OF(adjoint, sum), forward ? NULL : trial->weight + t0, n,
         count);
        NAME(multiply_update)
        (out + constant * stride, in + constant * stride, (group->highest + 1 - constant) * count,
         adjoint, trial, group->weight, forward);
    }
}

/* What replaces q H over a slab for a rule of more than r and d: (a_mu o W^n)^T (q L) for each
 * pair, fewer products than one for each power of Delta and p. Its left half is in `post`. */
static void NAME(multiply_pairs)(struct adjoint *adjoint, const struct trial *trial,
                                 const struct rule *rule, long t0, long count)
{
    long n = adjoint->units;
    REAL *left = OF(adjoint, post);
    for (int s = 0; s < rule->pairs; s++) {
        const struct rule_pair *pair = &rule->pair[s];
        REAL *out = OF(adjoint, backward) + s * count * n;
        bool some = pair->has[RULE_PRESYNAPTIC];
        memset(out, 0, sizeof(REAL) * (size_t)(count * n));
        for (long b = 0; b < count && some; b++)
            some = NAME(fill_left_half)(left + b * n, OF(adjoint, part), trial, rule, pair, -1,
                                        t0 + b);
        if (some)
            NAME(multiply_update)
        (out, left, count, adjoint, trial, rule->group[RULE_PRESYNAPTIC][pair->group].weight,
         false);
    }
}

/* H of (22), and what (24) has of it, over a slab. */
static void NAME(slab_backward)(struct adjoint *adjoint, const struct trial *trial,
                                const struct rule *rule, long t0, long count)
{
    if (rule_has_others(rule)) {
        NAME(multiply_pairs)(adjoint, trial, rule, t0, count);
        NAME(slab_planes)(adjoint, trial, rule, RULE_PRESYNAPTIC, t0, count);
        return;
    }
    NAME(fill_side)(adjoint, trial, rule, RULE_POSTSYNAPTIC, trial->weight, t0, count);
    NAME(multiply_side)(adjoint, trial, rule, RULE_POSTSYNAPTIC, t0, count);
    if (rule_is_plain(rule))
        NAME(slab_right)(adjoint, trial, rule->plane, t0, count);
}

/* F of (22), the sums of (23), and what (24) has of F, over a slab. */
static void NAME(slab_forward)(struct adjoint *adjoint, const struct trial *trial,
                               const struct rule *rule, long t0, long count)
{
    NAME(fill_side)(adjoint, trial, rule, RULE_PRESYNAPTIC, NULL, t0, count);
    NAME(multiply_side)(adjoint, trial, rule, RULE_PRESYNAPTIC, t0, count);
    NAME(fill_side)(adjoint, trial, rule, RULE_POSTSYNAPTIC, trial->weight, t0, count);
    NAME(add_contraction)(adjoint, adjoint->dots, rule, count);
    if (rule_has_others(rule))
        NAME(slab_planes)(adjoint, trial, rule, RULE_POSTSYNAPTIC, t0, count);
    else if (rule_is_plain(rule))
        NAME(slab_left)(adjoint, trial, rule->plane, t0, count);
    if (rule->learns[RULE_TAU_E]) {
        NAME(fill_side)(adjoint, trial, rule, RULE_POSTSYNAPTIC, adjoint->decay, t0, count);
        NAME(add_contraction)(adjoint, adjoint->dots + rule->planes, rule, count);
    }
}

/* (22) to (24) over all steps, for a_mu. product[a][l][k] is <a_mu, E> with E the eligibility of the
 * term alone; slow[a][l][k] the same with the weights of log tau_e's direct term. */
static void NAME(eligibility_back)(struct adjoint *adjoint, const struct trial *trial,
                                   const struct rule *rule, struct products *product,
                                   struct products *slow)
{
    long n = adjoint->units, steps = adjoint->steps;
    size_t history = sizeof(REAL) * (size_t)(steps * n);
    NAME(sum_update)(adjoint);
    if (rule_has_others(rule)) {
        memset(OF(adjoint, deviation), 0, history);
        memset(OF(adjoint, rate), 0, history);
    }
    NAME(linalg_panels)(OF(adjoint, panels), OF(adjoint, update), n, n, n);
    for (long t = 0, count; t < steps; t += count) {
        count = slab_at(adjoint, t);
        NAME(slab_backward)(adjoint, trial, rule, t, count);
    }
    NAME(linalg_panels)(OF(adjoint, panels), OF(adjoint, columns), n, n, n);
    for (long t = 0, count; t < steps; t += count) {
        count = slab_at(adjoint, t);
        NAME(slab_forward)(adjoint, trial, rule, t, count);
        if ((t + count) % BLOCK == 0 || t + count == steps) {
            end_block(product, adjoint->dots, rule);
            end_block(slow, adjoint->dots + rule->planes, rule);
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
                              const struct adjoint_step *step, struct products *product,
                              struct products *slow)
{
    if (rule->learns[RULE_TAU_W]) {
        double sum = 0;
        for (long s = 0; s < (long)adjoint->units * adjoint->units; s++)
            sum += OF(adjoint, weight)[s] * network->recurrent[s];
        adjoint->gradient[rule_place(rule, RULE_TAU_W)] += sum / rule->tau_w;
    }
    if (rule->learns[RULE_CLIP]) {
        double sum = 0;
        for (long s = 0; s < (long)adjoint->units * adjoint->units; s++)
            if (!network->mask || network->mask[s])
                sum += OF(adjoint, weight)[s] * step->clipped[s];
        adjoint->gradient[rule_place(rule, RULE_CLIP)] += rule->clip * sum; // (41')
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
    REAL scale = (REAL)(step->rate * step->modulator);
    for (long s = 0; s < n * n && trial->direct && !adjoint->zero; s++)
        OF(adjoint, weight)[s] += scale * OF(adjoint, update)[s] * (REAL)trial->direct[s];
}

/* a_W = 0, and with it all that follows from it within the trial. */
static void NAME(forget)(struct adjoint *adjoint)
{
    size_t n = (size_t)adjoint->units, history = n * (size_t)adjoint->steps;
    memset(OF(adjoint, weight), 0, sizeof(REAL) * n * n);
    memset(OF(adjoint, deviation), 0, sizeof(REAL) * history);
    memset(OF(adjoint, rate), 0, sizeof(REAL) * history);
}
