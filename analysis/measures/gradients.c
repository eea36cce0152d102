/* Every estimator's derivative trial by trial against central differences, in normalised
 * coordinates, for the first candidate of every rule. H trials, P parameters.
 *
 * The sum of R-dot over the trials so far is the derivative for a lifetime of that length in which
 * all trials count. Differences with two step sizes tell how much they are worth: learning is
 * chaotic, so that they fail long before the trials end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "model/lifetime.h"
#include "numbers/matrix.h"
#include "search/estimator.h"

#define BUDGET 3e10 /* floating-point operations of one check */

enum { CHECKS = 4, STEPS = 2, ESTIMATORS = 16 };
static const double step[STEPS] = {1e-5, 1e-4};

enum {
    ERROR,
    COSINE,
    SUM_ERROR,
    SUM_COSINE,
    TANGENT,
    WEIGHT,
    NOISE,
    CANDIDATE,
    CHECKED_TRIALS,
    DATASETS
};

#define SOURCE "(16), (18); normalised coordinates"

static const struct measure_dataset dataset[DATASETS + 1] = {
    [ERROR] = {"relative_error", "check estimator trial", "",
               "|g - d| / |d| of the derivative of one trial's objective, d by central differences",
               SOURCE},
    [COSINE] = {"cosine", "check estimator trial", "", "Cosine of the two", SOURCE},
    [SUM_ERROR] = {"accumulated_error", "check estimator trial", "",
                   "The same of the sum of all trials so far: a lifetime of this length", SOURCE},
    [SUM_COSINE] = {"accumulated_cosine", "check estimator trial", "", "Cosine of these sums",
                    SOURCE},
    [TANGENT] = {"tangent_norm", "check estimator trial", "",
                 "Norm of the derivative of one trial's objective", SOURCE},
    [WEIGHT] = {"weight_norm", "check estimator trial", "",
                "Norm of U, the sensitivity of the weights (18)", SOURCE},
    [NOISE] = {"noise", "check trial", "",
               "Relative disagreement of central differences with two step sizes: errors below it "
               "mean nothing",
               NULL},
    [CANDIDATE] = {"candidate", "check", "", "Candidate that is checked, training seed 0", NULL},
    [CHECKED_TRIALS] = {"trials", "check", "trials", "Trials that are checked", NULL},
};

struct check {
    int candidate, trials, warmup, parameters;
    struct settings settings;
    uint64_t task_seed;
    double theta[RULE_PARAMETERS], scale[RULE_PARAMETERS], size;
    double *difference; /* of the objective of every trial [STEPS, H, P] */
    double *dot;        /* of one estimator [H, P] */
    double *objective;  /* [2, H] */
    double *modulators; /* of the unperturbed lifetime [H] */
};

/* What an observer fills in; the pointers may be NULL. */
struct watch {
    const struct check *check;
    double *objective;             /* [H] */
    double *dot;                   /* [H, P] */
    double *tangent_norm, *u_norm; /* [H] */
};

/* What is compared: all have the dimensions [checks, estimators, trials] or fewer. */
struct curves {
    int checks, estimators, trials;
    int estimator[ESTIMATORS]; /* their places in estimator_list */
    double *const *data;       /* of the datasets */
};

/* Norm of U in normalised coordinates: sum over p of s_p^2 |U_p|^2. */
static double sensitivity(const struct tangent *tangent, const double *scale)
{
    double sum = 0;
    for (int p = 0; p < tangent->parameters; p++)
        sum += scale[p] * scale[p] * tangent_square(tangent, p);
    return sqrt(sum);
}

static bool watch_trial(void *context, const struct lifetime *lifetime, int h)
{
    struct watch *watch = context;
    const struct check *check = watch->check;
    int parameters = check->parameters;
    if (watch->objective)
        watch->objective[h] = lifetime->trial.objective;
    if (!watch->dot)
        return true;
    double *dot = watch->dot + (long)h * parameters;
    // Up to the first trial that learns nothing depends on the rule.
    for (int p = 0; p < parameters; p++)
        dot[p] = h <= check->warmup ? 0 : lifetime->tangent.objective[p] * check->scale[p];
    watch->tangent_norm[h] = matrix_norm(dot, parameters);
    watch->u_norm[h] = h < check->warmup ? 0 : sensitivity(&lifetime->tangent, check->scale);
    return true;
}

