#include <CUnit/Basic.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/vector.h"

enum { COUNT = 2003 };

static const char *const instructions[] = {"avx512f", "avx2", "scalar"};

/* From 1e-6 to about 40 in size, both signs: tanh from its linear part to saturation. */
static void fill(double x[COUNT])
{
    for (int i = 0; i < COUNT; i++) {
        double size = 1e-6 * exp(17.5 * i / COUNT);
        x[i] = i % 2 == 0 ? size : -size;
    }
}

/* SLEEF promises `ulp`, libm may be off by another. */
static int close_to(double found, double expected, double ulp)
{
    return fabs(found - expected) <= (ulp + 1) * DBL_EPSILON * fabs(expected) + 1e-300;
}

static void functions_agree_with_libm(void)
{
    const double pi = acos(-1.0);
    double x[COUNT], out[COUNT], sine[COUNT], cosine[COUNT];
    fill(x);
    vector_tanh(out, x, COUNT);
    for (int i = 0; i < COUNT; i++) {
        CU_ASSERT_FATAL(close_to(out[i], tanh(x[i]), 3.5));
    }
    vector_sincospi(sine, cosine, x, COUNT);
    for (int i = 0; i < COUNT; i++) {
        /* remainder() is exact; pi x itself is rounded, hence the absolute limit. */
        double angle = pi * remainder(x[i], 2.0);
        CU_ASSERT_DOUBLE_EQUAL_FATAL(sine[i], sin(angle), 1e-15);
        CU_ASSERT_DOUBLE_EQUAL_FATAL(cosine[i], cos(angle), 1e-15);
        x[i] = fabs(x[i]);
    }
    vector_log(out, x, COUNT);
    for (int i = 0; i < COUNT; i++) {
        CU_ASSERT_FATAL(close_to(out[i], log(x[i]), 1));
    }
}

static void special_values_pass(void)
{
    double x[3] = {INFINITY, -INFINITY, NAN}, out[3];
    vector_tanh(out, x, 3);
    CU_ASSERT_EQUAL(out[0], 1.0);
    CU_ASSERT_EQUAL(out[1], -1.0);
    CU_ASSERT(isnan(out[2]));
}

/* All four results of the functions on x[from .. from + count). */
static void all(double out[4][COUNT], const double *x, long from, long count)
{
    double size[COUNT];
    for (long i = 0; i < count; i++) {
        size[i] = fabs(x[from + i]);
    }
    vector_tanh(out[0], x + from, count);
    vector_log(out[1], size, count);
    vector_sincospi(out[2], out[3], x + from, count);
}

static void every_instruction_set_gives_the_same_bits(void)
{
    const char *best = vector_instructions();
    static double x[COUNT], first[4][COUNT], other[4][COUNT];
    fill(x);
    all(first, x, 0, COUNT);
    int compared = 0;
    for (int i = 0; i < 3; i++) {
        if (vector_use(instructions[i])) {
            CU_ASSERT_STRING_EQUAL(vector_instructions(), instructions[i]);
            all(other, x, 0, COUNT);
            CU_ASSERT_EQUAL(memcmp(first, other, sizeof first), 0);
            compared++;
        }
    }
    CU_ASSERT(compared >= 1);
    vector_use(best);
}

static void bits_do_not_depend_on_the_position(void)
{
    static double x[COUNT], whole[4][COUNT], part[4][COUNT];
    const char *best = vector_instructions();
    fill(x);
    for (int v = 0; v < 3; v++) {
        if (!vector_use(instructions[v])) {
            continue;
        }
        all(whole, x, 0, COUNT);
        for (long from = 0; from < 20; from++) {
            for (long count = 0; count < 40; count++) {
                all(part, x, from, count);
                for (int f = 0; f < 4; f++) {
                    CU_ASSERT_EQUAL_FATAL(
                        memcmp(part[f], whole[f] + from, (size_t)count * sizeof(double)), 0);
                }
            }
        }
    }
    vector_use(best);
}

static void nothing_is_written_beyond_the_end(void)
{
    double x[20] = {0}, out[20], sine[20], cosine[20];
    for (long count = 0; count < 19; count++) {
        out[count] = sine[count] = cosine[count] = 99.0;
        vector_tanh(out, x, count);
        vector_sincospi(sine, cosine, x, count);
        CU_ASSERT(out[count] == 99.0 && sine[count] == 99.0 && cosine[count] == 99.0);
    }
}

static void output_may_be_the_input(void)
{
    static double x[COUNT], first[4][COUNT], same[COUNT], cosine[COUNT];
    fill(x);
    all(first, x, 0, COUNT);
    memcpy(same, x, sizeof x);
    vector_tanh(same, same, COUNT);
    CU_ASSERT_EQUAL(memcmp(same, first[0], sizeof same), 0);
    memcpy(same, x, sizeof x);
    vector_sincospi(same, cosine, same, COUNT);
    CU_ASSERT_EQUAL(memcmp(same, first[2], sizeof same), 0);
    CU_ASSERT_EQUAL(memcmp(cosine, first[3], sizeof same), 0);
}

static void unknown_instructions_are_refused(void)
{
    const char *best = vector_instructions();
    CU_ASSERT_FALSE(vector_use("abacus"));
    CU_ASSERT_STRING_EQUAL(vector_instructions(), best);
}

void test_vector(void)
{
    CU_pSuite suite = CU_add_suite("vector", NULL, NULL);
    CU_ADD_TEST(suite, functions_agree_with_libm);
    CU_ADD_TEST(suite, special_values_pass);
    CU_ADD_TEST(suite, every_instruction_set_gives_the_same_bits);
    CU_ADD_TEST(suite, bits_do_not_depend_on_the_position);
    CU_ADD_TEST(suite, nothing_is_written_beyond_the_end);
    CU_ADD_TEST(suite, output_may_be_the_input);
    CU_ADD_TEST(suite, unknown_instructions_are_refused);
}
