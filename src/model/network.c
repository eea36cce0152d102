/* The rate network. N units, I inputs, O outputs. */
#include "model/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/vector.h"

/* The only state: added to before the first network, then read. */
static struct network_table *tables;

void network_add_table(struct network_table *table)
{
    table->next = tables;
    tables = table;
}

const struct network_table *network_table(const char *path)
{
    const struct network_table *table = tables;
    while (table && strcmp(table->path, path) != 0)
        table = table->next;
    return table;
}

static bool has_mask(const struct settings *settings)
{
    const struct network_table *table = network_table(settings->network.weights);
    return settings->network.density < 1 || !settings->network.self_connections ||
           (table && table->mask);
}

enum status network_create(struct network *network, const struct settings *settings, int inputs,
                           int outputs, struct error *error)
{
    int n = (int)settings->network.units;
    size_t square = (size_t)n * (size_t)n;
    *network = (struct network){
        .units = n,
        .inputs = inputs,
        .outputs = outputs,
        .phi = settings->network.phi,
        .dt = settings->network.dt,
        .alpha = settings->network.dt / settings->network.tau,
        .initial_state = settings->network.initial_state,
        .excitatory = settings->network.dale > 0 ? (int)lround(settings->network.dale * n) : -1,
        .clamped = settings->network.clamped.count,
    };
    size_t clamped = (size_t)network->clamped;
    network->recurrent = error_calloc(error, square, sizeof(double), "recurrent weights");
    network->input = error_calloc(error, (size_t)(n * inputs), sizeof(double), "input weights");
    network->readout = error_calloc(error, (size_t)(n * outputs), sizeof(double), "readout");
    network->bias = error_calloc(error, (size_t)n, sizeof(double), "bias");
    network->clamped_unit = error_calloc(error, clamped + 1, sizeof(int), "clamped units");
    network->clamped_state = error_calloc(error, clamped + 1, sizeof(double), "clamped states");
    if (has_mask(settings))
        network->mask = error_calloc(error, square, 1, "connectivity mask");
    if (!network->recurrent || !network->input || !network->readout || !network->bias ||
        !network->clamped_unit || !network->clamped_state ||
        (has_mask(settings) && !network->mask)) {
        network_free(network);
        return STATUS_FAILED;
    }
    for (int c = 0; c < network->clamped; c++) {
        network->clamped_unit[c] = atoi(settings->network.clamped.entry[c].key);
        network->clamped_state[c] = settings->network.clamped.entry[c].value;
    }
    return STATUS_OK;
}

void network_free(struct network *network)
{
    free(network->recurrent);
    free(network->input);
    free(network->readout);
    free(network->bias);
    free(network->clamped_unit);
    free(network->clamped_state);
    free(network->mask);
    *network = (struct network){0};
}

double network_bytes(const struct settings *settings, int inputs, int outputs)
{
    double n = (double)settings->network.units;
    return n * n * (sizeof(double) + has_mask(settings)) +
           n * (inputs + outputs + 1) * sizeof(double);
}

/* Uniform in +-bound. */
static void draw_uniform(double *out, struct random_key key, long count, double bound)
{
    random_uniform(out, key, 0, 0, count);
    for (long i = 0; i < count; i++)
        out[i] = bound * (2 * out[i] - 1);
}

/* Each synapse exists with probability `density`; the draws of a whole row at a time, `row` [N]. */
static void draw_mask(struct network *network, const struct settings *settings,
                      struct random_key key, double *row)
{
    size_t n = (size_t)network->units;
    for (size_t i = 0; i < n; i++) {
        random_uniform(row, key, 0, i, (long)n);
        for (size_t j = 0; j < n; j++)
            network->mask[i * n + j] = row[j] < settings->network.density;
        if (!settings->network.self_connections)
            network->mask[i * n + i] = 0;
    }
}

/* Signs by Dale's law for freshly drawn weights. The inhibitory ones are stronger by as much as
 * they are fewer, so that the mean weight is 0, and all are scaled so that the circle of
 * eigenvalues keeps its radius, the gain (Rajan and Abbott, Phys. Rev. Lett. 2006;97:188104): the
 * size of a normal variable has the variance 1 - 2 / pi. */
static void draw_signs(struct network *network)
{
    long n = network->units;
    double share = (double)network->excitatory / (double)n;
    bool both = share > 0 && share < 1;
    double excitatory = both ? sqrt((1 - share) / share / (1 - 2 / M_PI)) : 1;
    double inhibitory = both ? excitatory * share / (1 - share) : 1;
    for (long s = 0; s < n * n; s++)
        network->recurrent[s] =
            fabs(network->recurrent[s]) * (s % n < network->excitatory ? excitatory : -inhibitory);
}

void network_obey(struct network *network)
{
    long n = network->units;
    for (long s = 0; s < n * n && network->excitatory >= 0; s++)
        if (network->recurrent[s] * (s % n < network->excitatory ? 1 : -1) < 0)
            network->recurrent[s] = 0;
}

/* What the table has, instead of what was drawn. */
static void use_table(struct network *network, const struct network_table *table)
{
    size_t n = (size_t)network->units, inputs = (size_t)network->inputs;
    if (table->recurrent)
        for (size_t s = 0; s < n * n; s++)
            network->recurrent[s] = network->mask && !network->mask[s] ? 0 : table->recurrent[s];
    if (table->input)
        memcpy(network->input, table->input, sizeof(double) * n * inputs);
    if (table->readout)
        memcpy(network->readout, table->readout, sizeof(double) * n * (size_t)network->outputs);
    if (table->bias)
        memcpy(network->bias, table->bias, sizeof(double) * n);
}

