/* A worker: a job in; a lifetime, its slot in the archive, and an outcome out. */
#ifndef WORKER_H
#define WORKER_H

#include "archive/archive.h"
#include "cluster/wire.h"
#include "config/space.h"

struct worker {
    struct wire *wire;
    struct archive *archive;
    const struct space *space;
    double sign_of_life; /* seconds; 0: COORDINATOR_SIGN_OF_LIFE */
    const char *path;    /* of the archive; checkpoints of lifetimes go beside it */
};

/* Local, on every rank but 0: runs jobs until the coordinator says that it is over. STATUS_OK;
 * STATUS_FAILED: MPI failed, or a failure that was reported to the coordinator, which prints it. */
enum status worker_run(const struct worker *worker, struct error *error);

/* Local. Runs one job and commits it to the archive. `context` is a struct worker. A lifetime that
 * was stopped is not committed: its outcome's state is LIFETIME_STOPPED. One that twice finds no
 * memory is committed as LIFETIME_FAILED, and `error` says why. STATUS_OK or STATUS_FAILED (the
 * archive cannot be written). */
enum status worker_run_job(void *context, const struct job *job, struct outcome *outcome,
                           struct error *error);

#endif
