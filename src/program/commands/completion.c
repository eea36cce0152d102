/* completion: what a shell completes, from the tables of commands, tasks, rules and parameters. */
#include <stdio.h>
#include <string.h>

#include "model/learner.h"
#include "model/task.h"
#include "program/command.h"

/* ---- lists ---- */

static void print_tasks(const struct command_line *line)
{
    (void)line;
    for (int i = 0; task_list[i]; i++)
        printf("%s%s", i ? " " : "", task_list[i]->name);
}

static void print_rules(const struct command_line *line)
{
    (void)line;
    for (int i = 0; learner_list[i]; i++)
        printf("%s%s", i ? " " : "", learner_list[i]->name);
}

/* All rows, and each section before its first one. */
static void print_parameters(const struct command_line *line)
{
    (void)line;
    int count;
    const struct parameter *row = settings_parameters(&count);
    const char *last = "";
    for (int i = 0; i < count; i++) {
        const char *name = row[i].name, *dot = strrchr(name, '.');
        size_t section = dot ? (size_t)(dot - name) : 0;
        if (section && strncmp(name, last, section + 1) != 0)
            printf(" %.*s", (int)section, name);
        printf("%s%s", i ? " " : "", name);
        last = name;
    }
    printf(" sweep");
}

static void print_commands(const struct command_line *line)
{
    for (const struct command *const *c = line->all; *c; c++)
        printf("%s%s", c == line->all ? "" : " ", (*c)->name);
}

static void print_shells(const struct command_line *line)
{
    (void)line;
    printf("bash zsh");
}

/* What `words` of a command calls a name, and which names there are. */
static const struct list {
    const char *called, *variable;
    void (*print)(const struct command_line *line);
} lists[] = {
    {"TASK", "tasks", print_tasks},           {"RULE", "rules", print_rules},
    {"NAME", "parameters", print_parameters}, {"COMMAND", "commands", print_commands},
    {"SHELL", "shells", print_shells},
};
enum { LISTS = sizeof lists / sizeof *lists };

static const struct list *list_of(const char *words)
{
    for (int i = 0; i < LISTS; i++)
        if (strstr(words, lists[i].called))
            return &lists[i];
    return NULL;
}

/* ---- options ---- */

static bool takes_file(const struct command_option *option)
{
    static const char *const words[] = {"FILE", ".h5", ".yaml", "PAGE"};
    for (size_t i = 0; option->value && i < sizeof words / sizeof *words; i++)
        if (strstr(option->value, words[i]))
            return true;
    return false;
}

static bool takes_parameter(const struct command_option *option)
{
    return option->value && strcmp(option->value, "KEY=VALUE") == 0;
}

/* Prints the endings of the files that `words` tells of. */
static void print_endings(const char *words, const char *before)
{
    static const char *const endings[] = {"yaml", "h5"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strstr(words, endings[i]))
            printf("%s%s", before, endings[i]);
}

/* ---- bash ---- */

enum kind { ALL, PATHS, PLAIN };

static void bash_options(const struct command *command, enum kind kind)
{
    for (const struct command_option *o = command->options; o->name; o++) {
        bool plain = o->value && !takes_file(o) && !takes_parameter(o);
        if ((kind == PATHS && !takes_file(o)) || (kind == PLAIN && !plain))
            continue;
        printf(" --%s", o->name);
        if (o->letter)
            printf(" -%c", o->letter);
    }
}

static void bash_command(const struct command *command)
{
    const struct list *list = list_of(command->words);
    printf("    %s)\n        options='--help -h", command->name);
    bash_options(command, ALL);
    printf("'\n        paths='");
    bash_options(command, PATHS);
    printf("' plain='");
    bash_options(command, PLAIN);
    printf("'\n        words=%s%s files='", list ? "$" : "''", list ? list->variable : "");
    print_endings(command->words, " ");
    printf("' ;;\n");
}

static const char bash_head[] =
    "# Completion of thetasweep in bash, by 'thetasweep completion bash'.\n"
    "_thetasweep() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} ending\n"
    "    local options='' paths='' plain='' words='' files=''\n"
    "    COMPREPLY=()\n";

