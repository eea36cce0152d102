/* The schema of replay records: all that an independent program needs to recompute one lifetime from
 * the equations, a group /replay/CANDIDATE-ITERATION-SEED each. */
#ifndef ARCHIVE_REPLAY_TABLE_H
#define ARCHIVE_REPLAY_TABLE_H

#include "archive/table.h"

/* Rows of archive_replay_table. */
enum {
#define FIELD(name, ...) REPLAY_##name,
#include "archive/replay_fields.h"
    REPLAY_COUNT
};
extern const struct archive_field archive_replay_table[REPLAY_COUNT];

/* The resolved numbers, each a scalar in parameters/. */
struct archive_replay_number {
    const char *name;
    double value;
    const char *units, *description;
};
enum { REPLAY_NUMBERS = 23 };

/* Local. The numbers of one lifetime. */
void archive_replay_numbers(struct archive_replay_number out[REPLAY_NUMBERS],
                            const struct settings *settings, const struct rule *rule,
                            const struct task_shape *shape,
                            const struct lifetime_gradient *gradient);

/* What the objects of one record depend on. */
struct archive_replay_shape {
    struct rule rule;
    struct task_shape task;
    hsize_t extent[DIM_COUNT];
};

struct archive_replay_shape archive_replay_shape(const struct settings *settings);

/* Local. Whether a record has row `field`. */
bool archive_replay_wanted(const struct settings *settings, const struct rule *rule, int field);

/* Local. The path of object `name` of the record `triple`; of its group with "". */
void archive_replay_path(char path[ARCHIVE_PATH], const int64_t triple[3], const char *name);

/* Local. Bytes of all records of a sweep. */
double archive_replay_bytes(const struct space *space);

#endif
