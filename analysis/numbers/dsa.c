/* r rank. The maximum of g(C) = tr(A^T C B C^T) over orthogonal C is found by
 *     C <- polar(A C B^T + A^T C B + 2 kappa C),   kappa >= ||A||_2 ||B||_2,
 * which never decreases g (g + kappa ||C||^2 is convex, and the polar factor maximises its linear
 * part), where the paper follows a gradient with a step size. g gains only a constant from
 * multiples of the identity, so A and B are first freed of their mean diagonal, which keeps kappa
 * small. Local maxima remain: it starts from the rotation that aligns the symmetric parts, with the
 * signs that the antisymmetric parts ask for, which is already exact for a system and its rotation,
 * and from its mirror image. */
#include "numbers/dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "numbers/dimension.h"
#include "numbers/matrix.h"

#define RIDGE     1e-8
#define TOLERANCE 1e-10 /* relative gain of g at which the iteration ends */
#define FLAT      1e-7  /* singular values relative to the largest that count as 0 */

enum { ITERATIONS = 200, SQUARE = DSA_RANK * DSA_RANK };

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

/* Workspace of one comparison: A and B without their mean diagonal, C, and three more. */
struct pair {
    int rank;
    double a[SQUARE], b[SQUARE], c[SQUARE], step[SQUARE], left[SQUARE], right[SQUARE];
};

static void product(double *out, const double *a, const double *b, int r, double beta,
                    int transpose_a, int transpose_b)
{
    linalg_gemm(out, r, a, r, b, r, r, r, r, 1, beta, transpose_a, transpose_b);
}

/* C <- U V^T of `step` = U S V^T. */
static bool take_polar(struct pair *pair)
{
    double s[DSA_RANK];
    bool good = matrix_svd(pair->left, s, pair->right, pair->step, pair->rank, pair->rank);
    product(pair->c, pair->left, pair->right, pair->rank, 0, 0, 0);
    return good;
}

/* step = A C B^T + A^T C B, and g = <C, step> / 2. */
static double slope(struct pair *pair)
{
    int r = pair->rank;
    product(pair->left, pair->a, pair->c, r, 0, 0, 0);
    product(pair->step, pair->left, pair->b, r, 0, 0, 1);
    product(pair->left, pair->a, pair->c, r, 0, 1, 0);
    product(pair->step, pair->left, pair->b, r, 1, 0, 0);
    return matrix_dot(pair->c, pair->step, (long)r * r) / 2;
}

/* The largest g that is reached from the C at hand. */
static double climb(struct pair *pair, double kappa)
{
    int r = pair->rank;
    double last = -INFINITY, now = slope(pair);
    double scale = matrix_norm(pair->a, r * r) * matrix_norm(pair->b, r * r);
    for (int i = 0; i < ITERATIONS && now - last > TOLERANCE * scale; i++) {
        for (int s = 0; s < r * r; s++)
            pair->step[s] += 2 * kappa * pair->c[s];
        if (!take_polar(pair))
            return last;
        last = now;
        now = slope(pair);
    }
    return fmax(now, last);
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

/* C = E_a^T diag(sign) E_b, the signs from the leading eigenvector of the entrywise product of both
 * antisymmetric parts; `mirror` turns the last sign. */
static bool start(struct pair *pair, bool mirror)
{
    int r = pair->rank;
    double ea[SQUARE], eb[SQUARE], ka[SQUARE], kb[SQUARE], value[DSA_RANK];
    if (!split(ea, ka, pair->a, r) || !split(eb, kb, pair->b, r))
        return false;
    for (int s = 0; s < r * r; s++)
        ka[s] *= kb[s];
    if (!matrix_symmetric(value, ka, r))
        return false;
    for (int i = 0; i < r; i++) {
        bool turn = (ka[i] < 0) != (mirror && i == r - 1);
        for (int j = 0; turn && j < r; j++)
            eb[i * r + j] = -eb[i * r + j];
    }
    product(pair->c, ea, eb, r, 0, 1, 0);
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

static double spectral_norm(const double *a, int r)
{
    double copy[SQUARE], s[DSA_RANK];
    memcpy(copy, a, sizeof(double) * (size_t)(r * r));
    return matrix_svd(NULL, s, NULL, copy, r, r) ? s[0] : NAN;
}

double dsa_distance(const double *a, const double *b, int rank)
{
    double norm = matrix_norm(a, rank * rank) * matrix_norm(b, rank * rank), best = NAN;
    struct pair *pair = malloc(sizeof *pair);
    if (!pair || !(norm > 0)) {
        free(pair);
        return NAN;
    }
    pair->rank = rank;
    double fixed = rank * take_mean(pair->a, a, rank) * take_mean(pair->b, b, rank);
    double kappa = spectral_norm(pair->a, rank) * spectral_norm(pair->b, rank);
    for (int mirror = 0; mirror < 2; mirror++)
        if (start(pair, mirror))
            best = fmax(best, climb(pair, kappa)); // fmax leaves NaN out
    free(pair);
    double cosine = (fixed + best) / norm;
    return isnan(cosine) ? NAN : acos(fmin(fmax(cosine, -1), 1));
}

/* Cheapest matching of rows to columns of cost [n, n] by shortest augmenting paths (Jonker and
 * Volgenant 1987), with prices u of rows and v of columns; index 0 stands for "none". */
static double assignment(const double *cost, int n)
{
    double u[DSA_RANK + 1] = {0}, v[DSA_RANK + 1] = {0};
    int row_of[DSA_RANK + 1] = {0}, way[DSA_RANK + 1];
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
