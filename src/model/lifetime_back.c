/* Backwards through a lifetime: each trial is drawn and run again from its weights, and the adjoint
 * takes it from there. H trials, N units. */
#include "model/lifetime_back.h"

#include <math.h>
#include <string.h>

#include "model/lifetime_past.h"
#include "model/lifetime_trial.h"

static size_t square(const struct lifetime *lifetime)
{
    return (size_t)lifetime->network.units * (size_t)lifetime->network.units;
}

/* What happened at the end of trial `h`, in the terms of (20) and (21). */
static struct adjoint_step step_of(const struct lifetime *lifetime, int h, int slot)
{
    const struct settings *settings = lifetime->settings;
    const struct lifetime_past *past = lifetime->past;
    bool absolute = settings->learning.reward_gain == GAIN_ABSOLUTE;
    double baseline = lifetime->baseline[lifetime->trial.task.type];
    int every = lifetime->gradient.reset_every;
    return (struct adjoint_step){
        .rate = settings->learning.rate,
        .modulator = lifetime->modulators[h],
        .gain = absolute ? fabs(baseline) : 1,
        .gain_slope = absolute ? (baseline > 0) - (baseline < 0) : 0,
        .error = lifetime->trial.reward - baseline,
        .beta = lifetime->rule.baseline_rate,
        .loss_weight = lifetime_loss_weight(lifetime, h),
        .keep = lifetime->gradient.discount * (1 - 1 / lifetime->rule.tau_w),
        .reset = every > 0 && (h + 1) % every == 0,
        .stopped = settings->meta.rpe_gradient == RPE_STOPPED,
        .clipped = past->clipped ? past->clipped + (size_t)slot * square(lifetime) : NULL,
    };
}

/* All that a trial depends on is as it was: drawing and running it gives it to the bit. */
static void run_or_recall(struct lifetime *lifetime, int h)
{
    const struct settings *settings = lifetime->settings;
    struct trial *trial = &lifetime->trial;
    const void *kept = lifetime_past_states(lifetime, h);
    if (kept) {
        trial_recall(trial, kept, &lifetime->network, settings, lifetime->task_seed, (uint64_t)h);
        return;
    }
    trial_draw(trial, &lifetime->network, &lifetime->rule, settings, lifetime->task_seed,
               (uint64_t)h);
    trial_run(trial, &lifetime->network, &lifetime->rule, settings);
}

static void one_trial_back(struct lifetime *lifetime, int h)
{
    const struct settings *settings = lifetime->settings;
    struct lifetime_past *past = lifetime->past;
    struct trial *trial = &lifetime->trial;
    size_t index = (size_t)h - (size_t)settings->learning.warmup, count = square(lifetime);
    size_t units = (size_t)lifetime->network.units, types = (size_t)lifetime->shape.types;
    int slot = (int)index % past->segment;
    for (size_t s = 0; s < count && lifetime->network.excitatory >= 0; s++)
        if (lifetime->network.recurrent[s] == 0) // W^(h+1): Dale's law stopped the weight there
            lifetime->adjoint.weight[s] = 0;
    memcpy(lifetime->network.recurrent, past->weights + (size_t)slot * count,
           sizeof(double) * count);
    memcpy(trial->trace, past->trace + index * units, sizeof(double) * units);
    memcpy(lifetime->baseline, past->baseline + index * types, sizeof(double) * types);
    run_or_recall(lifetime, h);
    trial_prepare(trial, &lifetime->rule, settings);
    struct adjoint_step step = step_of(lifetime, h, slot);
    adjoint_trial(&lifetime->adjoint, trial, &lifetime->network, &lifetime->rule, &step);
}

/* Runs learning trials first .. first + count - 1 again, from the weights that were kept. */
static bool run_again(struct lifetime *lifetime, int first, int count,
                      const struct lifetime_observer *observer)
{
    struct lifetime_past *past = lifetime->past;
    size_t units = (size_t)lifetime->network.units, types = (size_t)lifetime->shape.types;
    int warmup = (int)lifetime->settings->learning.warmup;
    memcpy(lifetime->network.recurrent,
           past->first + (size_t)(first / past->segment) * square(lifetime),
           sizeof(double) * square(lifetime));
    memcpy(lifetime->trial.trace, past->trace + (size_t)first * units, sizeof(double) * units);
    memcpy(lifetime->baseline, past->baseline + (size_t)first * types, sizeof(double) * types);
    for (int trial = first; trial < first + count; trial++) {
        lifetime_trial(lifetime, warmup + trial);
        if (observer && observer->poll && !observer->poll(observer->context))
            return false;
    }
    return true;
}

/* (42'): what the reward means owed to their rate when learning began. */
static void add_warmup(struct lifetime *lifetime)
{
    int parameters = lifetime->rule.parameters;
    int place = rule_place(&lifetime->rule, RULE_BASELINE_RATE);
    for (int type = 0; type < lifetime->shape.types && place >= 0; type++)
        lifetime->gradient_sum[place] +=
            lifetime->adjoint.baseline[type] * lifetime->baseline_dot[type * parameters + place];
}

bool lifetime_back(struct lifetime *lifetime, const struct lifetime_observer *observer)
{
    struct lifetime_past *past = lifetime->past;
    int warmup = (int)lifetime->settings->learning.warmup;
    double loss = lifetime->loss; // running a segment again counts its rewards twice
    memcpy(past->last, lifetime->network.recurrent, sizeof(double) * square(lifetime));
    adjoint_start(&lifetime->adjoint, &lifetime->rule, &lifetime->shape);
    int segments = (past->trials + past->segment - 1) / past->segment;
    for (int s = segments - 1; s >= 0; s--) {
        int first = s * past->segment, left = past->trials - first;
        int count = left < past->segment ? left : past->segment;
        if (s < segments - 1 && !run_again(lifetime, first, count, observer))
            return false;
        for (int trial = first + count - 1; trial >= first; trial--) {
            one_trial_back(lifetime, warmup + trial);
            if (observer && observer->poll && !observer->poll(observer->context))
                return false;
        }
    }
    memcpy(lifetime->network.recurrent, past->last, sizeof(double) * square(lifetime));
    memcpy(lifetime->gradient_sum, lifetime->adjoint.gradient,
           sizeof(double) * (size_t)lifetime->rule.parameters);
    add_warmup(lifetime);
    lifetime->loss = loss;
    return true;
}
