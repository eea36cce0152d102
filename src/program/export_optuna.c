/* A journal of Optuna, as its JournalFileBackend reads it: a line of JSON an operation, of which the
 * first makes the study and each other one a trial as a whole. Operations and states have the numbers
 * of optuna/storages/journal/_storage.py and optuna/trial/_state.py, which are part of the format;
 * parameters and distributions are in its internal representation (optuna/distributions.py). */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program/export.h"

enum { CREATE_STUDY = 0, STUDY_ATTRIBUTE = 2, CREATE_TRIAL = 4 };
enum { MINIMIZE = 1 };
enum { RUNNING = 0, COMPLETE = 1, PRUNED = 2, FAIL = 3, WAITING = 4 };

static void begin_line(FILE *out, int operation)
{
    fprintf(out, "{\"op_code\":%d,\"worker_id\":\"thetasweep\",", operation);
}

static void write_study(FILE *out, const struct command_export *export)
{
    const struct command_results *results = &export->results;
    begin_line(out, CREATE_STUDY);
    fputs("\"study_name\":", out);
    command_json_text(out, results->config.base.name);
    fprintf(out, ",\"directions\":[%d]}\n", MINIMIZE);
    begin_line(out, STUDY_ATTRIBUTE);
    fputs("\"study_id\":0,\"user_attr\":{\"archive\":", out);
    command_json_text(out, results->config.path);
    fputs("}}\n", out);
    begin_line(out, STUDY_ATTRIBUTE);
    fprintf(out, "\"study_id\":0,\"user_attr\":{\"value\":\"mean loss over %s seeds\"}}\n",
            results->tested     ? "validation"
            : results->held_out ? "held-out"
                                : "training");
}

/* Only a candidate that is finite on all seeds has a value that others' can be compared with. */
static int state_of(const struct standing *c)
{
    int64_t done = c->done[JOB_TRAIN] + c->done[JOB_EVALUATE] + c->done[JOB_TEST];
    if (c->state == STANDING_UNFINISHED)
        return done > 0 ? RUNNING : WAITING;
    if (c->state == STANDING_STOPPED)
        return PRUNED;
    return c->state == STANDING_FINISHED && isfinite(c->loss[1]) ? COMPLETE : FAIL;
}

/* A trial begins with the run; it ends when its lifetimes would have, one after the other. */
static void write_times(FILE *out, const struct command_export *export, const struct standing *c,
                        int state)
{
    const char *const name[] = {"datetime_start", "datetime_complete"};
    if (state == WAITING) {
        fputs(",\"datetime_start\":null", out);
        return;
    }
    double second[] = {(double)export->begin, (double)export->begin + c->seconds};
    for (int i = 0; i < (state == RUNNING ? 1 : 2); i++) {
        char text[64];
        time_t whole = (time_t)second[i];
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime(&whole));
        fprintf(out, ",\"%s\":\"%s.%06d+00:00\"", name[i], text,
                (int)(1e6 * (second[i] - (double)whole)));
    }
}

static void write_numbers(FILE *out, const struct command_axis *axis)
{
    fprintf(out, "{\"name\": \"%sDistribution\", \"attributes\": {\"log\": %s, \"step\": ",
            axis->whole ? "Int" : "Float", axis->logarithmic ? "true" : "false");
    if (axis->whole)
        command_export_number(out, axis->step);
    else
        fputs("null", out);
    fputs(", \"low\": ", out);
    command_export_number(out, axis->low);
    fputs(", \"high\": ", out);
    command_export_number(out, axis->high);
    fputs("}}", out);
}

static void write_words(FILE *out, const struct command_axis *axis)
{
    fputs("{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [", out);
    for (int i = 0; i < axis->words; i++) {
        fputs(i ? ", " : "", out);
        command_json_text(out, axis->word[i]);
    }
    fputs("]}}", out);
}

/* The axes that the candidate has a value of, as a member of a trial: an object of texts which are
 * JSON themselves. The caller frees it; NULL: no memory. */
