/* States and eligibility of a trial, in the precision of trial_double.h or trial_single.h. What
 * goes in and out of it (noise, x, xbar, outputs, eligibility) is double in both. N units, I
 * inputs, O outputs, T steps, d degree; t counts steps. */

/* Weights as the products below want them: W^T, W_in^T and W_out^T. */
static void NAME(take_weights)(struct trial *trial, const struct network *network)
{
    long n = trial->units, inputs = trial->shape.inputs, outputs = trial->shape.outputs;
    NAME(linalg_transpose)(OF(trial, columns), network->recurrent, n, n);
    NAME(linalg_transpose)(OF(trial, weights), network->input, n, inputs);
    NAME(linalg_transpose)(OF(trial, weights) + n * inputs, network->readout, outputs, n);
    for (long s = 0; s < n * n && OF(trial, synapse); s++)
        OF(trial, synapse)[s] = (REAL)network->recurrent[s];
}

/* alpha (W_in u + b + xi) for all steps. */
VECTOR_CLONES static void NAME(fill_drive)(struct trial *trial, const struct network *network)
{
    long n = trial->units, steps = trial->shape.steps, inputs = trial->shape.inputs;
    REAL *drive = OF(trial, drive), *stimulus = OF(trial, stimulus);
    const double *noise = trial->noise, *bias = network->bias;
    double alpha = network->alpha;
    for (long t = 0; t < steps; t++)
        for (long i = 0; i < n; i++)
            drive[t * n + i] = (REAL)(alpha * (noise[t * n + i] + bias[i]));
    for (long s = 0; s < steps * inputs; s++)
        stimulus[s] = (REAL)trial->task.input[s];
    NAME(linalg_multiply)
    (drive, n, stimulus, inputs, 1, OF(trial, weights), n, steps, n, inputs, (REAL)alpha, 1);
}

/* One step of all units: `x` goes from x^t to x^(t+1), `recurrent` holds alpha W r^t. */
VECTOR_CLONES static void NAME(advance)(REAL *restrict x, REAL *restrict trace,
                                        REAL *restrict deviation, const REAL *restrict recurrent,
                                        const REAL *restrict drive, REAL alpha, REAL alpha_x,
                                        long count)
{
    for (long i = 0; i < count; i++) {
        x[i] = (1 - alpha) * x[i] + (recurrent[i] + drive[i]); // (2)
        deviation[i] = trace[i] - x[i];                        // (4)
        trace[i] = alpha_x * trace[i] + (1 - alpha_x) * x[i];  // (3)
    }
}

/* (3) and (4) again for the clamped units, whose state is not what (2) says. */
static void NAME(clamp)(struct trial *trial, const struct network *network, const struct rule *rule,
                        const REAL *old_trace, REAL *deviation)
{
    REAL alpha_x = (REAL)rule->trace_alpha;
    for (int c = 0; c < network->clamped; c++) {
        int i = network->clamped_unit[c];
        REAL x = (REAL)network->clamped_state[c];
        OF(trial, state)[i] = x;
        deviation[i] = old_trace[c] - x;
        OF(trial, trace)[i] = alpha_x * old_trace[c] + (1 - alpha_x) * x;
    }
}

