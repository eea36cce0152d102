/* A record is written while its lifetime runs: what is known before the first trial, then one entry
 * of every dataset a trial, then loss and gradient. */
#include "archive/replay.h"

#include <stdlib.h>

#include "archive/file.h"
#include "archive/guard.h"
#include "archive/replay_table.h"

bool archive_replays(const struct archive *archive, const struct job *job)
{
    const struct settings_integers *replay = &archive->sweep->config->base.record.replay;
    for (int i = 0; job->kind == JOB_TRAIN && i + 2 < replay->count; i += 3)
        if (replay->value[i] == job->candidate && replay->value[i + 1] == job->iteration &&
            replay->value[i + 2] == job->seed)
            return true;
    return false;
}

/* Writes entry `h` of a dataset of the record, or all of it when `h` is negative. */
static enum status put(struct archive *archive, const struct job *job, const char *name, hid_t type,
                       int h, const void *data, struct error *error)
{
    char path[ARCHIVE_PATH];
    archive_replay_path(path, (int64_t[]){job->candidate, job->iteration, job->seed}, name);
    archive_guard(archive, 0);
    hid_t dataset = H5Dopen2(archive->file, path, H5P_DEFAULT);
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset), memory = -1;
    herr_t result = -1;
    if (space >= 0 && h < 0) {
        result = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    } else if (space >= 0) {
        hsize_t start[ARCHIVE_RANK] = {(hsize_t)h}, count[ARCHIVE_RANK];
        int rank = H5Sget_simple_extent_dims(space, count, NULL);
        count[0] = 1;
        memory = H5Screate_simple(rank, count, NULL);
        result = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
        if (result >= 0)
            result = H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, data);
    }
    enum status status = STATUS_OK;
    if (result < 0)
        status = archive_complain(error, archive->path, path, "cannot write");
    if (memory >= 0)
        H5Sclose(memory);
    if (space >= 0)
        H5Sclose(space);
    if (dataset >= 0)
        H5Dclose(dataset);
    guard_end();
    return status;
}

static enum status put_field(struct archive *archive, const struct job *job, int field, int h,
                             const void *data, struct error *error)
{
    return put(archive, job, archive_replay_table[field].path,
               archive_memory_type(&archive_replay_table[field]), h, data, error);
}

/* All synapses exist when there is no mask. */
static enum status put_mask(struct archive *archive, const struct job *job,
                            const struct network *network, struct error *error)
{
    size_t synapses = (size_t)network->units * (size_t)network->units;
    unsigned char *mask = error_calloc(error, synapses, 1, "a mask");
    if (!mask)
        return STATUS_FAILED;
    for (size_t s = 0; s < synapses; s++)
        mask[s] = network->mask ? network->mask[s] : 1;
    enum status status = put_field(archive, job, REPLAY_MASK, -1, mask, error);
    free(mask);
    return status;
}

/* w_h of (19): the last n trials alike. */
static enum status put_loss_weight(struct archive *archive, const struct job *job,
                                   const struct lifetime *lifetime, struct error *error)
{
    int trials = lifetime->trials, counted = (int)lifetime->settings->meta.loss_trials;
    counted = counted == 0 || counted > trials ? trials : counted;
    double *weight = error_calloc(error, (unsigned long)trials, sizeof *weight, "loss weights");
    if (!weight)
        return STATUS_FAILED;
    for (int h = trials - counted; h < trials; h++)
        weight[h] = 1.0 / counted;
    enum status status = put_field(archive, job, REPLAY_LOSS_WEIGHT, -1, weight, error);
    free(weight);
    return status;
}

static enum status put_numbers(struct archive *archive, const struct job *job,
                               const struct lifetime *lifetime, struct error *error)
{
    struct archive_replay_number number[REPLAY_NUMBERS];
    archive_replay_numbers(number, lifetime->settings, &lifetime->rule, &lifetime->shape,
                           &lifetime->gradient);
    enum status status = STATUS_OK;
    for (int n = 0; !status && n < REPLAY_NUMBERS; n++) {
        char name[SETTINGS_NAME + 16];
        snprintf(name, sizeof name, "parameters/%s", number[n].name);
        status = put(archive, job, name, H5T_NATIVE_DOUBLE, -1, &number[n].value, error);
    }
    return status;
}

/* The factors of other variables than r and Delta, and what they multiply. */
static enum status put_factors(struct archive *archive, const struct job *job,
                               const struct rule *rule, struct error *error)
{
    double theta[RULE_PLANES * RULE_POWERS * RULE_POWERS], *out = theta;
    int32_t power[RULE_PLANES][RULE_VARIABLES];
    int first = rule_is_plain(rule);
    for (int a = first; a < rule->planes; a++) {
        for (int v = 0; v < RULE_VARIABLES; v++)
            power[a - first][v] = rule->plane[a].factor.power[v];
        for (int l = 0; l <= rule->degree; l++)
            for (int k = 0; k <= rule->degree; k++)
                *out++ = rule->plane[a].theta[l][k];
    }
    if (rule->planes == first)
        return STATUS_OK;
    enum status status = put_field(archive, job, REPLAY_FACTOR_POWERS, -1, power, error);
    return status ? status : put_field(archive, job, REPLAY_FACTOR_COEFFICIENTS, -1, theta, error);
}

