/* n training trials, N units, K labels. With fewer trials than units the weights are had from the
 * n x n products of trials: w = X^T (X X^T + lambda)^-1 Y, X and Y centred. */
#include "numbers/decoding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/random.h"
#include "numbers/matrix.h"

#define PENALTY 0.01

enum { SPLITS = 10 };

static int labels_of(const int *label, int trials)
{
    int most = 0;
    for (int i = 0; i < trials; i++)
        most = label[i] > most ? label[i] : most;
    return most + 1;
}

/* fold [trials]: 0 and 1 in turn along the trials sorted by condition, then label, then at random:
 * a decoder that has never seen one of a label's conditions would be tested on it otherwise. */
static bool fill_folds(unsigned char *fold, const int *label, const int *condition, int trials,
                       struct random_key key, int split)
{
    double *order = malloc(sizeof(double) * (size_t)(trials + 1));
    if (!order)
        return false;
    random_uniform(order, key, (uint64_t)split + 1, 0, trials);
    for (int i = 0; i < trials; i++) {
        int before = 0;
        for (int j = 0; j < trials; j++)
            if (condition[j] != condition[i])
                before += condition[j] < condition[i];
            else if (label[j] != label[i])
                before += label[j] < label[i];
            else
                before += order[j] < order[i];
        fold[i] = before % 2;
    }
    free(order);
    return true;
}

/* Everything of one decoding, in one piece of memory. */
struct decoder {
    const double *x;
    const int *label;
    const unsigned char *fold;
    int trials, bins, units, labels;
    double *train;  /* centred training trials [n, N] */
    double *mean;   /* their mean [N] */
    double *gram;   /* [n, n] */
    double *target; /* centred indicators, then the dual weights [K, n] */
    double *weight; /* [K, N] */
    double *share;  /* of every label in the training trials [K] */
};

static const double *pattern(const struct decoder *d, int trial, int bin)
{
    return d->x + ((long)trial * d->bins + bin) * d->units;
}

/* Weights from the trials of the other fold at one bin. */
static bool train(struct decoder *d, int bin, int test)
{
    int n = 0, units = d->units;
    memset(d->mean, 0, sizeof(double) * (size_t)units);
    memset(d->share, 0, sizeof(double) * (size_t)d->labels);
    for (int i = 0; i < d->trials; i++)
        if (d->fold[i] != test) {
            memcpy(d->train + (long)n++ * units, pattern(d, i, bin),
                   sizeof(double) * (size_t)units);
            d->share[d->label[i]]++;
        }
    if (n == 0)
        return false;
    for (int s = 0; s < n * units; s++)
        d->mean[s % units] += d->train[s] / n;
    matrix_centre(d->train, n, units);
    for (int k = 0; k < d->labels; k++) {
        d->share[k] /= n;
        for (int i = 0, row = 0; i < d->trials; i++)
            if (d->fold[i] != test)
                d->target[k * n + row++] = (d->label[i] == k) - d->share[k];
    }
    linalg_gemm(d->gram, n, d->train, units, d->train, units, n, n, units, 1, 0, 0, 1);
    double trace = 0;
    for (int i = 0; i < n; i++)
        trace += d->gram[(long)i * n + i];
    for (int i = 0; i < n; i++)
        d->gram[(long)i * n + i] += PENALTY * trace / n + 1e-300;
    if (!matrix_solve(d->gram, d->target, n, d->labels))
        return false;
    linalg_gemm(d->weight, units, d->target, n, d->train, units, d->labels, units, n, 1, 0, 0, 0);
    return true;
}

/* How many trials of the fold `test` are read rightly at the bin. */
static int count_right(const struct decoder *d, int bin, int test)
{
    int right = 0;
    for (int i = 0; i < d->trials; i++) {
        if (d->fold[i] != test)
            continue;
        const double *x = pattern(d, i, bin);
        int best = 0;
        double most = -INFINITY;
        for (int k = 0; k < d->labels; k++) {
            const double *w = d->weight + (long)k * d->units;
            double score =
                d->share[k] + matrix_dot(w, x, d->units) - matrix_dot(w, d->mean, d->units);
            if (score > most)
                most = score, best = k;
        }
        right += best == d->label[i];
    }
    return right;
}

