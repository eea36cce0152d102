/* r rank. The maximum of g(C) = tr(A^T C B C^T) over orthogonal C is found by Newton's method in a
 * region of trust, from second derivatives along rotations of C, where the paper follows a gradient
 * with a step size and may stop short. g gains only a constant from multiples of the identity, so
 * A and B are first freed of their mean diagonal. Local maxima remain: it starts from the rotation
 * that aligns the symmetric parts, with the signs that the antisymmetric parts ask for, which is
 * already exact for a system and its rotation, and from its mirror image. */
#include "numbers/dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "numbers/dimension.h"
#include "numbers/matrix.h"

#define RIDGE     1e-8
#define TOLERANCE 1e-10 /* promised gain of g, relative to norms, at which the iteration ends */
#define NEWTON    1e-2  /* relative squared residual at which conjugate gradients end */
#define FARTHEST  4.0
#define FLAT      1e-7 /* singular values relative to the largest that count as 0 */

enum { ITERATIONS = 100, SQUARE = DSA_RANK * DSA_RANK };

/* The leading principal components of x as [conditions * steps, components]; how many, 0: failed.
 */
static int reduce(double *out, const double *x, int samples, int units)
{
    int k = samples < units ? samples : units, used = 0;
    double *work = malloc(sizeof(double) *
                          ((size_t)samples * (size_t)units + (size_t)k * (size_t)(units + 1)));
    if (!work)
        return 0;
    double *copy = work + (long)k * (units + 1), *axis = work + k;
    memcpy(copy, x, sizeof(double) * (size_t)samples * (size_t)units);
    if (dimension_components(work, axis, copy, samples, units))
        while (used < k && used < DSA_COMPONENTS && work[used] > FLAT * FLAT * work[0])
            used++;
    if (used > 0)
        dimension_project(out, copy, axis, samples, units, used);
    free(work);
    return used;
}

/* Row (condition, t) holds the components at t, t + 1, ..., t + delays - 1. */
static void embed(double *hankel, const double *score, int conditions, int steps, int components,
                  int delays)
{
    for (int c = 0; c < conditions; c++)
        for (int t = 0; t + delays <= steps; t++) {
            memcpy(hankel, score + ((long)c * steps + t) * components,
                   sizeof(double) * (size_t)(delays * components));
            hankel += delays * components;
        }
}

/* A from the coordinates v [conditions, steps, stride], of which `used` columns count. */
static bool regress(double *model, const double *v, int conditions, int steps, int stride, int used,
                    int rank)
{
    double past[SQUARE] = {0}, next[SQUARE] = {0};
    for (int c = 0; c < conditions; c++) {
        const double *row = v + (long)c * steps * stride;
        linalg_gemm(past, used, row, stride, row, stride, used, used, steps - 1, 1, 1, 1, 0);
        linalg_gemm(next, used, row + stride, stride, row, stride, used, used, steps - 1, 1, 1, 1,
                    0);
    }
    for (int i = 0; i < used; i++)
        past[i * used + i] += RIDGE;
    bool good = matrix_solve(past, next, used, used); // past is symmetric: rows of next past^-1
    memset(model, 0, sizeof(double) * (size_t)(rank * rank));
    for (int i = 0; i < used; i++)
        memcpy(model + i * rank, next + i * used, sizeof(double) * (size_t)used);
    return good;
}

bool dsa_enough(int conditions, int steps, int delays, int rank)
{
    return steps > delays + rank && conditions * (steps - delays) >= 2 * rank;
}

bool dsa_model(double *model, const double *x, int conditions, int steps, int units, int delays,
               int rank)
{
    int samples = conditions * steps, rows = conditions * (steps - delays + 1);
    int width = delays * DSA_COMPONENTS;
    if (!dsa_enough(conditions, steps, delays, rank) || rank > DSA_RANK)
        return false;
    size_t scores = (size_t)samples * DSA_COMPONENTS, hankel = (size_t)rows * (size_t)width;
    size_t factors = (size_t)(rows + width + 1) * (size_t)(rows < width ? rows : width);
    double *work = malloc(sizeof(double) * (scores + hankel + factors));
    if (!work)
        return false;
    int components = reduce(work, x, samples, units), used = 0;
    width = delays * components;
    int k = rows < width ? rows : width;
    double *h = work + scores, *u = h + hankel, *s = u + (long)rows * k, *vt = s + k;
    bool good = components > 0;
    if (good) {
        embed(h, work, conditions, steps, components, delays);
        matrix_centre(h, rows, width);
        good = matrix_svd(u, s, vt, h, rows, width);
    }
    while (good && used < k && used < rank && s[used] > FLAT * s[0])
        used++;
    for (long i = 0; good && i < (long)rows * k; i++)
        u[i] *= sqrt(rows); // variance 1
    good = good && regress(model, u, conditions, rows / conditions, k, used, rank);
    free(work);
    return good;
}

/* One comparison: A without its mean diagonal, M = C B C^T of B without its own, and the gradient of
 * g = <A, M> by X in C <- exp(X) C at 0, which is antisymmetric like X. */
