/* Who was stopped early or goes on from another one, and why. */
#include <inttypes.h>
#include <stdlib.h>

#include "archive/derived.h"
#include "archive/rungs.h"
#include "archive/sound.h"

enum status archive_write_rungs(struct archive *archive, const struct search_stopping *stopping,
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (int64_t c = 0; !status && c < archive->plan.candidates && stopping->rungs > 0; c++) {
        int32_t bracket = search_stopping_bracket(stopping, c);
        struct archive_box box = archive_at(archive, FIELD_BRACKET, 1, &c);
        status = archive_store(archive, FIELD_BRACKET, &box, &bracket, error);
        for (int32_t r = 0; !status && r < search_stopping_rungs(stopping, bracket); r++) {
            int32_t budget = search_stopping_budget(stopping, bracket, r);
            box = archive_at(archive, FIELD_BUDGET, 2, (int64_t[]){c, r});
            status = archive_store(archive, FIELD_BUDGET, &box, &budget, error);
        }
    }
    return status;
}

enum status archive_read_stopped(struct archive *archive, int32_t *rung, int32_t *budget,
                                 int64_t candidate, struct error *error)
{
    *rung = *budget = -1;
    if (archive->plan.rungs == 0)
        return STATUS_OK;
    const int32_t *size = archive->own[candidate].size;
    int32_t most =
        size[ARCHIVE_ITERATIONS] > 0 ? size[ARCHIVE_EVALUATIONS] - 1 : size[ARCHIVE_HELD_OUT];
    enum status status =
        archive_read_index(archive, FIELD_STOPPED, 1, &candidate, rung, archive->plan.rungs, error);
    if (status || *rung < 0)
        return status;
    status = archive_read_index(archive, FIELD_BUDGET, 2, (int64_t[]){candidate, *rung}, budget,
                                most + 1, error);
    if (!status && *budget < 0)
        return archive_damaged(archive, archive_table[FIELD_BUDGET].path, error,
                               "found none of candidate %" PRId64 " at rung %d", candidate, *rung);
    return status;
}

/* Rungs as they lie in the file, [rungs] each. */
struct columns {
    double *loss, *threshold;
    int32_t *budget, *place, *finite, *threshold_finite, *donor;
    unsigned char *verdict;
};

static void fill(struct archive_rung *out, const struct columns *columns, int32_t count)
{
    for (int32_t r = 0; r < count; r++)
        out[r] = (struct archive_rung){
            .decided = columns->verdict[r] != 0,
            .budget = columns->budget[r],
            .decision = {.kept = columns->verdict[r] != ARCHIVE_STOPPED,
                         .place = columns->place[r],
                         .own = {columns->loss[r], columns->finite[r]},
                         .threshold = {columns->threshold[r], columns->threshold_finite[r]},
                         .donor = columns->donor[r]}};
}

enum status archive_read_rungs(struct archive *archive, struct archive_rung *out, int32_t *count,
                               int64_t candidate, struct error *error)
{
    size_t rungs = (size_t)archive->plan.rungs;
    double *number = error_calloc(error, 2 * rungs, sizeof *number, "rungs");
    int32_t *whole = error_calloc(error, 5 * rungs, sizeof *whole, "rungs");
    unsigned char *verdict = error_calloc(error, rungs, sizeof *verdict, "rungs");
    enum status status = number && whole && verdict ? STATUS_OK : STATUS_FAILED;
    if (!status) {
        const struct columns columns = {number,
                                        number + rungs,
                                        whole,
                                        whole + rungs,
                                        whole + 2 * rungs,
                                        whole + 3 * rungs,
                                        whole + 4 * rungs,
                                        verdict};
        for (size_t r = 0; r < rungs; r++)
            columns.donor[r] = -1;
        const struct {
            int field;
            void *data;
        } part[] = {{FIELD_VERDICT_AT, verdict},
                    {FIELD_RUNG_LOSS, columns.loss},
                    {FIELD_THRESHOLD, columns.threshold},
                    {FIELD_BUDGET, columns.budget},
                    {FIELD_PLACE, columns.place},
                    {FIELD_RUNG_FINITE, columns.finite},
                    {FIELD_THRESHOLD_FINITE, columns.threshold_finite},
                    {FIELD_DONOR, columns.donor}};
        for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++) {
            if (!archive_planned(&archive->plan, part[i].field))
                continue;
            struct archive_box box = archive_at(archive, part[i].field, 1, &candidate);
            status = archive_read(archive, part[i].field, &box, part[i].data, error);
        }
        for (size_t r = 0; !status && r < rungs; r++)
            if (columns.donor[r] < -1 || columns.donor[r] >= archive->plan.candidates)
                status = archive_damaged(archive, archive_table[FIELD_DONOR].path, error,
                                         "found %d, allowed: a candidate or -1", columns.donor[r]);
        for (*count = 0; !status && *count < archive->plan.rungs && columns.budget[*count] >= 0;)
            ++*count;
        if (!status)
            fill(out, &columns, *count);
    }
    free(number);
    free(whole);
    free(verdict);
    return status;
}
