/* parameters: all that a sweep file can say, from the table that parses it. */
#include <stdio.h>
#include <string.h>

#include "program/command.h"

/* Length of the section's part of a dotted name: "meta.optimizer" of "meta.optimizer.rate". */
static size_t section_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : 0;
}

static bool in_section(const char *name, const char *section)
{
    size_t length = strlen(section);
    return strncmp(name, section, length) == 0 && (name[length] == '.' || name[length] == 0);
}

static void describe_section(const char *section)
{
    int count;
    const struct parameter *row = settings_parameters(&count);
    const char *last = "";
    size_t last_length = 0;
    for (int i = 0; i < count; i++) {
        if (section && !in_section(row[i].name, section))
            continue;
        size_t length = section_length(row[i].name);
        if (length != last_length || strncmp(row[i].name, last, length) != 0)
            printf("%s%.*s:\n", *last ? "\n" : "", (int)length, row[i].name);
        last = row[i].name;
        last_length = length;
        command_describe_parameter(&row[i]);
    }
}

/* Where the values stand. */
static void describe_values(void)
{
    enum { INDENT = 6 };
    printf(
        "  sweep.parameters, a map of dotted names:\n"
        "      network.gain: {values: [1.2, 1.5]}\n"
        "      learning.rate: {min: 0.01, max: 1, count: 3, distribution: log_uniform}\n"
        "      meta.discount: {values: [0.8, 0.9], when: {meta.estimator: [discounted, guided]}}\n"
        "      rule.preset: {values: [miconi, oja], method: grid}\n%*s",
        INDENT, "");
    command_wrap(
        "In a sweep of method random, latin, sobol or list, parameters with method: grid are "
        "crossed with each other and with all samples or rows. The same ones meet every point of "
        "this "
        "grid, so that its points can be compared in pairs. Candidates go sample by sample, each "
        "at all points; where conditions leave nothing to be drawn at a point, it comes once.",
        INDENT, INDENT);
    printf("  sweep.file (the name of a table, relative to the sweep file)\n%*s", INDENT, "");
    command_wrap(
        "With method list instead of sweep.parameters: candidates as CSV, a line of dotted "
        "names, then a row a candidate, with values written as in a sweep file. Below "
        "'network.tau [ms]' numbers need no unit.",
        INDENT, INDENT);
}

/* The section that makes a sweep of a file; it is no parameter. */
static void describe_sweep(void)
{
    enum { METHOD = 2, INDENT = 6 };
    printf("sweep:\n  sweep.method = %s  how candidates are made of the parameters' values:\n",
           sweep_methods[0]->name);
    for (int i = 0; sweep_methods[i]; i++) {
        const struct sweep_method *method = sweep_methods[i];
        command_wrap(method->sentence, printf("%*s%s: ", INDENT, "", method->name),
                     INDENT + METHOD);
    }
    printf("  sweep.samples (a whole number from 1 to %d)\n%*s", SWEEP_LARGEST, INDENT, "");
    command_wrap(
        "Number of candidates, with a method that draws, at each point of the grid, if there "
        "is one beside; without one a range says count, and is that many values.",
        INDENT, INDENT);
    printf("  sweep.repeats (a whole number from 1)\n%*s", INDENT, "");
    command_wrap(
        "Runs each candidate so often, with run seeds of their own that follow from seed, that "
        "of the first one. Repeats are candidates in a row, ranked together by their mean. "
        "Default: 1.",
        INDENT, INDENT);
    printf("  sweep.generation (a whole number from 1 to %d)\n%*s", SWEEP_LEARNED, INDENT, "");
    command_wrap(
        "Candidates that a method which learns (tpe, cmaes) chooses at a time, from how all before "
        "came out: so many run side by side, and the fewer, the more each one has to learn "
        "from. Default: of tpe 8, of cmaes 4 and three times the logarithm of the number of "
        "parameters.",
        INDENT, INDENT);
    describe_values();
}

static enum status run(const struct command_line *line, struct error *error)
{
    if (line->words == 0) {
        printf("Parameters of a sweep file, with defaults; each can be swept by its dotted name.\n"
               "Durations are written like 30 ms or 0.2 s. See also 'thetasweep tasks' and "
               "'rules'.\n\n");
        describe_section(NULL);
        printf("\n");
        describe_sweep();
        return STATUS_OK;
    }
    const char *name = line->word[0];
    struct settings defaults;
    settings_defaults(&defaults);
    struct parameter made_up;
    if (strcmp(name, "sweep") == 0) {
        describe_sweep();
    } else if (settings_is_section(name)) {
        describe_section(name);
    } else if (settings_find(name)) {
        command_describe_parameter(settings_find(name));
    } else if (settings_describe(&made_up, &defaults, name)) {
        made_up.name = name;
        command_describe_parameter(&made_up);
    } else {
        char nearest[SETTINGS_NAME];
        if (settings_nearest(nearest, name))
            return error_add(error, STATUS_USAGE,
                             "parameters: unknown parameter '%s'; did you mean '%s'?", name,
                             nearest);
        return error_add(error, STATUS_USAGE,
                         "parameters: unknown parameter '%s'; 'thetasweep parameters' tells them "
                         "all",
                         name);
    }
    return STATUS_OK;
}

static const struct command_option options[] = {{0}};

const struct command command_parameters = {
    .name = "parameters",
    .words = "[NAME]",
    .most = 1,
    .sentence = "Tells what a sweep file can say: each parameter, its default, what it may be, and "
                "what it does; NAME is a parameter or a section.",
    .options = options,
    .run = run,
};
