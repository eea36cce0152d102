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

/* Local. Between the two: HDF5 takes what a damaged file states for sizes of its own buffers, gigabytes of
 * memory. From now on until guard_end() the process gets no more than `worth` bytes, the most that the file
 * can be worth, and GUARD_ROOM beside what it has; what asks for more fails. */
void guard_room(double worth);
#define GUARD_ROOM    0x1p28
#define GUARD_DENSEST 1100 /* bytes that one byte of a file is worth, as deflate has zeros */

/* Local. Whether `count` elements of `size` bytes each, all of a dataset, can stand in its file. */
bool guard_fits(hid_t dataset, hsize_t count, size_t size);

#endif
