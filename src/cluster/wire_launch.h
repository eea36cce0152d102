/* What the launcher says, and what MPI is told, before MPI is there. Private to wire.c. */
#ifndef WIRE_LAUNCH_H
#define WIRE_LAUNCH_H

#include <stdbool.h>

/* Local. How many ranks there will be, and how many of them on this host; 1: no launcher says. */
double wire_launch_ranks(void);
double wire_launch_local(void);

/* Local. Whether mpirun was told to let the other ranks live when one dies. */
bool wire_launch_outlives(void);

/* Local. How many processes a launcher of another MPI (MPICH's, Intel's, SLURM's PMI-2) has started, of
 * which our library knows nothing; 0: there is none. */
long wire_launch_foreign(void);

/* Local. Tells Open MPI what it should do for this program, where the user has not said otherwise. */
void wire_launch_advise(void);

#endif
