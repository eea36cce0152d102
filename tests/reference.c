/* Equations (1) to (19) for one lifetime, an index a loop. Letters: N units, P parameters,
 * T steps, I inputs, O outputs; i postsynaptic, j presynaptic, p parameter. */
#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All that is alive during a lifetime. */
struct world {
    const struct settings *settings;
    struct network network;
    struct rule rule;
    struct rule_part part[RULE_TERMS];
    int parts;
    struct trial trial; /* for its draws */
    struct task_shape shape;
    int N, P, T, I, O;
    double *W, *U, *e, *z;                       /* [N,N], [N,N,P], [N,N], [N,N,P] */
    double *x, *r, *slope, *next, *xbar, *delta; /* [N] */
    double *chi, *chi_next, *psi, *delta_dot;    /* [N,P] */
    double *Rbar, *Rbar_dot;                     /* [types], [types,P] */
    double R, J, silence, R_dot[RULE_PARAMETERS], J_dot[RULE_PARAMETERS];
};

static double *zeros(size_t count)
{
    double *array = calloc(count + 1, sizeof(double));
    if (!array)
        abort();
    return array;
}

static double power(double base, int exponent)
{
    double product = 1; // 0^0 = 1
    for (int n = 0; n < exponent; n++)
        product *= base;
    return product;
}

static void phi(const struct world *w)
{
    for (int i = 0; i < w->N; i++)
        if (w->network.phi == PHI_TANH) {
            w->r[i] = tanh(w->x[i]); // (1)
            w->slope[i] = 1 - w->r[i] * w->r[i];
        } else {
            w->r[i] = w->x[i] > 0 ? w->x[i] : 0;
            w->slope[i] = w->x[i] > 0;
        }
}

static bool clamped(const struct world *w, int i)
{
    for (int c = 0; c < w->network.clamped; c++)
        if (w->network.clamped_unit[c] == i)
            return true;
    return false;
}

/* (2), (12) */
static void step_state(struct world *w, int t)
{
    double alpha = w->network.alpha;
    for (int i = 0; i < w->N; i++) {
        double sum = -w->x[i] + w->network.bias[i] + w->trial.noise[t * w->N + i];
        for (int j = 0; j < w->N; j++)
            sum += w->W[i * w->N + j] * w->r[j];
        for (int c = 0; c < w->I; c++)
            sum += w->network.input[i * w->I + c] * w->trial.task.input[t * w->I + c];
        w->next[i] = w->x[i] + alpha * sum; // (2)
        for (int p = 0; p < w->P; p++) {
            double dot = -w->chi[i * w->P + p];
            for (int j = 0; j < w->N; j++)
                dot += w->W[i * w->N + j] * w->slope[j] * w->chi[j * w->P + p] +
                       w->U[(i * w->N + j) * w->P + p] * w->r[j];
            w->chi_next[i * w->P + p] =
                clamped(w, i) ? 0 : w->chi[i * w->P + p] + alpha * dot; // (12)
        }
    }
    network_clamp(&w->network, w->next);
}

/* (3), (4), (13), (14) */
static void step_trace(struct world *w)
{
    double alpha_x = w->rule.trace_alpha;
    for (int i = 0; i < w->N; i++) {
        w->delta[i] = w->xbar[i] - w->next[i];                          // (4)
        w->xbar[i] = alpha_x * w->xbar[i] + (1 - alpha_x) * w->next[i]; // (3)
        for (int p = 0; p < w->P; p++) {
            double *psi = &w->psi[i * w->P + p], chi = w->chi_next[i * w->P + p];
            w->delta_dot[i * w->P + p] = *psi - chi;     // (14)
            *psi = alpha_x * *psi + (1 - alpha_x) * chi; // (13)
        }
    }
}

/* A variable of the rule at synapse (i, j). */
static double value(const struct world *w, int v, int i, int j)
{
    const struct rule_variable *variable = &rule_variables[v];
    int unit = variable->side == RULE_PRESYNAPTIC ? j : i;
    if (variable->side == RULE_SYNAPSE)
        return w->W[i * w->N + j];
    return variable->signal == RULE_RATE ? w->r[unit] : w->delta[unit];
}

