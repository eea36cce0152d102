/* Decompositions of small dense matrices, row-major: the only file that calls LAPACK. */
#ifndef MATRIX_H
#define MATRIX_H

#include <stdbool.h>

/* All functions are Local and return false, with their outputs worthless, when memory runs out or
 * LAPACK does not converge (a matrix that is not finite). */

/* A = sum of value[i] v_i v_i^T for the symmetric `a` [n, n]: value [n] descending; the rows of `a`
 * become the v_i. */
bool matrix_symmetric(double *value, double *a, int n);

/* A = U diag(s) V^T, thin, k = min(m, n): u [m, k] and vt [k, n] or both NULL, s [k] descending;
 * `a` [m, n] is overwritten. */
bool matrix_svd(double *u, double *s, double *vt, double *a, int m, int n);

/* Eigenvalues of `a` [n, n], which is overwritten: re, im [n], the largest real part first, of a
 * pair the positive imaginary part first. Right eigenvectors of norm 1 as rows vre, vim [n, n], or
 * both NULL. */
bool matrix_eigen(double *re, double *im, double *vre, double *vim, double *a, int n);

/* Solves A x = b for `columns` right-hand sides, the rows of b [columns, n], which become the
 * solutions; `a` [n, n] is overwritten. False also for a singular matrix. */
bool matrix_solve(double *a, double *b, int n, int columns);

/* Sum of a[i] b[i], and the Euclidean norm of a. */
double matrix_dot(const double *a, const double *b, long count);
double matrix_norm(const double *a, long count);

/* Subtracts from every column of x [rows, columns] its mean. */
void matrix_centre(double *x, int rows, int columns);

#endif
