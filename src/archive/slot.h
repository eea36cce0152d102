/* The slot of a job: its record, which is under the checksum first, and the bulk that goes on with
 * it. */
#ifndef ARCHIVE_SLOT_H
#define ARCHIVE_SLOT_H

#include "archive/file.h"

/* Local. The field of a slot's part. */
int archive_slot_field(int kind, enum archive_slot slot);

/* Local. Bytes of this part of one slot, with all of its dimensions behind the seed; 0: the archive
 * has none of it. That may be since an earlier program made it: it stays without. */
size_t archive_slot_bytes(const struct archive *archive, int kind, enum archive_slot slot);

/* Local. The record of a slot are its parts that are under the checksum, in the order of the table:
 * where a part begins; at SLOT_COUNT the bytes of all. */
size_t archive_record_place(const struct archive *archive, int kind, enum archive_slot slot);

/* Local. Fields with bulk data that belong to evaluation `evaluation` of `candidate`, in the order
 * of the checksum; returns how many. */
int archive_bulk(int field[FIELD_SINGLE], const struct archive *archive, int64_t candidate,
                 int evaluation);

/* Local. Where the bulk of a held-out seed lies, cut to the candidate's own sizes; its bytes. */
struct archive_box archive_bulk_box(const struct archive *archive, int field, int64_t candidate,
                                    int seed);
size_t archive_box_bytes(int field, const struct archive_box *box);

/* Local. A row of the union of parameters from the candidate's own ones, NaN elsewhere; and back. */
void archive_spread(double *row, const struct archive *archive, int64_t candidate,
                    const double *values);
void archive_gather(double *values, const struct archive *archive, int64_t candidate,
                    const double *row);

/* Local. Euclidean norm. */
double archive_norm(const double *vector, int count);

#endif
