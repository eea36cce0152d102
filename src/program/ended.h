/* How a run ended. */
#ifndef PROGRAM_ENDED_H
#define PROGRAM_ENDED_H

#include "program/command.h"

/* Local. Writes the exit status into PATH.status, since mpirun does not tell it after a rank has died. */
void command_write_status(const char *path, enum status status);

#endif
