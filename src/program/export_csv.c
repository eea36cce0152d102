/* Tables as RFC 4180 has them: a line of names, then the rows. What is not known is empty, what is
 * never reached "inf". */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "program/export.h"

static void write_text(FILE *out, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n");
    if (quoted)
        fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    if (quoted)
        fputc('"', out);
}

static void write_number(FILE *out, double number)
{
    fputc(',', out);
    if (!isnan(number))
        command_export_number(out, number);
}

static void write_titles(FILE *out, const struct command_export *export)
{
    fputs("candidate", out);
    for (int a = 0; a < export->results.config.sweep.axes; a++) {
        fputc(',', out);
        write_text(out, export->axis[a].title);
    }
}

static void write_values(FILE *out, const struct command_export *export, int64_t candidate)
{
    int axes = export->results.config.sweep.axes;
    fprintf(out, "%" PRId64, candidate);
    for (int a = 0; a < axes; a++) {
        const struct command_axis *axis = &export->axis[a];
        if (axis->number) {
            write_number(out, export->value[candidate * axes + a]);
            continue;
        }
        fputc(',', out);
        write_text(out, axis->word[command_export_word(export, candidate, a)]);
    }
}

enum status command_export_csv(FILE *out, const struct command_export *export, struct error *error)
{
    (void)error;
    struct command_number number[COMMAND_NUMBERS];
    for (int64_t c = 0; c < export->candidates; c++) {
        int numbers = command_export_numbers(number, export, c);
        if (c == 0) {
            write_titles(out, export);
            fputs(",state", out);
            for (int i = 0; i < numbers; i++)
                fprintf(out, ",%s", number[i].name);
            fputs("\n", out);
        }
        write_values(out, export, c);
        fprintf(out, ",%s", command_state_word[export->standing[c]->state]);
        for (int i = 0; i < numbers; i++)
            write_number(out, number[i].value);
        fputs("\n", out);
    }
    return STATUS_OK;
}

/* ---- lifetimes ---- */

struct writing {
    FILE *out;
    const struct command_export *export;
    int64_t candidate; /* whose extent it is; -1: none yet */
    struct search_extent extent;
    double *
        course; /* [rungs + 1, axes] of a population: where the candidate lay until each rung, and in
                       the end; else NULL */
    int32_t rungs;
    struct error *error;
    enum status status;
};

/* After how many rungs of a population a lifetime ran: the evaluation of a rung is before it. */
static int32_t rungs_before(const struct writing *writing, const struct outcome *outcome)
{
    const struct search_extent *extent = &writing->extent;
    int32_t first = extent->evaluations - 1 - writing->rungs;
    int32_t before = writing->rungs;
    if (outcome->kind == JOB_TRAIN)
        before = outcome->iteration / extent->every - first + 1;
    else if (outcome->kind == JOB_EVALUATE)
        before = outcome->iteration - first;
    return before < 0 ? 0 : before < writing->rungs ? before : writing->rungs;
}

/* Puts the candidate where it lay then. */
static void put_back(struct writing *writing, int32_t rungs)
{
    const struct command_results *results = &writing->export->results;
    const struct sweep *sweep = &results->config.sweep;
    struct settings settings;
    if (!writing->course || writing->candidate < 0)
        return;
    const double *point = writing->course + rungs * sweep->axes;
    double *now = sweep->point + writing->candidate * sweep->axes;
    if (memcmp(point, now, (size_t)sweep->axes * sizeof *now) == 0)
        return;
    sweep_place(sweep, writing->candidate, point);
    space_settings(&results->space, writing->candidate, &settings);
    for (int a = 0; a < sweep->axes; a++)
        writing->export->value[writing->candidate * sweep->axes + a] =
            settings_number(&settings, sweep->axis[a].name);
}

