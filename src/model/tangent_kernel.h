/* Tangents of a trial, in the precision of trial_double.h or trial_single.h. N units, P parameters,
 * T steps, B steps a block, d degree. Indices: p parameter, i postsynaptic, j presynaptic unit, b
 * step within a block. */

/* D of (15). Terms are ordered so that left sides are filled once. For log tau_e the sum over t of
 * e^t / tau_e with its decay is the eligibility again, in other weights; of other constants e knows
 * nothing. */
static void NAME(direct_terms)(struct tangent *tangent, const struct trial *trial,
                               const struct rule *rule)
{
    long n = tangent->units, row = tangent->parameters * n;
    const struct rule_term *filled = NULL;
    const REAL *left = NULL;
    for (int p = 0; p < rule->terms; p++) {
        const struct rule_term *term = &rule->term[p];
        REAL *z = OF(tangent, eligibility) + p * n;
        if (!filled || !rule_term_alike(term, filled, RULE_POSTSYNAPTIC))
            left = NAME(trial_left)(trial, term);
        filled = term;
        NAME(trial_product)
        (z, row, trial, NAME(trial_right)(trial, term->power[RULE_R], term),
         trial_alike(term->power[RULE_R], term, RULE_PRESYNAPTIC), left,
         trial_alike(term->power[RULE_D], term, RULE_POSTSYNAPTIC), false);
        NAME(trial_weigh)(z, row, trial, rule_term_weight(term), true);
    }
    REAL *rest = OF(tangent, eligibility) + rule->terms * n;
    if (rule->learns[RULE_TAU_E])
        NAME(trial_sum)(rest, row, NULL, trial, rule, tangent->decay, true);
    rest += rule->learns[RULE_TAU_E] * n;
    long others = rule->parameters - rule->terms - rule->learns[RULE_TAU_E];
    for (long j = 0; j < n && others > 0; j++)
        memset(rest + j * row, 0, sizeof(REAL) * (size_t)(others * n));
}

/* (12) to (14) of one step for all units and parameters: `state` comes in as the recursion's
 * recurrent part and leaves as chi^(t+1); `deviation` comes in as alpha U r; gain leaves as
 * phi'(x^(t+1)) chi^(t+1). */
VECTOR_CLONES static void NAME(advance)(REAL *restrict state, REAL *restrict trace,
                                        REAL *restrict gain, REAL *restrict deviation,
                                        const REAL *restrict slope, const REAL *restrict live,
                                        REAL alpha_x, long units, long parameters)
{
    for (long p = 0; p < parameters; p++)
        for (long i = 0; i < units; i++) {
            long at = p * units + i;
            REAL old = trace[at], chi = live[i] * (state[at] + deviation[at]); // (12)
            state[at] = chi;
            trace[at] = alpha_x * old + (1 - alpha_x) * chi; // (13)
            deviation[at] = old - chi;                       // (14)
            gain[at] = slope[i] * chi;
        }
}

/* (16) of one step, for the reward and the objective: (phi' chi) (W_out^T slope). */
static void NAME(add_reward)(struct tangent *tangent, const struct trial *trial,
                             const struct network *network, const REAL *gain, long t)
{
    long n = tangent->units, outputs = trial->shape.outputs;
    REAL *readout = OF(tangent, readout), *dot = OF(tangent, dot);
    for (long i = 0; i < n; i++) {
        double reward = 0, objective = 0;
        for (long o = 0; o < outputs; o++) {
            reward += network->readout[o * n + i] * trial->reward_slope[t * outputs + o];
            objective += network->readout[o * n + i] * trial->objective_slope[t * outputs + o];
        }
        readout[2 * i] = (REAL)reward;
        readout[2 * i + 1] = (REAL)objective;
    }
    NAME(linalg_multiply)(dot, 2, gain, n, 1, readout, 2, tangent->parameters, 2, n, 1, 0);
    for (int p = 0; p < tangent->parameters; p++) {
        tangent->reward[p] += dot[2 * p];
        tangent->objective[p] += dot[2 * p + 1];
    }
}

/* Runs the state's tangents over steps t0 .. t0 + count - 1 and keeps what the eligibility needs.
 */
