/* Parameters that are swept under a condition: each combination once, and nothing else. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/space.h"
#include "specimen.h"

static const settings_check no_checks[] = {NULL};

enum { AXES = 4, VALUES = 3, MOST = 81, SAMPLES = 5 };
static const char *const names[AXES] = {"network.gain", "network.density", "network.input_gain",
                                        "network.bias"};

/* An axis has the values 1/8 ... count/8; a candidate has one of them where bit v of when[b] of the axis b
 * before it is set for the value v that it has there. */
struct axis {
    int count;
    unsigned when[AXES]; /* 0: no condition */
    bool crossed;        /* beside draws: of the grid */
};

static int write_conditions(char *text, size_t size, const struct axis *axis)
{
    int length = snprintf(text, size, "%s", axis->crossed ? ", method: grid" : ""), conditions = 0;
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
        if (axis[a].count == 0)
            continue;
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

/* The values of the number `sample` of a sweep that draws only what is beside the grid. */
static void draw(int value[AXES], const struct space *draws, const struct axis axis[AXES],
                 int sample)
{
    for (int a = 0, drawn = 0; a < AXES; a++)
        if (!axis[a].crossed)
            value[a] = read_value(draws, sample, drawn++);
}

/* Of axes of which the first is crossed: sample by sample all points of the grid, of which those where
 * nothing is drawn stand with the first sample only. */
static int expect_nested(int out[][AXES], const struct axis axis[AXES], const struct space *draws)
{
    struct axis grid[AXES];
    int point[MOST + 1][AXES], points, count = 0;
    for (int a = 0; a < AXES; a++)
        grid[a] = axis[a].crossed ? axis[a] : (struct axis){.count = 1};
    points = expect(point, grid);
    for (int s = 0; s < SAMPLES; s++)
        for (int p = 0; p < points; p++) {
            bool varied = s == 0;
            memcpy(out[count], point[p], sizeof *out);
            draw(out[count], draws, axis, s);
            strip(out[count], axis);
            for (int a = 0; a < AXES; a++)
                varied |= !axis[a].crossed && out[count][a] >= 0;
            count += varied;
        }
    return count;
}

static void make_nested(struct axis axis[AXES])
{
    make(axis);
    axis[0].crossed = true;
    for (int a = 1; a < AXES; a++) {
        axis[a].crossed = a < AXES - 1 && rand() % 2;
        for (int b = 0; b < a && axis[a].crossed; b++)
            axis[a].when[b] = axis[b].crossed ? axis[a].when[b] : 0;
    }
}

static void each_sample_meets_each_point_of_a_grid(void)
{
    static const char *const methods[] = {"random", "latin", "sobol"};
    srand(7);
    for (int round = 0; round < 120; round++) {
        struct axis axis[AXES], plain[AXES] = {{0}};
        struct config config[2];
        struct space space[2];
        static int expected[SAMPLES * MOST][AXES];
        char text[2][2048], method[64];
        make_nested(axis);
        for (int a = 0; a < AXES; a++)
            plain[a].count = axis[a].crossed ? 0 : axis[a].count;
        snprintf(method, sizeof method, "method: %s\n  samples: %d%s", methods[round % 3], SAMPLES,
                 round % 2 ? "\n  repeats: 2" : "");
        write_sweep(text[0], sizeof text[0], axis, method);
        write_sweep(text[1], sizeof text[1], plain, method);
        for (int i = 0; i < 2; i++) {
            CU_ASSERT_EQUAL_FATAL(config_parse(&config[i], "t.yaml", text[i], 0, NULL, NULL),
                                  STATUS_OK);
            CU_ASSERT_EQUAL_FATAL(space_create(&space[i], &config[i], no_checks, NULL), STATUS_OK);
        }
        int repeats = config[0].sweep.repeats, wrong = 0;
        config[1].sweep.repeats = 1;
        int count = expect_nested(expected, axis, &space[1]);
        CU_ASSERT_EQUAL_FATAL(space[0].candidates, repeats * count);
        for (int c = 0; c < space[0].candidates; c++)
            for (int a = 0; a < AXES; a++)
                wrong += read_value(&space[0], c, a) != expected[c / repeats][a];
        CU_ASSERT_EQUAL(wrong, 0);
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
    {"sweep:\n  method: random\n  samples: 2\n  parameters:\n"
     "    network.bias: {values: [1, 2]}\n"
     "    network.gain: {values: [1], method: grid, when: {network.bias: 1}}",
     "t.yaml:6:54: ", "that the sweep has before, of method grid as it is"},
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
    CU_ADD_TEST(suite, each_sample_meets_each_point_of_a_grid);
    CU_ADD_TEST(suite, wrong_conditions_are_told_at_their_place);
}
