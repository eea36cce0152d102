/* The inner loop. H trials, N units, P free parameters. */
#include "model/lifetime.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "model/lifetime_past.h"
#include "model/lifetime_score.h"

enum { CRITERION_WINDOW = 100, CRITERION = 95 };

/* The small arrays; the large ones belong to network, trial and tangent. */
static enum status take_arrays(struct lifetime *lifetime, struct error *error)
{
    size_t types = (size_t)lifetime->shape.types, trials = (size_t)lifetime->trials;
    size_t parameters = (size_t)lifetime->rule.parameters + 1; // never empty
    size_t units = (size_t)lifetime->network.units;
    const char *what = "a lifetime";
    lifetime->baseline = error_calloc(error, types, sizeof(double), what);
    lifetime->baseline_dot = error_calloc(error, types * parameters, sizeof(double), what);
    lifetime->modulator_dot = error_calloc(error, parameters, sizeof(double), what);
    lifetime->gradient_sum = error_calloc(error, parameters, sizeof(double), what);
    lifetime->reward = error_calloc(error, trials, sizeof(float), what);
    lifetime->correct = error_calloc(error, trials, 1, what);
    lifetime->modulators = error_calloc(error, trials, sizeof(double), what);
    bool noisy = lifetime->settings->learning.weight_noise > 0;
    if (noisy)
        lifetime->weight_noise = error_calloc(error, units * units, sizeof(double), what);
    bool all = lifetime->baseline && lifetime->baseline_dot && lifetime->modulator_dot &&
               lifetime->gradient_sum && lifetime->reward && lifetime->correct &&
               lifetime->modulators && (!noisy || lifetime->weight_noise);
    return all ? STATUS_OK : STATUS_FAILED;
}

enum status lifetime_create(struct lifetime *lifetime, const struct settings *settings,
                            struct lifetime_gradient gradient, bool keep_update,
                            struct error *error)
{
    *lifetime = (struct lifetime){.settings = settings,
                                  .gradient = gradient,
                                  .keep_update = keep_update,
                                  .trials = (int)settings->learning.trials};
    rule_create(&lifetime->rule, settings);
    task_shape(&lifetime->shape, settings);
    lifetime->gradient.wanted &= lifetime->rule.parameters > 0;
    struct task_shape *shape = &lifetime->shape;
    enum status status =
        network_create(&lifetime->network, settings, shape->inputs, shape->outputs, error);
    if (status == STATUS_OK)
        status = trial_create(&lifetime->trial, settings, shape, error);
    lifetime->learner = learner_of(settings);
    if (status == STATUS_OK)
        status = learner_create(&lifetime->learner_state, settings, shape, error);
    if (status == STATUS_OK && lifetime->gradient.wanted && gradient.score)
        status = lifetime_score_create(lifetime, error);
    bool backwards = lifetime->gradient.wanted && lifetime->gradient.backwards;
    if (status == STATUS_OK && backwards)
        status = lifetime_past_create(lifetime, error);
    if (status == STATUS_OK && lifetime->gradient.wanted && !backwards)
        status = tangent_create(&lifetime->tangent, &lifetime->rule, lifetime->network.units,
                                shape->steps, lifetime->trial.in_single, keep_update, error);
    if (status == STATUS_OK)
        status = take_arrays(lifetime, error);
    if (status != STATUS_OK)
        lifetime_free(lifetime);
    return status;
}

void lifetime_free(struct lifetime *lifetime)
{
    network_free(&lifetime->network);
    trial_free(&lifetime->trial);
    free(lifetime->learner_state);
    tangent_free(&lifetime->tangent);
    lifetime_past_free(lifetime);
    lifetime_score_free(lifetime);
    free(lifetime->baseline);
    free(lifetime->baseline_dot);
    free(lifetime->modulator_dot);
    free(lifetime->gradient_sum);
    free(lifetime->reward);
    free(lifetime->correct);
    free(lifetime->modulators);
    free(lifetime->weight_noise);
    *lifetime = (struct lifetime){0};
}

