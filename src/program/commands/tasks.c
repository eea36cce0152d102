/* tasks: the registry of tasks, and the trials of one of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/import.h"
#include "model/task.h"
#include "program/command.h"

enum { INDENT = 6, TEXT = 4096 };

static void describe_field(const struct settings_field *field)
{
    bool duration = field->type == PARAMETER_DURATION;
    const struct parameter row = {.name = field->name,
                                  .type = field->type,
                                  .unit = field->unit,
                                  .minimum = field->minimum,
                                  .maximum = field->maximum,
                                  .sentence = field->sentence};
    char allowed[SETTINGS_VALUE], line[SETTINGS_VALUE + 2];
    settings_allowed(allowed, &row);
    int length = printf("  task.%s = %g%s  ", field->name, field->fallback, duration ? " ms" : "");
    snprintf(line, sizeof line, "(%s)", allowed);
    command_wrap(line, length, INDENT);
    printf("%*s", INDENT, "");
    command_wrap(field->sentence, INDENT, INDENT);
}

/* The task with its default fields. */
static void defaults(struct settings *settings, const struct task *task)
{
    char reason[SETTINGS_VALUE];
    settings_defaults(settings);
    settings_set(settings, "task.name", task->name, reason);
}

static void describe_types(const struct task *task)
{
    if (isnan(task->chance)) {
        printf("  inputs, outputs and conditions: those of the file\n");
        return;
    }
    struct settings settings;
    struct task_shape shape;
    defaults(&settings, task);
    task_shape(&shape, &settings);
    printf("  inputs %d, outputs %d, chance %g, duration %d ms\n  conditions: ", shape.inputs,
           shape.outputs, task->chance, shape.steps);
    char text[TEXT] = "";
    size_t length = 0;
    for (int type = 0; type < shape.types && length < sizeof text - 40; type++) {
        char name[32];
        task->describe(name, &settings, type);
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s", type ? ", " : "", name);
    }
    command_wrap(text, 14, INDENT);
}

static void describe_suits(const struct task *task)
{
    char text[TEXT] = "";
    for (const struct settings_assignment *suits = task->suits; suits && suits->name; suits++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%s: %s", length ? ", " : "", suits->name,
                 suits->text);
    }
    if (*text)
        command_wrap(text, printf("  learned with "), INDENT);
}

static void describe(const struct task *task)
{
    printf("%s:\n  ", task->name);
    command_wrap(task->sentence, 2, 2);
    printf("  Source: ");
    command_wrap(task->source, 10, 10);
    describe_types(task);
    describe_suits(task);
    for (const struct settings_field *field = task->fields; field->name; field++)
        describe_field(field);
}

/* The task's defaults with what --set says of them, as if they were a sweep file, checked. */
static enum status read_settings(struct settings *settings, const struct task *task,
                                 const struct command_line *line, struct error *error)
{
    char text[SETTINGS_VALUE];
    const char **set =
        error_calloc(error, (unsigned long)line->options + 1, sizeof *set, "command line");
    if (!set)
        return STATUS_FAILED;
    int sets = command_values(set, line, "set");
    snprintf(text, sizeof text, "task: %s", task->name);
    struct config config;
    enum status status = config_parse(&config, "tasks", text, sets, set, error);
    free(set);
    if (status)
        return status;
    command_warn_twice(&config);
    *settings = config.base;
    struct settings_problems problems = {0};
    if (task_of(settings) != task)
        settings_problem(&problems, "task.name", "found %s, allowed: %s, the task that is told of",
                         task_of(settings)->name, task->name);
    import_start("");
    for (const settings_check *check = command_checks; *check; check++)
        (*check)(settings, &problems);
    for (int i = 0; i < problems.count; i++)
        config_complain(&config, error, problems.problem[i].name, "%s", problems.problem[i].text);
    config_free(&config);
    return problems.count ? STATUS_USAGE : STATUS_OK;
}

static void print_header(const struct task_shape *shape)
{
    printf("type,condition,time,window");
    for (int i = 0; i < shape->inputs; i++)
        printf(",input %d", i);
    for (int o = 0; o < shape->outputs; o++)
        printf(",target %d", o);
    putchar('\n');
}

/* The prototype of each type, a line a step. */
static void print_prototypes(struct task_trial *trial, const struct task_shape *shape,
                             const struct settings *settings)
{
    print_header(shape);
    for (int type = 0; type < shape->types; type++) {
        char name[32];
        task_of(settings)->describe(name, settings, type);
        task_prototype(trial, shape, settings, type);
        for (int n = 0; n < shape->steps; n++) {
            printf("%d,\"%s\",%g,%g", type, name, n * settings->network.dt, trial->window[n]);
            for (int i = 0; i < shape->inputs; i++)
                printf(",%g", trial->input[n * shape->inputs + i]);
            for (int o = 0; o < shape->outputs; o++)
                printf(",%g", trial->target[n * shape->outputs + o]);
            putchar('\n');
        }
    }
}

static enum status print_csv(const struct task *task, const struct command_line *line,
                             struct error *error)
{
    struct settings settings;
    struct task_shape shape;
    enum status status = read_settings(&settings, task, line, error);
    if (status)
        return status;
    task_shape(&shape, &settings);
    unsigned long steps = (unsigned long)shape.steps;
    struct task_trial trial = {
        .input = error_calloc(error, steps * (unsigned long)shape.inputs, sizeof(double), "inputs"),
        .target =
            error_calloc(error, steps * (unsigned long)shape.outputs, sizeof(double), "targets"),
        .window = error_calloc(error, steps, sizeof(double), "window"),
    };
    status = trial.input && trial.target && trial.window ? STATUS_OK : STATUS_FAILED;
    if (!status)
        print_prototypes(&trial, &shape, &settings);
    free(trial.input);
    free(trial.target);
    free(trial.window);
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    bool csv = command_value(line, "csv") != NULL;
    if (!csv && command_value(line, "set"))
        return error_add(error, STATUS_USAGE,
                         "tasks: --set: found without --csv, allowed: tasks TASK --csv --set "
                         "KEY=VALUE");
    if (line->words) {
        const struct task *task = command_task(line, error);
        if (task && csv)
            return print_csv(task, line, error);
        if (task)
            describe(task);
        return task ? STATUS_OK : STATUS_USAGE;
    }
    if (csv)
        return error_add(error, STATUS_USAGE,
                         "tasks: --csv: found no task, allowed: tasks TASK --csv");
    for (int i = 0; task_list[i]; i++) {
        if (i)
            putchar('\n');
        describe(task_list[i]);
    }
    return STATUS_OK;
}

static const struct command_option options[] = {
    {"csv", NULL,
     "prints inputs, targets and window of each condition, without noise, for "
     "analysis/plot_task.py",
     0},
    {"set", "KEY=VALUE", "with --csv: overrides a default, such as 'task.delay=500 ms'", 0},
    {0},
};

const struct command command_tasks = {
    .name = "tasks",
    .words = "[TASK]",
    .most = 1,
    .sentence = "Tells which tasks there are: source, conditions, chance and their own parameters.",
    .details = "'thetasweep tasks dnms --csv | analysis/plot_task.py dnms.svg' draws a task.",
    .options = options,
    .run = run,
};
