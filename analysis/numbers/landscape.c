/* A step of Newton's method is shortened until q falls; where it never does, J being nearly
 * singular, a step of Levenberg and Marquardt follows, along which q falls in any case. It ends at
 * a zero of F or at a minimum of q, which is a slow point. */
#include "numbers/landscape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "numbers/matrix.h"

#define STALLED  1e-7 /* relative slope of q at which a minimum is taken as reached */
#define HOPELESS 0.05 /* relative gain of a step below which a start far from any point ends */

enum { ITERATIONS = 100, HALVINGS = 10 };

double landscape_velocity(double *velocity, const struct network *network, const double *x,
                          const double *u)
{
    int n = network->units;
    double *rate = malloc(sizeof(double) * 2 * (size_t)n);
    if (!rate)
        return NAN;
    network_rate(network, rate, rate + n, x);
    for (int i = 0; i < n; i++)
        velocity[i] = network->bias[i] - x[i];
    linalg_gemv(velocity, network->recurrent, n, rate, n, n, 1, 1, 0);
    linalg_gemv(velocity, network->input, network->inputs, u, n, network->inputs, 1, 1, 0);
    for (int c = 0; c < network->clamped; c++)
        velocity[network->clamped_unit[c]] = 0;
    free(rate);
    return matrix_dot(velocity, velocity, n) / 2;
}

/* The same in time constants: -I + W diag(phi'). */
static void fill_jacobian(double *jacobian, double *slope, double *rate,
                          const struct network *network, const double *x)
{
    long n = network->units;
    network_rate(network, rate, slope, x);
    for (long i = 0; i < n; i++)
        for (long j = 0; j < n; j++)
            jacobian[i * n + j] = network->recurrent[i * n + j] * slope[j] - (i == j);
    for (int c = 0; c < network->clamped; c++)
        for (long j = 0, i = network->clamped_unit[c]; j < n; j++)
            jacobian[i * n + j] = i == j ? -1 : 0;
}

void landscape_jacobian(double *jacobian, const struct network *network, const double *x)
{
    long n = network->units;
    double tau = network->dt / network->alpha, *work = malloc(sizeof(double) * 2 * (size_t)n);
    if (work)
        fill_jacobian(jacobian, work, work + n, network, x);
    for (long i = 0; i < n; i++)
        for (long j = 0; j < n; j++)
            jacobian[i * n + j] = work ? jacobian[i * n + j] / tau : NAN;
    free(work);
}

/* One search. */
struct search_state {
    const struct network *network;
    const double *u;
    double *x, *trial, *velocity, *trial_velocity, *step, *slope, *rate; /* [N] */
    double *jacobian, *square, *normal;                                  /* [N, N] */
    double q, damping;
};

/* Goes along `step`, halving it up to `halvings` times, if q falls. */
static bool go(struct search_state *s, int halvings)
{
    int n = s->network->units;
    double length = 1;
    for (int h = 0; h <= halvings; h++, length /= 2) {
        for (int i = 0; i < n; i++)
            s->trial[i] = s->x[i] + length * s->step[i];
        double q = landscape_velocity(s->trial_velocity, s->network, s->trial, s->u);
        if (q < s->q * (1 - 1e-4 * length)) {
            s->q = q;
            memcpy(s->x, s->trial, sizeof(double) * (size_t)n);
            memcpy(s->velocity, s->trial_velocity, sizeof(double) * (size_t)n);
            return true;
        }
    }
    return false;
}

static bool newton(struct search_state *s)
{
    int n = s->network->units;
    memcpy(s->square, s->jacobian, sizeof(double) * (size_t)n * (size_t)n);
    for (int i = 0; i < n; i++)
        s->step[i] = -s->velocity[i];
    return matrix_solve(s->square, s->step, n, 1) && go(s, HALVINGS);
}

