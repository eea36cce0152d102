/* gradcheck: every estimator's gradient of one lifetime against central differences of its loss,
 * and the two derivations of those that have two, tangents and adjoint, against each other. Only an
 * exact estimator can fail: the others are there for comparison.
 *
 * All in normalised coordinates theta~ = theta / s, the ones that the optimizer works in. For each
 * of the P free parameters the loss is run at theta~ + h and theta~ - h for several h, a factor of
 * 10 apart; of neighbouring h the pair whose differences disagree least is taken, and the
 * disagreement is the noise of the difference. Where the reward is a black box (rpe_gradient:
 * stopped) the modulators of the unperturbed lifetime are used in all of them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/lifetime.h"
#include "program/command.h"
#include "search/estimator.h"

#define TOLERANCE  1e-6 /* relative error of an exact estimator */
#define NOISES     10   /* or this many times the noise of the differences */
#define UNRESOLVED 1e-3 /* noise relative to the gradient at which nothing is checked any more */

enum { STEPS = 5, EXTRA = 20, ESTIMATORS = 32 };
static const double step[STEPS] = {1e-3, 1e-4, 1e-5, 1e-6, 1e-7};

struct gradcheck {
    struct settings settings;
    struct rule rule;
    int parameters; /* P */
    uint64_t task_seed;
    double theta[RULE_PARAMETERS]; /* raw */
    double scale[RULE_PARAMETERS]; /* s */
    double *modulators;            /* of the unperturbed lifetime [H] */
    double difference[RULE_PARAMETERS], noise[RULE_PARAMETERS];
    int estimators;
    bool run[ESTIMATORS];                         /* some cannot with these settings */
    double gradient[ESTIMATORS][RULE_PARAMETERS]; /* by tangents or losses */
    double adjoint[ESTIMATORS][RULE_PARAMETERS];  /* the same by the adjoint */
    double growth; /* of |R-dot| from the first quarter of the learning trials to the last */
};

/* Sums of |R-dot| over the first and the last quarter of the trials that learn. */
struct growth {
    const struct gradcheck *check;
    double first, last;
};

static double norm(const double *vector, int count)
{
    double square = 0;
    for (int i = 0; i < count; i++)
        square += vector[i] * vector[i];
    return sqrt(square);
}

static bool watch_growth(void *context, const struct lifetime *lifetime, int h)
{
    struct growth *growth = context;
    const struct gradcheck *check = growth->check;
    double dot[RULE_PARAMETERS];
    int warmup = (int)check->settings.learning.warmup, learning = lifetime->trials - warmup;
    if (h <= warmup) /* the first trial that learns has no tangents yet */
        return true;
    for (int p = 0; p < check->parameters; p++)
        dot[p] = lifetime->tangent.reward[p] * check->scale[p];
    if (h <= warmup + (learning + 3) / 4)
        growth->first += norm(dot, check->parameters);
    if (h >= lifetime->trials - (learning + 3) / 4)
        growth->last += norm(dot, check->parameters);
    return true;
}

/* Scale and start of the candidate's outer loop. */
static enum status prepare(struct gradcheck *check, struct error *error)
{
    const struct settings *settings = &check->settings;
    rule_create(&check->rule, settings);
    check->parameters = check->rule.parameters;
    if (check->parameters == 0)
        return error_add(error, STATUS_USAGE,
                         "gradcheck: the rule has no free parameter; rule.learn and rule.terms say "
                         "which are");
    check->modulators = error_calloc(error, (unsigned long)settings->learning.trials,
                                     sizeof *check->modulators, "modulators");
    struct lifetime lifetime;
    if (!check->modulators ||
        lifetime_create(&lifetime, settings, (struct lifetime_gradient){0}, false, error))
        return STATUS_FAILED;
    struct job job = {.kind = JOB_SCALE};
    lifetime_scale(check->scale, &lifetime, search_task_seed(settings, &job));
    rule_get(&check->rule, check->theta);
    for (int p = 0; p < check->rule.terms && settings->rule.start_in == START_NORMALISED; p++)
        check->theta[p] *= check->scale[p];
    lifetime_run(&lifetime, check->task_seed, check->theta, NULL);
    memcpy(check->modulators, lifetime.modulators,
           (size_t)lifetime.trials * sizeof *check->modulators);
    enum lifetime_state state = lifetime.state;
    lifetime_free(&lifetime);
    return state == LIFETIME_DONE ? STATUS_OK
                                  : error_add(error, STATUS_FAILED,
                                              "gradcheck: the lifetime diverges: it has no loss");
}

