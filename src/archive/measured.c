/* What was measured before the search: written whole while the archive is made, so that it is there or the
 * archive is not. A measurement has the columns of its first candidate. P parameters of the union, T
 * free terms of the candidate. */
#include "archive/measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive/sound.h"
#include "search/measured.h"

/* The columns of the union in which the candidate's terms stand. */
static void find_columns(int column[RULE_PARAMETERS], const struct archive_own *own, int parameters)
{
    int count = 0;
    for (int c = 0; c < parameters; c++)
        if (own->free[c])
            column[count++] = c;
}

/* One measurement on its way into the archive. */
struct writer {
    struct archive *archive;
    const struct measured *found;
    int64_t m;
    int column[RULE_PARAMETERS];
    double *row; /* [P, P], of NaN between two uses */
    struct error *error;
    enum status status; /* the first failure */
};

static void put(struct writer *writer, int field, int indices, const int64_t *at, const void *data)
{
    struct archive_box box = archive_at(writer->archive, field, indices, at);
    if (!writer->status)
        writer->status = archive_write(writer->archive, field, &box, data, writer->error);
}

static void put_number(struct writer *writer, int field, int indices, const int64_t *at,
                       double number)
{
    put(writer, field, indices, at, &number);
}

/* `rows` rows (1 or T) of T numbers, `stride` apart, in the columns of the union. */
static void put_terms(struct writer *writer, int field, int indices, const int64_t *at,
                      const double *data, int rows, long stride)
{
    int parameters = writer->archive->plan.parameters;
    long count = rows > 1 || archive_rank(&archive_table[field]) == indices + 2
                     ? (long)parameters * parameters
                     : parameters;
    for (long i = 0; i < count; i++)
        writer->row[i] = NAN;
    for (int k = 0; k < rows; k++)
        for (int l = 0; l < writer->found->terms; l++) {
            long line = count > parameters ? (long)writer->column[k] * parameters : 0;
            writer->row[line + writer->column[l]] = data[k * stride + l];
        }
    put(writer, field, indices, at, writer->row);
}

static void put_place(struct writer *writer, int network, int stage)
{
    const struct efficiency one = measured_at(writer->found, network, stage);
    int64_t at[3] = {writer->m, network, stage};
    int terms = writer->found->terms, columns = writer->found->columns;
    double error[RULE_TERMS];
    unsigned char state = (unsigned char)one.state;
    put(writer, FIELD_MEASURED_STATE, 3, at, &state);
    if (one.state != LIFETIME_DONE)
        return;
    for (int k = 0; k < terms; k++)
        error[k] = sqrt(one.covariance[(long)k * columns + k]);
    put_terms(writer, FIELD_MEASURED_SIGNAL, 3, at, one.signal, 1, 0);
    put_terms(writer, FIELD_MEASURED_ERROR, 3, at, error, 1, 0);
    put_terms(writer, FIELD_MEASURED_GRAM, 3, at, one.gram, terms, columns);
    put_number(writer, FIELD_MEASURED_GRADIENT, 3, at, one.gradient);
    put_number(writer, FIELD_MEASURED_NOISE, 3, at, one.gradient_noise);
    put_number(writer, FIELD_MEASURED_REWARD, 3, at, one.reward);
    put_number(writer, FIELD_MEASURED_ACCURACY, 3, at, one.accuracy);
}

static void put_measurement(struct writer *writer)
{
    const struct measured *found = writer->found;
    int32_t whole = found->whole;
    put_terms(writer, FIELD_MEASURED_THETA, 1, &writer->m, found->theta, 1, 0);
    if (found->metric)
        put_terms(writer, FIELD_MEASURED_METRIC, 1, &writer->m, found->metric, found->terms,
                  found->terms);
    put_number(writer, FIELD_MEASURED_RATIO, 1, &writer->m, found->ratio);
    put_number(writer, FIELD_MEASURED_LOW, 1, &writer->m, found->low);
    put_number(writer, FIELD_MEASURED_HIGH, 1, &writer->m, found->high);
    put_number(writer, FIELD_MEASURED_SHARE, 1, &writer->m, found->share);
    put_number(writer, FIELD_MEASURED_RIDGE, 1, &writer->m, found->ridge);
    put(writer, FIELD_MEASURED_WHOLE, 1, &writer->m, &whole);
    for (int s = 0; s < found->stages; s++) {
        int32_t stage = found->stage[s];
        put(writer, FIELD_MEASURED_STAGE, 2, (int64_t[]){writer->m, s}, &stage);
    }
    for (int i = 0; i < found->networks * found->stages; i++)
        put_place(writer, i / found->stages, i % found->stages);
}

