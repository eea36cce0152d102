/* Bulk data are read by path through a handle of our own: the archive's own reader gives the
 * committed slots, after it has checked every one. */
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/guard.h"
#include "archives/study.h"

static const char *const when_names[STUDY_WHENS] = {"before", "first", "last"};

double *study_numbers(size_t count)
{
    double *number = malloc(sizeof(double) * (count + 1));
    for (size_t i = 0; number && i <= count; i++)
        number[i] = NAN;
    return number;
}

/* When the archive's last record of a candidate is: after its last evaluation. */
static int evaluation_of(const struct study_candidate *c, enum study_when when)
{
    return when == STUDY_LAST ? c->evaluations - 1 : 0;
}

bool study_committed(const struct study *study, int candidate, int seed, enum study_when when)
{
    const struct study_candidate *c = &study->candidate[candidate];
    return c->evaluations > 0 && seed < c->held_out &&
           c->done[evaluation_of(c, when) * c->held_out + seed] == LIFETIME_DONE;
}

double study_frozen(const struct study *study, int candidate, int seed, enum study_when when)
{
    const struct study_candidate *c = &study->candidate[candidate];
    if (when == STUDY_BEFORE || !study_committed(study, candidate, seed, when))
        return NAN;
    return c->frozen[evaluation_of(c, when) * c->held_out + seed];
}

/* The box of a dataset at `start` (whose first index is filled in) with the extent `size`; false
 * when the file has no such dataset. */
static bool read_box(const struct study *study, int candidate, const char *path, hid_t type,
                     int rank, hsize_t *start, const hsize_t *size, void *out)
{
    const struct study_candidate *c = &study->candidate[candidate];
    const struct study_archive *archive = &study->archive[c->archive];
    guard_begin(archive->path, GUARD_SECONDS);
    hid_t dataset = H5Dopen2(archive->file, path, H5P_DEFAULT);
    if (dataset < 0) {
        guard_end();
        return false;
    }
    start[0] = (hsize_t)c->index;
    hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(rank, size, NULL);
    bool read = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 &&
                H5Dread(dataset, type, memory, space, H5P_DEFAULT, out) >= 0;
    H5Sclose(space);
    H5Sclose(memory);
    H5Dclose(dataset);
    guard_end();
    return read;
}

/* Tells the reader why there is nothing. */
static void say(const char **why, const char *reason)
{
    if (why)
        *why = reason;
}

static bool all_finite(const double *number, size_t count)
{
    size_t i = 0;
    while (i < count && isfinite(number[i]))
        i++;
    return i == count;
}

double *study_rates(const struct study *study, int candidate, int seed, enum study_when when,
                    const char **why)
{
    const struct study_candidate *c = &study->candidate[candidate];
    say(why, STUDY_NOT_THERE);
    if (!study_committed(study, candidate, seed, when))
        return NULL;
    char path[64];
    snprintf(path, sizeof path, "/representations/%s/rates", when_names[when]);
    hsize_t start[5] = {0, (hsize_t)seed};
    hsize_t size[5] = {1, 1, (hsize_t)c->shape.types, (hsize_t)c->steps,
                       (hsize_t)c->settings.network.units};
    size_t count = size[2] * size[3] * size[4];
    double *rates = study_numbers(count);
    if (rates && !read_box(study, candidate, path, H5T_NATIVE_DOUBLE, 5, start, size, rates))
        say(why, "rates were not recorded (record.representations)");
    else if (rates && !all_finite(rates, count))
        say(why, "rates are not finite");
    else if (rates)
        return rates;
    else
        say(why, STUDY_NO_MEMORY);
    free(rates);
    return NULL;
}

uint64_t study_task_seed(const struct study *study, int candidate, int seed)
{
    struct job job = {.kind = JOB_EVALUATE, .seed = seed};
    return search_task_seed(&study->candidate[candidate].settings, &job);
}

