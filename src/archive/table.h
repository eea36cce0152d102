/* The schema: what datasets an archive has, with their types and named dimensions. One row each; all
 * else that knows datasets loops over the rows. */
#ifndef ARCHIVE_TABLE_H
#define ARCHIVE_TABLE_H

#include <hdf5.h>

#include "archive/archive.h"

/* Named dimensions; each has a scale of this name in the file. */
enum archive_dim {
    DIM_NONE = 0,
    DIM_CANDIDATE,
    DIM_ITERATION,
    DIM_ITERATE,
    DIM_SEED,
    DIM_EVALUATION,
    DIM_HELD_OUT,
    DIM_PARAMETER,
    DIM_TRIAL,
    DIM_CONDITION,
    DIM_STEP,
    DIM_UNIT,
    DIM_UNIT_FROM,
    DIM_INPUT,
    DIM_OUTPUT,
    DIM_FAILURE,
    DIM_START,
    /* of replay records only */
    DIM_STATE,
    DIM_L,
    DIM_K,
    DIM_CLAMPED,
    DIM_COUNT
};

enum archive_type { TYPE_F64, TYPE_F32, TYPE_I64, TYPE_I32, TYPE_U32, TYPE_U8, TYPE_TEXT };

/* FILL_NONE: bulk that is never filled. FILL_LEAST: NaN, -1, 0 or "" by type. */
enum archive_fill { FILL_NONE, FILL_LEAST };

enum {
    ARCHIVE_RANK = 5,     /* dimensions at the most */
    ARCHIVE_STARTS = 256, /* rows of /provenance */
    ARCHIVE_FAILURES = 256,
    ARCHIVE_FAILURE = 512, /* bytes of a failure's text */
    ARCHIVE_PATH = 128,    /* bytes of the path of a dataset */
};

/* One dataset. */
struct archive_field {
    const char *path;
    enum archive_type type;
    enum archive_dim dim[ARCHIVE_RANK + 1]; /* ends with DIM_NONE */
    enum archive_fill fill;
    int length; /* of TYPE_TEXT */
    const char *units, *description;
};

/* Of /lifetimes and /evaluations, in the same order. */
enum archive_slot {
    SLOT_LOSS,
    SLOT_ACCURACY,
    SLOT_CRITERION,
    SLOT_FROZEN_LOSS,
    SLOT_FROZEN_ACCURACY,
    SLOT_REWARD,
    SLOT_STATE,
    SLOT_ATTEMPT,
    SLOT_CHECKSUM,
    SLOT_SECONDS,
    SLOT_RANK,
    SLOT_COUNT
};

/* Of /provenance. */
enum {
    START_RANKS,
    START_STATUS,
    START_TIME, /* from here on texts */
    START_VERSION,
    START_GIT,
    START_COMPILER,
    START_FLAGS,
    START_MPI,
    START_HDF5,
    START_BLAS,
    START_CORE,
    START_RATE,
    START_HOSTS,
    START_SLURM,
    START_COUNT
};

/* Rows of archive_table. */
enum {
    FIELD_THETA,
    FIELD_GRADIENT,
    FIELD_LOSS,
    FIELD_SEEDS_USED,
    FIELD_HELD_OUT_LOSS,
    FIELD_HELD_OUT_ACCURACY,
    FIELD_HELD_OUT_USED,
    FIELD_SCALE,
    FIELD_SCALE_STATE,
    FIELD_SCALE_CHECKSUM,
    FIELD_TRAIN,
    FIELD_EVALUATE = FIELD_TRAIN + SLOT_COUNT,
    FIELD_TRAIN_GRADIENT = FIELD_EVALUATE + SLOT_COUNT,
    FIELD_TRAIN_NORM,
    FIELD_EVALUATED_ITERATION,
    FIELD_OWN_SIZE, /* ARCHIVE_SIZES of them */
    FIELD_OWN_FREE = FIELD_OWN_SIZE + ARCHIVE_SIZES,
    FIELD_OWN_INTERVAL,
    FIELD_PROVENANCE,                             /* START_COUNT of them */
    FIELD_RATES = FIELD_PROVENANCE + START_COUNT, /* before, first, last */
    FIELD_WEIGHTS = FIELD_RATES + 3,              /* initial, first, last */
    FIELD_INITIAL = FIELD_WEIGHTS + 3,            /* input, readout, bias */
    FIELD_TRAINED = FIELD_INITIAL + 3,            /* input, readout: first, last */
    FIELD_FAILURE = FIELD_TRAINED + 4,
    FIELD_COUNT
};
extern const struct archive_field archive_table[FIELD_COUNT];

/* The name and meaning of a dimension's scale. */
struct archive_scale {
    const char *name, *units, *description;
};
extern const struct archive_scale archive_scale_table[DIM_COUNT];

/* Local. The attribute `order` of a checksum: which data are under it; NULL for other fields. */
const char *archive_order(int field);

/* Local. Dimensions of a row. */
int archive_rank(const struct archive_field *field);

/* Local. Its type in memory and in the file; the caller closes that of TYPE_TEXT. */
hid_t archive_memory_type(const struct archive_field *field);
size_t archive_type_bytes(const struct archive_field *field);

/* Local. Bytes of a dataset with these extents. */
double archive_field_bytes(const struct archive_field *field, const hsize_t extent[DIM_COUNT]);

/* Local. Whether an archive of this plan has the dataset. */
bool archive_planned(const struct archive_plan *plan, int field);

#endif
