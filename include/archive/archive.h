/* The archive: one HDF5 file, created whole before the first job and then only filled. The only
 * files that include hdf5.h are those of this floor.
 *
 * A slot counts only if its state is not 0 and its checksum fits: data are written first, then the
 * checksum, then the state. Unwritten space may read as anything.
 *
 * The checksum of a slot is the CRC-32 of zlib over its data as they lie in the file (little
 * endian), in the order that the attribute `order` of the dataset of checksums tells. Rows are whole,
 * with the NaN that fill them up; representations and weights are cut to the candidate's own sizes,
 * which stand in /candidates. */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <limits.h>
#include <mpi.h>

#include "config/space.h"
#include "search/plan.h"

/* Of the schema, the root attribute format_version: what is written, and the oldest that is read.
 * Version 1 has texts of fixed length and no test seeds. */
enum { ARCHIVE_VERSION = 2, ARCHIVE_OLDEST = 1 };

/* Extents: the largest of all candidates. Candidates with less leave the rest of their rows NaN
 * and the rest of their representations and weights unwritten. */
struct archive_plan {
    const struct search_plan *sweep; /* not owned; NULL in an opened archive */
    int64_t candidates;
    int32_t iterations, seeds, evaluations, held_out; /* M, S, E, V */
    int32_t tested, tests; /* rules that are tested, test seeds; 0, 0: none */
    int32_t challengers;   /* of optimizers that decide; 0: none does */
    int32_t axes;          /* of a sweep whose method learns; 0: it does not */
    int32_t rungs;         /* at which candidates are stopped early, of the most; 0: none are */
    int32_t measurements, networks, stages; /* before the search, of each the most; 0, 0, 0: none */
    int32_t parameters;           /* union over candidates: by l, then by k, log tau_e, log tau_w */
    char (*parameter)[RULE_NAME]; /* [parameters] */
    int32_t trials, types, steps, units, inputs,
        outputs;            /* H, conditions, recorded steps, N, I, O */
    bool representation[3]; /* before, first, last */
    bool weights[3];        /* initial, first, last */
    double bytes;           /* of the finished file, about; 0 in an opened archive */
};

/* Local. The plan of the file from the plan of the sweep, which must outlive it. STATUS_OK or
 * STATUS_FAILED (out of memory). */
enum status archive_plan(struct archive_plan *plan, const struct search_plan *sweep,
                         struct error *error);
void archive_plan_free(struct archive_plan *plan);

struct archive; /* opaque */

/* Who works for a start. */
struct archive_team {
    int ranks;         /* of MPI */
    int workers;       /* of these: who run lifetimes, also rank 0 where it is alone */
    const char *hosts; /* of the ranks; NULL: not known */
};

/* Local (one rank). Creates PATH.new with every object of the schema and what the sweep's plan knows
 * to be measured, flushes it to the disk and renames it to `path`. Never overwrites: an existing
 * `path` is STATUS_USAGE, as is a folder that cannot be written or a disk without room for the plan.
 * The team goes into /provenance, row 0. */
enum status archive_create(const char *path, const struct archive_plan *plan,
                           const struct archive_team *team, struct error *error);

/* Collective over `comm`. Opens an archive for independent writing. STATUS_USAGE when it is no
 * archive of this version, or a packed one, or holds another configuration than `space`, which must
 * outlive it, or if the files that the sweep names held other numbers; the message names what differs. */
enum status archive_open(struct archive **archive, const char *path, MPI_Comm comm,
                         const struct space *space, struct error *error);

/* Collective over the communicator of archive_open(). Flushes and closes, also when a write of the
 * listener had failed; says so then. */
enum status archive_close(struct archive *archive, struct error *error);

/* Local. Brings what this rank has written to the disk. archive_commit() does it by itself every
 * ARCHIVE_SYNC seconds; against the death of processes it is not needed. */
enum status archive_sync(struct archive *archive, struct error *error);
#define ARCHIVE_SYNC 5.0

/* Local (one rank). Adds a row to /provenance: a later start that goes on with the archive; writes
 * into the latest row by which command that start is gone on with, and how it ended and why. Texts are cut
 * to their room, a command that has none is not known. */
