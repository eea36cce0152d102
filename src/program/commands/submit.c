/* submit: a SLURM job for a sweep, from what `check` knows of it. The script is jobs/sweep.sbatch, whose
 * settings are replaced line by line; everything else in it stays. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/linalg.h"
#include "program/needs.h"

static const double STAY = 3600; /* seconds that a sweep shall take, if workers are enough */
static const double LONGEST =
    12 * 3600; /* of a stay on the machine, after which the job goes on later */
static const double SHORTEST = 15 * 60;   /* to start, to write, and for luck */
static const double TIME_MARGIN = 1.5;    /* other processors, workers that wait at the end */
static const double MEMORY_MARGIN = 1.25; /* MPI takes more on many ranks */

enum { MOST_RANKS = 65, MOST_EVER = 1000000, SETS = 64, WORD = PATH_MAX + 64 };

struct stay {
    int64_t ranks;
    double seconds, limit; /* of the whole sweep on them; of one stay */
    int64_t megabytes;     /* a rank */
    char time[32];         /* of a stay, as SLURM reads it */
    char name[64];         /* of the job, and of its log */
    char sweep[WORD], run[WORD], program[WORD];
};

/* ---- numbers ---- */

static enum status ask_limit(double *limit, const struct command_line *line, struct error *error)
{
    const char *text = command_value(line, "time");
    if (text && (!command_read_duration(limit, text) || *limit < 60))
        return error_add(error, STATUS_USAGE,
                         "--time: found '%s', allowed: one minute or more, as 90 min, 12 h or "
                         "D-HH:MM:SS",
                         text);
    return STATUS_OK;
}

static void round_up(struct stay *stay)
{
    const double quarter = 900;
    long s = lround(quarter * ceil(stay->limit / quarter));
    if (stay->limit < quarter) // only if the user said so
        s = lround(stay->limit);
    snprintf(stay->time, sizeof stay->time, "%ld-%02ld:%02ld:%02ld", s / 86400, s / 3600 % 24,
             s / 60 % 60, s % 60);
    stay->limit = (double)s;
}

/* So many workers that the sweep takes an hour, but no more than have something to do. */
static enum status reckon(struct stay *stay, const struct command_line *line,
                          const struct search_plan *plan, struct error *error)
{
    struct command_forecast forecast = {0};
    enum status status = command_forecast(&forecast, plan, 1, COMMAND_FORECAST_BUDGET, error);
    if (status)
        return status;
    struct command_needs needs = command_needs(plan);
    double seconds = command_needs_seconds(&needs, &forecast, linalg_rate(0.2));
    int64_t useful = command_side_by_side(plan), workers = llround(fmin(ceil(seconds / STAY), 1e6));
    useful = useful < 1 ? 1 : useful;
    workers = workers < 1 ? 1 : workers;
    workers = workers < MOST_RANKS - 1 ? workers : MOST_RANKS - 1;
    workers = workers < useful ? workers : useful;
    status = command_integer(&stay->ranks, line, "ranks", 2, MOST_EVER, workers + 1, error);
    struct command_stay whole;
    if (!status)
        status = command_stay(&whole, plan, &needs, seconds, stay->ranks, error);
    if (status)
        return status;
    stay->seconds = whole.seconds;
    stay->limit = fmin(TIME_MARGIN * stay->seconds + SHORTEST, LONGEST);
    status = ask_limit(&stay->limit, line, error);
    round_up(stay);
    stay->megabytes = llround(ceil(MEMORY_MARGIN * command_needs_bytes(plan) / 64e6)) * 64 + 128;
    return status;
}

/* ---- names ---- */

/* `path` from the root on, by the name that the user's shell has for this folder: nodes may know it by
 * that alone. */
static void whole_path(char out[WORD], const char *path)
{
    char here[PATH_MAX] = "";
    const char *shell = getenv("PWD");
    char *real = realpath(".", NULL), *theirs = shell ? realpath(shell, NULL) : NULL;
    if (*path != '/')
        snprintf(here, sizeof here, "%s/",
                 real && theirs && strcmp(real, theirs) == 0 ? shell
                 : real                                      ? real
                                                             : ".");
    snprintf(out, WORD, "%s%s", here, path);
    free(real);
    free(theirs);
}

