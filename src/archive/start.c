/* What an archive says of the runs that filled it: a row of /provenance for each start, with how it
 * ended, and why lifetimes could not be run. */
#include "archive/start.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "archive/attribute.h"
#include "archive/guard.h"
#include "archive/text.h"
#include "base/linalg.h"
#include "base/vector.h"
#include "base/version.h"

enum { UNKNOWN = -1 };

/* Earlier archives have less of them. */
static enum status write_note(struct archive *archive, int note, int64_t row, const char *text,
                              struct error *error)
{
    int field = FIELD_PROVENANCE + note;
    return archive->dataset[field] > 0 ? archive_write_text(archive, field, row, text, error)
                                       : STATUS_OK;
}

/* A number of one start; earlier archives have not all of them. */
static enum status put_number(struct archive *archive, int column, int64_t row, int32_t value,
                              struct error *error)
{
    int field = FIELD_PROVENANCE + column;
    struct archive_box box = archive_at(archive, field, 1, &row);
    return archive->dataset[field] > 0 ? archive_write(archive, field, &box, &value, error)
                                       : STATUS_OK;
}

static enum status get_number(struct archive *archive, int column, int64_t row, int32_t *value,
                              struct error *error)
{
    int field = FIELD_PROVENANCE + column;
    struct archive_box box = archive_at(archive, field, 1, &row);
    return archive->dataset[field] > 0 ? archive_read(archive, field, &box, value, error)
                                       : STATUS_OK;
}

static enum status write_start(struct archive *archive, int64_t row,
                               const struct archive_team *team, struct error *error)
{
    char now[32], rate[32], core[64], mpi[MPI_MAX_LIBRARY_VERSION_STRING];
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    snprintf(rate, sizeof rate, "%.1f Gflop/s%s", 1e-9 * linalg_rate(0.005),
             linalg_held_back() ? ", held back" : "");
    snprintf(core, sizeof core, "%s, vectors %s", linalg_core(), vector_instructions());
    int length;
    MPI_Get_library_version(mpi, &length);
    const char *const note[START_COUNT] = {
        [START_TIME] = now,
        [START_VERSION] = version_string(),
        [START_GIT] = version_git(),
        [START_COMPILER] = version_compiler(),
        [START_FLAGS] = version_flags(),
        [START_MPI] = mpi,
        [START_HDF5] = archive_library(),
        [START_BLAS] = linalg_library(),
        [START_CORE] = core,
        [START_RATE] = rate,
        [START_HOSTS] = team->hosts,
        [START_SLURM] = getenv("SLURM_JOB_ID"),
    };
    enum status status = STATUS_OK;
    for (int n = START_TIME; !status && n < START_COUNT; n++)
        status = write_note(archive, n, row, note[n] ? note[n] : "", error);
    if (!status)
        status = put_number(archive, START_WORKERS, row, team->workers, error);
    return status ? status : put_number(archive, START_RANKS, row, team->ranks, error);
}

enum status archive_count_starts(struct archive *archive, int64_t *count, struct error *error)
{
    int32_t used[ARCHIVE_STARTS];
    struct archive_box all = archive_at(archive, FIELD_PROVENANCE + START_RANKS, 0, NULL);
    enum status status = archive_read(archive, FIELD_PROVENANCE + START_RANKS, &all, used, error);
    *count = 0;
    while (!status && *count < ARCHIVE_STARTS && used[*count] >= 0)
        ++*count;
    return status;
}

enum status archive_write_start(struct archive *archive, const struct archive_team *team,
                                struct error *error)
{
    int64_t row;
    enum status status = archive_count_starts(archive, &row, error);
    if (row == ARCHIVE_STARTS)
        row--; // the last row is written again when all are used
    if (!status)
        status = put_number(archive, START_STATUS, row, UNKNOWN, error);
    return status ? status : write_start(archive, row, team, error);
}

enum status archive_write_command(struct archive *archive, const char *command, struct error *error)
{
    int64_t count;
    enum status status = archive_count_starts(archive, &count, error);
    bool fits = strlen(command) < ARCHIVE_COMMAND;
    return status || count == 0
               ? status
               : write_note(archive, START_COMMAND, count - 1, fits ? command : "", error);
}

enum status archive_write_end(struct archive *archive, enum status ended, const char *why,
                              struct error *error)
{
    int64_t count;
    enum status status = archive_count_starts(archive, &count, error);
    if (status || count == 0)
        return status;
    status = write_note(archive, START_WHY, count - 1, why, error);
    return status ? status : put_number(archive, START_STATUS, count - 1, (int32_t)ended, error);
}

