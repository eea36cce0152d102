/* Conformance of every registered task. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "linalg.h"
#include "network.h"
#include "rule.h"
#include "trial.h"

void test_task(void);

/* Fails with the task's name. */
static void check(bool right, const char *task, const char *what)
{
    if (!right)
        fprintf(stderr, "%s: %s\n", task, what);
    CU_ASSERT(right);
}

static bool has_field(const struct task *task, const char *name)
{
    for (const struct settings_field *field = task->fields; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return true;
    return false;
}

static void each_task_describes_itself(void)
{
    for (int k = 0; task_list[k]; k++) {
        const struct task *task = task_list[k];
        struct bench bench;
        struct settings_problems problems = {0};
        char name[64][32];
        bench_make(&bench, task->name, "1");
        task_check(&bench.settings, &problems);
        check(problems.count == 0, task->name, "the defaults have problems");
        check(*task->sentence && *task->source, task->name, "sentence and source");
        check(isnan(task->chance) || (task->chance >= 0 && task->chance < 1), task->name, "chance");
        for (const struct settings_field *field = task->fields; field->name; field++)
            check(*field->sentence && field->fallback >= field->minimum &&
                      field->fallback <= field->maximum,
                  task->name, field->name);
        CU_ASSERT_FATAL(bench.shape.types <= 64);
        for (int a = 0; a < bench.shape.types; a++) {
            memset(name[a], 'x', sizeof name[a]);
            task->describe(name[a], &bench.settings, a);
            check(memchr(name[a], 0, sizeof name[a]) && *name[a], task->name, "name of a type");
            for (int b = 0; b < a; b++)
                check(strcmp(name[a], name[b]) != 0, task->name, "types have the same name");
        }
        bench_drop(&bench);
    }
}

static void trials_are_finite_and_every_type_occurs(void)
{
    for (int k = 0; task_list[k]; k++) {
        struct bench bench;
        bool seen[64] = {false};
        bench_make(&bench, task_list[k]->name, "1");
        check(bench.shape.steps > 1 && bench.shape.inputs > 0 && bench.shape.outputs > 0 &&
                  bench.shape.types > 1,
              task_list[k]->name, "shape");
        for (uint64_t h = 0; h < 150; h++) {
            double window = 0;
            bool finite = true;
            bench_draw(&bench, 3, h);
            for (size_t s = 0; s < bench_inputs(&bench); s++)
                finite &= isfinite(bench.trial.input[s]);
            for (size_t s = 0; s < bench_targets(&bench); s++)
                finite &= isfinite(bench.trial.target[s]);
            for (int n = 0; n < bench.shape.steps; n++)
                window += bench.trial.window[n];
            check(finite, task_list[k]->name, "finite");
            check(window > 0, task_list[k]->name, "window");
            CU_ASSERT_FATAL(bench.trial.type >= 0 && bench.trial.type < bench.shape.types);
            seen[bench.trial.type] = true;
        }
        for (int type = 0; type < bench.shape.types; type++)
            check(seen[type], task_list[k]->name, "a type does not occur");
        bench_drop(&bench);
    }
}

static void types_differ_in_input_and_not_all_in_target(void)
{
    for (int k = 0; task_list[k]; k++) {
        struct bench a, b;
        bool target = false;
        bench_make(&a, task_list[k]->name, "1");
        bench_make(&b, task_list[k]->name, "1");
        for (int i = 0; i < a.shape.types; i++)
            for (int j = 0; j < i; j++) {
                bench_prototype(&a, i);
                bench_prototype(&b, j);
                check(memcmp(a.trial.input, b.trial.input, sizeof(double) * bench_inputs(&a)),
                      task_list[k]->name, "types have the same input");
                target |=
                    memcmp(a.trial.target, b.trial.target, sizeof(double) * bench_targets(&a));
            }
        check(target, task_list[k]->name, "all types have the same target");
        bench_drop(&a), bench_drop(&b);
    }
}

static bool same(const struct bench *a, const struct bench *b)
{
    return a->trial.type == b->trial.type &&
           !memcmp(a->trial.input, b->trial.input, sizeof(double) * bench_inputs(a)) &&
           !memcmp(a->trial.target, b->trial.target, sizeof(double) * bench_targets(a)) &&
           !memcmp(a->trial.window, b->trial.window, sizeof(double) * (size_t)a->shape.steps);
}

/* Also whatever was drawn in between. */
static void the_same_draw_is_the_same_bits(void)
{
    for (int k = 0; task_list[k]; k++) {
        struct bench a, b;
        bench_make(&a, task_list[k]->name, "1");
        bench_make(&b, task_list[k]->name, "1");
        for (uint64_t h = 0; h < 8; h++) {
            bench_draw(&a, 5, h);
            bench_draw(&b, 9, h + 1);
            bench_prototype(&b, 0);
            bench_draw(&b, 5, h);
            check(same(&a, &b), task_list[k]->name, "two draws of one trial differ");
        }
        bench_drop(&a), bench_drop(&b);
    }
}

static void prototypes_have_no_noise(void)
{
    for (int k = 0; task_list[k]; k++) {
        struct bench noisy, quiet;
        if (!has_field(task_list[k], "noise"))
            continue;
        bench_choose(&noisy, task_list[k]->name, "1");
        bench_choose(&quiet, task_list[k]->name, "1");
        bench_set(&noisy, "task.noise", "2");
        bench_set(&quiet, "task.noise", "0");
        bench_take(&noisy), bench_take(&quiet);
        for (int type = 0; type < noisy.shape.types; type++) {
            bench_prototype(&noisy, type);
            bench_prototype(&quiet, type);
            check(same(&noisy, &quiet), task_list[k]->name, "noise in a prototype");
        }
        bench_draw(&noisy, 1, 0);
        bench_draw(&quiet, 1, 0);
        check(!same(&noisy, &quiet), task_list[k]->name, "no noise in a trial");
        bench_drop(&noisy), bench_drop(&quiet);
    }
}

/* Squares of all inputs' noise times dt^2: the variance of their integral over time, which is the
 * same at every dt for white noise. */
static double noise_power(const char *task, const char *dt)
{
    struct bench noisy, quiet;
    double sum = 0;
    bench_choose(&noisy, task, dt);
    bench_choose(&quiet, task, dt);
    bench_set(&noisy, "task.noise", "1");
    bench_set(&quiet, "task.noise", "0");
    bench_take(&noisy), bench_take(&quiet);
    for (uint64_t h = 0; h < 20; h++) {
        bench_draw(&noisy, 1, h);
        bench_draw(&quiet, 1, h);
        for (size_t s = 0; s < bench_inputs(&noisy); s++)
            sum += pow(noisy.trial.input[s] - quiet.trial.input[s], 2);
    }
    double step = noisy.settings.network.dt;
    bench_drop(&noisy), bench_drop(&quiet);
    return sum * step * step;
}

/* 10 %: 20 trials of 100 to 600 noisy steps of 5 ms have a standard error of at most 3 %. */
static void noise_does_not_depend_on_dt(void)
{
    for (int k = 0; task_list[k]; k++)
        if (has_field(task_list[k], "noise")) {
            double ratio =
                noise_power(task_list[k]->name, "5") / noise_power(task_list[k]->name, "1");
            check(fabs(ratio - 1) < 0.1, task_list[k]->name, "noise depends on dt");
        }
}

/* ms that the trial, its window and (weighted by level) each input line last. */
static void durations(double out[2 + 16], struct bench *bench, int type, double dt)
{
    memset(out, 0, 18 * sizeof *out);
    bench_prototype(bench, type);
    out[0] = bench->shape.steps * dt;
    for (int n = 0; n < bench->shape.steps; n++)
        out[1] += dt * bench->trial.window[n];
    for (size_t s = 0; s < bench_inputs(bench); s++)
        out[2 + s % (size_t)bench->shape.inputs] += dt * fabs(bench->trial.input[s]);
}

/* Each edge moves by half a step at most; lines of the flip-flop have up to 8 edges. */
static void times_do_not_depend_on_dt(void)
{
    static const char *const steps[] = {"2", "5"};
    for (int k = 0; strcmp(task_list[k]->name, "file") != 0; k++)
        for (int d = 0; d < 2; d++) {
            struct bench fine, coarse;
            double dt = atof(steps[d]), a[18], b[18];
            bench_make(&fine, task_list[k]->name, "1");
            bench_make(&coarse, task_list[k]->name, steps[d]);
            CU_ASSERT_FATAL(fine.shape.inputs <= 16);
            for (int type = 0; type < fine.shape.types; type++) {
                durations(a, &fine, type, 1);
                durations(b, &coarse, type, dt);
                for (int i = 0; i < 18; i++)
                    check(fabs(a[i] - b[i]) <= (i < 2 ? dt : 2 * dt), task_list[k]->name,
                          "a time depends on dt");
            }
            bench_drop(&fine), bench_drop(&coarse);
        }
}

/* Share of correct trials of untrained networks, 8 trials each. */
static double untrained(const char *task)
{
    enum { NETWORKS = 100, TRIALS = 8 };
    struct bench bench;
    struct network network;
    struct trial trial;
    struct rule rule;
    struct error error = {0};
    int correct = 0;
    bench_choose(&bench, task, "5");
    bench_set(&bench, "network.units", "20");
    bench_set(&bench, "network.bias", "0.3");
    task_shape(&bench.shape, &bench.settings);
    rule_create(&rule, &bench.settings);
    network_create(&network, &bench.settings, bench.shape.inputs, bench.shape.outputs, &error);
    trial_create(&trial, &bench.settings, &bench.shape, &error);
    for (uint64_t seed = 0; seed < NETWORKS; seed++) {
        network_draw(&network, &bench.settings, 0, seed);
        trial_start(&trial);
        for (uint64_t h = 0; h < TRIALS; h++) {
            trial_draw(&trial, &network, &rule, &bench.settings, seed, h);
            trial_run(&trial, &network, &rule, &bench.settings);
            correct += trial.correct;
        }
    }
    network_free(&network);
    trial_free(&trial);
    return (double)correct / (NETWORKS * TRIALS);
}

/* 0.12: a network answers each of two cues alike in all trials, so that 100 networks have a
 * standard error of 0.035. */
static void untrained_networks_are_at_chance(void)
{
    for (int k = 0; task_list[k]; k++) {
        if (isnan(task_list[k]->chance))
            continue;
        double accuracy = untrained(task_list[k]->name);
        if (getenv("SHOW_FIGURES"))
            fprintf(stderr, "%s: untrained %.3f, chance %.3f\n", task_list[k]->name, accuracy,
                    task_list[k]->chance);
        check(fabs(accuracy - task_list[k]->chance) < 0.12, task_list[k]->name, "chance");
    }
}

void test_task(void)
{
    linalg_start();
    bench_start();
    CU_pSuite suite = CU_add_suite("task", NULL, NULL);
#define TEST(name) CU_add_test(suite, #name, name)
    TEST(each_task_describes_itself);
    TEST(trials_are_finite_and_every_type_occurs);
    TEST(types_differ_in_input_and_not_all_in_target);
    TEST(the_same_draw_is_the_same_bits);
    TEST(prototypes_have_no_noise);
    TEST(noise_does_not_depend_on_dt);
    TEST(times_do_not_depend_on_dt);
    TEST(untrained_networks_are_at_chance);
#undef TEST
}
