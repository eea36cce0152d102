/* Conformance of every registered task. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "model/network.h"
#include "model/rule.h"
#include "model/trial.h"
#include "specimen.h"

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
        struct specimen specimen;
        struct settings_problems problems = {0};
        char name[64][32];
        specimen_make(&specimen, task->name, "1");
        task_check(&specimen.settings, &problems);
        check(problems.count == 0, task->name, "the defaults have problems");
        check(*task->sentence && *task->source, task->name, "sentence and source");
        check(isnan(task->chance) || (task->chance >= 0 && task->chance < 1), task->name, "chance");
        for (const struct settings_field *field = task->fields; field->name; field++)
            check(*field->sentence && field->fallback >= field->minimum &&
                      field->fallback <= field->maximum,
                  task->name, field->name);
        CU_ASSERT_FATAL(specimen.shape.types <= 64);
        for (int a = 0; a < specimen.shape.types; a++) {
            memset(name[a], 'x', sizeof name[a]);
            task->describe(name[a], &specimen.settings, a);
            check(memchr(name[a], 0, sizeof name[a]) && *name[a], task->name, "name of a type");
            for (int b = 0; b < a; b++)
                check(strcmp(name[a], name[b]) != 0, task->name, "types have the same name");
        }
        specimen_drop(&specimen);
    }
}

static void trials_are_finite_and_every_type_occurs(void)
{
    for (int k = 0; task_list[k]; k++) {
        struct specimen specimen;
        bool seen[64] = {false};
        specimen_make(&specimen, task_list[k]->name, "1");
        check(specimen.shape.steps > 1 && specimen.shape.inputs > 0 && specimen.shape.outputs > 0 &&
                  specimen.shape.types > 1,
              task_list[k]->name, "shape");
        for (uint64_t h = 0; h < 150; h++) {
            double window = 0;
            bool finite = true;
            specimen_draw(&specimen, 3, h);
            for (size_t s = 0; s < specimen_inputs(&specimen); s++)
                finite &= isfinite(specimen.trial.input[s]);
            for (size_t s = 0; s < specimen_targets(&specimen); s++)
                finite &= isfinite(specimen.trial.target[s]);
            for (int n = 0; n < specimen.shape.steps; n++)
                window += specimen.trial.window[n];
            check(finite, task_list[k]->name, "finite");
            check(window > 0, task_list[k]->name, "window");
            CU_ASSERT_FATAL(specimen.trial.type >= 0 && specimen.trial.type < specimen.shape.types);
            seen[specimen.trial.type] = true;
        }
        for (int type = 0; type < specimen.shape.types; type++)
            check(seen[type], task_list[k]->name, "a type does not occur");
        specimen_drop(&specimen);
    }
}

static void types_differ_in_input_and_not_all_in_target(void)
{
    for (int k = 0; task_list[k]; k++) {
        struct specimen a, b;
        bool target = false;
        specimen_make(&a, task_list[k]->name, "1");
        specimen_make(&b, task_list[k]->name, "1");
        for (int i = 0; i < a.shape.types; i++)
            for (int j = 0; j < i; j++) {
                specimen_prototype(&a, i);
                specimen_prototype(&b, j);
                check(memcmp(a.trial.input, b.trial.input, sizeof(double) * specimen_inputs(&a)),
                      task_list[k]->name, "types have the same input");
                target |=
                    memcmp(a.trial.target, b.trial.target, sizeof(double) * specimen_targets(&a));
            }
        check(target, task_list[k]->name, "all types have the same target");
        specimen_drop(&a), specimen_drop(&b);
    }
}

static bool same(const struct specimen *a, const struct specimen *b)
{
    return a->trial.type == b->trial.type &&
           !memcmp(a->trial.input, b->trial.input, sizeof(double) * specimen_inputs(a)) &&
           !memcmp(a->trial.target, b->trial.target, sizeof(double) * specimen_targets(a)) &&
           !memcmp(a->trial.window, b->trial.window, sizeof(double) * (size_t)a->shape.steps);
}

/* Also whatever was drawn in between. */
static void the_same_draw_is_the_same_bits(void)
{
    for (int k = 0; task_list[k]; k++) {
        struct specimen a, b;
        specimen_make(&a, task_list[k]->name, "1");
        specimen_make(&b, task_list[k]->name, "1");
        for (uint64_t h = 0; h < 8; h++) {
            specimen_draw(&a, 5, h);
            specimen_draw(&b, 9, h + 1);
            specimen_prototype(&b, 0);
            specimen_draw(&b, 5, h);
            check(same(&a, &b), task_list[k]->name, "two draws of one trial differ");
        }
        specimen_drop(&a), specimen_drop(&b);
    }
}

