/* What is special in some tasks: published steps, answers, judgements. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

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
    struct bench bench;
    bench_make(&bench, "dnms", "1");
    CU_ASSERT_EQUAL(bench.shape.steps, 1000);
    for (int h = 0; h < 12; h++) {
        bench_draw(&bench, 7, (uint64_t)h);
        int first = bench.trial.type / 2, second = bench.trial.type % 2;
        CU_ASSERT_EQUAL(bench.trial.type, h % 4);
        check_span(bench.trial.window, 1, 0, 1000, 800, 999);
        if (first != second) {
            check_span(bench.trial.input, 2, first, 1000, 1, 200);
            check_span(bench.trial.input, 2, second, 1000, 400, 599);
        } else {
            check_span(bench.trial.input, 2, 1 - first, 1000, 1, 0);
        }
        CU_ASSERT_EQUAL(bench.trial.target[900], first != second ? 0.98 : -0.98);
        CU_ASSERT_EQUAL(bench.trial.input[100 * 2 + first], 1);
        CU_ASSERT_EQUAL(bench.trial.input[500 * 2 + second], 1);
    }
    bench_drop(&bench);
}

static void context_has_the_published_steps(void)
{
    static const int attended[] = {0, 1, 0, 1}, sign[] = {1, 1, -1, -1};
    struct bench bench;
    double mean = 0, square = 0;
    int same_sign = 0;
    bench_make(&bench, "context", "1");
    CU_ASSERT_EQUAL(bench.shape.steps, 700);
    for (int h = 0; h < 200; h++) {
        bench_draw(&bench, 7, (uint64_t)h);
        int type = bench.trial.type, line = attended[type];
        double ignored = 0;
        CU_ASSERT_EQUAL(type, h % 4);
        check_span(bench.trial.input, 4, 0, 700, 1, 500);
        check_span(bench.trial.input, 4, 1, 700, 1, 500);
        check_span(bench.trial.input, 4, 2 + line, 700, 0, 699);
        check_span(bench.trial.input, 4, 3 - line, 700, 1, 0);
        check_span(bench.trial.window, 1, 0, 700, 500, 699);
        CU_ASSERT_EQUAL(bench.trial.target[600], sign[type]);
        for (int n = 1; n <= 500; n++) {
            double u = sign[type] * bench.trial.input[n * 4 + line];
            mean += u / (200 * 500), square += u * u / (200 * 500);
            ignored += sign[type] * bench.trial.input[n * 4 + 1 - line];
        }
        same_sign += ignored > 0;
    }
    // 0.5 (N(0, 1) + 0.5), 10^5 samples: standard errors of 0.0016 and about 0.001.
    CU_ASSERT(fabs(mean - 0.25) < 0.01);
    CU_ASSERT(fabs(sqrt(square - mean * mean) - 0.5) < 0.01);
    CU_ASSERT(same_sign > 70 && same_sign < 130);
    bench_drop(&bench);
}

static void xor_is_the_parity_of_the_cues(void)
{
    struct bench bench;
    bench_choose(&bench, "xor", "1");
    bench_set(&bench, "task.cues", "3");
    bench_take(&bench);
    CU_ASSERT_EQUAL(bench.shape.types, 8);
    for (int type = 0; type < 8; type++) {
        int plus = 0;
        bench_prototype(&bench, type);
        for (int c = 0; c < 3; c++)
            plus += bench.trial.input[(200 * c + 50) * 2] > 0;
        CU_ASSERT_EQUAL(bench.trial.target[bench.shape.steps - 1], plus % 2 ? 1 : -1);
    }
    bench_drop(&bench);
}

static void reversal_swaps_the_answers_after_each_block(void)
{
    struct bench bench;
    bench_choose(&bench, "reversal", "1");
    bench_set(&bench, "task.block", "10");
    bench_take(&bench);
    for (uint64_t h = 0; h < 40; h++) {
        bench_draw(&bench, 2, h);
        bool plus = (bench.trial.type == 0) == (h / 10 % 2 == 0);
        CU_ASSERT_EQUAL(bench.trial.target[bench.shape.steps - 1], plus ? 1 : -1);
    }
    bench_drop(&bench);
}

static void flipflop_holds_the_last_pulse(void)
{
    struct bench bench;
    bench_make(&bench, "flipflop", "1");
    for (uint64_t h = 0; h < 20; h++) {
        double held[3] = {0};
        bench_draw(&bench, 2, h);
        for (int n = 0; n < bench.shape.steps; n++)
            for (int b = 0; b < 3; b++) {
                double pulse = bench.trial.input[n * 3 + b];
                held[b] = pulse != 0 ? pulse : held[b];
                CU_ASSERT_EQUAL(bench.trial.target[n * 3 + b], held[b]);
            }
    }
    bench_drop(&bench);
}

static void readysetgo_crosses_zero_after_the_interval(void)
{
    struct bench bench;
    bench_choose(&bench, "readysetgo", "1");
    bench_set(&bench, "task.gain", "1.5");
    bench_take(&bench);
    for (int type = 0; type < 5; type++) {
        int ready = 0, set = 0, go = 0;
        bench_prototype(&bench, type);
        while (bench.trial.input[ready * 3 + 1] == 0)
            ready++;
        while (bench.trial.input[set * 3 + 2] == 0)
            set++;
        while (bench.trial.target[go] < 0)
            go++;
        CU_ASSERT_EQUAL(set - ready, 800 + 175 * type);
        CU_ASSERT(abs(2 * (go - set) - 3 * (set - ready)) <= 2);
        CU_ASSERT(bench.trial.window[set] == 1 && bench.trial.window[set - 1] == 0);
    }
    bench_drop(&bench);
}

/* The target itself is right; a step late beyond the tolerance, or the other sign, is wrong. */
static void tasks_judge_their_own_trials(void)
{
    struct bench bench;
    bench_make(&bench, "flipflop", "1");
    bench_draw(&bench, 2, 0);
    double *output = calloc(bench_targets(&bench), sizeof *output);
    for (size_t s = 0; s < bench_targets(&bench); s++)
        output[s] = 0.1 * bench.trial.target[s];
    const struct task *task = task_of(&bench.settings);
    CU_ASSERT_TRUE(task->correct(&bench.trial, output, &bench.shape, &bench.settings));
    for (size_t s = 1; s < bench_targets(&bench); s += 3)
        output[s] *= -1;
    CU_ASSERT_FALSE(task->correct(&bench.trial, output, &bench.shape, &bench.settings));
    free(output);
    bench_drop(&bench);

    bench_make(&bench, "readysetgo",
               "1"); // shortest interval 800 ms: set at 900, go at 1700 +- 185
    bench_prototype(&bench, 0);
    task = task_of(&bench.settings);
    CU_ASSERT_TRUE(task->correct(&bench.trial, bench.trial.target, &bench.shape, &bench.settings));
    static const int go[] = {1514, 1515, 1885, 1886, 5000};
    output = calloc(bench_targets(&bench), sizeof *output);
    for (int i = 0; i < 5; i++) {
        for (int n = 0; n < bench.shape.steps; n++)
            output[n] = n >= go[i] ? 1 : -1;
        CU_ASSERT_EQUAL(task->correct(&bench.trial, output, &bench.shape, &bench.settings),
                        i == 1 || i == 2);
    }
    free(output);
    bench_drop(&bench);
}