enum status archive_write_measured(struct archive *archive, struct error *error)
{
    const struct search_plan *sweep = archive->plan.sweep;
    size_t parameters = (size_t)archive->plan.parameters;
    struct writer writer = {.archive = archive, .error = error};
    if (archive->plan.measurements == 0)
        return STATUS_OK;
    for (int64_t c = 0; c < archive->plan.candidates; c++)
        put(&writer, FIELD_MEASUREMENT, 1, &c, &sweep->candidate[c].measured);
    writer.row =
        error_calloc(error, parameters * parameters + 1, sizeof *writer.row, "measurements");
    if (!writer.row)
        return STATUS_FAILED;
    for (int32_t m = 0; m < sweep->measurements && sweep->measured; m++) {
        struct archive_own own;
        archive_own_sizes(&own, &archive->plan, sweep->measurement[m].candidate);
        find_columns(writer.column, &own, archive->plan.parameters);
        writer.found = &sweep->measured[m];
        writer.m = m;
        put_measurement(&writer);
    }
    free(writer.row);
    return writer.status;
}

/* ---- reading ---- */

enum status archive_read_measurement(struct archive *archive, int32_t *measurement,
                                     int64_t candidate, struct error *error)
{
    *measurement = -1;
    if (archive->plan.measurements == 0)
        return STATUS_OK;
    return archive_read_index(archive, FIELD_MEASUREMENT, 1, &candidate, measurement,
                              archive->plan.measurements, error);
}

/* The numbers of a measurement that stand by themselves. */
static enum status read_numbers(struct archive *archive, struct measured *found, int64_t m,
                                int32_t *stage, struct error *error)
{
    int32_t whole;
    const struct {
        int field;
        void *data;
    } part[] = {{FIELD_MEASURED_RATIO, &found->ratio}, {FIELD_MEASURED_LOW, &found->low},
                {FIELD_MEASURED_HIGH, &found->high},   {FIELD_MEASURED_SHARE, &found->share},
                {FIELD_MEASURED_RIDGE, &found->ridge}, {FIELD_MEASURED_WHOLE, &whole},
                {FIELD_MEASURED_STAGE, stage}};
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++) {
        struct archive_box box = archive_at(archive, part[i].field, 1, &m);
        status = archive_read(archive, part[i].field, &box, part[i].data, error);
    }
    found->whole = status ? 0 : whole;
    for (int s = 0; !status && s < archive->plan.stages && stage[s] >= 0; s++)
        found->stage[found->stages++] = stage[s];
    return status;
}

/* Networks that were measured, diverged or not. */
static enum status count_networks(struct archive *archive, struct measured *found, int64_t m,
                                  unsigned char *state, struct error *error)
{
    struct archive_box box = archive_at(archive, FIELD_MEASURED_STATE, 1, &m);
    enum status status = archive_read(archive, FIELD_MEASURED_STATE, &box, state, error);
    for (int i = 0; !status && i < archive->plan.networks; i++)
        found->networks += state[i * archive->plan.stages] != LIFETIME_EMPTY;
    return status;
}

