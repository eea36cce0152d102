/* What is in an archive: committed slots, curves and texts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "archive/slot.h"

/* One candidate's slots of one kind, read at once. */
struct block {
    int kind, base;           /* FIELD_TRAIN or FIELD_EVALUATE */
    int64_t candidate, slots; /* in the file's extents */
    double *loss, *accuracy, *frozen_loss, *frozen_accuracy, *gradient, *norm;
    int32_t *criterion, *rank;
    float *reward, *seconds;
    uint32_t *checksum;
    unsigned char *state;
};

static void block_free(struct block *block)
{
    free(block->loss);
    free(block->accuracy);
    free(block->gradient);
    free(block->norm);
    free(block->criterion);
    free(block->frozen_loss);
    free(block->frozen_accuracy);
    free(block->rank);
    free(block->reward);
    free(block->seconds);
    free(block->checksum);
    free(block->state);
}

/* Memory for the slots of one kind of any one candidate. */
static enum status block_create(struct block *block, const struct archive *archive, int kind,
                                struct error *error)
{
    const struct archive_plan *plan = &archive->plan;
    bool train = kind == JOB_TRAIN;
    int64_t slots = train ? (int64_t)plan->iterations * plan->seeds
                          : (int64_t)plan->evaluations * plan->held_out;
    *block =
        (struct block){.kind = kind, .base = train ? FIELD_TRAIN : FIELD_EVALUATE, .slots = slots};
    unsigned long n = (unsigned long)slots + 1;
    unsigned long parameters = train ? (unsigned long)plan->parameters : 0;
    const char *what = "slots of a candidate";
    block->loss = error_calloc(error, n, sizeof(double), what);
    block->accuracy = error_calloc(error, n, sizeof(double), what);
    block->norm = error_calloc(error, n, sizeof(double), what);
    block->gradient = error_calloc(error, n * (parameters + 1), sizeof(double), what);
    block->criterion = error_calloc(error, n, sizeof(int32_t), what);
    block->frozen_loss = error_calloc(error, n, sizeof(double), what);
    block->frozen_accuracy = error_calloc(error, n, sizeof(double), what);
    block->rank = error_calloc(error, n, sizeof(int32_t), what);
    block->reward = error_calloc(error, n * (unsigned long)plan->trials, sizeof(float), what);
    block->seconds = error_calloc(error, n, sizeof(float), what);
    block->checksum = error_calloc(error, n, sizeof(uint32_t), what);
    block->state = error_calloc(error, n, 1, what);
    bool all = block->loss && block->accuracy && block->gradient && block->norm &&
               block->criterion && block->frozen_loss && block->frozen_accuracy && block->rank &&
               block->reward && block->seconds && block->checksum && block->state;
    if (!all)
        block_free(block);
    return all ? STATUS_OK : STATUS_FAILED;
}

/* State first: what is committed when it is read stays as it is; the rest only if there is any. */
static enum status block_read(struct block *block, struct archive *archive, int64_t candidate,
                              bool verify, struct error *error)
{
    struct archive_box states = archive_at(archive, block->base + SLOT_STATE, 1, &candidate);
    enum status status =
        archive_read(archive, block->base + SLOT_STATE, &states, block->state, error);
    block->candidate = candidate;
    bool any = false;
    for (int64_t s = 0; s < block->slots; s++)
        any |= block->state[s] != 0;
    if (!any)
        return status;
    bool gradient = block->kind == JOB_TRAIN && archive->plan.parameters > 0;
    const struct {
        int field;
        void *out;
    } part[] = {{block->base + SLOT_LOSS, block->loss},
                {block->base + SLOT_ACCURACY, block->accuracy},
                {block->base + SLOT_CRITERION, block->criterion},
                {block->base + SLOT_FROZEN_LOSS, block->frozen_loss},
                {block->base + SLOT_FROZEN_ACCURACY, block->frozen_accuracy},
                {block->base + SLOT_SECONDS, block->seconds},
                {block->base + SLOT_RANK, block->rank},
                {gradient ? FIELD_TRAIN_GRADIENT : -1, block->gradient},
                {gradient && verify ? FIELD_TRAIN_NORM : -1, block->norm},
                {verify ? block->base + SLOT_CHECKSUM : -1, block->checksum},
                {verify ? block->base + SLOT_REWARD : -1, block->reward}};
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++) {
        if (part[i].field < 0)
            continue;
        struct archive_box box = archive_at(archive, part[i].field, 1, &candidate);
        status = archive_read(archive, part[i].field, &box, part[i].out, error);
    }
    return status;
}

