/* The collectives of the start and the end: decisions, and texts that all ranks have. */
#include <stdlib.h>
#include <string.h>

#include "cluster/wire.h"

int wire_decide(struct wire *wire, int decision)
{
    MPI_Bcast(&decision, 1, MPI_INT, 0, wire_communicator(wire));
    return decision;
}

enum status wire_agree(struct wire *wire, enum status status)
{
    static const enum status gravity[] = {STATUS_OK, STATUS_INTERRUPTED, STATUS_USAGE,
                                          STATUS_FAILED};
    int mine = 0, worst = 0;
    while (gravity[mine] != status)
        mine++;
    MPI_Allreduce(&mine, &worst, 1, MPI_INT, MPI_MAX, wire_communicator(wire));
    return gravity[worst];
}

/* Points `texts` at the `count` texts that stand one after the other in `bytes`. */
static void find_texts(const char **texts, const char *bytes, int count)
{
    for (int i = 0; i < count; i++) {
        texts[i] = bytes;
        bytes += strlen(bytes) + 1;
    }
}

enum status wire_share(struct wire *wire, int *count, const char ***texts, struct error *error)
{
    MPI_Comm comm = wire_communicator(wire);
    bool first = wire_rank(wire) == 0;
    long size[2] = {*count, 0}; /* texts, bytes */
    for (int i = 0; first && i < *count; i++)
        size[1] += (long)strlen((*texts)[i]) + 1;
    MPI_Bcast(size, 2, MPI_LONG, 0, comm);

    size_t pointers = (size_t)size[0] * sizeof **texts;
    const char **copy = malloc(pointers + (size_t)size[1] + 1);
    bool room = wire_agree(wire, copy == NULL ? STATUS_FAILED : STATUS_OK) == STATUS_OK;
    if (!room || copy == NULL) {
        free(copy);
        return error_add(error, STATUS_FAILED, "out of memory: %ld bytes of the sweep file",
                         size[1]);
    }
    char *bytes = (char *)copy + pointers, *end = bytes;
    for (int i = 0; first && i < *count; i++)
        end = stpcpy(end, (*texts)[i]) + 1;
    MPI_Bcast(bytes, (int)size[1], MPI_CHAR, 0, comm);
    if (first) {
        free(copy);
        return STATUS_OK;
    }
    find_texts(copy, bytes, (int)size[0]);
    *count = (int)size[0];
    *texts = copy;
    return STATUS_OK;
}
