/* verify: is every committed record what was written, and all else what follows from them? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/version.h"
#include "program/command.h"

struct verify {
    struct archive *archive;
    int64_t whole[JOB_KINDS], broken;
    struct command_sweep sweep;
    struct search *search;
    struct archive_derived derived;
};

static void count(void *context, const struct outcome *outcome)
{
    struct verify *verify = context;
    verify->whole[outcome->kind]++;
}

/* What `archive_listener` is told of all committed outcomes, and of candidates, is compared. */
static enum status replay(struct verify *verify, struct error *error)
{
    struct search_listener listener = archive_listener;
    const struct search_plan *plan = &verify->sweep.plan;
    listener.context = verify->archive;
    archive_derive(verify->archive, &verify->derived);
    verify->search = search_create(plan, 0, 1, &listener, error);
    enum status status = verify->search ? STATUS_OK : STATUS_FAILED;
    if (!status)
        status = command_feed(verify->search, plan, verify->archive, NULL, NULL, NULL, error);
    if (!status)
        status = archive_failure(verify->archive, error);
    if (!status && search_finished(verify->search))
        status = archive_compare_candidates(verify->archive, plan, error);
    return status;
}

/* Of a run that came to its end: before, not all is written that follows. What was measured before a search
 * is not measured again. */
static bool is_derived(const struct verify *verify, struct error *error)
{
    struct archive_end end = {.status = -1};
    return verify->broken == 0 && verify->sweep.plan.measurements == 0 &&
           archive_read_end(verify->archive, &end, error) == STATUS_OK && end.status == STATUS_OK;
}

/* Whether the program of the latest start was this one, whose arithmetic is the same. */
static bool is_ours(struct archive *archive)
{
    char *version = NULL, *git = NULL;
    struct error unsaid = {0};
    bool ours = archive_read_program(archive, &version, &git, &unsaid) == STATUS_OK &&
                strcmp(version, version_string()) == 0 && strcmp(git, version_git()) == 0;
    free(version);
    free(git);
    error_free(&unsaid);
    return ours;
}

static enum status tell(const struct verify *verify, const char *path)
{
    const struct archive_derived *derived = &verify->derived;
    bool ours = is_ours(verify->archive);
    if (derived->differ == 0) {
        printf("theta, losses, decisions and swept values are what follows from them\n");
        return STATUS_OK;
    }
    printf("%s: %" PRId64 " rows, the first in %s of candidate %" PRId64
           ", are not what follows from the records%s\n",
           path, derived->differ, derived->dataset, derived->candidate,
           ours ? "" : " by this version; another one wrote them");
    return ours ? STATUS_FAILED : STATUS_OK;
}

static enum status look_at_derived(struct verify *verify, const char *path, struct error *error)
{
    enum status status = command_sweep_of(&verify->sweep, verify->archive, path, error);
    if (status)
        return status;
    verify->derived.space = &verify->sweep.space;
    status = archive_check(verify->archive, &verify->sweep.space, error);
    if (!status && is_derived(verify, error)) {
        status = replay(verify, error);
        if (!status && search_finished(verify->search)) // not of a shard
            status = tell(verify, path);
    }
    search_free(verify->search);
    command_sweep_free(&verify->sweep);
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct verify verify = {0};
    const char *path = line->word[0];
    enum status status = archive_open_reader(&verify.archive, path, error);
    if (status)
        return status;
    char *text = archive_read_resolved(verify.archive, error);
    status = text ? archive_read_outcomes(verify.archive, &verify.broken, count, &verify, error)
                  : STATUS_FAILED;
    free(text);
    if (!status)
        printf("%s: %" PRId64 " committed lifetimes and %" PRId64
               " normalisations are whole, %" PRId64 " broken\n",
               path, verify.whole[JOB_TRAIN] + verify.whole[JOB_EVALUATE] + verify.whole[JOB_TEST],
               verify.whole[JOB_SCALE], verify.broken);
    if (!status)
        status = look_at_derived(&verify, path, error);
    archive_close_reader(verify.archive);
    if (verify.broken > 0)
        printf("'thetasweep run SWEEP.yaml -o %s --resume' computes broken ones again\n", path);
    return status ? status : verify.broken > 0 ? STATUS_FAILED : STATUS_OK;
}

static const struct command_option options[] = {{0}};

const struct command command_verify = {
    .name = "verify",
    .words = "RUN.h5",
    .least = 1,
    .most = 1,
    .sentence = "Compares every committed record of an archive and its configuration with their "
                "checksums, also while a run writes it, and what else is there with what follows "
                "from them, once the run is complete; exit status 1 if any is broken.",
    .options = options,
    .run = run,
};
