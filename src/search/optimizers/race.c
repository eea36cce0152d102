/* A race: challengers against the rule that is, in pairs on the same training seeds, until one of
 * them is better or none can be. Each iteration is a block of fresh seeds for all of them.
 *
 * A challenger is kept if its mean difference to the incumbent is below 0 by Student's test on the
 * pairs, at level alpha / K * (2 b - 1) / B^2 after its b-th block of at most B: over all looks and
 * all K challengers these add up to alpha, so that (Bonferroni) K challengers that are no better
 * replace the incumbent with a probability of at most alpha. Little of it is spent early, when the
 * spread is known from few pairs.
 *
 * Lifetimes fail seldom, and few pairs do not show it: their spread is then too small. So one more
 * pair is added to the test, in which the challenger loses by as much as losses spread over seeds.
 *
 * It is dropped if a gain is not in sight: if even EASE standard errors below its mean it gains less
 * than meta.optimizer.effect of the loss, or less than the blocks that are left could show. That costs
 * power and cannot make a wrong challenger win.
 *
 * A lifetime that diverged has no loss that could be averaged. A seed counts as a pair if both have
 * one. A challenger that diverged on more seeds on which the incumbent did not than the other way
 * round is dropped at once; the other way round it can be kept by the test of signs, if its pairs
 * are not worse.
 *
 * What is tried next is in race_steps.c. All of it follows from losses and from proposals' numbers, so
 * that any order of arrival gives the same decisions.
 *
 * Sequential comparison of many candidates: Maron and Moore, Hoeffding races, NIPS 1993; Birattari et
 * al., A racing algorithm for configuring metaheuristics, GECCO 2002. */
#include <math.h>
#include <string.h>

#include "model/rule.h"
#include "search/optimizers/race_bowl.h"
#include "search/optimizers/race_odds.h"
#include "search/optimizers/race_steps.h"

static const double EASE = 0.84;   /* standard errors: wrong in a fifth of cases */
static const double POWER = 2.5;   /* standard errors that the last look needs, about */
static const double MEMORY = 0.98; /* share of the bowl's sums that is kept after a block */

static int population(const struct settings *settings, int n)
{
    (void)n;
    return optimizer_race_population(settings);
}

static void start(struct optimizer *optimizer, const double *theta, int n,
                  const struct settings *settings)
{
    struct race race = optimizer_race_view(optimizer, settings, n);
    double step = settings->meta.optimizer.step;
    struct rule rule;
    rule_create(&rule, settings);
    *race.head = (struct race_head){.coefficients = rule.terms < n ? rule.terms : n,
                                    .times = rule.learns[RULE_TAU_E] + rule.learns[RULE_TAU_W],
                                    .clip = rule_place(&rule, RULE_CLIP),
                                    .mean = rule_place(&rule, RULE_BASELINE_RATE),
                                    .step = step,
                                    .size = step,
                                    .time = step,
                                    .bound = step,
                                    .rate = step};
    race.head->unit = optimizer_race_size(&race, theta);
    memcpy(race.origin, theta, sizeof *theta * (size_t)n);
    for (int i = 0; i < race.population && n > 0; i++)
        optimizer_race_propose(&race, i, theta);
}

static void member(double *theta, const struct optimizer *optimizer,
                   const struct settings *settings, int64_t iteration, int member, int n)
{
    struct race race = optimizer_race_view(optimizer, settings, n);
    (void)iteration;
    memcpy(theta, optimizer_race_theta(&race, member), sizeof *theta * (size_t)n);
}

/* ---- what a block says ---- */

/* The incumbent's losses; whether there was any. */
static bool take_incumbent(struct race *race, const struct optimizer_block *block)
{
    struct race_head *head = race->head;
    int finite = 0;
    for (int s = 0; s < block->seeds; s++) {
        if (!isfinite(block->loss[s]))
            continue;
        double apart = block->loss[s] - head->loss;
        finite++;
        head->losses++;
        head->loss += apart / head->losses;
        head->squares += apart * (block->loss[s] - head->loss);
    }
    return finite > 0;
}

