/* The loop over the trials of a lifetime, and what is said of it at its end. H trials. */
#include <math.h>

#include "model/lifetime_back.h"
#include "model/lifetime_trial.h"

enum { CRITERION_WINDOW = 100, CRITERION = 95 };

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

/* Tests what was learned: the lifetime's next trials, without plasticity and exploration. The last
 * trials of learning cannot tell: their answers carry the noise that learning needs, and FORCE
 * corrects itself while it answers. False: an answer is not finite. */
static bool evaluate_frozen(struct lifetime *lifetime)
{
    const struct settings *settings = lifetime->settings;
    struct trial *trial = &lifetime->trial;
    long trials = settings->learning.evaluation_trials * lifetime->shape.types;
    double loss = 0, correct = 0, counted = 0;
    bool finite = true;
    for (long k = 0; k < trials; k++) {
        trial_draw_still(trial, &lifetime->network, &lifetime->rule, settings, lifetime->task_seed,
                         (uint64_t)(lifetime->trials + k));
        trial_run(trial, &lifetime->network, &lifetime->rule, settings);
        finite &= trial->finite;
        loss -= trial->objective;
        unsigned char right = lifetime_judgement(lifetime);
        if (right != LIFETIME_UNCOUNTED)
            correct += right, counted++;
    }
    lifetime->frozen_loss = trials > 0 ? loss / (double)trials : NAN;
    lifetime->frozen_accuracy = counted > 0 ? correct / counted : NAN;
    return finite && (trials == 0 || isfinite(lifetime->frozen_loss));
}

static bool are_finite(const double *number, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(number[i]))
            return false;
    return true;
}

/* Whether all that is kept of the learned network is finite. No trial has met what the last update
 * made of the weights, and a reward may be too large for its record. */
static bool is_finite(const struct lifetime *lifetime)
{
    const struct network *network = &lifetime->network;
    size_t n = (size_t)network->units;
    for (int h = 0; h < lifetime->trials; h++)
        if (!isfinite(lifetime->reward[h]))
            return false;
    return isfinite(lifetime->loss) && are_finite(network->recurrent, n * n) &&
           are_finite(network->input, n * (size_t)network->inputs) &&
           are_finite(network->readout, n * (size_t)network->outputs) &&
           are_finite(lifetime->baseline, (size_t)lifetime->shape.types);
}

void lifetime_diverge(struct lifetime *lifetime)
{
    lifetime->state = LIFETIME_DIVERGED;
    lifetime->loss = lifetime->frozen_loss = lifetime->frozen_accuracy = NAN;
    lifetime->accuracy = 0;
    lifetime->trials_to_criterion = -1;
}

static void conclude(struct lifetime *lifetime)
{
    if (!evaluate_frozen(lifetime)) {
        lifetime_diverge(lifetime);
        return;
    }
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
            lifetime_diverge(lifetime);
            return;
        }
        if (observer && observer->trial && !observer->trial(observer->context, lifetime, h)) {
            lifetime->state = LIFETIME_STOPPED;
            return;
        }
    }
    if (!is_finite(lifetime)) {
        lifetime_diverge(lifetime);
        return;
    }
    // Before the frozen test, which wants the last weights: the way back leaves them as they were.
    if (lifetime->past && !lifetime_back(lifetime, observer)) {
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
    // What no learner changes (biases, mask) is drawn again, not saved.
    lifetime_begin(lifetime, task_seed, theta);
    run_from(lifetime, lifetime_restore(lifetime, saved), observer);
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
