/* n samples, N units. ||X^T Y||_* depends on X and Y only through their scores U S, which have as
 * many columns as X has dimensions: rotations of the units change nothing. */
#include "numbers/similarity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "numbers/matrix.h"

#define RANK_TOLERANCE 1e-7 /* of singular values: below the rounding of the float32 records */

struct item {
    double value;
    long place;
};

static int compare(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

/* Values become their ranks (ties share the mean rank), with mean 0 and norm 1. */
static bool standardise_ranks(double *value, long count)
{
    struct item *item = malloc(sizeof *item * (size_t)(count + 1));
    if (!item)
        return false;
    for (long i = 0; i < count; i++)
        item[i] = (struct item){value[i], i};
    qsort(item, (size_t)count, sizeof *item, compare);
    for (long i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && item[end].value == item[i].value;)
            end++;
        for (long j = i; j < end; j++)
            value[item[j].place] = 0.5 * (double)(i + end - 1) - 0.5 * (double)(count - 1);
    }
    free(item);
    double norm = matrix_norm(value, count);
    for (long i = 0; i < count && norm > 0; i++)
        value[i] /= norm;
    return true;
}

/* 1 - corr of the patterns of all pairs of samples, then their ranks. */
static bool fill_ranks(double *ranks, const double *x, int samples, int units)
{
    double *pattern = malloc(sizeof(double) * (size_t)samples * (size_t)units);
    if (!pattern)
        return false;
    for (int a = 0; a < samples; a++) {
        double *row = pattern + (long)a * units, mean = 0;
        for (int i = 0; i < units; i++)
            mean += x[(long)a * units + i] / units;
        for (int i = 0; i < units; i++)
            row[i] = x[(long)a * units + i] - mean;
        double norm = matrix_norm(row, units);
        for (int i = 0; i < units && norm > 0; i++)
            row[i] /= norm;
    }
    long pair = 0;
    for (int a = 0; a < samples; a++)
        for (int b = 0; b < a; b++) {
            double dissimilarity =
                1 - matrix_dot(pattern + (long)a * units, pattern + (long)b * units, units);
            ranks[pair++] = round(1e12 * dissimilarity) / 1e12; // equal ones tie despite rounding
        }
    free(pattern);
    return standardise_ranks(ranks, pair);
}

/* Scores and Gram matrix of the centred x, whose norm was `size` before, from its singular values. */
static bool fill_scores(struct similarity *similarity, double *x, int units, double size)
{
    int n = similarity->samples, k = n < units ? n : units;
    double *work = malloc(sizeof(double) * (size_t)(n + units + 1) * (size_t)k);
    if (!work)
        return false;
    double *u = work, *s = u + (long)n * k, *vt = s + k;
    bool good = matrix_svd(u, s, vt, x, n, units);
    double norm = good ? matrix_norm(s, k) : 0, fourth = 0;
    similarity->flat = !(norm > RANK_TOLERANCE * size);
    while (good && similarity->rank < k && s[similarity->rank] > RANK_TOLERANCE * s[0])
        similarity->rank++;
    int rank = similarity->rank;
    for (int c = 0; c < rank; c++)
        fourth += pow(s[c], 4);
    for (int a = 0; a < n; a++)
        for (int c = 0; c < rank; c++)
            similarity->scores[a * rank + c] = u[(long)a * k + c] * s[c] / norm;
    if (rank > 0)
        linalg_gemm(similarity->gram, n, similarity->scores, rank, similarity->scores, rank, n, n,
                    rank, norm * norm / sqrt(fourth), 0, 0, 1);
    free(work);
    return good;
}

bool similarity_create(struct similarity *similarity, double *x, int samples, int units)
{
    size_t n = (size_t)samples, k = samples < units ? n : (size_t)units;
    *similarity = (struct similarity){.samples = samples};
    similarity->ranks = calloc(n * (n - 1) / 2 + 1, sizeof(double));
    similarity->gram = calloc(n * n, sizeof(double));
    similarity->scores = calloc(n * k, sizeof(double));
    bool good = similarity->ranks && similarity->gram && similarity->scores &&
                fill_ranks(similarity->ranks, x, samples, units);
    double size = matrix_norm(x, (long)samples * units);
    if (good)
        matrix_centre(x, samples, units);
    good = good && fill_scores(similarity, x, units, size);
    if (!good)
        similarity_free(similarity);
    return good;
}

void similarity_free(struct similarity *similarity)
{
    free(similarity->ranks);
    free(similarity->gram);
    free(similarity->scores);
    *similarity = (struct similarity){0};
}

static bool comparable(const struct similarity *a, const struct similarity *b)
{
    return a->samples == b->samples && !a->flat && !b->flat;
}

/* arccos that forgives rounding. */
static double angle(double cosine)
{
    return acos(cosine > 1 ? 1 : cosine < -1 ? -1 : cosine);
}

double similarity_rsa(const struct similarity *a, const struct similarity *b)
{
    long pairs = (long)a->samples * (a->samples - 1) / 2;
    return comparable(a, b) ? 1 - matrix_dot(a->ranks, b->ranks, pairs) : NAN;
}

double similarity_cka(const struct similarity *a, const struct similarity *b)
{
    long size = (long)a->samples * a->samples;
    return comparable(a, b) ? angle(matrix_dot(a->gram, b->gram, size)) : NAN;
}

double similarity_procrustes(const struct similarity *a, const struct similarity *b)
{
    if (!comparable(a, b))
        return NAN;
    int m = a->rank, n = b->rank, k = m < n ? m : n;
    double *work = malloc(sizeof(double) * ((size_t)m * (size_t)n + (size_t)k));
    if (!work)
        return NAN;
    double *s = work + (long)m * n, nuclear = 0;
    linalg_gemm(work, n, a->scores, m, b->scores, n, m, n, a->samples, 1, 0, 1, 0);
    bool good = matrix_svd(NULL, s, NULL, work, m, n);
    for (int c = 0; good && c < k; c++)
        nuclear += s[c];
    free(work);
    return good ? angle(nuclear) : NAN;
}