enum { ARCHIVE_COMMAND = 320, ARCHIVE_WHY = 96 }; /* bytes, with the final 0 */
enum status archive_write_start(struct archive *archive, const struct archive_team *team,
                                struct error *error);
enum status archive_write_command(struct archive *archive, const char *command,
                                  struct error *error);
enum status archive_write_end(struct archive *archive, enum status ended, const char *why,
                              struct error *error);

/* Local. How the latest start ended. */
struct archive_end {
    int status;                    /* enum status; -1: it did not come to its end */
    char why[ARCHIVE_WHY];         /* "": nothing ended it early, or that is not known */
    char command[ARCHIVE_COMMAND]; /* "": not known */
    bool packed; /* the archive is a copy by archive_pack(): nothing goes on with it */
};
enum status archive_read_end(struct archive *archive, struct archive_end *end, struct error *error);

/* Local. When the first start began, in seconds since 1970; 0: not known. */
enum status archive_read_begin(struct archive *archive, int64_t *seconds, struct error *error);

/* Local. The version and the git revision of the program of the latest start, which the caller frees;
 * "" where they are not known. STATUS_OK, or the failure and both NULL. */
enum status archive_read_program(struct archive *archive, char **version, char **git,
                                 struct error *error);

/* Local. The team of the latest start, without its hosts; one rank if none is known. */
struct archive_team archive_read_team(struct archive *archive);

/* Local (one rank). Adds a line to /log/failure, as long as it has room. */
enum status archive_write_failure(struct archive *archive, const char *text, struct error *error);

/* Who may write to an archive: descriptors, below 0: not held. */
struct archive_lock {
    int beside;          /* of the lock's own file */
    int itself;          /* of the archive */
    char name[PATH_MAX]; /* of the lock's own file */
};
#define ARCHIVE_UNLOCKED ((struct archive_lock){.beside = -1, .itself = -1})

/* Local (one process of a run). Takes the lock of the archive `path`, whether or not that exists,
 * by whichever of its names: on the file PATH.lock, PATH without symbolic links, and on the archive
 * itself. Both end with this process however it ends. STATUS_USAGE: another run has it, or the file
 * cannot be made; the message says who or why. Where the file system knows no locks it is done
 * without, with a message. */
enum status archive_lock(struct archive_lock *lock, const char *path, struct error *error);

/* Local. For an archive that was made after archive_lock(): locks it itself too. */
enum status archive_lock_itself(struct archive_lock *lock, const char *path, struct error *error);

/* Local. Whether a run holds the lock on the archive itself; true too where that cannot be known: the
 * file cannot be opened, or its file system has no such locks. */
bool archive_locked(const char *path);

/* Local. Gives the lock back and removes its file. */
void archive_unlock(struct archive_lock *lock);

/* Local. Writes and commits the slot of one job: what the outcome holds, reward of every trial, and
 * of evaluations that are recorded and whose state is LIFETIME_DONE the representations and
 * weights, which the caller hands in:
 *   before, after  [types, steps, units] float32 of this candidate's own sizes, or NULL
 * `lifetime` is as the run left it (its weights are W^(H)); NULL for JOB_SCALE and when it could
 * not be run. `initial` are the weights at the start, as network_copy_weights(), or NULL.
 * archive_wants() tells which are needed; others are not looked at. The gradient of a lifetime that
 * diverged or could not be run is stored as NaN. */
struct archive_result {
    const struct job *job;
    const struct outcome *outcome;
    const struct lifetime *lifetime;
    const float *before, *after;
    const double *initial;
};
enum status archive_commit(struct archive *archive, const struct archive_result *result,
                           struct error *error);

/* Local. Which bulk arrays archive_commit() needs for this job. */
struct archive_wants {
    bool before, after, initial;
};
struct archive_wants archive_wants(const struct archive *archive, const struct job *job);

/* Local. Writers for the coordinator: theta, scale, iteration and evaluation means; the context of
 * the copy that is used must be the archive. They are derived from committed slots and can be
 * written again. A failure is kept and told by archive_failure() and archive_close(). */
extern const struct search_listener archive_listener;
enum status archive_failure(const struct archive *archive, struct error *error);