double lifetime_bytes(const struct settings *settings, struct lifetime_gradient gradient)
{
    struct rule rule;
    struct task_shape shape;
    rule_create(&rule, settings);
    task_shape(&shape, settings);
    double n = (double)settings->network.units;
    double bytes = network_bytes(settings, shape.inputs, shape.outputs) +
                   trial_bytes(settings, &shape) + learner_bytes(settings, &shape) +
                   16.0 * (double)settings->learning.trials;
    if (settings->learning.weight_noise > 0)
        bytes += n * n * sizeof(double);
    if (gradient.wanted && gradient.backwards && rule.parameters > 0)
        bytes += lifetime_past_bytes(settings, &rule, &shape);
    else if (gradient.wanted && rule.parameters > 0)
        bytes += tangent_bytes(&rule, (int)n, shape.steps, settings->precision == PRECISION_SINGLE);
    if (gradient.wanted && gradient.score)
        bytes += lifetime_score_bytes(&rule, &shape);
    return bytes;
}

double lifetime_flops(const struct settings *settings, struct lifetime_gradient gradient)
{
    struct rule rule;
    struct task_shape shape;
    rule_create(&rule, settings);
    task_shape(&shape, settings);
    double n = (double)settings->network.units;
    double learning = 2 * n * n * shape.steps + learner_of(settings)->flops(settings, &shape);
    double adjoint = 4 * rule.degree + 6,
           tangents = (gradient.local ? 2.0 : 10.0) * rule.parameters;
    double derivatives = !gradient.wanted ? 0 : gradient.backwards ? adjoint : tangents;
    return (learning + derivatives * n * n * shape.steps) * (double)settings->learning.trials;
}

/* What the learner may touch, in trial `h`. */
static struct learner_site site_of(struct lifetime *lifetime, int h)
{
    return (struct learner_site){.settings = lifetime->settings,
                                 .rule = &lifetime->rule,
                                 .network = &lifetime->network,
                                 .trial = &lifetime->trial,
                                 .state = lifetime->learner_state,
                                 .weight_noise = lifetime->weight_noise,
                                 .task_seed = lifetime->task_seed,
                                 .plastic = learner_plastic(lifetime->settings),
                                 .h = h,
                                 .modulator = lifetime->modulator};
}

void lifetime_begin(struct lifetime *lifetime, uint64_t task_seed, const double *theta)
{
    const struct settings *settings = lifetime->settings;
    size_t types = (size_t)lifetime->shape.types, parameters = (size_t)lifetime->rule.parameters;
    lifetime->task_seed = task_seed;
    lifetime->state = LIFETIME_EMPTY;
    rule_set(&lifetime->rule, theta);
    network_draw(&lifetime->network, settings, (uint64_t)settings->seed, task_seed);
    trial_start(&lifetime->trial);
    struct learner_site site = site_of(lifetime, 0);
    if (lifetime->learner->start)
        lifetime->learner->start(&site);
    if (lifetime_has_tangents(lifetime))
        tangent_start(&lifetime->tangent);
    if (lifetime->score)
        lifetime_score_start(lifetime);
    memset(lifetime->baseline, 0, sizeof(double) * types);
    memset(lifetime->baseline_dot, 0, sizeof(double) * types * parameters);
    memset(lifetime->gradient_sum, 0, sizeof(double) * parameters);
    memset(lifetime->reward, 0, sizeof(float) * (size_t)lifetime->trials);
    memset(lifetime->correct, 0, (size_t)lifetime->trials);
    memset(lifetime->modulators, 0, sizeof(double) * (size_t)lifetime->trials);
    lifetime->loss = 0;
    lifetime->frozen_loss = lifetime->frozen_accuracy = NAN;
}

double lifetime_loss_weight(const struct lifetime *lifetime, int h)
{
    int counted = (int)lifetime->settings->meta.loss_trials;
    if (counted == 0 || counted > lifetime->trials)
        counted = lifetime->trials;
    return h >= lifetime->trials - counted ? 1.0 / counted : 0;
}

