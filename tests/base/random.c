#include <CUnit/Basic.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/random.h"
#include "base/vector.h"

enum { MANY = 200000 };

/* The first is Random123's own known answer (its kat_vectors), the others are numpy's Philox with
 * the counter of random.h. */
static void words_are_those_of_philox(void)
{
    static const struct {
        struct random_key key;
        uint64_t trial, step, block, word[4];
    } known[] = {
        {{{0, 0}},
         0,
         0,
         0,
         {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
        {{{7, UINT64_C(1234567) << 8 | RANDOM_EXPLORATION}},
         399,
         1000,
         0,
         {0x70318d0f892f7796, 0x36ff402b8db0c69c, 0x86704cb6d3270961, 0x0cfc5f4791be4787}},
        {{{7, UINT64_C(1234567) << 8 | RANDOM_EXPLORATION}},
         399,
         1000,
         1,
         {0x87ac014f711ee279, 0x5cb65d48b04e8e5b, 0x88c1a1b4b43581bf, 0xb481bc140a2f0e20}},
        {{{0xffffffffffffffff, 0xffffffffffffff03}},
         0xa4093822299f31d0,
         0x13198a2e03707344,
         0,
         {0x05958b174c69f61a, 0xb36c9248e4170d13, 0x32a256eba06249e0, 0x97852a5044a0ca82}},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint64_t word[4];
        random_words(word, known[i].key, known[i].trial, known[i].step, known[i].block);
        CU_ASSERT_EQUAL(memcmp(word, known[i].word, sizeof word), 0);
    }
}

static void key_holds_both_seeds_and_the_purpose(void)
{
    struct random_key key = random_key(7, 1234567, RANDOM_EXPLORATION);
    CU_ASSERT_EQUAL(key.word[0], 7);
    CU_ASSERT_EQUAL(key.word[1], UINT64_C(1234567) << 8 | 7);
}

static void uniforms_are_the_words_in_order(void)
{
    struct random_key key = random_key(1, 2, RANDOM_TASK);
    double uniform[10];
    random_uniform(uniform, key, 3, 4, 10);
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t word[4];
        random_words(word, key, 3, 4, i / 4);
        CU_ASSERT_EQUAL(uniform[i], ldexp((double)(word[i % 4] >> 12) + 0.5, -52));
    }
}

/* Mean of x^power, with the standard error that `variance` of x^power gives: 5 of them is a limit
 * that right numbers pass (the numbers are fixed, so the test cannot flicker). */
static void check_moment(const double *x, int power, double mean, double variance)
{
    double sum = 0.0;
    for (int i = 0; i < MANY; i++) {
        sum += pow(x[i], power);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / MANY, mean, 5.0 * sqrt(variance / MANY));
}

static void uniforms_have_the_moments_of_uniforms(void)
{
    static double x[MANY];
    random_uniform(x, random_key(5, 6, RANDOM_TASK), 0, 0, MANY);
    check_moment(x, 1, 1.0 / 2, 1.0 / 12);
    check_moment(x, 2, 1.0 / 3, 1.0 / 5 - 1.0 / 9);
    check_moment(x, 3, 1.0 / 4, 1.0 / 7 - 1.0 / 16);
    for (int i = 0; i < MANY; i++) {
        CU_ASSERT_FATAL(x[i] > 0.0 && x[i] < 1.0);
    }
}

static void normals_have_the_moments_of_normals(void)
{
    static double x[MANY];
    random_normal(x, random_key(5, 6, RANDOM_RECURRENT), 0, 0, MANY);
    check_moment(x, 1, 0.0, 1.0);
    check_moment(x, 2, 1.0, 2.0);
    check_moment(x, 3, 0.0, 15.0);
    check_moment(x, 4, 3.0, 96.0);
    double neighbours = 0.0;
    for (int i = 0; i + 1 < MANY; i += 2) {
        neighbours += x[i] * x[i + 1];
    }
    CU_ASSERT_DOUBLE_EQUAL(neighbours / (MANY / 2), 0.0, 5.0 / sqrt(MANY / 2));
}

/* Against libm: SLEEF's errors are below 1 ulp of log, sine and cosine each. */
static void normals_are_box_and_muller_of_the_uniforms(void)
{
    const double pi = acos(-1.0);
    double uniform[600], normal[600];
    struct random_key key = random_key(8, 9, RANDOM_WEIGHT_NOISE);
    random_uniform(uniform, key, 1, 2, 600);
    random_normal(normal, key, 1, 2, 600);
    for (int i = 0; i < 600; i += 2) {
        double r = sqrt(-2.0 * log(uniform[i])), angle = 2.0 * pi * uniform[i + 1];
        CU_ASSERT_DOUBLE_EQUAL(normal[i], r * cos(angle), 1e-14);
        CU_ASSERT_DOUBLE_EQUAL(normal[i + 1], r * sin(angle), 1e-14);
    }
}

static void normals_of_many_steps_are_those_of_each(void)
{
    enum { STEPS = 70, MOST = 300 };
    static double all[STEPS * MOST];
    double one[MOST];
    struct random_key key = random_key(1, 2, RANDOM_TASK);
    for (long count = 1; count <= MOST; count += count < 9 ? 1 : 97) {
        random_normal_steps(all, key, 3, 5, STEPS, count);
        for (int s = 0; s < STEPS; s++) {
            random_normal(one, key, 3, 5 + (uint64_t)s, count);
            CU_ASSERT_EQUAL(memcmp(one, all + s * count, sizeof *one * (size_t)count), 0);
        }
    }
}

static void numbers_do_not_depend_on_how_many_are_drawn(void)
{
    enum { MOST = 1100 };
    double all[MOST], some[MOST + 1];
    struct random_key key = random_key(1, 1, RANDOM_RECURRENT);
    for (int normal = 0; normal < 2; normal++) {
        void (*draw)(double *, struct random_key, uint64_t, uint64_t, long) =
            normal ? random_normal : random_uniform;
        draw(all, key, 2, 3, MOST);
        for (long count = 0; count <= MOST; count++) {
            some[count] = -99.0;
            draw(some, key, 2, 3, count);
            CU_ASSERT_EQUAL_FATAL(memcmp(some, all, (size_t)count * sizeof *all), 0);
            CU_ASSERT_EQUAL_FATAL(some[count], -99.0);
        }
    }
}

static void normals_are_the_same_bits_with_every_instruction_set(void)
{
    static const char *const instructions[] = {"avx512f", "avx2", "scalar"};
    const char *best = vector_instructions();
    double first[777], other[777];
    random_normal(first, random_key(3, 2, RANDOM_RECURRENT), 1, 0, 777);
    for (int i = 0; i < 3; i++) {
        if (vector_use(instructions[i])) {
            random_normal(other, random_key(3, 2, RANDOM_RECURRENT), 1, 0, 777);
            CU_ASSERT_EQUAL(memcmp(first, other, sizeof first), 0);
        }
    }
    vector_use(best);
}

/* Streams that differ in one of the five numbers only. */
static void every_seed_purpose_trial_and_step_has_its_own_stream(void)
{
    enum { STREAMS = 6, COUNT = 10000 };
    static double x[STREAMS][COUNT];
    random_normal(x[0], random_key(1, 1, RANDOM_TASK), 1, 1, COUNT);
    random_normal(x[1], random_key(2, 1, RANDOM_TASK), 1, 1, COUNT);
    random_normal(x[2], random_key(1, 2, RANDOM_TASK), 1, 1, COUNT);
    random_normal(x[3], random_key(1, 1, RANDOM_SEARCH), 1, 1, COUNT);
    random_normal(x[4], random_key(1, 1, RANDOM_TASK), 2, 1, COUNT);
    random_normal(x[5], random_key(1, 1, RANDOM_TASK), 1, 2, COUNT);
    for (int a = 0; a < STREAMS; a++) {
        for (int b = 0; b < a; b++) {
            double sum = 0.0;
            for (int i = 0; i < COUNT; i++) {
                sum += x[a][i] * x[b][i];
            }
            CU_ASSERT_DOUBLE_EQUAL(sum / COUNT, 0.0, 5.0 / sqrt(COUNT));
        }
    }
}

void test_random(void)
{
    CU_pSuite suite = CU_add_suite("random", NULL, NULL);
    CU_ADD_TEST(suite, words_are_those_of_philox);
    CU_ADD_TEST(suite, key_holds_both_seeds_and_the_purpose);
    CU_ADD_TEST(suite, uniforms_are_the_words_in_order);
    CU_ADD_TEST(suite, uniforms_have_the_moments_of_uniforms);
    CU_ADD_TEST(suite, normals_have_the_moments_of_normals);
    CU_ADD_TEST(suite, normals_are_box_and_muller_of_the_uniforms);
    CU_ADD_TEST(suite, normals_of_many_steps_are_those_of_each);
    CU_ADD_TEST(suite, numbers_do_not_depend_on_how_many_are_drawn);
    CU_ADD_TEST(suite, normals_are_the_same_bits_with_every_instruction_set);
    CU_ADD_TEST(suite, every_seed_purpose_trial_and_step_has_its_own_stream);
}
