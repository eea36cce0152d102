/* Rank 0: gives jobs to the workers and takes their outcomes. With one process it runs the jobs
 * itself, one after the other. */
#ifndef COORDINATOR_H
#define COORDINATOR_H

#include "cluster/wire.h"
#include "search/search.h"

struct coordinator_progress {
    struct search_progress search; /* jobs and cost, in all and done */
    struct search_best best;
    double elapsed;    /* seconds since coordinator_run() began */
    double rate;       /* lifetimes a second, since then */
    double left;       /* seconds left at this rate of cost; NAN: not known yet */
    int workers, lost; /* ready or at work; silent for too long */
    bool stopping;
    bool last; /* the final call */
};

struct coordinator {
    struct wire *wire;
    struct search *search; /* its listener writes to the archive; NULL: nothing can run, the workers
                              are sent home */

    /* Runs one job in this process; used when there is no other. See worker_run_job(). */
    enum status (*run)(void *worker, const struct job *job, struct outcome *outcome,
                       struct error *error);
    void *worker;

    /* Told at most every COORDINATOR_PROGRESS seconds and once at the end; may be NULL. */
    void (*progress)(void *context, const struct coordinator_progress *progress);
    void *context;

    /* Told why a lifetime could not be run; may be NULL. Same context. */
    void (*note)(void *context, const char *text);

    double sign_of_life; /* seconds; 0: COORDINATOR_SIGN_OF_LIFE */
    double deadline;     /* of wire_time(), when running lifetimes are to end; 0: none */
};

#define COORDINATOR_PROGRESS     0.2
#define COORDINATOR_SIGN_OF_LIFE 10.0

/* Local, on rank 0, while the others are in worker_run(). Runs the search to its end, or until
 * coordinator_stop(). When it returns the workers have been told to leave their loops; if some were
 * lost the wire is broken. STATUS_OK; STATUS_INTERRUPTED: stopped, jobs are left; STATUS_FAILED: a
 * worker or the wire failed (error says how). */
enum status coordinator_run(const struct coordinator *coordinator, struct error *error);

/* Local. Asks this process to stop early: no new jobs, running lifetimes end at their next trial.
 * Safe in a signal handler, on any rank. */
void coordinator_stop(void);

/* Local. Asks rank 0 to hand out nothing for COORDINATOR_PAUSE seconds, in case that
 * coordinator_stop() follows; not heeded where rank 0 was itself suspended just now. Safe in a
 * signal handler. */
void coordinator_pause(void);
#define COORDINATOR_PAUSE 3.0

/* Local, on rank 0 when it is at work outside coordinator_run() while the others are in
 * worker_run(): gives them a sign of life if one is due. */
void coordinator_speak(struct wire *wire, double sign_of_life);

/* Local. Whether coordinator_stop() was called. */
bool coordinator_stopping(void);

#endif
