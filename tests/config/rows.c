/* Candidates in a table: what may stand there, and where mistakes are. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/space.h"
#include "specimen.h"

static const char sweep_text[] = "network: {dt: 1 ms}\nsweep: {method: list, file: c.csv}\n";
static const settings_check no_checks[] = {NULL};

static enum status parse(struct config *config, const char *rows, struct error *error)
{
    return config_parse_rows(config, "folder/t.yaml", sweep_text, rows, 0, NULL, error);
}

static void expect_value(const struct space *space, int64_t index, int axis, const char *expected)
{
    char text[SETTINGS_VALUE];
    space_value(space, index, axis, text);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void a_table_is_a_list(void)
{
    struct config config;
    struct space space;
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(
        parse(&config,
              "\xef\xbb\xbfnetwork.gain, \"network.tau\" ,rule.start,rule.tau_e [ms]\r\n"
              "1.50 ,0.03 s,{r3 d3: -1},50\r\n\r\n"
              "\t2,\"40 ms\",\"{r3 d3: -1, r1 d1: 2}\",inf\n,\"\", ,7",
              &error),
        STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, &error), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(space.candidates, 3);
    CU_ASSERT_EQUAL(config.sweep.axes, 4);
    expect_value(&space, 0, 0, "1.5");
    expect_value(&space, 0, 1, "30 ms");
    expect_value(&space, 0, 3, "50 ms");
    expect_value(&space, 1, 0, "2");
    expect_value(&space, 1, 2, "{r3 d3: -1, r1 d1: 2}");
    expect_value(&space, 1, 3, "inf");
    for (int a = 0; a < 4; a++) {
        CU_ASSERT_EQUAL(sweep_has(&config.sweep, 2, a), a == 3);
        expect_value(&space, 2, a, a == 3 ? "7 ms" : "");
    }
    config_free(&config);
    error_free(&error);
}

#define NAMES "network.tau,network.gain\n"
static const struct {
    const char *rows, *place, *message;
} wrong[] = {
    {"network.tau,network.gian\n1 ms,1\n", "c.csv:1:13: ", "did you mean network.gain?"},
    {"network.gain,,seed\n1,2,3\n", "c.csv:1:14: ", "no name of a parameter"},
    {"network.gain,network.gain\n1,2\n", "c.csv:1:14: ", "network.gain: found twice in the sweep"},
    {"seed,name\n1,a\n", "c.csv:1:6: ", "speaks of the whole run"},
    {"network.tau [s]\n1\n", "c.csv:1:1: ", "found the unit s, allowed: ms"},
    {"network.gain [ms]\n1\n", "c.csv:1:1: ", "allowed: none in brackets"},
    {"network.tau\n30\n", "c.csv:2:1: ", "found '30', allowed: a time with its unit"},
    {NAMES "30 ms,1\n40 ms, x\n", "c.csv:3:8: ", "found 'x'"},
    {NAMES "30 ms,\n40 ms,\n", "c.csv:1:13: ", "network.gain: found no value"},
    {NAMES "30 ms,1\n40 ms\n", "c.csv:3:1: ", "found 1 cells, allowed: 2"},
    {NAMES "30 ms,1\n\n  40 ms,1,2\n", "c.csv:4:1: ", "found 3 cells, allowed: 2"},
    {NAMES "30 ms,\"1\n2\"\n", "c.csv:2:7: ", "a quote without an end"},
    {NAMES "30 ms,\"1\"2\n", "c.csv:2:7: ", "found more behind a quote"},
    {NAMES "30 ms,1\n30 ms,1\n", "c.csv:1:1: ", "found 30 ms twice (values 1 and 2)"},
    {NAMES "\"30 \"\"ms\",1\n", "c.csv:2:1: ", "found '30 \"ms'"},
    {NAMES "\n", "c.csv:3:1: ", "found no row"},
    {"", "c.csv:1:1: ", "found no row"},
};

static void mistakes_are_told_at_their_place_in_the_table(void)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct config config;
        struct error error = {0};
        enum status status = parse(&config, wrong[i].rows, &error);
        CU_ASSERT_EQUAL(status, STATUS_USAGE);
        CU_ASSERT_PTR_NOT_NULL_FATAL(error.text);
        const char *at = strstr(error.text, "folder/");
        CU_ASSERT_PTR_EQUAL(at, error.text);
        CU_ASSERT_PTR_EQUAL(strstr(error.text, wrong[i].place), error.text + strlen("folder/"));
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, wrong[i].message));
        error_free(&error);
    }
}

static void limit_gain(const struct settings *settings, struct settings_problems *problems)
{
    if (settings->network.gain > 1)
        settings_problem(problems, "network.gain", "found %g", settings->network.gain);
}

static void mistakes_of_candidates_are_told_at_the_column(void)
{
    static const settings_check checks[] = {limit_gain, NULL};
    struct config config;
    struct space space;
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(parse(&config, "network.tau,network.gain\n1 ms,1\n2 ms,2\n", &error),
                          STATUS_OK);
    CU_ASSERT_EQUAL(space_create(&space, &config, checks, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text,
                                  "folder/c.csv:1:13: network.gain: found 2 (candidate 1)\n"
                                  "    network.tau,network.gain\n                ^"));
    config_free(&config);
    error_free(&error);
}

static void a_table_goes_with_each_point_of_a_grid(void)
{
    static const char text[] = "sweep:\n  method: list\n  file: c.csv\n  parameters:\n"
                               "    network.phi: {values: [tanh, relu]%s}\n    network.bias: "
                               "{values: [0, 1], method: grid}\n";
    static const char rows[] = "network.gain,learning.rate\n1,.1\n1,.2\n";
    struct config config;
    struct space space;
    struct error error = {0};
    char whole[sizeof text + 32];
    snprintf(whole, sizeof whole, text, ", method: grid");
    CU_ASSERT_EQUAL_FATAL(config_parse_rows(&config, "t.yaml", whole, rows, 0, NULL, &error),
                          STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, &error), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(space.candidates, 8);
    for (int c = 0; c < 8; c++) {
        expect_value(&space, c, 0, c / 2 % 2 ? "relu" : "tanh");
        expect_value(&space, c, 1, c % 2 ? "1" : "0");
        expect_value(&space, c, 2, "1");
        expect_value(&space, c, 3, c / 4 ? "0.2" : "0.1");
    }
    config_free(&config);
    snprintf(whole, sizeof whole, text, "");
    CU_ASSERT_EQUAL(config_parse_rows(&config, "t.yaml", whole, rows, 0, NULL, &error),
                    STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "t.yaml:5:5: network.phi: found beside sweep.file"));
    error_free(&error);
    CU_ASSERT_EQUAL(config_parse_rows(&config, "t.yaml",
                                      "sweep:\n  method: list\n  file: c.csv\n  parameters:\n"
                                      "    network.phi: {values: [tanh], method: grid}\n",
                                      "network.gain\n1\n1\n", 0, NULL, &error),
                    STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "c.csv:1:1: network.gain: found 1 twice"));
    error_free(&error);
}

static void a_table_is_for_lists_alone(void)
{
    static const char *const text[] = {"sweep: {file: c.csv}", "sweep: {method: grid, file: c.csv}",
                                       "sweep: {method: random, samples: 1, file: c.csv}",
                                       "sweep: {method: list, file: [c.csv]}"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        struct config config;
        struct error error = {0};
        CU_ASSERT_EQUAL(config_parse(&config, "t.yaml", text[i], 0, NULL, &error), STATUS_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "sweep.file: found "));
        error_free(&error);
    }
}

void test_rows(void)
{
    CU_pSuite suite = CU_add_suite("rows", specimen_two_tasks, specimen_real_tasks);
    CU_ADD_TEST(suite, a_table_is_a_list);
    CU_ADD_TEST(suite, mistakes_are_told_at_their_place_in_the_table);
    CU_ADD_TEST(suite, mistakes_of_candidates_are_told_at_the_column);
    CU_ADD_TEST(suite, a_table_goes_with_each_point_of_a_grid);
    CU_ADD_TEST(suite, a_table_is_for_lists_alone);
}
