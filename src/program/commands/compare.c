/* compare: two rules on the same test seeds, in pairs: what was chosen in one candidate against what was
 * chosen in another, of the same archive or of two, or against the candidate's start rule. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/command.h"
#include "search/pairs.h"

/* One of the two. */
struct side {
    struct command_results *results;
    const char *path;
    const struct standing *standing;
    enum search_tested rule; /* of the candidate */
    int64_t count;           /* test seeds */
    int64_t finite;
    double *loss;  /* [count]; NAN: diverged */
    double *right; /* share of correct trials, likewise */
    double *end;   /* trials to criterion; INFINITY: never */
};

static void take(void *context, const struct outcome *outcome)
{
    struct side *side = context;
    bool learned = search_learned(outcome);
    if (outcome->kind != JOB_TEST || outcome->candidate != side->standing->candidate ||
        outcome->iteration != (int32_t)side->rule)
        return;
    bool finite = learned && isfinite(outcome->loss);
    int32_t end = outcome->trials_to_criterion;
    side->finite += finite;
    side->loss[outcome->seed] = finite ? outcome->loss : NAN;
    side->right[outcome->seed] = finite ? outcome->accuracy : NAN;
    side->end[outcome->seed] = finite && end >= 0 ? end : INFINITY;
}

/* The candidate that `option` names, or the best. */
static enum status choose(struct side *side, const struct command_line *line, const char *option,
                          struct error *error)
{
    const struct command_results *results = side->results;
    int64_t candidate;
    enum status status = command_integer(&candidate, line, option, 0, results->space.candidates - 1,
                                         results->candidate[0].candidate, error);
    if (status)
        return status;
    side->standing = results->candidate;
    while (side->standing->candidate != candidate)
        side->standing++;
    return STATUS_OK;
}

/* Reads the tests of a side whose candidate and rule are chosen. */
static enum status read_side(struct side *side, struct error *error)
{
    const struct standing_test *test = &side->standing->test;
    if (test->seeds == 0)
        return error_add(error, STATUS_USAGE,
                         "%s: candidate %" PRId64 " has no tests, allowed: candidates of a sweep "
                         "with meta.test_seeds",
                         side->path, side->standing->candidate);
    if (test->rules == 1)
        side->rule = TESTED_START;
    if (test->run[side->rule] < test->seeds)
        return error_add(error, STATUS_USAGE,
                         "%s: candidate %" PRId64 ": found %d of %d lifetimes on test seeds run, "
                         "allowed: all",
                         side->path, side->standing->candidate, test->run[side->rule], test->seeds);
    side->count = test->seeds;
    side->loss = error_calloc(error, 3 * (unsigned long)side->count, sizeof(double), "tests");
    if (!side->loss)
        return STATUS_FAILED;
    side->right = side->loss + side->count;
    side->end = side->right + side->count;
    return archive_read_outcomes(side->results->archive, NULL, take, side, error);
}

static void print_side(char letter, const struct side *side)
{
    const struct standing *c = side->standing;
    printf("%c: %s, candidate %" PRId64 ": ", letter, side->path, c->candidate);
    if (side->rule == TESTED_START || c->iteration == 0)
        printf("its start rule\n");
    else
        printf("the rule after %d of %d meta-iterations, chosen on %d validation seeds\n",
               c->iteration, c->iterations, c->seeds);
}

/* Says what makes other networks, trials or losses of the same seeds. */
static void print_unlike(const char *name, const struct settings *a, const struct settings *b,
                         int *count)
{
    char own[SETTINGS_VALUE], other[SETTINGS_VALUE];
    settings_get(a, name, own);
    settings_get(b, name, other);
    if (strcmp(own, other) == 0)
        return;
    printf("%s %s: %.60s and %.60s",
           (*count)++ ? "," : "not the same networks, trials and losses:", name, own, other);
}

static void print_differences(const struct side *x, const struct side *y)
{
    static const char *const parts[] = {"seed",           "precision",       "task.",
                                        "network.",       "learning.trials", "learning.reward",
                                        "meta.objective", "meta.loss_trials"};
    struct settings a, b;
    int rows, count = 0;
    space_settings(&x->results->space, x->standing->candidate, &a);
    space_settings(&y->results->space, y->standing->candidate, &b);
    const struct parameter *row = settings_parameters(&rows);
    for (int i = 0; i < rows; i++)
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
            if (strncmp(row[i].name, parts[p], strlen(parts[p])) == 0)
                print_unlike(row[i].name, &a, &b, &count);
    const struct settings_field *field = task_of(&a)->fields;
    for (; task_of(&a) == task_of(&b) && field && field->name; field++) {
        char name[2 * SETTINGS_NAME];
        snprintf(name, sizeof name, "task.%s", field->name);
        print_unlike(name, &a, &b, &count);
    }
    if (count > 0)
        printf("\n");
}

static void print_row(const char *what, const double *x, const double *y, int64_t seeds)
{
    struct pairs_mean a = pairs_mean(x, seeds), b = pairs_mean(y, seeds);
    struct pairs_mean d = pairs_difference(x, y, seeds);
    double freedom = (double)d.count - 1, margin = d.error * pairs_student_limit(0.05, freedom);
    printf("%-9s %#9.4g +- %#-8.2g %#9.4g +- %#-8.2g %#10.4g  %#.4g to %#.4g\n", what, a.mean,
           a.error, b.mean, b.error, d.mean, d.mean - margin, d.mean + margin);
}

