/* pilot: what a few lifetimes of the start rule tell before a sweep is paid for. The same networks
 * and trials learn at several rates and without plasticity, so that all comparisons are paired.
 *
 * S seeds, K rates. Rate 0 of the K is no plasticity, the others are the file's times powers of 2. A
 * lifetime that diverges has no loss: seeds of which one diverged count in neither mean of a pair. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster/share.h"
#include "model/learner.h"
#include "program/command.h"
#include "program/life.h"
#include "program/measure.h"
#include "search/pairs.h"

enum {
    SPAN = 3, /* factors of 2 up and down, unless --span says */
    LARGEST_SPAN = 10,
    RATES = 2 + 2 * LARGEST_SPAN,
};

static const double GAIN = 0.05;    /* the relative gain that a sweep is to find */
static const double LEARNED = 0.01; /* p below which the rule learns */

struct pilot {
    struct command_team team;
    struct settings settings;
    int64_t candidate, seeds, span;
    int rates;
    double rate[RATES];
    double theta[RULE_PARAMETERS], scale[RULE_PARAMETERS]; /* raw */
    struct command_life *life;                             /* [S, K], on rank 0 */
    double *loss;                                          /* [K, S] */
    int file, best;                                        /* which rates */
};

static enum status live(void *context, void *result, int64_t piece, struct error *error)
{
    const struct pilot *pilot = context;
    struct settings settings = pilot->settings;
    settings.learning.rate = pilot->rate[piece % pilot->rates];
    return command_life(result, &settings, pilot->theta, search_pilot_seed(piece / pilot->rates),
                        pilot->team.wire, error);
}

/* ---- what follows ---- */

static const double *losses(const struct pilot *pilot, int rate)
{
    return pilot->loss + rate * pilot->seeds;
}

static int64_t count_diverged(const struct pilot *pilot, int rate)
{
    int64_t count = 0;
    for (int64_t s = 0; s < pilot->seeds; s++)
        count += isnan(losses(pilot, rate)[s]);
    return count;
}

/* The fewest diverged first, then the least mean loss. */
static void find_best(struct pilot *pilot)
{
    pilot->best = 1;
    for (int k = 2; k < pilot->rates; k++) {
        int64_t more = count_diverged(pilot, k) - count_diverged(pilot, pilot->best);
        struct pairs_mean mean = pairs_mean(losses(pilot, k), pilot->seeds);
        struct pairs_mean best = pairs_mean(losses(pilot, pilot->best), pilot->seeds);
        if (more < 0 || (more == 0 && mean.mean < best.mean))
            pilot->best = k;
    }
}

static enum status gather(struct pilot *pilot, struct error *error)
{
    pilot->loss = error_calloc(error, (unsigned long)(pilot->seeds * pilot->rates),
                               sizeof *pilot->loss, "losses");
    if (!pilot->loss)
        return STATUS_FAILED;
    for (int64_t i = 0; i < pilot->seeds * pilot->rates; i++)
        pilot->loss[i % pilot->rates * pilot->seeds + i / pilot->rates] = pilot->life[i].loss;
    find_best(pilot);
    return STATUS_OK;
}

/* The mean of a number of struct command_life over the seeds where it is one; NAN: nowhere. */
static double mean_of(const struct pilot *pilot, int rate, size_t offset)
{
    double sum = 0;
    int64_t count = 0;
    for (int64_t s = 0; s < pilot->seeds; s++) {
        const struct command_life *life = &pilot->life[s * pilot->rates + rate];
        double value = *(const double *)((const char *)life + offset);
        bool good = isfinite(value) && isfinite(life->loss);
        sum += good ? value : 0;
        count += good;
    }
    return count ? sum / (double)count : NAN;
}

/* The share of lifetimes that reached the criterion, and the median of their trials, those that never
 * do being infinite. */
static double find_reached(double *median, const struct pilot *pilot, int rate)
{
    double *trials = malloc(sizeof *trials * (size_t)pilot->seeds);
    int64_t count = 0;
    *median = NAN;
    for (int64_t s = 0; trials && s < pilot->seeds; s++) {
        double reached = pilot->life[s * pilot->rates + rate].reached;
        trials[s] = isfinite(reached) ? reached : INFINITY;
        count += isfinite(reached);
    }
    if (trials)
        *median = pairs_median(trials, pilot->seeds);
    free(trials);
    return (double)count / (double)pilot->seeds;
}

/* ---- words ---- */

static double initial_size(const struct settings *settings)
{
    return settings->network.gain /
           sqrt(settings->network.density * (double)settings->network.units);
}

