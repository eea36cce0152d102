/* A size is said once, as dimensions in the measure's table: memory and file both follow from it.
 * What a failed measure took is not written, so that a file never holds half of one. */
#include "measures/measure.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool measure_take(struct measure_output *out, int first, int last)
{
    for (int d = first; d <= last; d++) {
        assert(d < MEASURE_DATASETS && !out->data[d]);
        long count = output_count(out->file, out->measure->dataset[d].dimensions);
        out->data[d] = count < 0 ? NULL : study_numbers((size_t)count);
        if (!out->data[d])
            return false;
    }
    return true;
}

void measure_describe(struct measure_output *out, int dataset, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&out->description[dataset], format, arguments) < 0)
        out->description[dataset] = NULL;
    va_end(arguments);
}

/* "/rules/theta" */
static void join(char path[128], const struct measure_output *out, int dataset)
{
    snprintf(path, 128, "/%s/%s", out->measure->name, out->measure->dataset[dataset].name);
}

static struct output_about about(const struct measure_output *out, int dataset)
{
    const struct measure_dataset *row = &out->measure->dataset[dataset];
    const char *own = out->description[dataset];
    return (struct output_about){row->units, own ? own : row->description, row->source};
}

void measure_texts(struct measure_output *out, int dataset, const char *const *text)
{
    char path[128];
    join(path, out, dataset);
    output_texts(out->file, path, out->measure->dataset[dataset].dimensions, text,
                 about(out, dataset));
}

void measure_run(const struct measure *measure, struct study *study, struct output *output)
{
    struct measure_output out = {.file = output, .measure = measure};
    struct error error = {0};
    enum status status = measure->run(&out, study, &error);
    study_tell_left(study, measure->name);
    if (status) // the others are still wanted
        study_note(study, "%s: left out: %.*s", measure->name,
                   error.text ? (int)strcspn(error.text, "\n") : (int)strlen(STUDY_NUMERIC),
                   error.text ? error.text : STUDY_NUMERIC);
    error_free(&error);
    for (int d = 0; d < MEASURE_DATASETS; d++) {
        char path[128];
        if (out.data[d] && !status) {
            join(path, &out, d);
            output_array(output, path, measure->dataset[d].dimensions, out.data[d], about(&out, d));
        }
        free(out.data[d]);
        free(out.description[d]);
    }
}
