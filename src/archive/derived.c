/* What follows from committed records, or from the configuration, has no checksums: it is written over
 * while a run goes on. But whoever replays the records comes to it again, so that damage shows. */
#include "archive/derived.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive/slot.h"

/* Other machines' libraries round exponentials and logarithms otherwise. */
static const double ALIKE = 1e-9;

void archive_derive(struct archive *archive, struct archive_derived *derived)
{
    archive->derived = derived;
}

static bool same_numbers(const double *a, const double *b, long count)
{
    for (long i = 0; i < count; i++)
        if (!(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])) ||
              fabs(a[i] - b[i]) <= ALIKE * fmax(fabs(a[i]), fabs(b[i]))))
            return false;
    return true;
}

void archive_derived_note(struct archive *archive, const char *path, int64_t candidate)
{
    struct archive_derived *derived = archive->derived;
    if (derived->differ++ > 0)
        return;
    snprintf(derived->dataset, sizeof derived->dataset, "%s", path);
    derived->candidate = candidate;
}

void archive_derived_compare(struct archive *archive, const char *path, int64_t candidate,
                             const double *stored, const double *expected, long count)
{
    if (!same_numbers(stored, expected, count))
        archive_derived_note(archive, path, candidate);
}

/* In a population who goes on from another one has its theta, and other values, instead of those that were
 * told before. */
static bool is_written_over(const struct archive *archive, int field)
{
    bool bred = archive->plan.axes > 0 && archive->plan.rungs > 0;
    return bred && (field == FIELD_THETA || field == FIELD_POINT);
}

static enum status compare_box(struct archive *archive, int field, const struct archive_box *box,
                               const void *data, struct error *error)
{
    const struct archive_field *row = &archive_table[field];
    size_t bytes = archive_box_bytes(field, box);
    if (is_written_over(archive, field))
        return STATUS_OK;
    void *stored = error_calloc(error, bytes + 1, 1, "derived numbers");
    enum status status = stored ? archive_read(archive, field, box, stored, error) : STATUS_FAILED;
    int64_t candidate = (int64_t)box->start[0];
    if (!status && row->type == TYPE_F64)
        archive_derived_compare(archive, row->path, candidate, stored, data,
                                (long)(bytes / sizeof(double)));
    else if (!status && memcmp(stored, data, bytes) != 0)
        archive_derived_note(archive, row->path, candidate);
    free(stored);
    return status;
}

enum status archive_store(struct archive *archive, int field, const struct archive_box *box,
                          const void *data, struct error *error)
{
    return archive->derived ? compare_box(archive, field, box, data, error)
                            : archive_write(archive, field, box, data, error);
}
