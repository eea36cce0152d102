/* What is analysed: the committed records of one or more archives, as one list of candidates. */
#ifndef STUDY_H
#define STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/archive.h"
#include "config/config.h"
#include "config/space.h"
#include "model/network.h"
#include "model/task.h"

enum study_when { STUDY_BEFORE, STUDY_FIRST, STUDY_LAST, STUDY_WHENS };

/* One archive. */
struct study_archive {
    const char *path; /* not owned */
    struct archive *archive;
    struct config config;
    struct space space;
    int64_t file;   /* HDF5's handle for the bulk data */
    int64_t broken; /* slots whose checksum does not fit: left out */
    int first;      /* number of its first candidate in the study */
};

struct study_candidate {
    int archive; /* which */
    int index;   /* in its archive */
    int rule;    /* index of its label */
    struct settings settings;
    struct task_shape shape;
    int steps, evaluations, held_out, tests, iterations, parameters;
    double interval;     /* ms between recorded steps */
    unsigned char *done; /* enum lifetime_state of every evaluation slot
                            [evaluations, held_out] */
    double *accuracy;    /* of these lifetimes, NaN where there is none */
    double *criterion;   /* trials to criterion, NaN: never */
    double *frozen;      /* accuracy after them without plasticity and exploration, NaN likewise */
};

/* The network of a candidate after a lifetime on a held-out seed. */
struct study_solution {
    int candidate, seed;
};

/* A solution that a measure could not use, and why. */
struct study_left {
    int solution;
    const char *reason; /* not owned */
};

struct study {
    int archives;
    struct study_archive *archive;
    int candidates;
    struct study_candidate *candidate;
    int rules;
    char **rule; /* labels */
    int solutions;
    struct study_solution *solution;
    int examples;
    int *example; /* solutions looked at closely */
    /* the largest of all candidates */
    int evaluations, held_out, tests, iterations, units, inputs, outputs, types, steps, parameters;
    char (*parameter)[RULE_NAME]; /* union of names */
    int notes;
    char **note; /* what was left out */
    int lefts;
    struct study_left *left; /* by the measure at hand */
    int delays, rank;        /* of DSA */
    int check_trials;        /* of a gradient check; 0: as many as are quick */
    int processes;           /* that compute, at the most; the same numbers come from any */
};

/* What the user wants to be compared. */
struct study_wish {
    int solutions, examples;        /* at the most */
    const char *candidates, *seeds; /* "0,5,7-9"; NULL: all */
};

/* Local. Opens and reads all archives and chooses solutions and examples. STATUS_OK, or the failure
 * and nothing held. `study` must not move. */
enum status study_open(struct study *study, const char *const *path, int paths,
                       const struct study_wish *wish, struct error *error);
void study_close(struct study *study);

/* Local. Adds a note on what was left out, and says it on stderr. The same one is kept only once.
 */
void study_note(struct study *study, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reasons that several have. */
#define STUDY_NOT_THERE "not run yet, or diverged"
#define STUDY_NO_MEMORY "out of memory"
#define STUDY_NUMERIC   "out of memory, or LAPACK did not converge"

/* Local. The measure at hand cannot use a solution: one unusable solution never ends a measure.
 * `reason` must outlive the measure. study_tell_left() then makes one note of all with the same
 * reason. */
void study_leave(struct study *study, int solution, const char *reason);
void study_tell_left(struct study *study, const char *measure);

/* Local. Whether the lifetime that left this behind is committed and did not diverge. */
bool study_committed(const struct study *study, int candidate, int seed, enum study_when when);

/* Local. The archived accuracy after that lifetime without plasticity and exploration; NaN: not
 * evaluated (learning.evaluation_trials: 0), not committed, or STUDY_BEFORE. */
double study_frozen(const struct study *study, int candidate, int seed, enum study_when when);

/* Local. Rates [types, steps, units] of the candidate's own sizes, malloc'ed; NULL: not recorded,
 * not committed, not finite or no memory, which `why` says (may be NULL). */
double *study_rates(const struct study *study, int candidate, int seed, enum study_when when,
                    const char **why);

/* Local. The network before learning (as archived, otherwise drawn again) or with the weights that
 * were learned. False: not recorded, not committed, not finite or no memory, which `why` says (may
 * be NULL); nothing is held. network_free() it. */
bool study_network(const struct study *study, struct network *network, int candidate, int seed,
                   enum study_when when, const char **why);

/* Local. Reward of every trial of an evaluation, reward [trials]; false: not committed. */
bool study_reward(const struct study *study, float *reward, int candidate, int evaluation,
                  int seed);

/* Local. Whether two solutions have the same seed, task and network: they start from the same
 * weights and see the same trials. */
bool study_same_start(const struct study *study, int solution, int other);

/* Local. Memory for `count` numbers, all NaN; NULL when there is none. */
double *study_numbers(size_t count);

/* Local. Column of the union of parameters that is the candidate's own parameter `p`. */
int study_parameter(const struct study *study, int candidate, int p);

/* Local. Names of the conditions of a candidate's task; their letters where all names are as long
 * and made of letters, for decoding. */
void study_condition(const struct study *study, int candidate, int type, char name[32]);

/* Local. The task seed of a held-out seed. */
uint64_t study_task_seed(const struct study *study, int candidate, int seed);

#endif
