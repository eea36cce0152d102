/* What is special in some tasks: published steps, answers, judgements. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/lifetime.h"
#include "specimen.h"

void test_task_special(void);

/* First and last step at which line `line` of `array` is not 0. */
static void check_span(const double *array, int lines, int line, int steps, int first, int last)
{
    for (int n = 0; n < steps; n++)
        CU_ASSERT_EQUAL(array[n * lines + line] != 0, n >= first && n <= last);
}

/* Steps of the published program, counted from 0. */
static void dnms_has_the_published_steps(void)
{
    struct specimen specimen;
    specimen_make(&specimen, "dnms", "1");
    CU_ASSERT_EQUAL(specimen.shape.steps, 1000);
    for (int h = 0; h < 12; h++) {
        specimen_draw(&specimen, 7, (uint64_t)h);
        int first = specimen.trial.type / 2, second = specimen.trial.type % 2;
        CU_ASSERT_EQUAL(specimen.trial.type, h % 4);
        check_span(specimen.trial.window, 1, 0, 1000, 800, 999);
        if (first != second) {
            check_span(specimen.trial.input, 2, first, 1000, 1, 200);
            check_span(specimen.trial.input, 2, second, 1000, 400, 599);
        } else {
            check_span(specimen.trial.input, 2, 1 - first, 1000, 1, 0);
        }
        CU_ASSERT_EQUAL(specimen.trial.target[900], first != second ? 0.98 : -0.98);
        CU_ASSERT_EQUAL(specimen.trial.input[100 * 2 + first], 1);
        CU_ASSERT_EQUAL(specimen.trial.input[500 * 2 + second], 1);
    }
    specimen_drop(&specimen);
}

static void context_has_the_published_steps(void)
{
    static const int attended[] = {0, 1, 0, 1}, sign[] = {1, 1, -1, -1};
    struct specimen specimen;
    double mean = 0, square = 0;
    int same_sign = 0;
    specimen_make(&specimen, "context", "1");
    CU_ASSERT_EQUAL(specimen.shape.steps, 700);
    for (int h = 0; h < 200; h++) {
        specimen_draw(&specimen, 7, (uint64_t)h);
        int type = specimen.trial.type, line = attended[type];
        double ignored = 0;
        CU_ASSERT_EQUAL(type, h % 4);
        check_span(specimen.trial.input, 4, 0, 700, 1, 500);
        check_span(specimen.trial.input, 4, 1, 700, 1, 500);
        check_span(specimen.trial.input, 4, 2 + line, 700, 0, 699);
        check_span(specimen.trial.input, 4, 3 - line, 700, 1, 0);
        check_span(specimen.trial.window, 1, 0, 700, 500, 699);
        CU_ASSERT_EQUAL(specimen.trial.target[600], sign[type]);
        for (int n = 1; n <= 500; n++) {
            double u = sign[type] * specimen.trial.input[n * 4 + line];
            mean += u / (200 * 500), square += u * u / (200 * 500);
            ignored += sign[type] * specimen.trial.input[n * 4 + 1 - line];
        }
        same_sign += ignored > 0;
    }
    // 0.5 (N(0, 1) + 0.5), 10^5 samples: standard errors of 0.0016 and about 0.001.
    CU_ASSERT(fabs(mean - 0.25) < 0.01);
    CU_ASSERT(fabs(sqrt(square - mean * mean) - 0.5) < 0.01);
    CU_ASSERT(same_sign > 70 && same_sign < 130);
    specimen_drop(&specimen);
}

static void xor_is_the_parity_of_the_cues(void)
{
    struct specimen specimen;
    specimen_choose(&specimen, "xor", "1");
    specimen_set(&specimen, "task.cues", "3");
    specimen_take(&specimen);
    CU_ASSERT_EQUAL(specimen.shape.types, 8);
    for (int type = 0; type < 8; type++) {
        int plus = 0;
        specimen_prototype(&specimen, type);
        for (int c = 0; c < 3; c++)
            plus += specimen.trial.input[(200 * c + 50) * 2] > 0;
        CU_ASSERT_EQUAL(specimen.trial.target[specimen.shape.steps - 1], plus % 2 ? 1 : -1);
    }
    specimen_drop(&specimen);
}

static void reversal_swaps_the_answers_after_each_block(void)
{
    struct specimen specimen;
    specimen_choose(&specimen, "reversal", "1");
    specimen_set(&specimen, "task.block", "10");
    specimen_take(&specimen);
    for (uint64_t h = 0; h < 40; h++) {
        specimen_draw(&specimen, 2, h);
        bool plus = (specimen.trial.type == 0) == (h / 10 % 2 == 0);
        CU_ASSERT_EQUAL(specimen.trial.target[specimen.shape.steps - 1], plus ? 1 : -1);
    }
    specimen_drop(&specimen);
}

