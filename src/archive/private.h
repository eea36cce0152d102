/* What the files of the archive share: the table of its datasets, the open file, and reading and
 * writing a box of a dataset. */
#ifndef ARCHIVE_PRIVATE_H
#define ARCHIVE_PRIVATE_H

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

/* One candidate's own sizes. */
struct archive_own {
    int32_t size[ARCHIVE_SIZES];
    double interval;                     /* ms between recorded steps */
    unsigned char free[RULE_PARAMETERS]; /* by the union of parameters */
};

struct archive {
    char *path;
    hid_t file;
    bool mpi;
    struct archive_plan plan;
    struct archive_own *own;                        /* [candidates] */
    hid_t dataset[FIELD_COUNT], space[FIELD_COUNT]; /* 0 where the plan has none */
    const struct space *sweep;                      /* NULL for a reader */
    unsigned char *row;                             /* scratch: the rows of one slot */
    int disk;                                       /* descriptor for fdatasync(); below 0: none */
    bool dirty;                                     /* written since the last archive_sync() */
    double synced;                                  /* its time */
    struct error failure;                           /* of the listener */
};

/* A box of a dataset. */
struct archive_box {
    hsize_t start[ARCHIVE_RANK], count[ARCHIVE_RANK];
};

/* table.c */

/* The name and meaning of a dimension's scale. */
struct archive_scale {
    const char *name, *units, *description;
};
extern const struct archive_scale archive_scale_table[DIM_COUNT];
const char *archive_order(int field); /* of the data under a checksum; NULL for other fields */
int archive_rank(const struct archive_field *field);
hid_t archive_memory_type(const struct archive_field *field); /* TYPE_TEXT: the caller closes it */
size_t archive_type_bytes(const struct archive_field *field);
bool archive_planned(const struct archive_plan *plan, int field);

/* plan.c */
void archive_extents(hsize_t extent[DIM_COUNT], const struct archive_plan *plan);
double archive_field_bytes(const struct archive_field *field, const hsize_t extent[DIM_COUNT]);
void archive_own_sizes(struct archive_own *own, const struct archive_plan *plan,
                       const struct settings *settings);

/* file.c */

/* HDF5 is silent from now on; what it says of a failure is kept for archive_complain(). */
void archive_keep_reasons(void);

/* Adds a message with the innermost one of HDF5: "path: dataset: what: why". */
enum status archive_complain(struct error *error, const char *path, const char *dataset,
                             const char *what);
double archive_clock(void); /* seconds of a steady clock */
enum status archive_open_fields(struct archive *archive, struct error *error);
void archive_release(struct archive *archive);
struct archive_box archive_at(const struct archive *archive, int field, int indices,
                              const int64_t *index);
enum status archive_write(struct archive *archive, int field, const struct archive_box *box,
                          const void *data, struct error *error);
enum status archive_read(struct archive *archive, int field, const struct archive_box *box,
                         void *data, struct error *error);

/* make.c: objects of a file that is being created. Messages name the object, not the
 * file. */
enum status archive_make_dataset(hid_t file, const char *path, const struct archive_field *field,
                                 const hsize_t extent[DIM_COUNT], const hid_t scale[DIM_COUNT],
                                 struct error *error);

/* What a scale holds: names of `length` bytes each, or times interval, 2 interval, ..., or, when
 * both are 0, the index. */
struct archive_marks {
    const char *names;
    size_t length;
    double interval;
};
enum status archive_make_scale(hid_t *scale, hid_t file, const char *prefix, enum archive_dim dim,
                               hsize_t extent, const struct archive_marks *marks,
                               struct error *error);
void archive_close_scales(const hid_t scale[DIM_COUNT]);
enum status archive_make_text(hid_t file, const char *path, const char *text,
                              const char *description, struct error *error);
bool archive_make_attribute(hid_t object, const char *name, const char *text);

/* commit.c */

/* Fields with bulk data that belong to evaluation `evaluation` of `candidate`, in the order of the
 * checksum; returns how many. */
enum { BULK_MOST = 13 };
int archive_bulk(int field[BULK_MOST], const struct archive *archive, int64_t candidate,
                 int evaluation);
struct archive_box archive_bulk_box(const struct archive *archive, int field, int64_t candidate,
                                    int seed);
double archive_norm(const double *vector, int count);

/* The record of a slot in the order of the checksum, as bytes; returns how many. */
size_t archive_record_bytes(const struct archive *archive, int kind);
/* Where the parts of the record lie in these bytes. */
struct archive_record {
    void *loss, *accuracy, *criterion, *frozen_loss, *frozen_accuracy, *gradient, *reward;
};
struct archive_record archive_record(const struct archive *archive, int kind, unsigned char *bytes);

/* start.c */

/* How many rows of /provenance are used. */
enum status archive_count_starts(struct archive *archive, int64_t *count, struct error *error);

/* replay.c */
void archive_replay_path(char path[ARCHIVE_PATH], const int64_t triple[3], const char *name);
double archive_replay_bytes(const struct space *space);
enum status archive_replay_create(hid_t file, const struct space *space, struct error *error);
enum status archive_replay_end(struct archive *archive, const struct archive_result *result,
                               struct error *error);

/* resolved.c */

/* The resolved configuration of the whole sweep as text, malloc'ed; NULL when out of memory. */
char *archive_resolved(const struct space *space);

/* Its CRC-32 in 8 hexadecimal digits. */
void archive_hash(char hash[9], const char *resolved);

#endif