/* m = g(Rbar) (R - Rbar) and its tangents. */
static void modulate(struct lifetime *lifetime, int h)
{
    const struct settings *settings = lifetime->settings;
    int type = lifetime->trial.task.type, parameters = lifetime->rule.parameters;
    bool absolute = settings->learning.reward_gain == GAIN_ABSOLUTE;
    double baseline = lifetime->baseline[type], error = lifetime->trial.reward - baseline;
    double gain = absolute ? fabs(baseline) : 1;
    double slope = absolute ? (baseline > 0) - (baseline < 0) : 0;
    lifetime->baseline_used = baseline;
    lifetime->modulator = gain * error;
    if (lifetime->frozen_modulator)
        lifetime->modulator = lifetime->frozen_modulator[h];
    lifetime->modulators[h] = lifetime->modulator;

    bool stopped = settings->meta.rpe_gradient == RPE_STOPPED;
    for (int p = 0; p < parameters && lifetime_has_tangents(lifetime); p++) {
        double baseline_dot = lifetime->baseline_dot[type * parameters + p];
        double error_dot = lifetime->tangent.reward[p] - baseline_dot;
        lifetime->modulator_dot[p] =
            stopped ? 0 : gain * error_dot + slope * baseline_dot * error; // in (17)
    }
}

/* (17) and (18), before the weights change; then U = 0 where the estimator resets it. */
static void update_tangents(struct lifetime *lifetime, int h)
{
    const struct settings *settings = lifetime->settings;
    struct tangent_step step = {
        .rate = settings->learning.rate,
        .modulator = lifetime->modulator,
        .clip = settings->learning.clip,
        .modulator_dot = lifetime->modulator_dot,
        .keep = lifetime->gradient.discount * (1 - 1 / lifetime->rule.tau_w),
    };
    if (lifetime->score)
        lifetime_score_correlate(lifetime, h, -step.keep);
    tangent_update(&lifetime->tangent, &lifetime->trial, &lifetime->network, &lifetime->rule,
                   &step);
    if (lifetime->score)
        lifetime_score_correlate(lifetime, h, 1);
    int every = lifetime->gradient.reset_every;
    if (lifetime->gradient.local)
        tangent_start(&lifetime->tangent);
    else if (every > 0 && (h + 1) % every == 0)
        tangent_reset(&lifetime->tangent, &lifetime->rule);
}

/* Whether the answer of the trial that was run is right, if it counts. */
static unsigned char judgement(const struct lifetime *lifetime)
{
    const struct task *task = task_of(lifetime->settings);
    if (task->counts && !task->counts(lifetime->settings, lifetime->trial.task.type))
        return LIFETIME_UNCOUNTED;
    return lifetime->trial.correct;
}

/* (11) and (19). */
static void count_reward(struct lifetime *lifetime, int h, bool tangents)
{
    const struct trial *trial = &lifetime->trial;
    int type = trial->task.type, parameters = lifetime->rule.parameters;
    double beta = lifetime->settings->learning.baseline_rate,
           weight = lifetime_loss_weight(lifetime, h);
    lifetime->baseline[type] += beta * (trial->reward - lifetime->baseline[type]); // (11)
    lifetime->loss -= weight * trial->objective;
    lifetime->reward[h] = (float)trial->reward;
    lifetime->correct[h] = judgement(lifetime);
    for (int p = 0; p < parameters && tangents; p++) {
        double *dot = lifetime->baseline_dot + type * parameters + p;
        *dot += beta * (lifetime->tangent.reward[p] - *dot);
        if (!lifetime->score)
            lifetime->gradient_sum[p] -= weight * lifetime->tangent.objective[p]; // (19)
    }
    if (lifetime->score)
        lifetime_score_reward(lifetime, h);
}

/* Where Dale's law stopped a weight at 0 it no longer depends on the rule. */
static void stop_tangents(struct lifetime *lifetime)
{
    long n = lifetime->network.units;
    for (long s = 0; s < n * n; s++)
        if (lifetime->network.recurrent[s] == 0)
            tangent_hold(&lifetime->tangent, s / n, s % n);
}

