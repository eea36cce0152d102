/* What is in an archive: committed slots, curves and texts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "archive/attribute.h"
#include "archive/guard.h"
#include "archive/slot.h"
#include "archive/sound.h"
#include "archive/text.h"

/* One candidate's slots of one kind, read at once. */
struct block {
    int kind;
    int64_t candidate, slots; /* in the file's extents */
    void *part[SLOT_COUNT];   /* [slots] each; NULL: the archive has none */
};

/* Of an outcome; the other parts are for the checksum. */
static const bool is_told[SLOT_COUNT] = {
    [SLOT_LOSS] = true,
    [SLOT_ACCURACY] = true,
    [SLOT_CRITERION] = true,
    [SLOT_FROZEN_LOSS] = true,
    [SLOT_FROZEN_ACCURACY] = true,
    [SLOT_GRADIENT] = true,
    [SLOT_SECONDS] = true,
    [SLOT_RANK] = true,
};

static void block_free(struct block *block)
{
    for (int s = 0; s < SLOT_COUNT; s++)
        free(block->part[s]);
}

/* Memory for the slots of one kind of any one candidate; block_free() it, whatever is returned. */
static enum status block_create(struct block *block, const struct archive *archive, int kind,
                                struct error *error)
{
    const struct archive_plan *plan = &archive->plan;
    int64_t slots = kind == JOB_TRAIN      ? (int64_t)plan->iterations * plan->seeds
                    : kind == JOB_EVALUATE ? (int64_t)plan->evaluations * plan->held_out
                                           : (int64_t)plan->tested * plan->tests;
    *block = (struct block){.kind = kind, .slots = slots};
    for (int s = 0; s < SLOT_COUNT; s++) {
        size_t bytes = archive_slot_bytes(archive, kind, s);
        if (bytes == 0)
            continue;
        block->part[s] =
            error_calloc(error, (unsigned long)slots + 1, bytes, "slots of a candidate");
        if (!block->part[s])
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

static enum status read_part(struct block *block, struct archive *archive, enum archive_slot slot,
                             struct error *error)
{
    int field = archive_slot_field(block->kind, slot);
    struct archive_box box = archive_at(archive, field, 1, &block->candidate);
    return archive_read(archive, field, &box, block->part[slot], error);
}

/* Entry `s` of a part; what the archive has none of is not known. */
static double number_of(const struct block *block, enum archive_slot slot, int64_t s)
{
    return block->part[slot] ? ((const double *)block->part[slot])[s] : NAN;
}

static int32_t whole_of(const struct block *block, enum archive_slot slot, int64_t s)
{
    return block->part[slot] ? ((const int32_t *)block->part[slot])[s] : -1;
}

static int state_of(const struct block *block, int64_t s)
{
    return ((const unsigned char *)block->part[SLOT_STATE])[s];
}

/* State first: what is committed when it is read stays as it is; the rest only if there is any. */
static enum status block_read(struct block *block, struct archive *archive, int64_t candidate,
                              bool verify, struct error *error)
{
    block->candidate = candidate;
    archive_guard_whole(archive); // one for all of them
    enum status status = read_part(block, archive, SLOT_STATE, error);
    bool any = false;
    for (int64_t s = 0; !status && s < block->slots; s++)
        any |= state_of(block, s) != 0;
    for (int s = 0; any && !status && s < SLOT_COUNT; s++)
        if (block->part[s] && s != SLOT_STATE && (verify || is_told[s]))
            status = read_part(block, archive, s, error);
    guard_end();
    return status;
}

/* Representations and weights of a slot go on with the checksum. */
static enum status add_bulk(unsigned long *crc, struct archive *archive, int64_t candidate,
                            int evaluation, int seed, struct error *error)
{
    int field[FIELD_SINGLE];
    int count = archive_bulk(field, archive, candidate, evaluation);
    enum status status = STATUS_OK;
    if (count == 0)
        return status;
    archive_guard_whole(archive);
    for (int f = 0; f < count && !status; f++) {
        struct archive_box box = archive_bulk_box(archive, field[f], candidate, seed);
        size_t bytes = archive_box_bytes(field[f], &box);
        void *data = error_calloc(error, 1, bytes + 1, "representations and weights of a slot");
        status = data ? archive_read(archive, field[f], &box, data, error) : STATUS_FAILED;
        if (!status)
            *crc = crc32_z(*crc, data, bytes);
        free(data);
    }
    guard_end();
    return status;
}

/* The row of gradients that belongs to slot `s`. */
static const double *gradient_of(const struct archive *archive, const struct block *block,
                                 int64_t s)
{
    return (const double *)block->part[SLOT_GRADIENT] + s * archive->plan.parameters;
}

/* Whether the norm beside the gradient, which is not under the checksum, belongs to it. */
static bool norm_fits(const struct archive *archive, const struct block *block, int64_t s)
{
    double own[RULE_PARAMETERS];
    if (!block->part[SLOT_GRADIENT])
        return true;
    archive_gather(own, archive, block->candidate, gradient_of(archive, block, s));
    double norm = archive_norm(own, archive->own[block->candidate].size[ARCHIVE_PARAMETERS]);
    double found = number_of(block, SLOT_NORM, s);
    return norm == found || (isnan(norm) && isnan(found));
}

/* Whether slot `s` of the block is what was committed. */
static enum status check_slot(bool *whole, struct archive *archive, const struct block *block,
                              int64_t s, int iteration, int seed, struct error *error)
{
    unsigned long crc = 0;
    for (int p = 0; p < SLOT_COUNT; p++) {
        size_t bytes = archive_slot_bytes(archive, block->kind, p);
        if (archive_table[archive_slot_field(block->kind, p)].summed && bytes > 0)
            crc = crc32_z(crc, (unsigned char *)block->part[p] + (size_t)s * bytes, bytes);
    }
    enum status status = STATUS_OK;
    if (block->kind == JOB_EVALUATE && state_of(block, s) == LIFETIME_DONE)
        status = add_bulk(&crc, archive, block->candidate, iteration, seed, error);
    uint32_t checksum = ((const uint32_t *)block->part[SLOT_CHECKSUM])[s];
    *whole = (uint32_t)crc == checksum && norm_fits(archive, block, s);
    return status;
}

static struct outcome slot_outcome(const struct archive *archive, const struct block *block,
                                   int64_t s, int iteration, int seed)
{
    struct outcome outcome = {.candidate = block->candidate,
                              .kind = block->kind,
                              .iteration = iteration,
                              .seed = seed,
                              .state = state_of(block, s),
                              .trials_to_criterion = whole_of(block, SLOT_CRITERION, s),
                              .frozen_loss = number_of(block, SLOT_FROZEN_LOSS, s),
                              .frozen_accuracy = number_of(block, SLOT_FROZEN_ACCURACY, s),
                              .rank = whole_of(block, SLOT_RANK, s),
                              .loss = number_of(block, SLOT_LOSS, s),
                              .accuracy = number_of(block, SLOT_ACCURACY, s),
                              .seconds = ((const float *)block->part[SLOT_SECONDS])[s]};
    if (block->part[SLOT_GRADIENT])
        archive_gather(outcome.gradient, archive, block->candidate, gradient_of(archive, block, s));
    return outcome;
}

/* Who is told, and how many slots were broken. */
struct listener {
    int64_t *broken;
    void (*take)(void *context, const struct outcome *outcome);
    void *context;
};

/* The same for a listener: who counts no broken ones looks at the state alone. */
static enum status judge_slot(bool *whole, struct archive *archive, const struct block *block,
                              int64_t s, int iteration, int seed, bool counts, struct error *error)
{
    int state = state_of(block, s);
    *whole = state <= LIFETIME_FAILED && state != LIFETIME_STOPPED;
    if (*whole)
        return counts ? check_slot(whole, archive, block, s, iteration, seed, error) : STATUS_OK;
    const char *path = archive_table[archive_slot_field(block->kind, SLOT_STATE)].path;
    return counts ? STATUS_OK
                  : archive_damaged(archive, path, error, "found %d, allowed: %d to %d", state,
                                    LIFETIME_EMPTY, LIFETIME_FAILED);
}

static enum status tell_block(struct archive *archive, struct block *block, int64_t candidate,
                              const struct listener *listener, struct error *error)
{
    static const enum archive_size extent[JOB_KINDS][2] = {
        [JOB_TRAIN] = {ARCHIVE_ITERATIONS, ARCHIVE_SEEDS},
        [JOB_EVALUATE] = {ARCHIVE_EVALUATIONS, ARCHIVE_HELD_OUT},
        [JOB_TEST] = {ARCHIVE_TESTED, ARCHIVE_TESTS}};
    const struct archive_plan *plan = &archive->plan;
    const int32_t *size = archive->own[candidate].size;
    int rows = size[extent[block->kind][0]], seeds = size[extent[block->kind][1]];
    int stride = block->kind == JOB_TRAIN      ? plan->seeds
                 : block->kind == JOB_EVALUATE ? plan->held_out
                                               : plan->tests;
    if (rows == 0 || seeds == 0)
        return STATUS_OK;
    enum status status = block_read(block, archive, candidate, listener->broken != NULL, error);
    for (int i = 0; !status && i < rows; i++)
        for (int k = 0; !status && k < seeds; k++) {
            int64_t s = (int64_t)i * stride + k;
            bool whole = true;
            if (state_of(block, s) == 0)
                continue;
            status = judge_slot(&whole, archive, block, s, i, k, listener->broken, error);
            if (listener->broken && !whole && !status)
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
    archive_guard_whole(archive);
    enum status status = archive_read(archive, FIELD_SCALE_STATE, &one, &state, error);
    if (!status)
        status = archive_read(archive, FIELD_SCALE_CHECKSUM, &one, &checksum, error);
    if (!status && bytes > 0)
        status = archive_read(archive, FIELD_SCALE, &box, row, error);
    guard_end();
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
    struct block block[JOB_KINDS] = {0};
    enum status status = STATUS_OK;
    if (broken)
        *broken = 0;
    for (int kind = JOB_TRAIN; !status && kind < JOB_KINDS; kind++)
        status = block_create(&block[kind], archive, kind, error);
    for (int64_t c = 0; !status && c < archive->plan.candidates; c++) {
        status = tell_scale(archive, c, &listener, error);
        for (int kind = JOB_TRAIN; !status && kind < JOB_KINDS; kind++)
            status = tell_block(archive, &block[kind], c, &listener, error);
    }
    for (int kind = JOB_TRAIN; kind < JOB_KINDS; kind++)
        block_free(&block[kind]);
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
    archive_guard_whole(archive);
    for (int64_t i = 0; !status && i < rows && archive->plan.parameters > 0; i++) {
        double row[RULE_PARAMETERS];
        struct archive_box box =
            archive_at(archive, field, curve == ARCHIVE_SCALE ? 1 : 2, (int64_t[]){candidate, i});
        status = archive_read(archive, field, &box, row, error);
        if (!status)
            archive_gather(out + i * size[ARCHIVE_PARAMETERS], archive, candidate, row);
    }
    guard_end();
    return status;
}

enum status archive_read_chosen(struct archive *archive, int32_t *iteration, int64_t candidate,
                                struct error *error)
{
    *iteration = -1;
    if (archive->plan.tests == 0)
        return STATUS_OK;
    return archive_read_index(archive, FIELD_CHOSEN, 1, &candidate, iteration,
                              archive->own[candidate].size[ARCHIVE_ITERATIONS] + 1, error);
}

enum status archive_read_decisions(struct archive *archive, struct optimizer_decision *out,
                                   int64_t candidate, struct error *error)
{
    size_t count = (size_t)archive->plan.iterations * (size_t)archive->plan.challengers;
    double *number = error_calloc(error, 2 * count + 1, sizeof *number, "decisions");
    int32_t *pairs = error_calloc(error, count + 1, sizeof *pairs, "decisions");
    unsigned char *word = error_calloc(error, 2 * count + 1, sizeof *word, "decisions");
    enum status status = number && pairs && word ? STATUS_OK : STATUS_FAILED;
    const struct {
        int field;
        void *data;
    } part[] = {{FIELD_VERDICT, word},
                {FIELD_KIND, word ? word + count : NULL},
                {FIELD_PAIRS, pairs},
                {FIELD_DIFFERENCE, number},
                {FIELD_DIFFERENCE_ERROR, number ? number + count : NULL}};
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++) {
        struct archive_box box = archive_at(archive, part[i].field, 1, &candidate);
        status = archive_read(archive, part[i].field, &box, part[i].data, error);
    }
    for (size_t i = 0; !status && i < count; i++)
        if (word[i] >= OPTIMIZER_VERDICTS || word[count + i] >= OPTIMIZER_KINDS)
            status =
                archive_damaged(archive, "/decisions", error,
                                "found verdict %d on a rule of kind %d", word[i], word[count + i]);
    for (size_t i = 0; !status && i < count; i++)
        out[i] = (struct optimizer_decision){.verdict = word[i],
                                             .kind = word[count + i],
                                             .pairs = pairs[i],
                                             .difference = number[i],
                                             .error = number[count + i]};
    free(number);
    free(pairs);
    free(word);
    return status;
}

static char *read_text(struct archive *archive, const char *path, struct error *error)
{
    size_t count;
    char **text = archive_read_texts(&count, archive, path, error);
    char *copy = text && count > 0 ? strdup(text[0]) : NULL;
    if (text && !copy)
        error_add(error, STATUS_FAILED, "%s: %s: holds no text", archive->path, path);
    free(text);
    return copy;
}

char *archive_read_config(struct archive *archive, struct error *error)
{
    return read_text(archive, "/config", error);
}

char *archive_read_resolved(struct archive *archive, struct error *error)
{
    char hash[9], told[16] = "", *text = read_text(archive, "/config_resolved", error);
    if (!text)
        return NULL;
    archive_hash(hash, text);
    archive_guard(archive, 0);
    attribute_read_text(archive->file, "config_hash", told, sizeof told);
    guard_end();
    if (strcmp(hash, told) == 0)
        return text;
    archive_damaged(archive, "/config_resolved", error, "found CRC-32 %s, allowed: '%s'", hash,
                    told);
    free(text);
    return NULL;
}
