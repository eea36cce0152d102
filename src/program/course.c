/* One candidate of an archive: its iterations so far, and what is printed of it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "program/command.h"

void command_course_free(struct command_course *course)
{
    free(course->theta);
    free(course->loss);
    free(course->held_out);
    free(course->accuracy);
}

enum status command_course_read(struct command_course *course, struct archive *archive,
                                int64_t candidate, struct error *error)
{
    *course = (struct command_course){
        .candidate = candidate,
        .iterations = archive_size(archive, candidate, ARCHIVE_ITERATIONS),
        .evaluations = archive_size(archive, candidate, ARCHIVE_EVALUATIONS),
        .parameters = archive_size(archive, candidate, ARCHIVE_PARAMETERS),
    };
    const struct {
        enum archive_curve curve;
        double **out;
        int count;
    } curve[] = {
        {ARCHIVE_THETA, &course->theta, (course->iterations + 1) * course->parameters},
        {ARCHIVE_LOSS, &course->loss, course->iterations},
        {ARCHIVE_HELD_OUT_LOSS, &course->held_out, course->evaluations},
        {ARCHIVE_HELD_OUT_ACCURACY, &course->accuracy, course->evaluations},
    };
    enum status status =
        archive_read_curve(archive, course->scale, candidate, ARCHIVE_SCALE, error);
    for (int i = 0; i < 4 && !status; i++) {
        *curve[i].out =
            error_calloc(error, (unsigned long)curve[i].count + 1, sizeof **curve[i].out, "curves");
        status = *curve[i].out
                     ? archive_read_curve(archive, *curve[i].out, candidate, curve[i].curve, error)
                     : STATUS_FAILED;
    }
    if (status)
        command_course_free(course);
    return status;
}

const double *command_course_theta(const struct command_course *course, int iteration)
{
    return course->theta + (size_t)iteration * (size_t)course->parameters;
}

int command_course_known(const struct command_course *course)
{
    int i = course->iterations;
    while (i >= 0 && course->parameters > 0 && isnan(command_course_theta(course, i)[0]))
        i--;
    return i;
}

void command_print_candidate(const struct command_results *results, int64_t candidate)
{
    const struct sweep *sweep = &results->config.sweep;
    char text[SETTINGS_VALUE];
    printf("%s, candidate %" PRId64 " of %" PRId64 "\n", results->config.base.name, candidate,
           results->space.candidates);
    for (int a = 0; a < sweep->axes; a++) {
        space_value(&results->space, candidate, a, text);
        printf("  %s: %s\n", sweep->axis[a].name,
               *text                            ? text
               : sweep_has(sweep, candidate, a) ? "not known yet"
                                                : "none");
    }
    if (sweep->repeats > 1)
        printf("  seed: %" PRId64 ", of repeat %" PRId64 " of 0 to %d\n",
               sweep_seed(sweep, candidate, results->config.base.seed), candidate % sweep->repeats,
               sweep->repeats - 1);
}

enum status command_print_best(const struct command_results *results, struct error *error)
{
    command_print_choice(results);
    if (!command_has_best(results))
        return STATUS_OK;
    const struct standing *best = results->candidate;
    struct command_course course;
    enum status status = command_course_read(&course, results->archive, best->candidate, error);
    if (status)
        return status;
    struct settings settings;
    space_settings(&results->space, best->candidate, &settings);
    command_print_candidate(results, best->candidate);
    printf("Rule after %d of %d meta-iterations%s:\n", best->iteration, course.iterations,
           results->held_out ? "" : ", the last that was run");
    command_print_rule(&settings, command_course_theta(&course, best->iteration), course.scale, 2);
    command_course_free(&course);
    return STATUS_OK;
}
