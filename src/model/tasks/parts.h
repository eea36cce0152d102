/* What many tasks are made of: cues, noise, an answer at the end. Times in ms from the trial's
 * start. Inside task only. */
#ifndef TASK_PARTS_H
#define TASK_PARTS_H

#include "model/task.h"

/* Step of a task's own draws for a whole trial; those of step n of a trial have step n. */
#define TASK_PARTS_DRAW (1ull << 41)

enum { TASK_PARTS_LINES = 8 }; /* noisy input lines at the most */

/* Local. Adds `level` to the input line `line` from `from` to `to`. */
void task_parts_cue(struct task_trial *out, const struct task_shape *shape,
                    const struct settings *settings, int line, double from, double to,
                    double level);

/* Local. Adds white noise to `lines` input lines from `line` on: `sigma` in ms^0.5, so that its SD
 * in a step is sigma / sqrt(dt). */
void task_parts_noise(struct task_trial *out, const struct task_shape *shape,
                      const struct settings *settings, int line, int lines, double from, double to,
                      double sigma, struct random_key key, uint64_t trial);

/* Local. The last `length` ms are the response window, in which output 0 should be `target`. */
void task_parts_answer(struct task_trial *out, const struct task_shape *shape,
                       const struct settings *settings, double length, double target);

/* Local. Types in turn: trial modulo types; for struct task. */
int task_parts_turn(const struct task_shape *shape, const struct settings *settings,
                    struct random_key key, uint64_t trial);

#endif
