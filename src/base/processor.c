/* A processor is not trusted, nor are those who compile for it: a compiler and a library that
 * disagree how wide registers are passed, kernels of a BLAS for another processor, or an emulator
 * that rounds otherwise would quietly simulate other networks. Single precision is checked by the
 * same code, its numbers held in doubles. */
#include "base/processor.h"

#include <float.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/linalg.h"
#include "base/random.h"
#include "base/vector.h"
#include "base/vector_table.h"

/* Not multiples of any register: whole ones and a rest. */
enum { COUNT = 37, ROWS = 9, TERMS = 5, COLUMNS = 67, WIDE = 459 };

enum function { TANH, TANH_SINGLE, LOG, SINE, COSINE, FUNCTIONS };
static const char *const names[FUNCTIONS] = {"tanh", "tanh_single", "log", "sincospi (sine)",
                                             "sincospi (cosine)"};

enum { KNOWN = 4 };
static const double arguments[KNOWN] = {0.5, 0.125, 1.75, 10};
static const double known[FUNCTIONS][KNOWN] = {
    {0.46211715726000975850, 0.12435300177159620805, 0.94137553849728736227,
     0.99999999587769276362},
    {0.46211715726000975850, 0.12435300177159620805, 0.94137553849728736227,
     0.99999999587769276362},
    {-0.69314718055994530942, -2.0794415416798359283, 0.55961578793542268627,
     2.3025850929940456840},
    {1, 0.38268343236508977173, -0.70710678118654752440, 0},
    {0, 0.92387953251128675613, 0.70710678118654752440, 1},
};
/* SLEEF's promise in units of the last place, and half a one for rounding the known value. */
static const double allowed[FUNCTIONS] = {4 * DBL_EPSILON, 4 * FLT_EPSILON, 1.5 * DBL_EPSILON,
                                          DBL_EPSILON, DBL_EPSILON};

static enum status wrong(struct error *error, const char *function, const char *instructions,
                         double found, double expected)
{
    bool plain = strcmp(instructions, vector_scalar.instructions) == 0;
    return error_add(error, STATUS_FAILED,
                     "this machine computes wrong numbers: %s with instructions '%s' gives %.17g, "
                     "expected: %.17g\n%s",
                     function, instructions, found, expected,
                     plain ? "another build of thetasweep or of its libraries may help"
                           : "THETASWEEP_INSTRUCTIONS=scalar in the environment avoids these "
                             "instructions, but is slower");
}

/* A row for each function. */
static void apply(const struct vector_table *table, double out[FUNCTIONS][COUNT],
                  const double x[COUNT])
{
    double size[COUNT];
    float single[COUNT];
    for (int i = 0; i < COUNT; i++) {
        size[i] = fabs(x[i]);
        single[i] = (float)x[i];
    }
    table->tanh(out[TANH], x, COUNT);
    table->tanh_single(single, single, COUNT);
    for (int i = 0; i < COUNT; i++)
        out[TANH_SINGLE][i] = single[i];
    table->log(out[LOG], size, COUNT);
    table->sincospi(out[SINE], out[COSINE], x, COUNT);
}

static enum status check_functions(struct error *error)
{
    double x[COUNT], plain[FUNCTIONS][COUNT], used[FUNCTIONS][COUNT];
    char name[64];
    for (int i = 0; i < COUNT; i++) // the known ones, then 2^-10 to 2^7, both signs
        x[i] = i < KNOWN ? arguments[i] : ldexp(i % 2 ? -1 : 1, i / 2 - 12) * (1 + i / 37.0);
    apply(&vector_scalar, plain, x);
    apply(vector_functions(), used, x);
    for (int f = 0; f < FUNCTIONS; f++)
        for (int i = 0; i < COUNT; i++) {
            snprintf(name, sizeof name, "%s(%g)", names[f], f == LOG ? fabs(x[i]) : x[i]);
            if (i < KNOWN && !(fabs(plain[f][i] - known[f][i]) <= allowed[f] * fabs(known[f][i])))
                return wrong(error, name, vector_scalar.instructions, plain[f][i], known[f][i]);
            if (!(used[f][i] == plain[f][i]))
                return wrong(error, name, vector_instructions(), used[f][i], plain[f][i]);
        }
    return STATUS_OK;
}

static double rounded(double x, bool single)
{
    return single ? (float)x : x;
}

static double fused(double a, double b, double c, bool single)
{
    return single ? fmaf((float)a, (float)b, (float)c) : fma(a, b, c);
}

