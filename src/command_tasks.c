/* tasks: the registry of tasks. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "task.h"

enum { INDENT = 6 };

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

static void describe_types(const struct task *task)
{
    double value[SETTINGS_FIELDS] = {0};
    for (int i = 0; i < SETTINGS_FIELDS && task->fields[i].name; i++)
        value[i] = task->fields[i].fallback;
    struct task_shape shape;
    task->shape(&shape, value, 1.0);
    printf("  inputs %d, outputs %d, chance %g, duration %d ms\n  conditions:", shape.inputs,
           shape.outputs, task->chance, shape.steps);
    for (int type = 0; type < shape.types; type++) {
        char name[32];
        task->describe(name, value, type);
        printf("%s %s", type ? "," : "", name);
    }
    putchar('\n');
}

static void describe(const struct task *task)
{
    printf("%s:\n  ", task->name);
    command_wrap(task->sentence, 2, 2);
    printf("  Source: ");
    command_wrap(task->source, 10, 10);
    describe_types(task);
    for (const struct settings_field *field = task->fields; field->name; field++)
        describe_field(field);
}

static enum status run(const struct command_line *line, struct error *error)
{
    enum { TASKS = 64 };
    const char *names[TASKS + 1] = {0};
    bool found = false;
    for (int i = 0; task_list[i] && i < TASKS; i++) {
        names[i] = task_list[i]->name;
        if (line->words && strcmp(line->word[0], names[i]) != 0)
            continue;
        if (found)
            putchar('\n');
        describe(task_list[i]);
        found = true;
    }
    if (found)
        return STATUS_OK;
    const char *near = settings_closest(line->word[0], names);
    if (near)
        return error_add(error, STATUS_USAGE, "tasks: unknown task '%s'; did you mean '%s'?",
                         line->word[0], near);
    return error_add(error, STATUS_USAGE,
                     "tasks: unknown task '%s'; 'thetasweep tasks' tells them all", line->word[0]);
}

static const struct command_option options[] = {{0}};

const struct command command_tasks = {
    .name = "tasks",
    .words = "[NAME]",
    .most = 1,
    .sentence = "Tells which tasks there are: source, conditions, chance and their own parameters.",
    .options = options,
    .run = run,
};
