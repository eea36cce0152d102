/* How far the search is. */
#include "search/outer.h"

struct search_progress search_progress(const struct search *search)
{
    struct search_progress progress = search->progress;
    search_rungs_expect(search, &progress);
    return progress;
}

bool search_finished(const struct search *search)
{
    return search->progress.done == search->progress.jobs;
}

bool search_broken(const struct search *search)
{
    return search->broken;
}