static void prototypes_have_no_noise(void)
{
    for (int k = 0; task_list[k]; k++) {
        struct specimen noisy, quiet;
        if (!has_field(task_list[k], "noise"))
            continue;
        specimen_choose(&noisy, task_list[k]->name, "1");
        specimen_choose(&quiet, task_list[k]->name, "1");
        specimen_set(&noisy, "task.noise", "2");
        specimen_set(&quiet, "task.noise", "0");
        specimen_take(&noisy), specimen_take(&quiet);
        for (int type = 0; type < noisy.shape.types; type++) {
            specimen_prototype(&noisy, type);
            specimen_prototype(&quiet, type);
            check(same(&noisy, &quiet), task_list[k]->name, "noise in a prototype");
        }
        specimen_draw(&noisy, 1, 0);
        specimen_draw(&quiet, 1, 0);
        check(!same(&noisy, &quiet), task_list[k]->name, "no noise in a trial");
        specimen_drop(&noisy), specimen_drop(&quiet);
    }
}

/* Squares of all inputs' noise times dt^2: the variance of their integral over time, which is the
 * same at every dt for white noise. */
static double noise_power(const char *task, const char *dt)
{
    struct specimen noisy, quiet;
    double sum = 0;
    specimen_choose(&noisy, task, dt);
    specimen_choose(&quiet, task, dt);
    specimen_set(&noisy, "task.noise", "1");
    specimen_set(&quiet, "task.noise", "0");
    specimen_take(&noisy), specimen_take(&quiet);
    for (uint64_t h = 0; h < 20; h++) {
        specimen_draw(&noisy, 1, h);
        specimen_draw(&quiet, 1, h);
        for (size_t s = 0; s < specimen_inputs(&noisy); s++)
            sum += pow(noisy.trial.input[s] - quiet.trial.input[s], 2);
    }
    double step = noisy.settings.network.dt;
    specimen_drop(&noisy), specimen_drop(&quiet);
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
static void durations(double out[2 + 16], struct specimen *specimen, int type, double dt)
{
    memset(out, 0, 18 * sizeof *out);
    specimen_prototype(specimen, type);
    out[0] = specimen->shape.steps * dt;
    for (int n = 0; n < specimen->shape.steps; n++)
        out[1] += dt * specimen->trial.window[n];
    for (size_t s = 0; s < specimen_inputs(specimen); s++)
        out[2 + s % (size_t)specimen->shape.inputs] += dt * fabs(specimen->trial.input[s]);
}

/* Each edge moves by half a step at most; lines of the flip-flop have up to 8 edges. */
static void times_do_not_depend_on_dt(void)
{
    static const char *const steps[] = {"2", "5"};
    for (int k = 0; task_list[k]; k++)
        for (int d = 0; d < 2 && strcmp(task_list[k]->name, "file") != 0; d++) {
            struct specimen fine, coarse;
            double dt = atof(steps[d]), a[18], b[18];
            specimen_make(&fine, task_list[k]->name, "1");
            specimen_make(&coarse, task_list[k]->name, steps[d]);
            CU_ASSERT_FATAL(fine.shape.inputs <= 16);
            for (int type = 0; type < fine.shape.types; type++) {
                durations(a, &fine, type, 1);
                durations(b, &coarse, type, dt);
                for (int i = 0; i < 18; i++)
                    check(fabs(a[i] - b[i]) <= (i < 2 ? dt : 2 * dt), task_list[k]->name,
                          "a time depends on dt");
            }
            specimen_drop(&fine), specimen_drop(&coarse);
        }
}

/* Share of correct trials of untrained networks, 8 trials each. */
static double untrained(const char *task)
{
    enum { NETWORKS = 100, TRIALS = 8 };
    struct specimen specimen;
    struct network network;
    struct trial trial;
    struct rule rule;
    struct error error = {0};
    int correct = 0;
    specimen_choose(&specimen, task, "5");
    specimen_set(&specimen, "network.units", "20");
    specimen_set(&specimen, "network.bias", "0.3");
    task_shape(&specimen.shape, &specimen.settings);
    rule_create(&rule, &specimen.settings);
    network_create(&network, &specimen.settings, specimen.shape.inputs, specimen.shape.outputs,
                   &error);
    trial_create(&trial, &specimen.settings, &specimen.shape, &error);
    for (uint64_t seed = 0; seed < NETWORKS; seed++) {
        network_draw(&network, &specimen.settings, 0, seed);
        trial_start(&trial);
        for (uint64_t h = 0; h < TRIALS; h++) {
            trial_draw(&trial, &network, &rule, &specimen.settings, seed, h);
            trial_run(&trial, &network, &rule, &specimen.settings);
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
    specimen_start();
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