/* The operands of the products, and the same in single precision. */
struct operands {
    bool single;
    double a[ROWS * TERMS], b[TERMS * WIDE], x[TERMS * WIDE];
    float a1[ROWS * TERMS], b1[TERMS * WIDE], x1[TERMS * WIDE];
};

static void fill(double *x, float *x1, long count, double step, bool single)
{
    for (long i = 0; i < count; i++) {
        x[i] = rounded((i % 2 ? -1 : 1) / (1 + step * (double)(i % 97)), single);
        x1[i] = (float)x[i];
    }
}

static void widen(double *out, const float *x, long count)
{
    for (long i = 0; i < count; i++)
        out[i] = x[i];
}

/* Tiles of several heights, A in both orders, with and without an old C, B as it is and in panels. */
static enum status check_multiply(const struct operands *o, struct error *error)
{
    double c[ROWS * COLUMNS], panels[TERMS * COLUMNS];
    float c1[ROWS * COLUMNS], panels1[TERMS * COLUMNS];
    linalg_panels(panels, o->b, WIDE, COLUMNS, TERMS);
    linalg_panels_single(panels1, o->b1, WIDE, COLUMNS, TERMS);
    for (long m = ROWS; m > 0; m -= 3) {
        long lda = m % 2 ? TERMS : 1, step = m % 2 ? 1 : ROWS, ldb = m % 2 ? WIDE : 0;
        double beta = m % 2 / 2.0;
        for (long i = 0; i < m * COLUMNS; i++)
            c[i] = c1[i] = 3;
        if (o->single) {
            linalg_multiply_single(c1, COLUMNS, o->a1, lda, step, ldb ? o->b1 : panels1, ldb, m,
                                   COLUMNS, TERMS, 2, (float)beta);
            widen(c, c1, m * COLUMNS);
        } else {
            linalg_multiply(c, COLUMNS, o->a, lda, step, ldb ? o->b : panels, ldb, m, COLUMNS,
                            TERMS, 2, beta);
        }
        for (long i = 0; i < m * COLUMNS; i++) {
            double sum = 0;
            for (long q = 0; q < TERMS; q++)
                sum = fused(o->a[i / COLUMNS * lda + q * step], o->b[q * WIDE + i % COLUMNS], sum,
                            o->single);
            double expected = fused(2, sum, beta * 3, o->single);
            if (!(c[i] == expected))
                return wrong(error, o->single ? "linalg_multiply_single" : "linalg_multiply",
                             vector_instructions(), c[i], expected);
        }
    }
    return STATUS_OK;
}

/* Of parabolas: `a` has the coefficients too. */
static enum status check_polynomials(const struct operands *o, struct error *error)
{
    double c[COLUMNS], x[TERMS * COLUMNS];
    float c1[COLUMNS], x1[TERMS * COLUMNS];
    for (long i = 0; i < COLUMNS; i++)
        c[i] = c1[i] = 3;
    if (o->single) {
        linalg_panels_single(x1, o->x1, WIDE, COLUMNS, TERMS);
        linalg_multiply_polynomials_single(c1, COLUMNS, o->a1, x1, o->a1, 2, 1, COLUMNS, TERMS, 1);
        widen(c, c1, COLUMNS);
    } else {
        linalg_panels(x, o->x, WIDE, COLUMNS, TERMS);
        linalg_multiply_polynomials(c, COLUMNS, o->a, x, o->a, 2, 1, COLUMNS, TERMS, 1);
    }
    for (long i = 0; i < COLUMNS; i++) {
        double sum = 0;
        for (long q = 0; q < TERMS; q++) {
            const double *of = o->a + 3 * q;
            double linear = fused(of[2], o->x[q * WIDE + i], of[1], o->single);
            sum =
                fused(o->a[q], fused(linear, o->x[q * WIDE + i], of[0], o->single), sum, o->single);
        }
        double expected = fused(1, sum, 3, o->single);
        if (!(c[i] == expected))
            return wrong(error,
                         o->single ? "linalg_multiply_polynomials_single"
                                   : "linalg_multiply_polynomials",
                         vector_instructions(), c[i], expected);
    }
    return STATUS_OK;
}

static enum status check_combine(const struct operands *o, struct error *error)
{
    double y[WIDE];
    float y1[WIDE];
    if (o->single) {
        linalg_combine_single(y1, o->b1, WIDE, o->a1, TERMS, WIDE, 3);
        widen(y, y1, WIDE);
    } else {
        linalg_combine(y, o->b, WIDE, o->a, TERMS, WIDE, 3);
    }
    for (long c = 0; c < WIDE; c++) {
        double sum = 0;
        for (long r = 0; r < TERMS; r++)
            sum = fused(o->a[r], o->b[r * WIDE + c], sum, o->single);
        double expected = rounded(3 * sum, o->single);
        if (!(y[c] == expected))
            return wrong(error, o->single ? "linalg_combine_single" : "linalg_combine",
                         vector_instructions(), y[c], expected);
    }
    return STATUS_OK;
}

