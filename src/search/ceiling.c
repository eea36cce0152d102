/* A network is left out, the rule is fitted on the others, and its drift and size at the network that
 * was left out are counted; over all networks in turn they give the efficiency. The ridge of a fit is
 * chosen in the same way among the networks that are left, so that nothing of the one left out enters.
 * Each network and stage counts the same, however steep its loss is: else the steepest one would be
 * most of every mean, and of its error.
 * K columns, of which m are fitted. */
#include "search/ceiling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "search/ceiling_path.h"
#include "search/pairs.h"

/* Relative to the mean diagonal of G in columns of size 1. */
static const double ridges[] = {10, 1, 1e-1, 1e-2, 1e-3, 1e-4};
enum { RIDGES = sizeof ridges / sizeof *ridges, USUAL = 3 };

/* What a rule does at one network and stage: the drift as a share of that of a step straight down the
 * gradient that is as large as the reference's, the size relative to the reference's. */
struct effect {
    double drift; /* theta' c, in this unit */
    double error; /* variance of its error */
    double size;  /* theta' G theta, in this unit */
};

/* Some of the measurements: all networks but `left` and `other` (-1: none), stages first..last. */
struct part {
    int left, other, first, last;
};

struct work {
    const struct ceiling *ceiling;
    const struct ceiling_rule *rule; /* that is fitted */
    struct ceiling_path path;
    double *drift, *size;           /* the units of effects, as factors [networks, stages] */
    double *unit;                   /* one over the root of the mean G_kk [K] */
    int *place, *chosen;            /* columns that are fitted [m], workspace */
    int count;                      /* m */
    double *signal, *gram, *factor; /* pooled, in units [m], [m, m], workspace [m, m] */
    double *solution, *theta;       /* workspace [m], [K] */
    struct effect *effect;          /* of the rule in question [networks, stages] */
    struct effect *reference;       /* [networks, stages] */
    struct effect *inner;           /* workspace [RIDGES, networks, stages] */
};

static const struct efficiency *at(const struct ceiling *ceiling, int network, int stage)
{
    return &ceiling->measured[network * ceiling->stages + stage];
}

static bool within(const struct part *part, int network)
{
    return network != part->left && network != part->other;
}

/* x' A y, all [K]. */
static double form(const double *matrix, const double *x, const double *y, int columns)
{
    double sum = 0;
    for (int k = 0; k < columns; k++) {
        double row = 0;
        for (int l = 0; l < columns && x[k] != 0; l++)
            row += matrix[(long)k * columns + l] * y[l];
        sum += x[k] * row;
    }
    return sum;
}

/* |g|^2, but not less than the error that was taken off it: it may have come out below 0. */
static double square_of(const struct efficiency *measured)
{
    return fmax(measured->gradient, measured->gradient_noise / measured->trials);
}

static struct effect effect_of(const struct work *work, int place, const double *theta)
{
    const struct efficiency *measured = &work->ceiling->measured[place];
    int columns = work->ceiling->columns;
    double drift = work->drift[place], size = work->size[place], sum = 0;
    for (int k = 0; k < columns; k++)
        sum += theta[k] * measured->signal[k];
    return (struct effect){drift * sum,
                           drift * drift * form(measured->covariance, theta, theta, columns),
                           size * form(measured->gram, theta, theta, columns)};
}

/* (30) over a part of the measurements, of which `effect` [networks, stages] is known: the square of
 * the mean drift is too large by the variance of its error, and has its sign. */
static double share_of(const struct ceiling *ceiling, const struct effect *effect,
                       const struct part *part)
{
    double drift = 0, error = 0, size = 0, count = 0;
    for (int i = 0; i < ceiling->networks; i++)
        for (int s = part->first; s <= part->last && within(part, i); s++) {
            const struct effect *e = &effect[i * ceiling->stages + s];
            drift += e->drift, error += e->error, size += e->size;
            count++;
        }
    return size > 0 ? copysign(1, drift) * (drift * drift - error) / (size * count) : 0;
}

/* ---- the best rule ---- */

