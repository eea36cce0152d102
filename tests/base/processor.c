#include "base/processor.h"

#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/vector.h"
#include "base/vector_table.h"

/* Functions that lie about one number of many, in its last bit. */
static const struct vector_table *honest;

static double off(double x)
{
    return nextafter(x, INFINITY);
}

static float off_single(float x)
{
    return nextafterf(x, INFINITY);
}

static void lying_tanh(double *out, const double *x, long count)
{
    honest->tanh(out, x, count);
    out[count - 1] = off(out[count - 1]);
}

static void lying_tanh_single(float *out, const float *x, long count)
{
    honest->tanh_single(out, x, count);
    out[count - 1] = off_single(out[count - 1]);
}

static void lying_log(double *out, const double *x, long count)
{
    honest->log(out, x, count);
    out[7] = off(out[7]);
}

static void lying_sincospi(double *sine, double *cosine, const double *x, long count)
{
    honest->sincospi(sine, cosine, x, count);
    cosine[1] = off(cosine[1]);
}

static void lying_panels(double *restrict out, const double *restrict b, long ldb, long n, long k)
{
    honest->panels(out, b, ldb, n, k);
    out[n - 1] = off(out[n - 1]);
}

static void lying_panels_single(float *restrict out, const float *restrict b, long ldb, long n,
                                long k)
{
    honest->panels_single(out, b, ldb, n, k);
    out[0] = off_single(out[0]);
}

static void lying_multiply(double *restrict c, long ldc, const double *restrict a, long lda,
                           long step, const double *restrict b, long ldb, long m, long n, long k,
                           double alpha, double beta)
{
    honest->multiply(c, ldc, a, lda, step, b, ldb, m, n, k, alpha, beta);
    c[n - 1] = off(c[n - 1]);
}

static void lying_multiply_single(float *restrict c, long ldc, const float *restrict a, long lda,
                                  long step, const float *restrict b, long ldb, long m, long n,
                                  long k, float alpha, float beta)
{
    honest->multiply_single(c, ldc, a, lda, step, b, ldb, m, n, k, alpha, beta);
    c[0] = off_single(c[0]);
}

static void lying_multiply_polynomials(double *restrict c, long ldc, const double *restrict a,
                                       const double *restrict x, const double *restrict coefficient,
                                       int degree, long m, long n, long k, double beta)
{
    honest->multiply_polynomials(c, ldc, a, x, coefficient, degree, m, n, k, beta);
    c[n - 1] = off(c[n - 1]);
}

static void lying_multiply_polynomials_single(float *restrict c, long ldc, const float *restrict a,
                                              const float *restrict x,
                                              const float *restrict coefficient, int degree, long m,
                                              long n, long k, float beta)
{
    honest->multiply_polynomials_single(c, ldc, a, x, coefficient, degree, m, n, k, beta);
    c[0] = off_single(c[0]);
}

static void lying_combine(double *restrict y, const double *restrict a, long lda,
                          const double *restrict x, long rows, long columns, double alpha)
{
    honest->combine(y, a, lda, x, rows, columns, alpha);
    y[columns - 1] = off(y[columns - 1]);
}

static void lying_combine_single(float *restrict y, const float *restrict a, long lda,
                                 const float *restrict x, long rows, long columns, float alpha)
{
    honest->combine_single(y, a, lda, x, rows, columns, alpha);
    y[columns / 2] = off_single(y[columns / 2]);
}

static double lying_dot(const double *restrict x, const double *restrict y, long count)
{
    return off(honest->dot(x, y, count));
}

static double lying_dot_single(const float *restrict x, const float *restrict y, long count)
{
    return off(honest->dot_single(x, y, count));
}

static void lying_dots(double *restrict total, double (*restrict sum)[16], long before,
                       const double *restrict x, long ldx, long rows, const double *restrict y,
                       long ldy, long columns, long count)
{
    honest->dots(total, sum, before, x, ldx, rows, y, ldy, columns, count);
    sum[rows * columns - 1][0] += 1e-14; // the sum of all sums may not see a last bit
}

static void lying_dots_single(double *restrict total, float (*restrict sum)[16], long before,
                              const float *restrict x, long ldx, long rows, const float *restrict y,
                              long ldy, long columns, long count)
{
    honest->dots_single(total, sum, before, x, ldx, rows, y, ldy, columns, count);
    sum[0][0] += 1e-5f;
}

