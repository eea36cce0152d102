/* The tree-structured Parzen estimator: Bergstra, Bardenet, Bengio and Kegl (2011), NIPS 24:2546-2554,
 * over all axes together (Falkner, Klein and Hutter 2018, ICML, PMLR 80:1437-1446), with the settings
 * of Optuna 5's TPESampler(multivariate=True); Watanabe (2023), arXiv 2304.11127, compares others.
 *
 *   n  candidates that are complete       l, g  densities of the best ceil(n/10), at the most 25, and
 *                                               of the others
 *
 * A density is a mixture of a kernel at each of its candidates and of a prior, the weights 1; where it
 * has more than 25, the older ones count less, down to 1/count. Of several draws from l the one with
 * the largest l/g is taken, which has the greatest expected improvement. A kernel is a product over the
 * axes. On a range, in which points lie from 0 to 1 and logarithms evenly if it says log_uniform, it is
 * a normal density, as wide as the way to the farther one of its neighbours on this axis, but not below
 * 1/(count+2) nor 1/100, and cut off at the ends; the prior has the mean 1/2 and the width 1. On k
 * values it is 1/(count+1) for each one, and 1 more for the candidate's own.
 *
 * Candidates of one generation do not know how the others come out: to those chosen later, the earlier
 * ones count among the bad ones, so that they keep apart (the constant liar: Ginsbourger, Le Riche and
 * Carraro 2010). Whole numbers are chosen as their fractions are. */
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "config/sweep.h"

enum {
    DRAWS = 24,   /* of which the best is taken */
    GOOD = 25,    /* at the most, and candidates of a density that count in full */
    TRIES = 100,  /* pairs of normal numbers, of which each is within its range four times in ten */
    FINEST = 100, /* kernels side by side on a range */
    GENERATION = 8,
    STREAM = 1, /* apart from those of sweep_fraction() */
};

/* A kernel's place on one axis. */
struct mean {
    double at;
    int64_t candidate;
};

/* One density: of the candidates whose mark is `of`. */
struct density {
    const struct sweep *sweep;
    const unsigned char *mark; /* [candidates] */
    unsigned char of;
    int count;
    double share;   /* of the prior in a kernel of values */
    double *width;  /* [candidates, axes], of kernels on ranges */
    double *weight; /* [candidates], each with the constants of its kernel; 0: none of this one */
    struct mean *sorted; /* [candidates], scratch */
    double prior, total;
};

enum { BAD, BEST };

/* The area of a normal density within the range. */
static double area(double mean, double width)
{
    return (erf((1 - mean) / (width * M_SQRT2)) + erf(mean / (width * M_SQRT2))) / 2;
}

static int chosen(const struct sweep_axis *axis, double fraction)
{
    int value = (int)(fraction * axis->count);
    return value < axis->count ? value : axis->count - 1;
}

/* Weight of the kernel number `rank` of `count`, in the order of the candidates. */
static double age(int rank, int count)
{
    int old = count - GOOD;
    if (rank >= old)
        return 1;
    return old == 1 ? 1.0 / count : 1.0 / count + (1 - 1.0 / count) * rank / (old - 1);
}

static int compare(const void *a, const void *b)
{
    const struct mean *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->candidate < y->candidate ? -1 : x->candidate > y->candidate;
}

/* The ends of the range are neighbours only to a kernel that is alone. */
static void widen(struct density *density, int axis, int64_t known)
{
    const struct sweep *sweep = density->sweep;
    struct mean *sorted = density->sorted;
    int count = 0, last = density->count - 1;
    double least = 1.0 / (density->count + 2 < FINEST ? density->count + 2 : FINEST);
    for (int64_t c = 0; c < known; c++)
        if (density->mark[c] == density->of)
            sorted[count++] = (struct mean){sweep->point[c * sweep->axes + axis], c};
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    for (int i = 0; i < count; i++) {
        double down = i > 0 ? sorted[i].at - sorted[i - 1].at : last > 0 ? 0 : sorted[i].at;
        double up = i < last ? sorted[i + 1].at - sorted[i].at : last > 0 ? 0 : 1 - sorted[i].at;
        density->width[sorted[i].candidate * sweep->axes + axis] = fmax(fmax(down, up), least);
    }
}

static void count_kernels(struct density *density, int64_t known)
{
    density->count = 0;
    for (int64_t c = 0; c < known; c++)
        density->count += density->mark[c] == density->of;
    density->share = 1.0 / (density->count + 1);
    for (int a = 0; a < density->sweep->axes; a++)
        if (density->sweep->axis[a].count == 0)
            widen(density, a, known);
}

/* Of the first `known` candidates: weights times all that does not depend on where one looks. */
static void fit(struct density *density, int64_t known)
{
    const struct sweep *sweep = density->sweep;
    double prior = 1, values = 1;
    count_kernels(density, known);
    for (int a = 0; a < sweep->axes; a++)
        if (sweep->axis[a].count > 0) {
            prior /= sweep->axis[a].count;
            values /= 1 + sweep->axis[a].count * density->share;
        } else {
            prior /= area(0.5, 1);
        }
    density->prior = prior;
    density->total = 1;
    for (int64_t c = 0, rank = 0; c < known; c++) {
        density->weight[c] = 0;
        if (density->mark[c] != density->of)
            continue;
        double weight = age((int)rank++, density->count);
        density->total += weight;
        weight *= values;
        for (int a = 0; a < sweep->axes; a++)
            if (sweep->axis[a].count == 0) {
                double width = density->width[c * sweep->axes + a];
                weight /= width * area(sweep->point[c * sweep->axes + a], width);
            }
        density->weight[c] = weight;
    }
}

