/* By which ranks messages travel: arithmetic on numbers of ranks. Ranks from 1 on stand in blocks of a
 * relay and the `group` workers behind it; rank 0 and the workers of a block speak through its relay.
 * Private to wire.c. */
#ifndef WIRE_ROUTES_H
#define WIRE_ROUTES_H

#include <stdbool.h>

#include "base/error.h"

struct wire_routes {
    int group;      /* workers behind a relay; 0: there are no relays */
    double heard;   /* wire_attention() when the last message came, from the relay on a worker */
    bool *detached; /* [ranks]: workers that speak to rank 0 without their relay; NULL: no relays */
};

/* Local. */
enum status wire_routes_create(struct wire_routes *routes, int group, int ranks,
                               struct error *error);
void wire_routes_free(struct wire_routes *routes);

/* Local. Whether `rank` is a relay. */
bool wire_routes_relays(const struct wire_routes *routes, int rank);

/* Local. The last rank behind the relay `rank`; `rank` itself if it is none. */
int wire_routes_last(const struct wire_routes *routes, int rank, int ranks);

/* Local. To whom `rank` gives a message for `to`. */
int wire_routes_next(const struct wire_routes *routes, int rank, int to);

/* Local. From now on `rank` and rank 0 speak without a relay; false: they do already. */
bool wire_routes_detach(struct wire_routes *routes, int rank);

/* Local. Workers are numbered from 0, relays left out; -1: `rank` is no worker. */
int wire_routes_workers(const struct wire_routes *routes, int ranks);
int wire_routes_worker(const struct wire_routes *routes, int rank);
int wire_routes_rank(const struct wire_routes *routes, int worker);

#endif
