/* All starts run together, so that a step is one product of matrices. Only the first start of each
 * attractor is followed with its tangents; the others are known by mean and standard deviations.
 * N units, S starts, K exponents. */
#include "numbers/attractor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/random.h"
#include "numbers/landscape.h"
#include "numbers/matrix.h"

enum { ORTHOGONAL = 5, ROUNDS = 3, RETURNS = 1024 };

/* Orbits have nearly the same mean and standard deviations: the difference is smaller than this
 * share of the extent. Those of a cycle are known better than those of an orbit that never returns. */
static const double alike[ATTRACTOR_KINDS] = {[ATTRACTOR_CYCLE] = 0.1,
                                              [ATTRACTOR_TORUS] = 0.3,
                                              [ATTRACTOR_CHAOS] = 0.3,
                                              [ATTRACTOR_OPEN] = 0.3};

/* States that step together, all of them or the first with its tangents in the other rows. */
struct flock {
    const struct network *network;
    int rows, starts;         /* of the first kind of row, which are states: 1 or all */
    double *x, *rate, *slope; /* [rows, N] */
    double *next, *drive;     /* [rows, N]; W_in u + b [N] */
};

static bool flock_create(struct flock *flock, const struct network *network, const double *u,
                         int rows, int states)
{
    size_t n = (size_t)network->units, size = (size_t)rows * n;
    *flock = (struct flock){network, rows, states, calloc(4 * size + n, sizeof(double))};
    if (!flock->x)
        return false;
    flock->rate = flock->x + size;
    flock->slope = flock->rate + size;
    flock->next = flock->slope + size;
    flock->drive = flock->next + size;
    memcpy(flock->drive, network->bias, sizeof(double) * n);
    linalg_gemv(flock->drive, network->input, network->inputs, u, (int)n, network->inputs, 1, 1, 0);
    return true;
}

/* (2) of the states, and its derivative of the tangents. */
static void flock_step(struct flock *f)
{
    long n = f->network->units;
    for (long r = 0; r < f->rows; r++)
        if (r < f->starts)
            network_rate(f->network, f->rate + r * n, f->slope + r * n, f->x + r * n);
        else
            for (long i = 0; i < n; i++)
                f->rate[r * n + i] = f->slope[i] * f->x[r * n + i];
    linalg_gemm(f->next, (int)n, f->rate, (int)n, f->network->recurrent, (int)n, f->rows, (int)n,
                (int)n, 1, 0, 0, 1);
    for (long r = 0; r < f->rows; r++) {
        double *x = f->x + r * n;
        bool state = r < f->starts;
        for (long i = 0; i < n; i++)
            x[i] += f->network->alpha * (f->next[r * n + i] + (state ? f->drive[i] : 0) - x[i]);
        if (state)
            network_clamp(f->network, x);
        for (int c = 0; !state && c < f->network->clamped; c++)
            x[f->network->clamped_unit[c]] = 0;
    }
}

/* q of row r before its last step, whose velocity is the change by it over alpha. */
static double speed(const double *x, const double *before, const struct network *network)
{
    double sum = 0;
    for (int i = 0; i < network->units; i++)
        sum += (x[i] - before[i]) * (x[i] - before[i]);
    return sum / (network->alpha * network->alpha) / 2;
}

/* Where an orbit goes through the plane across its first velocity, near its first state. */
struct section {
    double *at, *normal;                     /* first state and step [N] */
    double side;                             /* of the last state */
    int returns;                             /* crossings in the direction of `normal` */
    double time[RETURNS], distance[RETURNS]; /* in steps; from `at` */
};

