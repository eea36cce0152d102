/* The sweep file as all commands read it: parsed, and every candidate checked by every module. */
#include <stdlib.h>

#include "archive/import.h"
#include "model/learner.h"
#include "model/lifetime.h"
#include "model/network.h"
#include "model/task.h"
#include "program/command.h"
#include "search/estimator.h"
#include "search/optimizer.h"

const settings_check command_checks[] = {import_check,    task_check,      network_check,
                                         rule_check,      learner_check,   lifetime_check,
                                         estimator_check, optimizer_check, NULL};

enum status command_sweep_read(struct command_sweep *sweep, const struct command_line *line,
                               struct error *error)
{
    const char **set =
        error_calloc(error, (unsigned long)line->options + 1, sizeof *set, "command line");
    if (!set)
        return STATUS_FAILED;
    int sets = command_values(set, line, "set");
    enum status status = config_read(&sweep->config, line->word[0], sets, set, error);
    free(set);
    if (status)
        return status;
    import_start(line->word[0]);
    status = search_plan_create(&sweep->plan, &sweep->space, &sweep->config, command_checks, error);
    if (status)
        config_free(&sweep->config);
    return status;
}

enum status command_sweep_keep(struct command_sweep *sweep, struct archive *archive,
                               struct error *error)
{
    if (!sweep->plan.choice.free)
        return STATUS_OK;
    struct config held;
    char *text = archive_read_resolved(archive, error);
    enum status status =
        text ? config_parse_resolved(&held, sweep->config.path, text, error) : STATUS_FAILED;
    free(text);
    if (status)
        return status;
    int gradient = held.base.meta.gradient;
    config_free(&held);
    search_plan_settle(&sweep->plan, &sweep->config, gradient);
    return STATUS_OK;
}

void command_sweep_free(struct command_sweep *sweep)
{
    search_plan_free(&sweep->plan);
    config_free(&sweep->config);
}
