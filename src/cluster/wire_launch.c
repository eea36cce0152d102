#include "cluster/wire_launch.h"

#include <stdlib.h>
#include <string.h>

static double number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtod(text, NULL) : 1;
}

double wire_launch_ranks(void)
{
    return number("OMPI_COMM_WORLD_SIZE");
}

double wire_launch_local(void)
{
    return number("OMPI_COMM_WORLD_LOCAL_SIZE");
}

bool wire_launch_outlives(void)
{
    const char *recovery = getenv("OMPI_MCA_orte_enable_recovery");
    return recovery && strcmp(recovery, "0") != 0;
}

long wire_launch_foreign(void)
{
    const char *size = getenv("PMI_SIZE");
    bool ours = getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_RANK");
    long ranks = size && !ours ? strtol(size, NULL, 10) : 0;
    return ranks > 1 ? ranks : 0;
}

void wire_launch_advise(void)
{
    bool ours = getenv("OMPI_COMM_WORLD_RANK"), alone = !ours && !getenv("PMIX_RANK");
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
    /* Shared file pointers, which nobody uses here, abort on paths of 245 bytes and more. */
    setenv("OMPI_MCA_sharedfp", "^lockedfile,sm", 0);
    /* Alone, without a launcher, no daemon is needed, nor the ssh that would start it. */
    if (alone)
        setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    /* On one host messages go through memory. Else Open MPI looks for networks; the libraries of Intel's
     * two take 0.1 s each, present or not. */
    if (alone || (ours && wire_launch_local() == wire_launch_ranks()))
        setenv("OMPI_MCA_pml", "ob1", 0);
}
