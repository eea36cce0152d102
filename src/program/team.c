/* What a command needs that works with all ranks: MPI, signals, and the sweep on every rank. */
#include "cluster/wire.h"
#include "program/command.h"

/* Seconds that ranks wait for each other at the start. */
#define WATCH 600.0

static enum status leave(struct wire *wire, bool first, enum status status, struct error *error)
{
    wire_end(wire, status);
    if (!first)
        error_free(error);
    return status;
}

enum status command_team_start(struct command_team *team, const struct command_line *line,
                               struct error *error)
{
    enum status status = wire_start(&team->wire, WATCH, error);
    if (status)
        return status;
    command_catch_signals();
    team->first = wire_rank(team->wire) == 0;
    if (team->first) // its own work may take long, and it waits for nobody
        wire_watch(team->wire, 0, STATUS_OK);
    status = team->first ? command_sweep_read(&team->sweep, line, error) : STATUS_OK;
    wire_watch(team->wire, WATCH, STATUS_FAILED);
    status = wire_decide(team->wire, (int)status);
    if (status)
        return leave(team->wire, team->first, status, error);
    status = command_sweep_share(&team->sweep, team->wire, line, error);
    wire_watch(team->wire, 0, STATUS_OK);
    if (status && team->first)
        command_sweep_free(&team->sweep);
    return status ? leave(team->wire, team->first, status, error) : STATUS_OK;
}

enum status command_team_end(struct command_team *team, enum status status, struct error *error)
{
    command_sweep_free(&team->sweep);
    return leave(team->wire, team->first, status, error);
}
