#include "cluster/wire_routes.h"

#include <stdlib.h>

enum status wire_routes_create(struct wire_routes *routes, int group, int ranks,
                               struct error *error)
{
    if (group <= 0)
        return STATUS_OK;
    routes->group = group;
    routes->detached =
        error_calloc(error, (unsigned long)ranks, sizeof *routes->detached, "routes");
    return routes->detached ? STATUS_OK : STATUS_FAILED;
}

void wire_routes_free(struct wire_routes *routes)
{
    free(routes->detached);
    *routes = (struct wire_routes){0};
}

/* The relay of the block in which `rank` stands. */
static int relay_of(const struct wire_routes *routes, int rank)
{
    return rank - (rank - 1) % (routes->group + 1);
}

bool wire_routes_relays(const struct wire_routes *routes, int rank)
{
    return routes->group > 0 && rank > 0 && relay_of(routes, rank) == rank;
}

int wire_routes_last(const struct wire_routes *routes, int rank, int ranks)
{
    if (!wire_routes_relays(routes, rank))
        return rank;
    return rank + routes->group < ranks ? rank + routes->group : ranks - 1;
}

int wire_routes_next(const struct wire_routes *routes, int rank, int to)
{
    int worker = rank ? rank : to; // one end is rank 0, or a relay
    if (routes->group == 0 || wire_routes_relays(routes, rank) || routes->detached[worker])
        return to;
    return relay_of(routes, worker);
}

bool wire_routes_detach(struct wire_routes *routes, int rank)
{
    bool is_new = routes->group > 0 && !wire_routes_relays(routes, rank) && !routes->detached[rank];
    if (is_new)
        routes->detached[rank] = true;
    return is_new;
}

int wire_routes_workers(const struct wire_routes *routes, int ranks)
{
    int others = ranks - 1, block = routes->group + 1;
    return routes->group ? others - (others + block - 1) / block : others;
}

int wire_routes_worker(const struct wire_routes *routes, int rank)
{
    if (rank == 0 || wire_routes_relays(routes, rank))
        return -1;
    return routes->group ? rank - 2 - (rank - 1) / (routes->group + 1) : rank - 1;
}

int wire_routes_rank(const struct wire_routes *routes, int worker)
{
    return routes->group ? worker + 2 + worker / routes->group : worker + 1;
}
