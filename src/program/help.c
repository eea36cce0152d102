/* help, version. */
#include <stdio.h>
#include <string.h>

#include "archive/archive.h"
#include "base/linalg.h"
#include "base/vector.h"
#include "base/version.h"
#include "cluster/wire.h"
#include "program/command.h"

enum { INDENT = 24 };

static const struct command_option no_options[] = {{0}};

static void describe_option(const struct command_option *o)
{
    char text[64];
    int length = o->letter ? snprintf(text, sizeof text, "-%c, ", o->letter) : 0;
    snprintf(text + length, sizeof text - (size_t)length, "--%s%s%s", o->name, o->value ? " " : "",
             o->value ? o->value : "");
    printf("  %-*s", INDENT - 2, text);
    if (strlen(text) > INDENT - 3)
        printf("\n%*s", INDENT, "");
    command_wrap(o->sentence, INDENT, INDENT);
}

void command_describe(const struct command *command)
{
    printf("thetasweep %s%s%s%s\n\n", command->name, *command->words ? " " : "", command->words,
           command->options->name ? " [OPTIONS]" : "");
    command_wrap(command->sentence, 0, 0);
    if (command->details) {
        putchar('\n');
        command_wrap(command->details, 0, 0);
    }
    if (command->options->name)
        printf("\nOptions:\n");
    for (const struct command_option *o = command->options; o->name; o++)
        describe_option(o);
}

static void describe_all(void)
{
    printf(
        "thetasweep COMMAND [OPTIONS]: sweeps over meta-learned three-factor plasticity rules\n\n"
        "Commands:\n");
    for (const struct command *const *c = command_list; *c; c++) {
        printf("  %-11s %-*s", (*c)->name, INDENT - 12, (*c)->words);
        command_wrap((*c)->sentence, INDENT + 2, INDENT + 2);
    }
    printf("\n'thetasweep COMMAND --help' tells a command's options. A sweep on 64 workers:\n"
           "  mpirun -n 65 thetasweep run sweep.yaml -o run.h5\n\n"
           "Exit status: 0 done, 1 failed, 2 bad usage or configuration (nothing was touched),\n"
           "75 interrupted and resumable.\n");
}

static enum status run_help(const struct command_line *line, struct error *error)
{
    if (line->words == 0) {
        describe_all();
        return STATUS_OK;
    }
    const struct command *command = command_find(line->word[0], error);
    if (!command)
        return STATUS_USAGE;
    command_describe(command);
    return STATUS_OK;
}

static enum status run_version(const struct command_line *line, struct error *error)
{
    (void)line;
    (void)error;
    printf("thetasweep %s (%s)\n", version_string(), version_git());
    printf("compiler   %s\n", version_compiler());
    printf("flags      ");
    command_wrap(version_flags(), 11, 11);
    printf("MPI        %s\n", wire_library());
    printf("HDF5       %s\n", archive_library());
    printf("BLAS       ");
    command_wrap(linalg_library(), 11, 11);
    printf("core type  %s\n", linalg_core());
    printf("vectors    %s\n", vector_instructions());
    return STATUS_OK;
}

const struct command command_help = {
    .name = "help",
    .words = "[COMMAND]",
    .most = 1,
    .sentence = "Lists the commands, or tells what one does and its options.",
    .options = no_options,
    .run = run_help,
};

const struct command command_version = {
    .name = "version",
    .words = "",
    .sentence = "Tells which build this is: version, revision, compiler, MPI, HDF5 and BLAS.",
    .options = no_options,
    .run = run_version,
};
