/* merge: the shards of a sweep into the archive of the whole. It is made under another name and
 * gets its own when it is complete. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/wire.h"
#include "program/command.h"
#include "program/whole.h"

struct merge {
    const struct command_line *line;
    const char *path;       /* of the whole */
    struct archive **shard; /* [line->words] */
    struct config config;   /* of the first shard */
    struct space space;
    struct search_plan plan;
    bool read;             /* config and space are held */
    int *owner;            /* [candidates], the shard that holds the candidate */
    int64_t *most;         /* [candidates], how many records it has there */
    int64_t *found;        /* [candidates], in the shard at hand */
    struct search *search; /* whether the shards are complete */
    bool taken;            /* some outcome was news to it */
};

/* The configuration, with the text of the sweep file as it was given. */
static enum status read_config(struct merge *merge, struct error *error)
{
    struct archive *first = merge->shard[0];
    char *given = archive_read_config(first, error),
         *resolved = archive_read_resolved(first, error);
    enum status status =
        given && resolved
            ? config_parse_resolved(&merge->config, merge->line->word[0], resolved, error)
            : STATUS_FAILED;
    free(resolved);
    if (status) {
        free(given);
        return status;
    }
    merge->read = true;
    free(merge->config.text);
    merge->config.text = given;
    bool learns = merge->config.sweep.method->learn != NULL;
    if (merge->config.sweep.point)
        return error_add(error, STATUS_USAGE,
                         "%s: found a %s%s, allowed: sweeps that do not learn from "
                         "earlier candidates, since others have no shards",
                         merge->line->word[0], learns ? "sweep of method " : "population",
                         learns ? merge->config.sweep.method->name : "");
    return search_plan_create(&merge->plan, &merge->space, &merge->config, command_checks, error);
}

static enum status take_memory(struct merge *merge, struct error *error)
{
    unsigned long candidates = (unsigned long)merge->space.candidates;
    const char *what = "table of candidates";
    merge->owner = error_calloc(error, candidates, sizeof *merge->owner, what);
    merge->most = error_calloc(error, candidates, sizeof *merge->most, what);
    merge->found = error_calloc(error, candidates, sizeof *merge->found, what);
    merge->search = search_create(&merge->plan, 0, 1, NULL, error);
    return merge->owner && merge->most && merge->found && merge->search ? STATUS_OK : STATUS_FAILED;
}

static void take(void *context, const struct outcome *outcome)
{
    struct merge *merge = context;
    merge->found[outcome->candidate]++;
    merge->taken |= search_take(merge->search, outcome);
}

/* Again as long as candidates that waited for others at a rung go on. */
static enum status read_shard(struct merge *merge, int shard, int64_t *broken, struct error *error)
{
    enum status status = STATUS_OK;
    merge->taken = true;
    while (!status && merge->taken) {
        merge->taken = false;
        memset(merge->found, 0, (size_t)merge->space.candidates * sizeof *merge->found);
        status = archive_read_outcomes(merge->shard[shard], broken, take, merge, error);
        merge->taken &= merge->plan.stopping.rungs > 0;
    }
    return status;
}

/* Reads all of a shard; who holds most of a candidate gives it. */
static enum status look_at(struct merge *merge, int shard, struct error *error)
{
    const char *path = merge->line->word[shard];
    int64_t broken = 0, candidates = merge->space.candidates;
    enum status status = archive_compare(merge->shard[shard], &merge->space, error);
    if (!status)
        status = archive_check(merge->shard[shard], &merge->space, error);
    if (status)
        return status;
    status = read_shard(merge, shard, &broken, error);
    if (!status && broken > 0)
        return error_add(error, STATUS_USAGE,
                         "%s: found %" PRId64 " broken records, allowed: none; 'thetasweep run "
                         "--resume' computes them again",
                         path, broken);
    for (int64_t c = 0; !status && c < candidates; c++)
        if (merge->found[c] > merge->most[c]) {
            merge->most[c] = merge->found[c];
            merge->owner[c] = shard;
        }
    return status;
}

static enum status look(struct merge *merge, struct error *error)
{
    enum status status = STATUS_OK;
    for (int s = 0; !status && s < merge->line->words; s++)
        status = archive_open_reader(&merge->shard[s], merge->line->word[s], error);
    if (!status)
        status = read_config(merge, error);
    if (!status)
        status = take_memory(merge, error);
    for (int s = 0; !status && s < merge->line->words; s++)
        status = look_at(merge, s, error);
    for (int s = 1; !status && s < merge->line->words; s++)
        status = archive_compare_measured(merge->shard[0], merge->shard[s], error);
    if (status || search_finished(merge->search))
        return status;
    struct search_progress progress = search_progress(merge->search);
    for (int64_t c = 0; c < merge->space.candidates; c++)
        if (merge->most[c] == 0)
            return error_add(error, STATUS_USAGE,
                             "%s: candidate %" PRId64 " is in none of these archives", merge->path,
                             c);
    return error_add(error, STATUS_USAGE,
                     "%s: found %" PRId64 " of %" PRId64
                     " lifetimes done in these archives, allowed: "
                     "all; complete them by 'thetasweep run --resume'",
                     merge->path, progress.lifetimes_done, progress.lifetimes);
}

static enum status fill(void *context, struct archive *whole, struct error *error)
{
    struct merge *merge = context;
    enum status status = archive_copy_measured(whole, merge->shard[0], error);
    for (int64_t c = 0; !status && c < merge->space.candidates; c++)
        status = archive_copy_candidate(whole, c, merge->shard[merge->owner[c]], c, error);
    for (int s = 0; !status && s < merge->line->words; s++)
        status = archive_copy_starts(whole, merge->shard[s], error);
    return status ? status : archive_write_end(whole, STATUS_OK, "", error);
}

static void release(struct merge *merge)
{
    for (int s = 0; merge->shard && s < merge->line->words; s++)
        archive_close_reader(merge->shard[s]);
    search_free(merge->search);
    search_plan_free(&merge->plan);
    if (merge->read)
        config_free(&merge->config);
    free(merge->shard);
    free(merge->owner);
    free(merge->most);
    free(merge->found);
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct merge merge = {.line = line};
    struct command_whole whole = {.path = command_value(line, "output"),
                                  .ending = "merge",
                                  .plan = &merge.plan,
                                  .fill = fill,
                                  .context = &merge};
    enum status status = command_whole_start(&whole, line, error);
    if (status)
        return status;
    merge.path = whole.path;
    merge.shard =
        error_calloc(error, (unsigned long)line->words, sizeof *merge.shard, "list of shards");
    status = merge.shard ? look(&merge, error) : STATUS_FAILED;
    if (!status)
        status = command_whole_make(&whole, error);
    if (!status)
        printf("%s: %" PRId64 " candidates from %d archives\n", merge.path, merge.space.candidates,
               line->words);
    release(&merge);
    wire_end(whole.wire, status);
    return status;
}

static const struct command_option options[] = {
    {"output", "RUN.h5", "the archive of the whole; it must not exist yet", 'o'},
    {0},
};

const struct command command_merge = {
    .name = "merge",
    .words = "SHARD.h5 ...",
    .least = 1,
    .most = INT_MAX,
    .sentence =
        "Joins the archives of all shards (run --shard I/N) into the one of the whole sweep.",
    .options = options,
    .run = run,
};
