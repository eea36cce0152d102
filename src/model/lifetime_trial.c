/* One trial of a lifetime, and what follows from it. H trials, N units, P free parameters. */
#include "model/lifetime_trial.h"

#include <math.h>
#include <string.h>

#include "model/lifetime_past.h"
#include "model/lifetime_score.h"

/* Whether tangents are carried. */
static bool has_tangents(const struct lifetime *lifetime)
{
    return lifetime->gradient.wanted && !lifetime->past;
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
    if (has_tangents(lifetime))
        tangent_start(&lifetime->tangent);
    if (lifetime->past)
        lifetime_past_forget(lifetime->past);
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
    for (int p = 0; p < parameters && has_tangents(lifetime); p++) {
        double baseline_dot = lifetime->baseline_dot[type * parameters + p];
        double error_dot = lifetime->tangent.reward[p] - baseline_dot;
        lifetime->modulator_dot[p] =
            stopped ? 0 : gain * error_dot + slope * baseline_dot * error; // in (17)
    }
}

/* (17) and (18), before the weights change; then U = 0 where the estimator resets it. The score
 * of a trial takes the difference of U across (18), less what (18) only lets fade. */
static void update_tangents(struct lifetime *lifetime, int h)
{
    const struct settings *settings = lifetime->settings;
    struct tangent_step step = {
        .rate = settings->learning.rate,
        .modulator = lifetime->modulator,
        .clip = lifetime->rule.clip,
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

unsigned char lifetime_judgement(const struct lifetime *lifetime)
{
    const struct task *task = task_of(lifetime->settings);
    if (task->counts && !task->counts(lifetime->settings, lifetime->trial.task.type))
        return LIFETIME_UNCOUNTED;
    return lifetime->trial.correct;
}

/* (11) and its dots. In the warm-up, where R depends on nothing yet, beta alone has one, which the way
 * back needs too. */
static void follow_reward(struct lifetime *lifetime, int h, bool tangents)
{
    int type = lifetime->trial.task.type, parameters = lifetime->rule.parameters;
    int place = rule_place(&lifetime->rule, RULE_BASELINE_RATE);
    double beta = lifetime->rule.baseline_rate;
    double error = lifetime->trial.reward - lifetime->baseline[type];
    double *dot = lifetime->baseline_dot + type * parameters;
    bool warms_up = h < lifetime->settings->learning.warmup;
    lifetime->baseline[type] += beta * error; // (11)
    for (int p = 0; p < parameters && tangents; p++)
        dot[p] += beta * (lifetime->tangent.reward[p] - dot[p]);
    if (place >= 0 && warms_up)
        dot[place] -= beta * dot[place];
    if (place >= 0 && (warms_up || tangents))
        dot[place] += beta * error; // (42)
}

/* (19). */
static void count_reward(struct lifetime *lifetime, int h, bool tangents)
{
    const struct trial *trial = &lifetime->trial;
    int parameters = lifetime->rule.parameters;
    double weight = lifetime_loss_weight(lifetime, h);
    lifetime->loss -= weight * trial->objective;
    lifetime->reward[h] = (float)trial->reward;
    lifetime->correct[h] = lifetime_judgement(lifetime);
    for (int p = 0; p < parameters && tangents && !lifetime->score; p++)
        lifetime->gradient_sum[p] -= weight * lifetime->tangent.objective[p]; // (19)
    if (lifetime->score)
        lifetime_score_reward(lifetime, weight);
}

/* Where Dale's law stopped a weight at 0 it no longer depends on the rule. */
static void stop_tangents(struct lifetime *lifetime)
{
    long n = lifetime->network.units;
    for (long s = 0; s < n * n; s++)
        if (lifetime->network.recurrent[s] == 0)
            tangent_hold(&lifetime->tangent, s / n, s % n);
}

/* What follows from the trial that was run. The order is that of the equations' superscripts: m
 * is of the reward mean before this trial, U of W^(h), and what the way back needs is W^(h) too;
 * so the weights change after all of these, and the reward mean last. */
static void learn(struct lifetime *lifetime, int h, bool learns)
{
    bool tangents = learns && has_tangents(lifetime);
    struct learner_site site = site_of(lifetime, h);
    if ((learns || lifetime->keep_update) && lifetime->learner->trace)
        lifetime->learner->trace(&site);
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
    follow_reward(lifetime, h, tangents);
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