/* Both folds of one split. */
static bool decode_split(struct decoder *d, double *accuracy, bool diagonal)
{
    for (int test = 0; test < 2; test++)
        for (int a = 0; a < d->bins; a++) {
            if (!train(d, a, test))
                return false;
            for (int b = 0; b < d->bins; b++)
                if (!diagonal || a == b)
                    accuracy[diagonal ? a : a * d->bins + b] +=
                        (double)count_right(d, b, test) / (d->trials * SPLITS);
        }
    return true;
}

/* accuracy [bins, bins], or its diagonal alone [bins]. */
static bool decode(double *accuracy, const double *x, const int *label, const int *condition,
                   int trials, int bins, int units, struct random_key key, bool diagonal)
{
    size_t n = (size_t)trials, width = (size_t)units, labels = (size_t)labels_of(label, trials);
    unsigned char *fold = malloc(n + 1);
    double *work =
        malloc(sizeof(double) * (n * width + width + n * n + labels * n + labels * width + labels));
    bool good = fold && work;
    struct decoder d = {x, label, fold, trials, bins, units, (int)labels, work, 0, 0, 0, 0, 0};
    if (good) {
        d.mean = d.train + n * width;
        d.gram = d.mean + width;
        d.target = d.gram + n * n;
        d.weight = d.target + labels * n;
        d.share = d.weight + labels * width;
        memset(accuracy, 0, sizeof(double) * (size_t)(diagonal ? bins : bins * bins));
    }
    for (int split = 0; good && split < SPLITS; split++)
        good = fill_folds(fold, label, condition, trials, key, split) &&
               decode_split(&d, accuracy, diagonal);
    free(fold);
    free(work);
    return good;
}

bool decoding_cross(double *accuracy, const double *x, const int *label, const int *condition,
                    int trials, int bins, int units, unsigned long seed)
{
    struct random_key key = random_key(seed, 1, RANDOM_ANALYSIS);
    return decode(accuracy, x, label, condition, trials, bins, units, key, false);
}

bool decoding_shuffled(double *accuracy, const double *x, const int *label, const int *condition,
                       int trials, int bins, int units, unsigned long seed)
{
    struct random_key key = random_key(seed, 1, RANDOM_ANALYSIS);
    int *other = malloc(sizeof(int) * (size_t)(trials + 1));
    if (!other)
        return false;
    memcpy(other, label, sizeof(int) * (size_t)trials);
    for (int i = trials - 1; i > 0; i--) {
        uint64_t word[4];
        random_words(word, key, 0, (uint64_t)i, 0);
        int j = (int)(word[0] % (uint64_t)(i + 1)), swap = other[i];
        other[i] = other[j];
        other[j] = swap;
    }
    bool good = decode(accuracy, x, other, condition, trials, bins, units, key, true);
    free(other);
    return good;
}

/* Share of the variance of one unit in one bin. */
static double eta_squared(const double *x, long stride, const int *label, int trials, int labels)
{
    double mean = 0, total = 0, between = 0;
    for (int i = 0; i < trials; i++)
        mean += x[i * stride] / trials;
    for (int i = 0; i < trials; i++)
        total += (x[i * stride] - mean) * (x[i * stride] - mean);
    for (int k = 0; k < labels; k++) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < trials; i++)
            if (label[i] == k)
                sum += x[i * stride] - mean, count++;
        between += count ? sum * sum / count : 0;
    }
    return total > 1e-24 * trials ? between / total : NAN;
}

void decoding_selectivity(double *out, const double *x, const int *label, int trials, int bins,
                          int units)
{
    int labels = labels_of(label, trials);
    for (long s = 0; s < (long)bins * units; s++)
        out[s] = eta_squared(x + s, (long)bins * units, label, trials, labels);
}