static void print_head(const struct pilot *pilot)
{
    const struct settings *settings = &pilot->settings;
    char task[SETTINGS_VALUE];
    settings_get(settings, "task.name", task);
    printf("candidate %" PRId64 ": %s, N = %" PRId64 ", dt = %g ms, %" PRId64
           " trials, of which %" PRId64 " warm-up\n",
           pilot->candidate, task, settings->network.units, settings->network.dt,
           settings->learning.trials, settings->learning.warmup);
    command_print_rule(settings, pilot->theta, pilot->scale, 4);
    printf("\n%" PRId64 " seeds that no sweep uses, the same ones at every rate\n\n", pilot->seeds);
}

/* A column, "-" where there is no number. */
static void print_cell(int width, int digits, double value, const char *unit)
{
    if (isfinite(value))
        printf(" %*.*f%s", width - (int)strlen(unit), digits, value, unit);
    else
        printf(" %*s", width, "-");
}

static const char *remark(const struct pilot *pilot, int rate)
{
    if (rate == 0)
        return "no plasticity";
    if (rate == pilot->best)
        return rate == pilot->file ? "best, the file's" : "best";
    return rate == pilot->file ? "the file's" : "";
}

static void print_row(const struct pilot *pilot, int rate)
{
    struct pairs_mean loss = pairs_mean(losses(pilot, rate), pilot->seeds), gain;
    double median, share = find_reached(&median, pilot, rate);
    gain = pairs_difference(losses(pilot, rate), losses(pilot, 0), pilot->seeds);
    printf("%-9.4g", pilot->rate[rate]);
    print_cell(7, 3, loss.mean, "");
    print_cell(6, 3, loss.error, "");
    print_cell(8, 3, rate ? gain.mean : NAN, "");
    print_cell(6, 3, rate ? gain.error : NAN, "");
    print_cell(9, 0, 100 * mean_of(pilot, rate, offsetof(struct command_life, accuracy)), " %");
    print_cell(7, 0, 100 * mean_of(pilot, rate, offsetof(struct command_life, tested)), " %");
    print_cell(8, 0, 100 * share, " %");
    print_cell(7, 0, median, "");
    print_cell(8, 2,
               100 * mean_of(pilot, rate, offsetof(struct command_life, change)) /
                   initial_size(&pilot->settings),
               " %");
    print_cell(8, 1, 100 * mean_of(pilot, rate, offsetof(struct command_life, clipped)), " %");
    printf(" %8" PRId64 "  %s\n", count_diverged(pilot, rate), remark(pilot, rate));
}

static void print_table(const struct pilot *pilot)
{
    printf("\n%-9s %7s %6s %8s %6s %9s %7s %8s %7s %8s %8s %8s\n", "rate", "loss", "+-", "- none",
           "+-", "accuracy", "tested", "reached", "median", "change", "clipped", "diverged");
    for (int k = 0; k < pilot->rates; k++)
        print_row(pilot, k);
    printf("\n");
    command_wrap(
        "loss (19): mean and standard error over seeds, then of the same seeds' difference from "
        "no plasticity; accuracy: of the last quarter of the trials; tested: "
        "after the last one, without noise; reached: seeds with more than 95 of 100 trials "
        "correct, and the median trial of it; change: RMS change of a weight in a trial, of "
        "the initial weights' standard deviation; clipped: changes that the clip cut.",
        0, 0);
}

/* Whether it learns at all, corrected for the choice of the best rate. */
static void print_learning(const struct pilot *pilot, double p)
{
    int best = pilot->best;
    struct pairs_mean gain = pairs_difference(losses(pilot, best), losses(pilot, 0), pilot->seeds);
    int64_t diverged = count_diverged(pilot, best);
    if (diverged == pilot->seeds)
        printf("IT DOES NOT LEARN: every lifetime diverges at every rate.\n");
    else if (p <= LEARNED)
        printf("It learns: at its best rate %.4g the loss is %.3g +- %.2g below that without "
               "plasticity (p = %.2g).\n",
               pilot->rate[best], -gain.mean, gain.error, p);
    else
        printf("IT DOES NOT LEARN, as far as %" PRId64 " seeds can tell: at its best rate %.4g the "
               "loss less that without plasticity is %.3g +- %.2g (p = %.2g).\n",
               pilot->seeds, pilot->rate[best], gain.mean, gain.error, p);
    if (diverged > 0 && diverged < pilot->seeds)
        printf("%" PRId64 " of %" PRId64 " lifetimes diverge even at the best rate.\n", diverged,
               pilot->seeds);
}

