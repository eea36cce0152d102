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

/* How fast, and how long still: by the cost of what is left, at the speed of the lifetimes so far. */
static void print_pace(const struct command_results *results, int64_t done, const char *path)
{
    struct stat file;
    char text[32];
    int workers = archive_ranks(results->archive) > 1 ? archive_ranks(results->archive) - 1 : 1;
    printf("running: %d %s", workers, workers == 1 ? "worker" : "workers");
    if (done > 0 && results->seconds > 0) {
        command_duration(text, fmax(results->left / workers, results->longest));
        printf(", %.3g lifetimes a second, time left: about %s",
               workers * (double)done / results->seconds, text);
    }
    printf("\n");
    double silent = stat(path, &file) == 0 ? difftime(time(NULL), file.st_mtim.tv_sec) : 0;
    command_duration(text, silent);
    if (silent > SILENT)
        printf("nothing was written for %s: the run may have ended\n", text);
}

/* Why a run with work left does not go on, and what makes it go on. */
static void print_stop(int ended, const char *path)
{
    printf("stopped: ");
    if (ended == STATUS_INTERRUPTED)
        printf("its latest start was interrupted, by a signal or a time limit\n");
    else if (ended == STATUS_OK)
        printf("its latest start did all that it was to do, as with --shard\n");
    else if (ended >= 0)
        printf("its latest start failed, with exit status %d\n", ended);
    else
        printf("its latest start did not come to its end: killed, or its machine failed\n");
    printf("goes on with: thetasweep run SWEEP.yaml -o %s --resume\n", path);
}

static enum status print_state(const struct command_results *results, const char *path,
                               struct error *error)
{
    const struct command_counts *counts = &results->counts;
    int64_t all = counts->all, done = counts->done;
    char text[96];
    int ended;
    enum status status = archive_read_end(results->archive, &ended, error);
    if (status)
        return status;
    command_lifetimes(text, counts);
    printf("lifetimes: %" PRId64 " of %s done (%.1f %%), %" PRId64 " diverged", done, text,
           all ? 100.0 * (double)done / (double)all : 100.0, counts->diverged);
    if (counts->failed > 0)
        printf(", %" PRId64 " could not be run (see /log/failure)", counts->failed);
    command_duration(text, results->seconds);
    printf("\ncomputing: %s in all lifetimes together\n", text);
    if (ended == STATUS_OK && done == all)
        printf("complete\n");
    else if (ended < 0 && archive_locked(path))
        print_pace(results, done, path);
    else
        print_stop(ended, path);
    return STATUS_OK;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct command_results results;
    const char *path = line->word[0];
    enum status status = command_results_read(&results, path, error);
    if (status)
        return status;
    printf("%s: %s\n", path, results.config.base.name);
    status = print_state(&results, path, error);
    if (!status) {
        printf("\n");
        command_print_candidates(&results, BEST);
        command_print_choice(&results);
    }
    command_results_free(&results);
    return status;
}

static const struct command_option options[] = {{0}};

const struct command command_status = {
    .name = "status",
    .words = "RUN.h5",
    .least = 1,
    .most = 1,
    .sentence = "Tells how far a run is, also while it goes on: lifetimes, rate, time left, why it "
                "stopped, diverged lifetimes, the best candidates so far.",
    .options = options,
    .run = run,
};