/* One step of the orbit, from `before` to x, that ends at the time t (steps). */
static void section_take(struct section *s, const double *before, const double *x, int t, int n)
{
    double side = 0, last = s->side;
    for (int i = 0; i < n; i++)
        side += (x[i] - s->at[i]) * s->normal[i];
    s->side = side;
    if (last >= 0 || side < 0 || s->returns == RETURNS)
        return;
    double part = last / (last - side), sum = 0;
    for (int i = 0; i < n; i++) {
        double d = before[i] + part * (x[i] - before[i]) - s->at[i];
        sum += d * d;
    }
    s->time[s->returns] = t - 1 + part;
    s->distance[s->returns++] = sqrt(sum);
}

/* The period in steps, if the orbit returns after each multiple of it; else NaN. */
static double section_period(const struct section *s, double near, double steps)
{
    int first = 0, last;
    while (first < s->returns && s->distance[first] > near)
        first++;
    if (first == s->returns)
        return NAN;
    double period = s->time[first], count = 1;
    last = first;
    for (int r = first + 1; r < s->returns; r++) {
        if (s->distance[r] > near || s->time[r] < s->time[last] + 0.9 * period)
            continue;
        if (s->time[r] > s->time[last] + 1.1 * period)
            return NAN;
        last = r;
        period = s->time[r] / ++count;
    }
    // seen twice at least, and to the end
    return count < 2 || (s->returns < RETURNS && s->time[last] + 1.1 * period < steps) ? NAN
                                                                                       : period;
}

/* One orbit that is followed closely. */
struct watch {
    struct flock flock; /* the state, then K tangents */
    struct section section;
    double *before, *sum, *square; /* [N] */
    double growth[ATTRACTOR_EXPONENTS];
    int exponents, steps; /* K; observed so far */
};

/* Makes the tangents orthonormal; adds the logarithms of their lengths to growth. */
static void orthonormalise(struct watch *w)
{
    int n = w->flock.network->units;
    double *v = w->flock.x + n;
    for (int k = 0; k < w->exponents; k++) {
        double *own = v + (long)k * n;
        for (int j = 0; j < k; j++) {
            double part = matrix_dot(own, v + (long)j * n, n);
            for (int i = 0; i < n; i++)
                own[i] -= part * v[(long)j * n + i];
        }
        double norm = matrix_norm(own, n);
        w->growth[k] += log(norm);
        for (int i = 0; i < n; i++)
            own[i] /= norm;
    }
}

static bool watch_create(struct watch *w, const struct network *network, const double *u,
                         const double *x)
{
    size_t n = (size_t)network->units;
    int free_units = network->units - network->clamped;
    *w = (struct watch){.exponents =
                            free_units < ATTRACTOR_EXPONENTS ? free_units : ATTRACTOR_EXPONENTS};
    w->before = calloc(5 * n, sizeof(double));
    if (!flock_create(&w->flock, network, u, 1 + w->exponents, 1) || !w->before) {
        free(w->flock.x);
        free(w->before);
        return false;
    }
    w->sum = w->before + n;
    w->square = w->sum + n;
    w->section.at = w->square + n;
    w->section.normal = w->section.at + n;
    memcpy(w->flock.x, x, sizeof(double) * n);
    random_normal(w->flock.x + n, random_key(0, 3, RANDOM_ANALYSIS), 0, 0, (int)n * w->exponents);
    for (int k = 1; k <= w->exponents; k++)
        for (int c = 0; c < network->clamped; c++)
            w->flock.x[(size_t)k * n + (size_t)network->clamped_unit[c]] = 0;
    orthonormalise(w);
    return true;
}

static void watch_free(struct watch *w)
{
    free(w->flock.x);
    free(w->before);
}

/* Lets the tangents turn into the leading directions, then starts to count. */
static void watch_align(struct watch *w, int steps)
{
    size_t n = (size_t)w->flock.network->units;
    for (int t = 1; t <= steps; t++) {
        flock_step(&w->flock);
        if (t % ORTHOGONAL == 0 || t == steps)
            orthonormalise(w);
    }
    memset(w->growth, 0, sizeof w->growth);
    memcpy(w->section.at, w->flock.x, sizeof(double) * n);
}

