/* Reads an archive for other programs. */
#include "program/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/pairs.h"

#define WIDE 10 /* numbers of a list whose largest is so many times the smallest are logarithmic */

void command_export_number(FILE *out, double number)
{
    char text[32];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    fputs(text, out);
}

/* What is known of all repeats of a candidate together, and which one it is. */
static int repeats_numbers(struct command_number *out, const struct command_export *export,
                           int64_t candidate)
{
    const struct standing_group *group = &export->standing[candidate]->group;
    const struct sweep *sweep = &export->results.config.sweep;
    const struct command_number all[] = {
        {"repeat", (double)(candidate % sweep->repeats)},
        {"seed", (double)sweep_seed(sweep, candidate, export->results.config.base.seed)},
        {"repeats_finished", group->finished},
        {"repeats_loss", group->loss[1].mean},
        {"repeats_loss_error", group->loss[1].error},
        {"repeats_loss_deviation", group->loss[1].deviation},
        {"repeats_accuracy", group->accuracy.mean},
        {"repeats_test_loss", group->test_loss[TESTED_CHOSEN].mean}, /* the first of tests */
        {"repeats_test_loss_error", group->test_loss[TESTED_CHOSEN].error},
        {"repeats_test_difference", group->test_difference.mean},
        {"repeats_test_difference_error", group->test_difference.error},
    };
    enum { ALL = sizeof all / sizeof *all, TESTS = 4 };
    memcpy(out, all, sizeof all);
    return export->results.tested ? ALL : ALL - TESTS;
}

int command_export_numbers(struct command_number out[COMMAND_NUMBERS],
                           const struct command_export *export, int64_t candidate)
{
    const struct standing *c = export->standing[candidate];
    const struct standing_test *test = &c->test;
    bool ended = c->state == STANDING_FINISHED || c->state == STANDING_PARTLY;
    int64_t done = c->done[JOB_TRAIN] + c->done[JOB_EVALUATE] + c->done[JOB_TEST];
    const struct command_number all[] = {
        {"loss", ended ? c->loss[1] : NAN},
        {"loss_error", ended ? c->loss_error : NAN},
        {"accuracy", ended ? c->accuracy[1] : NAN},
        {"accuracy_error", ended ? c->accuracy_error : NAN},
        {"trials_to_criterion", export->criterion[candidate][0]},
        {"seeds", c->seeds},
        {"finite_seeds", c->finite},
        {"iteration", c->iteration >= 0 ? c->iteration : NAN},
        {"start_loss", c->loss[0]},
        {"start_accuracy", c->accuracy[0]},
        {"lifetimes", (double)done},
        {"diverged", (double)c->diverged},
        {"failed", (double)c->failed},
        {"seconds", c->seconds},
        {"test_loss", test->loss[TESTED_CHOSEN]}, /* the first of tests */
        {"test_loss_error", test->loss_error[TESTED_CHOSEN]},
        {"test_accuracy", test->accuracy[TESTED_CHOSEN]},
        {"test_trials_to_criterion", export->criterion[candidate][1]},
        {"test_start_loss", test->loss[TESTED_START]},
        {"test_start_loss_error", test->loss_error[TESTED_START]},
        {"test_difference", test->difference},
        {"test_difference_error", test->difference_error},
    };
    enum { ALL = sizeof all / sizeof *all, TESTS = 8 };
    int numbers = export->results.tested ? ALL : ALL - TESTS;
    memcpy(out, all, sizeof all);
    return export->results.config.sweep.repeats == 1
               ? numbers
               : numbers + repeats_numbers(out + numbers, export, candidate);
}

/* ---- axes ---- */

static int find_word(const struct command_axis *axis, const char *text)
{
    int i = 0;
    while (i < axis->words && strcmp(axis->word[i], text) != 0)
        i++;
    return i;
}

int command_export_word(const struct command_export *export, int64_t candidate, int axis)
{
    char text[SETTINGS_VALUE];
    space_value(&export->results.space, candidate, axis, text);
    return find_word(&export->axis[axis], text);
}

static enum status read_words(struct command_axis *axis, const struct sweep_axis *of,
                              struct error *error)
{
    axis->word = error_calloc(error, (unsigned long)of->count + 1, sizeof *axis->word, "words");
    for (int i = 0; axis->word && i < of->count; i++)
        if (*of->value[i] && find_word(axis, of->value[i]) == axis->words)
            axis->word[axis->words++] = of->value[i];
    if (axis->word)
        axis->word[axis->words] = ""; /* of candidates that have none */
    return axis->word ? STATUS_OK : STATUS_FAILED;
}

