#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/config.h"
#include "config/space.h"
#include "specimen.h"

#define SWEEP "sweep:\n  parameters:\n    "

static const settings_check no_checks[] = {NULL};

/* Parses `text`, which must be right. */
static void parse(struct config *config, const char *text)
{
    struct error error = {0};
    enum status status = config_parse(config, "t.yaml", text, 0, NULL, &error);
    if (status)
        printf("\n%s", error.text);
    CU_ASSERT_EQUAL_FATAL(status, STATUS_OK);
    error_free(&error);
}

/* Whether the messages have `expected` in them; says so if not. */
static void expect(const struct error *error, const char *expected)
{
    const char *text = error->text ? error->text : "(none)\n";
    CU_ASSERT_PTR_NOT_NULL(strstr(text, expected));
    if (!strstr(text, expected))
        printf("\n  expected: %s\n  found: %s", expected, text);
}

/* Messages of `text`, which must be wrong, with every check. */
static void refuse(struct error *error, const char *text, const char *set)
{
    struct config config;
    struct space space;
    enum status status = config_parse(&config, "t.yaml", text, set != NULL, &set, error);
    if (status == STATUS_OK) {
        status = space_create(&space, &config, no_checks, error);
        config_free(&config);
    }
    CU_ASSERT_EQUAL(status, STATUS_USAGE);
    CU_ASSERT(error->count > 0);
}