static void NAME(run_block)(struct tangent *tangent, const struct trial *trial,
                            const struct network *network, const struct rule *rule, long t0,
                            long count)
{
    long n = tangent->units, states = n * tangent->parameters;
    REAL alpha = (REAL)network->alpha, *gain = OF(tangent, gain);
    NAME(linalg_multiply)
    (OF(tangent, deviation), states, OF(trial, rate) + t0 * n, n, 1, OF(tangent, weight), states,
     count, states, n, alpha, 0);
    for (long b = 0; b < count; b++, gain += states) {
        long t = t0 + b;
        NAME(linalg_multiply)
        (OF(tangent, state), n, gain, n, 1, OF(tangent, recurrent), 0, tangent->parameters, n, n,
         alpha, 1 - alpha);
        NAME(advance)
        (OF(tangent, state), OF(tangent, trace), gain + states, OF(tangent, deviation) + b * states,
         OF(trial, slope) + (t + 1) * n, OF(tangent, live), (REAL)rule->trace_alpha, n,
         tangent->parameters);
        if (trial->task.window[t] != 0)
            NAME(add_reward)(tangent, trial, network, gain + states, t);
    }
}

/* The part of (15) by the weight: z += direct o U. */
VECTOR_CLONES static void NAME(add_direct)(REAL *restrict z, const REAL *restrict direct,
                                           const REAL *restrict weight, long units, long parameters)
{
    for (long j = 0; j < units; j++)
        for (long p = 0; p < parameters; p++)
            for (long i = 0, row = (j * parameters + p) * units; i < units; i++)
                z[row + i] += direct[j * units + i] * weight[row + i];
}

static void NAME(start_trial)(struct tangent *tangent, const struct network *network,
                              const struct rule *rule)
{
    size_t bytes = sizeof(REAL) * (size_t)(tangent->units * tangent->parameters);
    memset(OF(tangent, state), 0, bytes);
    memset(OF(tangent, gain), 0, bytes);
    if (rule_has_others(rule)) // else add_polynomials() begins them
        memset(OF(tangent, transposed), 0, bytes * (size_t)tangent->units);
    if (!rule->carry_trace)
        memset(OF(tangent, trace), 0, bytes);
    for (int i = 0; i < tangent->units; i++)
        OF(tangent, live)[i] = 1;
    for (int c = 0; c < network->clamped; c++)
        OF(tangent, live)[network->clamped_unit[c]] = 0;
}

/* (12) to (16) of a trial in which U is not 0. */
static void NAME(indirect_terms)(struct tangent *tangent, const struct trial *trial,
                                 const struct network *network, const struct rule *rule)
{
    long n = tangent->units, states = n * tangent->parameters;
    REAL *gain = OF(tangent, gain);
    NAME(start_trial)(tangent, network, rule);
    NAME(linalg_panels)(OF(tangent, recurrent), OF(trial, columns), n, n, n);
    for (long t0 = 0; t0 < trial->shape.steps; t0 += tangent->block) {
        long left = trial->shape.steps - t0, count = left < tangent->block ? left : tangent->block;
        NAME(run_block)(tangent, trial, network, rule, t0, count);
        NAME(add_variables)(tangent, trial, rule, t0, count);
        memcpy(gain, gain + count * states, sizeof(REAL) * (size_t)states);
    }
    for (long i = 0; i < n && rule_has_others(rule); i += PACKED)
        NAME(add_transposed)
    (OF(tangent, eligibility), OF(tangent, transposed) + i * states, i, n, tangent->parameters);
    if (!trial->direct)
        return;
    NAME(linalg_transpose)(OF(tangent, columns), trial->direct, n, n);
    NAME(add_direct)
    (OF(tangent, eligibility), OF(tangent, columns), OF(tangent, weight), n, tangent->parameters);
}

/* One row (j, p) of (17) and (18); `rate` is eta, or 0 where the weight does not move. */
VECTOR_CLONES static void NAME(update_row)(REAL *restrict weight, const REAL *restrict z,
                                           const REAL *restrict e, const REAL *restrict rate,
                                           REAL modulator, REAL modulator_dot, REAL keep,
                                           long count)
{
    for (long i = 0; i < count; i++) {
        REAL dot = rate[i] * (modulator * z[i] + modulator_dot * e[i]); // (17)
        weight[i] = keep * weight[i] + (rate[i] != 0 ? dot : 0);        // (18)
    }
}

/* mu-dot of (j, p) for the record. */
static void NAME(keep_update)(struct tangent *tangent, const REAL *rate, double modulator,
                              double modulator_dot, long j, long p)
{
    long n = tangent->units, parameters = tangent->parameters;
    const REAL *z = OF(tangent, eligibility) + (j * parameters + p) * n;
    const REAL *e = OF(tangent, columns) + j * n;
    for (long i = 0; i < n; i++)
        tangent->update[(i * parameters + p) * n + j] =
            rate[i] != 0 ? rate[i] * (modulator * z[i] + modulator_dot * e[i]) : 0; // (17)
}

