/* Who is stopped, as arithmetic. */
#include "search/stopping.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/random.h"

/* ---- rungs and brackets ---- */

/* How often the whole budget can be divided by the factor before it is below the first rung. */
static int32_t divisions(const struct search_stopping *stopping)
{
    int32_t count = 0;
    for (int64_t budget = stopping->whole / stopping->factor; budget >= stopping->first;
         budget /= stopping->factor)
        count++;
    return count;
}

static bool is_geometric(const struct search_stopping *stopping)
{
    bool each = stopping->rule == STOPPING_MEDIAN || stopping->rule == STOPPING_POPULATION;
    return !each || stopping->by_seeds;
}

/* Deals the candidates to the brackets in a random order, since their numbers follow the axes. */
static enum status deal(struct search_stopping *stopping, int64_t candidates, struct error *error)
{
    struct digest *ticket =
        error_calloc(error, (unsigned long)candidates, sizeof *ticket, "brackets");
    stopping->bracket =
        error_calloc(error, (unsigned long)candidates, sizeof *stopping->bracket, "brackets");
    if (!ticket || !stopping->bracket) {
        free(ticket);
        search_stopping_free(stopping);
        return STATUS_FAILED;
    }
    for (int64_t c = 0; c < candidates; c++) {
        uint64_t word[4];
        random_words(word, random_key(stopping->seed, 0, RANDOM_BRACKETS), (uint64_t)c, 0, 0);
        ticket[c] = (struct digest){word[0], c};
    }
    qsort(ticket, (size_t)candidates, sizeof *ticket, digest_compare);
    int32_t bracket = 0;
    for (int64_t c = 0, last = stopping->size[0]; c < candidates; c++) {
        while (c >= last)
            last += stopping->size[++bracket];
        stopping->bracket[ticket[c].number] = (unsigned char)bracket;
    }
    free(ticket);
    return STATUS_OK;
}

/* Shares candidates out by weight; what rounding leaves goes to the first brackets. */
static void share_out(struct search_stopping *stopping, int64_t candidates)
{
    double weight[SEARCH_BRACKETS], sum = 0;
    int64_t left = candidates;
    for (int32_t b = 0; b < stopping->brackets; b++) {
        int32_t rungs = search_stopping_rungs(stopping, b);
        weight[b] = ceil(stopping->brackets * pow((double)stopping->factor, rungs) / (rungs + 1));
        sum += weight[b];
    }
    for (int32_t b = 0; b < stopping->brackets; b++) {
        stopping->size[b] = (int64_t)((double)candidates * weight[b] / sum);
        left -= stopping->size[b];
    }
    for (int32_t b = 0; left > 0; b = (b + 1) % stopping->brackets, left--)
        stopping->size[b]++;
}

enum status search_stopping_create(struct search_stopping *stopping,
                                   const struct settings *settings,
                                   const struct search_extent *extent, int64_t candidates,
                                   int repeats, struct error *error)
{
    *stopping = (struct search_stopping){.rule = settings->meta.stopping.name};
    if (stopping->rule == STOPPING_NONE)
        return STATUS_OK;
    stopping->by_seeds = extent->iterations == 0;
    stopping->seed = (uint64_t)settings->seed;
    stopping->factor = settings->meta.stopping.factor;
    stopping->first = (int32_t)settings->meta.stopping.first;
    stopping->whole = stopping->by_seeds ? extent->held_out : extent->evaluations - 1;
    stopping->rungs = is_geometric(stopping) ? divisions(stopping)
                                             : (int32_t)fmax(stopping->whole - stopping->first, 0);
    stopping->repeats = repeats;
    stopping->brackets = 1;
    stopping->size[0] = candidates / repeats;
    if (stopping->rule != STOPPING_HYPERBAND)
        return STATUS_OK;
    stopping->brackets = stopping->rungs + 1;
    share_out(stopping, candidates / repeats);
    return deal(stopping, candidates / repeats, error);
}

void search_stopping_free(struct search_stopping *stopping)
{
    free(stopping->bracket);
    *stopping = (struct search_stopping){0};
}

int32_t search_stopping_bracket(const struct search_stopping *stopping, int64_t candidate)
{
    return stopping->bracket ? stopping->bracket[candidate / stopping->repeats] : 0;
}

int32_t search_stopping_rungs(const struct search_stopping *stopping, int32_t bracket)
{
    return stopping->rungs - bracket;
}

int32_t search_stopping_budget(const struct search_stopping *stopping, int32_t bracket,
                               int32_t rung)
{
    if (!is_geometric(stopping))
        return stopping->first + rung;
    int64_t budget = stopping->whole;
    for (int32_t r = search_stopping_rungs(stopping, bracket); r > rung; r--)
        budget /= stopping->factor;
    return (int32_t)budget;
}

/* ---- how many ---- */

int64_t search_stopping_kept(const struct search_stopping *stopping, int64_t count)
{
    if (stopping->rule == STOPPING_MEDIAN)
        return (count + 1) / 2;
    if (stopping->rule == STOPPING_POPULATION)
        return count;
    int64_t kept = count / stopping->factor;
    return kept > 0 || count == 0 ? kept : 1;
}