static void print_chance(const struct side *x, const struct side *y, int64_t seeds)
{
    struct pairs_mean d = pairs_difference(x->loss, y->loss, seeds);
    double below = pairs_p(x->loss, y->loss, 1, seeds), above = pairs_p(y->loss, x->loss, 1, seeds);
    double t = d.mean / d.error;
    printf(
        "Chance of such a difference of loss without one, two-sided: p = %.2g (t = %.3g, %" PRId64
        " pairs), p = %.2g\n(flips of signs, which count what diverged against it)\n",
        pairs_student(t, (double)d.count - 1), t, d.count, fmin(1, 2 * fmin(below, above)));
}

static int64_t unreached(const double *end, int64_t seeds)
{
    int64_t count = 0;
    for (int64_t s = 0; s < seeds; s++)
        count += isinf(end[s]);
    return count;
}

static void print_median(char letter, const struct side *side, double *work, int64_t seeds)
{
    memcpy(work, side->end, sizeof *work * (size_t)seeds);
    double median = pairs_median(work, seeds);
    if (isinf(median))
        printf(" %c never", letter);
    else
        printf(" %c %.6g", letter, median);
    printf(" (%" PRId64 " of %" PRId64 " seeds never)", unreached(side->end, seeds), seeds);
}

/* Sorts a copy of the trials to criterion. */
static enum status print_speed(const struct side *x, const struct side *y, int64_t seeds,
                               struct error *error)
{
    double *work = error_calloc(error, (unsigned long)seeds, sizeof *work, "trials to criterion");
    if (!work)
        return STATUS_FAILED;
    struct pairs_ratio ratio = pairs_ratio(x->end, y->end, seeds);
    printf("Median trials to criterion:");
    print_median('A', x, work, seeds);
    printf(",");
    print_median('B', y, work, seeds);
    if (isfinite(ratio.ratio) && ratio.ratio > 0)
        printf(";\nA needs %.3g times those of B, 95 %% interval %.3g to %.3g", ratio.ratio,
               ratio.low, ratio.high);
    printf("\n");
    free(work);
    return STATUS_OK;
}

static enum status tell(const struct side *x, const struct side *y, struct error *error)
{
    int64_t seeds = x->count < y->count ? x->count : y->count;
    print_side('A', x);
    print_side('B', y);
    print_differences(x, y);
    printf("on %" PRId64 " test seeds, finite: A %" PRId64 " of %" PRId64 ", B %" PRId64
           " of %" PRId64 "\n\n%9s %21s %21s %11s  %s\n",
           seeds, x->finite, x->count, y->finite, y->count, "", "A", "B", "A - B", "95 % interval");
    print_row("loss (19)", x->loss, y->loss, seeds);
    print_row("correct", x->right, y->right, seeds);
    print_chance(x, y, seeds);
    return print_speed(x, y, seeds, error);
}

static enum status compare(struct command_results *first, struct command_results *second,
                           const struct command_line *line, struct error *error)
{
    bool two = line->words == 2, other = command_value(line, "other");
    struct side x = {.results = first, .path = line->word[0], .rule = TESTED_CHOSEN};
    struct side y = {.results = two ? second : first,
                     .path = line->word[two],
                     .rule = two || other ? TESTED_CHOSEN : TESTED_START};
    enum status status = choose(&x, line, "candidate", error);
    if (!status)
        status = choose(&y, line, two || other ? "other" : "candidate", error);
    if (!status)
        status = read_side(&x, error);
    if (!status)
        status = read_side(&y, error);
    if (!status)
        status = tell(&x, &y, error);
    free(x.loss);
    free(y.loss);
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct command_results first, second;
    enum status status = command_results_read(&first, line->word[0], error);
    if (status)
        return status;
    if (line->words == 2)
        status = command_results_read(&second, line->word[1], error);
    if (!status) {
        status = compare(&first, &second, line, error);
        if (line->words == 2)
            command_results_free(&second);
    }
    command_results_free(&first);
    return status;
}

static const struct command_option options[] = {
    {"candidate", "C", "A: what was chosen in this candidate of A.h5; default: in the best", 0},
    {"other", "D",
     "B: what was chosen in this candidate of B.h5, or else of A.h5; default: in the best of B.h5, "
     "or "
     "without B.h5 the start rule of A",
     0},
    {0},
};

const struct command command_compare = {
    .name = "compare",
    .words = "A.h5 [B.h5]",
    .least = 1,
    .most = 2,
    .sentence =
        "Compares two rules on the same test seeds, in pairs: losses, their difference with a "
        "95 % interval, the probability of chance, and trials to criterion.",
    .details =
        "The archives are of sweeps with meta.test_seeds. Trials to criterion are compared by "
        "the ratio of medians, what is never reached counts as endless, with an interval from "
        "10,000 samples of the seeds.",
    .options = options,
    .run = run,
};
