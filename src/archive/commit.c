/* Writing slots: the record of one job, its bulk, its checksum, its state, in this order. */
#include <assert.h>
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "archive/replay.h"
#include "archive/slot.h"

static bool learned(const struct outcome *outcome)
{
    return outcome->state == LIFETIME_DONE || outcome->state == LIFETIME_GRADIENT_DIVERGED;
}

/* The record of a lifetime as bytes, and the norm of its gradient. */
static double fill_record(struct archive *archive, const struct archive_result *result)
{
    const struct outcome *outcome = result->outcome;
    const struct archive_own *own = &archive->own[result->job->candidate];
    struct archive_record record = archive_record(archive, outcome->kind, archive->row);
    int32_t criterion = outcome->trials_to_criterion;
    memcpy(record.loss, &outcome->loss, sizeof(double));
    memcpy(record.accuracy, &outcome->accuracy, sizeof(double));
    memcpy(record.criterion, &criterion, sizeof criterion);
    memcpy(record.frozen_loss, &outcome->frozen_loss, sizeof(double));
    memcpy(record.frozen_accuracy, &outcome->frozen_accuracy, sizeof(double));
    double gradient[RULE_PARAMETERS], row[RULE_PARAMETERS];
    for (int p = 0; p < own->size[ARCHIVE_PARAMETERS]; p++)
        gradient[p] = learned(outcome) ? outcome->gradient[p] : NAN;
    if (outcome->kind == JOB_TRAIN) {
        archive_spread(row, archive, outcome->candidate, gradient);
        memcpy(record.gradient, row, sizeof(double) * (size_t)archive->plan.parameters);
    }
    unsigned char *reward = record.reward;
    for (int h = 0; h < archive->plan.trials; h++) {
        bool run = result->lifetime && h < own->size[ARCHIVE_TRIALS];
        float value = run ? result->lifetime->reward[h] : NAN;
        memcpy(reward + (size_t)h * sizeof value, &value, sizeof value);
    }
    return archive_norm(gradient, own->size[ARCHIVE_PARAMETERS]);
}

struct archive_wants archive_wants(const struct archive *archive, const struct job *job)
{
    struct archive_wants wants = {false, false, false};
    int field[BULK_MOST];
    int count = job->kind == JOB_EVALUATE
                    ? archive_bulk(field, archive, job->candidate, job->iteration)
                    : 0;
    for (int f = 0; f < count; f++) {
        wants.before |= field[f] == FIELD_RATES;
        wants.after |= field[f] == FIELD_RATES + 1 || field[f] == FIELD_RATES + 2;
        wants.initial |= field[f] == FIELD_WEIGHTS;
    }
    return wants;
}

static const void *bulk_data(const struct archive_result *result, int field)
{
    const struct network *network = &result->lifetime->network;
    size_t n = (size_t)network->units;
    switch (field) {
    case FIELD_RATES:
        return result->before;
    case FIELD_RATES + 1:
    case FIELD_RATES + 2:
        return result->after;
    case FIELD_WEIGHTS:
        return result->initial;
    case FIELD_INITIAL:
        return result->initial + n * n;
    case FIELD_INITIAL + 1:
        return result->initial + n * n + n * (size_t)network->inputs;
    case FIELD_INITIAL + 2:
        return network->bias;
    case FIELD_TRAINED:
    case FIELD_TRAINED + 2:
        return network->input;
    case FIELD_TRAINED + 1:
    case FIELD_TRAINED + 3:
        return network->readout;
    default:
        return network->recurrent;
    }
}

