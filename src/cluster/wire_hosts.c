/* Which hosts the ranks are on, and how many cores they have there. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/wire.h"

/* Where a rank is, and the cores that its launcher leaves it. */
struct place {
    char name[MPI_MAX_PROCESSOR_NAME];
    cpu_set_t cores; /* none where the system does not say */
};

static int compare_names(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    return strcmp(left->name, right->name);
}

/* How many of the places from the first on are on its host; `cores` gets all that they may use there. */
static int count_host(const struct place *place, int left, cpu_set_t *cores)
{
    int ranks = 0;
    CPU_ZERO(cores);
    for (; ranks < left && strcmp(place->name, place[ranks].name) == 0; ranks++)
        CPU_OR(cores, cores, &place[ranks].cores);
    return ranks;
}

static void write_host(FILE *out, const char *name, int ranks, int cores)
{
    fprintf(out, "%s x %d", name, ranks);
    if (cores > 0)
        fprintf(out, " on %d core%s", cores, cores > 1 ? "s" : "");
}

/* All hosts, or only those with more ranks than cores; rank 0 mostly waits and needs none. */
static char *write_hosts(const struct place *place, int ranks, bool crowded)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    for (int i = 0, here; out != NULL && i < ranks; i += here) {
        cpu_set_t set;
        here = count_host(place + i, ranks - i, &set);
        int cores = CPU_COUNT(&set);
        if (crowded && (cores == 0 || here <= cores + 1))
            continue;
        if (ftell(out) > 0)
            fputs(", ", out);
        write_host(out, place[i].name, here, cores);
    }
    if (out != NULL)
        fclose(out);
    return text;
}

char *wire_hosts(struct wire *wire, char **crowded)
{
    MPI_Comm comm = wire_communicator(wire);
    bool first = wire_rank(wire) == 0;
    int ranks = wire_ranks(wire), length;
    struct place mine = {.name = ""};
    MPI_Get_processor_name(mine.name, &length);
    if (sched_getaffinity(0, sizeof mine.cores, &mine.cores) != 0)
        CPU_ZERO(&mine.cores);
    struct place *place = first ? malloc((size_t)ranks * sizeof *place) : NULL;
    char *text = *crowded = NULL;
    if (wire_decide(wire, place != NULL))
        MPI_Gather(&mine, sizeof mine, MPI_BYTE, place, sizeof mine, MPI_BYTE, 0, comm);
    if (place != NULL) {
        qsort(place, (size_t)ranks, sizeof *place, compare_names);
        text = write_hosts(place, ranks, false);
        *crowded = write_hosts(place, ranks, true);
    }
    free(place);
    return text;
}