enum status archive_replay_begin(struct archive *archive, const struct job *job,
                                 const struct lifetime *lifetime, struct error *error)
{
    const struct network *network = &lifetime->network;
    int side = lifetime->rule.degree + 1;
    double coefficients[RULE_TERMS];
    for (int l = 0; l < side; l++)
        for (int k = 0; k < side; k++)
            coefficients[l * side + k] = rule_theta(&lifetime->rule, k, l);
    const struct {
        int field;
        const void *data;
    } part[] = {{REPLAY_THETA, job->theta},
                {REPLAY_COEFFICIENTS, coefficients},
                {REPLAY_RECURRENT, network->recurrent},
                {REPLAY_INPUT_WEIGHTS, network->input},
                {REPLAY_READOUT, network->readout},
                {REPLAY_BIAS, network->bias},
                {REPLAY_CLAMPED_UNIT, network->clamped_unit},
                {REPLAY_CLAMPED_STATE, network->clamped_state}};
    enum status status = put_numbers(archive, job, lifetime, error);
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++) {
        bool clamped =
            part[i].field == REPLAY_CLAMPED_UNIT || part[i].field == REPLAY_CLAMPED_STATE;
        if (clamped ? network->clamped > 0
                    : part[i].field != REPLAY_THETA || lifetime->rule.parameters > 0)
            status = put_field(archive, job, part[i].field, -1, part[i].data, error);
    }
    if (!status)
        status = put_factors(archive, job, &lifetime->rule, error);
    if (!status)
        status = put_mask(archive, job, network, error);
    return status ? status : put_loss_weight(archive, job, lifetime, error);
}

/* Tangents and weight noise of trial `h`; the warm-up has none. */
static enum status put_tangents(struct archive *archive, const struct job *job,
                                const struct lifetime *lifetime, int h, struct error *error)
{
    const struct tangent *tangent = &lifetime->tangent;
    bool learns = h >= lifetime->settings->learning.warmup;
    size_t parameters = (size_t)lifetime->rule.parameters;
    size_t n = (size_t)lifetime->network.units;
    double *zero = error_calloc(error, n * n * (parameters + 1), sizeof *zero, "a replay record");
    if (!zero)
        return STATUS_FAILED;
    const struct {
        int field;
        const double *data;
    } part[] = {{REPLAY_REWARD_DOT, tangent->reward},
                {REPLAY_OBJECTIVE_DOT, tangent->objective},
                {REPLAY_UPDATE_DOT, tangent->update},
                {REPLAY_WEIGHT_NOISE, lifetime->weight_noise}};
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++)
        if (part[i].data)
            status = put_field(archive, job, part[i].field, h, learns ? part[i].data : zero, error);
    free(zero);
    return status;
}

enum status archive_replay_trial(struct archive *archive, const struct job *job,
                                 const struct lifetime *lifetime, int h, struct error *error)
{
    const struct trial *trial = &lifetime->trial;
    size_t states = (size_t)lifetime->shape.steps + 1;
    int32_t type = trial->task.type;
    double *unit0 = error_calloc(error, states, sizeof *unit0, "a replay record");
    if (!unit0)
        return STATUS_FAILED;
    for (size_t t = 0; t < states; t++)
        unit0[t] = trial_rate(trial, (long)t, 0);
    const struct {
        int field;
        const void *data;
    } part[] = {{REPLAY_TYPE, &type},
                {REPLAY_INPUT, trial->task.input},
                {REPLAY_TARGET, trial->task.target},
                {REPLAY_WINDOW, trial->task.window},
                {REPLAY_X0, trial->start_state},
                {REPLAY_XBAR0, trial->start_trace},
                {REPLAY_EXPLORATION, trial->noise},
                {REPLAY_UNIT0, unit0},
                {REPLAY_REWARD, &trial->reward},
                {REPLAY_OBJECTIVE, &trial->objective},
                {REPLAY_BASELINE, &lifetime->baseline_used},
                {REPLAY_MODULATOR, &lifetime->modulator},
                {REPLAY_ELIGIBILITY, trial->eligibility},
                {REPLAY_WEIGHTS_AFTER, lifetime->network.recurrent}};
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++)
        status = put_field(archive, job, part[i].field, h, part[i].data, error);
    free(unit0);
    return status ? status : put_tangents(archive, job, lifetime, h, error);
}

enum status archive_replay_end(struct archive *archive, const struct archive_result *result,
                               struct error *error)
{
    const struct outcome *outcome = result->outcome;
    if (!archive_replays(archive, result->job))
        return STATUS_OK;
    enum status status = put_field(archive, result->job, REPLAY_LOSS, -1, &outcome->loss, error);
    if (!status && result->lifetime->rule.parameters > 0)
        status = put_field(archive, result->job, REPLAY_GRADIENT, -1, outcome->gradient, error);
    return status;
}
