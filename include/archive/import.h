/* HDF5 files that a sweep file names: trials for the task `file`, and weights to start from. Read
 * once by every rank and handed as plain arrays to the task and the network. */
#ifndef IMPORT_H
#define IMPORT_H

#include "config/settings.h"

/* Local. Says which sweep file is read: paths are relative to its folder. */
void import_start(const char *sweep);

/* Local. Reads the files that the settings name, unless that was done before, and checks what they
 * hold against the settings; for space_create(), ahead of the checks that look at trials. */
void import_check(const struct settings *settings, struct settings_problems *problems);

/* A file that was read; it is known as long as the program lives. */
struct import_file {
    const struct import_file *next;
    char path[SETTINGS_PATH]; /* as in the settings */
    unsigned long sum; /* CRC-32 of the numbers that were taken from it, with their extents */
};

/* Local. The files that were read so far, the last one first; NULL: none. */
const struct import_file *import_files(void);

#endif