/* What follows from the trial that was run. */
static void learn(struct lifetime *lifetime, int h, bool learns)
{
    bool tangents = learns && lifetime_has_tangents(lifetime);
    struct learner_site site = site_of(lifetime, h);
    if ((learns || lifetime->keep_update) && lifetime->learner->trace)
        lifetime->learner->trace(&site);
    if (tangents)
        trial_prepare(&lifetime->trial, &lifetime->rule, lifetime->settings);
    if (tangents)
        tangent_trial(&lifetime->tangent, &lifetime->trial, &lifetime->network, &lifetime->rule);
    modulate(lifetime, h);
    if (tangents)
        update_tangents(lifetime, h);
    if (learns && lifetime->past)
        lifetime_past_keep(lifetime, h);
    site.modulator = lifetime->modulator;
    if (learns && lifetime->learner->change)
        lifetime->learner->change(&site);
    if (tangents && lifetime->network.excitatory >= 0)
        stop_tangents(lifetime);
    count_reward(lifetime, h, tangents);
}

bool lifetime_trial(struct lifetime *lifetime, int h)
{
    const struct settings *settings = lifetime->settings;
    struct trial *trial = &lifetime->trial;
    bool learns = h >= settings->learning.warmup;
    struct learner_site site = site_of(lifetime, h);
    trial_draw(trial, &lifetime->network, &lifetime->rule, settings, lifetime->task_seed,
               (uint64_t)h);
    if (learns && lifetime->learner->run)
        lifetime->learner->run(&site);
    else
        trial_run(trial, &lifetime->network, &lifetime->rule, settings);
    if (trial->finite)
        learn(lifetime, h, learns);
    return trial->finite;
}

/* End of the first window of 100 trials with more than 95 correct, of those that count. */
static int criterion(const unsigned char *correct, int trials)
{
    int sum = 0, counted = 0;
    for (int h = 0, first = 0; h < trials; h++) {
        if (correct[h] == LIFETIME_UNCOUNTED)
            continue;
        sum += correct[h];
        if (++counted > CRITERION_WINDOW) { // the window's first trial leaves it
            while (correct[first] == LIFETIME_UNCOUNTED)
                first++;
            sum -= correct[first++];
        }
        if (counted >= CRITERION_WINDOW && sum > CRITERION)
            return h + 1;
    }
    return -1;
}

/* Tests what was learned: the lifetime's next trials, without plasticity and exploration. */
static void evaluate_frozen(struct lifetime *lifetime)
{
    const struct settings *settings = lifetime->settings;
    struct trial *trial = &lifetime->trial;
    long trials = settings->learning.evaluation_trials * lifetime->shape.types;
    size_t noise = (size_t)lifetime->shape.steps * (size_t)lifetime->network.units;
    double loss = 0, correct = 0, counted = 0;
    for (long k = 0; k < trials; k++) {
        trial_draw(trial, &lifetime->network, &lifetime->rule, settings, lifetime->task_seed,
                   (uint64_t)(lifetime->trials + k));
        memset(trial->noise, 0, sizeof(double) * noise);
        trial_run(trial, &lifetime->network, &lifetime->rule, settings);
        loss -= trial->finite ? trial->objective : NAN;
        unsigned char right = judgement(lifetime);
        if (!trial->finite)
            correct = NAN;
        else if (right != LIFETIME_UNCOUNTED)
            correct += right, counted++;
    }
    lifetime->frozen_loss = trials > 0 ? loss / (double)trials : NAN;
    lifetime->frozen_accuracy = counted > 0 ? correct / counted : NAN;
}

static void conclude(struct lifetime *lifetime)
{
    evaluate_frozen(lifetime);
    int trials = lifetime->trials, last = trials / 4 > 0 ? trials / 4 : 1;
    double sum = 0, counted = 0;
    for (int h = trials - last; h < trials; h++)
        if (lifetime->correct[h] != LIFETIME_UNCOUNTED)
            sum += lifetime->correct[h], counted++;
    lifetime->accuracy = counted > 0 ? sum / counted : NAN;
    lifetime->trials_to_criterion = criterion(lifetime->correct, trials);
    lifetime->state = LIFETIME_DONE;
    for (int p = 0; p < lifetime->rule.parameters; p++)
        if (!isfinite(lifetime->gradient_sum[p]))
            lifetime->state = LIFETIME_GRADIENT_DIVERGED;
}