static void NAME(run_states)(struct trial *trial, const struct network *network,
                             const struct rule *rule)
{
    long n = trial->units;
    REAL *x = OF(trial, state), *xbar = OF(trial, trace), *rate = OF(trial, rate);
    REAL *slope = OF(trial, slope), *deviation = OF(trial, deviation), *drive = OF(trial, drive);
    REAL *recurrent = OF(trial, left); // free until the eligibility
    REAL *old_trace = OF(trial, left) + n;
    for (long i = 0; i < n; i++)
        x[i] = (REAL)trial->state[i], xbar[i] = (REAL)trial->trace[i];
    NAME(network_rate)(network, rate, slope, x);
    for (long t = 0; t < trial->shape.steps; t++) {
        for (int c = 0; c < network->clamped; c++)
            old_trace[c] = xbar[network->clamped_unit[c]];
        NAME(linalg_combine)
        (recurrent, OF(trial, columns), n, rate + t * n, n, n, (REAL)network->alpha);
        NAME(advance)
        (x, xbar, deviation + t * n, recurrent, drive + t * n, (REAL)network->alpha,
         (REAL)rule->trace_alpha, n);
        NAME(clamp)(trial, network, rule, old_trace, deviation + t * n);
        NAME(network_rate)(network, rate + (t + 1) * n, slope + (t + 1) * n, x);
        if (trial->after_step && trial->after_step(trial->context, (int)t))
            NAME(linalg_transpose)(OF(trial, columns), network->recurrent, n, n);
    }
    for (long i = 0; i < n; i++)
        trial->state[i] = x[i], trial->trace[i] = xbar[i];
}

/* (7) of all steps. */
static void NAME(fill_output)(struct trial *trial)
{
    long n = trial->units, steps = trial->shape.steps, outputs = trial->shape.outputs;
    REAL *y = OF(trial, output);
    NAME(linalg_multiply)
    (y, outputs, OF(trial, rate) + n, n, 1, OF(trial, weights) + n * trial->shape.inputs, outputs,
     steps, outputs, n, 1, 0);
    for (long s = 0; s < steps * outputs; s++)
        trial->output[s] = y[s];
}

static void NAME(run)(struct trial *trial, const struct network *network, const struct rule *rule)
{
    NAME(take_weights)(trial, network);
    NAME(fill_drive)(trial, network);
    NAME(run_states)(trial, network, rule);
    if (!trial->after_step)
        NAME(fill_output)(trial);
}

static void NAME(keep)(REAL *out, const struct trial *trial)
{
    long n = trial->units, steps = trial->shape.steps;
    memcpy(out, OF(trial, rate), sizeof(REAL) * (size_t)((steps + 1) * n));
    memcpy(out + (steps + 1) * n, OF(trial, deviation), sizeof(REAL) * (size_t)(steps * n));
}

static void NAME(recall)(struct trial *trial, const REAL *kept, const struct network *network)
{
    long n = trial->units, steps = trial->shape.steps;
    NAME(take_weights)(trial, network);
    memcpy(OF(trial, rate), kept, sizeof(REAL) * (size_t)((steps + 1) * n));
    memcpy(OF(trial, deviation), kept + (steps + 1) * n, sizeof(REAL) * (size_t)(steps * n));
    NAME(network_slope)(network, OF(trial, slope), OF(trial, rate), (steps + 1) * n);
    NAME(fill_output)(trial);
}

/* left[t] = weight[t] sum_l coefficient[l] (Delta^t)^l by Horner, for a degree that the compiler
 * knows. */
static inline __attribute__((always_inline)) void
NAME(horner)(REAL *restrict left, const REAL *restrict deviation, const double *coefficient,
             const double *weight, int degree, long steps, long count)
{
    for (long t = 0; t < steps; t++) {
        REAL scaled[RULE_DEGREE + 1];
        for (int l = 0; l <= degree; l++)
            scaled[l] = (REAL)(weight[t] * coefficient[l]);
        for (long i = t * count; i < (t + 1) * count; i++) {
            REAL sum = scaled[degree];
            for (int l = degree - 1; l >= 0; l--)
                sum = sum * deviation[i] + scaled[l];
            left[i] = sum;
        }
    }
}

VECTOR_CLONES static void NAME(fill_left)(REAL *restrict left, const REAL *restrict deviation,
                                          const double *coefficient, const double *weight,
                                          int degree, long steps, long count)
{
    switch (degree) {
    case 0:
        return NAME(horner)(left, deviation, coefficient, weight, 0, steps, count);
    case 1:
        return NAME(horner)(left, deviation, coefficient, weight, 1, steps, count);
    case 2:
        return NAME(horner)(left, deviation, coefficient, weight, 2, steps, count);
    case 3:
        return NAME(horner)(left, deviation, coefficient, weight, 3, steps, count);
    case 4:
        return NAME(horner)(left, deviation, coefficient, weight, 4, steps, count);
    default:
        return NAME(horner)(left, deviation, coefficient, weight, RULE_DEGREE, steps, count);
    }
}

