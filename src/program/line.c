/* One command's line: argv sorted into words and options by the command's own table. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/command.h"

/* Long options are numbered above all characters, which are the short ones: an option need not have a
 * letter. */
enum { OPTIONS = 16, FIRST_LONG = 256 };

static const struct command_option help_option = {"help", NULL, "tells this", 'h'};

const char *command_value(const struct command_line *line, const char *name)
{
    const char *value = NULL;
    for (int i = 0; i < line->options; i++)
        if (strcmp(line->option[i].name, name) == 0)
            value = line->option[i].value;
    return value;
}

int command_values(const char **values, const struct command_line *line, const char *name)
{
    int count = 0;
    for (int i = 0; i < line->options; i++)
        if (strcmp(line->option[i].name, name) == 0)
            values[count++] = line->option[i].value;
    return count;
}

enum status command_integer(int64_t *value, const struct command_line *line, const char *name,
                            int64_t minimum, int64_t maximum, int64_t fallback, struct error *error)
{
    const char *text = command_value(line, name);
    *value = fallback;
    if (!text)
        return STATUS_OK;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool plain = isdigit((unsigned char)text[0]) || text[0] == '-';
    if (!plain || *end || errno || number < minimum || number > maximum)
        return error_add(error, STATUS_USAGE,
                         "--%s: found '%s', allowed: a whole number from %" PRId64 " to %" PRId64,
                         name, text, minimum, maximum);
    *value = number;
    return STATUS_OK;
}

enum status command_time(double *seconds, const struct command_line *line, const char *name,
                         struct error *error)
{
    const char *text = command_value(line, name);
    if (text && (!command_read_duration(seconds, text) || *seconds <= 0))
        return error_add(error, STATUS_USAGE,
                         "--%s: found '%s', allowed: a time such as '90 s', '30 min', '12 h' or "
                         "1-12:00:00 (days-hours:minutes:seconds)",
                         name, text);
    return STATUS_OK;
}

/* Whether the value can be left out. */
static bool may_be_empty(const struct command_option *option)
{
    return option->value && *option->value == '[';
}

/* The tables of getopt_long() for the options of `command`. */
static void option_tables(struct option *longs, char *shorts, const struct command *command)
{
    int count = 0;
    *shorts++ = ':'; /* a missing value is told apart from an unknown option */
    for (const struct command_option *o = command->options; o->name; o++, count++) {
        longs[count] = (struct option){o->name,
                                       !o->value         ? no_argument
                                       : may_be_empty(o) ? optional_argument
                                                         : required_argument,
                                       NULL, FIRST_LONG + count};
        if (o->letter)
            *shorts++ = o->letter;
        if (o->letter && o->value)
            *shorts++ = ':';
    }
    longs[count] = (struct option){help_option.name, no_argument, NULL, help_option.letter};
    *shorts++ = help_option.letter;
    *shorts = 0;
}

static enum status unknown_option(const struct command *command, const char *found,
                                  struct error *error)
{
    const char *names[OPTIONS + 1] = {0};
    int count = 0;
    for (const struct command_option *o = command->options; o->name; o++)
        names[count++] = o->name;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(found, "="), found);
    const char *bare = word + strspn(word, "-");
    const char *near = settings_closest(bare, names);
    if (near)
        return error_add(error, STATUS_USAGE, "%s: unknown option '%s'; did you mean --%s?",
                         command->name, found, near);
    return error_add(error, STATUS_USAGE,
                     "%s: unknown option '%s'; 'thetasweep %s --help' tells those allowed",
                     command->name, found, command->name);
}

static const struct command_option *option_of(const struct command *command, int got)
{
    if (got >= FIRST_LONG)
        return &command->options[got - FIRST_LONG];
    for (const struct command_option *o = command->options; o->name; o++)
        if (o->letter == got)
            return o;
    return NULL;
}

static enum status parse(struct command_line *line, int argc, char **argv, struct error *error)
{
    const struct command *command = line->command;
    struct option longs[OPTIONS + 2] = {{0}};
    char shorts[2 * OPTIONS + 4];
    option_tables(longs, shorts, command);
    opterr = 0;
    optind = 0; /* start anew: glibc */
    for (int got; (got = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        const char *found = argv[optind - 1];
        if (got == ':')
            return error_add(error, STATUS_USAGE, "%s: option '%s' needs a value", command->name,
                             found);
        if (got == help_option.letter) {
            line->help = true;
            continue;
        }
        const struct command_option *option = got == '?' ? NULL : option_of(command, got);
        if (!option)
            return unknown_option(command, found, error);
        const char *value = optarg;
        if (may_be_empty(option) && !value && optind < argc &&
            isdigit((unsigned char)*argv[optind]))
            value = argv[optind++]; // getopt() takes it after '=' only
        line->option[line->options].name = option->name;
        line->option[line->options++].value = option->value && value ? value : "";
    }
    while (optind < argc)
        line->word[line->words++] = argv[optind++];
    return STATUS_OK;
}

static enum status check_words(const struct command_line *line, struct error *error)
{
    const struct command *command = line->command;
    if (line->words < command->least)
        return error_add(error, STATUS_USAGE, "%s: missing %s; 'thetasweep %s --help' tells more",
                         command->name, command->words, command->name);
    if (line->words > command->most)
        return error_add(error, STATUS_USAGE, "%s: found '%s' too much, allowed: %s", command->name,
                         line->word[command->most], command->most ? command->words : "no word");
    return STATUS_OK;
}

enum status command_line_read(struct command_line *line, const struct command *command, int argc,
                              char **argv, struct error *error)
{
    unsigned long most = (unsigned long)argc + 1;
    *line = (struct command_line){.command = command};
    line->word = error_calloc(error, most, sizeof *line->word, "command line");
    line->option = error_calloc(error, most, sizeof *line->option, "command line");
    enum status status = STATUS_FAILED;
    if (line->word && line->option)
        status = parse(line, argc, argv, error);
    if (!status && !line->help)
        status = check_words(line, error);
    if (status)
        command_line_free(line);
    return status;
}

void command_line_free(struct command_line *line)
{
    free(line->word);
    free(line->option);
}
