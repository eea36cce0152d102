/* Tasks: what comes in, what should come out and when. One file tasks/NAME.c and one line in
 * tasks/list.h each; they stand on this contract, and task_list.c on them. Steps are counted by the
 * loop index n = 0..T-1: input n drives the step from x^n to x^(n+1); target and window n belong to
 * the output y^(n+1) after that step. */
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "config/settings.h"

struct task_shape {
    int steps;   /* T */
    int inputs;  /* I */
    int outputs; /* O */
    int types;   /* trial types; each has its own reward mean and is one recorded condition */
};

/* One trial; the arrays belong to the caller and are zero when task->fill() is called. */
struct task_trial {
    int type;       /* 0 .. types-1 */
    double *input;  /* u [T, I] */
    double *target; /* y* [T, O] */
    double *window; /* [T], 1 where the output counts, else 0 */
};

struct task {
    const char *name, *sentence, *source;
    const struct settings_field *fields; /* its own parameters, ends with a NULL name */

    /* What it takes, instead of the defaults, that the start rule learns it at N = 40 to 200
     * (analysis/results/defaults.md): what a file to start from says. Ends with a NULL name; NULL:
     * nothing. */
    const struct settings_assignment *suits;

    double chance; /* accuracy of a guess with the default fields; NAN: not
                                          * known */

    /* Sizes; the task's field values (times in ms) are settings->task.value. */
    void (*shape)(struct task_shape *shape, const struct settings *settings);

    /* The type of trial `trial`; NULL: drawn uniformly. */
    int (*type)(const struct task_shape *shape, const struct settings *settings,
                struct random_key key, uint64_t trial);

    /* Fills a trial of type `out->type`. Random parts are drawn from (`key`, `trial`); without
     * `noise` the trial is the noise-free prototype of its type. */
    void (*fill)(struct task_trial *out, const struct task_shape *shape,
                 const struct settings *settings, struct random_key key, uint64_t trial,
                 bool noise);

    /* Whether `output` [T, O] is a correct answer. NULL: the mean output in the window has the
     * target's sign; with several outputs the largest mean is where the largest mean target is. */
    bool (*correct)(const struct task_trial *trial, const double *output,
                    const struct task_shape *shape, const struct settings *settings);

    /* Whether answers to trials of `type` can be right or wrong; NULL: all can. The others teach,
     * but count neither for accuracy nor for the criterion. */
    bool (*counts)(const struct settings *settings, int type);

    /* Name of trial type `type`, at most 32 bytes with the final 0. */
    void (*describe)(char name[32], const struct settings *settings, int type);

    /* Where types are numbers on a scale, against which answers make a psychometric curve: what the
     * number is, as "coherence (%)", and that of `type`. NULL: types are categories. */
    const char *scale;
    double (*stimulus)(const struct settings *settings, int type);
};

/* Trials made elsewhere, for the task `file`. K trials, T, I and O as in task_shape. */
struct task_table {
    struct task_table *next;
    char path[SETTINGS_PATH]; /* as in settings->path */
    struct task_shape shape;
    int trials;           /* K */
    double dt;            /* ms; 0: not said */
    const double *input;  /* [K, T, I] */
    const double *target; /* [K, T, O] */
    const double *window; /* [K, T], not negative, not all 0 in any trial */
    const int *type;      /* [K], each of 0 .. types-1 occurs */
};

/* Local. Steps of a time in ms, to the nearest. */
int task_steps(double time, double dt);

/* Local. Makes a table known under its path; it lives as long as the program. Before any trial. */
void task_add_table(struct task_table *table);

/* Local. The table of this path, or NULL. */
const struct task_table *task_table(const char *path);

/* All of them, ends with NULL. */
extern const struct task *const task_list[];

/* Local. Makes them known to the parameter table; see search_register(). */
void task_register(void);

/* Local. The task that `settings` chose, and its sizes. */
const struct task *task_of(const struct settings *settings);
void task_shape(struct task_shape *shape, const struct settings *settings);

/* Local. Trial `trial` of the lifetime with `key` (purpose RANDOM_TASK): type and contents. */
void task_draw(struct task_trial *out, const struct task_shape *shape,
               const struct settings *settings, struct random_key key, uint64_t trial);

/* Local. Whether `output` [T, O] is a correct answer to `trial`, by the task's own judgement or the
 * usual one. */
bool task_correct(const struct task_trial *trial, const double *output,
                  const struct task_shape *shape, const struct settings *settings);

/* Local. The noise-free prototype of `type`, for frozen recordings. */
void task_prototype(struct task_trial *out, const struct task_shape *shape,
                    const struct settings *settings, int type);

/* Local. Checks the chosen task's times against dt, for space_create(). A table that is missing is
 * the business of whoever reads it. */
void task_check(const struct settings *settings, struct settings_problems *problems);

#endif