/* The density at `point` [axes], but for the factor (2 pi)^(1/2) of each range, as in both. */
static double look(const struct density *density, const double *point, int64_t known)
{
    const struct sweep *sweep = density->sweep;
    double sum = density->prior, far = 0;
    for (int a = 0; a < sweep->axes; a++)
        if (sweep->axis[a].count == 0)
            far += (point[a] - 0.5) * (point[a] - 0.5);
    sum *= exp(-far / 2);
    for (int64_t c = 0; c < known; c++) {
        double kernel = density->weight[c];
        if (kernel == 0)
            continue;
        const double *mean = sweep->point + c * sweep->axes;
        const double *width = density->width + c * sweep->axes;
        far = 0;
        for (int a = 0; a < sweep->axes; a++) {
            const struct sweep_axis *axis = &sweep->axis[a];
            double apart = (point[a] - mean[a]) / width[a];
            if (axis->count == 0)
                far += apart * apart;
            else
                kernel *= density->share + (chosen(axis, point[a]) == chosen(axis, mean[a]));
        }
        sum += kernel * exp(-far / 2);
    }
    return sum / density->total;
}

/* A normal number within the range, from numbers of the stream (candidate, draw, axis). */
static double draw_within(double mean, double width, struct random_key key, int64_t candidate,
                          uint64_t stream)
{
    for (uint64_t attempt = 0; attempt < TRIES; attempt++) {
        double z[2];
        random_normal(z, key, (uint64_t)candidate, stream * TRIES + attempt + 1, 2);
        for (int i = 0; i < 2; i++) {
            double x = mean + width * z[i];
            if (x >= 0 && x < 1)
                return x;
        }
    }
    return mean;
}

/* The candidate whose kernel is drawn from; -1: the prior. */
static int64_t draw_kernel(const struct density *density, double u, int64_t known)
{
    double left = u * density->total;
    for (int64_t c = 0, rank = 0; c < known; c++)
        if (density->mark[c] == density->of && (left -= age((int)rank++, density->count)) < 0)
            return c;
    return -1;
}

/* One of k values: the kernel's own, with the weight 1, or any, each with the density's share. */
static double draw_value(const struct density *density, const struct sweep_axis *axis,
                         const double *own, double u)
{
    double mass = own ? 1 / (1 + axis->count * density->share) : 0;
    int value = own && u < mass ? chosen(axis, *own) : (int)((u - mass) / (1 - mass) * axis->count);
    return ((value < axis->count ? value : axis->count - 1) + 0.5) / axis->count;
}

static void draw(double *point, const struct density *density, int64_t candidate, int number,
                 int64_t known)
{
    const struct sweep *sweep = density->sweep;
    struct random_key key = random_key(sweep->seed, STREAM, RANDOM_SEARCH);
    double u[SWEEP_NUMBERS + 1];
    uint64_t stream = (uint64_t)number * (SWEEP_NUMBERS + 1);
    random_uniform(u, key, (uint64_t)candidate, stream * TRIES, sweep->axes + 1);
    int64_t kernel = draw_kernel(density, u[sweep->axes], known);
    const double *mean = kernel < 0 ? NULL : sweep->point + kernel * sweep->axes;
    const double *width = kernel < 0 ? NULL : density->width + kernel * sweep->axes;
    for (int a = 0; a < sweep->axes; a++)
        if (sweep->axis[a].count > 0)
            point[a] = draw_value(density, &sweep->axis[a], mean ? &mean[a] : NULL, u[a]);
        else
            point[a] = draw_within(mean ? mean[a] : 0.5, width ? width[a] : 1, key, candidate,
                                   stream + (uint64_t)a + 1);
}

/* The best of the draws, into the candidate's row. */
static void choose(const struct sweep *sweep, struct density *best, struct density *bad,
                   int64_t candidate)
{
    double most = -1;
    fit(bad, candidate);
    for (int number = 0; number < DRAWS; number++) {
        double point[SWEEP_NUMBERS] = {0};
        draw(point, best, candidate, number, candidate);
        double ratio = look(best, point, candidate) / look(bad, point, candidate);
        if (ratio > most) {
            most = ratio;
            sweep_place(sweep, candidate, point);
        }
    }
}

static bool learn(const struct sweep *sweep, const int32_t *place, int64_t first, int64_t end)
{
    if (first == 0) {
        for (int64_t c = 0; c < end; c++)
            sweep_place(sweep, c, NULL);
        return true;
    }
    int64_t good = (first + 9) / 10 < GOOD ? (first + 9) / 10 : GOOD;
    size_t axes = (size_t)sweep->axes, count = (size_t)end;
    unsigned char *mark = calloc(count, 1);
    double *number = calloc(count, 2 * (axes + 1) * sizeof *number);
    struct mean *sorted = calloc(count, sizeof *sorted);
    bool held = mark && number && sorted;
    if (held) {
        struct density best = {sweep, mark, BEST, .sorted = sorted};
        struct density bad = {sweep, mark, BAD, .sorted = sorted};
        best.width = number;
        bad.width = best.width + count * axes;
        best.weight = bad.width + count * axes;
        bad.weight = best.weight + count;
        for (int64_t c = 0; c < first; c++)
            mark[c] = place[c] >= 0 && place[c] < good ? BEST : BAD;
        fit(&best, end);
        for (int64_t c = first; c < end; c++)
            choose(sweep, &best, &bad, c);
    }
    free(mark);
    free(number);
    free(sorted);
    return held;
}

static int generation(const struct sweep *sweep)
{
    (void)sweep;
    return GENERATION;
}

const struct sweep_method sweep_tpe = {
    .name = "tpe",
    .sentence = "The tree-structured Parzen estimator: candidates of a generation are drawn where "
                "better ones of those before lay denser than the others.",
    .draws = true,
    .fraction = sweep_fraction,
    .learn = learn,
    .generation = generation,
    .first = 10,
};
