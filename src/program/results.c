/* What a sweep found, read from its archive: the table of candidates and the latest rules. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/command.h"

enum { VALUE = 25 }; /* bytes of a swept value in the table */

/* The first and the last known of a curve. */
static void ends(double end[2], const double *curve, int count)
{
    end[0] = count > 0 ? curve[0] : NAN;
    end[1] = NAN;
    for (int i = 1; i < count; i++)
        if (!isnan(curve[i]))
            end[1] = curve[i];
}

static enum status read_candidate(struct command_results *results, int64_t index, double *curve,
                                  struct error *error)
{
    struct archive *archive = results->archive;
    struct command_candidate *c = &results->candidate[index];
    *c = (struct command_candidate){.index = index, .loss = {NAN, NAN}, .accuracy = {NAN, NAN}};
    int32_t iterations = archive_size(archive, index, ARCHIVE_ITERATIONS);
    int32_t evaluations = archive_size(archive, index, ARCHIVE_EVALUATIONS);
    results->lifetimes += (int64_t)iterations * archive_size(archive, index, ARCHIVE_SEEDS) +
                          (int64_t)evaluations * archive_size(archive, index, ARCHIVE_HELD_OUT);
    enum status status = STATUS_OK;
    if (results->held_out) {
        status = archive_read_curve(archive, curve, index, ARCHIVE_HELD_OUT_LOSS, error);
        ends(c->loss, curve, evaluations);
        if (!status)
            status = archive_read_curve(archive, curve, index, ARCHIVE_HELD_OUT_ACCURACY, error);
        ends(c->accuracy, curve, evaluations);
    } else if (iterations > 0) {
        status = archive_read_curve(archive, curve, index, ARCHIVE_LOSS, error);
        ends(c->loss, curve, iterations);
    }
    return status;
}

/* Counts one committed slot; the scale is no lifetime. */
static void count(void *context, const struct outcome *outcome)
{
    struct command_results *results = context;
    if (outcome->kind == JOB_SCALE)
        return;
    bool diverged = outcome->state != LIFETIME_DONE;
    results->done++;
    results->diverged += diverged;
    results->candidate[outcome->candidate].diverged += diverged;
    results->seconds += outcome->seconds;
}

/* The latest loss that is known. */
static double latest(const struct command_candidate *c)
{
    return isnan(c->loss[1]) ? c->loss[0] : c->loss[1];
}

/* Ascending, unknown losses last, ties by index. */
static int compare(const void *a, const void *b)
{
    const struct command_candidate *x = a, *y = b;
    double p = latest(x), q = latest(y);
    if (isnan(p) != isnan(q))
        return isnan(p) ? 1 : -1;
    if (p < q || p > q)
        return p < q ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static enum status read_candidates(struct command_results *results, struct error *error)
{
    const struct archive_plan *plan = archive_plan_of(results->archive);
    int64_t candidates = results->space.candidates;
    double *curve =
        error_calloc(error, (unsigned long)plan->iterations + 2 + (unsigned long)plan->evaluations,
                     sizeof *curve, "curves");
    results->candidate = error_calloc(error, (unsigned long)candidates, sizeof *results->candidate,
                                      "table of candidates");
    results->held_out = plan->held_out > 0;
    enum status status = curve && results->candidate ? STATUS_OK : STATUS_FAILED;
    for (int64_t c = 0; c < candidates && !status; c++)
        status = read_candidate(results, c, curve, error);
    free(curve);
    if (!status)
        status = archive_read_outcomes(results->archive, NULL, count, results, error);
    if (!status)
        qsort(results->candidate, (size_t)candidates, sizeof *results->candidate, compare);
    return status;
}

enum status command_results_read(struct command_results *results, const char *path,
                                 struct error *error)
{
    *results = (struct command_results){0};
    enum status status = archive_open_reader(&results->archive, path, error);
    if (status)
        return status;
    char *text = archive_read_resolved(results->archive, error);
    status = text ? config_parse_resolved(&results->config, path, text, error) : STATUS_FAILED;
    free(text);
    if (status) {
        archive_close_reader(results->archive);
        return status;
    }
    /* The run has checked it, and the files that it names may be gone. */
    static const settings_check no_checks[] = {NULL};
    status = space_create(&results->space, &results->config, no_checks, error);
    if (!status)
        status = read_candidates(results, error);
    if (status)
        command_results_free(results);
    return status;
}

void command_results_free(struct command_results *results)
{
    free(results->candidate);
    config_free(&results->config);
    archive_close_reader(results->archive);
}

static void axis_value(char text[VALUE], const struct space *space, int64_t candidate, int axis)
{
    char value[SETTINGS_VALUE];
    space_value(space, candidate, axis, value);
    snprintf(text, VALUE, "%.*s", VALUE - 1, value);
}

static int axis_width(const struct command_results *results, int axis, int64_t rows)
{
    size_t width = strlen(results->config.sweep.axis[axis].name);
    for (int64_t i = 0; i < rows; i++) {
        char text[VALUE];
        axis_value(text, &results->space, results->candidate[i].index, axis);
        width = strlen(text) > width ? strlen(text) : width;
    }
    return (int)width + 2;
}

/* A number in a column of `width`, "-" if it is not known. */
static void print_number(double number, int width)
{
    if (isnan(number))
        printf("%*s", width, "-");
    else
        printf("%*.4f", width, number);
}

void command_print_candidates(const struct command_results *results, int limit)
{
    const struct config *config = &results->config;
    int64_t candidates = results->space.candidates, rows = candidates < limit ? candidates : limit;
    printf("candidate");
    for (int a = 0; a < config->sweep.axes; a++)
        printf("%*s", axis_width(results, a, rows), config->sweep.axis[a].name);
    printf("%14s %8s %17s %8s %9s\n", "loss: start", "end", "accuracy: start", "end", "diverged");
    for (int64_t i = 0; i < rows; i++) {
        const struct command_candidate *c = &results->candidate[i];
        printf("%9" PRId64, c->index);
        for (int a = 0; a < config->sweep.axes; a++) {
            char text[VALUE];
            axis_value(text, &results->space, c->index, a);
            printf("%*s", axis_width(results, a, rows), text);
        }
        print_number(c->loss[0], 14);
        print_number(c->loss[1], 9);
        print_number(c->accuracy[0], 18);
        print_number(c->accuracy[1], 9);
        printf("%10" PRId64 "\n", c->diverged);
    }
    if (rows < candidates)
        printf("and %" PRId64 " more candidates\n", candidates - rows);
    printf("Loss (19) on %s; diverged counts lifetimes.\n",
           results->held_out ? "held-out seeds, never trained on" : "the training seeds");
}
