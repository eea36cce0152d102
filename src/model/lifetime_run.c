/* The loop over the trials of a lifetime, and what is said of it at its end. H trials. */
#include <math.h>
#include <string.h>

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
 * corrects itself while it answers. */
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
        unsigned char right = lifetime_judgement(lifetime);
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