/* Mean c and G of a part, of the columns that are fitted, in units. */
static void pool(struct work *work, const struct part *part)
{
    const struct ceiling *ceiling = work->ceiling;
    int m = work->count, columns = ceiling->columns, count = 0;
    memset(work->signal, 0, sizeof(double) * (size_t)m);
    memset(work->gram, 0, sizeof(double) * (size_t)m * (size_t)m);
    for (int i = 0; i < ceiling->networks; i++)
        for (int s = part->first; s <= part->last && within(part, i); s++, count++) {
            const struct efficiency *measured = at(ceiling, i, s);
            double drift = work->drift[i * ceiling->stages + s];
            double size = work->size[i * ceiling->stages + s];
            for (int a = 0; a < m; a++) {
                const double *row = measured->gram + (long)work->place[a] * columns;
                work->signal[a] += drift * measured->signal[work->place[a]];
                for (int b = 0; b <= a; b++)
                    work->gram[a * m + b] += size * row[work->place[b]];
            }
        }
    for (int a = 0; a < m; a++) {
        double unit = work->unit[work->place[a]] / count;
        work->signal[a] *= unit;
        for (int b = 0; b <= a; b++)
            work->gram[a * m + b] *= unit * work->unit[work->place[b]];
    }
}

/* (29): theta [K] with theta' G theta = 1 in what was pooled. */
static void solve(double *theta, struct work *work, double ridge)
{
    int m = work->count;
    double *x = work->solution, *factor = work->factor, size = 0;
    memcpy(factor, work->gram, sizeof *factor * (size_t)m * (size_t)m);
    for (int a = 0; a < m; a++)
        factor[a * m + a] += ridge;
    linalg_factorise(factor, m, 1e-14);
    memcpy(x, work->signal, sizeof *x * (size_t)m);
    linalg_solve_lower(x, factor, m);
    linalg_solve_upper(x, factor, m);
    for (int a = 0; a < m; a++)
        for (int b = 0; b <= a; b++)
            size += (a == b ? 1 : 2) * x[a] * work->gram[a * m + b] * x[b];
    memset(theta, 0, sizeof(double) * (size_t)work->ceiling->columns);
    for (int a = 0; a < m; a++)
        theta[work->place[a]] = size > 0 ? x[a] * work->unit[work->place[a]] / sqrt(size) : 0;
}

/* Effects at network i of the rule theta. */
static void take_effects(struct effect *effect, const struct work *work, int i, const double *theta)
{
    int stages = work->ceiling->stages;
    for (int s = 0; s < stages; s++)
        effect[i * stages + s] = effect_of(work, i * stages + s, theta);
}

/* The ridge whose fits do best at networks that they have not seen, of those of `part`. */
static double choose_ridge(struct work *work, const struct part *part)
{
    const struct ceiling *ceiling = work->ceiling;
    int places = ceiling->networks * ceiling->stages, best = 0;
    double most = -INFINITY;
    if (work->count < 2)
        return 0;
    if (ceiling->networks - (part->left >= 0) < 2)
        return ridges[USUAL];
    for (int i = 0; i < ceiling->networks; i++) {
        if (!within(part, i))
            continue;
        pool(work, &(struct part){part->left, i, part->first, part->last});
        for (int r = 0; r < RIDGES; r++) {
            solve(work->theta, work, ridges[r]);
            take_effects(work->inner + r * places, work, i, work->theta);
        }
    }
    for (int r = 0; r < RIDGES; r++) {
        double share = share_of(ceiling, work->inner + r * places, part);
        if (share > most)
            most = share, best = r;
    }
    return ridges[best];
}

static void fill_upper(double *gram, int m)
{
    for (int a = 0; a < m; a++)
        for (int b = 0; b < a; b++)
            gram[b * m + a] = gram[a * m + b];
}

/* The columns that are fitted: all that the rule may have, or so many of them that are best on this
 * part. */
static void choose_columns(struct work *work, const struct part *part)
{
    int m = 0;
    for (int k = 0; k < work->ceiling->columns; k++)
        if (work->rule->member[k])
            work->place[m++] = k;
    work->count = m;
    if (work->rule->terms == 0 || work->rule->terms >= m)
        return;
    double ridge = choose_ridge(work, part);
    pool(work, part);
    for (int a = 0; a < m; a++)
        work->gram[a * m + a] += ridge;
    fill_upper(work->gram, m);
    work->count = ceiling_path_choose(work->chosen, &work->path, work->signal, work->gram, m,
                                      work->rule->terms);
    for (int a = 0; a < work->count; a++)
        work->place[a] = work->place[work->chosen[a]];
}