static const struct {
    const char *text, *place, *words;
} mistakes[] = {
    {"unknown: 1", "t.yaml:1:1: ", "unknown parameter"},
    {"netwrok:\n  units: 3", "t.yaml:1:1: ", "did you mean network?"},
    {"network:\n  unit: 3", "t.yaml:2:3: ", "did you mean network.units?"},
    {"network: {units: 1}", "t.yaml:1:18: ", "a whole number from 2 to 20000"},
    {"network.units: 1", "t.yaml:1:16: ", "a whole number from 2 to 20000"},
    {"network: {units: }", "t.yaml:1:18: ", "found nothing"},
    {"network: {units: [1, 2]}", "t.yaml:1:18: ", "found '[1, 2]'"},
    {"network: 5", "t.yaml:1:1: ", "is a section"},
    {"network: {gain: 1, gain: 2}", "t.yaml:1:20: ", "network.gain: found twice"},
    {"network: {gain: 1}\nnetwork.gain: 2", "t.yaml:2:1: ", "stands in line 1"},
    {"network: {gain: 1}\nnetwork: {units: 9}", "t.yaml:2:1: ", "network: found twice"},
    {"task: first\ntask.name: second", "t.yaml:2:1: ", "task.name: found twice"},
    {"task: {count: 3}", "t.yaml:1:8: ", "unknown to task first"},
    {"rule: {start: {r1 d1: 1, r2 d2: x}}", "t.yaml:1:33: ", "found 'x'"},
    {"rule: {start: {a: 1, a: 2}}", "t.yaml:1:22: ", "found twice"},
    {"rule: {terms: ['a,b']}", "t.yaml:1:15: ", "found 'a,b'"},
    {"rule: {learn: [theta, {a: 1}]}", "t.yaml:1:15: ", "allowed: a list of theta"},
    {"meta: {optimizer: adm}", "t.yaml:1:19: ", "did you mean adam?"},
    {"[1, 2]", "t.yaml:1:1: ", "found no map"},
    {"network: {[1]: 2}", "t.yaml:1:11: ", "found a key"},
    {"network:\n\tunits: 3", "t.yaml:2:1: ", "indent with spaces"},
    {"network: {units: 3", "t.yaml:2:1: ", "flow mapping that began in line 1"},
    {"a: \xff", "t.yaml:1:4: ", "not YAML"},
    {"seed: 1\n---\nseed: 2", "t.yaml:2:1: ", "second document"},
    {"seed: *one", "t.yaml:1:7: ", "found undefined alias"},
    {"network: &n {gain: *n}", "t.yaml:1:20: ", "found the alias *n in what it stands for"},
    {"network: {gain: &x 1, bias: *x, tau: *x}", "t.yaml:1:17: ", "such as 1 ms or 1 s"},
    {"network: {<<: {units: 3}}", "t.yaml:1:11: ", "merge key <<, allowed: the keys themselves"},
    {"\xEF\xBB\xBFseed: x\nnetwork: {}", "t.yaml:1:7: ", "found 'x'"},
    {"", "t.yaml:1:1: ", "such as task: dnms"},
    {"---\n", "t.yaml:1:1: ", "found nothing said"},
    {"{}", "t.yaml:1:1: ", "found nothing said"},
    {"network:\nmeta: {}\n", "t.yaml:1:1: ", "found nothing said"},
    {"seed: 9007199254740993", "t.yaml:1:7: ", "found '9007199254740993', allowed: a whole number"},
    {"record: {replay: [0, 9007199254740993, 0]}", "t.yaml:1:18: ", "found '9007199254740993'"},
    {SWEEP "network.gain: {values: [1, 2, 1.0]}", "t.yaml:3:5: ", "found 1 twice (values 1 and 3)"},
    {SWEEP "network.tau: {values: [0.1 s, 100 ms]}", "t.yaml:3:5: ", "found 100 ms twice"},
    {"sweep:\n  method: list\n  parameters:\n    network.gain: {values: [1, 2, 1]}\n"
     "    network.bias: {values: [1, 1, 1]}",
     "t.yaml:4:5: ", "found 1 twice (values 1 and 3)"},
    {SWEEP "network: {gain: {values: [1, x]}}", "t.yaml:3:34: ", "network.gain: found 'x'"},
    {SWEEP "network: {gian: {values: [1]}}", "t.yaml:3:15: ", "did you mean network.gain?"},
    {SWEEP "network: {gain: [1, 2]}", "t.yaml:3:21: ", "network.gain: found no map"},
    {SWEEP "network.gain: {values: [1]}\n    network: {gain: {values: [2]}}",
     "t.yaml:4:15: ", "network.gain: found twice in the sweep"},
    {"record: {replay: [0, 0]}", "t.yaml:1:18: ", "triples"},
    {"record: {replay: [0, 20, 0]}", "t.yaml:1:18: ", "below meta.iterations = 20"},
    {"record: {replay: [0, 0, 8]}", "t.yaml:1:18: ", "below meta.seeds = 8"},
    {"record: {replay: [1, 0, 0]}", "t.yaml:1:18: ", "candidate 1, allowed: 0 to 0"},
    {"sweep: 3", "t.yaml:1:8: ", "found no map"},
    {"sweep: {}", "t.yaml:1:8: ", "sweep.parameters: found none"},
    {"sweep: {metod: grid, parameters: {seed: {values: [1]}}}",
     "t.yaml:1:9: ", "did you mean method?"},
    {"sweep: {method: gird, parameters: {seed: {values: [1]}}}",
     "t.yaml:1:17: ", "did you mean grid?"},
    {"sweep: {method: random, parameters: {seed: {values: [1]}}}",
     "t.yaml:1:8: ", "sweep.samples: found none"},
    {"sweep: {samples: 3, parameters: {seed: {values: [1]}}}",
     "t.yaml:1:18: ", "with method random"},
    {"sweep: {method: random, samples: 0, parameters: {seed: {values: [1]}}}",
     "t.yaml:1:34: ", "from 1 to"},
    {"sweep: {repeats: 0}", "t.yaml:1:18: ", "from 1 to"},
    {"sweep: {repeats: 2, method: list}", "t.yaml:1:8: ", "sweep.parameters: found none"},
    {"sweep: {repeats: 2, parameters: {}}", "t.yaml:1:33: ", "sweep.parameters: found none"},
    {"sweep: {repeats: 2, parameters: {seed: {values: [1, 3]}}}",
     "t.yaml:1:18: ", "found in a sweep of seed"},
    {"sweep: {repeats: 600000, parameters: {network.gain: {values: [1, 2]}}}",
     "t.yaml:1:1: ", "more than 1000000 candidates"},
    {SWEEP "network.gian: {values: [1]}", "t.yaml:3:5: ", "did you mean network.gain?"},
    {"record: {replay: [[0, 1, 2], [0, 1, 2]]}", "t.yaml:1:18: ", "0-1-2 twice"},
    {SWEEP "name: {values: [a, b]}", "t.yaml:3:5: ", "speaks of the whole run"},
    {SWEEP "network: {values: [1]}", "t.yaml:3:5: ", "is a section"},
    {SWEEP "network.gain: [1]", "t.yaml:3:19: ", "{values: [...]}"},
    {SWEEP "network.gain: {values: []}", "t.yaml:3:28: ", "found no values"},
    {SWEEP "network.gain: {values: [1, x]}", "t.yaml:3:32: ", "found 'x'"},
    {SWEEP "network.gain: {valus: [1]}", "t.yaml:3:20: ", "did you mean values?"},
    {SWEEP "network.gain: {values: [1], max: 1}", "t.yaml:3:38: ", "beside values"},
    {SWEEP "network.gain: {min: 1, max: 2}", "t.yaml:3:19: ", "found no count"},
    {SWEEP "network.gain: {min: 1, count: 2}", "t.yaml:3:19: ", "no values or range"},
    {SWEEP "network.gain: {min: 2, max: 1, count: 2}", "t.yaml:3:33: ", "min < max"},
    {SWEEP "network.gain: {min: 1, max: 200, count: 2}", "t.yaml:3:33: ", "0 to 100"},
    {SWEEP "network.gain: {min: 1, max: 2, count: 1}", "t.yaml:3:43: ", "from 2 to"},
    {SWEEP "network.gain: {min: 0, max: 2, count: 3, distribution: log_uniform}",
     "t.yaml:3:25: ", "above 0"},
    {SWEEP "network.gain: {min: 0, max: 2, count: 3, distribution: normal}",
     "t.yaml:3:60: ", "uniform, log_uniform"},
    {SWEEP "rule.tau_e: {min: 1 ms, max: inf, count: 3}", "t.yaml:3:34: ", "finite"},
    {SWEEP "rule.tau_e: {min: 10 ms, max: 0.3, count: 3}", "t.yaml:3:35: ", "0.3 s (= 300 ms)"},
    {SWEEP "rule.tau_e: {values: [inf, 50]}", "t.yaml:3:32: ", "such as 50 ms or 50 s"},
    {SWEEP "task: {values: [first, second]}\n    task.delay: {values: [1]}",
     "t.yaml:4:5: ", "such as 1 ms or 1 s"},
    {SWEEP "network.phi: {min: 1, max: 2, count: 3}", "t.yaml:3:18: ", "a range of what"},
    {SWEEP "network.units: {min: 2, max: 4, count: 9}", "t.yaml:3:44: ", "3 whole numbers"},
    {SWEEP "network.gain: {values: [1]}\n    network.gain: {values: [2]}",
     "t.yaml:4:5: ", "found twice in the sweep"},
    {SWEEP "rule.start: {values: [{}]}\n    rule.start.r1 d1: {values: [2]}",
     "t.yaml:4:5: ", "found twice in the sweep"},
    {"sweep:\n  method: list\n  parameters:\n    network.gain: {values: [1, 2]}\n"
     "    network.bias: {values: [1]}",
     "t.yaml:5:5: ", "found 1 values, allowed: 2"},
    {"sweep:\n  method: random\n  samples: 3\n  parameters:\n"
     "    network.gain: {min: 1, max: 2, count: 3}",
     "t.yaml:5:43: ", "found count in a sweep of method random"},
    {"sweep:\n  samples: 3\n  parameters: {network.gain: {values: [1]}}",
     "t.yaml:2:12: ", "found with method grid, allowed: with method random"},
    {"task: {delay: 3 ms}\n" SWEEP "task: {values: [first, second]}",
     "t.yaml:1:8: ", "in the sweep"},
    {SWEEP "task: {values: [first, second]}\n    task.count: {values: [1]}",
     "t.yaml:4:5: ", "unknown to task first, allowed: name, delay, level, width (candidate 0)"},
    {SWEEP "network.units: {min: 2, max: 2000, count: 1500}\n"
           "    network.gain: {min: 1, max: 2, count: 1500}",
     "t.yaml:1:1: ", "more than 1000000 candidates"},
};