/* The next candidate; the one before goes back to where it ended. */
static void turn_to(struct writing *writing, int64_t candidate)
{
    const struct command_results *results = &writing->export->results;
    const struct sweep *sweep = &results->config.sweep;
    struct settings settings;
    put_back(writing, writing->rungs);
    writing->candidate = candidate;
    space_settings(&results->space, candidate, &settings);
    writing->extent = search_extent(&settings);
    if (!writing->course || writing->status)
        return;
    size_t axes = (size_t)sweep->axes;
    const double *end = sweep_row(sweep, candidate);
    memcpy(writing->course + (size_t)writing->rungs * axes, end, axes * sizeof *end);
    writing->status =
        archive_read_course(results->archive, writing->course, candidate, writing->error);
    for (int32_t r = 0; r < writing->rungs; r++) // not decided yet
        if (isnan(writing->course[(size_t)r * axes]))
            memcpy(writing->course + (size_t)r * axes, end, axes * sizeof *end);
}

/* The meta-iteration whose theta it ran. */
static int32_t iteration_of(const struct writing *writing, const struct outcome *outcome)
{
    if (outcome->kind == JOB_EVALUATE)
        return search_evaluated_iteration(&writing->extent, outcome->iteration);
    if (outcome->kind == JOB_TEST)
        return outcome->iteration == TESTED_START
                   ? 0
                   : writing->export->standing[outcome->candidate]->iteration;
    return outcome->iteration;
}

static const char *kind_of(const struct writing *writing, const struct outcome *outcome)
{
    return outcome->kind == JOB_TRAIN        ? "training"
           : outcome->kind == JOB_TEST       ? "test"
           : writing->export->results.tested ? "validation"
                                             : "held-out";
}

static const char *state_of(const struct outcome *outcome)
{
    return outcome->state == LIFETIME_DONE                ? "done"
           : outcome->state == LIFETIME_DIVERGED          ? "diverged"
           : outcome->state == LIFETIME_GRADIENT_DIVERGED ? "gradient diverged"
                                                          : "not run";
}

static void write_lifetime(void *context, const struct outcome *outcome)
{
    struct writing *writing = context;
    if (outcome->kind == JOB_SCALE)
        return;
    if (outcome->candidate != writing->candidate)
        turn_to(writing, outcome->candidate);
    put_back(writing, rungs_before(writing, outcome));
    const struct search_extent *extent = &writing->extent;
    int32_t seeds = outcome->kind == JOB_TRAIN ? extent->seeds / extent->points : outcome->seed + 1;
    bool learned = search_learned(outcome);
    int32_t end = outcome->trials_to_criterion;
    write_values(writing->out, writing->export, outcome->candidate);
    fprintf(writing->out, ",%s,%" PRId32 ",%" PRId32 ",%" PRId32 ",%s", kind_of(writing, outcome),
            iteration_of(writing, outcome), outcome->seed / seeds, outcome->seed % seeds,
            state_of(outcome));
    write_number(writing->out, learned ? outcome->loss : NAN);
    write_number(writing->out, learned ? outcome->accuracy : NAN);
    write_number(writing->out, !learned ? NAN : end < 0 ? INFINITY : end);
    write_number(writing->out, learned ? outcome->frozen_loss : NAN);
    write_number(writing->out, learned ? outcome->frozen_accuracy : NAN);
    write_number(writing->out, outcome->seconds);
    fputs("\n", writing->out);
}

enum status command_export_lifetimes(FILE *out, const struct command_export *export,
                                     struct error *error)
{
    const struct archive_plan *plan = archive_plan_of(export->results.archive);
    struct writing writing = {
        .out = out, .export = export, .candidate = -1, .rungs = plan->rungs, .error = error};
    bool bred = export->results.config.sweep.point && plan->rungs > 0 && plan->axes > 0;
    if (bred)
        writing.course = error_calloc(error, (unsigned long)(plan->rungs + 1),
                                      (unsigned long)plan->axes * sizeof *writing.course, "values");
    if (bred && !writing.course)
        return STATUS_FAILED;
    write_titles(out, export);
    fputs(",kind,iteration,point,seed,state,loss,accuracy,trials_to_criterion,frozen_loss,"
          "frozen_accuracy,seconds\n",
          out);
    enum status status =
        archive_read_outcomes(export->results.archive, NULL, write_lifetime, &writing, error);
    put_back(&writing, writing.rungs);
    free(writing.course);
    return status ? status : writing.status;
}