/* `path` with `to` in the place of its `from`, or behind it. */
static void change_end(char *out, size_t size, const char *path, const char *from, const char *to)
{
    size_t length = strlen(path), end = strlen(from);
    bool ends = length > end && strcmp(path + length - end, from) == 0;
    snprintf(out, size, "%.*s%s", (int)(ends ? length - end : length), path, to);
}

/* The program by the name by which it was called: from PATH, or by its path. */
static void name_program(struct stay *stay)
{
    if (strchr(program_invocation_name, '/'))
        whole_path(stay->program, program_invocation_name);
    else
        snprintf(stay->program, sizeof stay->program, "%s", program_invocation_name);
}

/* The sweep's name, of which only what is safe in a file's name stays. */
static void name_job(struct stay *stay, const char *sweep)
{
    size_t length = 0;
    for (; *sweep && length + 1 < sizeof stay->name; sweep++)
        stay->name[length++] =
            isascii(*sweep) && (isalnum(*sweep) || strchr("._-", *sweep)) ? *sweep : '-';
    stay->name[length] = 0;
}

/* ---- the script ---- */

/* Writes `text` as one word of the shell. */
static void quote(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
    fputc('\'', out);
}

/* Writes "KEY='value'", behind it `after`. */
static void assign(FILE *out, const char *before, const char *value, const char *after)
{
    fputs(before, out);
    quote(out, value);
    fputs(after, out);
}

static void write_options(FILE *out, const struct command_line *line)
{
    const char **set = calloc((size_t)line->options + 1, sizeof *set);
    int sets = set ? command_values(set, line, "set") : 0;
    fputs("options=(--resume", out);
    for (int i = 0; i < sets; i++)
        assign(out, " --set ", set[i], "");
    fputs(")\n", out);
    free(set);
}

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* A line of the script with what is known of this job, or as it is. */
static void write_line(FILE *out, const char *text, const struct stay *stay,
                       const struct command_line *line)
{
    const char *partition = command_value(line, "partition"),
               *account = command_value(line, "account");
    if (begins(text, "#SBATCH --job-name="))
        fprintf(out, "#SBATCH --job-name=%s\n", stay->name);
    else if (begins(text, "#SBATCH --ntasks="))
        fprintf(out, "#SBATCH --ntasks=%" PRId64 "\n", stay->ranks);
    else if (begins(text, "#SBATCH --mem-per-cpu="))
        fprintf(out, "#SBATCH --mem-per-cpu=%" PRId64 "M\n", stay->megabytes);
    else if (begins(text, "#SBATCH --time="))
        fprintf(out, "#SBATCH --time=%s\n", stay->time);
    else if (partition && begins(text, "##SBATCH --partition="))
        fprintf(out, "#SBATCH --partition=%s\n", partition);
    else if (account && begins(text, "##SBATCH --account="))
        fprintf(out, "#SBATCH --account=%s\n", account);
    else if (begins(text, "SWEEP="))
        assign(out, "SWEEP=", stay->sweep, "\n");
    else if (begins(text, "RUN="))
        assign(out, "RUN=", stay->run, "\n");
    else if (begins(text, "THETASWEEP="))
        assign(out, "PROGRAM=", stay->program, "\nTHETASWEEP=${THETASWEEP:-$PROGRAM}\n");
    else if (begins(text, "options=("))
        write_options(out, line);
    else
        fputs(text, out);
}

static void write_head(FILE *out, const struct stay *stay, const char *script)
{
    char time[32];
    command_duration(time, stay->seconds);
    fprintf(out,
            "#!/bin/bash\n# %s\n# as a job of %" PRId64
            " ranks, by 'thetasweep submit': some %s%s.\n#"
            "\n#     sbatch %s\n#\n"
            "# What is not complete when its time is up goes back to the queue and carries on from "
            "what is\n# in the archive. Submitting it again by hand does the same.\n\n",
            stay->sweep, stay->ranks, time, stay->seconds > stay->limit ? ", in several stays" : "",
            script);
}