static void each_mistake_is_reported_at_its_place(void)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct error error = {0};
        refuse(&error, mistakes[i].text, NULL);
        expect(&error, mistakes[i].place);
        expect(&error, mistakes[i].words);
        CU_ASSERT_EQUAL(error.count, 1);
        if (error.count != 1)
            printf("\n  %s\n  %s", mistakes[i].text, error.text);
        error_free(&error);
    }
}

static void all_mistakes_are_reported_in_order_with_their_lines(void)
{
    struct error error = {0};
    refuse(&error,
           "# \xc3\xa9\nmeta: {seeds: 0}\nn\xc3\xa4me: {\xc3\xa4: 1}\nnetwork: {gain: x}\n"
           "seed: 1\nseed: 2\n",
           NULL);
    CU_ASSERT_STRING_EQUAL(
        error.text,
        "t.yaml:2:15: meta.seeds: found '0', allowed: a whole number from 1 to 1000000\n"
        "    meta: {seeds: 0}\n"
        "                  ^\n"
        "t.yaml:3:1: n\xc3\xa4me: unknown parameter; did you mean name?\n"
        "    n\xc3\xa4me: {\xc3\xa4: 1}\n"
        "    ^\n"
        "t.yaml:4:17: network.gain: found 'x', allowed: a number from 0 to 100\n"
        "    network: {gain: x}\n"
        "                    ^\n"
        "t.yaml:6:1: seed: found twice, allowed: once (it stands in line 5, too)\n"
        "    seed: 2\n"
        "    ^\n");
    error_free(&error);
}

