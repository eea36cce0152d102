/* Writing slots: the record of one job, its bulk, its checksum, its state, in this order. */
#include <assert.h>
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "archive/columns.h"
#include "archive/derived.h"
#include "archive/guard.h"
#include "archive/replay.h"
#include "archive/slot.h"

/* The gradient in the columns of the union; its norm. */
static double fill_gradient(double row[RULE_PARAMETERS], const struct archive *archive,
                            const struct outcome *outcome)
{
    int parameters = archive->own[outcome->candidate].size[ARCHIVE_PARAMETERS];
    double gradient[RULE_PARAMETERS];
    for (int p = 0; p < parameters; p++)
        gradient[p] = search_learned(outcome) ? outcome->gradient[p] : NAN;
    archive_spread(row, archive, outcome->candidate, gradient);
    return archive_norm(gradient, parameters);
}

/* Rewards of the trials that were run, as bytes; returns how many bytes. */
static size_t fill_reward(unsigned char *out, const struct archive *archive,
                          const struct archive_result *result)
{
    int trials = archive->own[result->job->candidate].size[ARCHIVE_TRIALS];
    for (int h = 0; h < archive->plan.trials; h++) {
        float value = result->lifetime && h < trials ? result->lifetime->reward[h] : NAN;
        memcpy(out + (size_t)h * sizeof value, &value, sizeof value);
    }
    return archive_slot_bytes(archive, result->job->kind, SLOT_REWARD);
}

/* The record of a lifetime as bytes, from its parts, which say here where they come from; `gradient`
 * is in the columns of the union. */
static void fill_record(struct archive *archive, const struct archive_result *result,
                        const double *gradient)
{
    const struct outcome *outcome = result->outcome;
    int kind = outcome->kind;
    const struct {
        enum archive_slot slot;
        const void *data;
    } part[] = {
        {SLOT_LOSS, &outcome->loss},
        {SLOT_ACCURACY, &outcome->accuracy},
        {SLOT_CRITERION, &outcome->trials_to_criterion},
        {SLOT_FROZEN_LOSS, &outcome->frozen_loss},
        {SLOT_FROZEN_ACCURACY, &outcome->frozen_accuracy},
        {SLOT_GRADIENT, gradient},
    };
    size_t filled = fill_reward(archive->row + archive_record_place(archive, kind, SLOT_REWARD),
                                archive, result);
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        size_t bytes = archive_slot_bytes(archive, kind, part[i].slot);
        memcpy(archive->row + archive_record_place(archive, kind, part[i].slot), part[i].data,
               bytes);
        filled += bytes;
    }
    assert(filled == archive_record_place(archive, kind, SLOT_COUNT)); /* none is forgotten */
    (void)filled;
}

struct archive_wants archive_wants(const struct archive *archive, const struct job *job)
{
    struct archive_wants wants = {false, false, false};
    int field[FIELD_SINGLE];
    int count = job->kind == JOB_EVALUATE
                    ? archive_bulk(field, archive, job->candidate, job->iteration)
                    : 0;
    for (int f = 0; f < count; f++) {
        wants.before |= field[f] == FIELD_RATES_BEFORE;
        wants.after |= field[f] == FIELD_RATES_FIRST || field[f] == FIELD_RATES_LAST;
        wants.initial |= field[f] == FIELD_INITIAL_RECURRENT;
    }
    return wants;
}

