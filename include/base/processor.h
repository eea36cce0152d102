/* Whether the processor, the compiler and the libraries compute what they should. */
#ifndef PROCESSOR_H
#define PROCESSOR_H

#include "base/error.h"

/* Local. Compares the functions that were chosen for this processor, of vector.h, of linalg.h and
 * of the BLAS, with plain ones on fixed arguments, bit for bit, and the plain ones with known
 * values. Call at the start of every program; takes 0.2 ms. STATUS_OK; STATUS_FAILED with a message
 * that tells the function, what it gave, and what helps; STATUS_USAGE: THETASWEEP_INSTRUCTIONS
 * names what this processor has not. */
enum status processor_check(struct error *error);

/* Local. How many cores this process may use. */
int processor_cores(void);

/* Local. What a lifetime gives back stays with the process for the next one from now on, up to 1 GB. */
void processor_keep_memory(void);

/* Local. What every program does first, with its arguments: sees to it that a write beyond a limit of
 * file sizes fails with a message, keeps memory, fits and starts the BLAS, and checks the processor. If
 * not STATUS_OK the caller must _exit(): libraries without memory may never end by themselves. */
enum status processor_start(char **argv, struct error *error);

#endif
