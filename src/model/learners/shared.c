/* What learners share: their memory, the change of the weights at a trial's end, outer products.
 * N units. */
#include "model/learners/shared.h"

#include "base/vector.h"

double *learner_piece(struct learner_block *block, size_t count)
{
    double *piece = block->base ? block->base + block->used : NULL;
    block->used += (count + LEARNER_LINE - 1) / LEARNER_LINE * LEARNER_LINE;
    return piece;
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
                   network->mask ? network->mask + i * n : NULL, factor, site->rule->clip,
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
