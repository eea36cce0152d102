/* Weight changes are looked at in some trials only: that costs as much as making them. */
#include "program/life.h"

#include <math.h>

#include "cluster/share.h"
#include "model/lifetime.h"

enum { EVERY = 8 }; /* trials between two looks at the weight changes */

/* What is seen of a lifetime under way. */
struct look {
    struct wire *wire;
    int64_t clipped, changes;
    double square;
};

/* The changes of the trial, as (9) makes them of its eligibility. */
static void look_at_changes(struct look *look, const struct lifetime *lifetime)
{
    const struct settings *settings = lifetime->settings;
    double factor = settings->learning.rate * lifetime->modulator;
    double clip = lifetime->rule.clip;
    long n = lifetime->network.units;
    for (long s = 0; s < n * n; s++) {
        if (lifetime->network.mask && !lifetime->network.mask[s])
            continue;
        double size = fabs(factor * lifetime->trial.eligibility[s]);
        look->clipped += size >= clip;
        look->square += fmin(size, clip) * fmin(size, clip);
        look->changes++;
    }
}

static bool after_trial(void *context, const struct lifetime *lifetime, int h)
{
    struct look *look = context;
    bool learns = h >= lifetime->settings->learning.warmup && lifetime->settings->learning.rate > 0;
    if (learns && lifetime->learner->trace && h % EVERY == 0)
        look_at_changes(look, lifetime);
    return !share_stopping(look->wire);
}

enum status command_life(struct command_life *life, const struct settings *settings,
                         const double *theta, uint64_t task_seed, struct wire *wire,
                         struct error *error)
{
    struct lifetime lifetime;
    struct look look = {.wire = wire};
    double start = wire_time();
    if (lifetime_create(&lifetime, settings, (struct lifetime_gradient){0}, false, error))
        return STATUS_FAILED;
    lifetime_run(&lifetime, task_seed, theta,
                 &(struct lifetime_observer){.context = &look, .trial = after_trial});
    bool done = lifetime.state == LIFETIME_DONE, reached = lifetime.trials_to_criterion >= 0;
    double changes = look.changes ? (double)look.changes : NAN;
    *life = (struct command_life){.loss = done ? lifetime.loss : NAN,
                                  .accuracy = lifetime.accuracy,
                                  .tested = lifetime.frozen_accuracy,
                                  .reached = reached ? lifetime.trials_to_criterion : NAN,
                                  .clipped = (double)look.clipped / changes,
                                  .change = sqrt(look.square / changes),
                                  .seconds = wire_time() - start};
    bool stopped = lifetime.state == LIFETIME_STOPPED;
    lifetime_free(&lifetime);
    return stopped ? STATUS_INTERRUPTED : STATUS_OK;
}
