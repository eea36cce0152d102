/* Which worker runs which job: a state machine without clock, MPI or memory of its own beyond its
 * workers. Events go in, decisions come out; time is an argument. Workers are numbered from 0. */
#ifndef SCHEDULER_H
#define SCHEDULER_H

#include "search/search.h"

enum {
    SCHEDULER_HOLDS = 2,   /* jobs that a worker holds at the most: one runs, one waits */
    SCHEDULER_SILENCE = 3, /* signs of life that a worker may miss */
};

enum decision_kind {
    DECISION_SEND, /* send `job` to `worker` */
    DECISION_LOST, /* `worker` was silent for too long; its jobs go to others */
};

struct scheduler_decision {
    int kind; /* enum decision_kind */
    int worker;
    struct job job; /* of DECISION_SEND */
};

struct scheduler; /* opaque */

/* Local. A scheduler of `workers` workers, none of them ready yet, for the jobs of `search`, which
 * it drives from now on. `interval` is the time between two signs of life in seconds. NULL when out
 * of memory. */
struct scheduler *scheduler_create(struct search *search, int workers, double interval,
                                   struct error *error);
void scheduler_free(struct scheduler *scheduler);

/* Local. Events, at time `time` (seconds). Any event of a worker is a sign of life; the first makes
 * it ready, and one of a lost worker makes it welcome again. */
void scheduler_alive(struct scheduler *scheduler, int worker, double time);

/* Local. A job has ended. LIFETIME_STOPPED puts it back. Returns false if the outcome was not
 * needed (a duplicate, or stopped). */
bool scheduler_outcome(struct scheduler *scheduler, int worker, const struct outcome *outcome,
                       double time);

/* Local. Time has passed: looks for workers that have been silent for SCHEDULER_SILENCE intervals
 * (those never heard of: since the first tick). O(workers): call it a few times an interval, after
 * all events that have come. */
void scheduler_tick(struct scheduler *scheduler, double time);

/* Local. The worker is known to be dead. */
void scheduler_lose(struct scheduler *scheduler, int worker);

/* Local. What was sent to the worker may never have come to it: its jobs go to others, and it may have
 * new ones. */
void scheduler_forget(struct scheduler *scheduler, int worker);

/* Local. No new jobs from now on. */
void scheduler_stop(struct scheduler *scheduler);

/* Local. Takes back the job of a DECISION_SEND that was not sent, since it cannot end in time, and
 * hands out nothing more. */
void scheduler_keep_back(struct scheduler *scheduler, const struct scheduler_decision *decision,
                         double time);

/* Local. The next decision; call it after events until it returns false. */
bool scheduler_next(struct scheduler *scheduler, struct scheduler_decision *decision);

/* Local. Whether all jobs are done; or, after scheduler_stop(), whether no live worker holds one.
 */
bool scheduler_finished(const struct scheduler *scheduler);

/* Local. Workers that are ready or at work, and workers that are lost. */
int scheduler_workers(const struct scheduler *scheduler);
int scheduler_lost(const struct scheduler *scheduler);

/* Local. Whether this worker is lost. */
bool scheduler_has_lost(const struct scheduler *scheduler, int worker);

/* When a job is not to be begun any more. */
struct scheduler_limit {
    double deadline;           /* when running lifetimes are to end; 0: none */
    double longest[JOB_KINDS]; /* seconds of a job so far, by kind */
};

/* Local. Learns how long a job of this kind may last. */
void scheduler_limit_learn(struct scheduler_limit *limit, const struct outcome *outcome);

/* Local. Whether a job of this kind that begins at `time` may last beyond the deadline: as long as the
 * longest so far. Better not begun than cut off: without checkpoints all of a lifetime is lost that
 * ends a second too late. */
bool scheduler_limit_forbids(const struct scheduler_limit *limit, int kind, double time);

#endif