static void print_rates(const struct pilot *pilot)
{
    int best = pilot->best, file = pilot->file;
    if (pilot->rates == 2)
        return;
    if (best == file) {
        printf("The file's rate is the best of these.\n");
    } else {
        struct pairs_mean loss =
            pairs_difference(losses(pilot, file), losses(pilot, best), pilot->seeds);
        bool within = loss.mean < 2 * loss.error;
        if (count_diverged(pilot, file) > count_diverged(pilot, best))
            printf("At the file's rate %.4g more lifetimes diverge than at the best, %.4g.\n",
                   pilot->rate[file], pilot->rate[best]);
        else
            printf(
                "The file's rate %.4g is %s of the best, %.4g: its loss is %.3g +- %.2g above.\n",
                pilot->rate[file], within ? "within the noise" : "NOT within the noise",
                pilot->rate[best], loss.mean, loss.error);
    }
    if (best == 1 || best == pilot->rates - 1)
        printf("The best is at the %s end of the rates that were tried: try %s ones.\n",
               best == 1 ? "lower" : "upper", best == 1 ? "smaller" : "larger");
}

/* The mean correlation with the neighbouring rates, NAN: unknown. */
static double neighbours(const struct pilot *pilot)
{
    double sum = 0;
    int count = 0;
    for (int side = -1; side <= 1; side += 2) {
        int other = pilot->best + side;
        if (other < 1 || other >= pilot->rates)
            continue;
        double r =
            pairs_correlation(losses(pilot, pilot->best), losses(pilot, other), pilot->seeds);
        sum += isfinite(r) ? r : 0;
        count += isfinite(r);
    }
    return count ? sum / count : NAN;
}

static void print_noise(const struct pilot *pilot)
{
    struct pairs_mean loss = pairs_mean(losses(pilot, pilot->best), pilot->seeds);
    double r = neighbours(pilot), gain = GAIN * fabs(loss.mean);
    if (loss.count < 3)
        return;
    printf("The loss's standard deviation over seeds is %.2g, %.0f %% of the loss.\n",
           loss.deviation, 100 * loss.deviation / fabs(loss.mean));
    printf("A gain of %.0f %% (two-sided 5 %%, power 80 %%) needs %.0f seeds for either rule where "
           "they differ,\n",
           100 * GAIN, pairs_needed(loss.deviation, 0, gain));
    if (isfinite(r))
        printf("and %.0f where they are the same: neighbouring rates correlate %.2f over them.\n",
               pairs_needed(loss.deviation, r, gain), r);
    else
        printf("and fewer where they are the same.\n");
}

static void print_times(const struct pilot *pilot)
{
    char text[32];
    double seconds = mean_of(pilot, pilot->best, offsetof(struct command_life, seconds));
    if (isnan(seconds))
        return;
    command_duration(text, seconds * (double)(pilot->seeds * pilot->rates));
    printf("One lifetime takes %.2g s here, without a gradient; this pilot took %s of computing.\n",
           seconds, text);
}

static void print_numbers(const struct pilot *pilot, const char *name, size_t offset)
{
    printf("  \"%s\": [", name);
    for (int k = 0; k < pilot->rates; k++)
        for (int64_t s = 0; s < pilot->seeds; s++) {
            const struct command_life *life = &pilot->life[s * pilot->rates + k];
            double value = *(const double *)((const char *)life + offset);
            printf("%s%s", s ? ", " : k ? ", [" : "[", isfinite(value) ? "" : "null");
            if (isfinite(value))
                printf("%.9g", value);
            printf("%s", s + 1 == pilot->seeds ? "]" : "");
        }
    printf("],\n");
}

/* Every lifetime, [rate, seed]. */
static void print_json(const struct pilot *pilot, double p)
{
    printf("{\n  \"rates\": [");
    for (int k = 0; k < pilot->rates; k++)
        printf("%s%.9g", k ? ", " : "", pilot->rate[k]);
    printf("],\n  \"file\": %d,\n  \"best\": %d,\n", pilot->file, pilot->best);
    print_numbers(pilot, "loss", offsetof(struct command_life, loss));
    print_numbers(pilot, "accuracy", offsetof(struct command_life, accuracy));
    print_numbers(pilot, "tested", offsetof(struct command_life, tested));
    print_numbers(pilot, "reached", offsetof(struct command_life, reached));
    print_numbers(pilot, "clipped", offsetof(struct command_life, clipped));
    print_numbers(pilot, "change", offsetof(struct command_life, change));
    print_numbers(pilot, "seconds", offsetof(struct command_life, seconds));
    printf("  \"p\": %.4g\n}\n", p);
}

/* ---- the command ---- */

static void show_progress(void *context, int64_t done, int64_t count)
{
    (void)context;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%" PRId64 " of %" PRId64 " lifetimes%s", done, count,
                done == count ? "\r\033[K" : "");
}

