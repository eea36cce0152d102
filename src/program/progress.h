/* The line that tells how far a run is. */
#ifndef PROGRAM_PROGRESS_H
#define PROGRAM_PROGRESS_H

#include "cluster/coordinator.h"

enum { COMMAND_PROGRESS = 256 }; /* bytes of the line */

/* Local. Writes lifetimes done and in all, rate, time left (or taken), the best loss with its standard
 * error, and what went wrong, in at most `width` columns: what is missed least is shortened, then left
 * out. */
void command_progress(char line[COMMAND_PROGRESS], const struct coordinator_progress *progress,
                      int width);

/* Local. Writes a number with four digits. */
void command_four_digits(char text[32], double number);

#endif
