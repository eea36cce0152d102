/* export: the candidates of an archive for other programs. */
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "program/export.h"

/* The kinds of files. */
static const struct kind {
    const char *option;
    enum status (*write)(FILE *out, const struct command_export *export, struct error *error);
} kinds[] = {
    {"csv", command_export_csv},        {"lifetimes", command_export_lifetimes},
    {"optuna", command_export_optuna},  {"wandb", command_export_wandb},
    {"ro-crate", command_export_crate},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static enum status fill(FILE *out, const struct kind *kind, const char *path,
                        const struct command_export *export, struct error *error)
{
    enum status status = kind->write(out, export, error);
    bool full = fflush(out) != 0 || ferror(out);
    if (full && !status)
        status = error_add_errno(error, STATUS_FAILED, "%s", path);
    if (!status)
        printf("%s: %" PRId64 " candidates\n", path, export->results.space.candidates);
    return status;
}

/* All files are made before the first is filled; a failure leaves none of them behind. */
static enum status write_all(const struct command_line *line, const struct command_export *export,
                             struct error *error)
{
    FILE *out[KINDS] = {NULL};
    enum status status = STATUS_OK;
    for (int k = 0; !status && k < KINDS; k++)
        if (command_value(line, kinds[k].option))
            status = command_create_file(&out[k], command_value(line, kinds[k].option), error);
    for (int k = 0; !status && k < KINDS; k++)
        if (out[k])
            status = fill(out[k], &kinds[k], command_value(line, kinds[k].option), export, error);
    for (int k = 0; k < KINDS; k++)
        if (out[k])
            status =
                command_finish_file(out[k], command_value(line, kinds[k].option), status, error);
    return status;
}

/* The folder of a file, without symbolic links; false: there is none. */
static bool folder_of(char folder[PATH_MAX], const char *path)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    return realpath(dirname(copy), folder) != NULL;
}

/* An RO-Crate is a folder: its metadata have one name, and stand beside what they describe. */
static enum status check_crate(const struct command_line *line, struct error *error)
{
    static const char name[] = "ro-crate-metadata.json";
    const char *path = command_value(line, "ro-crate"), *slash = path ? strrchr(path, '/') : NULL;
    char own[PATH_MAX], other[PATH_MAX];
    if (!path)
        return STATUS_OK;
    if (!command_value(line, "license") || !*command_value(line, "license"))
        return error_add(error, STATUS_USAGE,
                         "export: --ro-crate needs --license: under which one the archive is given "
                         "away, such as CC-BY-4.0");
    if (strcmp(slash ? slash + 1 : path, name) != 0 || !folder_of(own, path) ||
        !folder_of(other, line->word[0]) || strcmp(own, other) != 0)
        return error_add(error, STATUS_USAGE, "%s: allowed for --ro-crate: %s beside %s", path,
                         name, line->word[0]);
    return STATUS_OK;
}

static enum status read_export(struct command_export *export, const struct command_line *line,
                               struct error *error)
{
    enum status status = check_crate(line, error);
    if (!status)
        status = command_export_read(export, line->word[0], error);
    if (status)
        return status;
    export->license = command_value(line, "license");
    if (command_value(line, "ro-crate"))
        status = command_check_rest(export->results.archive, line->word[0], error);
    if (status)
        command_export_free(export);
    return status;
}

static bool any_file(const struct command_line *line)
{
    bool any = false;
    for (int k = 0; k < KINDS; k++)
        any |= command_value(line, kinds[k].option) != NULL;
    return any;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct command_export export;
    if (!any_file(line))
        return error_add(error, STATUS_USAGE,
                         "export: found no file to write, allowed: --csv FILE, --lifetimes FILE, "
                         "--optuna FILE, --wandb FILE, --ro-crate FILE");
    enum status status = read_export(&export, line, error);
    if (status)
        return status;
    status = write_all(line, &export, error);
    command_export_free(&export);
    return status;
}

static const struct command_option options[] = {
    {"csv", "FILE", "a table, a row a candidate: swept values, state, losses, what they took", 0},
    {"lifetimes", "FILE", "a table, a row a lifetime", 0},
    {"optuna", "FILE", "a journal of Optuna: a study, a trial a candidate", 0},
    {"wandb", "FILE", "runs for W&B, a line of JSON each, which analysis/log_wandb.py logs", 0},
    {"ro-crate", "FILE",
     "what describes the archive, as an RO-Crate: ro-crate-metadata.json beside it", 0},
    {"license", "NAME", "of --ro-crate: a name as SPDX has it, an address, or a sentence", 0},
    {0},
};

const struct command command_export = {
    .name = "export",
    .words = "RUN.h5",
    .least = 1,
    .most = 1,
    .sentence = "Writes the candidates of an archive for other programs: tables, Optuna, W&B, "
                "RO-Crate; also while a run goes on. A file must not exist yet.",
    .details =
        "Times have their unit behind the name: \"task.delay [ms]\". The loss is that by which "
        "candidates are ranked, only of those that were run to their end. In tables what is not "
        "known is empty, and trials to criterion that were never reached are inf; of a candidate "
        "they are the median over seeds.\n"
        "Optuna: load_study(study_name=None, storage=JournalStorage(JournalFileBackend(FILE))), or "
        "optuna-dashboard FILE. A trial is complete if it is finite on all seeds, else it failed; "
        "it begins with the run and takes the seconds of its lifetimes. Numbers of a list stand on "
        "a logarithmic axis if the largest is 10 times the smallest.\n"
        "An RO-Crate (version 1.1) is a folder to give away: the archive, and the file that tells "
        "its size, its SHA-256, its sweep file, the program that ran it and its licence. Its run "
        "has "
        "ended.",
    .options = options,
    .run = run,
};