static bool has_rate(const struct learner *learner)
{
    for (const char *const *name = learner->reads; name && *name; name++)
        if (strcmp(*name, "learning.rate") == 0)
            return true;
    return false;
}

static enum status read_line(struct pilot *pilot, const struct command_line *line,
                             struct error *error)
{
    const struct space *space = &pilot->team.sweep.space;
    enum status status =
        command_integer(&pilot->candidate, line, "candidate", 0, space->candidates - 1, 0, error);
    if (!status)
        status = command_integer(&pilot->seeds, line, "seeds", 2, 100000, 8, error);
    if (!status)
        status = command_integer(&pilot->span, line, "span", 0, LARGEST_SPAN, SPAN, error);
    return status;
}

static enum status prepare(struct pilot *pilot, struct error *error)
{
    space_settings(&pilot->team.sweep.space, pilot->candidate, &pilot->settings);
    const struct learner *learner = learner_of(&pilot->settings);
    double rate = pilot->settings.learning.rate;
    if (!has_rate(learner) || rate == 0)
        return error_add(error, STATUS_USAGE, "pilot: %s, so that there are no rates to compare",
                         has_rate(learner) ? "learning.rate is 0"
                                           : "rule.family has no learning.rate");
    pilot->rates = (int)(2 + 2 * pilot->span);
    pilot->file = (int)(1 + pilot->span);
    for (int k = 1; k < pilot->rates; k++)
        pilot->rate[k] = ldexp(rate, k - pilot->file);
    struct rule start;
    return measured_start(&start, pilot->theta, pilot->scale, &pilot->settings, error);
}

static enum status tell(struct pilot *pilot, const struct command_line *line, struct error *error)
{
    enum status status = gather(pilot, error);
    if (status)
        return status;
    double p = pairs_p(losses(pilot, 1), losses(pilot, 0), pilot->rates - 1, pilot->seeds);
    if (command_value(line, "json")) {
        print_json(pilot, p);
        return STATUS_OK;
    }
    if (pilot->team.sweep.measured)
        command_print_found(
            &pilot->team.sweep
                 .measured[pilot->team.sweep.plan.candidate[pilot->candidate].measured]);
    print_head(pilot);
    print_learning(pilot, p);
    if (count_diverged(pilot, pilot->best) < pilot->seeds) {
        print_rates(pilot);
        print_noise(pilot);
    }
    print_times(pilot);
    print_table(pilot);
    return STATUS_OK;
}

static enum status measure(struct pilot *pilot, const struct command_line *line,
                           struct error *error)
{
    enum status status = read_line(pilot, line, error);
    const struct command_measure before = {.wire = pilot->team.wire, .candidate = pilot->candidate};
    if (!status)
        status = command_measure(&pilot->team.sweep, &before, error);
    if (!status)
        status = prepare(pilot, error);
    int64_t count = pilot->seeds * pilot->rates;
    if (!status && pilot->team.first) {
        pilot->life = error_calloc(error, (unsigned long)count, sizeof *pilot->life, "lifetimes");
        status = pilot->life ? STATUS_OK : STATUS_FAILED;
    }
    status = wire_agree(pilot->team.wire, status);
    if (status)
        return status;
    struct share share = {.wire = pilot->team.wire,
                          .count = count,
                          .bytes = sizeof(struct command_life),
                          .compute = live,
                          .progress = show_progress,
                          .context = pilot};
    status = share_run(pilot->life, &share, error);
    if (!status && pilot->team.first)
        status = tell(pilot, line, error);
    return wire_decide(pilot->team.wire, (int)status);
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct pilot pilot = {0};
    enum status status = command_team_start(&pilot.team, line, error);
    if (status)
        return status;
    status = measure(&pilot, line, error);
    free(pilot.life);
    free(pilot.loss);
    return command_team_end(&pilot.team, status, error);
}

static const struct command_option options[] = {
    {"set", "KEY=VALUE", "overrides a parameter of the sweep file; may be given several times", 0},
    {"candidate", "C", "which candidate, from 0; default: 0", 0},
    {"seeds", "S", "lifetimes at each rate; default: 8", 0},
    {"span", "N", "rates are the file's times 2^-N to 2^N; default: 3", 0},
    {"json", NULL, "prints every lifetime as JSON instead", 0},
    {0},
};

const struct command command_pilot = {
    .name = "pilot",
    .words = "SWEEP.yaml",
    .least = 1,
    .most = 1,
    .sentence = "Runs the start rule on a few seeds at several rates: does it learn, how noisy is "
                "the loss, how many seeds does a gain need?",
    .details =
        "Alone or under mpirun; it writes nothing. Exit status 0 also if nothing is learned.",
    .options = options,
    .run = run,
};