/* Representations and weights of a slot go on with the checksum. */
static enum status add_bulk(unsigned long *crc, struct archive *archive, int64_t candidate,
                            int evaluation, int seed, struct error *error)
{
    int field[BULK_MOST];
    int count = archive_bulk(field, archive, candidate, evaluation);
    for (int f = 0; f < count; f++) {
        struct archive_box box = archive_bulk_box(archive, field[f], candidate, seed);
        size_t bytes = archive_box_bytes(field[f], &box);
        void *data = error_calloc(error, 1, bytes + 1, "representations and weights of a slot");
        enum status status =
            data ? archive_read(archive, field[f], &box, data, error) : STATUS_FAILED;
        if (!status)
            *crc = crc32_z(*crc, data, bytes);
        free(data);
        if (status)
            return status;
    }
    return STATUS_OK;
}

/* Whether the norm beside the gradient, which is not under the checksum, belongs to it. */
static bool norm_fits(const struct archive *archive, const struct block *block, int64_t s)
{
    double own[RULE_PARAMETERS];
    if (block->kind != JOB_TRAIN || archive->plan.parameters == 0)
        return true;
    archive_gather(own, archive, block->candidate, block->gradient + s * archive->plan.parameters);
    double norm = archive_norm(own, archive->own[block->candidate].size[ARCHIVE_PARAMETERS]);
    return norm == block->norm[s] || (isnan(norm) && isnan(block->norm[s]));
}

/* Whether slot `s` of the block is what was committed. */
static enum status check_slot(bool *whole, struct archive *archive, const struct block *block,
                              int64_t s, int iteration, int seed, struct error *error)
{
    size_t parameters = (size_t)archive->plan.parameters, trials = (size_t)archive->plan.trials;
    struct archive_record record = archive_record(archive, block->kind, archive->row);
    memcpy(record.loss, &block->loss[s], sizeof(double));
    memcpy(record.accuracy, &block->accuracy[s], sizeof(double));
    memcpy(record.criterion, &block->criterion[s], sizeof(int32_t));
    memcpy(record.frozen_loss, &block->frozen_loss[s], sizeof(double));
    memcpy(record.frozen_accuracy, &block->frozen_accuracy[s], sizeof(double));
    if (block->kind == JOB_TRAIN)
        memcpy(record.gradient, block->gradient + (size_t)s * parameters,
               sizeof(double) * parameters);
    memcpy(record.reward, block->reward + (size_t)s * trials, sizeof(float) * trials);
    unsigned long crc = crc32_z(0, archive->row, archive_record_bytes(archive, block->kind));
    enum status status = STATUS_OK;
    if (block->kind == JOB_EVALUATE && block->state[s] == LIFETIME_DONE)
        status = add_bulk(&crc, archive, block->candidate, iteration, seed, error);
    *whole = (uint32_t)crc == block->checksum[s] && norm_fits(archive, block, s);
    return status;
}

static struct outcome slot_outcome(const struct archive *archive, const struct block *block,
                                   int64_t s, int iteration, int seed)
{
    struct outcome outcome = {.candidate = block->candidate,
                              .kind = block->kind,
                              .iteration = iteration,
                              .seed = seed,
                              .state = block->state[s],
                              .trials_to_criterion = block->criterion[s],
                              .frozen_loss = block->frozen_loss[s],
                              .frozen_accuracy = block->frozen_accuracy[s],
                              .rank = block->rank[s],
                              .loss = block->loss[s],
                              .accuracy = block->accuracy[s],
                              .seconds = block->seconds[s]};
    if (block->kind == JOB_TRAIN)
        archive_gather(outcome.gradient, archive, block->candidate,
                       block->gradient + s * archive->plan.parameters);
    return outcome;
}

/* Who is told, and how many slots were broken. */
struct listener {
    int64_t *broken;
    void (*take)(void *context, const struct outcome *outcome);
    void *context;
};

static enum status tell_block(struct archive *archive, struct block *block, int64_t candidate,
                              const struct listener *listener, struct error *error)
{
    const int32_t *size = archive->own[candidate].size;
    bool train = block->kind == JOB_TRAIN;
    int rows = size[train ? ARCHIVE_ITERATIONS : ARCHIVE_EVALUATIONS];
    int seeds = size[train ? ARCHIVE_SEEDS : ARCHIVE_HELD_OUT];
    int stride = train ? archive->plan.seeds : archive->plan.held_out;
    if (rows == 0 || seeds == 0)
        return STATUS_OK;
    enum status status = block_read(block, archive, candidate, listener->broken != NULL, error);
    for (int i = 0; !status && i < rows; i++)
        for (int k = 0; !status && k < seeds; k++) {
            int64_t s = (int64_t)i * stride + k;
            bool whole = true;
            if (block->state[s] == 0)
                continue;
            if (listener->broken)
                status = check_slot(&whole, archive, block, s, i, k, error);
            if (!whole && !status)
                ++*listener->broken;
            struct outcome outcome = slot_outcome(archive, block, s, i, k);
            if (whole && !status)
                listener->take(listener->context, &outcome);
        }
    return status;
}