/* Its derivative by parameter p. */
static double dot(const struct world *w, int v, int i, int j, int p)
{
    const struct rule_variable *variable = &rule_variables[v];
    int unit = variable->side == RULE_PRESYNAPTIC ? j : i;
    if (variable->side == RULE_SYNAPSE)
        return w->U[(i * w->N + j) * w->P + p];
    return variable->signal == RULE_RATE ? w->slope[unit] * w->chi[unit * w->P + p]
                                         : w->delta_dot[unit * w->P + p];
}

/* A term without its coefficient, derived by variable `by` unless that is negative. */
static double product(const struct world *w, const struct rule_term *term, int i, int j, int by)
{
    double all = by < 0 || term->power[by] ? 1 : 0;
    for (int v = 0; v < RULE_VARIABLES && all != 0; v++) {
        int n = term->power[v];
        if (n > 0)
            all *= v != by ? power(value(w, v, i, j), n) : n * power(value(w, v, i, j), n - 1);
    }
    return all;
}

/* (5), (6), (15) for one synapse. */
static void step_synapse(struct world *w, int i, int j)
{
    double G = 0, slope[RULE_VARIABLES] = {0}, dt = w->network.dt, decay = 1 - dt / w->rule.tau_e;
    double *e = &w->e[i * w->N + j];
    for (int n = 0; n < w->parts; n++) {
        const struct rule_part *part = &w->part[n];
        G += part->theta * product(w, &part->term, i, j, -1); // (5)
        for (int v = 0; v < RULE_VARIABLES; v++)
            slope[v] += part->theta * product(w, &part->term, i, j, v);
    }
    for (int p = 0; p < w->P; p++) {
        double *z = &w->z[(i * w->N + j) * w->P + p], D = 0;
        if (p < w->rule.terms)
            D = product(w, &w->rule.term[p], i, j, -1);
        else if (p == rule_place(&w->rule, RULE_TAU_E))
            D = *e / w->rule.tau_e;
        for (int v = 0; v < RULE_VARIABLES; v++)
            D += slope[v] * dot(w, v, i, j, p);
        *z = decay * *z + dt * D; // (15)
    }
    *e = decay * *e + dt * G; // (6)
}

/* (8) and its slope dR/dy for one output at one step. */
static double error_of(int kind, double y, double target, double *slope)
{
    double error = y - target;
    *slope = kind == REWARD_ABSOLUTE ? -((error > 0) - (error < 0)) : -2 * error;
    return kind == REWARD_ABSOLUTE ? -fabs(error) : -error * error;
}

/* (7), (8), (16) of the state after step t; `sum` is the window-weighted output. */
static void step_output(struct world *w, int t, double counted, double *agreement)
{
    int reward = w->settings->learning.reward, objective = w->settings->meta.objective;
    int judged = objective == OBJECTIVE_REWARD   ? reward
                 : objective == OBJECTIVE_SQUARE ? REWARD_SQUARE
                                                 : REWARD_ABSOLUTE;
    double weight = w->trial.task.window[t] / counted, slope;
    for (int o = 0; o < w->O && weight > 0; o++) {
        w->silence += weight * fabs(w->trial.task.target[t * w->O + o]);
        double y = 0, target = w->trial.task.target[t * w->O + o], y_dot[RULE_PARAMETERS] = {0};
        for (int i = 0; i < w->N; i++) {
            double readout = w->network.readout[o * w->N + i];
            y += readout * w->r[i]; // (7)
            for (int p = 0; p < w->P; p++)
                y_dot[p] += readout * w->slope[i] * w->chi[i * w->P + p];
        }
        *agreement += y * target;
        if (reward != REWARD_BINARY) {
            w->R += weight * error_of(reward, y, target, &slope); // (8)
            for (int p = 0; p < w->P; p++)
                w->R_dot[p] += weight * slope * y_dot[p]; // (16)
        }
        w->J += weight * error_of(judged, y, target, &slope);
        for (int p = 0; p < w->P; p++)
            w->J_dot[p] += weight * slope * y_dot[p];
    }
}

