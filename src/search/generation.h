/* Sweeps whose method learns: candidates a generation at a time. One is complete when each of its
 * candidates has been evaluated for the last time; what they came to, repeats of one together and in the
 * order of their numbers, says where those of the next lie. Private to the search module. */
#ifndef SEARCH_GENERATION_H
#define SEARCH_GENERATION_H

#include "search/outer.h"

/* Local. Begins with the first generation; of other methods there is one, of all candidates. False:
 * out of memory. */
bool search_generation_start(struct search *search);
void search_generation_free(struct search *search);

/* Local. Takes what a candidate came to on its held-out seeds. True: the next generation has begun,
 * whose candidates are known; they are those from `*first` to below search->generation.end. */
bool search_generation_tell(int64_t *first, struct search *search, int64_t candidate,
                            struct search_score score);

/* Local. Where the job's candidate lies. */
void search_generation_fill(struct job *job, const struct search *search);

#endif