/* Representations and weights; their bytes go on with the checksum `crc`. */
static enum status write_bulk(struct archive *archive, const struct archive_result *result,
                              unsigned long *crc, struct error *error)
{
    const struct job *job = result->job;
    int field[BULK_MOST];
    int count = archive_bulk(field, archive, job->candidate, job->iteration);
    for (int f = 0; f < count; f++) {
        const void *data = bulk_data(result, field[f]);
        assert(data);
        struct archive_box box = archive_bulk_box(archive, field[f], job->candidate, job->seed);
        size_t bytes = archive_box_bytes(field[f], &box);
        enum status status = archive_write(archive, field[f], &box, data, error);
        if (status)
            return status;
        *crc = crc32_z(*crc, data, bytes);
    }
    return STATUS_OK;
}

/* Checksum, then state: from here on the slot counts. */
static enum status seal(struct archive *archive, int checksum, int state, int indices,
                        const int64_t *at, unsigned long crc, int value, struct error *error)
{
    uint32_t sum = (uint32_t)crc;
    unsigned char byte = (unsigned char)value;
    struct archive_box box = archive_at(archive, checksum, indices, at);
    enum status status = archive_write(archive, checksum, &box, &sum, error);
    return status ? status : archive_write(archive, state, &box, &byte, error);
}

static enum status commit_scale(struct archive *archive, const struct outcome *outcome,
                                struct error *error)
{
    double row[RULE_PARAMETERS];
    int64_t at = outcome->candidate;
    archive_spread(row, archive, at, outcome->gradient);
    struct archive_box box = archive_at(archive, FIELD_SCALE, 1, &at);
    enum status status = STATUS_OK;
    if (archive->plan.parameters > 0)
        status = archive_write(archive, FIELD_SCALE, &box, row, error);
    size_t bytes = sizeof(double) * (size_t)archive->plan.parameters;
    if (!status)
        status = seal(archive, FIELD_SCALE_CHECKSUM, FIELD_SCALE_STATE, 1, &at,
                      crc32_z(0, (const unsigned char *)row, bytes), outcome->state, error);
    return status;
}

/* What is not science: seconds, rank and how often the slot was committed. */
static enum status write_log(struct archive *archive, const struct outcome *outcome,
                             const int64_t at[3], struct error *error)
{
    int kind = outcome->kind;
    float seconds = (float)outcome->seconds;
    int32_t rank = outcome->rank;
    unsigned char attempt = 0;
    struct archive_box box = archive_at(archive, archive_slot_field(kind, SLOT_SECONDS), 3, at);
    enum status status =
        archive_write(archive, archive_slot_field(kind, SLOT_SECONDS), &box, &seconds, error);
    if (!status)
        status = archive_write(archive, archive_slot_field(kind, SLOT_RANK), &box, &rank, error);
    if (!status)
        status =
            archive_read(archive, archive_slot_field(kind, SLOT_ATTEMPT), &box, &attempt, error);
    attempt = (unsigned char)(attempt < 255 ? attempt + 1 : 255);
    if (!status)
        status =
            archive_write(archive, archive_slot_field(kind, SLOT_ATTEMPT), &box, &attempt, error);
    return status;
}

/* The rows of a slot from its record. */
static enum status write_record(struct archive *archive, int kind, double gradient_norm,
                                const int64_t at[3], struct error *error)
{
    struct archive_record record = archive_record(archive, kind, archive->row);
    bool train = kind == JOB_TRAIN, gradient = train && archive->plan.parameters > 0;
    const struct {
        int field;
        const void *data;
    } part[] = {{archive_slot_field(kind, SLOT_LOSS), record.loss},
                {archive_slot_field(kind, SLOT_ACCURACY), record.accuracy},
                {archive_slot_field(kind, SLOT_CRITERION), record.criterion},
                {archive_slot_field(kind, SLOT_FROZEN_LOSS), record.frozen_loss},
                {archive_slot_field(kind, SLOT_FROZEN_ACCURACY), record.frozen_accuracy},
                {archive_slot_field(kind, SLOT_REWARD), record.reward},
                {gradient ? FIELD_TRAIN_GRADIENT : -1, record.gradient},
                {train ? FIELD_TRAIN_NORM : -1, &gradient_norm}};
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++) {
        if (part[i].field < 0)
            continue;
        struct archive_box box = archive_at(archive, part[i].field, 3, at);
        status = archive_write(archive, part[i].field, &box, part[i].data, error);
    }
    return status;
}