static double divisor(double a, double b)
{
    return b > 0.5 ? divisor(b, fmod(a, b)) : a;
}

/* From the values of all candidates, or of the range from which they were drawn. */
static void read_range(struct command_export *export, int a, const struct sweep_axis *of)
{
    struct command_axis *axis = &export->axis[a];
    int64_t candidates = export->results.space.candidates, axes = export->results.config.sweep.axes;
    bool drawn = of->count == 0;
    axis->low = drawn ? of->minimum : INFINITY;
    axis->high = drawn ? of->maximum : -INFINITY;
    for (int64_t c = 0; c < candidates; c++) {
        axis->low = fmin(axis->low, export->value[c * axes + a]);
        axis->high = fmax(axis->high, export->value[c * axes + a]);
    }
    bool ranged = of->minimum < of->maximum;
    axis->logarithmic = ranged ? of->distribution == SWEEP_LOG_UNIFORM
                               : axis->low > 0 && axis->high >= WIDE * axis->low;
    axis->step = drawn || axis->logarithmic ? 1 : 0;
    for (int64_t c = 0; c < candidates && axis->whole; c++)
        axis->step = divisor(axis->step, export->value[c * axes + a] - axis->low);
    axis->step = fmax(axis->step, 1);
}

/* Titles, and which axes have numbers, from the settings of all candidates. */
static void look_at(struct command_export *export, int64_t candidate,
                    const struct settings *settings)
{
    const struct sweep *sweep = &export->results.config.sweep;
    for (int a = 0; a < sweep->axes; a++) {
        struct command_axis *axis = &export->axis[a];
        const char *name = sweep->axis[a].name;
        bool has = sweep_has(sweep, candidate, a);
        double value = has ? settings_number(settings, name) : NAN;
        struct parameter row;
        export->value[candidate * sweep->axes + a] = value;
        axis->number = (isfinite(value) || !has) && (candidate == 0 || axis->number);
        if (*axis->title || !has || !settings_describe(&row, settings, name))
            continue;
        axis->whole = row.type == PARAMETER_INTEGER;
        bool time = row.type == PARAMETER_DURATION;
        snprintf(axis->title, sizeof axis->title, time ? "%s [%s]" : "%s", name, row.unit);
    }
}

/* A number that the program is to choose is a word. */
static bool is_left_open(const struct sweep_axis *axis)
{
    for (int i = 0; i < axis->count; i++)
        if (strcmp(axis->value[i], "auto") == 0)
            return true;
    return false;
}

static enum status read_axes(struct command_export *export, struct error *error)
{
    const struct sweep *sweep = &export->results.config.sweep;
    enum status status = STATUS_OK;
    for (int a = 0; !status && a < sweep->axes; a++) {
        struct command_axis *axis = &export->axis[a];
        axis->number = axis->number && !is_left_open(&sweep->axis[a]);
        if (!*axis->title) /* no candidate has a value */
            snprintf(axis->title, sizeof axis->title, "%s", sweep->axis[a].name);
        if (!axis->number)
            status = read_words(axis, &sweep->axis[a], error);
        else
            read_range(export, a, &sweep->axis[a]);
    }
    return status;
}

/* ---- trials to criterion ---- */

enum { STANDS_ON, CHOSEN, ENDS };

/* Of one candidate, until the next one begins. */
struct ends {
    struct command_export *export;
    int64_t candidate;
    double *end[ENDS]; /* trials to criterion by seed; INFINITY: never */
    int64_t count[ENDS];
};

static void finish(struct ends *ends)
{
    const struct standing *c = ends->export->standing[ends->candidate];
    const int64_t seeds[ENDS] = {c->seeds, c->test.seeds};
    bool ended = c->state != STANDING_UNFINISHED;
    for (int k = 0; k < ENDS; k++) {
        if (ended && ends->count[k] > 0 && ends->count[k] == seeds[k])
            ends->export->criterion[ends->candidate][k] = pairs_median(ends->end[k], seeds[k]);
        ends->count[k] = 0;
    }
}