/* (J^T J + damping) step = -J^T F; false at a minimum of q. */
static bool levenberg(struct search_state *s)
{
    int n = s->network->units;
    linalg_gemv(s->slope, s->jacobian, n, s->velocity, n, n, -1, 0, 1);
    double size = matrix_norm(s->jacobian, (long)n * n);
    if (matrix_norm(s->slope, n) < STALLED * size * sqrt(2 * s->q))
        return false;
    linalg_gemm(s->normal, n, s->jacobian, n, s->jacobian, n, n, n, n, 1, 0, 1, 0);
    for (; s->damping < 1e6; s->damping *= 10) {
        memcpy(s->square, s->normal, sizeof(double) * (size_t)n * (size_t)n);
        for (int i = 0; i < n; i++)
            s->square[(long)i * n + i] += s->damping;
        memcpy(s->step, s->slope, sizeof(double) * (size_t)n);
        if (matrix_solve(s->square, s->step, n, 1) && go(s, 0)) {
            s->damping /= 10;
            return true;
        }
    }
    return false;
}

/* From s->x to a fixed or slow point; returns whether it is one. */
static bool descend(struct search_state *s)
{
    s->q = landscape_velocity(s->velocity, s->network, s->x, s->u);
    s->damping = 1e-3;
    for (int i = 0; i < ITERATIONS && s->q >= 1e-28; i++) {
        double last = s->q;
        fill_jacobian(s->jacobian, s->slope, s->rate, s->network, s->x);
        if (newton(s))
            continue;
        if (s->q < LANDSCAPE_FIXED || !levenberg(s))
            return s->q < LANDSCAPE_SLOW;
        if (s->q > 10 * LANDSCAPE_SLOW && s->q > (1 - HOPELESS) * last)
            return false;
    }
    return s->q < LANDSCAPE_FIXED;
}

static double distance(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(sum);
}

/* A new point, or one more start for a known one; of both the slower state stays. */
static void take_point(struct landscape *landscape, const struct search_state *s)
{
    int n = s->network->units;
    for (int p = 0; p < landscape->count; p++) {
        struct landscape_point *point = &landscape->point[p];
        if (distance(point->x, s->x, n) < LANDSCAPE_MERGE) {
            point->starts++;
            if (s->q < point->q) {
                memcpy(point->x, s->x, sizeof(double) * (size_t)n);
                point->q = s->q;
                point->slow = s->q >= LANDSCAPE_FIXED;
            }
            return;
        }
    }
    if (landscape->count == landscape->most) {
        landscape->missed++;
        return;
    }
    struct landscape_point *point = &landscape->point[landscape->count];
    point->x = landscape->states + (long)landscape->count++ * n;
    memcpy(point->x, s->x, sizeof(double) * (size_t)n);
    point->q = s->q;
    point->starts = 1;
    point->slow = s->q >= LANDSCAPE_FIXED;
}

/* The mean start, and twice the distance of the farthest from it. */
static double reach(double *mean, const double *start, int starts, int n)
{
    double farthest = 0;
    memset(mean, 0, sizeof(double) * (size_t)n);
    for (long s = 0; s < (long)starts * n; s++)
        mean[s % n] += start[s] / starts;
    for (int s = 0; s < starts; s++)
        farthest = fmax(farthest, distance(mean, start + (long)s * n, n));
    return 2 * farthest;
}

bool landscape_find(struct landscape *landscape, const struct network *network, const double *u,
                    const double *start, int starts, int most)
{
    size_t n = (size_t)network->units;
    double *work = malloc(sizeof(double) * (8 * n + 3 * n * n));
    *landscape = (struct landscape){.most = most,
                                    .point = calloc((size_t)most, sizeof *landscape->point),
                                    .states = malloc(sizeof(double) * (size_t)most * n)};
    if (!landscape->point || !landscape->states || !work) {
        free(work);
        landscape_free(landscape);
        return false;
    }
    struct search_state s = {.network = network, .u = u, .x = work, .trial = work + n};
    s.velocity = s.trial + n;
    s.trial_velocity = s.velocity + n;
    s.step = s.trial_velocity + n;
    s.slope = s.step + n;
    s.rate = s.slope + n;
    s.jacobian = work + 8 * n;
    s.square = s.jacobian + n * n;
    s.normal = s.square + n * n;
    double *mean = work + 7 * n, range = reach(mean, start, starts, (int)n);
    for (int i = 0; i < starts; i++) {
        memcpy(s.x, start + (size_t)i * n, sizeof(double) * n);
        network_clamp(network, s.x);
        if (descend(&s) && distance(s.x, mean, (int)n) <= range)
            take_point(landscape, &s);
        else
            landscape->missed++;
    }
    free(work);
    return true;
}