static const char bash_tail[] =
    "    esac\n"
    "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "        words=\"$commands --help --version\" options=$words files=''\n"
    "    elif [ \"$before\" = --set ]; then\n"
    "        compopt -o nospace\n"
    "        mapfile -t COMPREPLY < <(compgen -S = -W \"$parameters\" -- \"$word\")\n"
    "        return\n"
    "    elif [[ \" $plain \" == *\" $before \"* ]]; then\n"
    "        return\n"
    "    elif [[ \" $paths \" == *\" $before \"* ]]; then\n"
    "        words='' files=any\n"
    "    elif [[ $word == -* ]]; then\n"
    "        words=$options files=''\n"
    "    fi\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
    "    [ -z \"$files\" ] || compopt -o filenames\n"
    "    for ending in $files; do\n"
    "        [ \"$ending\" = any ] && ending='' || ending=\".$ending\"\n"
    "        mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(\n"
    "            compgen -f -X \"!*$ending\" -- \"$word\"\n"
    "            compgen -d -- \"$word\")\n"
    "    done\n"
    "}\n"
    "complete -F _thetasweep thetasweep\n";

static void print_bash(const struct command_line *line)
{
    fputs(bash_head, stdout);
    for (int i = 0; i < LISTS; i++) {
        printf("    local %s='", lists[i].variable);
        lists[i].print(line);
        printf("'\n");
    }
    printf("    case ${COMP_WORDS[1]} in\n");
    for (const struct command *const *c = line->all; *c; c++)
        bash_command(*c);
    fputs(bash_tail, stdout);
}

/* ---- zsh ---- */

/* Prints a sentence inside of '...[...]' of an option, or of 'name:...' of a command. */
static void zsh_text(const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            printf("'\\''");
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
}

static void zsh_option(const struct command_option *option)
{
    bool many = takes_parameter(option);
    printf(" \\\n        ");
    if (option->letter)
        printf("'(-%c --%s)'{-%c,--%s}", option->letter, option->name, option->letter,
               option->name);
    else
        printf("'%s--%s'", many ? "*" : "", option->name);
    printf("'[");
    zsh_text(option->sentence);
    printf("]");
    if (option->value)
        printf("%s%s:%s", *option->value == '[' ? "::" : ":",
               *option->value == '[' ? "SECONDS" : option->value,
               many                 ? "{compadd -S = -a parameters}"
               : takes_file(option) ? "_files"
                                    : " ");
    printf("'");
}

static void zsh_command(const struct command *command)
{
    const struct list *list = list_of(command->words);
    printf("    %s) _arguments '(-h --help)'{-h,--help}'[tells this]'", command->name);
    for (const struct command_option *o = command->options; o->name; o++)
        zsh_option(o);
    if (list)
        printf(" \\\n        '*:%s:{compadd -a %s}'", list->called, list->variable);
    else if (strchr(command->words, '.')) {
        printf(" \\\n        '*:file:_files -g \"*.(");
        print_endings(command->words, "|");
        printf(")\"'");
    }
    printf(" ;;\n");
}

static void print_zsh(const struct command_line *line)
{
    printf(
        "#compdef thetasweep\n# Completion of thetasweep in zsh, by 'thetasweep completion zsh'.\n"
        "_thetasweep() {\n  local -a described");
    for (int i = 0; i < LISTS; i++)
        printf(" %s", lists[i].variable);
    printf("\n");
    for (int i = 0; i < LISTS; i++) {
        printf("  %s=(", lists[i].variable);
        lists[i].print(line);
        printf(")\n");
    }
    printf("  described=(\n");
    for (const struct command *const *c = line->all; *c; c++) {
        printf("    '%s:", (*c)->name);
        zsh_text((*c)->sentence);
        printf("'\n");
    }
    printf("  )\n"
           "  if (( CURRENT == 2 )); then\n    _describe command described\n    return\n  fi\n"
           "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n");
    for (const struct command *const *c = line->all; *c; c++)
        zsh_command(*c);
    printf("  esac\n}\n"
           "if [ \"$funcstack[1]\" = _thetasweep ]; then\n  _thetasweep \"$@\"\nelse\n"
           "  compdef _thetasweep thetasweep\nfi\n");
}

static enum status run(const struct command_line *line, struct error *error)
{
    const char *shell = line->word[0];
    if (strcmp(shell, "bash") == 0)
        print_bash(line);
    else if (strcmp(shell, "zsh") == 0)
        print_zsh(line);
    else
        return error_add(error, STATUS_USAGE, "completion: found '%s', allowed: bash, zsh", shell);
    return STATUS_OK;
}

static const struct command_option options[] = {{0}};

const struct command command_completion = {
    .name = "completion",
    .words = "SHELL",
    .least = 1,
    .most = 1,
    .sentence = "Prints what bash or zsh need to complete commands, options, files and names.",
    .details =
        "In ~/.bashrc: eval \"$(thetasweep completion bash)\"; in ~/.zshrc, after compinit, the "
        "same of zsh. 'make install' puts both where shells find them.",
    .options = options,
    .run = run,
};