/* The rule fitted on a part, theta [K]; returns the ridge. */
static double fit(double *theta, struct work *work, const struct part *part)
{
    choose_columns(work, part);
    double ridge = choose_ridge(work, part);
    pool(work, part);
    solve(theta, work, ridge);
    return ridge;
}

/* Effects at each network of the rule that was fitted on the others, at stages up to `last`. */
static void fit_others(struct work *work, int last)
{
    for (int i = 0; i < work->ceiling->networks; i++) {
        fit(work->theta, work, &(struct part){i, -1, 0, last});
        take_effects(work->effect, work, i, work->theta);
    }
}

/* ---- answers ---- */

/* Standard error by the jackknife. */
static double spread(const double *without, const double *others, int networks)
{
    double mean = 0, square = 0;
    for (int i = 0; i < networks; i++)
        mean += (without[i] - (others ? others[i] : 0)) / networks;
    for (int i = 0; i < networks; i++) {
        double difference = without[i] - (others ? others[i] : 0) - mean;
        square += difference * difference;
    }
    return sqrt(square * (networks - 1) / networks);
}

static double ratio_of(const struct work *work, const struct part *part)
{
    return share_of(work->ceiling, work->effect, part) /
           share_of(work->ceiling, work->reference, part);
}

/* All that follows from work->effect. */
static void judge(struct ceiling_answer *answer, const struct work *work)
{
    const struct ceiling *ceiling = work->ceiling;
    int last = ceiling->stages - 1, networks = ceiling->networks;
    const struct part all = {-1, -1, 0, last};
    answer->share = share_of(ceiling, work->effect, &all);
    answer->ratio = ratio_of(work, &all);
    answer->low = answer->high = NAN;
    for (int s = 0; s <= last; s++)
        answer->stage[s] = share_of(ceiling, work->effect, &(struct part){-1, -1, s, s});
    if (networks < 2)
        return;
    for (int i = 0; i < networks; i++)
        answer->without[i] = ratio_of(work, &(struct part){i, -1, 0, last});
    double half = pairs_student_limit(0.05, networks - 1) * spread(answer->without, NULL, networks);
    answer->low = answer->ratio - half;
    answer->high = answer->ratio + half;
}

static void answer_fitted(struct ceiling_answer *answer, struct work *work,
                          const struct ceiling_rule *rule)
{
    int last = work->ceiling->stages - 1;
    work->rule = rule;
    if (last > 0) {
        fit_others(work, 0);
        answer->transfer = ratio_of(work, &(struct part){-1, -1, 1, last});
    }
    fit_others(work, last);
    judge(answer, work);
    answer->ridge = fit(answer->theta, work, &(struct part){-1, -1, 0, last});
}

static void answer_one(struct ceiling_answer *answer, struct work *work,
                       const struct ceiling_rule *rule)
{
    const struct ceiling *ceiling = work->ceiling;
    answer->transfer = NAN;
    if (rule->kind == CEILING_FITTED) {
        answer_fitted(answer, work, rule);
        return;
    }
    for (int i = 0; i < ceiling->networks && rule->kind == CEILING_GIVEN; i++)
        take_effects(work->effect, work, i, rule->theta);
    for (int e = 0; e < ceiling->networks * ceiling->stages && rule->kind == CEILING_GRADIENT; e++)
        work->effect[e] = (struct effect){
            sqrt(square_of(&ceiling->measured[e]) / ceiling->measured[e].gradient_noise), 0, 1};
    judge(answer, work);
    if (rule->kind == CEILING_GIVEN)
        memcpy(answer->theta, rule->theta, sizeof(double) * (size_t)ceiling->columns);
}

/* ---- memory ---- */

static void drop(struct work *work)
{
    free(work->drift);
    free(work->size);
    free(work->unit);
    free(work->place);
    free(work->chosen);
    ceiling_path_free(&work->path);
    free(work->signal);
    free(work->gram);
    free(work->factor);
    free(work->solution);
    free(work->theta);
    free(work->effect);
    free(work->reference);
    free(work->inner);
}