/* Goes on to `steps` observed steps; returns q of the last one. */
static double watch_run(struct watch *w, int steps)
{
    int n = w->flock.network->units;
    double q = INFINITY;
    for (int t = w->steps + 1; t <= steps; t++) {
        const double *x = w->flock.x;
        memcpy(w->before, x, sizeof(double) * (size_t)n);
        flock_step(&w->flock);
        for (int i = 0; i < n; i++) {
            double d = x[i] - w->section.at[i]; // sums of small numbers keep their digits
            w->sum[i] += d;
            w->square[i] += d * d;
            if (t == 1)
                w->section.normal[i] = d;
        }
        if (t == 1)
            w->section.side = 1;
        else
            section_take(&w->section, w->before, x, t, n);
        if (t % ORTHOGONAL == 0 || t == steps)
            orthonormalise(w);
        q = speed(x, w->before, w->flock.network);
    }
    w->steps = steps;
    return q;
}

/* Mean, sd and extent, of an orbit that stands still those of where it stands. */
static void describe(struct attractor *a, const struct watch *w, bool still)
{
    double all = 0;
    for (int i = 0; i < w->flock.network->units; i++) {
        double mean = w->sum[i] / w->steps;
        double variance = still ? 0 : fmax(0, w->square[i] / w->steps - mean * mean);
        a->mean[i] = still ? w->flock.x[i] : w->section.at[i] + mean;
        a->sd[i] = sqrt(variance);
        all += variance;
    }
    a->extent = sqrt(all);
}

/* What the observed steps say; `final` when there will be no more. */
static enum attractor_kind judge(struct attractor *a, const struct watch *w, double q, bool final)
{
    double dt = w->flock.network->dt, zero = ATTRACTOR_ZERO / (w->steps * dt);
    int zeros = 0;
    a->period = NAN;
    for (int k = 0; k < w->exponents; k++) {
        double exponent = w->growth[k] / (w->steps * dt);
        zeros += fabs(exponent) <= zero;
        int place = k; // of two that are nearly the same, either may come first
        for (; place > 0 && a->exponent[place - 1] < exponent; place--)
            a->exponent[place] = a->exponent[place - 1];
        a->exponent[place] = exponent;
    }
    bool grows = a->exponent[0] > zero;
    if (q < LANDSCAPE_FIXED)
        return grows ? ATTRACTOR_OPEN : ATTRACTOR_POINT;
    double period = section_period(&w->section, ATTRACTOR_RETURN * a->extent, w->steps);
    if (!isnan(period) && !grows) {
        a->period = period * dt;
        return ATTRACTOR_CYCLE;
    }
    if (isnan(period) && (grows ? final || a->exponent[0] > 2 * zero : final && zeros >= 2))
        return grows ? ATTRACTOR_CHAOS : ATTRACTOR_TORUS;
    return ATTRACTOR_OPEN;
}

/* Follows the orbit from x until its kind is clear. */
static bool watch_closely(struct attractor *a, const struct network *network, const double *u,
                          const double *x, int observe)
{
    struct watch *w = malloc(sizeof *w);
    if (!w || !watch_create(w, network, u, x)) {
        free(w);
        return false;
    }
    watch_align(w, observe / 4 + 1);
    a->kind = ATTRACTOR_OPEN;
    for (int round = 0, steps = observe; round < ROUNDS && a->kind == ATTRACTOR_OPEN;
         round++, steps *= 2) {
        double q = watch_run(w, steps);
        describe(a, w, q < LANDSCAPE_FIXED);
        a->kind = judge(a, w, q, round == ROUNDS - 1);
    }
    watch_free(w);
    free(w);
    return true;
}

