/* The slot of a job: its record, which is under the checksum first, and the bulk that goes on with
 * it. */
#ifndef ARCHIVE_SLOT_H
#define ARCHIVE_SLOT_H

#include "archive/file.h"

/* Local. The field of a slot's part. */
int archive_slot_field(int kind, enum archive_slot slot);

/* Local. The record of a slot in the order of the checksum, as bytes: how many, and where its parts
 * lie in them. */
size_t archive_record_bytes(const struct archive *archive, int kind);
struct archive_record {
    void *loss, *accuracy, *criterion, *frozen_loss, *frozen_accuracy, *gradient, *reward;
};
struct archive_record archive_record(const struct archive *archive, int kind, unsigned char *bytes);

/* Local. Fields with bulk data that belong to evaluation `evaluation` of `candidate`, in the order
 * of the checksum; returns how many. */
enum { BULK_MOST = 13 };
int archive_bulk(int field[BULK_MOST], const struct archive *archive, int64_t candidate,
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
