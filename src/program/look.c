#include "program/look.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "program/export.h"
#include "program/progress.h"

#define SILENT 120.0 /* seconds without a write after which the run may have ended */

static enum command_state state_of(const struct command_look *look)
{
    const struct command_counts *counts = &look->results.counts;
    if (look->end.status == STATUS_OK && counts->done == counts->all)
        return COMMAND_COMPLETE;
    if (look->end.status < 0 && archive_locked(look->path))
        return COMMAND_RUNNING;
    return look->end.status == STATUS_FAILED || look->end.status == STATUS_USAGE ? COMMAND_FAILED
                                                                                 : COMMAND_STOPPED;
}

/* By the cost of what is left, at the speed of the lifetimes so far. */
static void look_at_pace(struct command_look *look)
{
    const struct command_results *results = &look->results;
    int workers = look->team.workers;
    struct stat file;
    look->rate = look->left = NAN;
    look->silent = stat(look->path, &file) == 0 ? difftime(time(NULL), file.st_mtim.tv_sec) : 0;
    if (look->state != COMMAND_RUNNING || results->counts.done == 0 || !(results->seconds > 0))
        return;
    look->rate = workers * (double)results->counts.done / results->seconds;
    look->left = fmax(results->left / workers, results->longest);
}

enum status command_look(struct command_look *look, const char *path, struct error *error)
{
    *look = (struct command_look){.path = path};
    enum status status = command_results_read(&look->results, path, error);
    if (status)
        return status;
    status = archive_read_end(look->results.archive, &look->end, error);
    if (status) {
        command_look_free(look);
        return status;
    }
    look->team = archive_read_team(look->results.archive);
    look->state = state_of(look);
    look_at_pace(look);
    return STATUS_OK;
}

void command_look_free(struct command_look *look)
{
    command_results_free(&look->results);
}

/* ---- for people ---- */

static void print_pace(const struct command_look *look)
{
    char left[32], rate[32], silent[32], workers[64];
    command_workers(workers, &look->team);
    printf("running: %s", workers);
    if (!isnan(look->rate)) {
        command_four_digits(rate, look->rate);
        command_duration(left, look->left);
        printf(", %s lifetimes a second, time left: about %s", rate, left);
    }
    printf("\n");
    command_duration(silent, look->silent);
    if (look->silent > SILENT)
        printf("nothing was written for %s: the run may have ended\n", silent);
}

static void print_lifetimes(const struct command_look *look)
{
    const struct command_counts *counts = &look->results.counts;
    char lifetimes[96], failed[64] = "", time[32], text[320];
    double share = counts->all ? 100.0 * (double)counts->done / (double)counts->all : 100.0;
    command_lifetimes(lifetimes, counts);
    if (counts->failed > 0)
        snprintf(failed, sizeof failed, ", %" PRId64 " could not be run (see /log/failure)",
                 counts->failed);
    int length =
        snprintf(text, sizeof text, "lifetimes: %" PRId64 " of %s", counts->done, lifetimes);
    int behind =
        snprintf(text + length, sizeof text - (size_t)length,
                 " done (%.1f %%), %" PRId64 " diverged%s", share, counts->diverged, failed);
    if (length + behind > command_width())
        text[length] = '\n';
    command_wrap(text, 0, 2);
    command_duration(time, look->results.seconds);
    printf("computing: %s in all lifetimes together\n", time);
}

void command_print_look(const struct command_look *look, int rows, bool wide)
{
    printf("%s: %s\n", look->path, look->results.config.base.name);
    print_lifetimes(look);
    if (look->state == COMMAND_RUNNING)
        print_pace(look);
    else if (look->state == COMMAND_COMPLETE)
        printf("complete\n");
    else
        command_print_stop(&look->end, look->team.ranks, look->path);
    printf("\n");
    command_print_candidates(&look->results, rows, wide);
    command_print_choice(&look->results);
}

/* ---- for programs ---- */

static void print_text(const char *name, const char *text)
{
    printf("\"%s\":", name);
    if (text)
        command_json_text(stdout, text);
    else
        printf("null");
}