static void run_from(struct lifetime *lifetime, int first, const struct lifetime_observer *observer)
{
    for (int h = first; h < lifetime->trials; h++) {
        if (!lifetime_trial(lifetime, h)) {
            lifetime->state = LIFETIME_DIVERGED;
            lifetime->loss = NAN;
            lifetime->accuracy = 0;
            lifetime->trials_to_criterion = -1;
            return;
        }
        if (observer && observer->trial && !observer->trial(observer->context, lifetime, h)) {
            lifetime->state = LIFETIME_STOPPED;
            return;
        }
    }
    if (lifetime->past && !lifetime_past_gradient(lifetime, observer)) {
        lifetime->state = LIFETIME_STOPPED;
        return;
    }
    conclude(lifetime);
}

void lifetime_run(struct lifetime *lifetime, uint64_t task_seed, const double *theta,
                  const struct lifetime_observer *observer)
{
    lifetime_begin(lifetime, task_seed, theta);
    run_from(lifetime, 0, observer);
}

void lifetime_continue(struct lifetime *lifetime, uint64_t task_seed, const double *theta,
                       const unsigned char *saved, const struct lifetime_observer *observer)
{
    lifetime_begin(lifetime, task_seed, theta);
    run_from(lifetime, lifetime_restore(lifetime, saved), observer);
}

void lifetime_scale(double *scale, struct lifetime *lifetime, uint64_t task_seed)
{
    const struct settings *settings = lifetime->settings;
    struct trial *trial = &lifetime->trial;
    double start[RULE_PARAMETERS], sum[RULE_TERMS] = {0}, square[RULE_TERMS];
    rule_get(&lifetime->rule, start);
    lifetime_begin(lifetime, task_seed, start);
    int types = lifetime->shape.types;
    for (int h = 0; h < types; h++) {
        trial_draw(trial, &lifetime->network, &lifetime->rule, settings, task_seed, (uint64_t)h);
        trial_run(trial, &lifetime->network, &lifetime->rule, settings);
        trial_term_squares(square, trial, &lifetime->rule, settings, lifetime->network.mask);
        for (int p = 0; p < lifetime->rule.terms; p++)
            sum[p] += square[p] / types;
    }
    for (int p = 0; p < lifetime->rule.parameters; p++) {
        bool usable = p < lifetime->rule.terms && isfinite(sum[p]) && sum[p] > 0;
        scale[p] = usable ? 1 / sqrt(sum[p]) : 1;
    }
}

void lifetime_representation(float *rates, struct lifetime *lifetime, int stride)
{
    struct trial *trial = &lifetime->trial;
    long n = lifetime->network.units, steps = lifetime->shape.steps;
    for (int type = 0; type < lifetime->shape.types; type++) {
        task_prototype(&trial->task, &trial->shape, lifetime->settings, type);
        memset(trial->noise, 0, sizeof(double) * (size_t)(n * steps));
        memset(trial->state, 0, sizeof(double) * (size_t)n);
        network_clamp(&lifetime->network, trial->state);
        memcpy(trial->trace, trial->state, sizeof(double) * (size_t)n);
        trial_run(trial, &lifetime->network, &lifetime->rule, lifetime->settings);
        for (long t = stride; t <= steps; t += stride)
            for (long i = 0; i < n; i++)
                *rates++ = (float)trial_rate(trial, t, i);
    }
}

void lifetime_check(const struct settings *settings, struct settings_problems *problems)
{
    if (settings->precision == PRECISION_SINGLE && !learner_of(settings)->single)
        settings_problem(problems, "precision",
                         "found single, allowed: double, since rule.family is not polynomial");
    if (settings->learning.warmup >= settings->learning.trials)
        settings_problem(problems, "learning.warmup",
                         "found %ld, allowed: fewer than learning.trials = %ld",
                         (long)settings->learning.warmup, (long)settings->learning.trials);
}
