/* The sweep file as all commands read it: parsed, and every candidate checked by every module. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/import.h"
#include "cluster/wire.h"
#include "model/learner.h"
#include "model/lifetime.h"
#include "model/network.h"
#include "model/task.h"
#include "program/command.h"
#include "search/alike.h"
#include "search/estimator.h"
#include "search/measured.h"
#include "search/optimizer.h"

const settings_check command_checks[] = {
    import_check,   task_check,      network_check,   rule_check,     learner_check,
    lifetime_check, estimator_check, optimizer_check, measured_check, NULL};

const struct task *command_task(const struct command_line *line, struct error *error)
{
    enum { TASKS = 64 };
    const char *names[TASKS + 1] = {0}, *word = line->word[0], *command = line->command->name;
    for (int i = 0; i < TASKS && task_list[i]; i++) {
        names[i] = task_list[i]->name;
        if (strcmp(word, names[i]) == 0)
            return task_list[i];
    }
    const char *near = settings_closest(word, names);
    if (near)
        error_add(error, STATUS_USAGE, "%s: unknown task '%s'; did you mean '%s'?", command, word,
                  near);
    else
        error_add(error, STATUS_USAGE, "%s: unknown task '%s'; 'thetasweep tasks' tells them all",
                  command, word);
    return NULL;
}

/* Whether what `later` says makes nothing of what `name` said. */
static bool covers(const char *later, const char *name)
{
    size_t length = strlen(later);
    return strncmp(later, name, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

void command_warn_twice(const struct config *config)
{
    const struct config_mark *mark = config->mark;
    for (int i = 0; i < config->marks; i++)
        for (int k = i + 1; k < config->marks; k++)
            if (mark[i].line == 0 && covers(mark[k].name, mark[i].name)) {
                fprintf(stderr,
                        "warning: --set %s has no effect: --set %s follows, and the last "
                        "one counts\n",
                        mark[i].name, mark[k].name);
                break;
            }
}

enum status command_sweep_read(struct command_sweep *sweep, const struct command_line *line,
                               struct error *error)
{
    const char **set =
        error_calloc(error, (unsigned long)line->options + 1, sizeof *set, "command line");
    *sweep = (struct command_sweep){0};
    if (!set)
        return STATUS_FAILED;
    int sets = command_values(set, line, "set");
    enum status status = config_read(&sweep->config, line->word[0], sets, set, error);
    free(set);
    if (status)
        return status;
    command_warn_twice(&sweep->config);
    import_start(line->word[0]);
    status = search_plan_create(&sweep->plan, &sweep->space, &sweep->config, command_checks, error);
    if (!status && search_alike_check(&sweep->plan, error)) {
        search_plan_free(&sweep->plan);
        status = STATUS_USAGE;
    }
    if (status)
        config_free(&sweep->config);
    return status;
}

enum status command_sweep_of(struct command_sweep *sweep, struct archive *archive, const char *path,
                             struct error *error)
{
    static const settings_check no_checks[] = {NULL};
    *sweep = (struct command_sweep){0};
    enum status status = archive_read_configuration(&sweep->config, archive, path, error);
    if (status)
        return status;
    status = search_plan_create(&sweep->plan, &sweep->space, &sweep->config, no_checks, error);
    if (status)
        config_free(&sweep->config);
    return status;
}

struct feed {
    struct search *search;
    void (*speak)(void *context);
    void *context;
    bool taken; /* some outcome was news */
};

static void take(void *context, const struct outcome *outcome)
{
    struct feed *feed = context;
    feed->taken |= search_take(feed->search, outcome);
    if (feed->speak)
        feed->speak(feed->context);
}

enum status command_feed(struct search *search, const struct search_plan *plan,
                         struct archive *archive, int64_t *broken, void (*speak)(void *context),
                         void *context, struct error *error)
{
    struct feed feed = {search, speak, context, false};
    enum status status = STATUS_OK;
    for (bool more = true; !status && more; more = feed.taken && plan->stopping.rungs > 0) {
        feed.taken = false;
        status = archive_read_outcomes(archive, broken, take, &feed, error);
    }
    return status;
}

enum status command_sweep_keep(struct command_sweep *sweep, struct archive *archive,
                               struct error *error)
{
    if (!sweep->plan.choice.free)
        return STATUS_OK;
    struct config held;
    enum status status = archive_read_configuration(&held, archive, sweep->config.path, error);
    if (status)
        return status;
    int gradient = held.base.meta.gradient;
    config_free(&held);
    search_plan_settle(&sweep->plan, &sweep->config, gradient);
    return STATUS_OK;
}

/* The config and space of a rank other than 0, from the texts that it was given. */
static enum status read_shared(struct command_sweep *sweep, const struct command_line *line,
                               int count, const char **texts, struct error *error)
{
    char reason[SETTINGS_VALUE];
    enum status status =
        config_parse_rows(&sweep->config, line->word[0], texts[0], *texts[2] ? texts[2] : NULL,
                          count - 3, texts + 3, error);
    if (status)
        return status;
    import_start(line->word[0]);
    status = settings_set(&sweep->config.base, "meta.gradient", texts[1], reason);
    if (!status)
        status = space_create(&sweep->space, &sweep->config, command_checks, error);
    if (status)
        config_free(&sweep->config);
    return status;
}

enum status command_sweep_share(struct command_sweep *sweep, struct wire *wire,
                                const struct command_line *line, struct error *error)
{
    char gradient[SETTINGS_VALUE] = "";
    bool first = wire_rank(wire) == 0;
    int count = 3 + line->options;
    const char **texts = error_calloc(error, (unsigned long)count, sizeof *texts, "sweep file");
    enum status status = wire_agree(wire, texts ? STATUS_OK : STATUS_FAILED);
    if (status) {
        free(texts);
        return status;
    }
    if (first) {
        settings_get(&sweep->config.base, "meta.gradient", gradient);
        texts[0] = sweep->config.text;
        texts[2] = sweep->config.rows;
    }
    texts[1] = gradient;
    texts[2] = texts[2] ? texts[2] : "";
    count = 3 + command_values(texts + 3, line, "set");
    const char **shared = texts;
    status = wire_share(wire, &count, &shared, error);
    if (!status && !first) {
        *sweep = (struct command_sweep){0};
        status = read_shared(sweep, line, count, shared, error);
    }
    if (shared != texts)
        free(shared);
    free(texts);
    enum status all = wire_agree(wire, status);
    if (all && !status && !first)
        command_sweep_free(sweep);
    return all;
}

void command_sweep_free(struct command_sweep *sweep)
{
    for (int32_t m = 0; sweep->measured && m < sweep->plan.measurements; m++)
        measured_free(&sweep->measured[m]);
    free(sweep->measured);
    free(sweep->found);
    search_plan_free(&sweep->plan);
    config_free(&sweep->config);
}
