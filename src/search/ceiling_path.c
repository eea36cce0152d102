/* Two ways to a rule of few terms, since neither is the better one everywhere: the L1 path (36) begins
 * with the best single term and may let terms go that others replace; backward elimination (37)
 * begins with all terms, and so keeps pairs that do something together and nothing alone. The path is
 * followed from corner to corner (Osborne, Presnell and Turlach, IMA J Numer Anal 2000;20:389), of
 * which there are about as many as terms; only the set is of interest, since its rule is fitted anew
 * without the penalty. */
#include "search/ceiling_path.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"

#define SINGULAR 1e-14

/* ---- memory ---- */

void ceiling_path_free(struct ceiling_path *path)
{
    free(path->factor);
    free(path->inverse);
    free(path->theta);
    free(path->direction);
    free(path->slope);
    free(path->rest);
    free(path->set);
    free(path->other);
}

enum status ceiling_path_create(struct ceiling_path *path, int most, struct error *error)
{
    const char *what = "sparse rules";
    size_t count = (size_t)most;
    *path = (struct ceiling_path){
        .factor = error_calloc(error, count * count, sizeof(double), what),
        .inverse = error_calloc(error, count * count, sizeof(double), what),
        .theta = error_calloc(error, count, sizeof(double), what),
        .direction = error_calloc(error, count, sizeof(double), what),
        .slope = error_calloc(error, count, sizeof(double), what),
        .rest = error_calloc(error, count, sizeof(double), what),
        .set = error_calloc(error, count, sizeof(int), what),
        .other = error_calloc(error, count, sizeof(int), what),
    };
    bool all = path->factor && path->inverse && path->theta && path->direction && path->slope &&
               path->rest && path->set && path->other;
    return all ? STATUS_OK : STATUS_FAILED;
}

/* ---- sets ---- */

/* The factor of the part of G that is of the set. */
static void factorise(double *factor, const double *gram, int m, const int *set, int count)
{
    for (int a = 0; a < count; a++)
        for (int b = 0; b <= a; b++)
            factor[a * count + b] = gram[(long)set[a] * m + set[b]];
    linalg_factorise(factor, count, SINGULAR);
}

/* c' G^-1 c of the set: the most drift for the size, squared. */
static double worth(struct ceiling_path *path, const double *signal, const double *gram, int m,
                    const int *set, int count)
{
    factorise(path->factor, gram, m, set, count);
    for (int a = 0; a < count; a++)
        path->direction[a] = signal[set[a]];
    linalg_solve_lower(path->direction, path->factor, count);
    return linalg_dot(path->direction, path->direction, count);
}

static bool has(const int *set, int count, int k)
{
    for (int a = 0; a < count; a++)
        if (set[a] == k)
            return true;
    return false;
}

static void leave_out(int *set, int *count, int place)
{
    (*count)--;
    memmove(set + place, set + place + 1, sizeof *set * (size_t)(*count - place));
}

/* ---- the L1 path ---- */

/* Where the path turns next, as lambda falls. */
struct corner {
    double step;     /* by which lambda falls up to there */
    int joins, goes; /* a column, a place of the set; -1: none */
};

/* How theta of the set and what is left of the signal change while lambda falls by 1. */
static void head(struct ceiling_path *path, const double *gram, int m, int count)
{
    factorise(path->factor, gram, m, path->set, count);
    for (int a = 0; a < count; a++)
        path->direction[a] = copysign(1, path->rest[path->set[a]]);
    linalg_solve_lower(path->direction, path->factor, count);
    linalg_solve_upper(path->direction, path->factor, count);
    for (int k = 0; k < m; k++) {
        path->slope[k] = 0;
        for (int a = 0; a < count; a++)
            path->slope[k] += gram[(long)k * m + path->set[a]] * path->direction[a];
    }
}

/* A column joins when what is left of its signal is as large as lambda, and goes when its coefficient
 * is 0. The one that went last cannot join at once. */
static struct corner next_corner(const struct ceiling_path *path, int m, int count, double lambda,
                                 int gone)
{
    struct corner corner = {lambda, -1, -1};
    for (int k = 0; k < m; k++) {
        if (k == gone || has(path->set, count, k))
            continue;
        for (int sign = -1; sign <= 1; sign += 2) {
            double closing = 1 - sign * path->slope[k];
            double step = fmax(0, lambda - sign * path->rest[k]) / closing;
            if (closing > 0 && step < corner.step)
                corner = (struct corner){step, k, -1};
        }
    }
    for (int a = 0; a < count; a++) {
        double step = -path->theta[path->set[a]] / path->direction[a];
        if (step > 0 && step < corner.step)
            corner = (struct corner){step, -1, a};
    }
    return corner;
}

