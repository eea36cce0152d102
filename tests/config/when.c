/* Parameters that are swept under a condition: each combination once, and nothing else. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/space.h"
#include "specimen.h"

static const settings_check no_checks[] = {NULL};

enum { AXES = 4, VALUES = 3, MOST = 81 };
static const char *const names[AXES] = {"network.gain", "network.density", "network.input_gain",
                                        "network.bias"};

/* An axis has the values 1/8 ... count/8; a candidate has one of them where bit v of when[b] of the axis b
 * before it is set for the value v that it has there. */
struct axis {
    int count;
    unsigned when[AXES]; /* 0: no condition */
};

static int write_conditions(char *text, size_t size, const struct axis *axis)
{
    int length = 0, conditions = 0;
    for (int b = 0; b < AXES; b++) {
        if (axis->when[b] == 0)
            continue;
        length += snprintf(text + length, size - (size_t)length, "%s%s: [",
                           conditions++ ? ", " : ", when: {", names[b]);
        for (int v = 0, said = 0; v < VALUES; v++)
            if (axis->when[b] >> v & 1)
                length += snprintf(text + length, size - (size_t)length, "%s%g", said++ ? ", " : "",
                                   (v + 1) / 8.0);
        length += snprintf(text + length, size - (size_t)length, "]");
    }
    return length + snprintf(text + length, size - (size_t)length, "%s}\n", conditions ? "}" : "");
}

static void write_sweep(char *text, size_t size, const struct axis axis[AXES], const char *method)
{
    int length = snprintf(text, size, "seed: 3\nsweep:\n  %s\n  parameters:\n", method);
    for (int a = 0; a < AXES; a++) {
        length += snprintf(text + length, size - (size_t)length, "    %s: {values: [", names[a]);
        for (int v = 0; v < axis[a].count; v++)
            length += snprintf(text + length, size - (size_t)length, "%s%g", v ? ", " : "",
                               (v + 1) / 8.0);
        length += snprintf(text + length, size - (size_t)length, "]");
        length += write_conditions(text + length, size - (size_t)length, &axis[a]);
    }
}

/* Axes and conditions at random: on values that there are. */
static void make(struct axis axis[AXES])
{
    memset(axis, 0, AXES * sizeof *axis);
    for (int a = 0; a < AXES; a++) {
        axis[a].count = 1 + rand() % VALUES;
        for (int b = 0; b < a; b++)
            if (rand() % 3 == 0)
                axis[a].when[b] = 1 + (unsigned)rand() % ((1U << axis[b].count) - 1);
    }
}

/* Values of a combination, -1 where the axis has none. */
static void strip(int value[AXES], const struct axis axis[AXES])
{
    for (int a = 0; a < AXES; a++)
        for (int b = 0; b < a; b++)
            if (axis[a].when[b] && (value[b] < 0 || !(axis[a].when[b] >> value[b] & 1)))
                value[a] = -1;
}

static int read_value(const struct space *space, int64_t index, int axis)
{
    char text[SETTINGS_VALUE];
    space_value(space, index, axis, text);
    CU_ASSERT_EQUAL(sweep_has(&space->config->sweep, index, axis), *text != 0);
    return *text ? (int)(8 * atof(text)) - 1 : -1;
}

/* All combinations of the whole grid, stripped, each once, in their order. */
static int expect(int out[MOST][AXES], const struct axis axis[AXES])
{
    int count = 0, all = 1;
    for (int a = 0; a < AXES; a++)
        all *= axis[a].count;
    for (int i = 0; i < all; i++) {
        int rest = i;
        for (int a = AXES - 1; a >= 0; rest /= axis[a--].count)
            out[count][a] = rest % axis[a].count;
        strip(out[count], axis);
        bool known = false;
        for (int k = 0; k < count; k++)
            known |= memcmp(out[k], out[count], sizeof out[k]) == 0;
        count += !known;
    }
    return count;
}

static void a_grid_has_each_combination_once(void)
{
    srand(5);
    for (int round = 0; round < 300; round++) {
        struct axis axis[AXES];
        struct config config;
        struct space space;
        int expected[MOST + 1][AXES];
        char text[2048];
        make(axis);
        write_sweep(text, sizeof text, axis, round % 2 ? "repeats: 2" : "method: grid");
        CU_ASSERT_EQUAL_FATAL(config_parse(&config, "t.yaml", text, 0, NULL, NULL), STATUS_OK);
        CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
        int count = expect(expected, axis), repeats = config.sweep.repeats, wrong = 0;
        CU_ASSERT_EQUAL_FATAL(space.candidates, repeats * count);
        for (int c = 0; c < space.candidates; c++)
            for (int a = 0; a < AXES; a++)
                wrong += read_value(&space, c, a) != expected[c / repeats][a];
        CU_ASSERT_EQUAL(wrong, 0);
        config_free(&config);
    }
}

