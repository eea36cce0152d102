/* The list of learners and what they share. N units. */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/vector.h"
#include "model/learners/shared.h"

extern const struct learner learner_polynomial, learner_node_perturbation, learner_rflo,
    learner_eprop, learner_bptt, learner_force, learner_full_force;

const struct learner *const learner_list[] = {
    [FAMILY_POLYNOMIAL] = &learner_polynomial,
    [FAMILY_NODE_PERTURBATION] = &learner_node_perturbation,
    [FAMILY_RFLO] = &learner_rflo,
    [FAMILY_EPROP] = &learner_eprop,
    [FAMILY_BPTT] = &learner_bptt,
    [FAMILY_FORCE] = &learner_force,
    [FAMILY_FULL_FORCE] = &learner_full_force,
    NULL,
};

enum { LINE = 8 }; /* doubles in a cache line */

const struct learner *learner_of(const struct settings *settings)
{
    return learner_list[settings->rule.family];
}

/* Numbers that the struct of `learner` takes, to the next cache line. */
static size_t head(const struct learner *learner)
{
    return (learner->size + LINE * sizeof(double) - 1) / (LINE * sizeof(double)) * LINE;
}

/* Numbers in all. */
static size_t numbers(const struct settings *settings, const struct task_shape *shape)
{
    const struct learner *learner = learner_of(settings);
    enum { LARGEST = 1024 };
    _Alignas(max_align_t) unsigned char scratch[LARGEST] = {0};
    assert(learner->size <= LARGEST);
    return learner->layout ? head(learner) + learner->layout(scratch, NULL, settings, shape) : 0;
}

enum status learner_create(void **state, const struct settings *settings,
                           const struct task_shape *shape, struct error *error)
{
    const struct learner *learner = learner_of(settings);
    size_t count = numbers(settings, shape);
    *state = NULL;
    if (count == 0)
        return STATUS_OK;
    double *memory = error_calloc(error, count, sizeof(double), "a learner");
    if (!memory)
        return STATUS_FAILED;
    learner->layout(memory, memory + head(learner), settings, shape);
    *state = memory;
    return STATUS_OK;
}

void learner_relink(void *state, const struct settings *settings, const struct task_shape *shape)
{
    const struct learner *learner = learner_of(settings);
    double *memory = state;
    if (state)
        learner->layout(memory, memory + head(learner), settings, shape);
}

double learner_bytes(const struct settings *settings, const struct task_shape *shape)
{
    return sizeof(double) * (double)numbers(settings, shape);
}

double *learner_piece(struct learner_block *block, size_t count)
{
    double *piece = block->base ? block->base + block->used : NULL;
    block->used += (count + LINE - 1) / LINE * LINE;
    return piece;
}

/* The weights that network.plastic names, as bits; 0 for default. */
static unsigned named(const struct settings *settings)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = {
        {"recurrent", LEARNER_RECURRENT}, {"input", LEARNER_INPUT}, {"readout", LEARNER_READOUT}};
    unsigned bits = 0;
    for (int i = 0; i < settings->network.plastic.count; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (strcmp(settings->network.plastic.item[i], words[k].word) == 0)
                bits |= words[k].bit;
    return bits;
}

unsigned learner_plastic(const struct settings *settings)
{
    unsigned bits = named(settings);
    return bits ? bits : learner_of(settings)->usual;
}

/* (9) and (10) for one row of the weights. */
VECTOR_CLONES static void update_row(double *restrict weight, const double *restrict e,
                                     const double *restrict noise, const unsigned char *mask,
                                     double rate, double clip, double keep, double sd, long count)
{
    for (long j = 0; j < count; j++) {
        double change = rate * e[j];
        change = change > clip ? clip : change < -clip ? -clip : change; // (9)
        if (noise)
            change += sd * noise[j];
        if (mask && !mask[j])
            change = 0;
        weight[j] = keep * weight[j] + change; // (10)
    }
}

void learner_update(const struct learner_site *site, double factor)
{
    const struct settings *settings = site->settings;
    struct network *network = site->network;
    long n = network->units;
    if (site->weight_noise)
        random_normal(site->weight_noise,
                      random_key((uint64_t)settings->seed, site->task_seed, RANDOM_WEIGHT_NOISE),
                      (uint64_t)site->h, 0, n * n);
    for (long i = 0; i < n; i++)
        update_row(network->recurrent + i * n, site->trial->eligibility + i * n,
                   site->weight_noise ? site->weight_noise + i * n : NULL,
                   network->mask ? network->mask + i * n : NULL, factor, settings->learning.clip,
                   1 - 1 / site->rule->tau_w, settings->learning.weight_noise, n);
    network_obey(network);
}

void learner_modulate(const struct learner_site *site)
{
    learner_update(site, site->settings->learning.rate * site->modulator);
}

VECTOR_CLONES void learner_add_rows(double *a, const double *left, const double *right,
                                    double scale, int rows, int columns)
{
    for (long i = 0; i < rows; i++) {
        double factor = scale * left[i];
        double *row = a + i * columns;
        for (long j = 0; j < columns; j++)
            row[j] += factor * right[j];
    }
}

void learner_add_outer(struct network *network, const double *left, const double *right,
                       double scale)
{
    long n = network->units;
    if (!network->mask) {
        learner_add_rows(network->recurrent, left, right, scale, (int)n, (int)n);
        return;
    }
    for (long s = 0; s < n * n; s++)
        if (network->mask[s])
            network->recurrent[s] += scale * left[s / n] * right[s % n];
}

void learner_draw(double *out, const struct learner_site *site, enum random_purpose purpose,
                  long count, double bound)
{
    random_uniform(out, random_key((uint64_t)site->settings->seed, site->task_seed, purpose), 0, 0,
                   count);
    for (long i = 0; i < count; i++)
        out[i] = bound * (2 * out[i] - 1);
}

void learner_check(const struct settings *settings, struct settings_problems *problems)
{
    const struct learner *learner = learner_of(settings);
    unsigned wanted = named(settings), plastic = learner_plastic(settings);
    if (wanted & ~learner->able)
        settings_problem(problems, "network.plastic",
                         "found more than rule.family = %s can change, allowed: %s%s%s or default",
                         learner->name, learner->able & LEARNER_RECURRENT ? "recurrent" : "",
                         learner->able & LEARNER_INPUT ? ", input" : "",
                         learner->able & LEARNER_READOUT ? ", readout" : "");
    else if (wanted && learner->run && wanted != learner->usual)
        settings_problem(problems, "network.plastic",
                         "found less than rule.family = %s changes, allowed: recurrent and "
                         "readout, or default",
                         learner->name);
    if (plastic & LEARNER_READOUT && settings->network.readout == READOUT_UNIT)
        settings_problem(problems, "network.readout",
                         "found unit, allowed: gaussian, since rule.family = %s changes the "
                         "readout",
                         learner->name);
    if (learner->slope && settings->learning.reward == REWARD_BINARY)
        settings_problem(problems, "learning.reward",
                         "found binary, allowed: absolute or square, since rule.family = %s "
                         "follows the slope of the reward",
                         learner->name);
}