static const void *bulk_data(const struct archive_result *result, int field)
{
    const struct network *network = &result->lifetime->network;
    size_t n = (size_t)network->units;
    switch (field) {
    case FIELD_RATES_BEFORE:
        return result->before;
    case FIELD_RATES_FIRST:
    case FIELD_RATES_LAST:
        return result->after;
    case FIELD_INITIAL_RECURRENT:
        return result->initial;
    case FIELD_INITIAL_INPUT:
        return result->initial + n * n;
    case FIELD_INITIAL_READOUT:
        return result->initial + n * n + n * (size_t)network->inputs;
    case FIELD_INITIAL_BIAS:
        return network->bias;
    case FIELD_FIRST_INPUT:
    case FIELD_LAST_INPUT:
        return network->input;
    case FIELD_FIRST_READOUT:
    case FIELD_LAST_READOUT:
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
    int field[FIELD_SINGLE];
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

/* The parts of a slot from its record. */
static enum status write_record(struct archive *archive, int kind, const int64_t at[3],
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (int s = 0; !status && s < SLOT_COUNT; s++) {
        int field = archive_slot_field(kind, s);
        if (!archive_table[field].summed || archive_slot_bytes(archive, kind, s) == 0)
            continue;
        struct archive_box box = archive_at(archive, field, 3, at);
        const void *part = archive->row + archive_record_place(archive, kind, s);
        status = archive_write(archive, field, &box, part, error);
    }
    return status;
}

/* The norm of the gradient stands beside the record: it follows from it. */
static enum status write_norm(struct archive *archive, double norm, const int64_t at[3],
                              struct error *error)
{
    struct archive_box box = archive_at(archive, FIELD_TRAIN + SLOT_NORM, 3, at);
    return archive_write(archive, FIELD_TRAIN + SLOT_NORM, &box, &norm, error);
}

static enum status commit_lifetime(struct archive *archive, const struct archive_result *result,
                                   struct error *error)
{
    const struct outcome *outcome = result->outcome;
    int64_t at[3] = {outcome->candidate, outcome->iteration, outcome->seed};
    double gradient[RULE_PARAMETERS], norm = fill_gradient(gradient, archive, outcome);
    fill_record(archive, result, gradient);
    size_t bytes = archive_record_place(archive, outcome->kind, SLOT_COUNT);
    unsigned long crc = crc32_z(0, archive->row, bytes);
    enum status status = write_record(archive, outcome->kind, at, error);
    if (!status && outcome->kind == JOB_TRAIN)
        status = write_norm(archive, norm, at, error);
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
    archive_guard(archive, 0); // one for all that is written
    enum status status = result->outcome->kind == JOB_SCALE
                             ? commit_scale(archive, result->outcome, error)
                             : commit_lifetime(archive, result, error);
    if (!status && archive_clock() - archive->synced > ARCHIVE_SYNC)
        status = archive_sync(archive, error);
    guard_end();
    return status;
}

/* The listener cannot return a status: the first failure is kept. */
static void put(struct archive *archive, int field, int indices, const int64_t *at,
                const void *data)
{
    struct archive_box box = archive_at(archive, field, indices, at);
    struct error *failure = archive->failure.count == 0 ? &archive->failure : NULL;
    archive_store(archive, field, &box, data, failure);
}

static const struct space *space_of(const struct archive *archive)
{
    return archive->derived ? archive->derived->space : archive->sweep;
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

static void on_decisions(void *context, int64_t candidate, int32_t iteration,
                         const struct optimizer_decision *decision, const double *theta, int count,
                         int parameters)
{
    for (int i = 0; i < count; i++) {
        int64_t at[3] = {candidate, iteration, i};
        unsigned char verdict = (unsigned char)decision[i].verdict;
        unsigned char kind = (unsigned char)decision[i].kind;
        put(context, FIELD_VERDICT, 3, at, &verdict);
        put(context, FIELD_KIND, 3, at, &kind);
        put(context, FIELD_PAIRS, 3, at, &decision[i].pairs);
        put(context, FIELD_DIFFERENCE, 3, at, &decision[i].difference);
        put(context, FIELD_DIFFERENCE_ERROR, 3, at, &decision[i].error);
        put_parameters(context, FIELD_CHALLENGER, 3, at, theta + (long)i * parameters);
    }
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

static void on_choice(void *context, int64_t candidate, int32_t iteration)
{
    put(context, FIELD_CHOSEN, 1, &candidate, &iteration);
}

static void on_place(void *context, int64_t candidate)
{
    struct archive *archive = context;
    struct error *failure = archive->failure.count == 0 ? &archive->failure : NULL;
    const struct sweep *sweep = &space_of(archive)->config->sweep;
    if (archive->derived)
        put(archive, FIELD_POINT, 1, &candidate, sweep_row(sweep, candidate));
    else
        archive_write_place(archive, archive->sweep, candidate, failure);
}

/* In a population: by which values the candidate came to the rung, and from where it goes on. */
static void put_values(struct archive *archive, const int64_t at[2],
                       const struct search_decision *decision)
{
    const struct sweep *sweep = &space_of(archive)->config->sweep;
    double value[SWEEP_NUMBERS];
    struct settings settings;
    int32_t donor = (int32_t)decision->donor;
    if (archive->plan.axes == 0)
        return;
    space_settings(space_of(archive), at[0], &settings);
    for (int a = 0; a < sweep->axes; a++)
        value[a] = settings_number(&settings, sweep->axis[a].name);
    put(archive, FIELD_DONOR, 2, at, &donor);
    put(archive, FIELD_POINT_AT, 2, at, sweep_row(sweep, at[0]));
    put(archive, FIELD_VALUE_AT, 2, at, value);
}

static void on_stopping(void *context, int64_t candidate, int32_t rung,
                        const struct search_decision *decision)
{
    int64_t at[2] = {candidate, rung};
    unsigned char verdict = decision->donor >= 0 ? ARCHIVE_BRED
                            : decision->kept     ? ARCHIVE_GOES_ON
                                                 : ARCHIVE_STOPPED;
    put_values(context, at, decision);
    put(context, FIELD_PLACE, 2, at, &decision->place);
    put(context, FIELD_RUNG_LOSS, 2, at, &decision->own.loss);
    put(context, FIELD_RUNG_FINITE, 2, at, &decision->own.finite);
    put(context, FIELD_THRESHOLD, 2, at, &decision->threshold.loss);
    put(context, FIELD_THRESHOLD_FINITE, 2, at, &decision->threshold.finite);
    put(context, FIELD_VERDICT_AT, 2, at, &verdict);
    if (!decision->kept)
        put(context, FIELD_STOPPED, 1, at, &rung);
}

const struct search_listener archive_listener = {.theta = on_theta,
                                                 .scale = on_scale,
                                                 .iteration = on_iteration,
                                                 .evaluation = on_evaluation,
                                                 .choice = on_choice,
                                                 .decisions = on_decisions,
                                                 .place = on_place,
                                                 .stopping = on_stopping};
