/* The open file: one handle for every dataset, and boxes read and written through it. */
#ifndef ARCHIVE_FILE_H
#define ARCHIVE_FILE_H

#include "archive/plan.h"

struct archive_derived;

struct archive {
    char *path;
    hid_t file;
    struct archive_plan plan;
    hsize_t extent[DIM_COUNT]; /* of the file's dimensions; 0 where it has none of this name */
    struct archive_own *own;   /* [candidates] */
    hid_t dataset[FIELD_COUNT], space[FIELD_COUNT]; /* 0 where the plan has none */
    const struct space *sweep;                      /* NULL for a reader */
    struct archive_derived
        *derived;         /* what the listener is told is compared, not written; or NULL */
    unsigned char *row;   /* scratch: the rows of one slot */
    int disk;             /* descriptor, beside HDF5's own */
    bool dirty;           /* written since the last archive_sync() */
    double synced;        /* its time */
    int64_t failures;     /* used lines of /log/failure; -1: not counted */
    struct error failure; /* of the listener */
};

/* The root attribute of a copy that archive_pack() made. */
#define ARCHIVE_PACKED "packed"

/* A box of a dataset. */
struct archive_box {
    hsize_t start[ARCHIVE_RANK], count[ARCHIVE_RANK];
};

/* Local. HDF5 is silent from now on; what it says of a failure is kept for archive_complain(). */
void archive_keep_reasons(void);

/* Local. Adds a message with the innermost one of HDF5: "path: dataset: what: why". Returns
 * STATUS_FAILED. */
enum status archive_complain(struct error *error, const char *path, const char *dataset,
                             const char *what);

/* Local. The same with STATUS_USAGE for a file that cannot be opened. */
enum status archive_complain_open(struct error *error, const char *path);

/* Local. guard_begin() with the file of the archive: for every look into it, that of numbers too, whose
 * pieces may be damaged where nothing has looked yet. `bytes` are read in it, in a reader a megabyte in a
 * second at the least; ranks that write wait for each other for as long as it takes. */
void archive_guard(const struct archive *archive, double bytes);

/* Local. The same, for all bytes of the file. */
void archive_guard_whole(const struct archive *archive);

/* Local. Seconds of a steady clock. */
double archive_clock(void);

/* Local. Takes the handle of every dataset that the archive's plan has. */
enum status archive_open_fields(struct archive *archive, struct error *error);

/* Local. Closes and frees all that is held, also of an archive that was opened by half. */
void archive_release(struct archive *archive);

/* Local. The box behind the first `indices` indices: all of the dimensions that are left. */
struct archive_box archive_at(const struct archive *archive, int field, int indices,
                              const int64_t *index);

/* Local. The numbers of a box, densely packed, in archive_memory_type(). */
enum status archive_write(struct archive *archive, int field, const struct archive_box *box,
                          const void *data, struct error *error);
enum status archive_read(struct archive *archive, int field, const struct archive_box *box,
                         void *data, struct error *error);

#endif