/* One estimator's gradient in normalised coordinates, by tangents or backwards by the adjoint. */
static enum status run_estimator(double *out, const struct gradcheck *check,
                                 const struct estimator *estimator, bool backwards,
                                 const struct lifetime_observer *observer, struct error *error)
{
    struct lifetime_gradient gradient = estimator->gradient(&check->settings);
    gradient.backwards = backwards;
    struct lifetime lifetime;
    if (lifetime_create(&lifetime, &check->settings, gradient, false, error))
        return STATUS_FAILED;
    lifetime_run(&lifetime, check->task_seed, check->theta, observer);
    for (int p = 0; p < check->parameters; p++)
        out[p] = lifetime.gradient_sum[p] * check->scale[p];
    lifetime_free(&lifetime);
    return STATUS_OK;
}

static bool has_adjoint(const struct estimator *estimator)
{
    return !estimator->noisy && !estimator->pairs;
}

/* The gradient of an estimator that compares losses at a place. */
static enum status run_losses(double *out, const struct gradcheck *check,
                              const struct estimator *estimator,
                              const struct estimator_place *place, struct error *error)
{
    const struct settings *settings = &check->settings;
    int count = check->parameters, points = estimator_points(estimator, settings, count);
    double theta[RULE_PARAMETERS];
    double *losses = error_calloc(error, (unsigned long)points, sizeof *losses, "losses");
    struct lifetime lifetime;
    if (!losses)
        return STATUS_FAILED;
    if (lifetime_create(&lifetime, settings, (struct lifetime_gradient){0}, false, error)) {
        free(losses);
        return STATUS_FAILED;
    }
    for (int point = 0; point < points; point++) {
        for (int p = 0; p < count; p++)
            theta[p] = check->theta[p] / check->scale[p];
        estimator_move(theta, estimator, settings, place, point);
        for (int p = 0; p < count; p++)
            theta[p] *= check->scale[p];
        lifetime_run(&lifetime, check->task_seed, theta, NULL);
        losses[point] = lifetime.loss;
    }
    estimator_compare(out, estimator, losses, check->scale, settings, place, 1);
    for (int p = 0; p < count; p++)
        out[p] *= check->scale[p];
    lifetime_free(&lifetime);
    free(losses);
    return STATUS_OK;
}

/* As the first meta-iteration would have it; a guided one as the second, with the gradient of this
 * lifetime for a guide. */
static enum status run_pairs(double *out, const struct gradcheck *check,
                             const struct estimator *estimator, struct error *error)
{
    double theta[RULE_PARAMETERS], guide[RULE_PARAMETERS];
    enum status status = STATUS_OK;
    for (int p = 0; p < check->parameters; p++)
        theta[p] = check->theta[p] / check->scale[p];
    struct estimator_place place = estimator_place(&check->settings, theta, 0, check->parameters);
    if (estimator->guides) {
        status = run_estimator(guide, check, estimator, false, NULL, error);
        place.guides = 1;
        place.guide = guide;
    }
    return status ? status : run_losses(out, check, estimator, &place, error);
}

static enum status run_estimators(struct gradcheck *check, struct error *error)
{
    enum status status = STATUS_OK;
    for (int k = 0; k < ESTIMATORS && estimator_list[k] && !status; k++) {
        const struct estimator *e = estimator_list[k];
        int i = check->estimators++;
        struct growth growth = {.check = check};
        const struct lifetime_observer observer = {.context = &growth, .trial = watch_growth};
        check->run[i] = !e->noisy || check->settings.learning.weight_noise > 0;
        if (!check->run[i])
            continue;
        if (e->pairs)
            status = run_pairs(check->gradient[i], check, e, error);
        else
            status = run_estimator(check->gradient[i], check, e, false, &observer, error);
        if (!status && has_adjoint(e))
            status = run_estimator(check->adjoint[i], check, e, true, NULL, error);
        if (e->exact)
            check->growth = growth.first > 0 ? growth.last / growth.first : 1;
    }
    return status;
}

/* Size of the normalised coordinates: that of the largest coefficient. */
static double natural_size(const struct gradcheck *check, int p)
{
    double size = 0;
    for (int i = 0; i < check->rule.terms; i++)
        size = fmax(size, fabs(check->theta[i] / check->scale[i]));
    return p < check->rule.terms && size > 0 ? size : 1;
}

