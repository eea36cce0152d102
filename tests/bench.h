/* A task on the bench: its settings, and memory for one trial. */
#ifndef BENCH_H
#define BENCH_H

#include "task.h"

struct bench {
    struct settings settings;
    struct task_shape shape;
    struct task_trial trial;
};

/* Types of the 5 trials of the table behind the task `file`; trial k has input 0 at k + 1 and the
 * target type - 1, which counts in the last of 4 steps. */
extern const int bench_type[5];

/* Makes the tasks and that table known. */
void bench_start(void);

/* Default settings of the task `task` at `dt` ms. */
void bench_choose(struct bench *bench, const char *task, const char *dt);

/* Sets one parameter; a mistake ends the test. */
void bench_set(struct bench *bench, const char *name, const char *value);

/* Takes the memory once all is set; bench_drop() releases it. */
void bench_take(struct bench *bench);
void bench_drop(struct bench *bench);

/* bench_choose() and bench_take(). */
void bench_make(struct bench *bench, const char *task, const char *dt);

/* Trial `trial` of task seed `seed`, and the prototype of `type`. */
void bench_draw(struct bench *bench, uint64_t seed, uint64_t trial);
void bench_prototype(struct bench *bench, int type);

/* Numbers in the trial's input and target. */
size_t bench_inputs(const struct bench *bench);
size_t bench_targets(const struct bench *bench);

#endif
