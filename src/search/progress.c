/* How far the search is, and what it has found. */
#include <math.h>

#include "search/outer.h"
#include "search/pairs.h"

struct search_progress search_progress(const struct search *search)
{
    struct search_progress progress = search->progress;
    search_rungs_expect(search, &progress);
    return progress;
}

/* Evaluations come in any order; the start rule's is nothing to stand on while others are to come. */
void search_stand(struct outer *outer, const double *loss, int seeds, int32_t round, bool ended)
{
    struct stand *stand = &outer->stand;
    if (stand->ended || (!ended && (round == 0 || (stand->known && round < stand->round))))
        return;
    struct pairs_mean mean = pairs_mean(loss, seeds);
    *stand =
        (struct stand){mean.mean, mean.error, round, true, seeds > 0 && mean.count == seeds, ended};
}

/* What `repeats` outer loops in a row come to together: nothing unless all are finite and, of several, at
 * their end. */
static struct search_best join(const struct outer *outer, int32_t repeats)
{
    double sum = 0, squares = 0;
    for (int32_t r = 0; r < repeats; r++) {
        const struct stand *stand = &outer[r].stand;
        if (!stand->known || !stand->whole || outer[r].stopped || (repeats > 1 && !stand->ended))
            return (struct search_best){NAN, NAN, false};
        sum += stand->loss;
    }
    if (repeats == 1)
        return (struct search_best){sum, outer->stand.error, outer->stand.ended};
    double mean = sum / repeats;
    for (int32_t r = 0; r < repeats; r++)
        squares += (outer[r].stand.loss - mean) * (outer[r].stand.loss - mean);
    return (struct search_best){mean, sqrt(squares / (repeats - 1) / repeats), true};
}

struct search_best search_best(const struct search *search)
{
    struct search_best best = {NAN, NAN, false};
    int32_t repeats = search->plan->space->config->sweep.repeats;
    if (repeats > 1 && search->step > 1) // in a shard no candidate has all of them
        return best;
    for (int64_t i = 0; i + repeats <= search->outers; i += repeats) {
        struct search_best other = join(&search->outer[i], repeats);
        if (isfinite(other.loss) && (isnan(best.loss) || other.ended > best.ended ||
                                     (other.ended == best.ended && other.loss < best.loss)))
            best = other;
    }
    return best;
}

bool search_finished(const struct search *search)
{
    return search->progress.done == search->progress.jobs;
}

bool search_broken(const struct search *search)
{
    return search->broken;
}
