/* rules: the registry of learners, of which the polynomial plasticity rule is the first. */
#include <stdio.h>
#include <string.h>

#include "model/learner.h"
#include "program/command.h"

enum { INDENT = 6, TEXT = 256 };

/* "recurrent, readout" */
static void print_weights(const char *what, unsigned bits)
{
    static const char *const names[] = {"recurrent", "input", "readout"};
    const char *separator = "";
    printf("%s", what);
    for (unsigned k = 0; k < sizeof names / sizeof *names; k++)
        if (bits >> k & 1) {
            printf("%s%s", separator, names[k]);
            separator = ", ";
        }
}

/* What each preset of `row` sets. */
static void describe_presets(const struct parameter *row)
{
    for (int i = 0; row->choices[i]; i++) {
        const struct settings_assignment *set = settings_preset(row, i);
        char text[TEXT] = "";
        size_t length = 0;
        for (; set->name && length < sizeof text; set++)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s: %s",
                                       length ? ", " : "", set->name, set->text);
        if (length == 0)
            continue;
        command_wrap(text, printf("  Preset %s sets ", row->choices[i]), INDENT);
        printf("%*s", INDENT, "");
        command_wrap(settings_preset_sentence(row, i), INDENT, INDENT);
    }
}

/* The table of variables. */
static void describe_variables(void)
{
    printf("  A term is a product of powers 0 to %d of\n", RULE_DEGREE);
    for (int v = 0; v < RULE_VARIABLES; v++)
        printf("    %c  %s\n", rule_variables[v].letter, rule_variables[v].sentence);
    printf("  in this order, as 'r1 d3 p2'; powers of 0 may be left out.\n");
}

static void describe_section(const char *section)
{
    int count;
    size_t length = strlen(section);
    const struct parameter *row = settings_parameters(&count);
    for (int i = 0; i < count; i++)
        if (strncmp(row[i].name, section, length) == 0 && row[i].name[length] == '.')
            command_describe_parameter(&row[i]);
}

static void describe(const struct learner *learner)
{
    printf("%s:\n  ", learner->name);
    command_wrap(learner->sentence, 2, 2);
    printf("  Source: ");
    command_wrap(learner->source, 10, 10);
    print_weights("  Plastic weights: ", learner->usual);
    if (learner->able != learner->usual)
        print_weights("; it can change ", learner->able);
    putchar('\n');
    if (!learner->section)
        return;
    if (strcmp(learner->section, "rule") == 0) {
        describe_variables();
        describe_presets(settings_find("rule.preset"));
    }
    describe_section(learner->section);
}

/* The learner that the command line names; NULL with a message: there is none. */
static const struct learner *find(const char *word, struct error *error)
{
    const char *const *names = settings_find("rule.family")->choices;
    for (int i = 0; learner_list[i]; i++)
        if (strcmp(word, learner_list[i]->name) == 0)
            return learner_list[i];
    const char *near = settings_closest(word, names);
    if (near)
        error_add(error, STATUS_USAGE, "rules: unknown rule '%s'; did you mean '%s'?", word, near);
    else
        error_add(error, STATUS_USAGE,
                  "rules: unknown rule '%s'; 'thetasweep rules' tells them all", word);
    return NULL;
}

static enum status run(const struct command_line *line, struct error *error)
{
    if (line->words) {
        const struct learner *learner = find(line->word[0], error);
        if (learner)
            describe(learner);
        return learner ? STATUS_OK : STATUS_USAGE;
    }
    for (int i = 0; learner_list[i]; i++) {
        if (i)
            putchar('\n');
        describe(learner_list[i]);
    }
    return STATUS_OK;
}

static const struct command_option options[] = {{0}};

const struct command command_rules = {
    .name = "rules",
    .words = "[RULE]",
    .most = 1,
    .sentence = "Tells which rules and other learners there are (rule.family): source, plastic "
                "weights, presets and their own parameters.",
    .details = "What all of them share: 'thetasweep parameters learning'.",
    .options = options,
    .run = run,
};