/* Theta and the metric from the columns of the union. */
static enum status read_terms(struct archive *archive, struct measured *found, int64_t m,
                              int64_t candidate, double *row, struct error *error)
{
    int column[RULE_PARAMETERS] = {0}, parameters = archive->plan.parameters, terms = 0;
    find_columns(column, &archive->own[candidate], parameters);
    struct archive_box box = archive_at(archive, FIELD_MEASURED_THETA, 1, &m);
    enum status status = archive_read(archive, FIELD_MEASURED_THETA, &box, row, error);
    /* of time constants, which come last, nothing is measured */
    for (; !status && terms < archive->own[candidate].size[ARCHIVE_PARAMETERS] &&
           !isnan(row[column[terms]]);
         terms++)
        found->theta[terms] = row[column[terms]];
    found->terms = terms;
    box = archive_at(archive, FIELD_MEASURED_METRIC, 1, &m);
    if (!status)
        status = archive_read(archive, FIELD_MEASURED_METRIC, &box, row, error);
    if (status || found->whole < 2)
        return status;
    found->metric = error_calloc(error, (size_t)(terms * terms) + 1, sizeof *row, "a metric");
    for (int i = 0; found->metric && i < terms * terms; i++)
        found->metric[i] = row[column[i / terms] * parameters + column[i % terms]];
    return found->metric ? STATUS_OK : STATUS_FAILED;
}

enum status archive_read_measured(struct archive *archive, struct measured *found, int32_t m,
                                  int64_t candidate, struct error *error)
{
    const struct archive_plan *plan = &archive->plan;
    size_t parameters = (size_t)plan->parameters;
    size_t places = (size_t)plan->networks * (size_t)plan->stages;
    double *row = error_calloc(error, parameters * parameters + 1, sizeof *row, "measurements");
    unsigned char *state = error_calloc(error, places + 1, 1, "measurements");
    int32_t *stage = error_calloc(error, (size_t)plan->stages + 1, sizeof *stage, "measurements");
    enum status status = row && state && stage ? STATUS_OK : STATUS_FAILED;
    *found = (struct measured){0};
    if (!status)
        status = read_numbers(archive, found, m, stage, error);
    if (!status)
        status = count_networks(archive, found, m, state, error);
    if (!status)
        status = read_terms(archive, found, m, candidate, row, error);
    free(row);
    free(state);
    free(stage);
    if (status)
        measured_free(found);
    return status;
}

/* ---- between archives ---- */

static void *read_whole(struct archive *archive, int field, size_t *bytes, struct error *error)
{
    struct archive_box box = archive_at(archive, field, 0, NULL);
    *bytes = archive_type_bytes(&archive_table[field]);
    for (int d = 0; d < archive_rank(&archive_table[field]); d++)
        *bytes *= (size_t)box.count[d];
    void *data = error_calloc(error, 1, *bytes + 1, archive_table[field].path);
    if (data && archive_read(archive, field, &box, data, error)) {
        free(data);
        return NULL;
    }
    return data;
}

enum status archive_copy_measured(struct archive *to, struct archive *from, struct error *error)
{
    enum status status = STATUS_OK;
    for (int f = 0; f < FIELD_COUNT && !status; f++) {
        size_t bytes;
        if (archive_table[f].dim[0] != DIM_MEASUREMENT || to->plan.measurements == 0)
            continue;
        void *data = read_whole(from, f, &bytes, error);
        struct archive_box box = archive_at(to, f, 0, NULL);
        status = data ? archive_write(to, f, &box, data, error) : STATUS_FAILED;
        free(data);
    }
    return status;
}

enum status archive_compare_measured(struct archive *one, struct archive *other,
                                     struct error *error)
{
    enum status status = STATUS_OK;
    for (int f = 0; f < FIELD_COUNT && !status; f++) {
        size_t bytes, others;
        if (archive_table[f].dim[0] != DIM_MEASUREMENT || one->plan.measurements == 0)
            continue;
        void *data = read_whole(one, f, &bytes, error),
             *with = read_whole(other, f, &others, error);
        status = data && with ? STATUS_OK : STATUS_FAILED;
        if (!status && (bytes != others || memcmp(data, with, bytes) != 0))
            status = error_add(error, STATUS_USAGE,
                               "%s: %s: found other numbers than in %s, allowed: the same, since "
                               "all shards start from one measurement; the machines that made them "
                               "have other BLAS kernels (see /provenance)",
                               other->path, archive_table[f].path, one->path);
        free(data);
        free(with);
    }
    return status;
}
