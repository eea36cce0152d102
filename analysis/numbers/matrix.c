/* LAPACK works on columns: a row-major matrix is its transpose to it, which each call allows for.
 * Its routines are declared here by their Fortran names, which every LAPACK has; lapacke.h is
 * missing beside some of them. */
#include "numbers/matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"

extern void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
                    double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                    int *info);
extern void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda,
                    double *s, double *u, const int *ldu, double *vt, const int *ldvt, double *work,
                    const int *lwork, int *iwork, int *info);
extern void dgeev_(const char *jobvl, const char *jobvr, const int *n, double *a, const int *lda,
                   double *wr, double *wi, double *vl, const int *ldvl, double *vr, const int *ldvr,
                   double *work, const int *lwork, int *info);
extern void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivot, int *info);
extern void dgetrs_(const char *trans, const int *n, const int *nrhs, const double *a,
                    const int *lda, const int *pivot, double *b, const int *ldb, int *info);

double matrix_dot(const double *a, const double *b, long count)
{
    double sum = 0;
    for (long i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

double matrix_norm(const double *a, long count)
{
    return sqrt(matrix_dot(a, a, count));
}

void matrix_centre(double *x, int rows, int columns)
{
    for (int j = 0; j < columns; j++) {
        double mean = 0;
        for (int i = 0; i < rows; i++)
            mean += x[(long)i * columns + j] / rows;
        for (int i = 0; i < rows; i++)
            x[(long)i * columns + j] -= mean;
    }
}

/* LAPACK loops for ever, or worse, on a NaN. */
static bool finite_matrix(const double *a, long count)
{
    for (long i = 0; i < count; i++)
        if (!isfinite(a[i]))
            return false;
    return true;
}

bool matrix_symmetric(double *value, double *a, int n)
{
    int info = 1, work_size = 1 + 6 * n + 2 * n * n, index_size = 3 + 5 * n;
    double *work = malloc(sizeof(double) * (size_t)work_size);
    int *index = malloc(sizeof(int) * (size_t)index_size);
    if (work && index && finite_matrix(a, (long)n * n))
        dsyevd_("V", "U", &n, a, &n, value, work, &work_size, index, &index_size, &info);
    free(work);
    free(index);
    for (int i = 0; info == 0 && i < n / 2; i++) { // LAPACK's order is ascending
        double swap = value[i];
        value[i] = value[n - 1 - i];
        value[n - 1 - i] = swap;
        for (int j = 0; j < n; j++) {
            swap = a[(long)i * n + j];
            a[(long)i * n + j] = a[(long)(n - 1 - i) * n + j];
            a[(long)(n - 1 - i) * n + j] = swap;
        }
    }
    return info == 0;
}

bool matrix_svd(double *u, double *s, double *vt, double *a, int m, int n)
{
    // A^T = U' S V'^T, so that V is U' and U is V': both already lie as they should.
    int k = m < n ? m : n, info = 1, work_size = -1;
    double best = 0, none;
    int *index = malloc(sizeof(int) * 8 * (size_t)k);
    const char *job = u ? "S" : "N";
    double *left = u ? vt : &none, *right = u ? u : &none;
    dgesdd_(job, &n, &m, a, &n, s, left, &n, right, &k, &best, &work_size, index, &info);
    work_size = (int)best;
    double *work = malloc(sizeof(double) * (size_t)(work_size > 0 ? work_size : 1));
    info = 1;
    if (work && index && finite_matrix(a, (long)m * n))
        dgesdd_(job, &n, &m, a, &n, s, left, &n, right, &k, work, &work_size, index, &info);
    free(work);
    free(index);
    return info == 0;
}

static void transpose(double *a, int n)
{
    for (long i = 0; i < n; i++)
        for (long j = 0; j < i; j++) {
            double swap = a[i * n + j];
            a[i * n + j] = a[j * n + i];
            a[j * n + i] = swap;
        }
}

/* One eigenvalue of LAPACK's list. */
struct mode {
    double re, im;
    int column; /* of its eigenvector, or of the pair's */
};

static int compare(const void *a, const void *b)
{
    const struct mode *x = a, *y = b;
    if (x->re != y->re)
        return x->re > y->re ? -1 : 1;
    if (fabs(x->im) != fabs(y->im))
        return fabs(x->im) > fabs(y->im) ? -1 : 1;
    return x->im > y->im ? -1 : x->im < y->im;
}

/* Sorts the modes and takes the eigenvectors of LAPACK's pairs of columns apart. */
static void take_modes(double *re, double *im, double *vre, double *vim, struct mode *mode,
                       const double *vector, int n)
{
    qsort(mode, (size_t)n, sizeof *mode, compare);
    for (int i = 0; i < n; i++) {
        re[i] = mode[i].re;
        im[i] = mode[i].im;
        const double *v = vector + (long)mode[i].column * n;
        for (int j = 0; vre && j < n; j++) {
            vre[(long)i * n + j] = v[j];
            vim[(long)i * n + j] = mode[i].im > 0 ? v[n + j] : mode[i].im < 0 ? -v[n + j] : 0;
        }
    }
}

bool matrix_eigen(double *re, double *im, double *vre, double *vim, double *a, int n)
{
    int info = 1, one = 1, work_size = 8 * n + 64;
    double none;
    double *work = malloc(sizeof(double) * (size_t)(work_size + (long)n * n * (vre != NULL)));
    struct mode *mode = malloc(sizeof *mode * (size_t)n);
    double *vector = work + work_size;
    if (work && mode && finite_matrix(a, (long)n * n)) {
        transpose(a, n);
        dgeev_("N", vre ? "V" : "N", &n, a, &n, re, im, &none, &one, vre ? vector : &none, &n, work,
               &work_size, &info);
    }
    for (int i = 0; info == 0 && i < n; i++)
        mode[i] = (struct mode){re[i], im[i], im[i] < 0 ? i - 1 : i};
    if (info == 0)
        take_modes(re, im, vre, vim, mode, vector, n);
    free(work);
    free(mode);
    return info == 0;
}

bool matrix_solve(double *a, double *b, int n, int columns)
{
    int info = 1;
    int *pivot = malloc(sizeof(int) * (size_t)n);
    if (pivot && finite_matrix(a, (long)n * n))
        dgetrf_(&n, &n, a, &n, pivot, &info);
    if (info == 0)
        dgetrs_("T", &n, &columns, a, &n, pivot, b, &n, &info);
    free(pivot);
    return info == 0;
}