static void flipflop_holds_the_last_pulse(void)
{
    struct specimen specimen;
    specimen_make(&specimen, "flipflop", "1");
    for (uint64_t h = 0; h < 20; h++) {
        double held[3] = {0};
        specimen_draw(&specimen, 2, h);
        for (int n = 0; n < specimen.shape.steps; n++)
            for (int b = 0; b < 3; b++) {
                double pulse = specimen.trial.input[n * 3 + b];
                held[b] = pulse != 0 ? pulse : held[b];
                CU_ASSERT_EQUAL(specimen.trial.target[n * 3 + b], held[b]);
            }
    }
    specimen_drop(&specimen);
}

static void readysetgo_crosses_zero_after_the_interval(void)
{
    struct specimen specimen;
    specimen_choose(&specimen, "readysetgo", "1");
    specimen_set(&specimen, "task.gain", "1.5");
    specimen_take(&specimen);
    for (int type = 0; type < 5; type++) {
        int ready = 0, set = 0, go = 0;
        specimen_prototype(&specimen, type);
        while (specimen.trial.input[ready * 3 + 1] == 0)
            ready++;
        while (specimen.trial.input[set * 3 + 2] == 0)
            set++;
        while (specimen.trial.target[go] < 0)
            go++;
        CU_ASSERT_EQUAL(set - ready, 800 + 175 * type);
        CU_ASSERT(abs(2 * (go - set) - 3 * (set - ready)) <= 2);
        CU_ASSERT(specimen.trial.window[set] == 1 && specimen.trial.window[set - 1] == 0);
    }
    specimen_drop(&specimen);
}

/* The target itself is right; a step late beyond the tolerance, or the other sign, is wrong. */
static void tasks_judge_their_own_trials(void)
{
    struct specimen specimen;
    specimen_make(&specimen, "flipflop", "1");
    specimen_draw(&specimen, 2, 0);
    double *output = calloc(specimen_targets(&specimen), sizeof *output);
    for (size_t s = 0; s < specimen_targets(&specimen); s++)
        output[s] = 0.1 * specimen.trial.target[s];
    const struct task *task = task_of(&specimen.settings);
    CU_ASSERT_TRUE(task->correct(&specimen.trial, output, &specimen.shape, &specimen.settings));
    for (size_t s = 1; s < specimen_targets(&specimen); s += 3)
        output[s] *= -1;
    CU_ASSERT_FALSE(task->correct(&specimen.trial, output, &specimen.shape, &specimen.settings));
    free(output);
    specimen_drop(&specimen);

    specimen_make(&specimen, "readysetgo",
                  "1"); // shortest interval 800 ms: set at 900, go at 1700 +- 185
    specimen_prototype(&specimen, 0);
    task = task_of(&specimen.settings);
    CU_ASSERT_TRUE(
        task->correct(&specimen.trial, specimen.trial.target, &specimen.shape, &specimen.settings));
    static const int go[] = {1514, 1515, 1885, 1886, 5000};
    output = calloc(specimen_targets(&specimen), sizeof *output);
    for (int i = 0; i < 5; i++) {
        for (int n = 0; n < specimen.shape.steps; n++)
            output[n] = n >= go[i] ? 1 : -1;
        CU_ASSERT_EQUAL(task->correct(&specimen.trial, output, &specimen.shape, &specimen.settings),
                        i == 1 || i == 2);
    }
    free(output);
    specimen_drop(&specimen);
}

static void trials_come_from_the_table(void)
{
    struct specimen specimen;
    bool seen[5] = {false};
    specimen_make(&specimen, "file", "1");
    for (uint64_t h = 0; h < 100; h++) {
        specimen_draw(&specimen, 1, h);
        int row = (int)specimen.trial.input[0] - 1;
        seen[row] = true;
        CU_ASSERT_EQUAL(specimen.trial.type, specimen_type[row]);
        CU_ASSERT_EQUAL(specimen.trial.target[3], specimen_type[row] - 1);
        CU_ASSERT(specimen.trial.window[3] == 1 && specimen.trial.window[2] == 0);
    }
    CU_ASSERT(seen[0] && seen[1] && seen[2] && seen[3] && seen[4]);
    specimen_prototype(&specimen, 2);
    CU_ASSERT_EQUAL(specimen.trial.input[0], 1);
    specimen_prototype(&specimen, 1);
    CU_ASSERT_EQUAL(specimen.trial.input[0], 3);
    specimen_set(&specimen, "task.shuffle", "0");
    for (uint64_t h = 0; h < 10; h++) {
        specimen_draw(&specimen, 1, h);
        CU_ASSERT_EQUAL(specimen.trial.input[0], 1.0 + (double)(h % 5));
    }
    specimen_drop(&specimen);
}

