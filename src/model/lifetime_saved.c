/* A lifetime between two trials, as bytes. All that a trial leaves to the next: weights, what they
 * depend on, reward means, and the results so far. Random numbers are functions of the trial, so
 * that nothing of them need be kept. */
#include <string.h>

#include "model/lifetime.h"
#include "model/lifetime_past.h"
#include "model/lifetime_score.h"

struct block {
    void *at;
    size_t bytes;
};

enum { BLOCKS = 24 };

static size_t doubles(size_t count)
{
    return count * sizeof(double);
}

/* Adds one block; those that do not exist are left out. */
static void add(struct block *block, int *count, void *at, size_t bytes)
{
    if (at && bytes > 0)
        block[(*count)++] = (struct block){at, bytes};
}

static void add_past(struct block *block, int *count, const struct lifetime *lifetime)
{
    struct lifetime_past *past = lifetime->past;
    size_t n = (size_t)lifetime->network.units, trials = (size_t)past->trials;
    size_t segment = (size_t)past->segment;
    size_t segments = trials > segment ? (trials + segment - 1) / segment : 0;
    add(block, count, past->first, doubles(segments * n * n));
    add(block, count, past->weights, doubles(segment * n * n));
    add(block, count, past->clipped, segment * n * n);
    add(block, count, past->trace, doubles(trials * n));
    add(block, count, past->baseline, doubles(trials * (size_t)lifetime->shape.types));
}

static int blocks(struct block block[BLOCKS], const struct lifetime *lifetime)
{
    const struct network *network = &lifetime->network;
    const struct tangent *tangent = &lifetime->tangent;
    size_t n = (size_t)network->units, p = (size_t)lifetime->rule.parameters;
    size_t types = (size_t)lifetime->shape.types, trials = (size_t)lifetime->trials;
    int count = 0;
    add(block, &count, network->recurrent, doubles(n * n));
    add(block, &count, network->input, doubles(n * (size_t)network->inputs));
    add(block, &count, network->readout, doubles(n * (size_t)network->outputs));
    add(block, &count, lifetime->trial.trace, doubles(n));
    add(block, &count, lifetime->baseline, doubles(types));
    add(block, &count, lifetime->baseline_dot, doubles(types * p));
    add(block, &count, (void *)&lifetime->loss, sizeof lifetime->loss);
    add(block, &count, lifetime->gradient_sum, doubles(p));
    add(block, &count, lifetime->reward, trials * sizeof *lifetime->reward);
    add(block, &count, lifetime->correct, trials);
    add(block, &count, lifetime->modulators, doubles(trials));
    add(block, &count, tangent->weight, doubles(n * p * n));
    add(block, &count, tangent->trace, doubles(n * p));
    add(block, &count, tangent->single.weight, n * p * n * sizeof(float));
    add(block, &count, tangent->single.trace, n * p * sizeof(float));
    add(block, &count, (void *)&tangent->silent, sizeof tangent->silent);
    add(block, &count, lifetime->learner_state,
        (size_t)learner_bytes(lifetime->settings, &lifetime->shape));
    if (lifetime->score)
        add(block, &count, lifetime->score->trial,
            (size_t)lifetime_score_bytes(&lifetime->rule, &lifetime->shape) -
                sizeof(struct lifetime_score));
    if (lifetime->past)
        add_past(block, &count, lifetime);
    return count;
}

size_t lifetime_saved_bytes(const struct lifetime *lifetime)
{
    struct block block[BLOCKS];
    size_t bytes = sizeof(int64_t);
    for (int b = 0, count = blocks(block, lifetime); b < count; b++)
        bytes += block[b].bytes;
    return bytes;
}

void lifetime_save(unsigned char *saved, const struct lifetime *lifetime, int h)
{
    struct block block[BLOCKS];
    int64_t next = h + 1;
    memcpy(saved, &next, sizeof next);
    saved += sizeof next;
    for (int b = 0, count = blocks(block, lifetime); b < count; saved += block[b++].bytes)
        memcpy(saved, block[b].at, block[b].bytes);
}

int lifetime_restore(struct lifetime *lifetime, const unsigned char *saved)
{
    struct block block[BLOCKS];
    int64_t next;
    memcpy(&next, saved, sizeof next);
    saved += sizeof next;
    for (int b = 0, count = blocks(block, lifetime); b < count; saved += block[b++].bytes)
        memcpy(block[b].at, saved, block[b].bytes);
    learner_relink(lifetime->learner_state, lifetime->settings, &lifetime->shape);
    return (int)next;
}