/* right[i] = rate[i]^k for a k that the compiler knows, by repeated products as in fill_power(). */
static inline __attribute__((always_inline)) void
NAME(raise)(REAL *restrict right, const REAL *restrict rate, int k, long count)
{
    for (long i = 0; i < count; i++) {
        REAL product = 1;
        for (int n = 0; n < k; n++)
            product *= rate[i];
        right[i] = product;
    }
}

VECTOR_CLONES static void NAME(fill_right)(REAL *restrict right, const REAL *restrict rate, int k,
                                           long count)
{
    switch (k) {
    case 0:
        return NAME(raise)(right, rate, 0, count);
    case 1:
        return NAME(raise)(right, rate, 1, count);
    case 2:
        return NAME(raise)(right, rate, 2, count);
    case 3:
        return NAME(raise)(right, rate, 3, count);
    case 4:
        return NAME(raise)(right, rate, 4, count);
    default:
        return NAME(raise)(right, rate, RULE_DEGREE, count);
    }
}

/* out[t] = weight[t] sum_l coefficient[l] (Delta^t)^l times what `factor` has of the postsynaptic
 * unit. */
static void NAME(fill_post)(REAL *out, const struct trial *trial, const double *coefficient,
                            const double *weight, int degree, const struct rule_term *factor)
{
    while (degree > 0 && coefficient[degree] == 0)
        degree--;
    NAME(fill_left)
    (out, OF(trial, deviation), coefficient, weight, degree, trial->shape.steps, trial->units);
    for (long t = 0; t < trial->shape.steps && rule_term_has(factor, RULE_POSTSYNAPTIC); t++)
        NAME(multiply)(out + t * trial->units, trial, factor, RULE_POSTSYNAPTIC, -1, t);
}

const REAL *NAME(trial_left)(const struct trial *trial, const struct rule_term *term)
{
    double coefficient[RULE_POWERS] = {0};
    coefficient[term->power[RULE_D]] = 1;
    NAME(fill_post)
    (OF(trial, left), trial, coefficient, trial->weight, term->power[RULE_D], term);
    return OF(trial, left);
}

const REAL *NAME(trial_right)(const struct trial *trial, int k, const struct rule_term *factor)
{
    long n = trial->units;
    bool more = rule_term_has(factor, RULE_PRESYNAPTIC);
    if (k == 1 && !more)
        return OF(trial, rate);
    NAME(fill_right)(OF(trial, right), OF(trial, rate), k, trial->shape.steps * n);
    for (long t = 0; t < trial->shape.steps && more; t++)
        NAME(multiply)(OF(trial, right) + t * n, trial, factor, RULE_PRESYNAPTIC, -1, t);
    return OF(trial, right);
}

void NAME(trial_product)(REAL *out, long ld, const struct trial *trial, const REAL *rows,
                         bool rows_alike, const REAL *columns, bool columns_alike, bool add)
{
    long n = trial->units;
    NAME(linalg_multiply)
    (out, ld, rows, 1, n, columns, n, rows_alike ? 1 : n, columns_alike ? 1 : n, trial->shape.steps,
     1, add);
    for (long i = 0; i < n; i++) {
        REAL *row = out + i * ld;
        for (long j = 1; j < n && columns_alike && (i == 0 || !rows_alike); j++)
            row[j] = row[0];
        if (i > 0 && rows_alike)
            memcpy(row, out, sizeof(REAL) * (size_t)n);
    }
}

/* The left side, in the weights `weight`, of all terms with r^k in group g of those that share their
 * right side; NULL: they have no coefficient. */