static void take(void *context, const struct outcome *outcome)
{
    struct ends *ends = context;
    const struct command_export *export = ends->export;
    const struct standing *c = export->standing[outcome->candidate];
    int32_t kind = export->results.held_out ? JOB_EVALUATE : JOB_TRAIN;
    int32_t chosen = c->test.rules > 1 ? TESTED_CHOSEN : TESTED_START;
    bool stands_on = outcome->kind == kind && outcome->seed < c->seeds &&
                     outcome->iteration == export->round[outcome->candidate];
    if (outcome->candidate != ends->candidate)
        finish(ends);
    ends->candidate = outcome->candidate;
    if (!stands_on && (outcome->kind != JOB_TEST || outcome->iteration != chosen))
        return;
    int k = stands_on ? STANDS_ON : CHOSEN;
    bool reached = search_learned(outcome) && outcome->trials_to_criterion >= 0;
    ends->end[k][ends->count[k]++] = reached ? outcome->trials_to_criterion : INFINITY;
}

static enum status read_ends(struct command_export *export, struct error *error)
{
    const struct archive_plan *plan = archive_plan_of(export->results.archive);
    unsigned long seeds = (unsigned long)plan->seeds + (unsigned long)plan->held_out;
    double *number = error_calloc(error, seeds + (unsigned long)plan->tests + 1, sizeof *number,
                                  "trials to criterion");
    if (!number)
        return STATUS_FAILED;
    struct ends ends = {.export = export, .end = {number, number + seeds}};
    enum status status = archive_read_outcomes(export->results.archive, NULL, take, &ends, error);
    if (!status)
        finish(&ends);
    free(number);
    return status;
}

/* ---- all ---- */

/* The evaluation of that meta-iteration, or the meta-iteration itself. */
static int32_t find_round(const struct command_export *export, const struct settings *settings,
                          int32_t iteration)
{
    const struct search_extent extent = search_extent(settings);
    int32_t e = 0;
    if (!export->results.held_out || iteration < 0)
        return iteration;
    while (e < extent.evaluations && search_evaluated_iteration(&extent, e) != iteration)
        e++;
    return e;
}

static bool take_memory(struct command_export *export, struct error *error)
{
    unsigned long candidates = (unsigned long)export->results.space.candidates + 1;
    unsigned long axes = (unsigned long)export->results.config.sweep.axes + 1;
    const char *what = "table of candidates";
    export->standing = error_calloc(error, candidates, sizeof(void *), what);
    export->criterion = error_calloc(error, candidates, sizeof *export->criterion, what);
    export->round = error_calloc(error, candidates, sizeof *export->round, what);
    export->value = error_calloc(error, candidates * axes, sizeof *export->value, what);
    export->axis = error_calloc(error, axes, sizeof *export->axis, what);
    return export->standing && export->criterion && export->round && export->value && export->axis;
}

static enum status read_all(struct command_export *export, struct error *error)
{
    const struct command_results *results = &export->results;
    const struct sweep *sweep = &results->config.sweep;
    if (!take_memory(export, error))
        return STATUS_FAILED;
    while (export->candidates < results->space.candidates && sweep_known(sweep, export->candidates))
        export->candidates++;
    for (int64_t i = 0; i < results->space.candidates; i++)
        export->standing[results->candidate[i].candidate] = &results->candidate[i];
    for (int64_t c = 0; c < results->space.candidates; c++) {
        struct settings settings;
        space_settings(&results->space, c, &settings);
        look_at(export, c, &settings);
        export->round[c] = find_round(export, &settings, export->standing[c]->iteration);
        export->criterion[c][STANDS_ON] = export->criterion[c][CHOSEN] = NAN;
    }
    enum status status = read_axes(export, error);
    if (!status)
        status = archive_read_begin(results->archive, &export->begin, error);
    return status ? status : read_ends(export, error);
}

enum status command_export_read(struct command_export *export, const char *path,
                                struct error *error)
{
    *export = (struct command_export){.path = path};
    enum status status = command_results_read(&export->results, path, error);
    if (status)
        return status;
    status = read_all(export, error);
    if (status)
        command_export_free(export);
    return status;
}

void command_export_free(struct command_export *export)
{
    for (int a = 0; export->axis && a < export->results.config.sweep.axes; a++)
        free(export->axis[a].word);
    free(export->axis);
    free(export->standing);
    free(export->criterion);
    free(export->round);
    free(export->value);
    command_results_free(&export->results);
}
