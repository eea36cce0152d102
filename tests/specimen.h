/* A task under test: its settings, and memory for one trial. */
#ifndef SPECIMEN_H
#define SPECIMEN_H

#include "model/task.h"

struct specimen {
    struct settings settings;
    struct task_shape shape;
    struct task_trial trial;
};

/* Types of the 5 trials of the table behind the task `file`; trial k has input 0 at k + 1 and the
 * target type - 1, which counts in the last of 4 steps. */
extern const int specimen_type[5];

/* Makes the tasks and that table known. */
void specimen_start(void);

/* For suites of the settings: two tasks made up for them instead of the real ones, `first` with the
 * fields delay, level and width, `second` with count and delay. Both return 0, as CUnit wants. */
int specimen_two_tasks(void);
int specimen_real_tasks(void);

/* Default settings of the task `task` at `dt` ms. */
void specimen_choose(struct specimen *specimen, const char *task, const char *dt);

/* Sets one parameter; a mistake ends the test. */
void specimen_set(struct specimen *specimen, const char *name, const char *value);

/* Default settings, but numbers where those say auto, then the `count` assignments of `base`
 * ("name=value"), then those of `options`, separated by ";". A mistake ends the tests. */
void specimen_assign(struct settings *settings, const char *const *base, size_t count,
                     const char *options);

/* Takes the memory once all is set; specimen_drop() releases it. */
void specimen_take(struct specimen *specimen);
void specimen_drop(struct specimen *specimen);

/* specimen_choose() and specimen_take(). */
void specimen_make(struct specimen *specimen, const char *task, const char *dt);

/* Trial `trial` of task seed `seed`, and the prototype of `type`. */
void specimen_draw(struct specimen *specimen, uint64_t seed, uint64_t trial);
void specimen_prototype(struct specimen *specimen, int type);

/* Numbers in the trial's input and target. */
size_t specimen_inputs(const struct specimen *specimen);
size_t specimen_targets(const struct specimen *specimen);

#endif
