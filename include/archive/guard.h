/* HDF5 does not survive every damaged file: it may crash, or never come back. */
#ifndef GUARD_H
#define GUARD_H

#include <hdf5.h>
#include <stdbool.h>

/* Seconds of computing that HDF5 may take for one look at what a file says of itself. */
enum { GUARD_SECONDS = 5, GUARD_ENDLESS = 0 };

/* Local. Between the two HDF5 looks into the file `path`, which must outlive that. A crash in between
 * or more computing than `seconds` (GUARD_ENDLESS: any) ends the process with STATUS_FAILED and a message
 * that names the file. They may be nested: the outermost pair counts. */
void guard_begin(const char *path, int seconds);
void guard_end(void);

/* Local. Whether `count` elements of `size` bytes each, all of a dataset, can stand in its file. */
bool guard_fits(hid_t dataset, hsize_t count, size_t size);

#endif
