/* Generations. Any order of arrival leads to the same ones, since nothing follows from one before it is
 * complete. */
#include "search/generation.h"

#include <stdlib.h>
#include <string.h>

#include "search/alike.h"

bool search_generation_start(struct search *search)
{
    struct generation *generation = &search->generation;
    const struct sweep *sweep = &search->plan->space->config->sweep;
    size_t candidates = (size_t)search->plan->space->candidates;
    generation->end = search->plan->space->candidates;
    if (!sweep->method->learn || !sweep->point)
        return true;
    generation->end = generation->open = sweep_generation(sweep, 0);
    generation->came = calloc(candidates + 1, sizeof *generation->came);
    generation->place = calloc(candidates + 1, sizeof *generation->place);
    return generation->came && generation->place;
}

void search_generation_free(struct search *search)
{
    free(search->generation.came);
    free(search->generation.place);
}

static void rank(struct generation *generation)
{
    qsort(generation->came, (size_t)generation->end, sizeof *generation->came,
          search_result_compare);
    for (int64_t i = 0; i < generation->end; i++)
        generation->place[generation->came[i].candidate] =
            generation->came[i].score.finite > 0 ? (int32_t)i : -1;
}

/* A candidate that nothing could be run of stays with the draw that stands in for it, which was checked
 * when the sweep was read. */
static void settle(struct search *search, int64_t candidate)
{
    const struct search_plan *plan = search->plan;
    struct settings settings;
    if (!space_allows(plan->space, candidate, &settings) || !search_alike(plan, &settings))
        sweep_place(&plan->space->config->sweep, candidate, NULL);
    if (search->listener.place != NULL)
        search->listener.place(search->listener.context, candidate);
}

bool search_generation_tell(int64_t *first, struct search *search, int64_t candidate,
                            struct search_score score)
{
    struct generation *generation = &search->generation;
    const struct sweep *sweep = &search->plan->space->config->sweep;
    if (generation->came == NULL)
        return false;
    generation->came[generation->end - generation->open] = (struct search_result){candidate, score};
    if (--generation->open > 0 || generation->end == sweep->samples)
        return false;
    *first = generation->end;
    rank(generation);
    generation->end = sweep_generation(sweep, *first);
    generation->open = generation->end - *first;
    if (!sweep->method->learn(sweep, generation->place, *first, generation->end)) {
        search->broken = true;
        return false;
    }
    for (int64_t c = *first; c < generation->end; c++)
        settle(search, c);
    return true;
}

void search_generation_fill(struct job *job, const struct search *search)
{
    const struct sweep *sweep = &search->plan->space->config->sweep;
    size_t axes = (size_t)sweep->axes;
    if (sweep->point)
        memcpy(job->point, sweep->point + job->candidate * sweep->axes, axes * sizeof *job->point);
}