/* Numbers that follow from committed records, or from the configuration, and are stored otherwise. */
struct archive_derived {
    const struct space *space; /* of the search that tells the listener */
    int64_t differ;            /* rows; all zero before */
    char dataset[128];         /* of the first */
    int64_t candidate;
};

/* Local. From now on archive_listener compares what it is told with what `archive` has, which may be open to
 * be read only, and counts in `derived`. And, once a search has been told all records, compares where
 * candidates lie, their values and their rungs. Numbers are alike to 9 digits, since libraries differ in
 * the last ones. STATUS_OK or STATUS_FAILED: cannot be read. */
void archive_derive(struct archive *archive, struct archive_derived *derived);
enum status archive_compare_candidates(struct archive *archive, const struct search_plan *plan,
                                       struct error *error);

/* Local. Replay records: whether (candidate, iteration, seed) is to be recorded, and the observer's
 * part that writes trial `h` into /replay/<c>-<i>-<s>/. archive_replay_begin writes what is known
 * before the first trial (resolved parameters, initial weights); archive_commit() adds loss and
 * gradient. The lifetime must have been created with keep_update. */
bool archive_replays(const struct archive *archive, const struct job *job);
enum status archive_replay_begin(struct archive *archive, const struct job *job,
                                 const struct lifetime *lifetime, struct error *error);
enum status archive_replay_trial(struct archive *archive, const struct job *job,
                                 const struct lifetime *lifetime, int h, struct error *error);

/* Local. Copies all that an archive holds of its candidate `source` to the candidate `target` of another
 * archive, which has the same settings there and records of the same sizes (else STATUS_USAGE); replay
 * records only where both have the same number. And its rows of /provenance behind the other's. */
enum status archive_copy_candidate(struct archive *to, int64_t target, struct archive *from,
                                   int64_t source, struct error *error);
enum status archive_copy_starts(struct archive *to, struct archive *from, struct error *error);

/* Local, read-only, also while a run writes: opens without MPI and without a lock. */
enum status archive_open_reader(struct archive **archive, const char *path, struct error *error);
void archive_close_reader(struct archive *archive);

/* Local (one process). Copies an archive that was opened to be read to `path`, which must not exist yet:
 * smaller, with checksums of all numbers, and only to be read; archive_open() refuses it. No run may
 * write to the archive meanwhile. STATUS_OK, or the failure and nothing left behind. */
enum status archive_pack(struct archive *archive, const char *path, struct error *error);

/* Local. Whether the archive holds the configuration of `space`, as far as the numbers go.
 * STATUS_OK; STATUS_USAGE: messages with every parameter that differs; STATUS_FAILED. */
enum status archive_compare(struct archive *archive, const struct space *space,
                            struct error *error);

/* Local. Calls take(context, outcome) for every committed slot of the file opened either way:
 * candidate by candidate its scale, its lifetimes, its evaluations, its tests. A slot with a state
 * but a wrong checksum is counted in `*broken` and skipped. With `broken` NULL checksums are not
 * looked at and representations and weights not read: quick, for looking on. */
enum status archive_read_outcomes(struct archive *archive, int64_t *broken,
                                  void (*take)(void *context, const struct outcome *outcome),
                                  void *context, struct error *error);

/* Local. The configuration texts that the archive holds, malloc'ed; NULL on failure: the file as it
 * was given, and the resolved one, which fits its checksum, which holds every parameter, the command
 * line's overrides and the sweep, so that config_parse() makes the same candidates of it. */
char *archive_read_config(struct archive *archive, struct error *error);
char *archive_read_resolved(struct archive *archive, struct error *error);

/* Local. The configuration that the resolved text makes; `path` is its name in messages, which must
 * outlive it. STATUS_OK, and config_free() it, or the failure. */
enum status archive_read_configuration(struct config *config, struct archive *archive,
                                       const char *path, struct error *error);

/* Local. Whether the sizes of all candidates are those of the sweep that its resolved configuration
 * describes, with the points of archive_read_points(): to be asked before numbers of the one are indices
 * into the other. STATUS_OK; STATUS_FAILED: the file is damaged, with what does not fit. */
enum status archive_check(const struct archive *archive, const struct space *space,
                          struct error *error);

/* Local. Version of the HDF5 library. */
const char *archive_library(void);

