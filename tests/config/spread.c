/* Methods that spread candidates: each part of every range, and of the space, has its share. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/space.h"
#include "specimen.h"

enum { AXES = 21, MOST = 100, DIGITS = 6, POINTS = 1 << DIGITS };

static const settings_check no_checks[] = {NULL};

static const char *const names[AXES + 1] = {
    "network.gain",   "network.density",         "network.input_gain",
    "network.bias",   "network.readout_gain",    "network.initial_state",
    "network.dale",   "exploration.probability", "exploration.amplitude",
    "exploration.sd", "rule.trace_alpha",        "learning.rate",
    "learning.clip",  "learning.baseline_rate",  "learning.weight_noise",
    "bptt.rate",      "force.feedback",          "force.hint_gain",
    "meta.discount",  "meta.es_sigma",           "meta.fd_step",
    "meta.l1"};

/* Reads a sweep of so many parameters and samples, each from 0 + tiny to 1. */
static enum status draw(double *point, const char *method, int axes, int samples, int seed)
{
    char text[4096];
    struct config config;
    struct space space;
    int length = snprintf(text, sizeof text,
                          "seed: %d\nsweep:\n  method: %s\n  samples: %d\n  "
                          "parameters:\n",
                          seed, method, samples);
    for (int a = 0; a < axes; a++)
        length += snprintf(text + length, sizeof text - (size_t)length,
                           "    %s: {min: 1e-9, max: 0.999999999}\n", names[a]);
    if (config_parse(&config, "t.yaml", text, 0, NULL, NULL))
        return STATUS_USAGE;
    enum status status = space_create(&space, &config, no_checks, NULL);
    for (int c = 0; c < samples && !status; c++)
        for (int a = 0; a < axes; a++) {
            char value[SETTINGS_VALUE];
            space_value(&space, c, a, value);
            point[c * axes + a] = atof(value);
        }
    config_free(&config);
    return status;
}

/* Whether each of the n-th parts of an axis has one of the n points. */
static bool one_in_each(const double *point, int axes, int axis, int samples)
{
    bool taken[MOST] = {false};
    for (int c = 0; c < samples; c++) {
        int part = (int)(point[c * axes + axis] * samples);
        if (taken[part])
            return false;
        taken[part] = true;
    }
    return true;
}

static void hypercubes_are_latin(void)
{
    static const int samples[] = {1, 2, 7, 64, MOST};
    double point[MOST * 3], other[MOST * 3];
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL_FATAL(draw(point, "latin", 3, samples[i], 5), STATUS_OK);
        for (int a = 0; a < 3; a++)
            CU_ASSERT_TRUE(one_in_each(point, 3, a, samples[i]));
    }
    int alike = 0; /* the same part on two axes: once by chance */
    for (int c = 0; c < MOST; c++)
        alike += (int)(point[c * 3] * MOST) == (int)(point[c * 3 + 1] * MOST);
    CU_ASSERT_TRUE(alike < 8);
    CU_ASSERT_EQUAL_FATAL(draw(other, "latin", 3, MOST, 6), STATUS_OK);
    CU_ASSERT_NOT_EQUAL(memcmp(point, other, sizeof point), 0);
}

/* Of 2^m points each box of 2^-i by 2^(i - m) has one, on the first two axes. */
static void sobol_points_are_a_net(void)
{
    double point[POINTS * 2];
    for (int seed = 0; seed < 3; seed++) {
        CU_ASSERT_EQUAL_FATAL(draw(point, "sobol", 2, POINTS, seed), STATUS_OK);
        for (int i = 0; i <= DIGITS; i++) {
            int wide = 1 << i, high = POINTS / wide, most = 0, boxes[POINTS] = {0};
            for (int c = 0; c < POINTS; c++) {
                int box = (int)(point[2 * c] * wide) * high + (int)(point[2 * c + 1] * high);
                most = ++boxes[box] > most ? boxes[box] : most;
            }
            CU_ASSERT_EQUAL(most, 1);
        }
    }
}

/* On all axes, and on the last with any other each box of 1/4 by 1/4 has its share of 1024 / 16. */
static void sobol_has_all_its_axes(void)
{
    enum { MANY = 1024, PARTS = 4 };
    static double point[MANY * AXES];
    CU_ASSERT_EQUAL_FATAL(draw(point, "sobol", AXES, POINTS, 1), STATUS_OK);
    for (int a = 0; a < AXES; a++)
        CU_ASSERT_TRUE(one_in_each(point, AXES, a, POINTS));
    CU_ASSERT_EQUAL_FATAL(draw(point, "sobol", AXES, MANY, 1), STATUS_OK);
    for (int a = 0; a < AXES - 1; a++) {
        int boxes[PARTS * PARTS] = {0};
        for (int c = 0; c < MANY; c++)
            boxes[(int)(point[c * AXES + a] * PARTS) * PARTS +
                  (int)(point[c * AXES + AXES - 1] * PARTS)]++;
        for (int b = 0; b < PARTS * PARTS; b++)
            CU_ASSERT_EQUAL(boxes[b], MANY / (PARTS * PARTS));
    }
    CU_ASSERT_EQUAL(draw(point, "sobol", AXES + 1, 2, 1), STATUS_USAGE);
}

void test_spread(void)
{
    CU_pSuite suite = CU_add_suite("spread", specimen_two_tasks, specimen_real_tasks);
    CU_ADD_TEST(suite, hypercubes_are_latin);
    CU_ADD_TEST(suite, sobol_points_are_a_net);
    CU_ADD_TEST(suite, sobol_has_all_its_axes);
}
