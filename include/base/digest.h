/* Things that are told apart, or ordered at random, by a number that follows from what they are. */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* Of nothing. */
#define DIGEST_EMPTY UINT64_C(0xcbf29ce484222325)

/* Local. The digest of what `hash` is of, with so many bytes behind it (Fowler, Noll and Vo: FNV-1a). */
uint64_t digest_add(uint64_t hash, const void *data, size_t bytes);

/* One of many. */
struct digest {
    uint64_t hash;
    int64_t number;
};

/* Local. Of two struct digest, for qsort(): by hash, equal ones by number. */
int digest_compare(const void *a, const void *b);

#endif