static void trials_come_from_the_table(void)
{
    struct bench bench;
    bool seen[5] = {false};
    bench_make(&bench, "file", "1");
    for (uint64_t h = 0; h < 100; h++) {
        bench_draw(&bench, 1, h);
        int row = (int)bench.trial.input[0] - 1;
        seen[row] = true;
        CU_ASSERT_EQUAL(bench.trial.type, bench_type[row]);
        CU_ASSERT_EQUAL(bench.trial.target[3], bench_type[row] - 1);
        CU_ASSERT(bench.trial.window[3] == 1 && bench.trial.window[2] == 0);
    }
    CU_ASSERT(seen[0] && seen[1] && seen[2] && seen[3] && seen[4]);
    bench_prototype(&bench, 2);
    CU_ASSERT_EQUAL(bench.trial.input[0], 1);
    bench_prototype(&bench, 1);
    CU_ASSERT_EQUAL(bench.trial.input[0], 3);
    bench_set(&bench, "task.shuffle", "0");
    for (uint64_t h = 0; h < 10; h++) {
        bench_draw(&bench, 1, h);
        CU_ASSERT_EQUAL(bench.trial.input[0], 1.0 + (double)(h % 5));
    }
    bench_drop(&bench);
}

static void a_path_is_refused_for_other_tasks(void)
{
    struct bench bench;
    struct settings_problems problems = {0};
    bench_choose(&bench, "dnms", "1");
    bench_set(&bench, "task.path", "trials.h5");
    task_check(&bench.settings, &problems);
    CU_ASSERT_EQUAL(problems.count, 1);
    CU_ASSERT_STRING_EQUAL(problems.problem[0].name, "task.path");
}

void test_task_special(void)
{
    bench_start();
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
    TEST(a_path_is_refused_for_other_tasks);
#undef TEST
}
