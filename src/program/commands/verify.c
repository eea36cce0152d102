/* verify: is every committed record what was written? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "archive/archive.h"
#include "program/command.h"

static void count(void *context, const struct outcome *outcome)
{
    ++((int64_t *)context)[outcome->kind];
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct archive *archive;
    int64_t whole[JOB_KINDS] = {0}, broken = 0;
    enum status status = archive_open_reader(&archive, line->word[0], error);
    if (status)
        return status;
    char *text = archive_read_resolved(archive, error);
    status = text ? archive_read_outcomes(archive, &broken, count, whole, error) : STATUS_FAILED;
    free(text);
    archive_close_reader(archive);
    if (status)
        return status;
    printf("%s: %" PRId64 " committed lifetimes and %" PRId64 " normalisations are whole, %" PRId64
           " broken\n",
           line->word[0], whole[JOB_TRAIN] + whole[JOB_EVALUATE] + whole[JOB_TEST],
           whole[JOB_SCALE], broken);
    if (broken > 0)
        printf("'thetasweep run SWEEP.yaml -o %s --resume' computes broken ones again\n",
               line->word[0]);
    return broken > 0 ? STATUS_FAILED : STATUS_OK;
}

static const struct command_option options[] = {{0}};

const struct command command_verify = {
    .name = "verify",
    .words = "RUN.h5",
    .least = 1,
    .most = 1,
    .sentence = "Compares every committed record of an archive and its configuration with their "
                "checksums, also while a run writes it; exit status 1 if any is broken.",
    .options = options,
    .run = run,
};
