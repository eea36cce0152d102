/* What W&B's runs are made of, a line of JSON each, which analysis/log_wandb.py logs: its own files are
 * made by its own package only. Members are the arguments of wandb.init(), rows for log(), and the
 * summary. */
#include <inttypes.h>
#include <math.h>

#include "program/export.h"

static void write_config(FILE *out, const struct command_export *export, int64_t candidate)
{
    fputs(",\"config\":{\"candidate\":", out);
    fprintf(out, "%" PRId64, candidate);
    for (int a = 0; a < export->results.config.sweep.axes; a++) {
        fputc(',', out);
        command_json_text(out, export->axis[a].title);
        fputc(':', out);
        command_json_value(out, export, candidate, a);
    }
    fputc('}', out);
}

static void write_row(FILE *out, int row, int iteration, const struct command_number number[3])
{
    fprintf(out, "%s{\"iteration\":%d", row ? "," : "", iteration);
    command_json_numbers(out, number, 3);
    fputc('}', out);
}

/* A row for each meta-iteration of which anything is known. */
static enum status write_history(FILE *out, const struct command_export *export, int64_t candidate,
                                 struct error *error)
{
    struct command_course course;
    struct settings settings;
    int e = 0, rows = 0;
    enum status status = command_course_read(&course, export->results.archive, candidate, error);
    if (status)
        return status;
    space_settings(&export->results.space, candidate, &settings);
    const struct search_extent extent = search_extent(&settings);
    fputs(",\"history\":[", out);
    for (int i = 0; i <= course.iterations; i++) {
        bool evaluated = e < course.evaluations && search_evaluated_iteration(&extent, e) == i;
        const struct command_number number[3] = {
            {"training_loss", i < course.iterations ? course.loss[i] : NAN},
            {"held_out_loss", evaluated ? course.held_out[e] : NAN},
            {"held_out_accuracy", evaluated ? course.accuracy[e] : NAN}};
        if (isfinite(number[0].value) || isfinite(number[1].value))
            write_row(out, rows++, i, number);
        e += evaluated;
    }
    fputc(']', out);
    command_course_free(&course);
    return STATUS_OK;
}

static enum status write_run(FILE *out, const struct command_export *export, int64_t candidate,
                             struct error *error)
{
    struct command_number number[COMMAND_NUMBERS];
    int numbers = command_export_numbers(number, export, candidate);
    char name[SETTINGS_NAME + 32];
    snprintf(name, sizeof name, "%s-%" PRId64, export->results.config.base.name, candidate);
    fputs("{\"name\":", out);
    command_json_text(out, name);
    fputs(",\"group\":", out);
    command_json_text(out, export->results.config.base.name);
    write_config(out, export, candidate);
    enum status status = write_history(out, export, candidate, error);
    fputs(",\"summary\":{\"state\":", out);
    command_json_text(out, command_state_word[export->standing[candidate]->state]);
    command_json_numbers(out, number, numbers);
    fputs("}}\n", out);
    return status;
}

enum status command_export_wandb(FILE *out, const struct command_export *export,
                                 struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t c = 0; !status && c < export->candidates; c++)
        status = write_run(out, export, c, error);
    return status;
}
