#include "numbers/matching.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "numbers/matrix.h"

/* One search for a shortest augmenting path. Column 0 is where the row that is being placed waits. */
struct paths {
    const double *cost;
    int n;
    double *row, *column, *least; /* potentials, and the least reduced cost of a column [n + 1] */
    int *owner, *before;          /* row of a column, from 1; the column before it on the path */
    bool *seen;
};

/* Brings the row of column `at` into the tree; returns the nearest column outside. */
static int grow(struct paths *p, int at)
{
    int next = 0, i = p->owner[at];
    double step = INFINITY;
    p->seen[at] = true;
    for (int j = 1; j <= p->n; j++) {
        if (p->seen[j])
            continue;
        double reduced = p->cost[(long)(i - 1) * p->n + j - 1] - p->row[i] - p->column[j];
        if (reduced < p->least[j]) {
            p->least[j] = reduced;
            p->before[j] = at;
        }
        if (p->least[j] < step || next == 0) {
            step = p->least[j];
            next = j;
        }
    }
    for (int j = 0; j <= p->n; j++)
        if (p->seen[j]) {
            p->row[p->owner[j]] += step;
            p->column[j] -= step;
        } else {
            p->least[j] -= step;
        }
    return next;
}

bool matching_assign(int *to, const double *cost, int n)
{
    size_t size = (size_t)n + 1;
    struct paths p = {cost, n, calloc(3 * size, sizeof(double))};
    p.owner = calloc(2 * size, sizeof(int));
    p.seen = calloc(size, sizeof(bool));
    bool good = p.row && p.owner && p.seen;
    if (good) {
        p.column = p.row + size;
        p.least = p.column + size;
        p.before = p.owner + size;
    }
    for (int i = 1; good && i <= n; i++) {
        int at = 0;
        p.owner[0] = i;
        memset(p.seen, 0, size * sizeof(bool));
        for (int j = 0; j <= n; j++)
            p.least[j] = INFINITY;
        do
            at = grow(&p, at);
        while (p.owner[at] != 0);
        for (int last; at != 0; at = last) {
            last = p.before[at];
            p.owner[at] = p.owner[last];
        }
    }
    for (int j = 1; good && j <= n; j++)
        to[p.owner[j] - 1] = j - 1;
    free(p.row);
    free(p.owner);
    free(p.seen);
    return good;
}

/* |A - P B P^T|^2, unit i of a being to[i] of b. */
static double difference(const double *a, const double *b, const int *to, int n)
{
    double sum = 0;
    for (long i = 0; i < n; i++)
        for (long j = 0; j < n; j++) {
            double d = a[i * n + j] - b[(long)to[i] * n + to[j]];
            sum += d * d;
        }
    return sum;
}

/* Minus the derivative of the overlap of A and P B P^T with P: cost [n, n]. work [n, n] */
static void fill_cost(double *cost, double *work, const double *a, const double *b, const int *to,
                      int n)
{
    for (long i = 0; i < n; i++)
        for (long k = 0; k < n; k++)
            work[i * n + k] = b[i * n + to[k]];
    linalg_gemm(cost, n, a, n, work, n, n, n, n, -1, 0, 0, 1);
    for (long k = 0; k < n; k++)
        memcpy(work + k * n, b + (long)to[k] * n, sizeof(double) * (size_t)n);
    linalg_gemm(cost, n, a, n, work, n, n, n, n, -1, 1, 1, 0);
}

/* Keeps the matching `other` if it is better. */
static bool better(int *to, double *least, const int *other, const double *a, const double *b,
                   int n)
{
    double here = difference(a, b, other, n);
    if (here >= *least)
        return false;
    *least = here;
    memcpy(to, other, sizeof(int) * (size_t)n);
    return true;
}

double matching_distance(const double *a, const double *b, const double *likeness, int n,
                         int rounds)
{
    long size = (long)n * n;
    double whole = matrix_dot(a, a, size) + matrix_dot(b, b, size);
    int *to = malloc(2 * sizeof(int) * (size_t)n), *other = to ? to + n : NULL;
    double *cost = malloc(2 * sizeof(double) * (size_t)size), least = NAN;
    bool good = to && cost && isfinite(whole) && whole > 0;
    if (good) {
        for (int i = 0; i < n; i++)
            to[i] = i;
        least = difference(a, b, to, n);
        for (long s = 0; s < size; s++)
            cost[s] = -likeness[s];
        good = isfinite(matrix_dot(cost, cost, size)) && matching_assign(other, cost, n);
        if (good)
            better(to, &least, other, a, b, n);
    }
    for (int round = 0; good && round < rounds; round++) {
        fill_cost(cost, cost + size, a, b, to, n);
        good = matching_assign(other, cost, n);
        if (good && !better(to, &least, other, a, b, n))
            break;
    }
    free(to);
    free(cost);
    return good ? sqrt(least / whole) : NAN;
}