static void dnms_with_a_negative_target_asks_for_a_match(void)
{
    struct specimen specimen;
    specimen_choose(&specimen, "dnms", "1");
    specimen_set(&specimen, "task.target", "-1");
    specimen_take(&specimen);
    for (int type = 0; type < 4; type++) {
        specimen_prototype(&specimen, type);
        CU_ASSERT_EQUAL(specimen.trial.target[900], type == 0 || type == 3 ? 1 : -1);
    }
    specimen_drop(&specimen);
}

/* One level of coherence and 0, trials of 10 steps without noise: quickly learned by gradient. */
static void choose_coherence_0(struct specimen *specimen)
{
    static const char *const set[][2] = {
        {"task.levels", "1"},          {"task.zero", "1"},           {"task.noise", "0"},
        {"task.fixation", "0"},        {"task.stimulus", "20 ms"},   {"task.response", "20 ms"},
        {"network.units", "20"},       {"exploration.kind", "none"}, {"rule.family", "bptt"},
        {"network.input_gain", "5"},   {"bptt.rate", "0.01"},        {"bptt.batch", "1"},
        {"learning.trials", "400"},    {"learning.warmup", "0"},     {"rule.learn", "[]"},
        {"learning.reward", "square"},
    };
    specimen_choose(specimen, "perceptual", "4");
    for (size_t k = 0; k < sizeof set / sizeof *set; k++)
        specimen_set(specimen, set[k][0], set[k][1]);
}

/* The types of a lifetime's trials. */
static bool note_type(void *context, const struct lifetime *lifetime, int h)
{
    ((int *)context)[h] = lifetime->trial.task.type;
    return true;
}

/* Both answers to coherence 0 are taught, neither is judged. */
static void coherence_0_teaches_but_does_not_count(void)
{
    enum { TRIALS = 400, LAST = TRIALS / 4 };
    struct specimen specimen;
    struct lifetime lifetime;
    int type[TRIALS], place[TRIALS], counted = 0, late = 0, right = 0, criterion = -1;
    choose_coherence_0(&specimen);
    CU_ASSERT_EQUAL_FATAL(
        lifetime_create(&lifetime, &specimen.settings, (struct lifetime_gradient){0}, false, NULL),
        STATUS_OK);
    CU_ASSERT_EQUAL(lifetime.shape.types, 4);
    lifetime_run(&lifetime, 3, NULL, &(struct lifetime_observer){type, note_type, NULL});
    for (int h = 0; h < TRIALS; h++) {
        CU_ASSERT_EQUAL(type[h] >= 2, lifetime.correct[h] == LIFETIME_UNCOUNTED);
        if (type[h] >= 2)
            continue;
        place[counted++] = h;
        late += h >= TRIALS - LAST;
        right += h >= TRIALS - LAST && lifetime.correct[h];
    }
    for (int end = 100, sum; criterion < 0 && end <= counted; end++) {
        sum = 0;
        for (int k = end - 100; k < end; k++)
            sum += lifetime.correct[place[k]];
        criterion = sum > 95 ? place[end - 1] + 1 : -1;
    }
    CU_ASSERT(late > 20 && late < 80);
    CU_ASSERT_EQUAL(lifetime.accuracy, (double)right / late);
    CU_ASSERT_EQUAL(lifetime.trials_to_criterion, criterion);
    CU_ASSERT(criterion > 102);
    CU_ASSERT_EQUAL(lifetime.frozen_accuracy, 1);
    lifetime_free(&lifetime);
}

static void a_path_is_refused_for_other_tasks(void)
{
    struct specimen specimen;
    struct settings_problems problems = {0};
    specimen_choose(&specimen, "dnms", "1");
    specimen_set(&specimen, "task.path", "trials.h5");
    task_check(&specimen.settings, &problems);
    CU_ASSERT_EQUAL(problems.count, 1);
    CU_ASSERT_STRING_EQUAL(problems.problem[0].name, "task.path");
}

void test_task_special(void)
{
    specimen_start();
    CU_pSuite suite = CU_add_suite("task_special", NULL, NULL);
#define TEST(name) CU_add_test(suite, #name, name)
    TEST(dnms_has_the_published_steps);
    TEST(context_has_the_published_steps);
    TEST(xor_is_the_parity_of_the_cues);
    TEST(reversal_swaps_the_answers_after_each_block);
    TEST(flipflop_holds_the_last_pulse);
    TEST(readysetgo_crosses_zero_after_the_interval);
    TEST(tasks_judge_their_own_trials);
    TEST(trials_come_from_the_table);
    TEST(dnms_with_a_negative_target_asks_for_a_match);
    TEST(coherence_0_teaches_but_does_not_count);
    TEST(a_path_is_refused_for_other_tasks);
#undef TEST
}
