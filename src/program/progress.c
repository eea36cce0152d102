/* The line that tells how far a run is: the longest way of saying it that fits. */
#include "program/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "program/command.h"

/* What is done for the sake of room, one after the other. */
enum cut {
    SHORT_RATE,
    SHORT_COUNT,
    SHORT_WRONG,
    NO_SHARE,
    NO_RATE,
    NO_ERROR,
    NO_BEST,
    NO_DIVERGED,
    NO_TIME,
    CUTS
};

void command_four_digits(char text[32], double number)
{
    snprintf(text, 32, fabs(number) >= 1000 && fabs(number) < 1e7 ? "%.0f" : "%.4g", number);
}

static void add(char line[COMMAND_PROGRESS], const char *format, ...)
{
    size_t length = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + length, COMMAND_PROGRESS - length, format, arguments);
    va_end(arguments);
}

static void add_count(char line[COMMAND_PROGRESS], const struct search_progress *search, int cuts)
{
    double share =
        search->lifetimes ? (double)search->lifetimes_done / (double)search->lifetimes : 1;
    add(line, "%" PRId64 " of %s%" PRId64 "%s", search->lifetimes_done,
        search->most ? "at most " : "", search->lifetimes, cuts > SHORT_COUNT ? "" : " lifetimes");
    if (cuts <= NO_SHARE)
        add(line, " (%.0f %%)",
            search->lifetimes_done < search->lifetimes ? fmin(100 * share, 99) : 100);
}

static void add_pace(char line[COMMAND_PROGRESS], const struct coordinator_progress *progress,
                     int cuts)
{
    char rate[32], time[32];
    command_four_digits(rate, progress->rate);
    command_duration(time, progress->last ? progress->elapsed : progress->left);
    if (cuts <= NO_RATE)
        add(line, ", %s%s", rate, cuts > SHORT_RATE ? "/s" : " a second");
    if (cuts <= NO_TIME)
        add(line, ", %s %s", progress->last ? "took" : "left", time);
}

static void add_best(char line[COMMAND_PROGRESS], const struct search_best *best, int cuts)
{
    if (isnan(best->loss) || cuts > NO_BEST)
        return;
    add(line, ", %s %#.4g", best->ended ? "best" : "so far", best->loss);
    if (!isnan(best->error) && cuts <= NO_ERROR)
        add(line, " +- %#.2g", best->error);
}

/* What went wrong. */
static void add_wrong(char line[COMMAND_PROGRESS], const struct coordinator_progress *progress,
                      int cuts)
{
    if (cuts <= NO_DIVERGED)
        add(line, ", %" PRId64 " diverged", progress->search.diverged);
    if (progress->search.failed > 0)
        add(line, ", %" PRId64 " %s", progress->search.failed,
            cuts > SHORT_WRONG ? "failed" : "could not be run");
    if (progress->lost > 0)
        add(line, ", %d %s", progress->lost, cuts > SHORT_WRONG ? "lost" : "workers lost");
    if (progress->stopping)
        add(line, progress->last ? ", stopped" : ", stopping");
}

void command_progress(char line[COMMAND_PROGRESS], const struct coordinator_progress *progress,
                      int width)
{
    for (int cuts = 0; cuts <= CUTS; cuts++) {
        *line = 0;
        add_count(line, &progress->search, cuts);
        add_pace(line, progress, cuts);
        add_best(line, &progress->best, cuts);
        add_wrong(line, progress, cuts);
        if ((int)strlen(line) <= width)
            return;
    }
    if (width < COMMAND_PROGRESS)
        line[width] = 0;
}
