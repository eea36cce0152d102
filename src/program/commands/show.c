/* show: one candidate of an archive: hyperparameters, rule, curves. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "archive/archive.h"
#include "program/measure.h"
#include "search/estimator.h"
#include "search/optimizer.h"

static void print_parameters(const struct command_course *course, struct archive *archive,
                             int iteration)
{
    printf("\n%-12s %14s %14s %14s\n", "parameter", "start", "now", "now, normalised");
    for (int p = 0; p < course->parameters; p++)
        printf("%-12s %14.6g %14.6g %15.6g\n", archive_parameter(archive, course->candidate, p),
               command_course_theta(course, 0)[p], command_course_theta(course, iteration)[p],
               command_course_theta(course, iteration)[p] / course->scale[p]);
}

static void print_number(double number)
{
    if (isnan(number))
        printf(" %12s", "-");
    else
        printf(" %12.5f", number);
}

/* Row i tells of theta^i: its loss on the training seeds, and its evaluation if it had one. */
static void print_curves(const struct command_course *course, const struct settings *settings)
{
    printf("\n%-12s %12s %12s %12s\n", "iteration", "loss", "held-out", "accuracy");
    const struct search_extent extent = search_extent(settings);
    int e = 0;
    for (int i = 0; i <= course->iterations; i++) {
        bool evaluated = e < course->evaluations && search_evaluated_iteration(&extent, e) == i;
        printf("%-12d", i);
        print_number(i < course->iterations ? course->loss[i] : NAN);
        print_number(evaluated ? course->held_out[e] : NAN);
        print_number(evaluated ? course->accuracy[e] : NAN);
        printf("\n");
        e += evaluated;
    }
}

static const char *const kind_word[OPTIMIZER_KINDS] = {
    "",       "turned", "downhill",    "larger",       "smaller",      "without term",
    "slower", "faster", "looser clip", "tighter clip", "quicker mean", "steadier mean"};
static const char *const verdict_word[OPTIMIZER_VERDICTS] = {"",
                                                             "",
                                                             "kept",
                                                             "worse",
                                                             "without a gain in sight",
                                                             "diverged",
                                                             "undecided",
                                                             "given up for one that was kept"};

/* What became of the rules that were compared with theta: the steps that were kept, and how many of
 * the others were dropped and why. */
static void print_decisions(const struct optimizer_decision *decision, int iterations, int count)
{
    int dropped[OPTIMIZER_VERDICTS] = {0};
    printf("\n%-12s %-14s %12s %12s %8s\n", "kept after", "step", "difference", "+-", "pairs");
    for (int i = 0; i < iterations * count; i++) {
        const struct optimizer_decision *d = &decision[i];
        int verdict = d->verdict < OPTIMIZER_VERDICTS ? d->verdict : 0;
        dropped[verdict]++;
        if (verdict != OPTIMIZER_KEPT)
            continue;
        printf("%-12d %-14s", i / count + 1, d->kind < OPTIMIZER_KINDS ? kind_word[d->kind] : "");
        print_number(d->difference);
        print_number(d->error);
        printf(" %8d\n", d->pairs);
    }
    printf("Difference in loss from the rule before, in pairs on the same training seeds.\nKept %d",
           dropped[OPTIMIZER_KEPT]);
    for (int v = OPTIMIZER_WORSE; v < OPTIMIZER_VERDICTS; v++)
        printf(", %d %s", dropped[v], verdict_word[v]);
    printf(".\n");
}

static enum status show_decisions(struct archive *archive, const struct command_course *course,
                                  const struct settings *settings, struct error *error)
{
    const struct archive_plan *plan = archive_plan_of(archive);
    size_t count = (size_t)plan->iterations * (size_t)plan->challengers;
    if (!optimizer_of(settings)->decides || course->parameters == 0 || count == 0)
        return STATUS_OK;
    struct optimizer_decision *decision = error_calloc(error, count, sizeof *decision, "decisions");
    enum status status = decision
                             ? archive_read_decisions(archive, decision, course->candidate, error)
                             : STATUS_FAILED;
    if (!status)
        print_decisions(decision, course->iterations, plan->challengers);
    free(decision);
    return status;
}

/* How the gradients were computed that led there. */
static void print_gradient(const struct settings *settings)
{
    char estimator[SETTINGS_VALUE];
    struct lifetime_gradient gradient = estimator_of(settings)->gradient(settings);
    settings_get(settings, "meta.estimator", estimator);
    if (gradient.wanted)
        printf("  gradients: %s, by %s\n", estimator,
               gradient.backwards ? "the adjoint" : "tangents");
}

