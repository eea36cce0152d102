/* Pieces of work that do not depend on each other, by several processes of this machine. */
#ifndef CREW_H
#define CREW_H

#include <stdbool.h>
#include <stddef.h>

/* Local. Has compute(context, result, piece) fill the zeroed results [pieces] of `bytes` each, in
 * this process and `processes` - 1 children of it. It runs in any of them, so that nothing but the
 * result comes back. Each piece is computed once, or once more here if its child died, and so the same
 * bits come from any number. False when memory runs out. */
bool crew_run(void *results, int pieces, size_t bytes, int processes,
              void (*compute)(void *context, void *result, int piece), void *context);

#endif