/* The head of `from`, up to its first empty line, is about the script in general: it gets another one. */
static enum status write_script(FILE *out, FILE *from, const struct stay *stay,
                                const struct command_line *line, const char *script)
{
    char *text = NULL;
    size_t size = 0;
    write_head(out, stay, script);
    while (getline(&text, &size, from) > 0 && *text != '\n')
        ;
    while (getline(&text, &size, from) > 0)
        write_line(out, text, stay, line);
    free(text);
    return STATUS_OK;
}

static enum status make_script(const struct stay *stay, const struct command_line *line,
                               const char *script, struct error *error)
{
    char path[PATH_MAX];
    FILE *out;
    enum status status = command_find_file(path, "sweep.sbatch", "jobs", error);
    FILE *from = status ? NULL : fopen(path, "re");
    if (!status && !from)
        status = error_add_errno(error, STATUS_FAILED, "%s", path);
    if (!status)
        status = command_create_file(&out, script, error);
    if (!status) {
        write_script(out, from, stay, line, script);
        status = command_finish_file(out, script, STATUS_OK, error);
    }
    if (from)
        fclose(from);
    return status;
}

/* ---- the command ---- */

static enum status read_stay(struct stay *stay, const struct command_line *line,
                             struct error *error)
{
    struct command_sweep sweep;
    enum status status = command_sweep_read(&sweep, line, error);
    if (status)
        return status;
    status = command_sweep_effects(&sweep, false, error);
    name_job(stay, sweep.config.base.name);
    if (!status)
        status = reckon(stay, line, &sweep.plan, error);
    command_sweep_free(&sweep);
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct stay stay = {0};
    char run[WORD], script[WORD];
    const char *given = command_value(line, "output");
    bool now = command_value(line, "now") != NULL;
    if (now && system("command -v sbatch >/dev/null") != 0)
        return error_add(
            error, STATUS_FAILED,
            "--now: found no sbatch in PATH, allowed: a machine from which SLURM takes "
            "jobs; without --now the script is only written");
    enum status status = read_stay(&stay, line, error);
    if (status)
        return status;
    change_end(run, sizeof run, given ? given : line->word[0], given ? "" : ".yaml",
               given ? "" : ".h5");
    change_end(script, sizeof script, run, ".h5", ".sbatch");
    whole_path(stay.sweep, line->word[0]);
    whole_path(stay.run, run);
    name_program(&stay);
    status = make_script(&stay, line, script, error);
    if (status)
        return status;
    printf("%s: %" PRId64 " ranks of %" PRId64 " MB each, for %s; 'sbatch %s' submits it\n", script,
           stay.ranks, stay.megabytes, stay.time, script);
    if (!now)
        return STATUS_OK;
    fflush(stdout);
    execlp("sbatch", "sbatch", script, (char *)NULL);
    return error_add_errno(error, STATUS_FAILED, "sbatch");
}

static const struct command_option options[] = {
    {"output", "RUN.h5", "the archive; the script is RUN.sbatch; default: SWEEP.h5", 'o'},
    {"now", NULL, "submits the script with sbatch", 0},
    {"ranks", "N",
     "ranks, of which one hands out work; default: as many as an hour takes, up to 65", 0},
    {"time", "TIME",
     "longest stay on the machine, as '90 min' or D-HH:MM:SS; default: half as much again as "
     "is expected and a quarter of an hour, up to 12 h",
     0},
    {"partition", "NAME", "as sbatch has it", 0},
    {"account", "NAME", "as sbatch has it", 0},
    {"set", "KEY=VALUE", "overrides a parameter of the sweep file; may be given several times", 0},
    {0},
};

const struct command command_submit = {
    .name = "submit",
    .words = "SWEEP.yaml",
    .least = 1,
    .most = 1,
    .sentence =
        "Writes a SLURM script for a sweep: ranks, time and memory from what 'check' tells.",
    .details =
        "A job whose time is up, or that loses its node, goes back to the queue and carries on "
        "with "
        "what is in the archive: the result is the same, bit for bit. All settings stand in the "
        "script, each with what it means; it is that of jobs/sweep.sbatch. It must not exist yet.",
    .options = options,
    .run = run,
};