static enum status check_dot(const struct operands *o, struct error *error)
{
    enum { SUMS = 16 };
    double sum[SUMS] = {0}, expected = 0;
    for (long i = 0; i < TERMS * WIDE; i++) {
        long s = i < TERMS * WIDE / SUMS * SUMS ? i % SUMS : 0;
        sum[s] = fused(o->b[i], o->x[i], sum[s], o->single);
    }
    for (int s = 0; s < SUMS; s++)
        expected += sum[s];
    double found = o->single ? linalg_dot_single(o->b1, o->x1, TERMS * WIDE)
                             : linalg_dot(o->b, o->x, TERMS * WIDE);
    if (!(found == expected))
        return wrong(error, o->single ? "linalg_dot_single" : "linalg_dot", vector_instructions(),
                     found, expected);
    return STATUS_OK;
}

/* Of the rows of both operands: four tiles, and in two pieces. */
static enum status check_dots(const struct operands *o, struct error *error)
{
    enum { ROWS_OF_B = 4, ROWS_OF_X = 5, FIRST = 16 };
    double found[ROWS_OF_B * ROWS_OF_X];
    struct linalg_dots dots = {0};
    for (long i = 0; i < WIDE; i += i ? WIDE : FIRST) {
        long count = i ? WIDE - i : FIRST;
        if (o->single)
            linalg_dots_add_single(&dots, o->b1 + i, WIDE, ROWS_OF_B, o->x1 + i, WIDE, ROWS_OF_X,
                                   count);
        else
            linalg_dots_add(&dots, o->b + i, WIDE, ROWS_OF_B, o->x + i, WIDE, ROWS_OF_X, count);
    }
    linalg_dots_end(found, &dots, ROWS_OF_B * ROWS_OF_X);
    for (int s = 0; s < ROWS_OF_B * ROWS_OF_X; s++) {
        long b = s / ROWS_OF_X * WIDE, x = s % ROWS_OF_X * WIDE;
        double expected = o->single ? linalg_dot_single(o->b1 + b, o->x1 + x, WIDE)
                                    : linalg_dot(o->b + b, o->x + x, WIDE);
        if (!(found[s] == expected))
            return wrong(error, o->single ? "linalg_dots_add_single" : "linalg_dots_add",
                         vector_instructions(), found[s], expected);
    }
    return STATUS_OK;
}

static enum status check_transpose(const struct operands *o, struct error *error)
{
    double out[TERMS * WIDE];
    float out1[TERMS * WIDE];
    if (o->single) {
        linalg_transpose_single(out1, o->b, TERMS, WIDE);
        widen(out, out1, TERMS * WIDE);
    } else {
        linalg_transpose(out, o->b, TERMS, WIDE);
    }
    for (long i = 0; i < TERMS * WIDE; i++)
        if (!(out[i % WIDE * TERMS + i / WIDE] == o->b[i]))
            return wrong(error, o->single ? "linalg_transpose_single" : "linalg_transpose",
                         vector_scalar.instructions, out[i % WIDE * TERMS + i / WIDE], o->b[i]);
    return STATUS_OK;
}

static enum status check_products(bool single, struct error *error)
{
    struct operands o = {.single = single};
    fill(o.a, o.a1, ROWS * TERMS, 0.37, single);
    fill(o.b, o.b1, TERMS * WIDE, 0.59, single);
    fill(o.x, o.x1, TERMS * WIDE, 0.83, single);
    enum status status = check_multiply(&o, error);
    if (!status)
        status = check_polynomials(&o, error);
    if (!status)
        status = check_combine(&o, error);
    if (!status)
        status = check_dot(&o, error);
    if (!status)
        status = check_dots(&o, error);
    return status ? status : check_transpose(&o, error);
}

/* Whole numbers, so that every order of the sums gives the same product. */
static double entry(int row, int column)
{
    return (row * 7 + column * 13) % 11 - 5;
}

static enum status wrong_blas(struct error *error, double found, double expected)
{
    return error_add(
        error, STATUS_FAILED,
        "BLAS computes wrong products with its kernels for '%s', %g where %g is right: "
        "set OPENBLAS_CORETYPE to another core type, such as Haswell",
        linalg_core(), found, expected);
}

