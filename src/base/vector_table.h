/* The functions that are written once and compiled for each instruction set: a table of them for
 * each. A set is a file of its own, vector_NAME.c, compiled with its own flags (see the Makefile),
 * because only then does every compiler pass wide registers to SLEEF as SLEEF expects them. Such a
 * file includes nothing of ours but this header, vector_kernel.h and what that includes: an inline
 * function of another header would be compiled for that set too. Between files only pointers and numbers
 * are passed. */
#ifndef VECTOR_TABLE_H
#define VECTOR_TABLE_H

/* Contracts: vector.h and linalg.h, under the same names. */
struct vector_table {
    const char *instructions;
    void (*tanh)(double *out, const double *x, long count);
    void (*tanh_single)(float *out, const float *x, long count);
    void (*log)(double *out, const double *x, long count);
    void (*sincospi)(double *sine, double *cosine, const double *x, long count);
    void (*panels)(double *restrict out, const double *restrict b, long ldb, long n, long k);
    void (*panels_single)(float *restrict out, const float *restrict b, long ldb, long n, long k);
    void (*multiply)(double *restrict c, long ldc, const double *restrict a, long lda, long step,
                     const double *restrict b, long ldb, long m, long n, long k, double alpha,
                     double beta);
    void (*multiply_single)(float *restrict c, long ldc, const float *restrict a, long lda,
                            long step, const float *restrict b, long ldb, long m, long n, long k,
                            float alpha, float beta);
    void (*multiply_polynomials)(double *restrict c, long ldc, const double *restrict a,
                                 const double *restrict x, const double *restrict coefficient,
                                 int degree, long m, long n, long k, double beta);
    void (*multiply_polynomials_single)(float *restrict c, long ldc, const float *restrict a,
                                        const float *restrict x, const float *restrict coefficient,
                                        int degree, long m, long n, long k, float beta);
    void (*combine)(double *restrict y, const double *restrict a, long lda,
                    const double *restrict x, long rows, long columns, double alpha);
    void (*combine_single)(float *restrict y, const float *restrict a, long lda,
                           const float *restrict x, long rows, long columns, float alpha);
    double (*dot)(const double *restrict x, const double *restrict y, long count);
    double (*dot_single)(const float *restrict x, const float *restrict y, long count);
    void (*dots)(double *restrict total, double (*restrict sum)[16], long before,
                 const double *restrict x, long ldx, long rows, const double *restrict y, long ldy,
                 long columns, long count);
    void (*dots_single)(double *restrict total, float (*restrict sum)[16], long before,
                        const float *restrict x, long ldx, long rows, const float *restrict y,
                        long ldy, long columns, long count);
};

/* Of vector_kernel.h, included for both precisions. */
#define VECTOR_TABLE(name)                                                                         \
    {                                                                                              \
        .instructions = name, .tanh = tanh_double, .tanh_single = tanh_single, .log = log_double,  \
        .sincospi = sincospi_double, .panels = panels_double, .panels_single = panels_single,      \
        .multiply = multiply_double, .multiply_single = multiply_single,                           \
        .multiply_polynomials = multiply_polynomials_double,                                       \
        .multiply_polynomials_single = multiply_polynomials_single, .combine = combine_double,     \
        .combine_single = combine_single, .dot = dot_double, .dot_single = dot_single,             \
        .dots = dots_double, .dots_single = dots_single,                                           \
    }

/* Plain C and SLEEF's scalar functions: what every other table is held against. */
extern const struct vector_table vector_scalar;
#ifdef __x86_64__
extern const struct vector_table vector_avx2;
extern const struct vector_table vector_avx512f;
#endif

/* Local. The table in use. */
const struct vector_table *vector_functions(void);

/* Local. Uses `table` from now on, whatever is in it: for tests. */
void vector_replace(const struct vector_table *table);

#endif