/* What is drawn stays the same; what has no condition that holds is left out. */
static void draws_leave_out_what_does_not_matter(void)
{
    static const char *const methods[] = {"random", "latin", "sobol"};
    srand(6);
    for (int round = 0; round < 60; round++) {
        struct axis axis[AXES], plain[AXES];
        struct config config[2];
        struct space space[2];
        char text[2][2048], method[64];
        make(axis);
        snprintf(method, sizeof method, "method: %s\n  samples: 16", methods[round % 3]);
        for (int a = 0; a < AXES; a++)
            plain[a] = (struct axis){.count = axis[a].count};
        write_sweep(text[0], sizeof text[0], axis, method);
        write_sweep(text[1], sizeof text[1], plain, method);
        for (int i = 0; i < 2; i++) {
            CU_ASSERT_EQUAL_FATAL(config_parse(&config[i], "t.yaml", text[i], 0, NULL, NULL),
                                  STATUS_OK);
            CU_ASSERT_EQUAL_FATAL(space_create(&space[i], &config[i], no_checks, NULL), STATUS_OK);
        }
        CU_ASSERT_EQUAL_FATAL(space[0].candidates, 16);
        for (int c = 0; c < 16; c++) {
            int value[AXES];
            struct settings settings;
            for (int a = 0; a < AXES; a++)
                value[a] = read_value(&space[1], c, a);
            strip(value, axis);
            for (int a = 0; a < AXES; a++)
                CU_ASSERT_EQUAL(read_value(&space[0], c, a), value[a]);
            space_settings(&space[0], c, &settings);
            CU_ASSERT_EQUAL(settings.network.bias,
                            value[3] < 0 ? config[0].base.network.bias : (value[3] + 1) / 8.0);
        }
        config_free(&config[0]);
        config_free(&config[1]);
    }
}

#define PHI "sweep:\n  parameters:\n    network.phi: {values: [tanh, relu]}\n    "
static const struct {
    const char *text, *place, *message;
} wrong[] = {
    {PHI "network.gain: {values: [1], when: {network.phi: tan}}",
     "t.yaml:4:53: ", "did you mean tanh"},
    {PHI "network.gain: {values: [1], when: {network.phy: tanh}}",
     "t.yaml:4:40: ", "condition of network.phy, allowed"},
    {PHI "network.gain: {values: [1], when: {seed: 1}}", "t.yaml:4:40: ",
     "condition of seed, allowed: parameters with values that the sweep has before"},
    {PHI "network.gain: {values: [1], when: {network.gain: 1}}", "t.yaml:4:40: ", "has before"},
    {PHI "network.gain: {values: [1], when: tanh}", "t.yaml:4:39: ", "found when and no condition"},
    {PHI "network.gain: {values: [1], when: {}}", "t.yaml:4:39: ", "found when and no condition"},
    {"sweep:\n  method: list\n  parameters:\n    network.phi: {values: [tanh]}\n"
     "    network.gain: {values: [1], when: {network.phi: tanh}}",
     "t.yaml:5:39: ", "with this sweep.method"},
    {"meta: {stopping: population}\nsweep:\n  method: random\n  samples: 4\n  parameters:\n"
     "    network.phi: {values: [tanh]}\n"
     "    network.gain: {values: [1], when: {network.phi: tanh}}",
     "t.yaml:7:39: ", "with meta.stopping: population"},
    {"sweep:\n  parameters:\n    network.bias: {values: [1, 2]}\n"
     "    network.gain: {values: [1], when: {network.bias: 3}}",
     "t.yaml:4:54: ", "network.bias = 3, allowed: values that the sweep has of it"},
};

static void wrong_conditions_are_told_at_their_place(void)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct config config;
        struct error error = {0};
        CU_ASSERT_EQUAL(config_parse(&config, "t.yaml", wrong[i].text, 0, NULL, &error),
                        STATUS_USAGE);
        CU_ASSERT_PTR_NOT_NULL_FATAL(error.text);
        CU_ASSERT_PTR_EQUAL(strstr(error.text, wrong[i].place), error.text);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, wrong[i].message));
        error_free(&error);
    }
}

void test_when(void)
{
    CU_pSuite suite = CU_add_suite("when", specimen_two_tasks, specimen_real_tasks);
    CU_ADD_TEST(suite, a_grid_has_each_combination_once);
    CU_ADD_TEST(suite, draws_leave_out_what_does_not_matter);
    CU_ADD_TEST(suite, wrong_conditions_are_told_at_their_place);
}