/* The challenger's pairs, by Welford's recursion; their mean in this block and its weight. */
static void take_pairs(struct race *race, int slot, const struct optimizer_block *block, double *y,
                       double *weight)
{
    struct race_slot *challenger = optimizer_race_slot(race, slot);
    const double *loss = block->loss + (slot + 1L) * block->seeds;
    double penalty = block->penalty[slot + 1] - block->penalty[0], sum = 0;
    int pairs = 0;
    challenger->blocks++;
    for (int s = 0; s < block->seeds; s++) {
        bool one = isfinite(loss[s]), other = isfinite(block->loss[s]);
        challenger->worse += !one && other;
        challenger->better += one && !other;
        if (!one || !other)
            continue;
        double difference = loss[s] - block->loss[s] + penalty,
               apart = difference - challenger->mean;
        challenger->pairs++;
        challenger->mean += apart / challenger->pairs;
        challenger->squares += apart * (difference - challenger->mean);
        sum += difference;
        pairs++;
    }
    double least = 1e-3 * race->head->loss;
    double variance = challenger->squares / (challenger->pairs - 1) + least * least + 1e-12;
    *y = pairs > 0 ? sum / pairs : 0;
    *weight = pairs > 0 && challenger->pairs > 1 ? pairs / variance : 0;
}

/* All of them, and what they say of the bowl. */
static void take_block(struct race *race, const double *theta, const struct optimizer_block *block)
{
    double y[RACE_POPULATION + 1] = {0}, weight[RACE_POPULATION + 1] = {0};
    int points = race->population;
    for (int i = 0; i < points; i++) {
        take_pairs(race, i, block, &y[i], &weight[i]);
        weight[points] += weight[i] / points;
    }
    optimizer_race_forget(race, MEMORY);
    optimizer_race_learn(race, theta, y, weight);
}

static double error_of(const struct race_slot *c)
{
    return c->pairs > 1 ? sqrt(c->squares / (c->pairs - 1) / c->pairs) : NAN;
}

/* Student's test of the pairs and one more that was not seen. */
static double chance_of(const struct race *race, const struct race_slot *c)
{
    const struct race_head *head = race->head;
    double spread = head->losses > 1 ? sqrt(head->squares / (head->losses - 1)) : 0;
    double apart = spread - c->mean, mean = c->mean + apart / (c->pairs + 1);
    double squares = c->squares + apart * apart * c->pairs / (c->pairs + 1);
    double error = sqrt(squares / c->pairs / (c->pairs + 1));
    if (error == 0)
        return mean < 0 ? 0 : 1;
    return optimizer_race_student(-mean / error, (int)c->pairs);
}

/* Whether the pairs, or the seeds on which one of both diverged, show a better rule. */
static bool is_better(const struct race *race, const struct race_slot *c)
{
    double most = (double)race->settings->meta.optimizer.blocks;
    double level = race->settings->meta.optimizer.alpha / race->population * (2 * c->blocks - 1) /
                   (most * most);
    double error = error_of(c);
    int apart = (int)(c->worse + c->better);
    if (apart > 0)
        level /= 2; // two tests
    if (apart > 0 && optimizer_race_coin((int)c->worse, apart) <= level &&
        !(c->mean - EASE * error > 0))
        return true;
    return c->mean < 0 && c->pairs > 1 && chance_of(race, c) <= level;
}

static int judge(const struct race *race, const struct race_slot *c)
{
    const struct settings *settings = race->settings;
    double most = (double)settings->meta.optimizer.blocks, error = error_of(c);
    if (c->worse > c->better || (c->pairs == 0 && c->better == 0))
        return OPTIMIZER_DIVERGED;
    if (is_better(race, c))
        return OPTIMIZER_KEPT;
    if (c->mean - EASE * error > 0)
        return OPTIMIZER_WORSE;
    double gain = settings->meta.optimizer.effect * fabs(race->head->loss);
    double shown = POWER * error * sqrt(c->blocks / most);
    if (c->better == c->worse && c->mean - EASE * error > -fmax(gain, shown))
        return OPTIMIZER_HOPELESS;
    return c->blocks >= most ? OPTIMIZER_UNDECIDED : OPTIMIZER_OPEN;
}

/* ---- what follows ---- */

/* The challenger that is kept, -1: none. The one that diverges least, then the one with the least
 * upper bound. */
static int choose(const struct race *race, const int *verdict)
{
    int best = -1;
    double bound[2] = {0, 0};
    for (int i = 0; i < race->population; i++) {
        const struct race_slot *c = optimizer_race_slot(race, i);
        double error = error_of(c),
               own[2] = {c->worse - c->better, c->mean + (error > 0 ? error : 0)};
        if (verdict[i] != OPTIMIZER_KEPT)
            continue;
        if (best >= 0 && (own[0] > bound[0] || (own[0] == bound[0] && own[1] >= bound[1])))
            continue;
        best = i;
        memcpy(bound, own, sizeof own);
    }
    return best;
}

/* Longer after a step that was kept, shorter after one that was not: about one in eight keeps the
 * length. */
