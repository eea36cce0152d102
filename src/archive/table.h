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
    DIM_TESTED,
    DIM_TEST,
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
    DIM_PARAMETER_WITH, /* these only where something is measured before the search */
    DIM_MEASUREMENT,
    DIM_MEASURED_NETWORK,
    DIM_MEASURED_STAGE,
    DIM_CHALLENGER, /* only with an optimizer that decides */
    DIM_AXIS, /* only where candidates follow from others: a method that learns, a population */
    DIM_RUNG, /* only where candidates are stopped early */
    /* of replay records only */
    DIM_STATE,
    DIM_L,
    DIM_K,
    DIM_CLAMPED,
    DIM_FACTOR,
    DIM_VARIABLE,
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
    ARCHIVE_ORDER = 2048,  /* bytes of the attribute `order` */
};

/* Which bulk a sweep asks for: what, and when. */
enum archive_recorded { RECORDED_ALWAYS, RECORDED_RATES, RECORDED_WEIGHTS };
enum archive_when { WHEN_BEFORE, WHEN_FIRST, WHEN_LAST };

/* Of /stopping/verdict; 0: not decided. */
enum { ARCHIVE_GOES_ON = 1, ARCHIVE_STOPPED = 2, ARCHIVE_BRED = 3 };

/* One dataset. */
struct archive_field {
    const char *path;
    enum archive_type type;
    enum archive_dim dim[ARCHIVE_RANK + 1]; /* ends with DIM_NONE */
    enum archive_fill fill;
    const char *units, *description;
    int length;    /* room of each text that is written while a run goes on, in bytes */
    bool summed;   /* of slots: under the checksum */
    bool tests;    /* only where there are test seeds */
    bool stopping; /* only where candidates are stopped early */
    bool bred;     /* only in a population */
    enum archive_recorded recorded;
    enum archive_when when; /* unless RECORDED_ALWAYS */
};

/* SLOT_NAME, of /lifetimes, /evaluations and /tests alike. */
enum archive_slot {
#define SLOT(name, ...)  SLOT_##name,
#define TRAIN(name, ...) SLOT_##name,
#include "archive/fields.h"
    SLOT_COUNT
};

/* START_NAME, of /provenance; those from START_TIME on are texts. */
enum {
#define START(name, ...) START_##name,
#include "archive/fields.h"
    START_COUNT
};

/* Rows of archive_table: FIELD_NAME, then the groups of rows. */
enum {
#define FIELD(name, ...) FIELD_##name,
#include "archive/fields.h"
    FIELD_SINGLE, /* so many rows that belong to no group */
    FIELD_TRAIN = FIELD_SINGLE,
    FIELD_EVALUATE = FIELD_TRAIN + SLOT_COUNT,
    FIELD_TEST = FIELD_EVALUATE + SLOT_COUNT,
    FIELD_OWN_SIZE = FIELD_TEST + SLOT_COUNT,
    FIELD_PROVENANCE = FIELD_OWN_SIZE + ARCHIVE_SIZES,
    FIELD_COUNT = FIELD_PROVENANCE + START_COUNT
};
extern const struct archive_field archive_table[FIELD_COUNT];

/* The name and meaning of a dimension's scale. */
struct archive_scale {
    const char *name, *units, *description;
};
extern const struct archive_scale archive_scale_table[DIM_COUNT];

/* Local. The attribute `order` of a checksum: which data are under it; "" for other fields. */
void archive_order(char text[ARCHIVE_ORDER], int field);

/* Local. Dimensions of a row. */
int archive_rank(const struct archive_field *field);

/* Local. Its type in memory and in the file; the caller closes that of TYPE_TEXT, whose elements are
 * pointers in memory. */
hid_t archive_memory_type(const struct archive_field *field);
size_t archive_type_bytes(const struct archive_field *field);

/* Local. Bytes of a dataset with these extents. */
double archive_field_bytes(const struct archive_field *field, const hsize_t extent[DIM_COUNT]);

/* Local. Whether an archive of this plan has the dataset. */
bool archive_planned(const struct archive_plan *plan, int field);

#endif