static const REAL *NAME(fill_group)(const struct trial *trial, const struct rule *rule, int g,
                                    int k, const double *weight)
{
    REAL *left = OF(trial, left), *more = OF(trial, right); // the right side is filled afterwards
    bool filled = false;
    for (int a = 0; a < rule->planes; a++) {
        const struct rule_plane *plane = &rule->plane[a];
        double coefficient[RULE_POWERS];
        bool used = false;
        for (int l = 0; l <= plane->changes; l++) {
            coefficient[l] = plane->theta[l][k];
            used |= coefficient[l] != 0;
        }
        if (plane->group[RULE_PRESYNAPTIC] != g || !used)
            continue;
        NAME(fill_post)
        (filled ? more : left, trial, coefficient, weight, plane->changes, &plane->factor);
        for (long s = 0; s < (long)trial->shape.steps * trial->units && filled; s++)
            left[s] += more[s];
        filled = true;
    }
    return filled ? left : NULL;
}

void NAME(trial_weigh)(REAL *out, long ld, const struct trial *trial, int power, bool across)
{
    long n = trial->units;
    for (long i = 0; i < n && power > 0; i++)
        NAME(raise_row)
    (out + i * ld, (across ? OF(trial, columns) : OF(trial, synapse)) + i * n, power, 1, n);
}

/* out += product o w^power, where both have synapses across the diagonal if `across`, and
 * direct += what that is by w; `product` is lost. */
static void NAME(add_weighed)(REAL *out, long ld, double *direct, const struct trial *trial,
                              int power, bool across)
{
    long n = trial->units;
    REAL *product = OF(trial, product);
    NAME(trial_weigh)(product, n, trial, power - 1, across);
    for (long s = 0; s < n * n && direct; s++)
        direct[s] += power * product[s];
    NAME(trial_weigh)(product, n, trial, 1, across);
    for (long s = 0; s < n * n; s++)
        out[s / n * ld + s % n] += product[s];
}

void NAME(trial_sum)(REAL *out, long ld, double *direct, const struct trial *trial,
                     const struct rule *rule, const double *weight, bool across)
{
    long n = trial->units;
    bool add = false;
    for (int g = 0; g < rule->groups[RULE_PRESYNAPTIC]; g++) {
        const struct rule_group *group = &rule->group[RULE_PRESYNAPTIC][g];
        int power = group->weight;
        bool more = power ? false : add;
        for (int k = 0; k <= group->highest; k++) {
            const REAL *left = NAME(fill_group)(trial, rule, g, k, weight);
            if (!left)
                continue;
            const REAL *right = NAME(trial_right)(trial, k, &group->factor);
            const REAL *rows = across ? right : left, *columns = across ? left : right;
            REAL *sum = power ? OF(trial, product) : out;
            bool alike = !more && trial_alike(k, &group->factor, RULE_PRESYNAPTIC);
            NAME(trial_product)
            (sum, power ? n : ld, trial, rows, alike && across, columns, alike && !across, more);
            more = true;
        }
        if (power && more) {
            for (long i = 0; i < n && !add; i++)
                memset(out + i * ld, 0, sizeof(REAL) * (size_t)n);
            NAME(add_weighed)(out, ld, direct, trial, power, across);
        }
        add |= more;
    }
    for (long i = 0; i < n && !add; i++)
        memset(out + i * ld, 0, sizeof(REAL) * (size_t)n);
}

/* The eligibility of one term alone, out [N, N]. */
static void NAME(fill_term)(REAL *out, const struct trial *trial, const struct rule_term *term)
{
    long n = trial->units;
    const REAL *left = NAME(trial_left)(trial, term);
    NAME(trial_product)
    (out, n, trial, left, trial_alike(term->power[RULE_D], term, RULE_POSTSYNAPTIC),
     NAME(trial_right)(trial, term->power[RULE_R], term),
     trial_alike(term->power[RULE_R], term, RULE_PRESYNAPTIC), false);
    NAME(trial_weigh)(out, n, trial, rule_term_weight(term), false);
}
