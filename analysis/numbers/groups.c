#include "numbers/groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "numbers/matrix.h"

struct groups_means groups_means(const double *distance, const int *label, const int *block, int n)
{
    double sum[3] = {0};
    long count[3] = {0};
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            int kind = label[i] == label[j] ? 0 : 1;
            if (block[i] == block[j]) {
                if (kind == 0)
                    continue;
                kind = 2;
            }
            sum[kind] += distance[(long)i * n + j];
            count[kind]++;
        }
    return (struct groups_means){sum[0] / (double)count[0], sum[1] / (double)count[1],
                                 sum[2] / (double)count[2]};
}

/* Fisher and Yates within the items of each stratum. */
static void shuffle(int *label, const int *stratum, int n, struct random_key key, uint64_t trial)
{
    for (int i = n - 1; i > 0; i--) {
        int mates = 1; // itself
        for (int j = 0; j < i; j++)
            mates += stratum[j] == stratum[i];
        uint64_t word[4];
        random_words(word, key, trial, (uint64_t)i, 0);
        int chosen = (int)(word[0] % (uint64_t)mates);
        for (int j = 0; j <= i; j++)
            if (stratum[j] == stratum[i] && chosen-- == 0) {
                int swap = label[i];
                label[i] = label[j];
                label[j] = swap;
                break;
            }
    }
}

static bool shuffles(const int *label, const int *stratum, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            if (stratum[i] == stratum[j] && label[i] != label[j])
                return true;
    return false;
}

double groups_p_value(const double *distance, const int *label, const int *block,
                      const int *stratum, int n, int permutations, uint64_t seed)
{
    struct groups_means given = groups_means(distance, label, block, n);
    double gap = given.between - given.within;
    int *other = malloc(sizeof(int) * (size_t)(n + 1)), larger = 0;
    if (!other || isnan(gap) || !shuffles(label, stratum, n)) {
        free(other);
        return NAN;
    }
    struct random_key key = random_key(seed, 0, RANDOM_ANALYSIS);
    memcpy(other, label, sizeof(int) * (size_t)n);
    for (int p = 0; p < permutations; p++) {
        shuffle(other, stratum, n, key, (uint64_t)p);
        struct groups_means means = groups_means(distance, other, block, n);
        larger += means.between - means.within >= gap - 1e-12 * fabs(given.between);
    }
    free(other);
    return (1.0 + larger) / (1.0 + permutations);
}

/* What a sum of squares needs. */
struct squares {
    const double *distance;
    const int *block;
    const double *weight; /* of every block: how often it was drawn; NULL: once */
    int n, groups;
    double *sum, *pairs, *size; /* of each group, and of all behind them [groups + 1] */
};

/* 1 - SS_within / SS_total with SS = (size - 1) / 2 times the mean square over pairs, which is the
 * sum over pairs / size when all pairs count. NaN: a group without a pair that counts. */
static double explained(const struct squares *s, const int *label)
{
    int all = s->groups;
    for (int g = 0; g <= all; g++)
        s->sum[g] = s->pairs[g] = s->size[g] = 0;
    for (int i = 0; i < s->n; i++) {
        double own = s->weight ? s->weight[s->block[i]] : 1;
        s->size[label[i]] += own;
        s->size[all] += own;
        double sum = 0, pairs = 0, own_sum = 0, own_pairs = 0; // of the row, and within its group
        for (int j = 0; j < i && own > 0; j++) {
            double pair =
                s->block[i] == s->block[j] || !s->weight ? own : own * s->weight[s->block[j]];
            double square =
                pair * s->distance[(long)i * s->n + j] * s->distance[(long)i * s->n + j];
            double same = label[i] == label[j]; // no branch: labels are shuffled
            sum += square;
            pairs += pair;
            own_sum += same * square;
            own_pairs += same * pair;
        }
        s->sum[all] += sum;
        s->pairs[all] += pairs;
        s->sum[label[i]] += own_sum;
        s->pairs[label[i]] += own_pairs;
    }
    double within = 0;
    for (int g = 0; g < all; g++)
        if (s->size[g] > 1)
            within += (s->size[g] - 1) / 2 * s->sum[g] / s->pairs[g];
    return 1 - within / ((s->size[all] - 1) / 2 * s->sum[all] / s->pairs[all]);
}