struct pair {
    int rank;
    double a[SQUARE], m[SQUARE], gradient[SQUARE];
};

static void product(double *out, const double *a, const double *b, int r, double beta,
                    int transpose_a, int transpose_b)
{
    linalg_gemm(out, r, a, r, b, r, r, r, r, 1, beta, transpose_a, transpose_b);
}

/* out = C B C^T. */
static void turn(double *out, const double *c, const double *b, int r)
{
    double half[SQUARE];
    product(half, c, b, r, 0, 0, 0);
    product(out, half, c, r, 0, 0, 1);
}

/* The antisymmetric part of A N^T - N^T A. */
static void slope(double *out, const double *a, const double *n, int r)
{
    double left[SQUARE], right[SQUARE];
    product(left, a, n, r, 0, 0, 1);
    product(right, n, a, r, 0, 1, 0);
    for (int i = 0; i < r; i++)
        for (int j = 0; j < r; j++)
            out[i * r + j] =
                (left[i * r + j] - right[i * r + j] - left[j * r + i] + right[j * r + i]) / 2;
}

/* out = X Y - Y X. */
static void commute(double *out, const double *x, const double *y, int r)
{
    double right[SQUARE];
    product(out, x, y, r, 0, 0, 0);
    product(right, y, x, r, 0, 0, 0);
    for (int s = 0; s < r * r; s++)
        out[s] -= right[s];
}

/* The second derivative of g, applied to X: <A, [X, [X, M]]> is <X, out>. */
static void curve(double *out, const struct pair *pair, const double *x)
{
    int r = pair->rank;
    double n[SQUARE], turned[SQUARE];
    commute(n, x, pair->m, r);
    slope(out, pair->a, n, r);
    commute(turned, x, pair->gradient, r);
    for (int s = 0; s < r * r; s++)
        out[s] -= turned[s] / 2;
}

static void add(double *x, double factor, const double *y, int r)
{
    for (int s = 0; s < r * r; s++)
        x[s] += factor * y[s];
}

/* How far X can go along p before it is `radius` long. */
static double reach(const double *x, const double *p, double radius, long size)
{
    double pp = matrix_dot(p, p, size), xp = matrix_dot(x, p, size);
    double room = radius * radius - matrix_dot(x, x, size);
    return (sqrt(xp * xp + pp * fmax(room, 0)) - xp) / pp;
}

/* The X no longer than `radius` that is best to second order, by conjugate gradients up to the edge
 * (Steihaug 1983); returns the gain that they promise. */
static double ascend(double *x, const struct pair *pair, double radius)
{
    int r = pair->rank;
    long size = (long)r * r;
    double rest[SQUARE], p[SQUARE], curved[SQUARE] = {0}, gain = 0;
    memset(x, 0, sizeof(double) * (size_t)size);
    memcpy(rest, pair->gradient, sizeof(double) * (size_t)size);
    memcpy(p, rest, sizeof(double) * (size_t)size);
    double square = matrix_dot(rest, rest, size), enough = NEWTON * square;
    for (long i = 0; i < size && square > enough; i++) {
        curve(curved, pair, p);
        double bend = -matrix_dot(p, curved, size), far = reach(x, p, radius, size);
        double length = bend > 0 ? fmin(square / bend, far) : far;
        gain += length * square - length * length * bend / 2;
        add(x, length, p, r);
        if (length >= far)
            break;
        add(rest, length, curved, r);
        double next = matrix_dot(rest, rest, size);
        for (long s = 0; s < size; s++)
            p[s] = rest[s] + next / square * p[s];
        square = next;
    }
    return gain;
}

/* Q = polar(1 + X), which is exp(X) to second order; false: LAPACK failed. */
static bool rotation(double *q, double *x, int r)
{
    double u[SQUARE], s[DSA_RANK], vt[SQUARE];
    for (int i = 0; i < r; i++)
        x[i * r + i] += 1;
    bool good = matrix_svd(u, s, vt, x, r, r);
    product(q, u, vt, r, 0, 0, 0);
    return good;
}

/* The largest g that is reached from the M at hand, by steps in a region of trust. */
static double climb(struct pair *pair, double scale)
{
    int r = pair->rank;
    double now = matrix_dot(pair->a, pair->m, (long)r * r), radius = 1;
    double x[SQUARE], q[SQUARE], m[SQUARE];
    for (int i = 0; i < ITERATIONS && radius > FLAT; i++) {
        slope(pair->gradient, pair->a, pair->m, r);
        double gain = ascend(x, pair, radius);
        if (!(gain > TOLERANCE * scale) || !rotation(q, x, r))
            break;
        turn(m, q, pair->m, r);
        double next = matrix_dot(pair->a, m, (long)r * r), share = (next - now) / gain;
        radius *= share < .25 ? .25 : share > .75 ? 2 : 1;
        radius = fmin(radius, FARTHEST);
        if (next > now) {
            now = next;
            memcpy(pair->m, m, sizeof m);
        }
    }
    return now;
}