int64_t search_stopping_bred(const struct search_stopping *stopping, int64_t count)
{
    enum { SHARE = 5 };
    if (stopping->rule != STOPPING_POPULATION || count < 2)
        return 0;
    return count < SHARE ? 1 : count / SHARE;
}

int64_t search_stopping_ran(const struct search_extent *extent, int32_t budget, int32_t kind)
{
    bool by_seeds = extent->iterations == 0;
    if (kind == JOB_TRAIN && !by_seeds)
        return (int64_t)search_evaluated_iteration(extent, budget) * extent->seeds;
    if (kind == JOB_EVALUATE)
        return by_seeds ? budget : (budget + 1) * (int64_t)extent->held_out;
    return 0;
}

void search_stopping_lifetimes(int64_t range[2], const struct search_stopping *stopping,
                               const struct search_extent *extent, int64_t candidates, int32_t kind)
{
    int64_t whole = search_lifetimes(extent, kind), least = 0;
    for (int32_t b = 0; b < stopping->brackets; b++) {
        int64_t count = stopping->size[b];
        for (int32_t r = 0; r < search_stopping_rungs(stopping, b); r++) {
            int64_t kept = search_stopping_kept(stopping, count);
            int32_t budget = search_stopping_budget(stopping, b, r);
            least += (count - kept) * search_stopping_ran(extent, budget, kind) * stopping->repeats;
            count = kept;
        }
        least += count * whole * stopping->repeats;
    }
    bool decided = stopping->rule == STOPPING_HALVING || stopping->rule == STOPPING_HYPERBAND;
    range[1] = decided ? least : candidates * whole;
    range[0] = stopping->rule == STOPPING_NONE ? range[1] : least;
}

/* ---- who ---- */

bool search_score_is_better(const struct search_score *a, const struct search_score *b)
{
    return search_evaluation_is_better(a->finite, a->loss, b->finite, b->loss);
}

struct search_score search_score_join(const struct search_score *score, int repeats)
{
    struct search_score all = {0};
    int count = 0;
    for (int r = 0; r < repeats; r++)
        if (score[r].finite > 0) {
            all.loss += score[r].loss;
            all.finite += score[r].finite;
            count++;
        }
    all.loss = count > 0 ? all.loss / count : NAN;
    return all;
}

int search_result_compare(const void *a, const void *b)
{
    const struct search_result *x = a, *y = b;
    if (search_score_is_better(&x->score, &y->score))
        return -1;
    if (search_score_is_better(&y->score, &x->score))
        return 1;
    return x->candidate < y->candidate ? -1 : x->candidate > y->candidate;
}

struct rank {
    struct search_result of;
    int64_t index; /* of the contender */
};

static void sort(struct rank *rank, const struct search_contender *contender, int64_t count,
                 bool means)
{
    for (int64_t i = 0; i < count; i++)
        rank[i] = (struct rank){
            {contender[i].candidate, means ? contender[i].mean : contender[i].own}, i};
    qsort(rank, (size_t)count, sizeof *rank, search_result_compare);
}

/* With an even number of others the worse one of the two in the middle is the median. */
static void compare_with_median(struct search_decision *decision, struct rank *rank,
                                const struct search_contender *contender, int64_t count)
{
    int64_t middle = (count - 1) / 2; /* of the others */
    sort(rank, contender, count, true);
    for (int64_t p = 0; p < count; p++) {
        struct search_decision *of = &decision[rank[p].index];
        of->threshold = (struct search_score){NAN, 0};
        of->kept = true;
        if (count == 1)
            break;
        of->threshold = rank[p <= middle ? middle + 1 : middle].of.score;
        of->kept = !search_score_is_better(&of->threshold, &of->own);
    }
}

/* The worst `bred` candidates each get one of the best `bred`. */
static void draw_donors(struct search_decision *decision, const struct search_stopping *stopping,
                        int32_t rung, const struct rank *rank, int64_t count)
{
    int64_t bred = search_stopping_bred(stopping, count);
    for (int64_t p = count - bred; p < count; p++) {
        double u;
        random_uniform(&u, random_key(stopping->seed, 0, RANDOM_POPULATION),
                       (uint64_t)rank[p].of.candidate, (uint64_t)rung, 1);
        decision[rank[p].index].donor = rank[(int64_t)(u * (double)bred)].of.candidate;
    }
}

enum status search_stopping_decide(struct search_decision *decision,
                                   const struct search_stopping *stopping, int32_t rung,
                                   const struct search_contender *contender, int64_t count)
{
    struct rank *rank = calloc((size_t)count + 1, sizeof *rank);
    if (!rank)
        return STATUS_FAILED;
    int64_t kept = search_stopping_kept(stopping, count);
    int64_t last = kept - search_stopping_bred(stopping, count) - 1;
    sort(rank, contender, count, false);
    for (int64_t p = 0; p < count; p++)
        decision[rank[p].index] = (struct search_decision){.kept = p < kept,
                                                           .place = (int32_t)p,
                                                           .own = rank[p].of.score,
                                                           .threshold = rank[last].of.score,
                                                           .donor = -1};
    draw_donors(decision, stopping, rung, rank, count);
    if (stopping->rule == STOPPING_MEDIAN)
        compare_with_median(decision, rank, contender, count);
    free(rank);
    return STATUS_OK;
}
