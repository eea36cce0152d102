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
    size_t candidates = (size_t)search->plan->space->candidates, samples = (size_t)sweep->samples;
    generation->end = search->plan->space->candidates;
    if (!sweep->method->learn || !sweep->point)
        return true;
    generation->end = generation->open = sweep_generation(sweep, 0) * sweep->repeats;
    generation->score = calloc(candidates + 1, sizeof *generation->score);
    generation->came = calloc(samples + 1, sizeof *generation->came);
    generation->place = calloc(samples + 1, sizeof *generation->place);
    return generation->score && generation->came && generation->place;
}

void search_generation_free(struct search *search)
{
    free(search->generation.score);
    free(search->generation.came);
    free(search->generation.place);
}

static void rank(struct generation *generation, int repeats)
{
    int64_t samples = generation->end / repeats;
    for (int64_t s = 0; s < samples; s++)
        generation->came[s] =
            (struct search_result){s, search_score_join(&generation->score[s * repeats], repeats)};
    qsort(generation->came, (size_t)samples, sizeof *generation->came, search_result_compare);
    for (int64_t i = 0; i < samples; i++)
        generation->place[generation->came[i].candidate] =
            generation->came[i].score.finite > 0 ? (int32_t)i : -1;
}

/* A sample that nothing could be run of stays with the draw that stands in for it, which was checked
 * when the sweep was read. */
static void settle(struct search *search, int64_t sample)
{
    const struct search_plan *plan = search->plan;
    const struct sweep *sweep = &plan->space->config->sweep;
    int64_t candidate = sample * sweep->repeats;
    struct settings settings;
    if (!space_allows(plan->space, candidate, &settings) || !search_alike(plan, &settings))
        sweep_place(sweep, sample, NULL);
    for (int r = 0; search->listener.place != NULL && r < sweep->repeats; r++)
        search->listener.place(search->listener.context, candidate + r);
}

bool search_generation_tell(int64_t *first, struct search *search, int64_t candidate,
                            struct search_score score)
{
    struct generation *generation = &search->generation;
    const struct sweep *sweep = &search->plan->space->config->sweep;
    if (generation->came == NULL)
        return false;
    generation->score[candidate] = score;
    if (--generation->open > 0 || generation->end == search->plan->space->candidates)
        return false;
    *first = generation->end;
    rank(generation, sweep->repeats);
    int64_t sample = *first / sweep->repeats, end = sweep_generation(sweep, sample);
    generation->end = end * sweep->repeats;
    generation->open = generation->end - *first;
    if (!sweep->method->learn(sweep, generation->place, sample, end)) {
        search->broken = true;
        return false;
    }
    for (; sample < end; sample++)
        settle(search, sample);
    return true;
}

void search_generation_fill(struct job *job, const struct search *search)
{
    const struct sweep *sweep = &search->plan->space->config->sweep;
    size_t axes = (size_t)sweep->axes;
    if (sweep->point)
        memcpy(job->point, sweep_row(sweep, job->candidate), axes * sizeof *job->point);
}