static int largest_of(const int *number, int n)
{
    int most = 0;
    for (int i = 0; i < n; i++)
        most = number[i] > most ? number[i] : most;
    return most;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The interval from blocks drawn again; drawn [blocks], value [resamples]. */
static void resample(struct groups_effect *effect, struct squares *s, const int *label, int blocks,
                     double *drawn, double *value, int resamples, struct random_key key)
{
    int known = 0, distinct = 0, *place = calloc((size_t)blocks, sizeof *place);
    for (int b = 0; place && b < blocks; b++)
        for (int i = 0; i < s->n; i++)
            if (s->block[i] == b) {
                place[distinct++] = b;
                break;
            }
    double mean = 0;
    s->weight = drawn;
    for (int r = 0; distinct >= 3 && r < resamples; r++) {
        memset(drawn, 0, sizeof(double) * (size_t)blocks);
        for (int b = 0; b < distinct; b++) {
            uint64_t word[4];
            random_words(word, key, (uint64_t)r, (uint64_t)b, 0);
            drawn[place[word[0] % (uint64_t)distinct]]++;
        }
        double share = explained(s, label);
        if (isfinite(share))
            mean += value[known++] = share;
    }
    s->weight = NULL;
    free(place);
    if (known < (resamples + 1) / 2 || known == 0)
        return;
    qsort(value, (size_t)known, sizeof *value, compare);
    double shift = effect->r_squared - mean / known;
    effect->low = fmax(0, value[(int)(0.025 * (known - 1))] + shift);
    effect->high = fmin(1, value[(int)ceil(0.975 * (known - 1))] + shift);
}

/* The shuffles' shares; other [n]. */
static void permute(struct groups_effect *effect, const struct squares *s, const int *label,
                    const int *stratum, int *other, int permutations, struct random_key key)
{
    double larger = 0, sum = 0;
    memcpy(other, label, sizeof(int) * (size_t)s->n);
    for (int p = 0; p < permutations; p++) {
        shuffle(other, stratum, s->n, key, (uint64_t)p);
        double share = explained(s, other);
        larger += share >= effect->r_squared - 1e-12; // f grows with the share
        sum += share;
    }
    effect->chance = sum / permutations;
    effect->p_value = (1 + larger) / (1.0 + permutations);
}

struct groups_effect groups_effect(const double *distance, const int *label, const int *block,
                                   const int *stratum, int n, int permutations, int resamples,
                                   uint64_t seed)
{
    struct groups_effect effect = {NAN, NAN, NAN, NAN, NAN, NAN};
    int groups = largest_of(label, n) + 1, blocks = largest_of(block, n) + 1, present = 0;
    size_t width = (size_t)groups + 1;
    double *work = calloc(3 * width + (size_t)blocks + (size_t)resamples, sizeof *work);
    int *other = calloc((size_t)n + 1, sizeof *other);
    struct squares s = {distance, block, NULL, n, groups, work, work + width, work + 2 * width};
    if (work && other) {
        effect.r_squared = explained(&s, label);
        for (int g = 0; g < groups; g++)
            present += s.size[g] > 0;
    }
    if (present < 2 || present >= n || isnan(effect.r_squared)) {
        effect.r_squared = NAN;
    } else {
        double rest = 1 - effect.r_squared;
        effect.f = effect.r_squared / (present - 1) / (rest / (n - present));
        resample(&effect, &s, label, blocks, work + 3 * width, work + 3 * width + blocks, resamples,
                 random_key(seed, 3, RANDOM_ANALYSIS));
        if (shuffles(label, stratum, n))
            permute(&effect, &s, label, stratum, other, permutations,
                    random_key(seed, 0, RANDOM_ANALYSIS));
    }
    free(work);
    free(other);
    return effect;
}

void groups_holm(double *out, const double *p, int count)
{
    int known = 0;
    for (int i = 0; i < count; i++)
        known += !isnan(p[i]);
    for (int i = 0; i < count; i++) {
        out[i] = p[i];
        for (int j = 0; j < count;
             j++) { // the largest of (tests left) * p over all that are no larger
            int smaller = 0;
            for (int k = 0; k < count; k++)
                smaller += p[k] < p[j] || (k < j && p[k] == p[j]);
            if (p[j] <= p[i])
                out[i] = fmax(out[i], fmin(1, (known - smaller) * p[j]));
        }
    }
}

bool groups_scaling(double *out, double *variance, const double *distance, int n, int axes)
{
    double *b = malloc(sizeof(double) * (size_t)n * (size_t)(n + 2));
    if (!b)
        return false;
    double *mean = b + (long)n * n, *value = mean + n, all = 0, positive = 0;
    for (int i = 0; i < n; i++) {
        mean[i] = matrix_dot(distance + (long)i * n, distance + (long)i * n, n) / n;
        all += mean[i] / n;
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            b[(long)i * n + j] =
                -0.5 * (pow(distance[(long)i * n + j], 2) - mean[i] - mean[j] + all);
    bool good = matrix_symmetric(value, b, n);
    for (int i = 0; good && i < n; i++)
        positive += fmax(value[i], 0);
    for (int k = 0; good && k < axes; k++) {
        double size = k < n ? fmax(value[k], 0) : 0;
        variance[k] = positive > 0 ? size / positive : 0;
        for (int i = 0; i < n; i++)
            out[i * axes + k] = size > 0 ? sqrt(size) * b[(long)k * n + i] : 0;
    }
    free(b);
    return good;
}

/* Mean distance of item i to the others of the group `label_of`; NaN: nobody is there. */
static double mean_distance(const double *distance, const int *label, int n, int i, int label_of)
{
    double sum = 0;
    int count = 0;
    for (int j = 0; j < n; j++)
        if (j != i && label[j] == label_of) {
            sum += distance[(long)i * n + j];
            count++;
        }
    return sum / count;
}

double groups_silhouette(double *out, const double *distance, const int *label, int n)
{
    double mean = 0;
    bool several = false;
    for (int i = 0; i < n; i++) {
        double own = mean_distance(distance, label, n, i, label[i]), other = INFINITY;
        for (int j = 0; j < n; j++)
            if (label[j] != label[i]) {
                several = true;
                other = fmin(other, mean_distance(distance, label, n, i, label[j]));
            }
        double largest = fmax(own, other);
        double value = isnan(own) || !(largest > 0) ? 0 : (other - own) / largest;
        mean += value / n;
        if (out)
            out[i] = value;
    }
    for (int i = 0; i < n && !several && out; i++)
        out[i] = NAN;
    return several ? mean : NAN;
}

bool groups_linkage(double *out, const double *distance, int n)
{
    double *d = malloc(sizeof(double) * (size_t)n * (size_t)n);
    int *cluster = malloc(sizeof(int) * 2 * (size_t)n), *size = cluster + n;
    if (!d || !cluster) {
        free(d);
        free(cluster);
        return false;
    }
    memcpy(d, distance, sizeof(double) * (size_t)n * (size_t)n);
    for (int i = 0; i < n; i++)
        cluster[i] = i, size[i] = 1;
    for (int row = 0; row < n - 1; row++) {
        int a = -1, b = -1;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < i; j++)
                if (size[i] && size[j] && (a < 0 || d[(long)i * n + j] < d[(long)a * n + b]))
                    a = i, b = j;
        int low = cluster[a] < cluster[b] ? cluster[a] : cluster[b];
        double *line = out + 4L * row;
        line[0] = low;
        line[1] = cluster[a] + cluster[b] - low;
        line[2] = d[(long)a * n + b];
        line[3] = size[a] + size[b];
        for (int k = 0; k < n; k++) // the merged cluster takes the place of b
            d[(long)b * n + k] = d[(long)k * n + b] =
                (size[a] * d[(long)a * n + k] + size[b] * d[(long)b * n + k]) / (size[a] + size[b]);
        size[b] += size[a];
        size[a] = 0;
        cluster[b] = n + row;
    }
    free(d);
    free(cluster);
    return true;
}

/* Gives all items below `cluster` the label. */
static void paint(int *label, const double *linkage, int n, int cluster, int value)
{
    if (cluster < n) {
        label[cluster] = value;
        return;
    }
    const double *line = linkage + 4L * (cluster - n);
    paint(label, linkage, n, (int)line[0], value);
    paint(label, linkage, n, (int)line[1], value);
}

void groups_cut(int *label, const double *linkage, int n, int clusters)
{
    int rows = n - clusters, next = 0;
    for (int i = 0; i < n; i++)
        label[i] = i;
    for (int row = 0; row < rows; row++)
        paint(label, linkage, n, n + row, n + row);
    for (int i = 0; i < n; i++) {
        if (label[i] < 0) // renumbered already
            continue;
        int value = label[i];
        for (int j = i; j < n; j++)
            if (label[j] == value)
                label[j] = -1 - next;
        next++;
    }
    for (int i = 0; i < n; i++)
        label[i] = -1 - label[i];
}
