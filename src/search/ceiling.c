/* A network is left out, the rule is fitted on the others, and its drift and size at the network that
 * was left out are counted; over all networks in turn they give the efficiency. The ridge of a fit is
 * chosen in the same way among the networks that are left, so that nothing of the one left out enters.
 * Each network and stage counts the same, however steep its loss is: else the steepest one would be
 * most of every mean, and of its error.
 *
 * By the damage D (34) a fit divides by D + ridge G, above 0 in all directions if the ridge is large
 * enough. The ridge is that whose steps lose most loss at the other networks: a quotient, whose
 * denominator may come out near 0, could not choose.
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
enum { RIDGES = sizeof ridges / sizeof *ridges, USUAL = 3, RIDGE_MOST = 1000 };

/* What a rule does at one network and stage: the drift as a share of that of a step straight down the
 * gradient that is as large as the reference's, the size relative to the reference's. */
struct effect {
    double drift; /* theta' c, in this unit */
    double error; /* variance of its error */
    double size;  /* theta' G theta, in this unit; or the damage theta' D theta */
    double gain;  /* of a fit by the damage: what its step takes off the loss, to second order */
};

/* Some of the measurements: all networks but `left` and `other` (-1: none), stages first..last. */
struct part {
    int left, other, first, last;
};

struct work {
    const struct ceiling *ceiling;
    const struct ceiling_rule *rule; /* that is fitted */
    struct ceiling_path path;
    double *memory;                 /* all of the arrays of numbers */
    bool damage;                    /* the fit is by the damage */
    double *drift, *size;           /* the units of effects, as factors [networks, stages] */
    double *unit;                   /* one over the root of the mean G_kk [K] */
    int *place, *chosen;            /* columns that are fitted [m], workspace */
    int count;                      /* m */
    double *signal, *gram, *factor; /* pooled, in units [m], [m, m], workspace [m, m] */
    double *pooled;                 /* D, likewise [m, m] */
    double *solution, *theta;       /* workspace [m], [K] */
    double step;                    /* of a fit by the damage, times theta */
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

/* 1 / (|g| G_0). */
static double unit_of_damage(const struct work *work, int place)
{
    return work->drift[place] * sqrt(work->size[place]);
}

/* By the size or by the damage. */
static struct effect effect_of(const struct work *work, bool damage, int place, const double *theta)
{
    const struct efficiency *measured = &work->ceiling->measured[place];
    int columns = work->ceiling->columns;
    double drift = work->drift[place], sum = 0;
    double size = damage
                      ? unit_of_damage(work, place) * form(measured->damage, theta, theta, columns)
                      : work->size[place] * form(measured->gram, theta, theta, columns);
    for (int k = 0; k < columns; k++)
        sum += theta[k] * measured->signal[k];
    return (struct effect){drift * sum,
                           drift * drift * form(measured->covariance, theta, theta, columns), size,
                           work->step * (drift * sum - work->step * size / 2)};
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
    if (!(size > 0))
        return ceiling->damage ? NAN : 0;
    return copysign(1, drift) * (drift * drift - error) / (size * count);
}

/* What the steps of fits by the damage take off the loss, of a part. */
static double gain_of(const struct ceiling *ceiling, const struct effect *effect,
                      const struct part *part)
{
    double gain = 0;
    for (int i = 0; i < ceiling->networks; i++)
        for (int s = part->first; s <= part->last && within(part, i); s++)
            gain += effect[i * ceiling->stages + s].gain;
    return gain;
}

/* ---- the best rule ---- */

/* sum [m, m] += factor times the part of a matrix [K, K] that is fitted, below the diagonal. */
static void add_matrix(double *sum, const struct work *work, const double *matrix, double factor)
{
    int m = work->count;
    for (int a = 0; a < m; a++) {
        const double *row = matrix + (long)work->place[a] * work->ceiling->columns;
        for (int b = 0; b <= a; b++)
            sum[a * m + b] += factor * row[work->place[b]];
    }
}

/* Mean c and G, and D for a fit by it, of a part, of the columns that are fitted, in units. */
static void pool(struct work *work, const struct part *part)
{
    const struct ceiling *ceiling = work->ceiling;
    int m = work->count, count = 0;
    memset(work->signal, 0, sizeof(double) * (size_t)m);
    memset(work->gram, 0, sizeof(double) * (size_t)m * (size_t)m);
    memset(work->pooled, 0, sizeof(double) * (size_t)m * (size_t)m);
    for (int i = 0; i < ceiling->networks; i++)
        for (int s = part->first; s <= part->last && within(part, i); s++, count++) {
            const struct efficiency *measured = at(ceiling, i, s);
            int place = i * ceiling->stages + s;
            for (int a = 0; a < m; a++)
                work->signal[a] += work->drift[place] * measured->signal[work->place[a]];
            add_matrix(work->gram, work, measured->gram, work->size[place]);
            if (work->damage)
                add_matrix(work->pooled, work, measured->damage, unit_of_damage(work, place));
        }
    for (int a = 0; a < m; a++) {
        double unit = work->unit[work->place[a]] / count;
        work->signal[a] *= unit;
        for (int b = 0; b <= a; b++) {
            work->gram[a * m + b] *= unit * work->unit[work->place[b]];
            work->pooled[a * m + b] *= unit * work->unit[work->place[b]];
        }
    }
}

/* What (29) divides by: G + ridge; or D + ridge (G + SMALL), which with a large ridge is the same but
 * for a factor. */
static void fill_factor(struct work *work, double ridge)
{
    static const double SMALL = 1e-2;
    int m = work->count;
    double *factor = work->factor, scale = 0;
    memcpy(factor, work->damage ? work->pooled : work->gram,
           sizeof *factor * (size_t)m * (size_t)m);
    for (int a = 0; a < m && work->damage; a++)
        scale += fabs(work->pooled[a * m + a]) / m;
    for (int a = 0; a < m; a++) {
        for (int b = 0; b <= a && work->damage; b++)
            factor[a * m + b] += ridge * scale * work->gram[a * m + b];
        factor[a * m + a] += ridge * (work->damage ? SMALL * scale : 1);
    }
}

/* (29), (35): theta [K] with theta' G theta = 1 in what was pooled. False: what it divides by is below 0
 * in some direction, where D is and the ridge is too small. */
static bool solve(double *theta, struct work *work, double ridge)
{
    int m = work->count;
    double *x = work->solution, *factor = work->factor, size = 0;
    bool definite = true;
    fill_factor(work, ridge);
    linalg_factorise(factor, m, 1e-14);
    for (int a = 0; a < m && work->damage; a++)
        definite &= isfinite(factor[a * m + a]);
    memcpy(x, work->signal, sizeof *x * (size_t)m);
    linalg_solve_lower(x, factor, m);
    linalg_solve_upper(x, factor, m);
    for (int a = 0; a < m; a++)
        for (int b = 0; b <= a; b++)
            size += (a == b ? 1 : 2) * x[a] * work->gram[a * m + b] * x[b];
    work->step = size > 0 ? sqrt(size) : 0;
    memset(theta, 0, sizeof(double) * (size_t)work->ceiling->columns);
    for (int a = 0; a < m; a++)
        theta[work->place[a]] = size > 0 ? x[a] * work->unit[work->place[a]] / sqrt(size) : 0;
    return definite;
}

/* Effects at network i of the rule theta, by the size or by the damage. */
static void take_effects(struct effect *effect, const struct work *work, bool damage, int i,
                         const double *theta)
{
    int stages = work->ceiling->stages;
    for (int s = 0; s < stages; s++)
        effect[i * stages + s] = effect_of(work, damage, i * stages + s, theta);
}

/* The ridge whose fits do best at networks that they have not seen, of those of `part`. */
static double choose_ridge(struct work *work, const struct part *part)
{
    const struct ceiling *ceiling = work->ceiling;
    int places = ceiling->networks * ceiling->stages, best = 0;
    double most = -INFINITY;
    bool definite[RIDGES];
    memset(definite, true, sizeof definite);
    if (work->count < 2)
        return work->damage ? ridges[0] : 0; // D of one column may be below 0
    if (ceiling->networks - (part->left >= 0) < 2)
        return ridges[USUAL];
    for (int i = 0; i < ceiling->networks; i++) {
        if (!within(part, i))
            continue;
        pool(work, &(struct part){part->left, i, part->first, part->last});
        for (int r = 0; r < RIDGES; r++) {
            definite[r] &= solve(work->theta, work, ridges[r]);
            take_effects(work->inner + r * places, work, work->damage, i, work->theta);
        }
    }
    for (int r = 0; r < RIDGES; r++) {
        const struct effect *effect = work->inner + r * places;
        double score =
            work->damage ? gain_of(ceiling, effect, part) : share_of(ceiling, effect, part);
        if (definite[r] && score > most)
            most = score, best = r;
    }
    return ridges[best];
}

/* The columns that are fitted: all that the rule may have, or so many of them that are best for their
 * size on this part, also where their coefficients are fitted by the damage. */
static void choose_columns(struct work *work, const struct part *part)
{
    int m = 0;
    for (int k = 0; k < work->ceiling->columns; k++)
        if (work->rule->member[k])
            work->place[m++] = k;
    work->count = m;
    work->damage = work->ceiling->damage && !work->rule->by_size;
    if (work->rule->terms == 0 || work->rule->terms >= m)
        return;
    bool damage = work->damage;
    work->damage = false;
    double ridge = choose_ridge(work, part);
    pool(work, part);
    for (int a = 0; a < m; a++) {
        work->gram[a * m + a] += ridge;
        for (int b = 0; b < a; b++)
            work->gram[b * m + a] = work->gram[a * m + b];
    }
    work->count = ceiling_path_choose(work->chosen, &work->path, work->signal, work->gram, m,
                                      work->rule->terms);
    for (int a = 0; a < work->count; a++)
        work->place[a] = work->place[work->chosen[a]];
    work->damage = damage;
}

/* The rule fitted on a part, theta [K]; returns the ridge. */
static double fit(double *theta, struct work *work, const struct part *part)
{
    choose_columns(work, part);
    double ridge = choose_ridge(work, part);
    pool(work, part);
    while (!solve(theta, work, ridge) && ridge < RIDGE_MOST)
        ridge *= 10;
    return ridge;
}

/* Effects at each network of the rule that was fitted on the others, at stages up to `last`. */
static void fit_others(struct work *work, int last)
{
    for (int i = 0; i < work->ceiling->networks; i++) {
        fit(work->theta, work, &(struct part){i, -1, 0, last});
        take_effects(work->effect, work, work->ceiling->damage, i, work->theta);
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
        take_effects(work->effect, work, ceiling->damage, i, rule->theta);
    for (int e = 0; e < ceiling->networks * ceiling->stages && rule->kind == CEILING_GRADIENT; e++)
        work->effect[e] = (struct effect){
            sqrt(square_of(&ceiling->measured[e]) / ceiling->measured[e].gradient_noise), 0,
            ceiling->damage ? NAN : 1, 0};
    judge(answer, work);
    if (rule->kind == CEILING_GIVEN)
        memcpy(answer->theta, rule->theta, sizeof(double) * (size_t)ceiling->columns);
}

/* ---- memory ---- */

static void drop(struct work *work)
{
    free(work->memory);
    free(work->place);
    free(work->chosen);
    free(work->effect);
    ceiling_path_free(&work->path);
}

static enum status take(struct work *work, const struct ceiling *ceiling, struct error *error)
{
    const char *what = "the best rules";
    size_t columns = (size_t)ceiling->columns, square = columns * columns;
    size_t places = (size_t)ceiling->networks * (size_t)ceiling->stages;
    *work = (struct work){.ceiling = ceiling};
    work->memory = error_calloc(error, 2 * places + 4 * columns + 3 * square, sizeof(double), what);
    work->place = error_calloc(error, columns, sizeof(int), what);
    work->chosen = error_calloc(error, columns, sizeof(int), what);
    work->effect = error_calloc(error, (2 + RIDGES) * places, sizeof(struct effect), what);
    if (!work->memory || !work->place || !work->chosen || !work->effect)
        return STATUS_FAILED;
    double *at = work->memory;
    double **const array[] = {&work->drift,  &work->size,     &work->unit,
                              &work->signal, &work->solution, &work->theta,
                              &work->gram,   &work->pooled,   &work->factor};
    for (size_t a = 0; a < sizeof array / sizeof *array; a++) {
        *array[a] = at;
        at += a < 2 ? places : a < 6 ? columns : square;
    }
    work->reference = work->effect + places;
    work->inner = work->reference + places;
    return ceiling_path_create(&work->path, ceiling->columns, error);
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
            take_effects(work.reference, &work, ceiling->damage, i, reference);
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
