/* Independent pieces of work, shared out over all ranks as they become free, their results gathered
 * at rank 0. For commands that measure something and write no archive; a sweep has the coordinator.
 * With several ranks rank 0 only hands out and gathers, as in a sweep. */
#ifndef SHARE_H
#define SHARE_H

#include "cluster/wire.h"

struct share {
    struct wire *wire;
    int64_t count; /* pieces */
    size_t bytes;  /* of the result of one */

    /* Computes piece `piece` into `result` [bytes], which is zeroed, on whichever rank it fell to:
     * nothing else may be written that others read. STATUS_OK; STATUS_INTERRUPTED: share_stopping()
     * said so; STATUS_FAILED ends it all. */
    enum status (*compute)(void *context, void *result, int64_t piece, struct error *error);

    /* Told on rank 0 each time that a piece is done; may be NULL. */
    void (*progress)(void *context, int64_t done, int64_t count);
    void *context;

    /* Seconds between signs of life; who is silent for twelve times as long is taken for dead, and
     * all ranks end with STATUS_FAILED, without coming back: where mpirun lets the others live, no
     * collective would. 0: ranks are not watched. share_stopping() gives the sign. */
    double sign_of_life;
};

/* Collective. Runs all pieces; `results` [count][bytes] on rank 0, in the order of the pieces and so
 * the same for any number of ranks; read nowhere else, where it may be NULL. The same status on all
 * ranks: STATUS_OK; STATUS_INTERRUPTED: stopped early, by coordinator_stop() on any rank;
 * STATUS_FAILED: a piece failed, `error` on rank 0 says which rank's and why. But after STATUS_OK the
 * results are incomplete. */
enum status share_run(void *results, const struct share *share, struct error *error);

/* Local, for compute(), now and then: whether to end early. */
bool share_stopping(struct wire *wire);

#endif