static void print_number(const char *name, double number)
{
    printf(",\"%s\":", name);
    if (isfinite(number))
        command_export_number(stdout, number);
    else
        printf("null");
}

static void print_counts(const struct command_look *look)
{
    const struct command_counts *counts = &look->results.counts;
    printf(",\"lifetimes\":{\"all\":%" PRId64 ",\"at_most\":%s,\"training\":%" PRId64
           ",\"held_out\":%" PRId64 ",\"test\":%" PRId64 ",\"done\":%" PRId64
           ",\"diverged\":%" PRId64 ",\"failed\":%" PRId64 "}",
           counts->all, counts->most ? "true" : "false", counts->lifetimes[JOB_TRAIN],
           counts->lifetimes[JOB_EVALUATE], counts->lifetimes[JOB_TEST], counts->done,
           counts->diverged, counts->failed);
}

/* The best candidate with its swept values. */
static void print_best(const struct command_results *results)
{
    const struct standing *best = results->candidate;
    const struct sweep *sweep = &results->config.sweep;
    printf(",\"best\":");
    if (!command_has_best(results)) {
        printf("null");
        return;
    }
    printf("{\"candidate\":%" PRId64, best->candidate);
    print_number("loss", best->group.repeats > 1 ? best->group.loss[1].mean : best->loss[1]);
    print_number("loss_error",
                 best->group.repeats > 1 ? best->group.loss[1].error : best->loss_error);
    print_number("accuracy",
                 best->group.repeats > 1 ? best->group.accuracy.mean : best->accuracy[1]);
    print_number("iteration", best->iteration);
    print_number("seeds", best->seeds);
    print_number("repeats", best->group.repeats);
    print_number("test_loss", best->test.loss[TESTED_CHOSEN]);
    print_number("test_loss_error", best->test.loss_error[TESTED_CHOSEN]);
    printf(",\"parameters\":{");
    for (int a = 0; a < sweep->axes; a++) {
        char value[SETTINGS_VALUE];
        space_value(&results->space, best->candidate, a, value);
        printf("%s", a ? "," : "");
        command_json_text(stdout, sweep->axis[a].name);
        putchar(':');
        if (*value)
            command_json_text(stdout, value);
        else
            printf("null");
    }
    printf("}}");
}

static void print_states(const struct command_results *results)
{
    int64_t count[STANDING_STATES] = {0};
    for (int64_t c = 0; c < results->space.candidates; c++)
        count[results->candidate[c].state]++;
    print_number("candidates", (double)results->space.candidates);
    printf(",\"states\":{");
    for (int s = 0; s < STANDING_STATES; s++)
        printf("%s\"%s\":%" PRId64, s ? "," : "", command_state_word[s], count[s]);
    printf("}");
}

void command_print_look_json(const struct command_look *look)
{
    static const char *const word[] = {"running", "complete", "stopped", "failed"};
    char stopped[ARCHIVE_WHY + 64], resume[COMMAND_RESUME];
    bool ended = look->state == COMMAND_STOPPED || look->state == COMMAND_FAILED;
    command_stopped(stopped, &look->end);
    command_resume(resume, &look->end, look->team.ranks, look->path);
    printf("{");
    print_text("archive", look->path);
    printf(",");
    print_text("name", look->results.config.base.name);
    printf(",");
    print_text("state", word[look->state]);
    printf(",");
    print_text("stopped", ended ? stopped : NULL);
    printf(",");
    print_text("resume", ended && !look->end.packed ? resume : NULL);
    print_number("exit_status", look->end.status < 0 ? NAN : look->end.status);
    print_number("ranks", look->team.ranks);
    print_number("workers", look->team.workers);
    print_number("relays", command_relays(&look->team));
    print_counts(look);
    print_number("rate", look->rate);
    print_number("seconds_left", look->left);
    print_number("seconds_computing", look->results.seconds);
    print_number("seconds_silent", look->silent);
    print_states(&look->results);
    print_best(&look->results);
    printf("}\n");
}