/* What theta leaves of the signal; returns the place of the largest. */
static int find_rest(struct ceiling_path *path, const double *signal, const double *gram, int m)
{
    double *rest = path->rest;
    int largest = 0;
    for (int k = 0; k < m; k++) {
        rest[k] = signal[k] - linalg_dot(gram + (long)k * m, path->theta, m);
        if (fabs(rest[k]) > fabs(rest[largest]))
            largest = k;
    }
    return largest;
}

/* (36) down to where more than `terms` columns would be in it; path->set has them, returns how many. */
static int follow(struct ceiling_path *path, const double *signal, const double *gram, int m,
                  int terms)
{
    memset(path->theta, 0, sizeof *path->theta * (size_t)m);
    path->set[0] = find_rest(path, signal, gram, m);
    double lambda = fabs(path->rest[path->set[0]]);
    int count = lambda > 0, gone = -1;
    for (int turn = 0; turn < 8 * m && count > 0; turn++) {
        head(path, gram, m, count);
        struct corner corner = next_corner(path, m, count, lambda, gone);
        if ((corner.joins < 0 && corner.goes < 0) || (corner.joins >= 0 && count == terms))
            break;
        for (int a = 0; a < count; a++)
            path->theta[path->set[a]] += corner.step * path->direction[a];
        lambda -= corner.step;
        gone = corner.goes >= 0 ? path->set[corner.goes] : -1;
        if (gone >= 0) {
            path->theta[gone] = 0;
            leave_out(path->set, &count, corner.goes);
        } else {
            path->set[count++] = corner.joins;
        }
        find_rest(path, signal, gram, m);
    }
    return count;
}

/* ---- backward elimination ---- */

/* G^-1 of all columns, and theta = G^-1 c. */
static void invert(struct ceiling_path *path, const double *signal, const double *gram, int m)
{
    memcpy(path->factor, gram, sizeof *gram * (size_t)m * (size_t)m);
    linalg_factorise(path->factor, m, SINGULAR);
    memset(path->inverse, 0, sizeof *path->inverse * (size_t)m * (size_t)m);
    for (int k = 0; k < m; k++) {
        double *row = path->inverse + (long)k * m;
        row[k] = 1;
        linalg_solve_lower(row, path->factor, m);
        linalg_solve_upper(row, path->factor, m);
    }
    for (int k = 0; k < m; k++)
        path->theta[k] = linalg_dot(path->inverse + (long)k * m, signal, m);
}

/* theta and G^-1 without column k, the rest fitted anew. */
static void eliminate(struct ceiling_path *path, int m, const int *set, int count, int k)
{
    double *inverse = path->inverse, pivot = inverse[(long)k * m + k];
    for (int a = 0; a < count; a++) {
        double share = pivot > 0 ? inverse[(long)set[a] * m + k] / pivot : 0;
        path->theta[set[a]] -= share * path->theta[k];
        for (int b = 0; b < count; b++)
            inverse[(long)set[a] * m + set[b]] -= share * inverse[(long)k * m + set[b]];
    }
}

/* (37) down to `terms` columns, into path->other; returns how many. */
static int thin_out(struct ceiling_path *path, const double *signal, const double *gram, int m,
                    int terms)
{
    int count = m;
    invert(path, signal, gram, m);
    for (int k = 0; k < m; k++)
        path->other[k] = k;
    while (count > terms) {
        int least = 0;
        double smallest = INFINITY;
        for (int a = 0; a < count; a++) {
            int k = path->other[a];
            double pivot = path->inverse[(long)k * m + k];
            double loss = pivot > 0 ? path->theta[k] * path->theta[k] / pivot : 0;
            if (loss < smallest)
                smallest = loss, least = a;
        }
        int k = path->other[least];
        leave_out(path->other, &count, least);
        eliminate(path, m, path->other, count, k);
    }
    return count;
}

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int ceiling_path_choose(int *chosen, struct ceiling_path *path, const double *signal,
                        const double *gram, int m, int terms)
{
    int thinned = thin_out(path, signal, gram, m, terms);
    int followed = follow(path, signal, gram, m, terms);
    bool backward = worth(path, signal, gram, m, path->other, thinned) >
                    worth(path, signal, gram, m, path->set, followed);
    int count = backward ? thinned : followed;
    memcpy(chosen, backward ? path->other : path->set, sizeof *chosen * (size_t)count);
    qsort(chosen, (size_t)count, sizeof *chosen, compare);
    return count;
}
