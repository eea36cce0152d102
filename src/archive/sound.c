/* Three steps, each of which makes the next one safe: the datasets against the rows of fields.h and each
 * other; each candidate's own sizes against the datasets; and all of it against the sweep, whose text
 * is held against its own checksum when it is read. */
#include "archive/sound.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "archive/guard.h"
#include "archive/slot.h"

enum status archive_damaged(const struct archive *archive, const char *path, struct error *error,
                            const char *format, ...)
{
    char text[SETTINGS_MESSAGE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_add(error, STATUS_FAILED, "%s: %s: %s: the file is damaged", archive->path, path,
                     text);
}

void archive_hash(char hash[9], const char *resolved)
{
    unsigned long crc = crc32(0, (const unsigned char *)resolved, (unsigned)strlen(resolved));
    snprintf(hash, 9, "%08lx", crc & 0xffffffffUL);
}

/* Whether the file's type is the row's, texts of either kind. */
static bool type_fits(const struct archive_field *row, hid_t type)
{
    if (row->type == TYPE_TEXT)
        return H5Tget_class(type) == H5T_STRING;
    return H5Tequal(type, archive_memory_type(row)) > 0;
}

static enum status check_field(struct archive *archive, int field, struct error *error)
{
    const struct archive_field *row = &archive_table[field];
    hsize_t found[H5S_MAX_RANK];
    hid_t dataset = archive->dataset[field], type = H5Dget_type(dataset);
    int rank = H5Sget_simple_extent_dims(archive->space[field], found, NULL);
    size_t size = type < 0 ? 0 : H5Tget_size(type);
    bool fits = type >= 0 && type_fits(row, type);
    if (type >= 0)
        H5Tclose(type);
    if (!fits)
        return archive_damaged(archive, row->path, error, "found another type than it has");
    if (rank != archive_rank(row))
        return archive_damaged(archive, row->path, error, "found %d dimensions, allowed: %d", rank,
                               archive_rank(row));
    hsize_t count = 1;
    for (int d = 0; d < rank; d++) {
        hsize_t *extent = &archive->extent[row->dim[d]];
        if (found[d] > INT32_MAX || (*extent > 0 && found[d] != *extent))
            return archive_damaged(archive, row->path, error,
                                   "found %" PRIu64 " in dimension %s, allowed: %" PRIu64
                                   ", as elsewhere",
                                   (uint64_t)found[d], archive_scale_table[row->dim[d]].name,
                                   *extent > 0 ? (uint64_t)*extent : INT32_MAX);
        *extent = found[d];
        count =
            count > (hsize_t)1 << 62 >> 31 && found[d] > 0 ? (hsize_t)1 << 62 : count * found[d];
    }
    if (!guard_fits(dataset, count, size))
        return archive_damaged(archive, row->path, error, "found a place outside of the file");
    return STATUS_OK;
}

/* Extents that this program has of its own, and those that follow from others. */
static enum status check_extents(const struct archive *archive, struct error *error)
{
    const hsize_t *extent = archive->extent;
    const struct {
        enum archive_dim dim;
        hsize_t least, most;
    } bound[] = {
        {DIM_CANDIDATE, 1, INT32_MAX},
        {DIM_START, ARCHIVE_STARTS, ARCHIVE_STARTS},
        {DIM_FAILURE, ARCHIVE_FAILURES, ARCHIVE_FAILURES},
        {DIM_PARAMETER, 0, RULE_PARAMETERS},
        {DIM_TESTED, 0, TESTED_RULES},
        {DIM_MEASURED_STAGE, 0, MEASURED_STAGES},
        {DIM_ITERATE, extent[DIM_ITERATION] + 1, extent[DIM_ITERATION] + 1},
        {DIM_PARAMETER_WITH, 0, extent[DIM_PARAMETER]},
        {DIM_UNIT_FROM, 0, extent[DIM_UNIT]},
    };
    for (size_t b = 0; b < sizeof bound / sizeof *bound; b++)
        if (extent[bound[b].dim] < bound[b].least || extent[bound[b].dim] > bound[b].most)
            return archive_damaged(archive, archive_scale_table[bound[b].dim].name, error,
                                   "found %" PRIu64 ", allowed: %" PRIu64 " to %" PRIu64,
                                   (uint64_t)extent[bound[b].dim], (uint64_t)bound[b].least,
                                   (uint64_t)bound[b].most);
    return STATUS_OK;
}

enum status archive_check_fields(struct archive *archive, struct error *error)
{
    enum status status = STATUS_OK;
    for (int f = 0; !status && f < FIELD_COUNT; f++)
        if (archive->dataset[f] > 0)
            status = check_field(archive, f, error);
    return status ? status : check_extents(archive, error);
}

/* The dimension of which an own size is a part. */
static const enum archive_dim dim_of[ARCHIVE_SIZES] = {
    [ARCHIVE_UNITS] = DIM_UNIT,
    [ARCHIVE_INPUTS] = DIM_INPUT,
    [ARCHIVE_OUTPUTS] = DIM_OUTPUT,
    [ARCHIVE_TRIALS] = DIM_TRIAL,
    [ARCHIVE_TYPES] = DIM_CONDITION,
    [ARCHIVE_STEPS] = DIM_STEP,
    [ARCHIVE_ITERATIONS] = DIM_ITERATION,
    [ARCHIVE_SEEDS] = DIM_SEED,
    [ARCHIVE_EVALUATIONS] = DIM_EVALUATION,
    [ARCHIVE_HELD_OUT] = DIM_HELD_OUT,
    [ARCHIVE_PARAMETERS] = DIM_PARAMETER,
    [ARCHIVE_TESTED] = DIM_TESTED,
    [ARCHIVE_TESTS] = DIM_TEST,
};

static bool free_fits(const struct archive *archive, const struct archive_own *own)
{
    int free = 0, wrong = 0;
    for (int p = 0; p < archive->plan.parameters; p++) {
        free += own->free[p];
        wrong |= own->free[p] > 1;
    }
    return !wrong && free == own->size[ARCHIVE_PARAMETERS];
}

enum status archive_check_own(struct archive *archive, struct error *error)
{
    for (int s = 0; s < ARCHIVE_SIZES; s++) {
        const char *path = archive_table[FIELD_OWN_SIZE + s].path;
        int64_t most = 0, extent = dim_of[s] ? (int64_t)archive->extent[dim_of[s]] : 0;
        for (int64_t c = 0; c < archive->plan.candidates; c++) {
            int32_t size = archive->own[c].size[s];
            if (size < 0)
                return archive_damaged(archive, path, error, "found %d, allowed: 0 or more", size);
            most = size > most ? size : most;
        }
        if (extent > 0 && most != extent && s != ARCHIVE_PARAMETERS)
            return archive_damaged(archive, path, error,
                                   "found %" PRId64 " at the most, allowed: %" PRId64
                                   ", as the file has room for",
                                   most, extent);
    }
    for (int64_t c = 0; c < archive->plan.candidates; c++)
        if (!free_fits(archive, &archive->own[c]))
            return archive_damaged(
                archive, archive_table[FIELD_OWN_FREE].path, error,
                "found other free parameters of candidate %" PRId64 " than it has", c);
    return STATUS_OK;
}

enum status archive_read_index(struct archive *archive, int field, int indices, const int64_t *at,
                               int32_t *index, int32_t end, struct error *error)
{
    struct archive_box box = archive_at(archive, field, indices, at);
    int32_t found = -1;
    enum status status = archive_read(archive, field, &box, &found, error);
    if (!status && (found < -1 || found >= end))
        status = archive_damaged(archive, archive_table[field].path, error,
                                 "found %d, allowed: -1 to %d", found, end - 1);
    *index = status ? -1 : found;
    return status;
}

/* One candidate's sizes, as the sweep has them. An archive that was made before points were told knows
 * none. */
static enum status check_candidate(const struct archive *archive, const struct space *space,
                                   int64_t candidate, struct error *error)
{
    const struct archive_own *own = &archive->own[candidate];
    struct settings settings;
    struct rule rule;
    space_settings(space, candidate, &settings);
    rule_create(&rule, &settings);
    const struct search_extent extent = search_extent(&settings);
    const int64_t wanted[ARCHIVE_SIZES] = {
        [ARCHIVE_UNITS] = settings.network.units, [ARCHIVE_TRIALS] = settings.learning.trials,
        [ARCHIVE_ITERATIONS] = extent.iterations, [ARCHIVE_SEEDS] = extent.seeds,
        [ARCHIVE_POINTS] = extent.points,         [ARCHIVE_EVALUATIONS] = extent.evaluations,
        [ARCHIVE_HELD_OUT] = extent.held_out,     [ARCHIVE_PARAMETERS] = rule.parameters,
        [ARCHIVE_TESTED] = extent.tested,         [ARCHIVE_TESTS] = extent.tests,
    };
    for (int s = 0; s < ARCHIVE_SIZES; s++) {
        bool told = s != ARCHIVE_INPUTS && s != ARCHIVE_OUTPUTS && s != ARCHIVE_TYPES &&
                    s != ARCHIVE_STEPS && (s != ARCHIVE_POINTS || own->size[s] > 0);
        if (told && own->size[s] != wanted[s])
            return archive_damaged(archive, archive_table[FIELD_OWN_SIZE + s].path, error,
                                   "found %d of candidate %" PRId64 ", allowed: %" PRId64
                                   ", as in /config_resolved",
                                   own->size[s], candidate, wanted[s]);
    }
    for (int p = 0; p < rule.parameters; p++) {
        char name[RULE_NAME];
        rule_name(&rule, p, name);
        if (strcmp(name, archive_parameter(archive, candidate, p)) != 0)
            return archive_damaged(archive, "/parameter", error,
                                   "found '%s', allowed: '%s', as in /config_resolved",
                                   archive_parameter(archive, candidate, p), name);
    }
    return STATUS_OK;
}

enum status archive_check(const struct archive *archive, const struct space *space,
                          struct error *error)
{
    const struct sweep *sweep = &space->config->sweep;
    enum status status = STATUS_OK;
    if (archive->plan.candidates != space->candidates)
        return archive_damaged(archive, "candidate", error,
                               "found %" PRId64 ", allowed: %" PRId64 ", as in /config_resolved",
                               archive->plan.candidates, space->candidates);
    for (int64_t c = 0; !status && c < space->candidates; c++)
        if (sweep_known(sweep, c))
            status = check_candidate(archive, space, c, error);
    return status;
}
