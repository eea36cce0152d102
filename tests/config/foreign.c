/* A sweep file of W&B is refused, and answered with one that the program reads. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "specimen.h"

void test_foreign(void);

#define ANSWER "# The same in the words of thetasweep, as far as it goes:\n"
#define FIXED  "  task: {value: second}\n  task.delay: {value: 100}\n  meta.iterations: {value: 3}\n"

/* What is proposed for `text`, which must be refused. */
static void answer(char out[4096], const char *text)
{
    struct config config;
    struct error error = {0};
    CU_ASSERT_EQUAL(config_parse(&config, "w.yaml", text, 0, NULL, &error), STATUS_USAGE);
    const char *found = error.text ? strstr(error.text, ANSWER) : NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    snprintf(out, 4096, "%s", found + strlen(ANSWER));
    error_free(&error);
}

static void expect(const char *text, const char *expected)
{
    char out[4096];
    answer(out, text);
    CU_ASSERT_STRING_EQUAL(out, expected);
    if (strcmp(out, expected) != 0)
        printf("\n  expected:\n%s\n  found:\n%s", expected, out);
}

static void read_back(struct config *config, const char *text)
{
    char out[4096];
    struct error error = {0};
    answer(out, text);
    enum status status = config_parse(config, "a.yaml", out, 0, NULL, &error);
    if (status)
        printf("\n%s", error.text);
    CU_ASSERT_EQUAL_FATAL(status, STATUS_OK);
    error_free(&error);
}

static void values_and_ranges_are_said_again(void)
{
    struct config config;
    static const char text[] =
        "program: train.py\nname: one two\nmethod: random\nrun_cap: 12\nparameters:\n" FIXED
        "  network.bias: {min: 0, max: 1.5}\n"
        "  network: {parameters: {gain: {distribution: log_uniform_values, min: 0.1, max: 2}}}\n"
        "  network.units: {distribution: int_uniform, min: 8, max: 16}\n"
        "  rule.start: {values: [{r3 d3: -1}, {r1 d1: 2}]}\n"
        "  network.tau: {values: [10, 0.2 s]}\n"
        "  network.dt: {min: 1, max: 2}\n";
    expect(text, "name: \"one two\"\ntask.name: second\ntask.delay: 100 ms\nmeta.iterations: 3\n"
                 "sweep:\n  method: random\n  samples: 12\n  parameters:\n"
                 "    network.bias: {min: 0, max: 1.5}\n"
                 "    network.gain: {min: 0.1, max: 2, distribution: log_uniform}\n"
                 "    network.units: {min: 8, max: 16}\n"
                 "    rule.start: {values: [{r3 d3: -1}, {r1 d1: 2}]}\n"
                 "    network.tau: {values: [10 ms, 0.2 s]}\n"
                 "    network.dt: {min: 1 ms, max: 2 ms}\n"
                 "# program: left out\n");
    read_back(&config, text);
    CU_ASSERT_STRING_EQUAL(config.base.name, "one two");
    CU_ASSERT_EQUAL(settings_number(&config.base, "task.delay"), 100);
    CU_ASSERT_EQUAL(config.sweep.samples, 12);
    CU_ASSERT_EQUAL(config.sweep.axes, 6);
    CU_ASSERT_EQUAL(config.sweep.axis[1].distribution, SWEEP_LOG_UNIFORM);
    config_free(&config);
}

static void ends_that_are_exponents_are_raised(void)
{
    struct config config;
    read_back(&config, "method: random\nparameters:\n"
                       "  network.gain: {distribution: log_uniform, min: -2, max: 0.5}\n");
    CU_ASSERT_DOUBLE_EQUAL(config.sweep.axis[0].minimum, exp(-2), 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(config.sweep.axis[0].maximum, exp(0.5), 1e-5);
    config_free(&config);
}

static void what_cannot_be_said_is_named(void)
{
    char out[4096];
    static const char *const notes[] = {
        "# lr: no parameter has this name\n",
        "# network.unit: no parameter has this name; did you mean network.units?\n",
        "# network.gain: no such range here: normal; allowed: uniform, log_uniform\n",
        "# network.bias: q is left out\n",
        "# rule.family: probabilities are left out: values have equal shares\n",
        "# method: tpe instead of bayes\n",
        "# metric: the loss (19) on held-out seeds is made small, not accuracy\n",
        "# early_terminate: left out\n",
    };
    static const char text[] =
        "method: bayes\nmetric: {name: accuracy, goal: maximize}\n"
        "early_terminate: {type: hyperband}\nparameters:\n  lr: {values: [1]}\n"
        "  network.unit: {values: [9, 10]}\n"
        "  network.gain: {distribution: normal, mu: 1, sigma: 2}\n"
        "  network.bias: {distribution: q_uniform, min: 0, max: 1, q: 0.1}\n"
        "  rule.family: {values: [polynomial], probabilities: [1]}\n";
    answer(out, text);
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(out, notes[i]));
        if (!strstr(out, notes[i]))
            printf("\n  expected: %s  found: %s", notes[i], out);
    }
    struct config config;
    read_back(&config, text);
    CU_ASSERT_EQUAL(config.sweep.axes, 2);
    config_free(&config);
}

static void ranges_of_a_grid_have_a_count(void)
{
    struct config config;
    read_back(&config, "method: grid\nparameters:\n  network.gain: {min: 1, max: 2}\n"
                       "  network.units: {min: 8, max: 10}\n");
    CU_ASSERT_EQUAL(config.sweep.axis[0].count, 5);
    CU_ASSERT_EQUAL(config.sweep.axis[1].count, 3);
    config_free(&config);
}

/* Whatever stands in such a file, it is answered. */
static void odd_files_are_answered(void)
{
    char out[4096];
    static const char *const odd[] = {
        "method: [a]\nparameters: 5\n",
        "parameters: {network.gain: 5, network.units: {values: 7}, ? [a] : {values: [1]}}\n",
        "program: x\n",
        "metric: loss\nparameters: {task: {parameters: 3}, a: {parameters: {b: {}}}}\n",
        "method: random\nname: \"a\\nb\"\nparameters: {network.gain: {min: [1], max: 2}}\n",
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        answer(out, odd[i]);
    answer(out, odd[2]);
    CU_ASSERT_PTR_NULL(strstr(out, "sweep:"));
}

void test_foreign(void)
{
    CU_pSuite suite = CU_add_suite("foreign", specimen_two_tasks, specimen_real_tasks);
    CU_ADD_TEST(suite, values_and_ranges_are_said_again);
    CU_ADD_TEST(suite, ends_that_are_exponents_are_raised);
    CU_ADD_TEST(suite, what_cannot_be_said_is_named);
    CU_ADD_TEST(suite, ranges_of_a_grid_have_a_count);
    CU_ADD_TEST(suite, odd_files_are_answered);
}
