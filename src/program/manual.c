/* The manual page, from the tables that the help texts are made of. */
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "program/command.h"

/* Prints text as roff reads it; each of its lines is a paragraph's beginning. */
static void print_text(const char *text)
{
    bool begins = true;
    for (; *text; text++) {
        if (begins && (*text == '.' || *text == '\''))
            printf("\\&");
        if (*text == '\\')
            printf("\\e");
        else if (*text == '-')
            printf("\\-");
        else if (*text == '\n')
            printf("\n.br\n");
        else
            putchar(*text);
        begins = *text == '\n';
    }
    putchar('\n');
}

static void print_option(const struct command_option *option)
{
    printf(".TP\n");
    if (option->letter)
        printf("\\fB\\-%c\\fR, ", option->letter);
    printf("\\fB\\-\\-");
    for (const char *c = option->name; *c; c++)
        printf("%s%c", *c == '-' ? "\\" : "", *c);
    printf("\\fR%s%s%s\n", option->value ? " \\fI" : "", option->value ? option->value : "",
           option->value ? "\\fR" : "");
    print_text(option->sentence);
}

static void print_command(const struct command *command)
{
    printf(".SS %s %s\n", command->name, command->words);
    print_text(command->sentence);
    if (command->details) {
        printf(".PP\n");
        print_text(command->details);
    }
    for (const struct command_option *o = command->options; o->name; o++)
        print_option(o);
}

static const char head[] =
    ".SH NAME\n"
    "thetasweep \\- sweeps over meta\\-learned three\\-factor plasticity rules\n"
    ".SH SYNOPSIS\n"
    ".B thetasweep\n.I COMMAND\n[OPTIONS]\n.br\n"
    ".B mpirun \\-n\n.I RANKS\n.B thetasweep run\n.I SWEEP.yaml\n.B \\-o\n.I RUN.h5\n"
    ".SH DESCRIPTION\n"
    "Networks of rate neurons learn a task by a local three\\-factor plasticity rule, whose own\n"
    "parameters are improved by the gradient of what the network achieves over its lifetime. A "
    "sweep\n"
    "runs many such searches at once, on as many MPI ranks as there are, into one HDF5 archive.\n"
    "What a sweep file can say tells\n.BR \"thetasweep parameters\" ;\n"
    ".B thetasweep init\n.I TASK\nwrites one to start from.\n"
    ".SH COMMANDS\n";

static const char tail[] =
    ".SH EXIT STATUS\n"
    ".TP\n0\nDone.\n.TP\n1\nFailed; of verify, gradcheck and diff: something does not agree.\n"
    ".TP\n2\nBad usage or configuration: nothing was touched.\n"
    ".TP\n75\nInterrupted, and resumable by run \\-\\-resume.\n"
    ".SH ENVIRONMENT\n"
    ".TP\nTHETASWEEP_PYTHON, PYTHON\nThe Python by which report draws.\n"
    ".TP\nTHETASWEEP_INSTRUCTIONS\navx512f, avx2 or scalar: functions for this instruction set, "
    "with "
    "the same bits.\n"
    ".TP\nOPENBLAS_CORETYPE\nKernels of OpenBLAS; two machines agree if these do.\n"
    ".SH FILES\n"
    ".TP\nRUN.h5.status\nThe true exit status of a run.\n"
    ".TP\nRUN.h5.lock\nHeld by the run that writes.\n"
    ".TP\nRUN.h5.checkpoints\nLifetimes under way (record.checkpoint).\n"
    ".SH SEE ALSO\n.BR mpirun (1),\n.BR sbatch (1),\n.BR h5dump (1).\n"
    "The equations are those of MODEL.md, which is installed with README.md.\n";

void command_print_manual(const struct command *const *commands)
{
    printf(".\\\" Made by 'thetasweep help --man'.\n.TH THETASWEEP 1 \"\" \"thetasweep "
           "%s\"\n.nh\n.ad l\n",
           version_string());
    fputs(head, stdout);
    for (const struct command *const *c = commands; *c; c++)
        print_command(*c);
    fputs(tail, stdout);
}
