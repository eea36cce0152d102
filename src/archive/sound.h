/* Whether what an archive says of itself fits together: nothing that it states is the size of a buffer or
 * an index before. */
#ifndef ARCHIVE_SOUND_H
#define ARCHIVE_SOUND_H

#include "archive/file.h"

/* Local. STATUS_FAILED with the message "PATH: DATASET: found ..., allowed: ...: the file is damaged". */
enum status archive_damaged(const struct archive *archive, const char *path, struct error *error,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Local. The CRC-32 of the resolved configuration in 8 hexadecimal digits. */
void archive_hash(char hash[9], const char *resolved);

/* Local. Types, places and extents of all datasets whose handles were taken, as the rows of fields.h
 * have them; `archive->extent` is known from here on. */
enum status archive_check_fields(struct archive *archive, struct error *error);

/* Local. One number of a dataset of int32, of which -1 says "none" and others are below `end`; -1 on
 * failure too. */
enum status archive_read_index(struct archive *archive, int field, int indices, const int64_t *at,
                               int32_t *index, int32_t end, struct error *error);

/* Local. The own sizes of all candidates, which were read, and the plan's, which are the largest. */
enum status archive_check_own(struct archive *archive, struct error *error);

#endif
