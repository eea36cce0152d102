/* Where a new archive is made, and how it gets its name. */
#ifndef ARCHIVE_PLACE_H
#define ARCHIVE_PLACE_H

#include "base/error.h"

/* What may be done about a name that is taken, and about a disk that is full. */
struct archive_remedy {
    const char *taken, *full;
};

/* Local. Whether `path` is free, its folder can be written, and the disk has room for `bytes`. Makes `fresh`,
 * an empty file, or leaves nothing behind: STATUS_USAGE. */
enum status archive_take_place(const char *path, const char *fresh, double bytes,
                               const struct archive_remedy *remedy, struct error *error);

/* Local. Brings `fresh` to the disk and names it `path`, never over another file. */
enum status archive_put_in_place(const char *fresh, const char *path, struct error *error);

#endif