static void run_trial(struct world *w)
{
    double counted = 0, agreement = 0;
    int first = task_steps(w->settings->rule.eligibility_start, w->network.dt);
    for (int t = 0; t < w->T; t++)
        counted += w->trial.task.window[t] * w->O;
    memset(w->e, 0, sizeof(double) * (size_t)(w->N * w->N));
    memset(w->z, 0, sizeof(double) * (size_t)(w->N * w->N * w->P));
    memset(w->chi, 0, sizeof(double) * (size_t)(w->N * w->P));
    w->R = w->J = w->silence = 0;
    memset(w->R_dot, 0, sizeof w->R_dot);
    memset(w->J_dot, 0, sizeof w->J_dot);
    memcpy(w->x, w->trial.start_state, sizeof(double) * (size_t)w->N);
    if (!w->rule.carry_trace) {
        memcpy(w->xbar, w->x, sizeof(double) * (size_t)w->N);
        memset(w->psi, 0, sizeof(double) * (size_t)(w->N * w->P));
    }
    phi(w);
    for (int t = 0; t < w->T; t++) {
        step_state(w, t);
        step_trace(w);
        for (int s = 0; s < w->N * w->N && t >= first; s++)
            step_synapse(w, s / w->N, s % w->N);
        memcpy(w->x, w->next, sizeof(double) * (size_t)w->N);
        memcpy(w->chi, w->chi_next, sizeof(double) * (size_t)(w->N * w->P));
        phi(w);
        step_output(w, t, counted, &agreement);
    }
    if (w->settings->learning.reward == REWARD_BINARY)
        w->R = agreement > 0;
    if (w->settings->meta.objective == OBJECTIVE_WRONG) { // (8')
        double silence = w->silence > 0 ? w->silence : 1;
        double share = 1 / (1 + exp(-10 * (-w->J / silence - 1)));
        for (int p = 0; p < w->P; p++)
            w->J_dot[p] *= share * (1 - share) * 10 / silence;
        w->J = -share;
    }
}

/* (9), (10), (17), (18) for one synapse. */
static void change_synapse(struct world *w, int s, double m, const double *m_dot, double gamma,
                           const double *eps)
{
    const struct settings *settings = w->settings;
    double eta = settings->learning.rate, clip = w->rule.clip;
    double exists = !w->network.mask || w->network.mask[s];
    double keep = 1 - 1 / w->rule.tau_w, mu = eta * m * w->e[s];
    bool is_clipped = fabs(mu) >= clip;
    for (int p = 0; p < w->P; p++) {
        double *U = &w->U[s * w->P + p];
        double mu_dot =
            is_clipped ? 0 : eta * (m * w->z[s * w->P + p] + m_dot[p] * w->e[s]); // (17)
        *U = gamma * keep * *U + exists * mu_dot;                                 // (18)
        if (p == rule_place(&w->rule, RULE_TAU_W))
            *U += w->W[s] / w->rule.tau_w;
        if (p == rule_place(&w->rule, RULE_CLIP) && is_clipped)
            *U += exists * copysign(clip, mu); // (41)
    }
    mu = is_clipped ? copysign(clip, mu) : mu; // (9)
    double noise = eps ? settings->learning.weight_noise * eps[s] : 0;
    w->W[s] = keep * w->W[s] + exists * (mu + noise); // (10)
}