/* (L(theta~ + h) - L(theta~ - h)) / 2h along parameter p. */
static double central_difference(const struct gradcheck *check, struct lifetime *lifetime, int p,
                                 double h)
{
    double theta[RULE_PARAMETERS], loss[2];
    for (int side = 0; side < 2; side++) {
        memcpy(theta, check->theta, sizeof theta);
        theta[p] += (side ? -h : h) * check->scale[p];
        lifetime_run(lifetime, check->task_seed, theta, NULL);
        loss[side] = lifetime->loss;
    }
    return (loss[0] - loss[1]) / (2 * h);
}

/* Takes the pair of neighbouring steps that disagree least; of the two the smaller step, whose
 * error of truncation is a hundredth. */
static void take_difference(struct gradcheck *check, struct lifetime *lifetime, int p)
{
    double size = natural_size(check, p), last = NAN;
    check->difference[p] = check->noise[p] = INFINITY;
    for (int i = 0; i < STEPS; i++) {
        double now = central_difference(check, lifetime, p, step[i] * size);
        if (fabs(now - last) < check->noise[p]) {
            check->noise[p] = fabs(now - last);
            check->difference[p] = now;
        }
        last = now;
    }
}

static enum status run_differences(struct gradcheck *check, struct error *error)
{
    struct lifetime lifetime;
    if (lifetime_create(&lifetime, &check->settings, (struct lifetime_gradient){0}, false, error))
        return STATUS_FAILED;
    if (check->settings.meta.rpe_gradient == RPE_STOPPED)
        lifetime.frozen_modulator = check->modulators;
    for (int p = 0; p < check->parameters; p++)
        take_difference(check, &lifetime, p);
    lifetime_free(&lifetime);
    return STATUS_OK;
}

static double relative(double value, double truth)
{
    double size = fmax(fabs(value), fabs(truth));
    return size > 0 ? fabs(value - truth) / size : 0;
}

static void print_table(const struct gradcheck *check)
{
    printf("%-10s %14s %9s", "parameter", "differences", "noise");
    for (int e = 0; e < check->estimators; e++)
        if (check->run[e])
            printf(" %14s %9s", estimator_list[e]->name, "error");
    printf("\n");
    for (int p = 0; p < check->parameters; p++) {
        char name[RULE_NAME];
        rule_name(&check->rule, p, name);
        printf("%-10s %14.7g %9.1e", name, check->difference[p], check->noise[p]);
        for (int e = 0; e < check->estimators; e++)
            if (check->run[e])
                printf(" %14.7g %9.1e", check->gradient[e][p],
                       relative(check->gradient[e][p], check->difference[p]));
        printf("\n");
    }
    printf("\n");
}

/* Why nothing can be said of an estimator by one lifetime. */
static void print_noisy(const struct gradcheck *check, int e)
{
    printf("%-11s %s\n", estimator_list[e]->name,
           check->run[e] ? "noisy by design: only its mean over many seeds can be compared"
                         : "not run: it needs learning.weight_noise above 0");
}

/* What is to be said of one estimator; returns whether it is as good as it claims. */
static bool print_verdict(const struct gradcheck *check, int e, bool resolved)
{
    const struct estimator *estimator = estimator_list[e];
    const double *gradient = check->gradient[e], *difference = check->difference;
    int count = check->parameters;
    double error[RULE_PARAMETERS], two_ways[RULE_PARAMETERS];
    double product = 0, size = norm(difference, count);
    for (int p = 0; p < count; p++) {
        error[p] = gradient[p] - difference[p];
        two_ways[p] = gradient[p] - check->adjoint[e][p];
        product += gradient[p] * difference[p];
    }
    double deviation = norm(error, count), own = norm(gradient, count);
    double tolerance = fmax(TOLERANCE * size, NOISES * norm(check->noise, count));
    double split = own > 0 ? norm(two_ways, count) / own : 0;
    bool exact = estimator->exact, agrees = deviation <= tolerance;
    bool same = split <= TOLERANCE || !resolved;
    printf("%-11s relative error %.1e, cosine %.9f (%s): %s\n", estimator->name,
           size > 0 ? deviation / size : deviation,
           own > 0 && size > 0 ? product / (own * size) : 1.0,
           exact ? "exact" : "not exact by design",
           !exact      ? "for comparison"
           : !resolved ? "not resolved by these differences"
           : agrees    ? "agrees"
                       : "DISAGREES");
    if (!has_adjoint(estimator))
        return true;
    printf("%-11s its adjoint differs from its tangents by %.1e: %s\n", "", split,
           same ? "agrees" : "DISAGREES");
    return same && (agrees || !resolved || !exact);
}