static bool run_lifetime(const struct check *check, struct lifetime_gradient gradient,
                         const double *theta, struct watch *watch, double *modulators)
{
    struct lifetime lifetime;
    if (lifetime_create(&lifetime, &check->settings, gradient, false, NULL))
        return false;
    if (!modulators && check->settings.meta.rpe_gradient == RPE_STOPPED)
        lifetime.frozen_modulator = check->modulators;
    const struct lifetime_observer observer = {.context = watch, .trial = watch_trial};
    lifetime_run(&lifetime, check->task_seed, theta, &observer);
    if (modulators)
        memcpy(modulators, lifetime.modulators, sizeof(double) * (size_t)check->trials);
    lifetime_free(&lifetime);
    return true;
}

/* Central differences of every trial's objective along every parameter. */
static bool run_differences(struct check *check)
{
    double theta[RULE_PARAMETERS];
    for (int k = 0; k < STEPS; k++)
        for (int p = 0; p < check->parameters; p++) {
            double h = step[k] * check->size;
            for (int side = 0; side < 2; side++) {
                struct watch watch = {.check = check,
                                      .objective = check->objective + side * check->trials};
                memcpy(theta, check->theta, sizeof theta);
                theta[p] += (side ? -h : h) * check->scale[p];
                if (!run_lifetime(check, (struct lifetime_gradient){0}, theta, &watch, NULL))
                    return false;
            }
            for (int t = 0; t < check->trials; t++)
                check->difference[((long)k * check->trials + t) * check->parameters + p] =
                    (check->objective[t] - check->objective[check->trials + t]) / (2 * h);
        }
    return true;
}

/* |a - b| / |b|, and the cosine; NaN where b is 0. */
static void compare(double *error, double *cosine, const double *a, const double *b, int count)
{
    double square = 0, norm = matrix_norm(b, count), other = matrix_norm(a, count);
    for (int p = 0; p < count; p++)
        square += (a[p] - b[p]) * (a[p] - b[p]);
    *error = norm > 0 ? sqrt(square) / norm : NAN;
    *cosine = norm > 0 && other > 0 ? matrix_dot(a, b, count) / (norm * other) : NAN;
}

/* One estimator against the differences of the smaller step. */
static bool run_estimator(struct curves *curves, struct check *check, int number, int e)
{
    long place = ((long)number * curves->estimators + e) * curves->trials;
    struct watch watch = {.check = check,
                          .dot = check->dot,
                          .tangent_norm = curves->data[TANGENT] + place,
                          .u_norm = curves->data[WEIGHT] + place};
    struct lifetime_gradient gradient =
        estimator_list[curves->estimator[e]]->gradient(&check->settings);
    gradient.backwards = false;
    if (!run_lifetime(check, gradient, check->theta, &watch, NULL))
        return false;
    double sum[2][RULE_PARAMETERS] = {{0}};
    for (int t = 0; t < check->trials; t++) {
        const double *dot = check->dot + (long)t * check->parameters;
        const double *difference = check->difference + (long)t * check->parameters;
        compare(curves->data[ERROR] + place + t, curves->data[COSINE] + place + t, dot, difference,
                check->parameters);
        for (int p = 0; p < check->parameters; p++) {
            sum[0][p] += dot[p];
            sum[1][p] += difference[p];
        }
        compare(curves->data[SUM_ERROR] + place + t, curves->data[SUM_COSINE] + place + t, sum[0],
                sum[1], check->parameters);
    }
    return true;
}

/* Candidate, settings, theta and scale of a check; false when the scale is not known yet. */
static bool prepare(struct check *check, const struct study *study, int candidate)
{
    const struct study_candidate *c = &study->candidate[candidate];
    struct archive *archive = study->archive[c->archive].archive;
    *check = (struct check){.candidate = candidate,
                            .settings = c->settings,
                            .warmup = (int)c->settings.learning.warmup,
                            .parameters = c->parameters};
    double *theta = study_numbers((size_t)(c->iterations + 1) * (size_t)c->parameters);
    bool known = theta && !archive_read_curve(archive, theta, c->index, ARCHIVE_THETA, NULL) &&
                 !archive_read_curve(archive, check->scale, c->index, ARCHIVE_SCALE, NULL);
    check->size = 0;
    for (int p = 0; known && p < c->parameters; p++) {
        check->theta[p] = theta[p];
        check->size = fmax(check->size, fabs(theta[p] / check->scale[p]));
        known = isfinite(theta[p]) && isfinite(check->scale[p]);
    }
    check->size = check->size > 0 ? check->size : 1;
    free(theta);
    struct job job = {.kind = JOB_TRAIN};
    check->task_seed = search_task_seed(&c->settings, &job);
    struct rule rule;
    rule_create(&rule, &c->settings);
    double flops = lifetime_flops(&c->settings, &rule, (struct lifetime_gradient){0}) /
                   (double)c->settings.learning.trials * 2 * STEPS * c->parameters;
    double most =
        study->check_trials > 0 ? study->check_trials : fmax(BUDGET / flops, check->warmup + 5);
    check->trials = (int)fmin(most, (double)c->settings.learning.trials);
    check->settings.learning.trials = check->trials;
    check->settings.meta.loss_trials = 0;
    return known;
}