void landscape_free(struct landscape *landscape)
{
    free(landscape->point);
    free(landscape->states);
    *landscape = (struct landscape){0};
}

/* The columns of (-J)^-1 W_in / tau, and their norms; row [N] is workspace. */
static void fill_input(struct landscape_modes *modes, const double *jacobian, double *row,
                       const struct network *network)
{
    int n = network->units, inputs = network->inputs;
    double tau = network->dt / network->alpha;
    double *copy = malloc(sizeof(double) * (size_t)n * (size_t)n);
    for (int c = 0; c < inputs; c++) {
        for (int i = 0; i < n; i++)
            row[i] = -network->input[(long)i * inputs + c] / tau;
        if (copy)
            memcpy(copy, jacobian, sizeof(double) * (size_t)n * (size_t)n);
        bool solved = copy && matrix_solve(copy, row, n, 1);
        modes->input[c] = solved ? matrix_norm(row, n) : NAN;
        for (int i = 0; i < n && modes->shift; i++)
            modes->shift[(long)i * inputs + c] = solved ? row[i] : NAN;
    }
    free(copy);
}

/* The readout row that overlaps most with the mode, as |w . v| / |w|. */
static double overlap(const struct network *network, const double *re, const double *im)
{
    int n = network->units;
    double most = 0;
    for (int o = 0; o < network->outputs; o++) {
        const double *w = network->readout + (long)o * n;
        double norm = matrix_norm(w, n);
        if (norm > 0)
            most = fmax(most, hypot(matrix_dot(w, re, n), matrix_dot(w, im, n)) / norm);
    }
    return most;
}

bool landscape_linearise(struct landscape_modes *modes, const struct network *network,
                         const double *x)
{
    int n = network->units, slowest = 0;
    size_t square = (size_t)n * (size_t)n;
    double *work = malloc(sizeof(double) * (4 * square + (size_t)n));
    if (!work)
        return false;
    double *j = work, *copy = work + square, *vre = copy + square, *vim = vre + square;
    landscape_jacobian(j, network, x);
    memcpy(copy, j, sizeof(double) * square);
    bool good = matrix_eigen(modes->re, modes->im, vre, vim, copy, n);
    double all = matrix_dot(j, j, (long)n * n), normal = 0;
    modes->unstable = 0;
    for (int i = 0; good && i < n; i++) {
        modes->unstable += modes->re[i] > 0;
        normal += modes->re[i] * modes->re[i] + modes->im[i] * modes->im[i];
        if (fabs(modes->re[i]) < fabs(modes->re[slowest]))
            slowest = i;
    }
    if (good) {
        modes->slowest_time = 1 / fabs(modes->re[slowest]);
        modes->henrici = sqrt(fmax(0, all - normal) / all);
        modes->readout_overlap = overlap(network, vre + (long)slowest * n, vim + (long)slowest * n);
        for (int i = 0; i < n && modes->overlap; i++)
            modes->overlap[i] = overlap(network, vre + (long)i * n, vim + (long)i * n);
        fill_input(modes, j, vim + square, network);
    }
    free(work);
    return good;
}

void landscape_run(double *state, const struct network *network, const double *input, int steps)
{
    int n = network->units;
    memset(state, 0, sizeof(double) * (size_t)n);
    network_clamp(network, state);
    for (int t = 0; t < steps; t++) {
        double *x = state + (long)t * n, *next = x + n;
        landscape_velocity(next, network, x, input + (long)t * network->inputs);
        for (int i = 0; i < n; i++)
            next[i] = x[i] + network->alpha * next[i]; // (2)
        network_clamp(network, next);
    }
}