static void every_instruction_set_of_this_processor_passes(void)
{
    static const char *const instructions[] = {"avx512f", "avx2", "scalar"};
    const char *usual = vector_instructions();
    for (int i = 0; i < 3; i++) {
        struct error error = {0};
        if (!vector_use(instructions[i]))
            continue;
        setenv("THETASWEEP_INSTRUCTIONS", instructions[i], 1);
        CU_ASSERT_EQUAL(processor_check(&error), STATUS_OK);
        CU_ASSERT_EQUAL(error.count, 0);
    }
    unsetenv("THETASWEEP_INSTRUCTIONS");
    vector_use(usual);
}

static void finds_the_lie(const struct vector_table *table, const char *function)
{
    struct error error = {0};
    vector_replace(table);
    CU_ASSERT_EQUAL(processor_check(&error), STATUS_FAILED);
    CU_ASSERT_EQUAL(error.count, 1);
    CU_ASSERT(error.text && strstr(error.text, function) && strstr(error.text, "'liars'"));
    CU_ASSERT(error.text && strstr(error.text, "THETASWEEP_INSTRUCTIONS=scalar"));
    vector_replace(honest);
    error_free(&error);
}

/* One function of the table is replaced by a liar. */
#define LIAR(member, words)                                                                        \
    do {                                                                                           \
        struct vector_table table = *honest;                                                       \
        table.instructions = "liars";                                                              \
        table.member = lying_##member;                                                             \
        finds_the_lie(&table, words);                                                              \
    } while (0)

static void a_lying_function_is_found(void)
{
    honest = vector_functions();
    LIAR(tanh, " tanh(");
    LIAR(tanh_single, " tanh_single(");
    LIAR(log, " log(");
    LIAR(sincospi, " sincospi (cosine)(0.125)");
    LIAR(panels, " linalg_multiply ");
    LIAR(panels_single, " linalg_multiply_single ");
    LIAR(multiply, " linalg_multiply ");
    LIAR(multiply_single, " linalg_multiply_single ");
    LIAR(multiply_polynomials, " linalg_multiply_polynomials ");
    LIAR(multiply_polynomials_single, " linalg_multiply_polynomials_single ");
    LIAR(combine, " linalg_combine ");
    LIAR(combine_single, " linalg_combine_single ");
    LIAR(dot, " linalg_dot ");
    LIAR(dot_single, " linalg_dot_single ");
    LIAR(dots, " linalg_dots_add ");
    LIAR(dots_single, " linalg_dots_add_single ");
}

static void instructions_that_are_not_here_are_refused(void)
{
    struct error error = {0};
    setenv("THETASWEEP_INSTRUCTIONS", "abacus", 1);
    CU_ASSERT_EQUAL(processor_check(&error), STATUS_USAGE);
    CU_ASSERT(error.text && strstr(error.text, "'abacus'"));
    unsetenv("THETASWEEP_INSTRUCTIONS");
    error_free(&error);
}

/* Page faults while as much as `blocks` MB is taken, used and given back. */
static long faults(int blocks)
{
    enum { MEGABYTE = 1 << 20, MOST = 64 };
    void *block[MOST];
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (int b = 0; b < blocks && b < MOST; b++) {
        block[b] = malloc(MEGABYTE);
        CU_ASSERT_PTR_NOT_NULL_FATAL(block[b]);
        memset(block[b], 1, MEGABYTE);
    }
    for (int b = blocks; b > 0; b--)
        free(block[b - 1]);
    getrusage(RUSAGE_SELF, &after);
    return after.ru_minflt - before.ru_minflt;
}

static void memory_that_is_given_back_is_there_for_the_next_lifetime(void)
{
    processor_keep_memory();
    faults(64);
#ifndef __SANITIZE_ADDRESS__
    CU_ASSERT(faults(64) < 1000); // of 16,384
#endif
}

void test_processor(void)
{
    CU_pSuite suite = CU_add_suite("processor", NULL, NULL);
    CU_ADD_TEST(suite, every_instruction_set_of_this_processor_passes);
    CU_ADD_TEST(suite, a_lying_function_is_found);
    CU_ADD_TEST(suite, instructions_that_are_not_here_are_refused);
    CU_ADD_TEST(suite, memory_that_is_given_back_is_there_for_the_next_lifetime);
}
