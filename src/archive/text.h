/* Datasets of texts, and those of their rows that are written while a run goes on. */
#ifndef ARCHIVE_TEXT_H
#define ARCHIVE_TEXT_H

#include "archive/file.h"

/* Local. Fills a dataset of `count` texts that is being made, from texts `stride` bytes apart; with 0
 * all are the same one. False: HDF5 refused, or there is no memory. */
bool archive_fill_texts(hid_t dataset, const char *text, size_t stride, hsize_t count);

/* Local. All texts of a dataset, `*count` of them, in one piece of memory which the caller frees; NULL
 * with a message on failure. What archive_write_text() has written since is not always seen. */
char **archive_read_texts(size_t *count, struct archive *archive, const char *path,
                          struct error *error);

/* Local. Writes row `row` of a dataset of fields.h, cut to the room that the row has. */
enum status archive_write_text(struct archive *archive, int field, int64_t row, const char *text,
                               struct error *error);

/* Local. The same of a dataset that is none of fields.h. */
bool archive_put_text(const struct archive *archive, hid_t dataset, int64_t row, const char *text);

/* Local. Empties every row of the texts of fields.h, of an archive that is being made. It has been
 * closed since its objects were, so that HDF5 has nothing of them left to write. */
enum status archive_clear_texts(struct archive *archive, struct error *error);

#endif
