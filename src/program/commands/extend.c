/* extend: the archive of a larger sweep, that begins with what another has. Candidates are the same ones
 * where all their settings are, wherever they stand in either sweep: no random number depends on
 * that. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/digest.h"
#include "program/command.h"
#include "program/whole.h"

struct extend {
    const char *path; /* of the archive that is there */
    struct archive *from;
    struct config held;
    struct space space;
    struct search_plan plan;
    struct command_sweep sweep; /* the larger one */
    bool read, planned;         /* the sweep is held; what belongs to `from` */
    int64_t *source;            /* [candidates of the sweep], its number in `from`; -1: it is new */
    int64_t found;
};

/* ---- what is there ---- */

static enum status read_archive(struct extend *extend, struct error *error)
{
    enum status status = archive_open_reader(&extend->from, extend->path, error);
    if (status)
        return status;
    status = archive_read_configuration(&extend->held, extend->from, extend->path, error);
    if (status)
        return status;
    status =
        search_plan_create(&extend->plan, &extend->space, &extend->held, command_checks, error);
    if (status)
        config_free(&extend->held);
    extend->planned = !status;
    return status ? status : archive_check(extend->from, &extend->space, error);
}

/* Where candidates depend on one another, one more of them changes what the others had come to. */
static enum status refuse_choices(const char *path, const struct search_plan *plan,
                                  struct error *error)
{
    if (!plan->space->config->sweep.point && plan->stopping.rungs == 0)
        return STATUS_OK;
    return error_add(error, STATUS_USAGE,
                     "%s: found candidates that learn from others or are stopped by them, allowed: "
                     "sweeps whose candidates do not depend on each other",
                     path);
}

static bool same_measurements(const struct search_plan *a, const struct search_plan *b)
{
    bool same = a->measurements == b->measurements;
    for (int m = 0; same && m < a->measurements; m++)
        same = a->measurement[m].key == b->measurement[m].key;
    return same;
}

/* Whether the columns of parameters mean the same. */
static bool same_parameters(const struct rule *a, const struct rule *b)
{
    bool same = a->parameters == b->parameters;
    for (int p = 0; same && p < a->parameters; p++) {
        char one[RULE_NAME], other[RULE_NAME];
        rule_name(a, p, one);
        rule_name(b, p, other);
        same = strcmp(one, other) == 0;
    }
    return same;
}

static enum status refuse_others(const struct extend *extend, struct error *error)
{
    const struct search_plan *larger = &extend->sweep.plan;
    enum status status = refuse_choices(extend->path, &extend->plan, error);
    if (!status)
        status = refuse_choices(extend->sweep.config.path, larger, error);
    if (status)
        return status;
    if (!same_parameters(&extend->plan.all, &larger->all))
        return error_add(error, STATUS_USAGE,
                         "%s: found other free parameters of rules than those of %s, allowed: the "
                         "same",
                         extend->sweep.config.path, extend->path);
    if (!same_measurements(&extend->plan, larger))
        return error_add(error, STATUS_USAGE,
                         "%s: found start rules to be measured that %s does not have, allowed: the "
                         "same",
                         extend->sweep.config.path, extend->path);
    return STATUS_OK;
}

/* ---- who is who ---- */

/* All settings of a candidate but the sweep's name. NULL: out of memory. */
static char *describe(const struct space *space, int64_t candidate)
{
    static struct settings settings;
    space_settings(space, candidate, &settings);
    settings.name[0] = '\0';
    return settings_print(&settings, true);
}

static struct digest digest_of(const char *text, int64_t candidate)
{
    return (struct digest){digest_add(DIGEST_EMPTY, text, strlen(text)), candidate};
}