static enum status tell_scale(struct archive *archive, int64_t candidate,
                              const struct listener *listener, struct error *error)
{
    unsigned char state = 0;
    uint32_t checksum = 0;
    double row[RULE_PARAMETERS];
    size_t bytes = sizeof(double) * (size_t)archive->plan.parameters;
    struct archive_box one = archive_at(archive, FIELD_SCALE_STATE, 1, &candidate);
    struct archive_box box = archive_at(archive, FIELD_SCALE, 1, &candidate);
    enum status status = archive_read(archive, FIELD_SCALE_STATE, &one, &state, error);
    if (!status)
        status = archive_read(archive, FIELD_SCALE_CHECKSUM, &one, &checksum, error);
    if (!status && bytes > 0)
        status = archive_read(archive, FIELD_SCALE, &box, row, error);
    if (status || state == 0)
        return status;
    if (listener->broken && checksum != (uint32_t)crc32_z(0, (unsigned char *)row, bytes)) {
        ++*listener->broken;
        return STATUS_OK;
    }
    struct outcome outcome = {.candidate = candidate, .kind = JOB_SCALE, .state = state};
    archive_gather(outcome.gradient, archive, candidate, row);
    listener->take(listener->context, &outcome);
    return STATUS_OK;
}

enum status archive_read_outcomes(struct archive *archive, int64_t *broken,
                                  void (*take)(void *context, const struct outcome *outcome),
                                  void *context, struct error *error)
{
    struct listener listener = {broken, take, context};
    struct block train, evaluate;
    if (broken)
        *broken = 0;
    if (block_create(&train, archive, JOB_TRAIN, error))
        return STATUS_FAILED;
    if (block_create(&evaluate, archive, JOB_EVALUATE, error)) {
        block_free(&train);
        return STATUS_FAILED;
    }
    enum status status = STATUS_OK;
    for (int64_t c = 0; !status && c < archive->plan.candidates; c++) {
        status = tell_scale(archive, c, &listener, error);
        if (!status)
            status = tell_block(archive, &train, c, &listener, error);
        if (!status)
            status = tell_block(archive, &evaluate, c, &listener, error);
    }
    block_free(&train);
    block_free(&evaluate);
    return status;
}

enum status archive_read_curve(struct archive *archive, double *out, int64_t candidate,
                               enum archive_curve curve, struct error *error)
{
    static const int fields[] = {[ARCHIVE_THETA] = FIELD_THETA,
                                 [ARCHIVE_SCALE] = FIELD_SCALE,
                                 [ARCHIVE_LOSS] = FIELD_LOSS,
                                 [ARCHIVE_HELD_OUT_LOSS] = FIELD_HELD_OUT_LOSS,
                                 [ARCHIVE_HELD_OUT_ACCURACY] = FIELD_HELD_OUT_ACCURACY};
    const int32_t *size = archive->own[candidate].size;
    int field = fields[curve];
    bool wide = curve == ARCHIVE_THETA || curve == ARCHIVE_SCALE;
    int64_t rows = curve == ARCHIVE_THETA  ? size[ARCHIVE_ITERATIONS] + 1
                   : curve == ARCHIVE_LOSS ? size[ARCHIVE_ITERATIONS]
                                           : size[ARCHIVE_EVALUATIONS];
    enum status status = STATUS_OK;
    if (!wide) {
        struct archive_box box = archive_at(archive, field, 1, &candidate);
        box.count[1] = (hsize_t)rows;
        return rows > 0 ? archive_read(archive, field, &box, out, error) : STATUS_OK;
    }
    if (curve == ARCHIVE_SCALE)
        rows = 1;
    for (int64_t i = 0; !status && i < rows && archive->plan.parameters > 0; i++) {
        double row[RULE_PARAMETERS];
        struct archive_box box =
            archive_at(archive, field, curve == ARCHIVE_SCALE ? 1 : 2, (int64_t[]){candidate, i});
        status = archive_read(archive, field, &box, row, error);
        if (!status)
            archive_gather(out + i * size[ARCHIVE_PARAMETERS], archive, candidate, row);
    }
    return status;
}

static char *read_text(struct archive *archive, const char *path, struct error *error)
{
    hid_t dataset = H5Dopen2(archive->file, path, H5P_DEFAULT);
    hid_t type = dataset < 0 ? -1 : H5Dget_type(dataset);
    size_t length = type < 0 ? 0 : H5Tget_size(type);
    char *text = error_calloc(error, length + 1, 1, path);
    if (text && (type < 0 || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0)) {
        archive_complain(error, archive->path, path, "cannot read");
        free(text);
        text = NULL;
    }
    if (type >= 0)
        H5Tclose(type);
    if (dataset >= 0)
        H5Dclose(dataset);
    return text;
}

char *archive_read_config(struct archive *archive, struct error *error)
{
    return read_text(archive, "/config", error);
}

char *archive_read_resolved(struct archive *archive, struct error *error)
{
    return read_text(archive, "/config_resolved", error);
}