/* The end of trial h. */
static void learn(struct world *w, int h, struct lifetime_gradient gradient, uint64_t task_seed,
                  const double *frozen, struct reference *out)
{
    const struct settings *settings = w->settings;
    int type = w->trial.task.type, H = (int)settings->learning.trials;
    int last = settings->meta.loss_trials ? (int)settings->meta.loss_trials : H;
    double *Rbar = &w->Rbar[type], *Rbar_dot = &w->Rbar_dot[type * w->P];
    double beta = w->rule.baseline_rate, gain = 1, gain_slope = 0;
    if (settings->learning.reward_gain == GAIN_ABSOLUTE)
        gain = fabs(*Rbar), gain_slope = (*Rbar > 0) - (*Rbar < 0);
    double m = frozen ? frozen[h] : gain * (w->R - *Rbar), m_dot[RULE_PARAMETERS] = {0};
    if (settings->meta.rpe_gradient == RPE_FULL)
        for (int p = 0; p < w->P; p++)
            m_dot[p] =
                gain * (w->R_dot[p] - Rbar_dot[p]) + gain_slope * Rbar_dot[p] * (w->R - *Rbar);
    double *eps = settings->learning.weight_noise > 0 ? zeros((size_t)(w->N * w->N)) : NULL;
    if (eps)
        random_normal(eps, random_key((uint64_t)settings->seed, task_seed, RANDOM_WEIGHT_NOISE),
                      (uint64_t)h, 0, (long)w->N * w->N);
    for (int s = 0; s < w->N * w->N && h >= settings->learning.warmup; s++)
        change_synapse(w, s, m, m_dot, gradient.discount, eps);
    free(eps);
    if (gradient.reset_every && (h + 1) % gradient.reset_every == 0)
        memset(w->U, 0, sizeof(double) * (size_t)(w->N * w->N * w->P));
    double direct = beta * (w->R - *Rbar); // (42)
    *Rbar += direct;                       // (11)
    double weight = h >= H - last ? 1.0 / last : 0;
    out->loss -= weight * w->J; // (19)
    for (int p = 0; p < w->P; p++) {
        Rbar_dot[p] += beta * (w->R_dot[p] - Rbar_dot[p]) +
                       (p == rule_place(&w->rule, RULE_BASELINE_RATE) ? direct : 0);
        out->gradient[p] -= weight * w->J_dot[p];
    }
}

static void create(struct world *w, const struct settings *settings, const double *theta)
{
    struct error error = {0};
    *w = (struct world){.settings = settings};
    task_shape(&w->shape, settings);
    rule_create(&w->rule, settings);
    rule_set(&w->rule, theta);
    w->parts = rule_parts(w->part, &w->rule);
    if (network_create(&w->network, settings, w->shape.inputs, w->shape.outputs, &error) ||
        trial_create(&w->trial, settings, &w->shape, &error))
        abort();
    w->N = w->network.units, w->P = w->rule.parameters, w->T = w->shape.steps;
    w->I = w->shape.inputs, w->O = w->shape.outputs;
    size_t n = (size_t)w->N, np = n * (size_t)w->P;
    w->W = zeros(n * n), w->U = zeros(n * np), w->e = zeros(n * n), w->z = zeros(n * np);
    w->x = zeros(n), w->r = zeros(n), w->slope = zeros(n), w->next = zeros(n);
    w->xbar = zeros(n), w->delta = zeros(n), w->chi = zeros(np), w->chi_next = zeros(np);
    w->psi = zeros(np), w->delta_dot = zeros(np);
    w->Rbar = zeros((size_t)w->shape.types);
    w->Rbar_dot = zeros((size_t)w->shape.types * (size_t)w->P);
}

void reference_run(struct reference *out, const struct settings *settings,
                   struct lifetime_gradient gradient, uint64_t task_seed, const double *theta,
                   const double *frozen)
{
    struct world w;
    create(&w, settings, theta);
    *out = (struct reference){.units = w.N, .parameters = w.P};
    network_draw(&w.network, settings, (uint64_t)settings->seed, task_seed);
    memcpy(w.W, w.network.recurrent, sizeof(double) * (size_t)(w.N * w.N));
    for (int h = 0; h < settings->learning.trials; h++) {
        trial_draw(&w.trial, &w.network, &w.rule, settings, task_seed, (uint64_t)h);
        run_trial(&w);
        learn(&w, h, gradient, task_seed, frozen, out);
    }
    out->recurrent = w.W, out->sensitivity = w.U, out->eligibility = w.e, out->tangent = w.z;
    network_free(&w.network);
    trial_free(&w.trial);
    double *rest[] = {w.x,   w.r,   w.slope,    w.next, w.xbar,      w.delta,
                      w.chi, w.psi, w.chi_next, w.Rbar, w.delta_dot, w.Rbar_dot};
    for (size_t a = 0; a < sizeof rest / sizeof *rest; a++)
        free(rest[a]);
}

void reference_free(struct reference *reference)
{
    free(reference->recurrent);
    free(reference->sensitivity);
    free(reference->eligibility);
    free(reference->tangent);
    *reference = (struct reference){0};
}