static void overrides_come_after_the_file(void)
{
    static const char *const sets[] = {"network.units=31", "rule.start.r1 d0=2",
                                       "rule.learn=[theta, tau_e]", "task = second",
                                       " task.count =\t5"};
    struct config config;
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(config_parse(&config, "t.yaml",
                                       "network: {units: 9}\ntask: {delay: 7 ms}", 5, sets, &error),
                          STATUS_OK);
    CU_ASSERT_EQUAL(config.base.network.units, 31);
    CU_ASSERT_EQUAL(settings_number(&config.base, "rule.start.r3 d3"), -1);
    CU_ASSERT_EQUAL(settings_number(&config.base, "rule.start.r1 d0"), 2);
    CU_ASSERT_EQUAL(config.base.rule.learn.count, 2);
    CU_ASSERT_EQUAL(config.base.task.kind, 1);
    CU_ASSERT_EQUAL(settings_number(&config.base, "task.count"), 5);
    CU_ASSERT_EQUAL(settings_number(&config.base, "task.delay"), 7);
    config_complain(&config, &error, "network.units", "too many");
    CU_ASSERT_STRING_EQUAL(error.text, "--set network.units: too many\n");
    error_free(&error);
    config_free(&config);
}

static void wrong_overrides_are_named(void)
{
    static const struct {
        const char *set, *words;
    } cases[] = {
        {"network.units", "--set network.units: allowed: --set NAME=VALUE"},
        {"=3", "--set =3: "},
        {"network.units=x", "--set network.units=x: found 'x', allowed: a whole number"},
        {"network.unit=3", "did you mean network.units?"},
        {"network.gain=3", "t.yaml:1 sweeps"},
        {" =3", "allowed: --set NAME=VALUE"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        refuse(&error, "sweep: {parameters: {network.gain: {values: [1]}}}", cases[i].set);
        expect(&error, cases[i].words);
        CU_ASSERT_EQUAL(error.count, 1);
        error_free(&error);
    }
}

static void files_are_read_or_refused(void)
{
    struct config config;
    struct error error = {0};
    CU_ASSERT_EQUAL(config_read(&config, "/nowhere/a.yaml", 0, NULL, &error), STATUS_USAGE);
    expect(&error, "/nowhere/a.yaml: No such file");
    CU_ASSERT_EQUAL(config_read(&config, "/tmp", 0, NULL, &error), STATUS_USAGE);
    expect(&error, "/tmp: Is a directory");
    CU_ASSERT_EQUAL(config_read(&config, "/dev/null", 0, NULL, &error), STATUS_USAGE);
    expect(&error, "/dev/null:1:1: found nothing said");
    CU_ASSERT_EQUAL(config_read(&config, "/dev/zero", 0, NULL, &error), STATUS_USAGE);
    error_free(&error);
}

static void what_is_not_written_is_the_default(void)
{
    static const char *const texts[] = {"task: first", "# nothing\n---\nseed: 0\n",
                                        "\xEF\xBB\xBFseed: 0\nnetwork:\nmeta: {}\n"};
    struct settings defaults;
    settings_defaults(&defaults);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct config config;
        struct space space;
        parse(&config, texts[i]);
        CU_ASSERT_EQUAL(memcmp(&config.base, &defaults, sizeof defaults), 0);
        CU_ASSERT_EQUAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
        CU_ASSERT_EQUAL(space.candidates, 1);
        config_free(&config);
    }
}

static void resolved_settings_read_back_to_the_same_bytes(void)
{
    struct config config, again;
    parse(&config, "name: 'a \"b\" \\ # c: d'\n"
                   "seed: 7\n"
                   "task: {count: 4, name: second}\n"
                   "network: {units: 50, gain: 1.2345678901234567, clamped: {1: 1, 11: -1}}\n"
                   "rule: {terms: [r1 d1, r3 d3], start: {r1 d1: 0.1}, tau_e: 0.3 s, learn: []}\n"
                   "learning: {clip: 3e-4}\n"
                   "meta: {optimizer: sgd, l1: 1e-300}\n"
                   "record: {weights: last, replay: [[0, 1, 2], [0, 2, 3]]}\n");
    char *text = settings_print(&config.base, true);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    parse(&again, text);
    CU_ASSERT_EQUAL(memcmp(&again.base, &config.base, sizeof again.base), 0);
    CU_ASSERT_EQUAL(again.base.network.gain, 1.2345678901234567);
    CU_ASSERT_EQUAL(again.base.meta.optimizer.name, 1);
    CU_ASSERT_EQUAL(again.base.rule.start.count, 1);
    free(text);
    config_free(&config);
    config_free(&again);
}

