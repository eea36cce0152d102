#include <CUnit/Basic.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "model/rule.h"
#include "specimen.h"

static void defaults_are_in_range_and_every_row_speaks(void)
{
    struct settings settings, again;
    settings_defaults(&settings);
    int count;
    const struct parameter *row = settings_parameters(&count);
    for (int i = 0; i < count; i++) {
        char text[SETTINGS_VALUE], reason[SETTINGS_VALUE];
        settings_get(&settings, row[i].name, text);
        CU_ASSERT(text[0] != '\0');
        CU_ASSERT_EQUAL(settings_set(&settings, row[i].name, text, reason), STATUS_OK);
        CU_ASSERT(strlen(row[i].sentence) > 20);
        CU_ASSERT_EQUAL(row[i].sentence[strlen(row[i].sentence) - 1], '.');
        CU_ASSERT_PTR_EQUAL(settings_find(row[i].name), &row[i]);
    }
    settings_defaults(&again);
    CU_ASSERT_EQUAL(memcmp(&settings, &again, sizeof settings), 0);
    CU_ASSERT_EQUAL(settings.network.units, 200);
    CU_ASSERT_EQUAL(settings.task.value[0], 200);
    CU_ASSERT(isinf(settings.rule.tau_e));
}

static void accepted_values_read_back(void)
{
    static const struct {
        const char *name, *text, *back;
    } cases[] = {
        {"network.units", "17", "17"},
        {"network.units", "17 units", "17"},
        {"network.gain", "1.5e0", "1.5"},
        {"network.gain", ".5", "0.5"},
        {"network.density", "0.1", "0.1"},
        {"network.tau", "0.2 s", "200 ms"},
        {"network.tau", "0.2s", "200 ms"},
        {"network.tau", "1 us", "0.001 ms"},
        {"network.tau", "30ms", "30 ms"},
        {"exploration.start", "0", "0 ms"},
        {"record.checkpoint", "10 min", "10 min"},
        {"record.checkpoint", "1.5h", "90 min"},
        {"record.checkpoint", "30 s", "0.5 min"},
        {"record.checkpoint", "0", "0 min"},
        {"rule.tau_e", "inf", "inf"},
        {"rule.tau_e", ".inf", "inf"},
        {"rule.tau_w", "500 trials", "500"},
        {"rule.carry_trace", "true", "true"},
        {"network.phi", "relu", "relu"},
        {"name", "a: \"b\" # c", "a: \"b\" # c"},
        {"rule.start", "{ r3 d3 : -1 , 'r1 d1': 2e-3 }", "{r3 d3: -1, r1 d1: 0.002}"},
        {"rule.start", "{}", "{}"},
        {"rule.start", "{from: efficiency}", "{from: efficiency}"},
        {"rule.start", "{r1 d1: 2, from: efficiency}", "{from: efficiency, r1 d1: 2}"},
        {"rule.start", "{}", "{}"},
        {"efficiency.stages", "[0, 300]", "[0, 300]"},
        {"rule.start.r1 d0", "0.1", "0.1"},
        {"rule.learn", "[theta, tau_w]", "[theta, tau_w]"},
        {"rule.learn", "[]", "[]"},
        {"record.weights", "last", "[last]"},
        {"record.replay", "[[0, 1, 2], [3, 4, 5]]", "[0, 1, 2, 3, 4, 5]"},
        {"record.replay", "[0,1,2]", "[0, 1, 2]"},
        {"task", "second", "second"},
        {"task.delay", "0.3 s", "300 ms"},
        {"meta.optimizer", "sgd", "sgd"},
        {"seed", "9007199254740992", "9007199254740992"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings settings;
        char reason[SETTINGS_VALUE] = "", back[SETTINGS_VALUE];
        settings_defaults(&settings);
        if (settings_set(&settings, cases[i].name, cases[i].text, reason))
            printf("\n    %s: %s", cases[i].name, reason);
        settings_get(&settings, cases[i].name, back);
        CU_ASSERT_STRING_EQUAL(back, cases[i].back);
    }
}

static void presets_set_a_rule(void)
{
    const struct parameter *row = settings_find("rule.preset");
    CU_ASSERT(settings_is_first(row) && settings_is_first(settings_find("task.name")));
    CU_ASSERT(!settings_is_first(settings_find("rule.start")) && !settings_is_first(NULL));
    for (int k = 0; row->choices[k]; k++) {
        struct settings settings;
        struct settings_problems problems = {0};
        char reason[SETTINGS_VALUE], back[SETTINGS_VALUE];
        settings_defaults(&settings);
        CU_ASSERT_EQUAL(settings_set(&settings, row->name, row->choices[k], reason), STATUS_OK);
        settings_get(&settings, row->name, back);
        CU_ASSERT_STRING_EQUAL(back, row->choices[k]);
        rule_check(&settings, &problems);
        CU_ASSERT_EQUAL(problems.count, 0);
    }
    struct settings settings;
    char reason[SETTINGS_VALUE];
    settings_defaults(&settings);
    settings_set(&settings, "rule.preset", "covariance", reason);
    CU_ASSERT_EQUAL(settings.rule.degree, 1);
    CU_ASSERT_EQUAL(settings_number(&settings, "rule.start.r1 d1"), -1);
    CU_ASSERT(isnan(settings_number(&settings, "rule.start.r3 d3")));
    settings_set(&settings, "rule.preset", "maoutsa-d5", reason);
    CU_ASSERT_EQUAL(settings.rule.degree, 5);
    CU_ASSERT_EQUAL(settings.rule.start.count, 0);
}

static void refused_values_change_nothing(void)
{
    static const struct {
        const char *name, *text, *reason;
    } cases[] = {
        {"network.units", "1", "a whole number from 2 to 20000 units"},
        {"network.units", "", "found nothing"},
        {"network.units", "20.0", "whole number"},
        {"network.units", "2e2", "whole number"},
        {"network.units", "20 apples", "found '20 apples'"},
        {"network.units", "020", "found '020'"},
        {"network.units", "0x20", "found '0x20'"},
        {"network.gain", "nan", "found 'nan'"},
        {"network.gain", "0x1p2", "found '0x1p2'"},
        {"network.gain", "1e999", "found '1e999'"},
        {"network.gain", "1e-999", "found '1e-999'"},
        {"network.gain", "--1", "found '--1'"},
        {"network.gain", "1.5x", "found '1.5x'"},
        {"network.gain", " ", "found ' '"},
        {"network.gain", "inf", "a number from 0 to 100"},
        {"network.gain", "[1]", "found '[1]'"},
        {"network.density", "0", "above 0 up to 1"},
        {"rule.trace_alpha", "1", "from 0 and below 1"},
        {"rule.tau_w", "1", "above 1 trials, or inf"},
        {"network.tau", "30 min", "30 ms or 0.2 s"},
        {"record.checkpoint", "10", "'10', allowed: a time with its unit, such as 10 min or 10 s"},
        {"record.checkpoint", "30 ms", "written as 30 s, 10 min or 1 h"},
        {"network.tau", "0.03",
         "'0.03', allowed: a time with its unit, such as 0.03 ms or 0.03 s (= 30"},
        {"network.tau", "-0.03", "a duration above 0"},
        {"network.tau", "0", "a duration above 0"},
        {"task.delay", "3", "such as 3 ms or 3 s (= 3000 ms)"},
        {"rule.carry_trace", "yes", "true or false"},
        {"rule.carry_trace", "True", "did you mean true?"},
        {"network.phi", "tahn", "did you mean tanh?"},
        {"name", "", "1 to 63 bytes"},
        {"name", "a\nb", "on one line"},
        {"name", "0123456789012345678901234567890123456789012345678901234567890123", "1 to 63"},
        {"rule.start", "{r1 d1}", "a map"},
        {"rule.start", "{r1 d1: x}", "found 'x'"},
        {"rule.start", "{from: 3}", "found '3', allowed: one of efficiency"},
        {"rule.start", "{from: efficiency, from: efficiency}", "found 'from' twice"},
        {"network.clamped", "{from: efficiency}", "found 'from', allowed: a map"},
        {"rule.start", "{a: 1, a: 2}", "found 'a' twice"},
        {"rule.start", "{a: 1", "a map"},
        {"rule.start", "{a: 1} b", "a map"},
        {"rule.start", "3", "a map"},
        {"rule.learn", "[theta, theta]", "found 'theta' twice"},
        {"rule.learn", "[thet]", "did you mean theta?"},
        {"rule.learn", "[theta", "a list of theta, tau_e, tau_w"},
        {"record.replay", "[1, 2", "a list"},
        {"record.replay", "[1]]", "a list"},
        {"record.replay", "3", "a list"},
        {"record.replay", "[1.5]", "found '1.5'"},
        {"record.replay", "[-1]", "found '-1'"},
        {"task", "frist", "did you mean first?"},
        {"task.count", "3", "unknown to task first, allowed: name, delay, level, width"},
        {"task.dely", "3", "did you mean task.delay?"},
        {"task.level", "2", "a number from 0 to 1"},
        {"network", "3", "is a section"},
        {"network.unit", "3", "did you mean network.units?"},
        {"units", "3", "did you mean network.units?"},
        {"nonsense.altogether", "3", "unknown parameter"},
        {"seed", "9007199254740993000", "9007199254740992"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings before, settings;
        char reason[SETTINGS_VALUE] = "";
        settings_defaults(&before);
        settings = before;
        CU_ASSERT_EQUAL(settings_set(&settings, cases[i].name, cases[i].text, reason),
                        STATUS_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(reason, cases[i].reason));
        if (!strstr(reason, cases[i].reason))
            printf("\n    %s=%s: %s", cases[i].name, cases[i].text, reason);
        CU_ASSERT_EQUAL(memcmp(&settings, &before, sizeof settings), 0);
    }
}

static void numbers_keep_their_bits(void)
{
    struct settings settings;
    settings_defaults(&settings);
    static const double numbers[] = {
        0.1, 1.0 / 3, 2.0 / 3 * 1e-200, DBL_MAX, 1e23, 5e-324 * 0x1p60, 123456789.123456789,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char text[SETTINGS_VALUE], reason[SETTINGS_VALUE];
        settings.learning.rate = numbers[i];
        settings_get(&settings, "learning.rate", text);
        settings.learning.rate = 0;
        CU_ASSERT_EQUAL(settings_set(&settings, "learning.rate", text, reason), STATUS_OK);
        CU_ASSERT_EQUAL(settings.learning.rate, numbers[i]);
    }
}

static void a_task_brings_its_own_fields(void)
{
    struct settings settings;
    struct parameter row;
    char reason[SETTINGS_VALUE];
    settings_defaults(&settings);
    settings_set(&settings, "task.delay", "5 ms", reason);
    CU_ASSERT_EQUAL(settings_number(&settings, "task.delay"), 5);
    CU_ASSERT(settings_describe(&row, &settings, "task.delay"));
    CU_ASSERT_EQUAL(row.type, PARAMETER_DURATION);
    settings_set(&settings, "task.name", "second", reason);
    CU_ASSERT_EQUAL(settings_number(&settings, "task.count"), 3);
    CU_ASSERT(isnan(settings_number(&settings, "task.level")));
    CU_ASSERT_FALSE(settings_describe(&row, &settings, "task.level"));
    CU_ASSERT_EQUAL(settings_set(&settings, "task.count", "2.5", reason), STATUS_USAGE);

    struct settings fresh;
    settings_defaults(&fresh);
    settings_set(&settings, "task.name", "first", reason);
    CU_ASSERT_EQUAL(memcmp(&settings, &fresh, sizeof fresh), 0);
    settings_set(&settings, "task.name", "second", reason);
    CU_ASSERT_EQUAL(settings.task.value[2], 0); /* the width of `first` is gone */
}

static void set_all(struct settings *settings, const char *const *text)
{
    char reason[SETTINGS_VALUE];
    settings_defaults(settings);
    for (; *text; text += 2)
        CU_ASSERT_EQUAL_FATAL(settings_set(settings, text[0], text[1], reason), STATUS_OK);
    settings_settle(settings);
}

static void automatic_numbers_suit_the_network(void)
{
    struct settings s;
    const char *const small[] = {"network.units", "50",         "network.density",
                                 "0.5",           "network.dt", "10 ms",
                                 "network.tau",   "20 ms",      NULL};
    const char *const raw[] = {"rule.start", "{r3 d3: -1}", NULL};
    const char *const given[] = {"exploration.probability",
                                 "0.5",
                                 "exploration.amplitude",
                                 "3",
                                 "learning.rate",
                                 "0.25",
                                 "learning.clip",
                                 "inf",
                                 "rule.start",
                                 "{}",
                                 NULL};
    set_all(&s, small);
    CU_ASSERT_DOUBLE_EQUAL(s.exploration.probability, 5e-3, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(s.exploration.amplitude, 4, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(s.learning.rate, 0.2 / 25, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(s.learning.clip, 0.03 / 5, 1e-15);
    CU_ASSERT_EQUAL(s.rule.start_in, START_NORMALISED);
    CU_ASSERT_EQUAL(settings_number(&s, "rule.start.r3 d3"), -1);
    set_all(&s, raw);
    CU_ASSERT_EQUAL(s.rule.start_in, START_RAW);
    CU_ASSERT_EQUAL(s.learning.rate, 0.05);
    set_all(&s, given);
    CU_ASSERT(s.exploration.probability == 0.5 && s.exploration.amplitude == 3);
    CU_ASSERT(s.learning.rate == 0.25 && isinf(s.learning.clip) && s.rule.start.count == 0);
}

/* The rule that it is measured by and made as large as is that of auto, or the one beside it. */
static void a_start_from_elsewhere_has_a_rule_beside_it(void)
{
    struct settings s;
    const char *const alone[] = {"rule.start.from", "efficiency", NULL};
    const char *const beside[] = {"rule.start", "{from: efficiency, r1 d1: -2}", NULL};
    set_all(&s, alone);
    CU_ASSERT_EQUAL(s.rule.start.from, SETTINGS_FROM_EFFICIENCY);
    CU_ASSERT_EQUAL(settings_number(&s, "rule.start.r3 d3"), -1);
    CU_ASSERT_EQUAL(s.rule.start_in, START_NORMALISED);
    CU_ASSERT_DOUBLE_EQUAL(s.learning.rate, 0.2 / 200, 1e-15);
    set_all(&s, beside);
    CU_ASSERT(s.rule.start.count == 1 && s.rule.start_in == START_RAW);
    CU_ASSERT_EQUAL(s.learning.rate, 0.05);
}

static void automatic_is_written_and_read(void)
{
    struct settings settings;
    char reason[SETTINGS_VALUE], text[SETTINGS_VALUE];
    settings_defaults(&settings);
    CU_ASSERT_EQUAL(settings_set(&settings, "learning.clip", "0.1", reason), STATUS_OK);
    CU_ASSERT_EQUAL(settings_set(&settings, "learning.clip", "auto", reason), STATUS_OK);
    settings_get(&settings, "learning.clip", text);
    CU_ASSERT_STRING_EQUAL(text, "auto");
    settings_get(&settings, "rule.start", text);
    CU_ASSERT_STRING_EQUAL(text, "auto");
    CU_ASSERT_EQUAL(settings_set(&settings, "learning.baseline_rate", "auto", reason),
                    STATUS_USAGE);
    CU_ASSERT_EQUAL(settings_set(&settings, "rule.start.r1 d1", "auto", reason), STATUS_USAGE);
    CU_ASSERT_EQUAL(settings_set(&settings, "learning.clip", "automatic", reason), STATUS_USAGE);
}

static void a_map_is_read_entry_by_entry(void)
{
    struct settings settings;
    char reason[SETTINGS_VALUE], name[SETTINGS_NAME];
    settings_defaults(&settings);
    CU_ASSERT(isnan(settings_number(&settings, "rule.start.r3 d3"))); /* auto */
    CU_ASSERT_EQUAL(settings_set(&settings, "rule.start.r0 d0", "1", reason), STATUS_OK);
    CU_ASSERT_EQUAL(settings_number(&settings, "rule.start.r3 d3"), -1);
    CU_ASSERT(isnan(settings_number(&settings, "rule.start.r1 d1")));
    for (int i = 2; i < SETTINGS_ENTRIES; i++) {
        snprintf(name, sizeof name, "rule.start.key %d", i);
        CU_ASSERT_EQUAL(settings_set(&settings, name, "0.12345678901234567", reason), STATUS_OK);
    }
    CU_ASSERT_EQUAL(settings_set(&settings, "rule.start.more", "1", reason), STATUS_USAGE);
    char text[SETTINGS_VALUE];
    settings_get(&settings, "rule.start", text);
    struct settings again;
    settings_defaults(&again);
    CU_ASSERT_EQUAL(settings_set(&again, "rule.start", text, reason), STATUS_OK);
    CU_ASSERT_EQUAL(memcmp(&again, &settings, sizeof again), 0);
}

static void problems_are_kept_once(void)
{
    struct settings_problems problems = {0};
    for (int i = 0; i < 3; i++)
        settings_problem(&problems, "network.dt", "found %d", i / 2);
    CU_ASSERT_EQUAL(problems.count, 2);
    CU_ASSERT_STRING_EQUAL(problems.problem[1].text, "found 1");
    for (int i = 0; i < 2 * SETTINGS_PROBLEMS; i++)
        settings_problem(&problems, "network.dt", "%d", i);
    CU_ASSERT_EQUAL(problems.count, SETTINGS_PROBLEMS);
}

static void the_closest_word_is_found(void)
{
    static const char *const words[] = {"grid", "random", "list", NULL};
    char nearest[SETTINGS_NAME];
    CU_ASSERT_STRING_EQUAL(settings_closest("gird", words), "grid");
    CU_ASSERT_PTR_NULL(settings_closest("sobol", words));
    CU_ASSERT_FALSE(settings_nearest(nearest, "zzzzzzzz"));
    CU_ASSERT(settings_nearest(nearest, "meta.optimiser"));
    CU_ASSERT_STRING_EQUAL(nearest, "meta.optimizer");
}

/* An archive holds what is printed, and goes on only if that is the same: a parameter that is new, and
 * whose default is what was before, has to be quiet. So there are no more of the others. */
static void quiet_parameters_are_printed_where_they_are_not_the_default(void)
{
    enum { LOUD = 88 };
    struct settings settings, again;
    settings_defaults(&settings);
    int count, loud = 0;
    const struct parameter *row = settings_parameters(&count);
    for (int i = 0; i < count; i++)
        loud += !row[i].quiet;
    CU_ASSERT_EQUAL(loud, LOUD);
    char *text = settings_print(&settings, false), reason[SETTINGS_VALUE];
    CU_ASSERT(strstr(text, "  seeds: 8\n") && !strstr(text, "test_seeds"));
    free(text);
    settings.meta.test_seeds = 48;
    text = settings_print(&settings, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "  held_out_seeds: 8\n  test_seeds: 48\n"));
    free(text);
    settings_defaults(&again);
    CU_ASSERT_EQUAL(settings_set(&again, "meta.test_seeds", "48", reason), STATUS_OK);
    CU_ASSERT_EQUAL(memcmp(&settings, &again, sizeof settings), 0);
}

/* By their row they are set as by name: to their default and, of numbers, to a bound. */
static void plain_values_are_set_by_their_row(void)
{
    int rows, plain = 0;
    const struct parameter *row = settings_parameters(&rows);
    for (int i = 0; i < rows; i++) {
        struct settings named, put;
        char text[2][SETTINGS_VALUE], written[SETTINGS_VALUE], reason[SETTINGS_VALUE];
        double number;
        if (!settings_is_plain(&row[i]))
            continue;
        plain++;
        snprintf(text[0], SETTINGS_VALUE, "%s", row[i].fallback);
        snprintf(text[1], SETTINGS_VALUE, "%.17g %s", row[i].minimum, row[i].unit);
        for (int t = 0; t < 2; t++) {
            settings_defaults(&named);
            settings_defaults(&put);
            enum status status = settings_set(&named, row[i].name, text[t], reason);
            CU_ASSERT_EQUAL(settings_read_plain(&number, &row[i], text[t], reason), status);
            if (status)
                continue;
            settings_put(&put, &row[i], number);
            CU_ASSERT_EQUAL(memcmp(&named, &put, sizeof put), 0);
            settings_write_plain(written, &row[i], number);
            settings_get(&named, row[i].name, text[t]);
            CU_ASSERT_STRING_EQUAL(written, text[t]);
        }
    }
    CU_ASSERT(plain > rows / 2 && !settings_is_plain(settings_find("task")) &&
              !settings_is_plain(settings_find("rule.preset")) && !settings_is_plain(NULL));
}

void test_settings(void)
{
    CU_pSuite suite = CU_add_suite("settings", specimen_two_tasks, specimen_real_tasks);
    CU_ADD_TEST(suite, defaults_are_in_range_and_every_row_speaks);
    CU_ADD_TEST(suite, accepted_values_read_back);
    CU_ADD_TEST(suite, presets_set_a_rule);
    CU_ADD_TEST(suite, refused_values_change_nothing);
    CU_ADD_TEST(suite, numbers_keep_their_bits);
    CU_ADD_TEST(suite, a_task_brings_its_own_fields);
    CU_ADD_TEST(suite, automatic_numbers_suit_the_network);
    CU_ADD_TEST(suite, a_start_from_elsewhere_has_a_rule_beside_it);
    CU_ADD_TEST(suite, automatic_is_written_and_read);
    CU_ADD_TEST(suite, a_map_is_read_entry_by_entry);
    CU_ADD_TEST(suite, problems_are_kept_once);
    CU_ADD_TEST(suite, plain_values_are_set_by_their_row);
    CU_ADD_TEST(suite, the_closest_word_is_found);
    CU_ADD_TEST(suite, quiet_parameters_are_printed_where_they_are_not_the_default);
}