static enum status commit_lifetime(struct archive *archive, const struct archive_result *result,
                                   struct error *error)
{
    const struct outcome *outcome = result->outcome;
    int64_t at[3] = {outcome->candidate, outcome->iteration, outcome->seed};
    double gradient_norm = fill_record(archive, result);
    unsigned long crc = crc32_z(0, archive->row, archive_record_bytes(archive, outcome->kind));
    enum status status = write_record(archive, outcome->kind, gradient_norm, at, error);
    if (!status && outcome->kind == JOB_EVALUATE && outcome->state == LIFETIME_DONE)
        status = write_bulk(archive, result, &crc, error);
    if (!status && result->lifetime)
        status = archive_replay_end(archive, result, error);
    if (!status)
        status = write_log(archive, outcome, at, error);
    /* Replay records are not under the checksum: they go to the disk before the slot counts. */
    if (!status && archive_replays(archive, result->job))
        status = archive_sync(archive, error);
    if (!status)
        status =
            seal(archive, archive_slot_field(outcome->kind, SLOT_CHECKSUM),
                 archive_slot_field(outcome->kind, SLOT_STATE), 3, at, crc, outcome->state, error);
    return status;
}

enum status archive_commit(struct archive *archive, const struct archive_result *result,
                           struct error *error)
{
    enum status status = result->outcome->kind == JOB_SCALE
                             ? commit_scale(archive, result->outcome, error)
                             : commit_lifetime(archive, result, error);
    if (!status && archive_clock() - archive->synced > ARCHIVE_SYNC)
        status = archive_sync(archive, error);
    return status;
}

/* The listener cannot return a status: the first failure is kept. */
static void put(struct archive *archive, int field, int indices, const int64_t *at,
                const void *data)
{
    struct archive_box box = archive_at(archive, field, indices, at);
    struct error *failure = archive->failure.count == 0 ? &archive->failure : NULL;
    archive_write(archive, field, &box, data, failure);
}

static void put_parameters(struct archive *archive, int field, int indices, const int64_t *at,
                           const double *values)
{
    double row[RULE_PARAMETERS];
    archive_spread(row, archive, at[0], values);
    if (archive->plan.parameters > 0)
        put(archive, field, indices, at, row);
}

static void on_theta(void *context, int64_t candidate, int32_t iteration, const double *theta,
                     int parameters)
{
    (void)parameters;
    put_parameters(context, FIELD_THETA, 2, (int64_t[]){candidate, iteration}, theta);
}

static void on_scale(void *context, int64_t candidate, const double *scale, int parameters)
{
    (void)parameters;
    put_parameters(context, FIELD_SCALE, 1, &candidate, scale);
}

static void on_iteration(void *context, int64_t candidate, int32_t iteration, double loss,
                         const double *gradient, int used, int parameters)
{
    (void)parameters;
    int64_t at[2] = {candidate, iteration};
    int32_t seeds = used;
    put(context, FIELD_LOSS, 2, at, &loss);
    put(context, FIELD_SEEDS_USED, 2, at, &seeds);
    put_parameters(context, FIELD_GRADIENT, 2, at, gradient);
}

static void on_evaluation(void *context, int64_t candidate, int32_t evaluation, double loss,
                          double accuracy, int used)
{
    int64_t at[2] = {candidate, evaluation};
    int32_t seeds = used;
    put(context, FIELD_HELD_OUT_LOSS, 2, at, &loss);
    put(context, FIELD_HELD_OUT_ACCURACY, 2, at, &accuracy);
    put(context, FIELD_HELD_OUT_USED, 2, at, &seeds);
}

const struct search_listener archive_listener = {
    .theta = on_theta, .scale = on_scale, .iteration = on_iteration, .evaluation = on_evaluation};
