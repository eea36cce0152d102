/* How commands write: wrapped text, durations, sizes, help texts. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "program/command.h"

enum {
    LEAST = 40,           /* columns in which anything can be said */
    USUAL = 80,           /* of what is no terminal */
    LONGEST = 100,        /* of a line of words */
    OPTION_INDENT = 24,   /* of what an option does */
    PARAMETER_INDENT = 6, /* of what a parameter does */
};

void command_wrap(const char *text, int column, int indent)
{
    bool first = true;
    int columns = command_width() < LONGEST ? command_width() : LONGEST;
    while (*text) {
        int length = (int)strcspn(text, " \n");
        if (!first && column + 1 + length > columns) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            putchar(' ');
            column++;
        }
        printf("%.*s", length, text);
        column += length;
        first = false;
        text += length;
        if (*text == '\n') {
            printf("\n%*s", indent, "");
            column = indent;
            first = true;
        }
        text += *text != 0;
    }
    putchar('\n');
}

/* The terminal that the output goes to, as a descriptor that the caller closes; -1: none. mpirun gives
 * rank 0 a pseudo-terminal whatever its own output is, so that then the launcher, our parent, is asked. */
static int open_terminal(void)
{
    if (!isatty(STDOUT_FILENO))
        return -1;
    if (!getenv("OMPI_COMM_WORLD_RANK"))
        return dup(STDOUT_FILENO);
    char link[64], target[64] = "";
    snprintf(link, sizeof link, "/proc/%ld/fd/1", (long)getppid());
    bool terminal = readlink(link, target, sizeof target - 1) > 0 &&
                    (strncmp(target, "/dev/pts/", 9) == 0 || strncmp(target, "/dev/tty", 8) == 0);
    return terminal ? open(link, O_RDONLY | O_NOCTTY | O_CLOEXEC) : -1;
}

bool command_on_terminal(void)
{
    int terminal = open_terminal();
    if (terminal >= 0)
        close(terminal);
    return terminal >= 0;
}

int command_width(void)
{
    struct winsize size = {0};
    int terminal = open_terminal();
    if (terminal < 0)
        return USUAL;
    bool known = ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    close(terminal);
    return !known ? USUAL : size.ws_col < LEAST ? LEAST : size.ws_col;
}

void command_duration(char text[32], double seconds)
{
    if (!(seconds >= 0) || isinf(seconds)) {
        strcpy(text, "?");
        return;
    }
    long s = lround(seconds);
    if (s < 60)
        snprintf(text, 32, "%ld s", s);
    else if (s < 3600)
        snprintf(text, 32, "%ld min %ld s", s / 60, s % 60);
    else if (s < 86400)
        snprintf(text, 32, "%ld h %ld min", s / 3600, s / 60 % 60);
    else
        snprintf(text, 32, "%ld d %ld h", s / 86400, s / 3600 % 24);
}

void command_span(char text[32], double seconds)
{
    if (seconds < 1e-3)
        snprintf(text, 32, "%.3g us", 1e6 * seconds);
    else if (seconds < 1)
        snprintf(text, 32, "%.3g ms", 1e3 * seconds);
    else if (seconds < 60)
        snprintf(text, 32, "%.3g s", seconds);
    else
        command_duration(text, seconds);
}

void command_size(char text[32], double bytes)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB", "PB", NULL};
    int i = 0;
    for (; bytes >= 999.5 && unit[i + 1]; i++)
        bytes /= 1000;
    snprintf(text, 32, "%.3g %s", bytes, unit[i]);
}

static void describe_option(const struct command_option *o)
{
    char text[64];
    int length = o->letter ? snprintf(text, sizeof text, "-%c, ", o->letter) : 0;
    snprintf(text + length, sizeof text - (size_t)length, "--%s%s%s", o->name, o->value ? " " : "",
             o->value ? o->value : "");
    printf("  %-*s", OPTION_INDENT - 2, text);
    if (strlen(text) > OPTION_INDENT - 3)
        printf("\n%*s", OPTION_INDENT, "");
    command_wrap(o->sentence, OPTION_INDENT, OPTION_INDENT);
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

void command_describe_parameter(const struct parameter *row)
{
    char text[SETTINGS_VALUE], fallback[SETTINGS_VALUE] = "";
    struct settings defaults;
    settings_defaults(&defaults);
    settings_get(&defaults, row->name, fallback);
    settings_allowed(text, row);
    int length = printf("  %s = %s  ", row->name, fallback);
    char line[SETTINGS_VALUE + 32];
    snprintf(line, sizeof line, "(%s)", text);
    command_wrap(line, length, PARAMETER_INDENT);
    printf("%*s", PARAMETER_INDENT, "");
    command_wrap(row->sentence, PARAMETER_INDENT, PARAMETER_INDENT);
}
