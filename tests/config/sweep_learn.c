/* Methods that learn, on functions that cost nothing. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "places.h"
#include "specimen.h"

enum { SAMPLES = 60, SEEDS = 20 };

static const char *const two = "    network.bias: {min: 0, max: 1}\n"
                               "    network.gain: {min: 0.01, max: 1, distribution: log_uniform}\n";

static void begin(struct config *config, const char *method, const char *axes, int seed)
{
    char text[1024];
    struct error error = {0};
    snprintf(text, sizeof text, "seed: %d\nsweep:\n  method: %s\n  samples: %d\n  parameters:\n%s",
             seed, method, SAMPLES, axes);
    CU_ASSERT_EQUAL_FATAL(config_parse(config, "t.yaml", text, 0, NULL, &error), STATUS_OK);
}

/* The value of each candidate on each axis as a number; runs the whole sweep. */
static void run(double *loss, const struct sweep *sweep, double (*function)(const double *x))
{
    int64_t end = sweep->point ? sweep_generation(sweep, 0) : sweep->samples;
    for (int64_t c = 0; c < sweep->samples; c++) {
        double x[SWEEP_NUMBERS];
        if (c == end) {
            int32_t place[SAMPLES];
            struct places_ranked order[SAMPLES];
            places_rank(place, order, loss, (int)c);
            end = sweep_generation(sweep, c);
            CU_ASSERT_FALSE(sweep_known(sweep, c));
            CU_ASSERT_TRUE(sweep->method->learn(sweep, place, c, end));
        }
        CU_ASSERT_TRUE(sweep_known(sweep, c));
        for (int a = 0; a < sweep->axes; a++) {
            char text[SETTINGS_VALUE];
            sweep_value(text, sweep, c, a);
            x[a] = atof(text);
        }
        loss[c] = function(x);
    }
}

/* Its least value is at (0.7, 0.1), which is the middle of a logarithmic axis from 0.01 to 1. */
static double bowl(const double *x)
{
    double far = x[0] - 0.7, apart = log10(x[1]) + 1;
    return far * far + apart * apart;
}

static double half_is_lost(const double *x)
{
    return x[0] < 0.5 ? INFINITY : bowl(x);
}

static double mean_best(const char *method, const char *axes, double (*function)(const double *x))
{
    double sum = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
        struct config config;
        double loss[SAMPLES], best = INFINITY;
        begin(&config, method, axes, seed);
        run(loss, &config.sweep, function);
        for (int c = 0; c < SAMPLES; c++)
            best = fmin(best, loss[c]);
        sum += best;
        config_free(&config);
    }
    return sum / SEEDS;
}

/* A third: random leaves 1/60 of the area, 0.0085 in the mean. */
static void learning_finds_better_than_draws(void)
{
    CU_ASSERT_TRUE(mean_best("tpe", two, bowl) < mean_best("random", two, bowl) / 3);
    CU_ASSERT_TRUE(mean_best("tpe", two, half_is_lost) < mean_best("random", two, bowl) / 3);
    CU_ASSERT_TRUE(mean_best("cmaes", two, bowl) < mean_best("random", two, bowl) / 3);
    CU_ASSERT_TRUE(mean_best("cmaes", two, half_is_lost) < mean_best("random", two, bowl) / 3);
}

/* A valley askew, 30 times as long as wide: the last generations have its direction and its middle. */
static double valley(const double *x)
{
    double along = x[0] - 0.6 + log10(x[1]) + 1.2, across = x[0] - 0.6 - log10(x[1]) - 1.2;
    return along * along + 900 * across * across;
}

static void cmaes_turns_into_the_valley(void)
{
    double across = 0, along = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
        struct config config;
        double loss[SAMPLES];
        begin(&config, "cmaes", two, seed);
        run(loss, &config.sweep, valley);
        for (int c = SAMPLES - 12; c < SAMPLES; c++) {
            double x = config.sweep.point[2 * c] - 0.6, y = 2 * config.sweep.point[2 * c + 1] - 0.8;
            along += (x + y) * (x + y);
            across += (x - y) * (x - y);
        }
        config_free(&config);
    }
    CU_ASSERT_TRUE(sqrt(along) > 3 * sqrt(across));
}