static enum status read_note(char *out, size_t room, struct archive *archive, int note, int64_t row,
                             struct error *error)
{
    size_t count;
    int field = FIELD_PROVENANCE + note;
    *out = 0;
    if (archive->dataset[field] <= 0)
        return STATUS_OK;
    char **text = archive_read_texts(&count, archive, archive_table[field].path, error);
    if (text && (size_t)row < count)
        snprintf(out, room, "%s", text[row]);
    free(text);
    return text ? STATUS_OK : STATUS_FAILED;
}

enum status archive_read_end(struct archive *archive, struct archive_end *end, struct error *error)
{
    int64_t count;
    double mark;
    *end = (struct archive_end){.status = UNKNOWN};
    archive_guard(archive, 0);
    end->packed = attribute_read_number(archive->file, ARCHIVE_PACKED, &mark);
    guard_end();
    enum status status = archive_count_starts(archive, &count, error);
    if (status || count == 0)
        return status;
    int64_t row = count - 1;
    int32_t value = UNKNOWN;
    status = get_number(archive, START_STATUS, row, &value, error);
    if (!status)
        status = read_note(end->why, sizeof end->why, archive, START_WHY, row, error);
    if (!status)
        status = read_note(end->command, sizeof end->command, archive, START_COMMAND, row, error);
    end->status = value;
    return status;
}

enum status archive_read_begin(struct archive *archive, int64_t *seconds, struct error *error)
{
    size_t count;
    struct tm time = {0};
    char **text = archive_read_texts(&count, archive,
                                     archive_table[FIELD_PROVENANCE + START_TIME].path, error);
    bool known = text && count > 0 && strptime(text[0], "%Y-%m-%dT%H:%M:%SZ", &time);
    *seconds = known ? (int64_t)timegm(&time) : 0;
    free(text);
    return text ? STATUS_OK : STATUS_FAILED;
}

/* The text of the latest start in one column, or NULL. */
static char *read_latest(struct archive *archive, int column, struct error *error)
{
    size_t rows;
    int64_t count = 0;
    char **text =
        archive_read_texts(&rows, archive, archive_table[FIELD_PROVENANCE + column].path, error);
    enum status status = text ? archive_count_starts(archive, &count, error) : STATUS_FAILED;
    bool known = !status && count > 0 && (size_t)count <= rows;
    char *copy = status ? NULL : strdup(known ? text[count - 1] : "");
    free(text);
    return copy;
}

enum status archive_read_program(struct archive *archive, char **version, char **git,
                                 struct error *error)
{
    *version = read_latest(archive, START_VERSION, error);
    *git = *version ? read_latest(archive, START_GIT, error) : NULL;
    if (*git)
        return STATUS_OK;
    free(*version);
    *version = NULL;
    return STATUS_FAILED;
}

/* What is not known was so without relays. */
struct archive_team archive_read_team(struct archive *archive)
{
    int64_t count;
    int32_t ranks = 1, workers = UNKNOWN;
    if (!archive_count_starts(archive, &count, NULL) && count > 0) {
        get_number(archive, START_RANKS, count - 1, &ranks, NULL);
        get_number(archive, START_WORKERS, count - 1, &workers, NULL);
    }
    if (workers < 1 || workers > ranks)
        workers = ranks > 1 ? ranks - 1 : 1;
    return (struct archive_team){.ranks = ranks, .workers = workers};
}

/* The lines that earlier starts have used; after the first line of this one, HDF5 need not see it. */
static enum status count_failures(struct archive *archive, struct error *error)
{
    size_t count, used = 0;
    char **line = archive_read_texts(&count, archive, archive_table[FIELD_FAILURE].path, error);
    while (line && used < count && *line[used])
        used++;
    free(line);
    if (line)
        archive->failures = (int64_t)used;
    return line ? STATUS_OK : STATUS_FAILED;
}

enum status archive_write_failure(struct archive *archive, const char *text, struct error *error)
{
    enum status status = archive->failures < 0 ? count_failures(archive, error) : STATUS_OK;
    if (status || archive->failures >= ARCHIVE_FAILURES)
        return status;
    char *line = strndup(text, strcspn(text, "\n"));
    if (!line)
        return error_add(error, STATUS_FAILED, "out of memory: a line of /log/failure");
    status = archive_write_text(archive, FIELD_FAILURE, archive->failures++, line, error);
    free(line);
    return status;
}