static const struct standing *find(const struct command_results *results, int64_t candidate)
{
    const struct standing *standing = results->candidate;
    while (standing->candidate != candidate)
        standing++;
    return standing;
}

/* Which rule is shown: the one asked for, the last that was evaluated or, of an unfinished candidate, is
 * known; -1: none is known, since nothing of the candidate was run. */
static enum status choose(int64_t *iteration, const struct command_course *course,
                          const struct standing *standing, const struct command_line *line,
                          struct error *error)
{
    int known = command_course_known(course);
    bool ended = standing->state != STANDING_UNFINISHED && standing->iteration >= 0;
    enum status status = command_integer(iteration, line, "iteration", 0, course->iterations,
                                         ended ? standing->iteration : known, error);
    if (status || *iteration <= known)
        return status;
    char last[32] = "none";
    if (known >= 0)
        snprintf(last, sizeof last, "0 to %d", known);
    return error_add(error, STATUS_USAGE,
                     "--iteration: found %" PRId64 ", of which candidate %" PRId64
                     " has no rule yet, allowed: %s",
                     *iteration, course->candidate, last);
}

/* Where the start rule, or the metric of the steps, is from. */
static enum status show_measured(const struct command_results *results, int64_t candidate,
                                 const struct settings *settings, struct error *error)
{
    int32_t m;
    struct measured found;
    enum status status = archive_read_measurement(results->archive, &m, candidate, error);
    if (status || m < 0)
        return status;
    status = archive_read_measured(results->archive, &found, m, candidate, error);
    if (status)
        return status;
    if (settings->rule.start.from == SETTINGS_FROM_EFFICIENCY)
        command_print_found(&found);
    measured_free(&found);
    return STATUS_OK;
}

static enum status show_rule(const struct command_results *results,
                             const struct command_course *course, int iteration,
                             struct error *error)
{
    struct settings settings;
    space_settings(&results->space, course->candidate, &settings);
    enum status status = show_measured(results, course->candidate, &settings, error);
    if (status)
        return status;
    printf("\nRule after %d of %d meta-iterations:\n", iteration, course->iterations);
    command_print_rule(&settings, command_course_theta(course, iteration), course->scale, 2);
    if (course->parameters > 0)
        print_gradient(&settings);
    print_parameters(course, results->archive, iteration);
    print_curves(course, &settings);
    return show_decisions(results->archive, course, &settings, error);
}

static void print_repeats(const struct standing_group *group)
{
    const struct pairs_mean *loss = &group->loss[1];
    if (group->repeats == 1)
        return;
    printf("  its %d repeats together: %s, %d of them finished", group->repeats,
           command_state_word[group->state], group->finished);
    if (loss->count > 0)
        printf(": mean loss %#.4g +- %#.2g, standard deviation %#.2g over repeats", loss->mean,
               loss->error, loss->deviation);
    printf("\n");
}

static enum status show(const struct command_results *results, const struct command_line *line,
                        struct error *error)
{
    int64_t candidate, iteration;
    enum status status =
        command_integer(&candidate, line, "candidate", 0, results->space.candidates - 1,
                        results->candidate[0].candidate, error);
    struct command_course course;
    if (!status)
        status = command_course_read(&course, results->archive, candidate, error);
    if (status)
        return status;
    const struct standing *standing = find(results, candidate);
    status = choose(&iteration, &course, standing, line, error);
    if (!status) {
        if (!command_value(line, "candidate"))
            command_print_choice(results);
        command_print_candidate(results, candidate);
        printf("  ");
        command_print_standing(results, standing);
        print_repeats(&standing->group);
        if (archive_plan_of(results->archive)->rungs > 0)
            status = command_print_decisions(results, candidate, error);
        if (!status && iteration >= 0)
            status = show_rule(results, &course, (int)iteration, error);
        else if (!status)
            printf("\nNo rule yet: nothing of this candidate was run.\n");
    }
    command_course_free(&course);
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
    {"candidate", "C", "which candidate, from 0; default: the best, or the first of 'status'", 0},
    {"iteration", "I",
     "the rule after I meta-iterations; default: the last that was evaluated or, of an unfinished "
     "candidate, is known",
     0},
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
