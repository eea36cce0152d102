/* Running lifetimes saved beside the archive:
 * RUN.h5.checkpoints/<candidate>-<kind>-<iteration>-<seed>, each whole or not there. Private to the
 * worker module. */
#ifndef WORKER_CHECKPOINT_H
#define WORKER_CHECKPOINT_H

#include "search/search.h"

/* Local. Saves `lifetime` after trial `h` of `job`: written beside, brought to the disk, renamed.
 * STATUS_OK, or STATUS_FAILED with what stood there before still whole. */
enum status worker_checkpoint_save(const char *archive, const struct job *job,
                                   const struct lifetime *lifetime, int h, struct error *error);

/* Local. What was saved of `job` by this build of the program under the same settings, malloc'ed;
 * NULL if there is nothing of that kind. */
unsigned char *worker_checkpoint_load(const char *archive, const struct job *job,
                                      const struct lifetime *lifetime);

/* Local. The job is committed: forgets what was saved of it. */
void worker_checkpoint_drop(const char *archive, const struct job *job);

#endif
