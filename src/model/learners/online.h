/* Learning by least squares while the trial runs: what FORCE and full-FORCE share. N units, O
 * outputs, C hints. Inside learner only. */
#ifndef LEARNER_ONLINE_H
#define LEARNER_ONLINE_H

#include "model/learners/hints.h"
#include "model/learners/rls.h"

struct learner_online {
    struct learner_rls outputs;
    struct learner_hints hints;
    double *output_feedback; /* F [N, O], uniform in +-force.feedback */
    double *hint_feedback;   /* F of the hints [N, C], uniform in +-force.hint_gain */
    double *error;           /* what is to be made 0 [N, O or C, the most of them] */
    int stride;              /* steps between updates */
};

/* Of both in struct learner. */
#define LEARNER_ONLINE                                                                             \
    .section = "force", .usual = LEARNER_RECURRENT | LEARNER_READOUT,                              \
    .able = LEARNER_RECURRENT | LEARNER_READOUT

/* Local. Part of a layout. */
void learner_online_layout(struct learner_online *online, struct learner_block *block,
                           const struct settings *settings, const struct task_shape *shape);

/* Local. Start of a lifetime. */
void learner_online_start(struct learner_online *online, const struct learner_site *site);

/* Local. Runs the trial with `after_step` in it, whose context is a struct learner_site. */
void learner_online_run(struct learner_online *online, const struct learner_site *site,
                        bool (*after_step)(void *context, int n));

/* Local. (7) for the output of step n, which after_step has to write. */
void learner_online_answer(const struct learner_site *site, int n);

/* Local. k of the rates after step n, and the readout's step -e k^T with the error e of its output,
 * which is left in `error` [O]. False: no target is defined at this step, and nothing was done. */
bool learner_online_correct(struct learner_online *online, const struct learner_site *site, int n);

/* Local. Of a trial with `always` N^2 operations a step and `update` N^2 an update. */
double learner_online_flops(const struct settings *settings, const struct task_shape *shape,
                            double always, double update);

#endif