static int by_hash(const void *left, const void *right)
{
    const struct digest *a = left, *b = right;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static struct digest *list_held(const struct space *space, struct error *error)
{
    struct digest *list =
        error_calloc(error, (size_t)space->candidates, sizeof *list, "list of candidates");
    for (int64_t c = 0; list && c < space->candidates; c++) {
        char *text = describe(space, c);
        if (!text) {
            free(list);
            error_add(error, STATUS_FAILED, "out of memory: list of candidates");
            return NULL;
        }
        list[c] = digest_of(text, c);
        free(text);
    }
    if (list)
        qsort(list, (size_t)space->candidates, sizeof *list, digest_compare);
    return list;
}

/* The archive's candidate with these settings; -1: none. */
static int64_t find(const struct space *space, const struct digest *list, const char *text)
{
    const struct digest wanted = digest_of(text, -1);
    const struct digest *found =
        bsearch(&wanted, list, (size_t)space->candidates, sizeof *list, by_hash);
    char *own = found ? describe(space, found->number) : NULL;
    bool same = own && strcmp(own, text) == 0;
    free(own);
    return same ? found->number : -1;
}

/* Its replay records have the candidate's number in their names. */
static bool is_replayed(const struct config *config, int64_t candidate)
{
    const struct settings_integers *replay = &config->base.record.replay;
    for (int i = 0; i + 2 < replay->count; i += 3)
        if (replay->value[i] == candidate)
            return true;
    return false;
}

static enum status match(struct extend *extend, struct error *error)
{
    const struct space *larger = &extend->sweep.space;
    struct digest *list = list_held(&extend->space, error);
    extend->source =
        error_calloc(error, (size_t)larger->candidates, sizeof *extend->source, "candidates");
    enum status status = list && extend->source ? STATUS_OK : STATUS_FAILED;
    for (int64_t c = 0; !status && c < larger->candidates; c++) {
        char *text = describe(larger, c);
        int64_t own = text ? find(&extend->space, list, text) : -1;
        if (own != c && is_replayed(larger->config, c))
            own = -1;
        extend->source[c] = own;
        extend->found += own >= 0;
        free(text);
    }
    free(list);
    if (status || extend->found > 0)
        return status;
    return error_add(error, STATUS_USAGE,
                     "%s: found none of the candidates of %s, allowed: a sweep that has some of "
                     "them ('thetasweep diff' tells in what they differ)",
                     extend->sweep.config.path, extend->path);
}

/* ---- the whole ---- */

static enum status fill(void *context, struct archive *whole, struct error *error)
{
    struct extend *extend = context;
    enum status status = archive_copy_measured(whole, extend->from, error);
    for (int64_t c = 0; !status && c < extend->sweep.space.candidates; c++)
        if (extend->source[c] >= 0)
            status = archive_copy_candidate(whole, c, extend->from, extend->source[c], error);
    return status ? status : archive_copy_starts(whole, extend->from, error);
}

static enum status look(struct extend *extend, const struct command_line *line, struct error *error)
{
    enum status status = command_sweep_read(&extend->sweep, line, error);
    extend->read = !status;
    if (!status)
        status = read_archive(extend, error);
    if (!status)
        status = command_sweep_keep(&extend->sweep, extend->from, error);
    if (!status)
        status = refuse_others(extend, error);
    return status ? status : match(extend, error);
}

static void release(struct extend *extend)
{
    free(extend->source);
    if (extend->planned) {
        search_plan_free(&extend->plan);
        config_free(&extend->held);
    }
    if (extend->from)
        archive_close_reader(extend->from);
    if (extend->read)
        command_sweep_free(&extend->sweep);
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct extend extend = {.path = line->word[1]};
    struct command_whole whole = {.path = command_value(line, "output"),
                                  .ending = "extend",
                                  .plan = &extend.sweep.plan,
                                  .fill = fill,
                                  .context = &extend};
    enum status status = command_whole_start(&whole, line, error);
    if (status)
        return status;
    status = look(&extend, line, error);
    if (!status)
        status = command_whole_make(&whole, error);
    if (!status)
        printf("%s: %" PRId64 " of %" PRId64
               " candidates are those of %s; the others: thetasweep run "
               "%s -o %s --resume\n",
               whole.path, extend.found, extend.sweep.space.candidates, extend.path, line->word[0],
               whole.path);
    release(&extend);
    wire_end(whole.wire, status);
    return status;
}

static const struct command_option options[] = {
    {"output", "LARGER.h5", "the archive of the larger sweep; it must not exist yet", 'o'},
    {"set", "KEY=VALUE", "overrides a parameter of the sweep file, as for run", 0},
    {0},
};

const struct command command_extend = {
    .name = "extend",
    .words = "SWEEP.yaml RUN.h5",
    .least = 2,
    .most = 2,
    .sentence = "Begins the archive of a sweep with the candidates that another archive has of it.",
    .details = "The sweep may have more values, axes or samples, or others: whatever has the same "
               "settings is taken "
               "over, and 'thetasweep run SWEEP.yaml -o LARGER.h5 --resume' runs the rest.",
    .options = options,
    .run = run,
};