static bool run_check(struct curves *curves, struct check *check, int number)
{
    size_t trials = (size_t)check->trials, parameters = (size_t)check->parameters;
    check->difference = study_numbers(STEPS * trials * parameters);
    check->dot = study_numbers(trials * parameters);
    check->objective = study_numbers(2 * trials);
    check->modulators = study_numbers(trials);
    struct watch none = {.check = check};
    bool good = check->difference && check->dot && check->objective && check->modulators &&
                run_lifetime(check, (struct lifetime_gradient){0}, check->theta, &none,
                             check->modulators) &&
                run_differences(check);
    for (int e = 0; good && e < curves->estimators; e++)
        good = run_estimator(curves, check, number, e);
    for (size_t t = 0; good && t < trials; t++) {
        double cosine;
        compare(curves->data[NOISE] + (size_t)number * (size_t)curves->trials + t, &cosine,
                check->difference + (trials + t) * parameters, check->difference + t * parameters,
                check->parameters);
    }
    free(check->difference);
    free(check->dot);
    free(check->objective);
    free(check->modulators);
    return good;
}

static bool make_scales(const struct curves *curves, struct output *file)
{
    const char *name[ESTIMATORS];
    double *trial = study_numbers((size_t)curves->trials);
    for (int e = 0; e < curves->estimators; e++)
        name[e] = estimator_list[curves->estimator[e]]->name;
    for (int t = 0; trial && t < curves->trials; t++)
        trial[t] = t + 1;
    if (trial) {
        output_numbers(file, "check", NULL, curves->checks, "", "Gradient check");
        output_names(file, "estimator", name, curves->estimators, "Estimator of the meta-gradient");
        output_numbers(file, "trial", trial, curves->trials, "trials", "Trial of the lifetime");
    }
    free(trial);
    return trial != NULL;
}

/* The first candidate of every rule that has free parameters; returns how many. */
static int choose(struct check check[CHECKS], struct curves *curves, struct study *study)
{
    for (int r = 0; r < study->rules && curves->checks < CHECKS; r++)
        for (int c = 0; c < study->candidates; c++) {
            if (study->candidate[c].rule != r)
                continue;
            struct check *next = &check[curves->checks];
            if (study->candidate[c].parameters == 0 || !prepare(next, study, c))
                break;
            if (next->trials < study->candidate[c].settings.learning.trials)
                study_note(study,
                           "gradients: candidate %d: only the first %d trials are checked "
                           "(--check-trials)",
                           c, next->trials);
            curves->checks++;
            curves->trials = next->trials > curves->trials ? next->trials : curves->trials;
            break;
        }
    return curves->checks;
}

/* Estimators whose tangents are the derivative itself; returns how many. Not the noisy ones, which
 * follow the noise in the weights, nor those that compare losses. */
static int choose_estimators(struct curves *curves, const struct settings *settings)
{
    for (int e = 0; estimator_list[e] && curves->estimators < ESTIMATORS; e++) {
        const struct estimator *estimator = estimator_list[e];
        if (estimator->gradient(settings).wanted && !estimator->noisy && !estimator->pairs)
            curves->estimator[curves->estimators++] = e;
    }
    return curves->estimators;
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    (void)error;
    struct curves curves = {.data = out->data};
    struct check *check = calloc(CHECKS, sizeof *check);
    if (!check)
        return STATUS_FAILED;
    if (choose(check, &curves, study) == 0 || choose_estimators(&curves, &check[0].settings) == 0) {
        study_note(study, "gradients: left out: no rule with free parameters and a known scale, or "
                          "no estimator with tangents");
        free(check);
        return STATUS_OK;
    }
    bool good = make_scales(&curves, out->file) && measure_take(out, 0, DATASETS - 1);
    for (int n = 0; good && n < curves.checks; n++) {
        out->data[CANDIDATE][n] = check[n].candidate;
        out->data[CHECKED_TRIALS][n] = check[n].trials;
        if (!run_check(&curves, &check[n], n))
            study_note(study, "gradients: candidate %d: left out: out of memory",
                       check[n].candidate);
    }
    free(check);
    return good ? STATUS_OK : STATUS_FAILED;
}

const struct measure measure_gradients = {
    .name = "gradients",
    .sentence = "Gradient estimators against central differences, trial by trial.",
    .dataset = dataset,
    .run = run,
};
