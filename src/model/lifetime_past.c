/* What a lifetime keeps of its past. H trials, N units.
 *
 * Random numbers are functions of the trial, so that nothing of a trial but its weights, carried
 * trace and reward means need be kept to run it again. */
#include "model/lifetime_past.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t square(const struct lifetime *lifetime)
{
    return (size_t)lifetime->network.units * (size_t)lifetime->network.units;
}

static size_t bytes_of_states(const struct lifetime *lifetime)
{
    return trial_kept_bytes(&lifetime->shape, lifetime->network.units, lifetime->trial.in_single);
}

/* Trials a segment: all, or the square root of them when all would take too much. With s
 * segments of H / s trials each, s first weights and the H / s of one segment are held at a
 * time; that is least for s = sqrt(H), and costs each trial one run more, since a segment is run
 * again when its turn comes. */
static int segment_of(const struct settings *settings)
{
    double n = (double)settings->network.units;
    double trials = (double)(settings->learning.trials - settings->learning.warmup);
    double bytes = trials * n * n * (sizeof(double) + isfinite(settings->learning.clip));
    return (int)(bytes <= settings->meta.adjoint_memory * 1e6 ? trials : ceil(sqrt(trials)));
}

static int segments_of(int trials, int segment)
{
    return trials > segment ? (trials + segment - 1) / segment : 0;
}

/* Bytes of weights: of a segment, the first of all segments, and the last; and of what (9) clipped. */
static double bytes_of_weights(const struct settings *settings)
{
    double n = (double)settings->network.units;
    int trials = (int)(settings->learning.trials - settings->learning.warmup);
    int segment = segment_of(settings);
    double bytes = (segment + segments_of(trials, segment) + 1) * sizeof(double) * n * n;
    return bytes + (isfinite(settings->learning.clip) ? segment * n * n : 0);
}

/* Trials of a segment whose states fit what the weights leave of the memory. */
static int states_of(const struct settings *settings, const struct task_shape *shape)
{
    double left = settings->meta.adjoint_memory * 1e6 - bytes_of_weights(settings);
    double each = (double)trial_kept_bytes(shape, (int)settings->network.units,
                                           settings->precision == PRECISION_SINGLE);
    int segment = segment_of(settings);
    return left < each ? 0 : left / each < segment ? (int)(left / each) : segment;
}

double lifetime_past_bytes(const struct settings *settings, const struct rule *rule,
                           const struct task_shape *shape)
{
    double n = (double)settings->network.units;
    int trials = (int)(settings->learning.trials - settings->learning.warmup);
    bool in_single = settings->precision == PRECISION_SINGLE;
    double kept = bytes_of_weights(settings) + trials * (n + shape->types) * sizeof(double);
    kept += states_of(settings, shape) *
            (sizeof(int) + (double)trial_kept_bytes(shape, (int)n, in_single));
    return kept + adjoint_bytes(rule, shape, (int)n, in_single);
}

enum status lifetime_past_create(struct lifetime *lifetime, struct error *error)
{
    const struct settings *settings = lifetime->settings;
    struct lifetime_past *past = error_calloc(error, 1, sizeof *past, "the past of a lifetime");
    lifetime->past = past;
    if (!past)
        return STATUS_FAILED;
    const char *what = "the past of a lifetime";
    past->trials = (int)(settings->learning.trials - settings->learning.warmup);
    past->segment = segment_of(settings);
    past->states = states_of(settings, &lifetime->shape);
    size_t trials = (size_t)past->trials, segment = (size_t)past->segment;
    size_t segments = (size_t)segments_of(past->trials, past->segment);
    past->first = error_calloc(error, segments * square(lifetime) + 1, sizeof(double), what);
    past->weights = error_calloc(error, segment * square(lifetime), sizeof(double), what);
    past->trace =
        error_calloc(error, trials * (size_t)lifetime->network.units, sizeof(double), what);
    past->baseline =
        error_calloc(error, trials * (size_t)lifetime->shape.types, sizeof(double), what);
    past->last = error_calloc(error, square(lifetime), sizeof(double), what);
    past->known = error_calloc(error, (size_t)past->states, sizeof *past->known, what);
    past->kept = error_calloc(error, (size_t)past->states, bytes_of_states(lifetime), what);
    bool clips = isfinite(settings->learning.clip);
    if (clips)
        past->clipped = error_calloc(error, segment * square(lifetime), 1, what);
    if (!past->first || !past->weights || !past->trace || !past->baseline || !past->last ||
        !past->known || !past->kept || (clips && !past->clipped))
        return STATUS_FAILED; // lifetime_past_free() releases the rest
    return adjoint_create(&lifetime->adjoint, &lifetime->rule, &lifetime->shape,
                          lifetime->network.units, lifetime->trial.in_single, error);
}

void lifetime_past_free(struct lifetime *lifetime)
{
    struct lifetime_past *past = lifetime->past;
    if (!past)
        return;
    adjoint_free(&lifetime->adjoint);
    free(past->first);
    free(past->weights);
    free(past->clipped);
    free(past->trace);
    free(past->baseline);
    free(past->last);
    free(past->known);
    free(past->kept);
    free(past);
    lifetime->past = NULL;
}

void lifetime_past_forget(struct lifetime_past *past)
{
    for (int s = 0; s < past->states; s++)
        past->known[s] = -1;
}

void lifetime_past_keep(struct lifetime *lifetime, int h)
{
    const struct settings *settings = lifetime->settings;
    struct lifetime_past *past = lifetime->past;
    size_t trial = (size_t)h - (size_t)settings->learning.warmup, count = square(lifetime);
    size_t units = (size_t)lifetime->network.units, types = (size_t)lifetime->shape.types;
    size_t segment = (size_t)past->segment, slot = trial % segment;
    const double *weights = lifetime->network.recurrent;
    memcpy(past->trace + trial * units, lifetime->trial.start_trace, sizeof(double) * units);
    memcpy(past->baseline + trial * types, lifetime->baseline, sizeof(double) * types);
    memcpy(past->weights + slot * count, weights, sizeof(double) * count);
    if (slot == 0 && past->trials > past->segment)
        memcpy(past->first + trial / segment * count, weights, sizeof(double) * count);
    double rate = settings->learning.rate * lifetime->modulator;
    for (size_t s = 0; s < count && past->clipped; s++) {
        double change = rate * lifetime->trial.eligibility[s];
        bool clips = fabs(change) >= lifetime->rule.clip;
        past->clipped[slot * count + s] = (signed char)(!clips ? 0 : signbit(change) ? -1 : 1);
    }
    if (slot < (size_t)past->states) {
        trial_keep(past->kept + slot * bytes_of_states(lifetime), &lifetime->trial);
        past->known[slot] = h;
    }
}

const void *lifetime_past_states(const struct lifetime *lifetime, int h)
{
    const struct lifetime_past *past = lifetime->past;
    int slot = (h - (int)lifetime->settings->learning.warmup) % past->segment;
    if (slot >= past->states || past->known[slot] != h)
        return NULL;
    return past->kept + (size_t)slot * bytes_of_states(lifetime);
}
