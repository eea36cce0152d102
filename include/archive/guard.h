/* HDF5 does not survive every damaged file: it may crash, or never come back. */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>

/* Seconds of computing that HDF5 may take for one look at what a file says of itself. */
#define GUARD_SECONDS 5

/* Local. Between the two HDF5 looks into the file `path`, which must outlive that. A crash in between or,
 * with `timed`, more than GUARD_SECONDS of computing ends the process with STATUS_FAILED and a message
 * that names the file. They may be nested: the outermost pair counts. */
void guard_begin(const char *path, bool timed);
void guard_end(void);

#endif