/* Every transposition, and a row of it as the product with a vector. */
static enum status check_blas(struct error *error)
{
    enum { M = 37, N = 53, K = 41 };
    double a[2][M * K], b[2][K * N], c[M * N], y[N];
    for (int i = 0; i < M * K; i++)
        a[0][i] = a[1][i % K * M + i / K] = entry(i / K, i % K);
    for (int i = 0; i < K * N; i++)
        b[0][i] = b[1][i % N * K + i / N] = entry(i / N, i % N + 3);
    double sum[M * N] = {0};
    for (int s = 0; s < M * N; s++)
        for (int k = 0; k < K; k++)
            sum[s] += a[0][s / N * K + k] * b[0][k * N + s % N];
    for (int t = 0; t < 4; t++) {
        int ta = t & 1, tb = t >> 1;
        linalg_gemm(c, N, a[ta], ta ? M : K, b[tb], tb ? K : N, M, N, K, 1, 0, ta, tb);
        for (int s = 0; s < M * N; s++)
            if (!(c[s] == sum[s]))
                return wrong_blas(error, c[s], sum[s]);
    }
    for (int t = 0; t < 2; t++) {
        linalg_gemv(y, b[!t], t ? N : K, a[0], t ? K : N, t ? N : K, 1, 0, t);
        for (int s = 0; s < N; s++)
            if (!(y[s] == sum[s]))
                return wrong_blas(error, y[s], sum[s]);
    }
    return STATUS_OK;
}

/* The first known answer of Random123. */
static enum status check_random(struct error *error)
{
    uint64_t word[4];
    random_words(word, (struct random_key){{0, 0}}, 0, 0, 0);
    if (word[0] == 0x16554d9eca36314c && word[3] == 0x7e68b68aec7ba23b)
        return STATUS_OK;
    return error_add(error, STATUS_FAILED,
                     "this machine computes wrong random numbers: another "
                     "build of thetasweep may help");
}

/* Is what the user asks for there, and what SLEEF's scalar functions need? */
static enum status check_instructions(struct error *error)
{
    const char *wanted = getenv("THETASWEEP_INSTRUCTIONS");
#ifdef __x86_64__
    if (!__builtin_cpu_supports("fma"))
        return error_add(error, STATUS_FAILED,
                         "this processor has no fused multiply-add, which x86 processors have had "
                         "since 2013");
#endif
    if (wanted && strcmp(wanted, vector_instructions()) != 0)
        return error_add(error, STATUS_USAGE,
                         "THETASWEEP_INSTRUCTIONS: found '%s', allowed: avx512f, avx2 or scalar, "
                         "if the processor has it; it has %s",
                         wanted, vector_instructions());
    return STATUS_OK;
}

/* OpenBLAS takes 128 MB for its workspace at its first product, and tries for ever if it cannot. */
static enum status check_room(struct error *error)
{
    const size_t needed = (size_t)160 << 20;
    struct rlimit limit;
    void *room = mmap(NULL, needed, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room != MAP_FAILED) {
        munmap(room, needed);
        return STATUS_OK;
    }
    getrlimit(RLIMIT_AS, &limit);
    return error_add(error, STATUS_FAILED,
                     "out of memory: the matrix library takes %zu MB of address space, found a "
                     "limit of %.0f MB (ulimit -v)",
                     needed >> 20, (double)limit.rlim_cur / (1 << 20));
}

enum status processor_check(struct error *error)
{
    enum status status = check_room(error);
    if (!status)
        status = check_instructions(error);
    if (!status)
        status = check_random(error);
    if (!status)
        status = check_functions(error);
    for (int single = 0; !status && single < 2; single++)
        status = check_products(single, error);
    return status ? status : check_blas(error);
}

int processor_cores(void)
{
    cpu_set_t mine;
    return sched_getaffinity(0, sizeof mine, &mine) ? 1 : CPU_COUNT(&mine);
}

/* glibc returns it to the system whenever nothing happens to stand behind it, and takes it anew page by
 * page: 2,000 page faults for the 8 MB of a lifetime of 40 ms, a tenth of its time. */
void processor_keep_memory(void)
{
#ifdef __GLIBC__
    enum { MAPPED = 32 << 20 }; /* the most that glibc takes; larger blocks come and go */
    mallopt(M_MMAP_THRESHOLD, MAPPED);
    mallopt(M_TRIM_THRESHOLD, 32 * MAPPED);
#endif
}

enum status processor_start(char **argv, struct error *error)
{
    signal(SIGXFSZ, SIG_IGN);
    processor_keep_memory();
    linalg_fit(argv);
    linalg_start();
    return processor_check(error);
}