static void adapt(struct race *race, const struct race_slot *c, bool kept)
{
    static const double LONGER = 1.5, SHORTER = 0.95, LEAST = 0.03, MOST = 1;
    struct race_head *head = race->head;
    double *const lengths[OPTIMIZER_KINDS] = {
        [OPTIMIZER_DIRECTION] = &head->step, [OPTIMIZER_DOWNHILL] = &head->step,
        [OPTIMIZER_LARGER] = &head->size,    [OPTIMIZER_SMALLER] = &head->size,
        [OPTIMIZER_SLOWER] = &head->time,    [OPTIMIZER_FASTER] = &head->time,
        [OPTIMIZER_LOOSER] = &head->bound,   [OPTIMIZER_TIGHTER] = &head->bound,
        [OPTIMIZER_QUICKER] = &head->rate,   [OPTIMIZER_STEADIER] = &head->rate,
    };
    double *length = lengths[(int)c->kind];
    if (!length)
        return;
    *length = fmin(MOST, fmax(LEAST, kept ? LONGER * c->length : SHORTER * *length));
}

/* Open ones end with the incumbent that they were compared with. */
static void supersede(const struct race *race, int *verdict, int winner)
{
    for (int i = 0; i < race->population; i++)
        if (i != winner && (verdict[i] == OPTIMIZER_OPEN || verdict[i] == OPTIMIZER_KEPT))
            verdict[i] = OPTIMIZER_SUPERSEDED;
}

static void tell(struct optimizer_decision *decision, const struct race *race, const int *verdict)
{
    for (int i = 0; i < race->population && decision; i++) {
        const struct race_slot *c = optimizer_race_slot(race, i);
        decision[i] = (struct optimizer_decision){.kind = (int)c->kind,
                                                  .verdict = verdict[i],
                                                  .pairs = (int)c->pairs,
                                                  .difference = c->pairs > 0 ? c->mean : NAN,
                                                  .error = error_of(c)};
    }
}

/* Theta becomes the challenger, which goes on by the same step; others that looked better take theirs
 * from the new theta. */
static void keep(struct race *race, double *theta, int winner, const int *verdict)
{
    double step[RULE_PARAMETERS];
    for (int p = 0; p < race->n; p++)
        step[p] = optimizer_race_theta(race, winner)[p] - theta[p];
    memcpy(theta, optimizer_race_theta(race, winner), sizeof *theta * (size_t)race->n);
    race->head->losses = race->head->squares = 0;
    race->head->loss += optimizer_race_slot(race, winner)->mean;
    for (int i = 0; i < race->population; i++) {
        const struct race_slot *c = optimizer_race_slot(race, i);
        bool promising = verdict[i] == OPTIMIZER_SUPERSEDED && c->mean + EASE * error_of(c) < 0;
        if ((i == winner || promising) && (int)c->kind != OPTIMIZER_WITHOUT)
            optimizer_race_carry(race, i, step);
        else
            optimizer_race_propose(race, i, theta);
    }
}

static void select_rules(struct optimizer *optimizer, double *theta,
                         const struct optimizer_block *block, int n,
                         const struct settings *settings)
{
    struct race race = optimizer_race_view(optimizer, settings, n);
    int verdict[RACE_POPULATION] = {0};
    if (n == 0)
        return;
    bool finite = take_incumbent(&race, block);
    take_block(&race, theta, block);
    for (int i = 0; i < race.population; i++)
        verdict[i] = judge(&race, optimizer_race_slot(&race, i));
    int winner = choose(&race, verdict);
    if (winner >= 0)
        supersede(&race, verdict, winner);
    tell(block->decision, &race, verdict);
    for (int i = 0; i < race.population; i++)
        if (verdict[i] != OPTIMIZER_OPEN && verdict[i] != OPTIMIZER_SUPERSEDED)
            adapt(&race, optimizer_race_slot(&race, i), i == winner);
    if (winner >= 0) {
        optimizer->steps++;
        keep(&race, theta, winner, verdict);
        return;
    }
    for (int i = 0; i < race.population; i++) {
        if (verdict[i] == OPTIMIZER_OPEN)
            continue;
        if (finite)
            optimizer_race_propose(&race, i, theta);
        else
            optimizer_race_shrink(&race, i, theta);
    }
}

static const char *const reads[] = {"meta.optimizer.population",
                                    "meta.optimizer.sigma",
                                    "meta.optimizer.step",
                                    "meta.optimizer.alpha",
                                    "meta.optimizer.effect",
                                    "meta.optimizer.blocks",
                                    NULL};

const struct optimizer_method optimizer_race = {
    .name = "race",
    .reads = reads,
    .sentence =
        "Race: rules around the one that is, compared with it in pairs on fresh seeds; one is "
        "kept only if it wins a sequential test.",
    .fresh = true,
    .decides = true,
    .numbers = optimizer_race_numbers,
    .start = start,
    .population = population,
    .member = member,
    .select = select_rules,
};
