#include "program/whole.h"

#include <stdio.h>
#include <unistd.h>

#include "archive/archive.h"

enum status command_whole_start(struct command_whole *whole, const struct command_line *line,
                                struct error *error)
{
    const char *name = line->command->name;
    if (!whole->path)
        return error_add(error, STATUS_USAGE, "%s: missing -o RUN.h5, where the whole goes", name);
    if (snprintf(whole->fresh, sizeof whole->fresh, "%s.%s", whole->path, whole->ending) >=
        (int)sizeof whole->fresh)
        return error_add(error, STATUS_USAGE, "%.60s...: the name is too long", whole->path);
    enum status status = wire_start(&whole->wire, 0, error);
    if (status)
        return status;
    int ranks = wire_ranks(whole->wire);
    if (ranks == 1)
        return STATUS_OK;
    status = error_add(error, STATUS_USAGE, "%s: found %d ranks, allowed: 1", name, ranks);
    wire_end(whole->wire, status);
    return status;
}

static enum status fill(struct command_whole *whole, struct error *error)
{
    const struct archive_team team = {.ranks = 1, .workers = 1};
    struct archive_plan plan;
    struct archive *archive;
    enum status status = archive_plan(&plan, whole->plan, error);
    if (status)
        return status;
    status = archive_create(whole->fresh, &plan, &team, error);
    archive_plan_free(&plan);
    if (!status)
        status = archive_open(&archive, whole->fresh, wire_communicator(whole->wire),
                              whole->plan->space, error);
    if (status)
        return status;
    status = whole->fill(whole->context, archive, error);
    enum status closed = archive_close(archive, error);
    return status ? status : closed;
}

enum status command_whole_make(struct command_whole *whole, struct error *error)
{
    struct archive_lock lock;
    if (access(whole->path, F_OK) == 0)
        return error_add(error, STATUS_USAGE, "%s: found a file of this name, allowed: a new name",
                         whole->path);
    enum status status = archive_lock(&lock, whole->path, error);
    if (status)
        return status;
    unlink(whole->fresh);
    status = fill(whole, error);
    if (!status && rename(whole->fresh, whole->path) != 0)
        status =
            error_add_errno(error, STATUS_FAILED, "%s: cannot be given this name", whole->path);
    if (status)
        unlink(whole->fresh);
    archive_unlock(&lock);
    return status;
}