/* Eigenvectors, as rows, of the symmetric part of a, and the antisymmetric part in their basis. */
static bool split(double *vector, double *skew, const double *a, int r)
{
    double value[DSA_RANK], half[SQUARE];
    for (int i = 0; i < r; i++)
        for (int j = 0; j < r; j++) {
            vector[i * r + j] = (a[i * r + j] + a[j * r + i]) / 2;
            skew[i * r + j] = (a[i * r + j] - a[j * r + i]) / 2;
        }
    bool good = matrix_symmetric(value, vector, r);
    product(half, vector, skew, r, 0, 0, 0);
    product(skew, half, vector, r, 0, 0, 1);
    return good;
}

/* M for C = E_a^T diag(sign) E_b, the signs from the leading eigenvector of the entrywise product of
 * both antisymmetric parts; `mirror` turns the last sign. */
static bool start(struct pair *pair, const double *b, bool mirror)
{
    int r = pair->rank;
    double ea[SQUARE], eb[SQUARE], ka[SQUARE], kb[SQUARE], value[DSA_RANK], c[SQUARE];
    if (!split(ea, ka, pair->a, r) || !split(eb, kb, b, r))
        return false;
    for (int s = 0; s < r * r; s++)
        ka[s] *= kb[s];
    if (!matrix_symmetric(value, ka, r))
        return false;
    for (int i = 0; i < r; i++) {
        bool other = (ka[i] < 0) != (mirror && i == r - 1);
        for (int j = 0; other && j < r; j++)
            eb[i * r + j] = -eb[i * r + j];
    }
    product(c, ea, eb, r, 0, 1, 0);
    turn(pair->m, c, b, r);
    return true;
}

/* The mean of the diagonal, which is taken off. */
static double take_mean(double *out, const double *a, int r)
{
    double mean = 0;
    for (int i = 0; i < r; i++)
        mean += a[i * r + i] / r;
    memcpy(out, a, sizeof(double) * (size_t)(r * r));
    for (int i = 0; i < r; i++)
        out[i * r + i] -= mean;
    return mean;
}

double dsa_distance(const double *a, const double *b, int rank)
{
    double norm = matrix_norm(a, rank * rank) * matrix_norm(b, rank * rank), best = NAN;
    struct pair pair = {.rank = rank};
    double other[SQUARE];
    if (!(norm > 0))
        return NAN;
    double fixed = rank * take_mean(pair.a, a, rank) * take_mean(other, b, rank);
    for (int mirror = 0; mirror < 2; mirror++)
        if (start(&pair, other, mirror))
            best = fmax(best, climb(&pair, norm)); // fmax leaves NaN out
    double cosine = (fixed + best) / norm;
    return isnan(cosine) ? NAN : acos(fmin(fmax(cosine, -1), 1));
}

/* Cheapest matching of rows to columns of cost [n, n] by shortest augmenting paths (Jonker and
 * Volgenant 1987), with prices u of rows and v of columns; index 0 stands for "none". */
static double assignment(const double *cost, int n)
{
    double u[DSA_RANK + 1] = {0}, v[DSA_RANK + 1] = {0};
    int row_of[DSA_RANK + 1] = {0}, way[DSA_RANK + 1] = {0};
    for (int i = 1; i <= n; i++) {
        double least[DSA_RANK + 1];
        bool used[DSA_RANK + 1] = {false};
        for (int j = 0; j <= n; j++)
            least[j] = INFINITY;
        int column = 0;
        for (row_of[0] = i; row_of[column];) {
            int row = row_of[column], next = 0;
            double delta = INFINITY;
            used[column] = true;
            for (int j = 1; j <= n; j++) {
                if (used[j])
                    continue;
                double reduced = cost[(row - 1) * n + j - 1] - u[row] - v[j];
                if (reduced < least[j])
                    least[j] = reduced, way[j] = column;
                if (least[j] < delta)
                    delta = least[j], next = j;
            }
            for (int j = 0; j <= n; j++) {
                if (used[j])
                    u[row_of[j]] += delta, v[j] -= delta;
                else
                    least[j] -= delta;
            }
            column = next;
        }
        for (; column; column = way[column])
            row_of[column] = row_of[way[column]];
    }
    return -v[0];
}

double dsa_spectrum(const double *a, const double *b, int rank)
{
    double copy[2][SQUARE], re[2][DSA_RANK], im[2][DSA_RANK], cost[SQUARE];
    memcpy(copy[0], a, sizeof(double) * (size_t)(rank * rank));
    memcpy(copy[1], b, sizeof(double) * (size_t)(rank * rank));
    for (int side = 0; side < 2; side++)
        if (!matrix_eigen(re[side], im[side], NULL, NULL, copy[side], rank))
            return NAN;
    for (int i = 0; i < rank; i++)
        for (int j = 0; j < rank; j++)
            cost[i * rank + j] = hypot(re[0][i] - re[1][j], im[0][i] - im[1][j]);
    return assignment(cost, rank) / rank;
}