/* Whether an orbit with that mean and sd is this attractor. */
static bool is_alike(const struct attractor *a, const double *mean, const double *sd, int n)
{
    double sum = 0, all = 0;
    for (int i = 0; i < n; i++) {
        sum += (mean[i] - a->mean[i]) * (mean[i] - a->mean[i]) +
               (sd[i] - a->sd[i]) * (sd[i] - a->sd[i]);
        all += sd[i] * sd[i];
    }
    double least = a->kind == ATTRACTOR_POINT ? LANDSCAPE_MERGE : 0;
    return sqrt(sum) <= fmax(least, alike[a->kind] * fmax(a->extent, sqrt(all)));
}

/* Runs all starts; mean and sd [S, N] of the last `observe` steps. Ends early when all stand still. */
static void survey(struct flock *f, double *mean, double *sd, double *before, int settle,
                   int observe)
{
    long n = f->network->units, size = f->rows * n;
    memset(mean, 0, sizeof(double) * (size_t)size);
    memset(sd, 0, sizeof(double) * (size_t)size);
    int seen = 0;
    bool moves = true;
    for (int t = 0; t < settle + observe && moves; t++) {
        memcpy(before, f->x, sizeof(double) * (size_t)size);
        flock_step(f);
        moves = false;
        for (long r = 0; r < f->rows && !moves; r++)
            moves = !(speed(f->x + r * n, before + r * n, f->network) < LANDSCAPE_FIXED / 100);
        seen += t >= settle;
        for (long i = 0; i < size && t >= settle; i++) {
            mean[i] += f->x[i];
            sd[i] += f->x[i] * f->x[i];
        }
    }
    for (long i = 0; i < size; i++) {
        mean[i] = seen && moves ? mean[i] / seen : f->x[i];
        sd[i] = seen && moves ? sqrt(fmax(0, sd[i] / seen - mean[i] * mean[i])) : 0;
    }
}

void attractor_free(struct attractors *attractors)
{
    free(attractors->attractor);
    free(attractors->memory);
    *attractors = (struct attractors){0};
}

/* The known attractor with that mean and sd, or a new one, which is followed from x. */
static bool take(struct attractors *out, const struct network *network, const double *u,
                 const double *x, const double *mean, const double *sd, int observe)
{
    int n = network->units;
    for (int a = 0; a < out->count; a++)
        if (is_alike(&out->attractor[a], mean, sd, n)) {
            out->attractor[a].starts++;
            return true;
        }
    struct attractor *a = &out->attractor[out->count];
    *a = (struct attractor){.starts = 1, .mean = out->memory + 2L * out->count * n};
    a->sd = a->mean + n;
    for (int k = 0; k < ATTRACTOR_EXPONENTS; k++)
        a->exponent[k] = NAN;
    if (!watch_closely(a, network, u, x, observe))
        return false;
    for (int b = 0; b < out->count; b++) // it had not settled yet
        if (out->attractor[b].kind == a->kind && is_alike(&out->attractor[b], a->mean, a->sd, n)) {
            out->attractor[b].starts++;
            return true;
        }
    out->count++;
    return true;
}

bool attractor_find(struct attractors *out, const struct network *network, const double *u,
                    const double *start, int starts, int settle, int observe)
{
    size_t n = (size_t)network->units, size = (size_t)starts * n;
    struct flock flock = {0};
    double *mean = malloc(sizeof(double) * 3 * size), *sd = mean + size;
    *out = (struct attractors){0, calloc((size_t)starts, sizeof *out->attractor),
                               calloc(2 * size, sizeof(double))};
    bool good =
        mean && out->attractor && out->memory && flock_create(&flock, network, u, starts, starts);
    if (good) {
        memcpy(flock.x, start, sizeof(double) * size);
        for (int s = 0; s < starts; s++)
            network_clamp(network, flock.x + (size_t)s * n);
        survey(&flock, mean, sd, sd + size, settle, observe);
    }
    for (size_t s = 0; good && s < (size_t)starts; s++)
        good = take(out, network, u, flock.x + s * n, mean + s * n, sd + s * n, observe);
    free(flock.x);
    free(mean);
    if (!good)
        attractor_free(out);
    return good;
}
