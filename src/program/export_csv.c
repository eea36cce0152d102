/* Tables as RFC 4180 has them: a line of names, then the rows. What is not known is empty, what is
 * never reached "inf". */
#include <inttypes.h>
#include <math.h>
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
};

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
    if (outcome->candidate != writing->candidate) {
        struct settings settings;
        writing->candidate = outcome->candidate;
        space_settings(&writing->export->results.space, outcome->candidate, &settings);
        writing->extent = search_extent(&settings);
    }
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
    struct writing writing = {.out = out, .export = export, .candidate = -1};
    write_titles(out, export);
    fputs(",kind,iteration,point,seed,state,loss,accuracy,trials_to_criterion,frozen_loss,"
          "frozen_accuracy,seconds\n",
          out);
    return archive_read_outcomes(export->results.archive, NULL, write_lifetime, &writing, error);
}