/* Each part has a purpose of its own among the random numbers: two sweeps that differ in the
 * readout, say, have the same W. */
void network_draw(struct network *network, const struct settings *settings, uint64_t run_seed,
                  uint64_t task_seed)
{
    long n = network->units;
    if (settings->network.fixed) // the network that the first training seed has anyway
        task_seed = 0;
    struct random_key key = random_key(run_seed, task_seed, RANDOM_RECURRENT);
    const struct network_table *table = network_table(settings->network.weights);
    if (table && table->mask)
        memcpy(network->mask, table->mask, (size_t)(n * n));
    else if (network->mask)
        draw_mask(network, settings, random_key(run_seed, task_seed, RANDOM_MASK),
                  network->recurrent); // workspace, before it is drawn itself
    random_normal(network->recurrent, key, 0, 0, n * n);
    double scale = settings->network.gain / sqrt(settings->network.density * (double)n);
    for (long s = 0; s < n * n; s++)
        network->recurrent[s] *= network->mask && !network->mask[s] ? 0 : scale;
    if (network->excitatory >= 0)
        draw_signs(network);

    draw_uniform(network->input, random_key(run_seed, task_seed, RANDOM_INPUT_WEIGHTS),
                 n * network->inputs, settings->network.input_gain);
    draw_uniform(network->bias, random_key(run_seed, task_seed, RANDOM_BIAS), n,
                 settings->network.bias);
    if (settings->network.readout == READOUT_UNIT) {
        memset(network->readout, 0, sizeof(double) * (size_t)(n * network->outputs));
        for (int o = 0; o < network->outputs; o++) {
            network->readout[o * n + o] = 1;
            // No input: an answer that follows the stimulus at once would need no network.
            for (int c = 0; c < network->inputs; c++)
                network->input[o * network->inputs + c] = 0;
        }
    } else {
        random_normal(network->readout, random_key(run_seed, task_seed, RANDOM_READOUT), 0, 0,
                      n * network->outputs);
        scale = settings->network.readout_gain / sqrt((double)n);
        for (long s = 0; s < n * network->outputs; s++)
            network->readout[s] *= scale;
    }
    if (table)
        use_table(network, table);
    network_obey(network);
}

long network_copy_weights(double *out, const struct network *network)
{
    const double *part[] = {network->recurrent, network->input, network->readout};
    const int count[] = {network->units, network->inputs, network->outputs};
    long at = 0;
    for (int k = 0; k < 3; k++) {
        long size = (long)count[k] * network->units;
        if (out)
            memcpy(out + at, part[k], sizeof *out * (size_t)size);
        at += size;
    }
    return at;
}

void network_clamp(const struct network *network, double *x)
{
    for (int c = 0; c < network->clamped; c++)
        x[network->clamped_unit[c]] = network->clamped_state[c];
}

VECTOR_CLONES static void slope_of_tanh(double *slope, const double *rate, long count)
{
    for (long i = 0; i < count; i++)
        slope[i] = 1 - rate[i] * rate[i];
}

VECTOR_CLONES static void slope_of_tanh_single(float *slope, const float *rate, long count)
{
    for (long i = 0; i < count; i++)
        slope[i] = 1 - rate[i] * rate[i];
}

void network_slope(const struct network *network, double *slope, const double *rate, long count)
{
    if (network->phi == PHI_TANH)
        slope_of_tanh(slope, rate, count);
    for (long i = 0; i < count && network->phi != PHI_TANH; i++)
        slope[i] = rate[i] > 0;
}

void network_slope_single(const struct network *network, float *slope, const float *rate,
                          long count)
{
    if (network->phi == PHI_TANH)
        slope_of_tanh_single(slope, rate, count);
    for (long i = 0; i < count && network->phi != PHI_TANH; i++)
        slope[i] = rate[i] > 0;
}

void network_rate(const struct network *network, double *rate, double *slope, const double *x)
{
    long n = network->units;
    if (network->phi == PHI_TANH) // (1)
        vector_tanh(rate, x, n);
    for (long i = 0; i < n && network->phi != PHI_TANH; i++)
        rate[i] = x[i] > 0 ? x[i] : 0;
    network_slope(network, slope, rate, n);
}

void network_rate_single(const struct network *network, float *rate, float *slope, const float *x)
{
    long n = network->units;
    if (network->phi == PHI_TANH) // (1)
        vector_tanh_single(rate, x, n);
    for (long i = 0; i < n && network->phi != PHI_TANH; i++)
        rate[i] = x[i] > 0 ? x[i] : 0;
    network_slope_single(network, slope, rate, n);
}

/* Clamped units are named by their index: "10: 1". */
static void check_clamped(const struct settings *settings, struct settings_problems *problems)
{
    for (int c = 0; c < settings->network.clamped.count; c++) {
        const char *key = settings->network.clamped.entry[c].key;
        char *end;
        long unit = strtol(key, &end, 10);
        if (*end || end == key || unit < 0 || unit >= settings->network.units)
            settings_problem(problems, "network.clamped",
                             "found unit '%s', allowed: an index from 0 to network.units - 1 = %ld",
                             key, (long)settings->network.units - 1);
    }
}

void network_check(const struct settings *settings, struct settings_problems *problems)
{
    if (settings->network.dt > settings->network.tau)
        settings_problem(problems, "network.dt",
                         "found %g ms, allowed: at most network.tau = %g ms (Euler steps of a "
                         "longer dt are unstable)",
                         settings->network.dt, settings->network.tau);
    check_clamped(settings, problems);
}
