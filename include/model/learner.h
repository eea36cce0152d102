/* Learners: what changes the weights of a network from trial to trial. The polynomial plasticity
 * rule is one of them; the others have nothing to meta-learn and stand beside it. One file
 * learners/NAME.c and one line in learners/list.h each; they stand on this contract, and
 * learner_list.c on them. */
#ifndef LEARNER_H
#define LEARNER_H

#include "model/network.h"
#include "model/rule.h"
#include "model/trial.h"

/* Which weights. */
enum { LEARNER_RECURRENT = 1, LEARNER_INPUT = 2, LEARNER_READOUT = 4 };

/* All that a learner may touch: the network, the trial's workspace and its own memory. */
struct learner_site {
    const struct settings *settings;
    const struct rule *rule;
    struct network *network;
    struct trial *trial;
    void *state;          /* of learner_create() */
    double *weight_noise; /* eps of (10) [N, N], NULL without */
    uint64_t task_seed;
    unsigned plastic; /* weights that learn, of learner_plastic() */
    int h;            /* the trial's number in the lifetime */
    double modulator; /* m = g(Rbar) (R - Rbar) */
};

struct learner {
    const char *name, *sentence, *source;
    const char *section; /* of its own parameters; NULL: it has none */
    /* Other parameters that not every learner reads, but this one does; ends with NULL. NULL: none.
     */
    const char *const *reads;
    unsigned usual; /* weights that it changes by default */
    unsigned able;  /* weights that it can change */
    bool slope;     /* it follows the slope of the reward, which a binary one does not have */
    bool learned;   /* the outer loop can learn its parameters, those of struct rule */
    bool single;    /* it knows precision: single */

    /* Its memory: a struct of `size` bytes, and numbers behind it, which layout() divides among its
     * pointers; it returns how many it needs (`base` is NULL then). Both 0 without memory. */
    size_t size;
    size_t (*layout)(void *state, double *base, const struct settings *settings,
                     const struct task_shape *shape);

    /* Floating-point operations of one trial's learning, beside those of its states; `rule` is that
     * of `settings`. */
    double (*flops)(const struct settings *settings, const struct rule *rule,
                    const struct task_shape *shape);

    /* Start of a lifetime: the network is drawn, the memory holds what was there. NULL: nothing. */
    void (*start)(const struct learner_site *site);

    /* Instead of trial_run() in the trials that learn, for what learns within a trial. NULL. */
    void (*run)(const struct learner_site *site);

    /* After the trial, before its end is judged: trial->eligibility. NULL: there is none. */
    void (*trace)(const struct learner_site *site);

    /* Changes the weights at the end of a trial. NULL: it has already. */
    void (*change)(const struct learner_site *site);
};

/* All of them; rule.family is the place in this list, which ends with NULL. */
extern const struct learner *const learner_list[];

/* Local. Makes them known to the parameter table; see search_register(). */
void learner_register(void);

/* Local. The learner that `settings` chose. */
const struct learner *learner_of(const struct settings *settings);

/* Local. Its memory; released by free(). STATUS_OK, with NULL if it needs none, or STATUS_FAILED.
 */
enum status learner_create(void **state, const struct settings *settings,
                           const struct task_shape *shape, struct error *error);

/* Local. Makes memory whose bytes were copied from that of another process its own: its pointers. */
void learner_relink(void *state, const struct settings *settings, const struct task_shape *shape);

/* Local. Bytes that learner_create() takes. */
double learner_bytes(const struct settings *settings, const struct task_shape *shape);

/* Local. Which weights learn, as bits. */
unsigned learner_plastic(const struct settings *settings);

/* Local. Checks the learner against the other settings, for space_create(). */
void learner_check(const struct settings *settings, struct settings_problems *problems);

#endif
