/* The list of commands, and the program that runs one of them. */
#include <stdio.h>
#include <string.h>

#include "program/command.h"

#define COMMAND(name) extern const struct command command_##name;
#include "program/commands/list.h"
#undef COMMAND

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "program/commands/list.h"
#undef COMMAND
    NULL,
};

enum {
    COMMANDS = sizeof commands / sizeof *commands,
    INDENT = 24, /* of what a command does */
};

/* The command called `name`; NULL, with a message that names the nearest, if there is none. */
static const struct command *find(const char *name, struct error *error)
{
    const char *names[COMMANDS] = {0};
    int count = 0;
    for (const struct command *const *c = commands; *c; c++) {
        if (strcmp(name, (*c)->name) == 0)
            return *c;
        names[count++] = (*c)->name;
    }
    const char *near = settings_closest(name, names);
    if (near)
        error_add(error, STATUS_USAGE, "unknown command '%s'; did you mean '%s'?", name, near);
    else
        error_add(error, STATUS_USAGE, "unknown command '%s'; 'thetasweep --help' tells them all",
                  name);
    return NULL;
}

static void describe_all(void)
{
    printf(
        "thetasweep COMMAND [OPTIONS]: sweeps over meta-learned three-factor plasticity rules\n\n"
        "Commands:\n");
    for (const struct command *const *c = commands; *c; c++) {
        bool fits = strlen((*c)->words) < INDENT - 12; // else on a line of its own
        printf("  %-11s %-*s%-*s", (*c)->name, INDENT - 12, (*c)->words, fits ? 0 : INDENT + 3,
               fits ? "" : "\n");
        command_wrap((*c)->sentence, INDENT + 2, INDENT + 2);
    }
    printf("\n'thetasweep COMMAND --help' tells a command's options. A sweep on 64 workers:\n"
           "  mpirun -n 65 thetasweep run sweep.yaml -o run.h5\n\n"
           "Exit status: 0 done, 1 failed, 2 bad usage or configuration (nothing was touched),\n"
           "75 interrupted and resumable.\n");
}

static enum status help(const struct command_line *line, struct error *error)
{
    if (command_value(line, "man")) {
        command_print_manual(commands);
        return STATUS_OK;
    }
    if (line->words == 0) {
        describe_all();
        return STATUS_OK;
    }
    const struct command *command = find(line->word[0], error);
    if (!command)
        return STATUS_USAGE;
    command_describe(command);
    return STATUS_OK;
}

static const struct command_option options[] = {
    {"man", NULL, "prints the manual page, thetasweep(1), for man and groff", 0},
    {0},
};

const struct command command_help = {
    .name = "help",
    .words = "[COMMAND]",
    .most = 1,
    .sentence = "Lists the commands, or tells what one does and its options.",
    .options = options,
    .run = help,
};

/* The usual spellings of GNU programs are commands here: --help, -h, --version, and nothing at all. */
enum status command_main(int argc, char **argv, struct error *error)
{
    const char *name = argc > 1 ? argv[1] : "--help";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0)
        name = "version";
    const struct command *command = find(name, error);
    if (!command)
        return STATUS_USAGE;
    struct command_line line;
    int skip = argc > 1;
    enum status status = command_line_read(&line, command, argc - skip, argv + skip, error);
    if (status)
        return status;
    line.all = commands;
    if (line.help)
        command_describe(command);
    else
        status = command->run(&line, error);
    command_line_free(&line);
    return status;
}