/* Local. Extents of an open archive. */
const struct archive_plan *archive_plan_of(const struct archive *archive);

/* A candidate's own sizes, as they stand in /candidates. */
enum archive_size {
    ARCHIVE_UNITS,
    ARCHIVE_INPUTS,
    ARCHIVE_OUTPUTS,
    ARCHIVE_TRIALS,
    ARCHIVE_TYPES,
    ARCHIVE_STEPS, /* recorded ones */
    ARCHIVE_ITERATIONS,
    ARCHIVE_SEEDS,  /* at all points */
    ARCHIVE_POINTS, /* 0: an archive made before they were told */
    ARCHIVE_EVALUATIONS,
    ARCHIVE_HELD_OUT,
    ARCHIVE_PARAMETERS,
    ARCHIVE_TESTED,
    ARCHIVE_TESTS, /* seeds */
    ARCHIVE_SIZES
};
int32_t archive_size(const struct archive *archive, int64_t candidate, enum archive_size size);

/* Local. One candidate's derived numbers, in its own sizes; NaN where not yet known. */
enum archive_curve {
    ARCHIVE_THETA,             /* [iterations + 1, parameters], raw coordinates */
    ARCHIVE_SCALE,             /* [parameters] */
    ARCHIVE_LOSS,              /* [iterations] */
    ARCHIVE_HELD_OUT_LOSS,     /* [evaluations] */
    ARCHIVE_HELD_OUT_ACCURACY, /* [evaluations] */
};
enum status archive_read_curve(struct archive *archive, double *out, int64_t candidate,
                               enum archive_curve curve, struct error *error);

/* Local. The meta-iteration whose rule was chosen to be tested; -1: not known yet, or none is. */
enum status archive_read_chosen(struct archive *archive, int32_t *iteration, int64_t candidate,
                                struct error *error);

/* Local. Where the candidates of a sweep lie whose method learns, into its table; of others nothing. */
enum status archive_read_points(struct archive *archive, const struct sweep *sweep,
                                struct error *error);

/* Local. What became of a candidate's rules beside theta, out [iterations, plan.challengers], all 0
 * where it is not known or there was none; only of an archive whose plan has challengers. */
enum status archive_read_decisions(struct archive *archive, struct optimizer_decision *out,
                                   int64_t candidate, struct error *error);

/* Local. The rung at which the candidate was stopped early and what it had run there (see
 * search_stopping_budget()); -1: it was not, or not yet. */
enum status archive_read_stopped(struct archive *archive, int32_t *rung, int32_t *budget,
                                 int64_t candidate, struct error *error);

/* What was decided of a candidate at a rung. */
struct archive_rung {
    bool decided;
    int32_t budget;
    struct search_decision decision;
};

/* Local. All rungs of a candidate's bracket, out [plan.rungs]; returns how many by `count`. Only of an
 * archive whose plan has rungs. */
enum status archive_read_rungs(struct archive *archive, struct archive_rung *out, int32_t *count,
                               int64_t candidate, struct error *error);

/* Local. Where a candidate of a population lay on each axis when it came to each rung, out [plan.rungs,
 * plan.axes]; NAN: not known yet. Only of an archive whose plan has both. */
enum status archive_read_course(struct archive *archive, double *point, int64_t candidate,
                                struct error *error);

/* Local. Which measurement before the search the candidate has; -1: none. */
enum status archive_read_measurement(struct archive *archive, int32_t *measurement,
                                     int64_t candidate, struct error *error);

/* Local. What measurement `m` of a candidate found, but for its numbers, which stay NULL. Released by
 * measured_free(). STATUS_OK, or the failure and nothing held. */
enum status archive_read_measured(struct archive *archive, struct measured *found, int32_t m,
                                  int64_t candidate, struct error *error);

/* Local. Copies all measurements to another archive of the same configuration; whether two such
 * archives have the same, bit for bit: STATUS_OK, or STATUS_USAGE with what differs. */
enum status archive_copy_measured(struct archive *to, struct archive *from, struct error *error);
enum status archive_compare_measured(struct archive *one, struct archive *other,
                                     struct error *error);

/* Local. Name of the candidate's own free parameter `p`. */
const char *archive_parameter(const struct archive *archive, int64_t candidate, int p);

#endif
