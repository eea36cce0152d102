/* init: a sweep file to start from, with what is changed first. The comments are the sentences of the
 * tables. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/task.h"
#include "program/command.h"

#define DT     "10 ms" /* with which the built-in tasks are learned, ten times faster than by 1 ms */
#define OWN_DT "5 ms"  /* that of analysis/make_trials.py */

enum { COMMENT = 27, WIDTH = 100 };

/* What is said of one task or another, in the order of the file; no value: the default. The section
 * task comes from the task's own fields. */
static const struct {
    const char *name, *value;
} told[] = {
    {"network.units", "100"},        {"network.gain", NULL},
    {"network.tau", NULL},           {"network.dt", NULL},
    {"rule.degree", NULL},           {"rule.start", "{r3 d3: -1}"},
    {"rule.start_in", "normalised"}, {"rule.tau_e", NULL},
    {"learning.trials", NULL},       {"learning.rate", NULL},
    {"meta.iterations", NULL},       {"meta.seeds", NULL},
    {"meta.held_out_seeds", NULL},   {"meta.test_seeds", "16"},
    {"meta.evaluate_every", "5"},    {"meta.optimizer.name", NULL},
    {"meta.optimizer.rate", NULL},   {"meta.optimizer.longest", "0.1"},
};

static const char head[] =
    "#\n"
    "# Every mistake at once, and what it takes:          thetasweep check %s\n"
    "# Does the start rule learn, and at which rate?      thetasweep pilot %s\n"
    "# The sweep, by 4 workers:              mpirun -n 5 thetasweep run %s -o RUN.h5\n"
    "# One page of figures:                               thetasweep report RUN.h5\n"
    "#\n"
    "# More can be said, and each of it swept: thetasweep parameters [NAME]. Numbers in brackets "
    "are\n"
    "# the equations of MODEL.md. What is left out has its default.\n\n";

static const char suited[] = "What differs from the defaults here, the task's own times too, is "
                             "what the start rule needs to "
                             "learn it: thetasweep tasks, analysis/results/defaults.md.";

static const char tail[] =
    "\nsweep:                     # each line multiplies the candidates; each has its own search\n"
    "  method: grid             # or list, random, latin, sobol, tpe: thetasweep parameters sweep\n"
    "  parameters:\n"
    "    network.gain: {values: [1.2, 1.5]}\n"
    "    # network.units: {values: [50, 100, 200]}\n"
    "    # rule.start: {values: [{r3 d3: -1}, {r1 d1: -1}]}\n"
    "    # learning.rate: {min: 0.001, max: 0.01, count: 3, distribution: log_uniform}\n";

/* Writes `text` behind `used` letters of a line as a comment that begins in column `from` and goes on
 * below itself. */
static void comment(FILE *out, int used, int from, const char *text)
{
    if (used > from)
        used = fprintf(out, "\n") - 1;
    int column = used + fprintf(out, "%*s#", from - used, "");
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column + 1 + length > WIDTH)
            column = fprintf(out, "\n%*s#", from, "") - 1;
        column += fprintf(out, " %.*s", length, text);
        text += length + (text[length] == ' ');
    }
    fprintf(out, "\n");
}

/* Writes "KEY: VALUE" with its comment, below its section's line unless `last` was in it too. */
static void entry(FILE *out, const char *name, const char *last, const char *value,
                  const char *sentence)
{
    int depth = 0;
    bool inside = true;
    const char *key = name;
    for (const char *dot; (dot = strchr(key, '.')); key = dot + 1, depth++) {
        inside = inside && strncmp(name, last, (size_t)(dot + 1 - name)) == 0;
        if (!inside)
            fprintf(out, "%s%*s%.*s:\n", depth ? "" : "\n", 2 * depth, "", (int)(dot - key), key);
    }
    int used = fprintf(out, "%*s%s: %s ", 2 * depth, "", key, value);
    comment(out, used, COMMENT, sentence);
}

static void write_task(FILE *out, const struct task *task, const struct settings *settings)
{
    char name[SETTINGS_NAME], value[SETTINGS_VALUE];
    entry(out, "task.name", "", task->name, "or another one of 'thetasweep tasks'");
    if (isnan(task->chance)) // the task is made by the user
        entry(out, "task.path", "task.name", "trials.h5",
              "trials as analysis/make_trials.py writes them, from this file's folder on");
    for (const struct settings_field *field = task->fields; field->name; field++) {
        snprintf(name, sizeof name, "task.%s", field->name);
        settings_get(settings, name, value);
        entry(out, name, "task.name", value, field->sentence);
    }
}

static bool is_suited(const struct task *task, const char *name)
{
    for (const struct settings_assignment *at = task->suits; at && at->name; at++)
        if (strcmp(at->name, name) == 0)
            return true;
    return false;
}

static void write_file(FILE *out, const struct task *task, const char *path)
{
    struct settings settings;
    char value[SETTINGS_VALUE];
    settings_defaults(&settings);
    settings_set(&settings, "task.name", task->name, value);
    settings_set(&settings, "network.dt", isnan(task->chance) ? OWN_DT : DT, value);
    for (const struct settings_assignment *at = task->suits; at && at->name; at++)
        settings_set(&settings, at->name, at->text, value);
    comment(out, 0, 0, task->sentence);
    if (task->suits)
        comment(out, 0, 0, suited);
    fprintf(out, head, path, path, path);
    entry(out, "name", "", task->name, settings_find("name")->sentence);
    entry(out, "seed", "", "1", settings_find("seed")->sentence);
    write_task(out, task, &settings);
    const char *last = "";
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        settings_get(&settings, told[i].name, value);
        bool own = told[i].value && !is_suited(task, told[i].name);
        entry(out, told[i].name, last, own ? told[i].value : value,
              settings_find(told[i].name)->sentence);
        last = told[i].name;
    }
    fputs(tail, out);
}

static enum status run(const struct command_line *line, struct error *error)
{
    const struct task *task = command_task(line, error);
    if (!task)
        return STATUS_USAGE;
    char path[SETTINGS_NAME + 8];
    snprintf(path, sizeof path, "%s.yaml", task->name);
    const char *given = command_value(line, "output");
    FILE *out;
    enum status status = command_create_file(&out, given ? given : path, error);
    if (status)
        return status;
    write_file(out, task, given ? given : path);
    status = command_finish_file(out, given ? given : path, STATUS_OK, error);
    if (!status)
        printf("%s: 'thetasweep check %s' tells what it takes\n", given ? given : path,
               given ? given : path);
    return status;
}

static const struct command_option options[] = {
    {"output", "FILE", "the sweep file; it must not exist yet; default: TASK.yaml", 'o'},
    {0},
};

const struct command command_init = {
    .name = "init",
    .words = "TASK",
    .least = 1,
    .most = 1,
    .sentence = "Writes a sweep file to start from: what is changed first, each with what it does.",
    .details = "TASK is one of 'thetasweep tasks'. For trials of your own, 'file'.",
    .options = options,
    .run = run,
};