static void times_of_older_archives_need_no_unit(void)
{
    static const char *const text =
        "record:\n  checkpoint: 10\nsweep:\n  method: random\n  samples: 9\n  parameters:\n"
        "    rule.tau_e: {min: 20, max: 40, distribution: uniform}\n"
        "    network.gain: {values: [1, 1]}\n"
        "    task.name: {values: [first, second]}\n    task.delay: {values: [7, 7.5]}\n";
    struct config config;
    struct space space;
    CU_ASSERT_EQUAL(config_parse(&config, "t.h5", text, 0, NULL, NULL), STATUS_USAGE);
    CU_ASSERT_EQUAL_FATAL(config_parse_resolved(&config, "t.h5", text, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
    for (int64_t c = 0; c < 9; c++) {
        struct settings settings;
        space_settings(&space, c, &settings);
        CU_ASSERT(settings.rule.tau_e >= 20 && settings.rule.tau_e <= 40);
        CU_ASSERT_EQUAL(settings.record.checkpoint, 10);
        CU_ASSERT(fabs(settings_number(&settings, "task.delay") - 7.25) == 0.25);
    }
    config_free(&config);
}

static void nested_names_of_a_sweep_are_dotted_names(void)
{
    static const char *const name[] = {"network.gain",        "meta.optimizer.name",
                                       "meta.optimizer.rate", "rule.start.r3 d3",
                                       "task.name",           "network.bias"};
    struct config config;
    struct space space;
    parse(&config, SWEEP "network: {gain: {values: [1, 2]}}\n"
                         "    meta: {optimizer: {name: {values: [sgd]}, rate: {values: [0.5]}}}\n"
                         "    rule.start: {r3 d3: {values: [-2]}}\n"
                         "    task: {values: [first, second]}\n"
                         "    network.bias: {values: [0]}\n");
    CU_ASSERT_EQUAL_FATAL(config.sweep.axes, 6);
    for (int a = 0; a < 6; a++)
        CU_ASSERT_STRING_EQUAL(config.sweep.axis[a].name, name[a]);
    CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(space.candidates, 4);
    config_free(&config);
}

/* Each of these took more than a minute once. */
/* Seconds; a sanitizer looks at every byte. */
#ifdef __SANITIZE_ADDRESS__
enum { AT_ONCE = 30 };
#else
enum { AT_ONCE = 1 };
#endif

static void texts_without_end_are_refused_at_once(void)
{
    static const struct {
        const char *start, *again, *words;
    } cases[] = {
        {"", "[", "inside of each other"},
        {"network: ", "{a: ", "inside of each other"},
        {"", "- ", "inside of each other"},
        {"a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n", "b: [*a, *a]\n", "more than 5000 keys"},
        {"a: &a {b: 1, c: 1, d: 1}\ne: [", "*a, ", "not YAML"},
        {"", "a: &a 1\n", "found 100 anchors"},
        {"", "a: 1\n", "more than 5000 keys"},
        {"sweep:\n  parameters:\n", "    seed: {values: [1]}\n", "more than 5000 keys"},
    };
    enum { TIMES = 200000 };
    char *text = malloc(32 * TIMES + 64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        char *at = stpcpy(text, cases[i].start);
        for (int k = 0; k < TIMES; k++)
            at = stpcpy(at, cases[i].again);
        clock_t begin = clock();
        refuse(&error, text, NULL);
        CU_ASSERT((double)(clock() - begin) / CLOCKS_PER_SEC < AT_ONCE);
        expect(&error, cases[i].words);
        error_free(&error);
    }
    free(text);
}

/* Nine levels of nine aliases each would be 400 million values. */
static void aliases_of_aliases_are_bounded(void)
{
    char text[1024] = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    for (int level = 1; level < 9; level++)
        for (int i = 0; i <= 9; i++)
            sprintf(text + strlen(text),
                    i == 0  ? "a%d: &a%d ["
                    : i < 9 ? "*a%d, "
                            : "*a%d]\n",
                    i == 0 ? level : level - 1, level);
    struct error error = {0};
    clock_t begin = clock();
    refuse(&error, text, NULL);
    CU_ASSERT((double)(clock() - begin) / CLOCKS_PER_SEC < 1);
    expect(&error, "more than 4194304 keys and values");
    error_free(&error);
}

static void aliases_stand_for_what_is_anchored(void)
{
    struct config config, written;
    struct space space;
    parse(&config, "network: {gain: &g 1.3, bias: *g}\n"
                   "rule: {start: &s {r1 d1: 2}}\n"
                   "sweep: {parameters: {rule.start: {values: [*s, {}]}, network.dt: &d {values: "
                   "[&t 1 ms, 2 ms]}, network.tau: {values: [*t, 9 ms]}}}\n");
    parse(&written, "network: {gain: 1.3, bias: 1.3}\n"
                    "rule: {start: {r1 d1: 2}}\n");
    CU_ASSERT_EQUAL(memcmp(&config.base, &written.base, sizeof config.base), 0);
    CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(space.candidates, 8);
    CU_ASSERT_STRING_EQUAL(config.sweep.axis[0].value[0], "{r1 d1: 2}");
    CU_ASSERT_STRING_EQUAL(config.sweep.axis[2].value[0], "1 ms");
    config_free(&config);
    config_free(&written);
}

static void expect_value(const struct space *space, int64_t index, int axis, const char *expected)
{
    char text[SETTINGS_VALUE];
    space_value(space, index, axis, text);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void in_a_grid_the_last_axis_varies_fastest(void)
{
    struct config config;
    struct space space;
    struct settings settings;
    parse(&config, SWEEP "rule.start: {values: [{r3 d3: -1}, {r1 d1: 2}]}\n"
                         "    learning.rate: {min: 0.01, max: 1, count: 3, "
                         "distribution: log_uniform}\n"
                         "    network.units: {min: 2, max: 10, count: 2}\n");
    CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(space.candidates, 12);
    expect_value(&space, 0, 0, "{r3 d3: -1}");
    expect_value(&space, 6, 0, "{r1 d1: 2}");
    expect_value(&space, 0, 1, "0.01");
    expect_value(&space, 3, 1, "0.1");
    expect_value(&space, 5, 1, "1");
    expect_value(&space, 0, 2, "2");
    expect_value(&space, 1, 2, "10");
    space_settings(&space, 9, &settings);
    CU_ASSERT_EQUAL(settings_number(&settings, "rule.start.r1 d1"), 2);
    CU_ASSERT_EQUAL(settings.learning.rate, 0.1);
    CU_ASSERT_EQUAL(settings.network.units, 10);
    config_free(&config);
}

static void a_list_takes_values_side_by_side(void)
{
    struct config config;
    struct space space;
    parse(&config, "sweep:\n  method: list\n  parameters:\n"
                   "    task.delay: {values: [1 ms, 2 ms, 3 ms]}\n"
                   "    task: {values: [first, second, first]}\n");
    CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(space.candidates, 3);
    struct settings settings;
    space_settings(&space, 1, &settings);
    CU_ASSERT_EQUAL(settings.task.kind, 1);
    CU_ASSERT_EQUAL(settings_number(&settings, "task.delay"), 2);
    CU_ASSERT_EQUAL(settings_number(&settings, "task.count"), 3);
    config_free(&config);
}

/* Whatever the method: each candidate has one of the values, or a number within the range. */
static void every_method_stays_within_the_axes(void)
{
    static const char *const ranges[] = {"count: 4, ", ""};
    for (int m = 0; sweep_methods[m]; m++) {
        struct config config;
        struct space space;
        char text[512];
        bool draws = sweep_methods[m]->draws;
        bool chooses = strcmp(sweep_methods[m]->name, "cmaes") != 0; // else ranges only
        snprintf(text, sizeof text,
                 "seed: 5\nsweep:\n  method: %s\n%s  parameters:\n"
                 "    network.gain: {%smin: 1, max: 2}\n"
                 "    network.units: {%smin: 10, max: 13}\n"
                 "%s",
                 sweep_methods[m]->name, draws ? "  samples: 20\n" : "", ranges[draws],
                 ranges[draws],
                 chooses ? "    network.bias: {values: [0.25, 0.5, 0.75, 1]}\n" : "");
        parse(&config, text);
        CU_ASSERT_PTR_EQUAL(config.sweep.method, sweep_methods[m]);
        CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
        CU_ASSERT(draws ? space.candidates == 20 : space.candidates >= 4);
        int same = 0;
        for (int64_t c = 0; c < space.candidates; c++) {
            struct settings settings, before;
            space_settings(&space, c, &settings);
            space_settings(&space, c ? c - 1 : space.candidates - 1, &before);
            same += memcmp(&settings, &before, sizeof settings) == 0;
            CU_ASSERT(settings.network.gain >= 1 && settings.network.gain <= 2);
            CU_ASSERT(settings.network.units >= 10 && settings.network.units <= 13);
            CU_ASSERT_EQUAL(fmod(settings.network.bias, 0.25), 0);
        }
        CU_ASSERT_EQUAL(same, 0);
        config_free(&config);
    }
}

/* Whatever the method: candidate c has what candidate c / R has without, and repeat 0 its seed. */
static void repeats_differ_by_their_seed_only(void)
{
    enum { REPEATS = 3 };
    for (int m = 0; sweep_methods[m]; m++) {
        struct config config[2];
        struct space space[2];
        bool draws = sweep_methods[m]->draws;
        if (sweep_methods[m]->learn)
            continue;
        for (int i = 0; i < 2; i++) {
            char text[512];
            snprintf(text, sizeof text,
                     "seed: 5\nsweep:\n  method: %s\n%s%s  parameters:\n"
                     "    network.gain: {%smin: 1, max: 2}\n"
                     "    network.bias: {values: [0.25, 0.5, 0.75, 1]}\n",
                     sweep_methods[m]->name, draws ? "  samples: 9\n" : "",
                     i ? "  repeats: 3\n" : "", draws ? "" : "count: 4, ");
            parse(&config[i], text);
            CU_ASSERT_EQUAL_FATAL(space_create(&space[i], &config[i], no_checks, NULL), STATUS_OK);
        }
        CU_ASSERT_EQUAL_FATAL(space[1].candidates, REPEATS * space[0].candidates);
        int64_t seed[REPEATS] = {5};
        for (int64_t c = 0; c < space[1].candidates; c++) {
            struct settings once, repeat;
            space_settings(&space[0], c / REPEATS, &once);
            space_settings(&space[1], c, &repeat);
            if (c < REPEATS)
                seed[c] = c ? repeat.seed : seed[c];
            CU_ASSERT_EQUAL(repeat.seed, seed[c % REPEATS]);
            repeat.seed = once.seed;
            CU_ASSERT_EQUAL(memcmp(&once, &repeat, sizeof once), 0);
        }
        CU_ASSERT(seed[1] != 5 && seed[2] != 5 && seed[1] != seed[2]);
        CU_ASSERT(seed[1] >= 0 && seed[1] < (int64_t)1 << 53);
        config_free(&config[0]);
        config_free(&config[1]);
    }
}

static void random_draws_are_reproducible_and_in_range(void)
{
    static const char *const format =
        "seed: %d\nsweep:\n  method: random\n  samples: 200\n  parameters:\n"
        "    network.gain: {min: 1, max: 2}\n"
        "    learning.rate: {min: 1e-3, max: 1, distribution: log_uniform}\n"
        "    network.units: {min: 10, max: 12}\n"
        "    network.phi: {values: [tanh, relu]}\n";
    struct config config[3];
    struct space space[3];
    for (int i = 0; i < 3; i++) {
        char text[512];
        snprintf(text, sizeof text, format, i / 2);
        parse(&config[i], text);
        CU_ASSERT_EQUAL_FATAL(space_create(&space[i], &config[i], no_checks, NULL), STATUS_OK);
    }
    CU_ASSERT_EQUAL(space[0].candidates, 200);
    int small = 0, relu = 0, units[3] = {0}, other = 0;
    for (int64_t c = 0; c < 200; c++) {
        struct settings one, same, different;
        space_settings(&space[0], c, &one);
        space_settings(&space[1], c, &same);
        space_settings(&space[2], c, &different);
        CU_ASSERT_EQUAL(memcmp(&one, &same, sizeof one), 0);
        other += one.network.gain != different.network.gain;
        CU_ASSERT(one.network.gain >= 1 && one.network.gain <= 2);
        CU_ASSERT(one.learning.rate >= 1e-3 && one.learning.rate <= 1);
        CU_ASSERT_FATAL(one.network.units >= 10 && one.network.units <= 12);
        small += one.learning.rate < 0.0316;
        relu += one.network.phi == PHI_RELU;
        units[one.network.units - 10]++;
    }
    CU_ASSERT_EQUAL(other, 200);
    /* Half, half and thirds of 200, within about four standard deviations. */
    CU_ASSERT(small > 70 && small < 130);
    CU_ASSERT(relu > 70 && relu < 130);
    for (int i = 0; i < 3; i++)
        CU_ASSERT(units[i] > 38 && units[i] < 96);
    for (int i = 0; i < 3; i++)
        config_free(&config[i]);
}

/* More than are told, before the one without which there would be axes. */
static void mistake_101_counts_too(void)
{
    char text[2000], *end = stpcpy(text, "network: {gain: 1");
    struct config config;
    struct error error = {0};
    for (int i = 0; i < 100; i++)
        end += sprintf(end, ", x%d: 1", i);
    strcpy(end, "}\nsweep: {method: tpe, samples: 8}\n");
    CU_ASSERT_EQUAL(config_parse(&config, "t.yaml", text, 0, NULL, &error), STATUS_USAGE);
    CU_ASSERT_EQUAL(error.count, 100);
    error_free(&error);
}

static void check_units(const struct settings *settings, struct settings_problems *problems)
{
    if (settings->network.units % 2)
        settings_problem(problems, "network.units", "found an odd number");
    if (settings->network.gain > 5)
        settings_problem(problems, "network.gain", "found more than 5");
}

static void mistakes_of_candidates_are_reported_once_at_their_key(void)
{
    static const settings_check checks[] = {check_units, NULL};
    struct config config;
    struct space space;
    struct error error = {0};
    parse(&config, "network:\n  gain: 6\n" SWEEP "network.units: {values: [4, 5, 7]}\n");
    CU_ASSERT_EQUAL(space_create(&space, &config, checks, &error), STATUS_USAGE);
    CU_ASSERT_EQUAL(error.count, 2);
    expect(&error, "t.yaml:2:9: network.gain: found more than 5 (candidate 0)\n      gain: 6\n");
    expect(&error, "t.yaml:5:5: network.units: found an odd number (candidate 1)\n");
    config_complain(&config, &error, "network.tau", "message");
    expect(&error, "t.yaml:1:1: network.tau: message");
    config_complain(&config, &error, "meta.seeds", "message");
    expect(&error, "t.yaml: meta.seeds: message");
    error_free(&error);
    config_free(&config);
}

static void presets_go_first_wherever_they_stand(void)
{
    struct config config;
    struct space space;
    struct settings settings;
    parse(&config, "rule: {start: {r1 d1: -2}, preset: maoutsa-d2}\n" SWEEP
                   "rule.terms: {values: ['[all]', '[r1 d1]']}");
    CU_ASSERT_EQUAL(config.base.rule.degree, 2);
    CU_ASSERT_EQUAL(settings_number(&config.base, "rule.start.r1 d1"), -2);
    config_free(&config);
    parse(&config, SWEEP "rule.start: {values: [{r2 d1: 1}]}\n    "
                         "rule.preset: {values: [miconi, covariance]}");
    CU_ASSERT_EQUAL_FATAL(space_create(&space, &config, no_checks, NULL), STATUS_OK);
    space_settings(&space, 0, &settings);
    CU_ASSERT_EQUAL(settings.rule.degree, 3);
    CU_ASSERT_EQUAL(settings_number(&settings, "rule.start.r2 d1"), 1);
    space_settings(&space, 1, &settings);
    CU_ASSERT_EQUAL(settings.rule.degree, 1);
    CU_ASSERT_EQUAL(settings_number(&settings, "rule.start.r2 d1"), 1);
    config_free(&config);
}

void test_reading(void)
{
    CU_pSuite suite = CU_add_suite("config", specimen_two_tasks, specimen_real_tasks);
    CU_ADD_TEST(suite, each_mistake_is_reported_at_its_place);
    CU_ADD_TEST(suite, all_mistakes_are_reported_in_order_with_their_lines);
    CU_ADD_TEST(suite, overrides_come_after_the_file);
    CU_ADD_TEST(suite, wrong_overrides_are_named);
    CU_ADD_TEST(suite, files_are_read_or_refused);
    CU_ADD_TEST(suite, what_is_not_written_is_the_default);
    CU_ADD_TEST(suite, nested_names_of_a_sweep_are_dotted_names);
    CU_ADD_TEST(suite, texts_without_end_are_refused_at_once);
    CU_ADD_TEST(suite, resolved_settings_read_back_to_the_same_bytes);
    CU_ADD_TEST(suite, aliases_of_aliases_are_bounded);
    CU_ADD_TEST(suite, aliases_stand_for_what_is_anchored);
    CU_ADD_TEST(suite, times_of_older_archives_need_no_unit);
    CU_ADD_TEST(suite, in_a_grid_the_last_axis_varies_fastest);
    CU_ADD_TEST(suite, a_list_takes_values_side_by_side);
    CU_ADD_TEST(suite, every_method_stays_within_the_axes);
    CU_ADD_TEST(suite, repeats_differ_by_their_seed_only);
    CU_ADD_TEST(suite, random_draws_are_reproducible_and_in_range);
    CU_ADD_TEST(suite, mistake_101_counts_too);
    CU_ADD_TEST(suite, mistakes_of_candidates_are_reported_once_at_their_key);
    CU_ADD_TEST(suite, presets_go_first_wherever_they_stand);
}