bool study_same_start(const struct study *study, int solution, int other)
{
    const struct study_solution *own = &study->solution[solution], *its = &study->solution[other];
    const struct settings *mine = &study->candidate[own->candidate].settings;
    const struct settings *theirs = &study->candidate[its->candidate].settings;
    return own->seed == its->seed && mine->seed == theirs->seed &&
           memcmp(&mine->network, &theirs->network, sizeof mine->network) == 0 &&
           memcmp(&mine->task, &theirs->task, sizeof mine->task) == 0 &&
           strcmp(mine->path, theirs->path) == 0;
}

/* The weights at `when`, where they are recorded. */
static bool read_weights(const struct study *study, struct network *network, int candidate,
                         int seed, const char *when)
{
    hsize_t n = (hsize_t)network->units, inputs = (hsize_t)network->inputs;
    hsize_t outputs = (hsize_t)network->outputs;
    const struct {
        const char *name;
        double *out;
        int rank;
        hsize_t size[4];
    } part[] = {{"recurrent", network->recurrent, 4, {1, 1, n, n}},
                {"input", network->input, 4, {1, 1, n, inputs}},
                {"readout", network->readout, 4, {1, 1, outputs, n}},
                {"bias", network->bias, 3, {1, 1, n}}};
    bool recurrent = false;
    for (int p = 0; p < 4; p++) {
        char path[64];
        snprintf(path, sizeof path, "/weights/%s/%s", when, part[p].name);
        hsize_t start[4] = {0, (hsize_t)seed};
        bool read = read_box(study, candidate, path, H5T_NATIVE_DOUBLE, part[p].rank, start,
                             part[p].size, part[p].out);
        if (p == 0)
            recurrent = read;
    }
    return recurrent;
}

static bool network_finite(const struct network *network)
{
    size_t n = (size_t)network->units;
    return all_finite(network->recurrent, n * n) &&
           all_finite(network->input, n * (size_t)network->inputs) &&
           all_finite(network->readout, n * (size_t)network->outputs) &&
           all_finite(network->bias, n);
}

bool study_network(const struct study *study, struct network *network, int candidate, int seed,
                   enum study_when when, const char **why)
{
    const struct study_candidate *c = &study->candidate[candidate];
    say(why, STUDY_NOT_THERE);
    if (!study_committed(study, candidate, seed, when))
        return false;
    say(why, STUDY_NO_MEMORY);
    if (network_create(network, &c->settings, c->shape.inputs, c->shape.outputs, NULL))
        return false;
    network_draw(network, &c->settings, (uint64_t)c->settings.seed,
                 study_task_seed(study, candidate, seed));
    if (study_committed(study, candidate, seed, STUDY_BEFORE))
        read_weights(study, network, candidate, seed, "initial");
    if (when != STUDY_BEFORE && !read_weights(study, network, candidate, seed, when_names[when]))
        say(why, "weights were not recorded (record.weights)");
    else if (!network_finite(network))
        say(why, "weights are not finite");
    else
        return true;
    network_free(network);
    return false;
}

bool study_reward(const struct study *study, float *reward, int candidate, int evaluation, int seed)
{
    const struct study_candidate *c = &study->candidate[candidate];
    int slot = evaluation * c->held_out + seed;
    if (evaluation >= c->evaluations || seed >= c->held_out || c->done[slot] != LIFETIME_DONE)
        return false;
    hsize_t start[4] = {0, (hsize_t)evaluation, (hsize_t)seed};
    hsize_t size[4] = {1, 1, 1, (hsize_t)c->settings.learning.trials};
    return read_box(study, candidate, "/evaluations/reward", H5T_NATIVE_FLOAT, 4, start, size,
                    reward);
}

int study_parameter(const struct study *study, int candidate, int p)
{
    const struct study_candidate *c = &study->candidate[candidate];
    const char *name = archive_parameter(study->archive[c->archive].archive, c->index, p);
    int column = 0;
    while (strcmp(study->parameter[column], name) != 0)
        column++;
    return column;
}

void study_condition(const struct study *study, int candidate, int type, char name[32])
{
    const struct settings *settings = &study->candidate[candidate].settings;
    task_of(settings)->describe(name, settings, type);
}
