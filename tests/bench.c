/* A task on the bench. */
#include "bench.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The trials of the task `file`: 5 of 4 steps, 2 inputs, 1 output and 3 types. */
static double file_input[5 * 4 * 2], file_target[5 * 4], file_window[5 * 4];
const int bench_type[5] = {2, 0, 1, 0, 2};
static struct task_table table = {.path = "trials.h5",
                                  .shape = {4, 2, 1, 3},
                                  .trials = 5,
                                  .input = file_input,
                                  .target = file_target,
                                  .window = file_window,
                                  .type = bench_type};

static void fill_table(void)
{
    for (int k = 0; k < 5; k++)
        for (int n = 0; n < 4; n++) {
            file_input[(k * 4 + n) * 2] = k + 1;
            file_target[k * 4 + n] = bench_type[k] - 1;
            file_window[k * 4 + n] = n == 3;
        }
    if (!task_table(table.path))
        task_add_table(&table);
}

void bench_set(struct bench *bench, const char *name, const char *value)
{
    char reason[SETTINGS_VALUE];
    enum status status = settings_set(&bench->settings, name, value, reason);
    if (status)
        fprintf(stderr, "%s: %s\n", name, reason);
    CU_ASSERT_EQUAL_FATAL(status, STATUS_OK);
}

void bench_take(struct bench *bench)
{
    task_shape(&bench->shape, &bench->settings);
    size_t steps = (size_t)bench->shape.steps;
    bench->trial = (struct task_trial){
        .input = calloc(steps * (size_t)bench->shape.inputs, sizeof(double)),
        .target = calloc(steps * (size_t)bench->shape.outputs, sizeof(double)),
        .window = calloc(steps, sizeof(double)),
    };
}

void bench_choose(struct bench *bench, const char *task, const char *dt)
{
    settings_defaults(&bench->settings);
    bench_set(bench, "task.name", task);
    bench_set(bench, "network.dt", dt);
    if (strcmp(task, "file") == 0)
        bench_set(bench, "task.path", table.path);
}

void bench_make(struct bench *bench, const char *task, const char *dt)
{
    bench_choose(bench, task, dt);
    bench_take(bench);
}

void bench_drop(struct bench *bench)
{
    free(bench->trial.input);
    free(bench->trial.target);
    free(bench->trial.window);
}

void bench_draw(struct bench *bench, uint64_t seed, uint64_t trial)
{
    task_draw(&bench->trial, &bench->shape, &bench->settings, random_key(0, seed, RANDOM_TASK),
              trial);
}

void bench_prototype(struct bench *bench, int type)
{
    task_prototype(&bench->trial, &bench->shape, &bench->settings, type);
}

size_t bench_inputs(const struct bench *bench)
{
    return (size_t)bench->shape.steps * (size_t)bench->shape.inputs;
}

size_t bench_targets(const struct bench *bench)
{
    return (size_t)bench->shape.steps * (size_t)bench->shape.outputs;
}

void bench_start(void)
{
    task_register();
    fill_table();
}