static enum status print_verdicts(const struct gradcheck *check, struct error *error)
{
    double noise = norm(check->noise, check->parameters);
    double size = norm(check->difference, check->parameters);
    bool resolved = noise <= UNRESOLVED * size;
    printf("noise of the differences: %.1e of the gradient's norm %.3g\n",
           size > 0 ? noise / size : 0, size);
    bool good = true;
    for (int e = 0; e < check->estimators; e++)
        if (estimator_list[e]->noisy)
            print_noisy(check, e);
        else
            good &= print_verdict(check, e, resolved);
    int64_t trials = check->settings.learning.trials, warmup = check->settings.learning.warmup;
    printf("sensitivity |R-dot| grew %.2g-fold from the first quarter of learning to the last\n",
           check->growth);
    if (!resolved)
        printf("Learning is chaotic over these trials, so that differences cannot resolve its "
               "gradient;\ntry fewer: --trials %" PRId64 "\n",
               warmup + (trials - warmup + 1) / 2);
    if (!good)
        return error_add(error, STATUS_FAILED, "gradcheck: a gradient disagrees: see above");
    return STATUS_OK;
}

/* The candidate's settings with --trials, and the task seed. */
static enum status read_options(struct gradcheck *check, const struct command_sweep *sweep,
                                const struct command_line *line, struct error *error)
{
    int64_t candidate, seed, trials;
    enum status status =
        command_integer(&candidate, line, "candidate", 0, sweep->space.candidates - 1, 0, error);
    if (status)
        return status;
    struct settings *settings = &check->settings;
    space_settings(&sweep->space, candidate, settings);
    if (settings->rule.start.from == SETTINGS_FROM_EFFICIENCY)
        return config_complain(
            &sweep->config, error, "rule.start",
            "found {from: efficiency}, allowed: a rule, since gradcheck measures "
            "none; such as --set 'rule.start={r3 d3: -0.1}'");
    int64_t warmup = settings->learning.warmup, all = settings->learning.trials;
    status = command_integer(&seed, line, "seed", 0, 1000000, 0, error);
    if (!status)
        status = command_integer(&trials, line, "trials", warmup + 1, 1000000,
                                 warmup + EXTRA < all ? warmup + EXTRA : all, error);
    if (status)
        return status;
    settings->learning.trials = trials;
    if (settings->meta.loss_trials > trials)
        settings->meta.loss_trials = 0;
    struct job job = {.candidate = candidate, .kind = JOB_TRAIN, .seed = (int32_t)seed};
    check->task_seed = search_task_seed(settings, &job);
    printf("candidate %" PRId64 ", seed %" PRId64 ": %" PRId64 " trials, of which %" PRId64
           " warm-up, of learning.trials = %" PRId64 "\n\n",
           candidate, seed, trials, warmup, all);
    return STATUS_OK;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct command_sweep sweep;
    enum status status = command_sweep_read(&sweep, line, error);
    if (status)
        return status;
    struct gradcheck check = {0};
    status = read_options(&check, &sweep, line, error);
    if (!status)
        status = prepare(&check, error);
    if (!status)
        status = run_estimators(&check, error);
    if (!status)
        status = run_differences(&check, error);
    if (!status) {
        print_table(&check);
        status = print_verdicts(&check, error);
    }
    free(check.modulators);
    command_sweep_free(&sweep);
    return status;
}

static const struct command_option options[] = {
    {"set", "KEY=VALUE", "overrides a parameter of the sweep file; may be given several times", 0},
    {"candidate", "C", "which candidate, from 0; default: 0", 0},
    {"seed", "S", "which training seed, from 0; default: 0", 0},
    {"trials", "H", "trials of the lifetime; default: the warm-up and 20 more", 0},
    {0},
};

const struct command command_gradcheck = {
    .name = "gradcheck",
    .words = "SWEEP.yaml",
    .least = 1,
    .most = 1,
    .sentence = "Checks every gradient estimator against central differences on one lifetime of "
                "this sweep.",
    .details = "Gradients are in normalised coordinates. Exit status 1 when an estimator that "
               "should be exact disagrees by more than 1e-6, or than 10 times the noise of the "
               "differences.",
    .options = options,
    .run = run,
};
