/* status: how far a run is, from its archive alone. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "archive/archive.h"
#include "program/command.h"

#define SILENT 120.0 /* seconds without a write after which the run may have ended */

enum { BEST = 10 };

/* Rate, and time left or since the last write. The time that counts ends with the last write. */
static void print_times(const struct command_results *results, const char *path)
{
    struct stat file;
    double start = archive_started(results->archive);
    if (results->done == 0 || isnan(start) || stat(path, &file) != 0)
        return;
    double written = (double)file.st_mtim.tv_sec + 1e-9 * (double)file.st_mtim.tv_nsec;
    double rate = (double)results->done / fmax(written - start, 1e-3);
    double silent = difftime(time(NULL), file.st_mtim.tv_sec);
    char text[32];
    command_duration(text, results->seconds);
    printf("rate: %.3g lifetimes a second; %s of computing\n", rate, text);
    if (results->done == results->lifetimes)
        return;
    command_duration(text, (double)(results->lifetimes - results->done) / rate);
    printf("time left: %s\n", text);
    command_duration(text, silent);
    if (silent > SILENT)
        printf("nothing was written for %s: the run may have ended\n", text);
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct command_results results;
    const char *path = line->word[0];
    enum status status = command_results_read(&results, path, error);
    if (status)
        return status;
    printf("%s: %s\n", path, results.config.base.name);
    printf("lifetimes: %" PRId64 " of %" PRId64 " done (%.1f %%), %" PRId64 " diverged\n",
           results.done, results.lifetimes,
           results.lifetimes ? 100.0 * (double)results.done / (double)results.lifetimes : 100.0,
           results.diverged);
    print_times(&results, path);
    printf("\n");
    command_print_candidates(&results, BEST);
    command_results_free(&results);
    return STATUS_OK;
}

static const struct command_option options[] = {{0}};

const struct command command_status = {
    .name = "status",
    .words = "RUN.h5",
    .least = 1,
    .most = 1,
    .sentence = "Tells how far a run is, also while it goes on: jobs, rate, time left, diverged "
                "lifetimes, the best candidates so far.",
    .options = options,
    .run = run,
};