static enum status take(struct work *work, const struct ceiling *ceiling, struct error *error)
{
    const char *what = "the best rules";
    size_t columns = (size_t)ceiling->columns;
    size_t places = (size_t)ceiling->networks * (size_t)ceiling->stages;
    *work = (struct work){.ceiling = ceiling};
    work->drift = error_calloc(error, places, sizeof(double), what);
    work->size = error_calloc(error, places, sizeof(double), what);
    work->unit = error_calloc(error, columns, sizeof(double), what);
    work->place = error_calloc(error, columns, sizeof(int), what);
    work->chosen = error_calloc(error, columns, sizeof(int), what);
    work->signal = error_calloc(error, columns, sizeof(double), what);
    work->gram = error_calloc(error, columns * columns, sizeof(double), what);
    work->factor = error_calloc(error, columns * columns, sizeof(double), what);
    work->solution = error_calloc(error, columns, sizeof(double), what);
    work->theta = error_calloc(error, columns, sizeof(double), what);
    work->effect = error_calloc(error, places, sizeof(struct effect), what);
    work->reference = error_calloc(error, places, sizeof(struct effect), what);
    work->inner = error_calloc(error, RIDGES * places, sizeof(struct effect), what);
    bool all = work->drift && work->size && work->unit && work->place && work->chosen &&
               work->signal && work->gram && work->factor && work->solution && work->theta &&
               work->effect && work->reference && work->inner;
    return all ? ceiling_path_create(&work->path, ceiling->columns, error) : STATUS_FAILED;
}

static enum status take_answer(struct ceiling_answer *answer, const struct ceiling *ceiling,
                               struct error *error)
{
    const char *what = "the best rules";
    answer->stage = error_calloc(error, (size_t)ceiling->stages, sizeof(double), what);
    answer->without = error_calloc(error, (size_t)ceiling->networks, sizeof(double), what);
    answer->theta = error_calloc(error, (size_t)ceiling->columns, sizeof(double), what);
    return answer->stage && answer->without && answer->theta ? STATUS_OK : STATUS_FAILED;
}

/* Those of effects, then one over the root of the mean G_kk; 0 for a column that is always 0. */
static void find_units(struct work *work, const double *reference)
{
    const struct ceiling *ceiling = work->ceiling;
    int places = ceiling->networks * ceiling->stages;
    for (int e = 0; e < places; e++) {
        double size = form(ceiling->measured[e].gram, reference, reference, ceiling->columns);
        double product = size * square_of(&ceiling->measured[e]);
        work->size[e] = size > 0 ? 1 / size : 0;
        work->drift[e] = product > 0 ? 1 / sqrt(product) : 0;
    }
    for (int k = 0; k < ceiling->columns; k++) {
        double sum = 0;
        for (int e = 0; e < places; e++)
            sum += work->size[e] * ceiling->measured[e].gram[(long)k * ceiling->columns + k];
        work->unit[k] = sum > 0 ? 1 / sqrt(sum / places) : 0;
    }
}

enum status ceiling_answer(struct ceiling_answer *answer, const struct ceiling *ceiling,
                           const struct ceiling_rule *rule, int rules, const double *reference,
                           struct error *error)
{
    struct work work;
    enum status status = take(&work, ceiling, error);
    memset(answer, 0, sizeof *answer * (size_t)rules);
    if (!status) {
        find_units(&work, reference);
        for (int i = 0; i < ceiling->networks; i++)
            take_effects(work.reference, &work, i, reference);
    }
    for (int r = 0; r < rules && !status; r++) {
        status = take_answer(&answer[r], ceiling, error);
        if (!status)
            answer_one(&answer[r], &work, &rule[r]);
    }
    if (status)
        ceiling_free(answer, rules);
    drop(&work);
    return status;
}

void ceiling_free(struct ceiling_answer *answer, int rules)
{
    for (int r = 0; r < rules; r++) {
        free(answer[r].stage);
        free(answer[r].without);
        free(answer[r].theta);
        answer[r] = (struct ceiling_answer){0};
    }
}

double ceiling_error(const struct ceiling_answer *a, const struct ceiling_answer *b, int networks)
{
    return spread(a->without, b->without, networks);
}

double ceiling_size(const struct ceiling *ceiling, const double *theta, const double *reference)
{
    int places = ceiling->networks * ceiling->stages, columns = ceiling->columns;
    double sum = 0;
    for (int e = 0; e < places; e++) {
        const double *gram = ceiling->measured[e].gram;
        double size = form(gram, reference, reference, columns);
        sum += size > 0 ? form(gram, theta, theta, columns) / size / places : 0;
    }
    return sum;
}