/* (41) for the synapses from unit j: mu there is the clip itself, with the sign of what was clipped. */
static void NAME(add_clip)(struct tangent *tangent, const struct trial *trial,
                           const struct network *network, const struct rule *rule,
                           const struct tangent_step *step, long j)
{
    long n = tangent->units, parameters = tangent->parameters, p = rule_place(rule, RULE_CLIP);
    for (long i = 0; i < n; i++) {
        double change = step->rate * step->modulator * trial->eligibility[i * n + j];
        if (!(fabs(change) >= step->clip) || (network->mask && !network->mask[i * n + j]))
            continue;
        double dot = copysign(step->clip, change);
        OF(tangent, weight)[(j * parameters + p) * n + i] += (REAL)dot;
        if (tangent->update)
            tangent->update[(i * parameters + p) * n + j] = dot;
    }
}

/* The part of (18) for log tau_w of the synapses from unit j. */
static void NAME(add_decay)(struct tangent *tangent, const struct network *network,
                            const struct rule *rule, long j)
{
    long n = tangent->units, p = rule_place(rule, RULE_TAU_W);
    REAL *weight = OF(tangent, weight) + (j * tangent->parameters + p) * n;
    for (long i = 0; i < n; i++)
        weight[i] += (REAL)(network->recurrent[i * n + j] / rule->tau_w);
}

static void NAME(update)(struct tangent *tangent, const struct trial *trial,
                         const struct network *network, const struct rule *rule,
                         const struct tangent_step *step)
{
    long n = tangent->units, parameters = tangent->parameters;
    REAL *rate = OF(tangent, live); // free until the next trial
    NAME(linalg_transpose)(OF(tangent, columns), trial->eligibility, n, n);
    for (long j = 0; j < n; j++) {
        for (long i = 0; i < n; i++) {
            double change = step->rate * step->modulator * trial->eligibility[i * n + j];
            bool still = fabs(change) >= step->clip || (network->mask && !network->mask[i * n + j]);
            rate[i] = still ? 0 : (REAL)step->rate;
        }
        for (long p = 0; p < parameters; p++) {
            long row = (j * parameters + p) * n;
            NAME(update_row)
            (OF(tangent, weight) + row, OF(tangent, eligibility) + row,
             OF(tangent, columns) + j * n, rate, (REAL)step->modulator,
             (REAL)step->modulator_dot[p], (REAL)step->keep, n);
            if (tangent->update)
                NAME(keep_update)(tangent, rate, step->modulator, step->modulator_dot[p], j, p);
        }
        if (rule->learns[RULE_CLIP])
            NAME(add_clip)(tangent, trial, network, rule, step, j);
        if (rule->learns[RULE_TAU_W])
            NAME(add_decay)(tangent, network, rule, j);
    }
}

static void NAME(forget)(struct tangent *tangent, bool trace)
{
    size_t states = (size_t)tangent->units * (size_t)tangent->parameters;
    memset(OF(tangent, weight), 0, sizeof(REAL) * states * (size_t)tangent->units);
    if (trace)
        memset(OF(tangent, trace), 0, sizeof(REAL) * states);
}

static void NAME(hold)(struct tangent *tangent, long i, long j)
{
    long n = tangent->units, parameters = tangent->parameters;
    for (long p = 0; p < parameters; p++)
        OF(tangent, weight)[(j * parameters + p) * n + i] = 0;
}

static void NAME(correlate)(double *sum, struct tangent *tangent, const double *x, double factor)
{
    long n = tangent->units, parameters = tangent->parameters;
    REAL *columns = OF(tangent, columns);
    NAME(linalg_transpose)(columns, x, n, n);
    for (long j = 0; j < n; j++)
        for (long p = 0; p < parameters; p++)
            sum[p] += factor * NAME(linalg_dot)(OF(tangent, weight) + (j * parameters + p) * n,
                                                columns + j * n, n);
}

static double NAME(square)(const struct tangent *tangent, long p)
{
    double sum = 0;
    long n = tangent->units, parameters = tangent->parameters;
    for (long j = 0; j < n; j++) {
        const REAL *row = OF(tangent, weight) + (j * parameters + p) * n;
        sum += NAME(linalg_dot)(row, row, n);
    }
    return sum;
}
