/* show: one candidate of an archive: hyperparameters, rule, curves. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "archive/archive.h"
#include "program/command.h"
#include "search/optimizer.h"

struct course {
    int64_t candidate;
    int iterations, evaluations, parameters;
    double *theta, *loss, *held_out, *accuracy; /* as archive_read_curve() gives them */
    double scale[RULE_PARAMETERS];
};

static void course_free(struct course *course)
{
    free(course->theta);
    free(course->loss);
    free(course->held_out);
    free(course->accuracy);
}

static enum status read_course(struct course *course, struct archive *archive, int64_t candidate,
                               struct error *error)
{
    *course = (struct course){
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
        course_free(course);
    return status;
}

static const double *theta_of(const struct course *course, int iteration)
{
    return course->theta + (size_t)iteration * (size_t)course->parameters;
}

/* The last iteration whose theta is known; -1: none. */
static int last_known(const struct course *course)
{
    int i = course->iterations;
    while (i >= 0 && course->parameters > 0 && isnan(theta_of(course, i)[0]))
        i--;
    return i;
}

static void print_parameters(const struct course *course, struct archive *archive, int iteration)
{
    printf("\n%-12s %14s %14s %14s\n", "parameter", "start", "now", "now, normalised");
    for (int p = 0; p < course->parameters; p++)
        printf("%-12s %14.6g %14.6g %15.6g\n", archive_parameter(archive, course->candidate, p),
               theta_of(course, 0)[p], theta_of(course, iteration)[p],
               theta_of(course, iteration)[p] / course->scale[p]);
}

static void print_number(double number)
{
    if (isnan(number))
        printf(" %12s", "-");
    else
        printf(" %12.5f", number);
}

/* Row i tells of theta^i: its loss on the training seeds, and its evaluation if it had one. */
static void print_curves(const struct course *course, const struct settings *settings)
{
    printf("\n%-12s %12s %12s %12s\n", "iteration", "loss", "held-out", "accuracy");
    int e = 0;
    for (int i = 0; i <= course->iterations; i++) {
        bool evaluated = e < course->evaluations && search_evaluated_iteration(settings, e) == i;
        printf("%-12d", i);
        print_number(i < course->iterations ? course->loss[i] : NAN);
        print_number(evaluated ? course->held_out[e] : NAN);
        print_number(evaluated ? course->accuracy[e] : NAN);
        printf("\n");
        e += evaluated;
    }
}

static void print_settings(const struct command_results *results, int64_t candidate)
{
    char text[SETTINGS_VALUE];
    printf("%s, candidate %" PRId64 " of %" PRId64 "\n", results->config.base.name, candidate,
           results->space.candidates);
    for (int a = 0; a < results->config.axes; a++) {
        space_value(&results->space, candidate, a, text);
        printf("  %s: %s\n", results->config.axis[a].name, text);
    }
}

enum status command_print_best(const struct command_results *results, struct error *error)
{
    struct course course;
    int64_t best = results->candidate[0].index;
    enum status status = read_course(&course, results->archive, best, error);
    if (status)
        return status;
    int known = last_known(&course);
    struct settings settings;
    space_settings(&results->space, best, &settings);
    printf("Best: ");
    print_settings(results, best);
    if (known >= 0) {
        printf("Rule after %d of %d meta-iterations:\n", known, course.iterations);
        command_print_rule(&settings, theta_of(&course, known), course.scale, 2);
    }
    course_free(&course);
    return STATUS_OK;
}

static enum status show(const struct command_results *results, const struct command_line *line,
                        struct error *error)
{
    int64_t candidate, iteration;
    enum status status =
        command_integer(&candidate, line, "candidate", 0, results->space.candidates - 1,
                        results->candidate[0].index, error);
    struct course course;
    if (!status)
        status = read_course(&course, results->archive, candidate, error);
    if (status)
        return status;
    int known = last_known(&course);
    status = command_integer(&iteration, line, "iteration", 0, course.iterations, known, error);
    if (!status && (iteration < 0 || iteration > known))
        status = error_add(error, STATUS_USAGE,
                           "show: candidate %" PRId64 " has no rule of iteration %" PRId64
                           " yet; its last one is %d",
                           candidate, iteration < 0 ? 0 : iteration, known);
    if (!status) {
        struct settings settings;
        space_settings(&results->space, candidate, &settings);
        print_settings(results, candidate);
        printf("\nRule after %" PRId64 " of %d meta-iterations:\n", iteration, course.iterations);
        command_print_rule(&settings, theta_of(&course, (int)iteration), course.scale, 2);
        print_parameters(&course, results->archive, (int)iteration);
        print_curves(&course, &settings);
    }
    course_free(&course);
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct command_results results;
    enum status status = command_results_read(&results, line->word[0], error);
    if (status)
        return status;
    status = show(&results, line, error);
    command_results_free(&results);
    return status;
}

static const struct command_option options[] = {
    {"candidate", "C", "which candidate, from 0; default: the one with the smallest loss", 0},
    {"iteration", "I", "the rule after I meta-iterations; default: the last that is known", 0},
    {0},
};

const struct command command_show = {
    .name = "show",
    .words = "RUN.h5",
    .least = 1,
    .most = 1,
    .sentence = "Shows one candidate: its swept values, the rule as an equation, its parameters "
                "and its losses by iteration.",
    .options = options,
    .run = run,
};
