/* Ends of a run that Open MPI does not bring about by itself. Private to the wire module. */
#ifndef WIRE_GUARD_H
#define WIRE_GUARD_H

/* Local, before MPI and before any thread. Where this process was started by mpirun or a daemon of it
 * and is rank 0: `seconds` after its end that launcher is ended, if it is still there. A process that said
 * wire_guard_last() has `last` seconds to end, or is taken for ended. */
void wire_guard(double seconds, double last);

/* Local. Nothing but the end of MPI and of the process is left to do. */
void wire_guard_last(void);

/* Local. Asks the launcher to end all ranks, if this is rank 0, or rank 1 and rank 0 does not. */
void wire_guard_end(void);

#endif
