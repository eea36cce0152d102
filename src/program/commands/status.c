/* status: how far a run is, from its archive alone; once, or again and again until it ends. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "program/look.h"

enum { BEST = 10, BEST_WATCHED = 5 };

/* How often it looks, and of how much time reading takes at the most a share. */
#define USUAL 2.0
#define SHARE 0.1

/* --watch [SECONDS]; 0: not given. */
static enum status read_interval(double *seconds, const struct command_line *line,
                                 struct error *error)
{
    const char *text = command_value(line, "watch");
    char *end = NULL;
    *seconds = !text ? 0 : !*text ? USUAL : strtod(text, &end);
    if (text && *text && (*end || !(*seconds >= 0.1 && *seconds <= 86400)))
        return error_add(error, STATUS_USAGE, "--watch: found '%s', allowed: seconds, 0.1 to 86400",
                         text);
    return STATUS_OK;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* That of the run; one that was killed, or of which no rank is left, has failed. */
static enum status status_of(const struct command_look *look)
{
    return look->end.status >= 0 ? (enum status)look->end.status : STATUS_FAILED;
}

static void tell(const struct command_look *look, const struct command_line *line, bool watched)
{
    bool wide = command_value(line, "wide");
    if (command_value(line, "json"))
        command_print_look_json(look);
    else
        command_print_look(look, watched && look->state == COMMAND_RUNNING ? BEST_WATCHED : BEST,
                           wide);
    fflush(stdout);
}

static void rest(double seconds)
{
    struct timespec time = {(time_t)seconds, (long)(1e9 * (seconds - floor(seconds)))};
    nanosleep(&time, NULL);
}

/* A run that has neither ended nor a lock may be just beginning: it is looked at twice. */
static enum status watch(const struct command_line *line, double interval, struct error *error)
{
    bool json = command_value(line, "json"), draw = command_on_terminal() && !json;
    enum status status = STATUS_OK;
    bool over = false;
    for (int gone = 0, told = 0; !status && !over && !ferror(stdout);) {
        struct command_look look;
        double begun = now();
        status = command_look(&look, line->word[0], error);
        if (status)
            return status;
        gone = look.state != COMMAND_RUNNING && look.end.status < 0 ? gone + 1 : 0;
        if (gone != 1) {
            printf("%s", draw ? "\033[H\033[J" : told++ && !json ? "\n" : "");
            tell(&look, line, true);
        }
        over = look.state != COMMAND_RUNNING && gone != 1;
        status = over ? status_of(&look) : STATUS_OK;
        command_look_free(&look);
        if (!over)
            rest(fmax(interval, (now() - begun) / SHARE));
    }
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    double interval;
    enum status status = read_interval(&interval, line, error);
    if (status || interval > 0)
        return status ? status : watch(line, interval, error);
    struct command_look look;
    status = command_look(&look, line->word[0], error);
    if (status)
        return status;
    tell(&look, line, false);
    command_look_free(&look);
    return STATUS_OK;
}

static const struct command_option options[] = {
    {"watch", "[SECONDS]",
     "looks again every so many seconds (2) until the run ends, then ends with the run's exit "
     "status",
     0},
    {"json", NULL, "tells all in one line of JSON; with --watch in a line each time", 0},
    {"wide", NULL, "tells all columns of the candidates, whatever the width of the terminal", 0},
    {0},
};

const struct command command_status = {
    .name = "status",
    .words = "RUN.h5",
    .least = 1,
    .most = 1,
    .sentence = "Tells how far a run is, also while it goes on: lifetimes, rate, time left, why it "
                "stopped, diverged lifetimes, the best candidates so far.",
    .details =
        "JSON has the keys: archive, name; state (running, complete, stopped, failed); stopped (by "
        "what) and resume (the command that goes on), null unless it stopped or failed, resume "
        "also of a packed copy; exit_status (of the latest start, null until it ends and if it was "
        "killed); ranks, and of these "
        "workers and relays; lifetimes (all, "
        "at_most, training, held_out, test, done, diverged, failed: could not be run); rate "
        "(lifetimes a "
        "second) and seconds_left, null unless running; seconds_computing (in all lifetimes "
        "together); "
        "seconds_silent (since the last write); candidates; states (how many candidates are "
        "finished, "
        "partly diverged, unfinished, diverged, not evaluated, stopped early); best (candidate, "
        "loss, "
        "loss_error, accuracy, iteration, seeds, repeats, test_loss, test_loss_error, parameters "
        "by "
        "name as in a sweep file; null: there is none).",
    .options = options,
    .run = run,
};
