/* report: the page of a run, which analysis/report.py draws of what thetasweep-analyze measures. This
 * finds both programs and a Python that has what the page needs, and becomes it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/command.h"

enum { SAID = 256, TELL_ALL = 1024 };

/* What is read from `from`, up to the end of its first line, and closes it. */
static void first_line(char said[SAID], int from)
{
    FILE *in = fdopen(from, "r");
    if (!in || !fgets(said, SAID, in))
        *said = 0;
    said[strcspn(said, "\n")] = 0;
    if (in)
        fclose(in);
    else
        close(from);
}

/* Whether `python` has all that the script imports; if not, `said` is its own sentence, which is empty
 * if it cannot be run. */
static bool suits(char said[SAID], const char *python, char *script)
{
    int ends[2];
    *said = '\0';
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        int nothing = open("/dev/null", O_WRONLY);
        dup2(ends[1], STDOUT_FILENO);
        dup2(nothing, STDERR_FILENO);
        close(ends[0]);
        execlp(python, python, "-B", script, "--modules", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    first_line(said, ends[0]);
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status == 0;
}

/* The first Python that can draw; a failure tells what each one has not. */
static enum status find_python(const char **python, char *script, struct error *error)
{
    const char *given = getenv("THETASWEEP_PYTHON");
    if (!given || !*given)
        given = getenv("PYTHON");
    bool chosen = given && *given;
    const char *const candidates[] = {chosen ? given : "python3",
                                      chosen ? NULL : "/usr/bin/python3", NULL};
    char all[TELL_ALL] = "", said[SAID];
    for (int i = 0; candidates[i]; i++) {
        *python = candidates[i];
        if (suits(said, candidates[i], script))
            return STATUS_OK;
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s%s", *all ? "; " : "",
                 *said ? said : candidates[i], *said ? "" : " cannot be run");
    }
    return error_add(error, STATUS_USAGE,
                     "report: %s; allowed: a Python 3 with numpy, h5py and matplotlib, by 'apt-get "
                     "install python3-h5py python3-matplotlib', or another one by "
                     "THETASWEEP_PYTHON=...",
                     all);
}

static enum status run(const struct command_line *line, struct error *error)
{
    char script[PATH_MAX], analyze[PATH_MAX];
    const char *python, *page = command_value(line, "output"), *file = line->word[0];
    if (access(file, R_OK) != 0)
        return error_add_errno(error, STATUS_USAGE, "%s", file);
    enum status status = command_find_file(script, "report.py", "analysis", error);
    if (!status)
        status = find_python(&python, script, error);
    if (status)
        return status;
    if (command_beside_program(analyze, "thetasweep-analyze"))
        setenv("THETASWEEP_ANALYZE", analyze, 0);
    if (page)
        execlp(python, python, "-B", script, "-o", page, "--", file, (char *)NULL);
    else
        execlp(python, python, "-B", script, "--", file, (char *)NULL);
    return error_add_errno(error, STATUS_FAILED, "report: %s", python);
}

static const struct command_option options[] = {
    {"output", "PAGE", "the page, as NAME.html, or a folder for it; default: RUN.html", 'o'},
    {0},
};

const struct command command_report = {
    .name = "report",
    .words = "RUN.h5",
    .least = 1,
    .most = 1,
    .sentence =
        "Measures what a run came to and draws it: one HTML page, also while the run goes on.",
    .details =
        "The page holds all figures; beside it, RUN.figures/ has them as PDF and PNG. What "
        "thetasweep-analyze measures stands in RUN.analysis.h5 afterwards, and is measured anew if "
        "it is older than the archive. RUN.h5 may also be such an analysis, of several archives "
        "too, or what 'efficiency -o' wrote.\n"
        "The page is drawn by python3, or /usr/bin/python3 where that one has no numpy, h5py or "
        "matplotlib; THETASWEEP_PYTHON or PYTHON in the environment is another one.",
    .options = options,
    .run = run,
};
