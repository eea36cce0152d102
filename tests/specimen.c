/* A task under test. */
#include "specimen.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The trials of the task `file`: 5 of 4 steps, 2 inputs, 1 output and 3 types. */
static double file_input[5 * 4 * 2], file_target[5 * 4], file_window[5 * 4];
const int specimen_type[5] = {2, 0, 1, 0, 2};
static struct task_table table = {.path = "trials.h5",
                                  .shape = {4, 2, 1, 3},
                                  .trials = 5,
                                  .input = file_input,
                                  .target = file_target,
                                  .window = file_window,
                                  .type = specimen_type};

static const struct settings_field first_fields[] = {
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 200, "Delay."},
    {"level", PARAMETER_REAL, "", 0, 1, 0.98, "Level."},
    {"width", PARAMETER_REAL, "", 0, 1, 0.5, "Width."},
    {.name = NULL},
};
static const struct settings_field second_fields[] = {
    {"count", PARAMETER_INTEGER, "", 1, 9, 3, "Count."},
    {"delay", PARAMETER_DURATION, "ms", 0, 1e6, 50, "Delay."},
    {.name = NULL},
};
static const struct settings_family_member two_tasks[] = {
    {"first", "The first.", first_fields},
    {"second", "The second.", second_fields},
    {.name = NULL},
};

int specimen_two_tasks(void)
{
    settings_register_tasks(two_tasks);
    return 0;
}

int specimen_real_tasks(void)
{
    task_register();
    return 0;
}

static void fill_table(void)
{
    for (int k = 0; k < 5; k++)
        for (int n = 0; n < 4; n++) {
            file_input[(k * 4 + n) * 2] = k + 1;
            file_target[k * 4 + n] = specimen_type[k] - 1;
            file_window[k * 4 + n] = n == 3;
        }
    if (!task_table(table.path))
        task_add_table(&table);
}

void specimen_set(struct specimen *specimen, const char *name, const char *value)
{
    char reason[SETTINGS_VALUE];
    enum status status = settings_set(&specimen->settings, name, value, reason);
    if (status)
        fprintf(stderr, "%s: %s\n", name, reason);
    CU_ASSERT_EQUAL_FATAL(status, STATUS_OK);
}

static void assign(struct settings *settings, const char *assignment)
{
    char name[SETTINGS_VALUE], reason[SETTINGS_VALUE];
    snprintf(name, sizeof name, "%s", assignment);
    char *value = strchr(name, '=');
    *value++ = 0;
    if (settings_set(settings, name, value, reason) != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", assignment, reason);
        abort();
    }
}

/* Numbers instead of those that depend on others. */
static const char *const plain[] = {
    "exploration.probability=0.003",
    "exploration.amplitude=16",
    "rule.start={r3 d3: -1}",
    "learning.rate=0.05",
    "learning.clip=inf",
};

void specimen_assign(struct settings *settings, const char *const *base, size_t count,
                     const char *options)
{
    char copy[SETTINGS_VALUE], *rest = copy;
    settings_defaults(settings);
    for (size_t b = 0; b < sizeof plain / sizeof *plain; b++)
        assign(settings, plain[b]);
    for (size_t b = 0; b < count; b++)
        assign(settings, base[b]);
    snprintf(copy, sizeof copy, "%s", options);
    for (char *part; (part = strsep(&rest, ";"));)
        assign(settings, part + strspn(part, " "));
    settings_settle(settings);
}

void specimen_take(struct specimen *specimen)
{
    task_shape(&specimen->shape, &specimen->settings);
    size_t steps = (size_t)specimen->shape.steps;
    specimen->trial = (struct task_trial){
        .input = calloc(steps * (size_t)specimen->shape.inputs, sizeof(double)),
        .target = calloc(steps * (size_t)specimen->shape.outputs, sizeof(double)),
        .window = calloc(steps, sizeof(double)),
    };
}

void specimen_choose(struct specimen *specimen, const char *task, const char *dt)
{
    char time[32];
    snprintf(time, sizeof time, "%s ms", dt);
    settings_defaults(&specimen->settings);
    specimen_set(specimen, "task.name", task);
    specimen_set(specimen, "network.dt", time);
    if (strcmp(task, "file") == 0)
        specimen_set(specimen, "task.path", table.path);
    settings_settle(&specimen->settings);
}

void specimen_make(struct specimen *specimen, const char *task, const char *dt)
{
    specimen_choose(specimen, task, dt);
    specimen_take(specimen);
}

void specimen_drop(struct specimen *specimen)
{
    free(specimen->trial.input);
    free(specimen->trial.target);
    free(specimen->trial.window);
}

void specimen_draw(struct specimen *specimen, uint64_t seed, uint64_t trial)
{
    task_draw(&specimen->trial, &specimen->shape, &specimen->settings,
              random_key(0, seed, RANDOM_TASK), trial);
}

void specimen_prototype(struct specimen *specimen, int type)
{
    task_prototype(&specimen->trial, &specimen->shape, &specimen->settings, type);
}

size_t specimen_inputs(const struct specimen *specimen)
{
    return (size_t)specimen->shape.steps * (size_t)specimen->shape.inputs;
}

size_t specimen_targets(const struct specimen *specimen)
{
    return (size_t)specimen->shape.steps * (size_t)specimen->shape.outputs;
}

void specimen_start(void)
{
    fill_table();
}