static void cmaes_starts_about_the_middle_and_stays_inside(void)
{
    struct config config;
    double loss[SAMPLES], mean[2] = {0, 0};
    begin(&config, "cmaes", two, 4);
    CU_ASSERT_EQUAL(sweep_generation(&config.sweep, 0), 6); // 4 + 3 log 2
    run(loss, &config.sweep, bowl);
    for (int i = 0; i < 2 * SAMPLES; i++) {
        CU_ASSERT_TRUE(config.sweep.point[i] >= 0 && config.sweep.point[i] < 1);
        mean[i % 2] += i < 12 ? config.sweep.point[i] / 6 : 0;
    }
    CU_ASSERT_TRUE(fabs(mean[0] - 0.5) < 0.3 && fabs(mean[1] - 0.5) < 0.3);
    config_free(&config);
}

static void cmaes_refuses_what_it_cannot_move_through(void)
{
    static const char *const bad[][2] = {
        {"sweep: {method: cmaes, samples: 9, parameters: {network.phi: {values: [tanh, relu]}}}",
         "network.phi: found values, allowed: a range"},
        {"sweep: {method: cmaes, samples: 9, generation: 3, parameters: {network.gain: {min: 1, "
         "max: "
         "2}}}",
         "sweep.generation: found '3', allowed: a whole number from 4"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct config config;
        struct error error = {0};
        CU_ASSERT_EQUAL(config_parse(&config, "t.yaml", bad[i][0], 0, NULL, &error), STATUS_USAGE);
        CU_ASSERT_PTR_NOT_NULL(error.text ? strstr(error.text, bad[i][1]) : NULL);
        error_free(&error);
    }
}

static double second_is_best(const double *x)
{
    return fabs(x[0] - 2) + 0.1 * x[1];
}

static void the_better_value_is_chosen_more_often(void)
{
    struct config config;
    double loss[SAMPLES];
    int best = 0;
    begin(&config, "tpe",
          "    network.gain: {values: [1, 2, 3, 4]}\n    network.bias: {min: 0, max: 1}\n", 3);
    run(loss, &config.sweep, second_is_best);
    for (int c = SAMPLES / 2; c < SAMPLES; c++)
        best += loss[c] < 0.5;
    CU_ASSERT_TRUE(best > 12); // of the 30; its share is 7.5
    config_free(&config);
}

/* What the densities are made of, told here once more: the choices of a generation are those of the
 * largest ratio among draws, so that they lie where the good ones do and apart from each other. */
static void a_generation_keeps_apart(void)
{
    struct config config;
    double loss[SAMPLES];
    begin(&config, "tpe", two, 5);
    run(loss, &config.sweep, bowl);
    const double *point = config.sweep.point;
    for (int c = 10; c < SAMPLES; c++)
        for (int k = 0; k < c; k++)
            CU_ASSERT_TRUE(hypot(point[2 * c] - point[2 * k], point[2 * c + 1] - point[2 * k + 1]) >
                           1e-4);
    config_free(&config);
}

static void cmaes_follows_from_seed_and_places_alone(void)
{
    struct config one, other;
    int32_t place[12] = {5, 4, 3, 2, 1, 0, 6, 7, 8, 9, -1, 10};
    size_t bytes = 18 * 2 * sizeof(double);
    begin(&one, "cmaes", two, 7);
    begin(&other, "cmaes", two, 7);
    for (int turn = 0; turn < 2; turn++) // again over what is there
        for (int first = 6; first < 18; first += 6)
            one.sweep.method->learn(&one.sweep, place, first, first + 6);
    for (int first = 6; first < 18; first += 6)
        other.sweep.method->learn(&other.sweep, place, first, first + 6);
    CU_ASSERT_EQUAL(memcmp(one.sweep.point, other.sweep.point, bytes), 0);
    place[10] = 11; // of the worse half still
    one.sweep.method->learn(&one.sweep, place, 12, 18);
    CU_ASSERT_EQUAL(memcmp(one.sweep.point, other.sweep.point, bytes), 0);
    place[0] = 0;
    place[5] = 5;
    one.sweep.method->learn(&one.sweep, place, 12, 18);
    CU_ASSERT_NOT_EQUAL(memcmp(one.sweep.point, other.sweep.point, bytes), 0);
    config_free(&one);
    config_free(&other);
}

static void candidates_follow_from_seed_and_places_alone(void)
{
    struct config one, other;
    int32_t place[18];
    begin(&one, "tpe", two, 7);
    begin(&other, "tpe", two, 7);
    for (int c = 0; c < 18; c++)
        place[c] = c == 17 ? -1 : 16 - c;
    size_t bytes = 26 * 2 * sizeof(double);
    for (int turn = 0; turn < 2; turn++) { // again over what is there
        one.sweep.method->learn(&one.sweep, place, 10, 18);
        one.sweep.method->learn(&one.sweep, place, 18, 26);
    }
    other.sweep.method->learn(&other.sweep, place, 10, 18);
    other.sweep.method->learn(&other.sweep, place, 18, 26);
    CU_ASSERT_EQUAL(memcmp(one.sweep.point, other.sweep.point, bytes), 0);
    place[3] = 16;
    place[0] = 13;
    one.sweep.method->learn(&one.sweep, place, 18, 26);
    CU_ASSERT_EQUAL(memcmp(one.sweep.point, other.sweep.point, 18 * 2 * sizeof(double)), 0);
    place[0] = 0;
    place[16] = 16;
    one.sweep.method->learn(&one.sweep, place, 18, 26);
    CU_ASSERT_NOT_EQUAL(memcmp(one.sweep.point, other.sweep.point, bytes), 0);
    config_free(&one);
    config_free(&other);
}

static void the_first_generation_is_that_of_random(void)
{
    struct config one, other;
    begin(&one, "tpe", two, 9);
    begin(&other, "random", two, 9);
    CU_ASSERT_EQUAL(sweep_generation(&one.sweep, 0), 10);
    CU_ASSERT_EQUAL(sweep_generation(&one.sweep, 10), 18);
    CU_ASSERT_EQUAL(sweep_generation(&one.sweep, 58), SAMPLES);
    for (int c = 0; c < 10; c++)
        for (int a = 0; a < 2; a++) {
            char text[SETTINGS_VALUE], drawn[SETTINGS_VALUE];
            sweep_value(text, &one.sweep, c, a);
            sweep_value(drawn, &other.sweep, c, a);
            CU_ASSERT_STRING_EQUAL(text, drawn);
        }
    config_free(&one);
    config_free(&other);
}

void test_sweep_learn(void)
{
    CU_pSuite suite = CU_add_suite("sweep_learn", NULL, NULL);
    CU_ADD_TEST(suite, learning_finds_better_than_draws);
    CU_ADD_TEST(suite, the_better_value_is_chosen_more_often);
    CU_ADD_TEST(suite, a_generation_keeps_apart);
    CU_ADD_TEST(suite, candidates_follow_from_seed_and_places_alone);
    CU_ADD_TEST(suite, the_first_generation_is_that_of_random);
    CU_ADD_TEST(suite, cmaes_turns_into_the_valley);
    CU_ADD_TEST(suite, cmaes_starts_about_the_middle_and_stays_inside);
    CU_ADD_TEST(suite, cmaes_refuses_what_it_cannot_move_through);
    CU_ADD_TEST(suite, cmaes_follows_from_seed_and_places_alone);
}