static char *make_distributions(const struct command_export *export, int64_t candidate)
{
    const struct sweep *sweep = &export->results.config.sweep;
    const char *comma = "";
    char *text = NULL, *inner = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    bool whole = out;
    for (int a = 0; whole && a < sweep->axes; a++) {
        const struct command_axis *axis = &export->axis[a];
        if (!sweep_has(sweep, candidate, a))
            continue;
        FILE *own = open_memstream(&inner, &length);
        if (own)
            (axis->number ? write_numbers : write_words)(own, axis);
        whole = own && fclose(own) == 0;
        fputs(comma, out);
        comma = ",";
        command_json_text(out, axis->title);
        fputc(':', out);
        command_json_text(out, whole ? inner : "");
        free(inner);
        inner = NULL;
    }
    whole = out && fclose(out) == 0 && whole;
    if (whole)
        return text;
    free(text);
    return NULL;
}

static void write_parameters(FILE *out, const struct command_export *export, int64_t candidate)
{
    const struct sweep *sweep = &export->results.config.sweep;
    const char *comma = "";
    for (int a = 0; a < sweep->axes; a++) {
        if (!sweep_has(sweep, candidate, a))
            continue;
        fputs(comma, out);
        comma = ",";
        command_json_text(out, export->axis[a].title);
        fputc(':', out);
        if (export->axis[a].number)
            command_json_value(out, export, candidate, a);
        else
            fprintf(out, "%d", command_export_word(export, candidate, a));
    }
}

/* Loss by meta-iteration: of evaluations, or else of training. */
static enum status write_course(FILE *out, const struct command_export *export, int64_t candidate,
                                struct error *error)
{
    struct command_course course;
    struct settings settings;
    enum status status = command_course_read(&course, export->results.archive, candidate, error);
    if (status)
        return status;
    space_settings(&export->results.space, candidate, &settings);
    const struct search_extent extent = search_extent(&settings);
    bool held_out = export->results.held_out, first = true;
    for (int i = 0; i < (held_out ? course.evaluations : course.iterations); i++) {
        double loss = held_out ? course.held_out[i] : course.loss[i];
        if (!isfinite(loss))
            continue;
        fprintf(out, "%s\"%d\":", first ? "" : ",",
                held_out ? search_evaluated_iteration(&extent, i) : i);
        command_export_number(out, loss);
        first = false;
    }
    command_course_free(&course);
    return STATUS_OK;
}

static enum status write_trial(FILE *out, const struct command_export *export, int64_t candidate,
                               struct error *error)
{
    char *distributions = make_distributions(export, candidate);
    if (!distributions)
        return error_add(error, STATUS_FAILED, "out of memory: distributions");
    const struct standing *c = export->standing[candidate];
    int state = state_of(c);
    struct command_number number[COMMAND_NUMBERS];
    int numbers = command_export_numbers(number, export, candidate);
    begin_line(out, CREATE_TRIAL);
    fprintf(out, "\"study_id\":0,\"state\":%d,\"value\":", state);
    if (state == COMPLETE)
        command_export_number(out, number[0].value);
    else
        fputs("null", out);
    fputs(",\"values\":null", out);
    write_times(out, export, c, state);
    fprintf(out, ",\"distributions\":{%s},\"params\":{", distributions);
    free(distributions);
    write_parameters(out, export, candidate);
    fputs("},\"user_attrs\":{\"state\":", out);
    command_json_text(out, command_state_word[c->state]);
    command_json_numbers(out, number + 1, numbers - 1);
    fputs("},\"system_attrs\":{},\"intermediate_values\":{", out);
    enum status status = write_course(out, export, candidate, error);
    fputs("}}\n", out);
    return status;
}

enum status command_export_optuna(FILE *out, const struct command_export *export,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    write_study(out, export);
    for (int64_t c = 0; !status && c < export->candidates; c++)
        status = write_trial(out, export, c, error);
    return status;
}
