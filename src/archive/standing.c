/* How candidates stand, from their slots. These come in the order of the seeds, so that the means have
 * the bits of /held_out_loss and /loss. */
#include "archive/standing.h"

#include <math.h>
#include <stdlib.h>

/* The lifetimes of one theta, one for each seed. */
struct group {
    int64_t candidate;
    int32_t round; /* meta-iteration or evaluation */
    int32_t run;
    double *number[2];    /* losses, accuracies [run]; NAN: not finite */
    int32_t complete;     /* groups of this candidate before */
    struct standing best; /* of these */
};

/* The tests of one candidate. */
struct tests {
    int64_t candidate;
    double *number[TESTED_RULES][2]; /* losses, accuracies [seeds]; NAN: not finite */
};

struct reading {
    struct standing *standing;
    struct search_extent *extent; /* [candidates] */
    double (*cost)[JOB_KINDS];    /* of a lifetime [candidates] */
    enum job_kind kind;           /* what candidates stand on */
    bool population;              /* and there it is the last, whether it was the best or not */
    struct group group;
    struct tests tests;
};

/* The mean of the finite ones of `number` [count], and its standard error; returns how many. */
static int32_t take_mean(double *mean, double *error, const double *number, int32_t count)
{
    struct pairs_mean of = pairs_mean(number, count);
    *mean = of.mean;
    *error = of.error;
    return (int32_t)of.count;
}

/* How often a theta of the candidate is evaluated on all seeds. */
static int32_t rounds_of(const struct reading *reading, int64_t candidate)
{
    const struct search_extent *extent = &reading->extent[candidate];
    return reading->kind == JOB_EVALUATE ? extent->evaluations : extent->iterations;
}

static int32_t iteration_of(const struct reading *reading, int64_t candidate, int32_t round)
{
    return reading->kind == JOB_EVALUATE
               ? search_evaluated_iteration(&reading->extent[candidate], round)
               : round;
}

static void stand_on(struct standing *standing, const struct standing *best)
{
    standing->iteration = best->iteration;
    standing->finite = best->finite;
    standing->loss[1] = best->loss[1];
    standing->loss_error = best->loss_error;
    standing->accuracy[1] = best->accuracy[1];
    standing->accuracy_error = best->accuracy_error;
}

/* Whether the candidate stands on the group that has ended; of several to choose from on the best. */
static bool is_last(struct group *group, struct standing *standing, int32_t rounds, bool chooses)
{
    if (!chooses)
        return group->round + 1 == rounds;
    const struct standing *best = &group->best;
    if (group->complete++ == 0 || search_evaluation_is_better(standing->finite, standing->loss[1],
                                                              best->finite, best->loss[1]))
        group->best = *standing;
    if (group->complete < rounds)
        return false;
    stand_on(standing, &group->best);
    return true;
}

/* A group counts when all of its seeds were run. */
static void end_group(struct reading *reading)
{
    struct group *group = &reading->group;
    struct standing *standing = &reading->standing[group->candidate];
    if (group->run == 0 || group->run < standing->seeds)
        return;
    standing->iteration = iteration_of(reading, group->candidate, group->round);
    standing->finite =
        take_mean(&standing->loss[1], &standing->loss_error, group->number[0], group->run);
    take_mean(&standing->accuracy[1], &standing->accuracy_error, group->number[1], group->run);
    if (group->round == 0) {
        standing->loss[0] = standing->loss[1];
        standing->accuracy[0] = standing->accuracy[1];
    }
    if (!is_last(group, standing, rounds_of(reading, group->candidate),
                 standing->test.seeds > 0 && !reading->population))
        return;
    standing->state = standing->finite == standing->seeds ? STANDING_FINISHED
                      : standing->finite > 0              ? STANDING_PARTLY
                                                          : STANDING_DIVERGED;
}

/* Takes a lifetime into the group of its theta. */
static void add(struct reading *reading, const struct outcome *outcome)
{
    struct group *group = &reading->group;
    bool learned = search_learned(outcome);
    if (group->candidate != outcome->candidate || group->round != outcome->iteration) {
        end_group(reading);
        if (group->candidate != outcome->candidate)
            group->complete = 0;
        group->candidate = outcome->candidate;
        group->round = outcome->iteration;
        group->run = 0;
    }
    group->number[0][group->run] = learned ? outcome->loss : NAN;
    group->number[1][group->run++] = learned ? outcome->accuracy : NAN;
}

static void compare_rules(struct standing_test *test, const struct tests *tests)
{
    struct pairs_mean difference = pairs_difference(tests->number[TESTED_CHOSEN][0],
                                                    tests->number[TESTED_START][0], test->seeds);
    test->pairs = (int32_t)difference.count;
    test->difference = difference.mean;
    test->difference_error = difference.error;
}

/* What the tests of a candidate say, of rules whose seeds were all run. */
static void end_tests(struct reading *reading)
{
    const struct tests *tests = &reading->tests;
    struct standing_test *test = &reading->standing[tests->candidate].test;
    double unused;
    int complete = 0;
    for (int r = 0; r < TESTED_RULES && test->rules > 0; r++) {
        int from = r < test->rules ? r : TESTED_START;
        test->run[r] = test->run[from];
        if (test->run[r] < test->seeds)
            continue;
        test->finite[r] =
            take_mean(&test->loss[r], &test->loss_error[r], tests->number[from][0], test->seeds);
        take_mean(&test->accuracy[r], &unused, tests->number[from][1], test->seeds);
        complete++;
    }
    if (complete == TESTED_RULES && test->rules == TESTED_RULES)
        compare_rules(test, tests);
}

static void add_test(struct reading *reading, const struct outcome *outcome)
{
    struct tests *tests = &reading->tests;
    bool learned = search_learned(outcome);
    if (tests->candidate != outcome->candidate)
        end_tests(reading);
    tests->candidate = outcome->candidate;
    reading->standing[outcome->candidate].test.run[outcome->iteration]++;
    tests->number[outcome->iteration][0][outcome->seed] = learned ? outcome->loss : NAN;
    tests->number[outcome->iteration][1][outcome->seed] = learned ? outcome->accuracy : NAN;
}

static void take(void *context, const struct outcome *outcome)
{
    struct reading *reading = context;
    struct standing *standing = &reading->standing[outcome->candidate];
    if (outcome->kind == JOB_SCALE)
        return;
    standing->done[outcome->kind]++;
    standing->failed += outcome->state == LIFETIME_FAILED;
    standing->diverged += outcome->state != LIFETIME_DONE && outcome->state != LIFETIME_FAILED;
    standing->seconds += outcome->seconds;
    standing->cost_done += reading->cost[outcome->candidate][outcome->kind];
    if (outcome->kind == (int32_t)reading->kind && outcome->seed < standing->seeds)
        add(reading, outcome);
    else if (outcome->kind == JOB_TEST)
        add_test(reading, outcome);
}

/* What the sweep asks of a candidate, of which nothing is known yet. */
static void begin(struct reading *reading, const struct space *space, int64_t candidate)
{
    struct settings settings;
    struct rule rule;
    struct search_extent *extent = &reading->extent[candidate];
    double *cost = reading->cost[candidate];
    space_settings(space, candidate, &settings);
    rule_create(&rule, &settings);
    *extent = search_extent(&settings);
    int32_t rounds = rounds_of(reading, candidate);
    int32_t seeds =
        reading->kind == JOB_EVALUATE ? extent->held_out : extent->seeds / extent->points;
    struct standing *standing = &reading->standing[candidate];
    *standing = (struct standing){
        .candidate = candidate,
        .state = rounds > 0 && seeds > 0 ? STANDING_UNFINISHED : STANDING_NONE,
        .iteration = -1,
        .iterations = rounds > 0 ? iteration_of(reading, candidate, rounds - 1) : 0,
        .rung = -1,
        .seeds = seeds,
        .loss = {NAN, NAN},
        .accuracy = {NAN, NAN},
        .loss_error = NAN,
        .accuracy_error = NAN,
        .test = {.rules = extent->tested,
                 .seeds = extent->tests,
                 .loss = {NAN, NAN},
                 .loss_error = {NAN, NAN},
                 .accuracy = {NAN, NAN},
                 .difference = NAN,
                 .difference_error = NAN},
    };
    for (int kind = JOB_TRAIN; kind < JOB_KINDS; kind++) {
        standing->lifetimes[kind] = search_lifetimes(extent, kind);
        cost[kind] = search_cost(&settings, &rule, kind);
        standing->cost += cost[kind] * (double)standing->lifetimes[kind];
    }
}

/* A candidate that was stopped early asks for no more than it has run, and stands on that. */
static enum status cut(struct reading *reading, struct archive *archive, int64_t candidate,
                       struct error *error)
{
    int32_t rung, budget;
    struct search_extent *extent = &reading->extent[candidate];
    struct standing *standing = &reading->standing[candidate];
    enum status status = archive_read_stopped(archive, &rung, &budget, candidate, error);
    if (status || rung < 0)
        return status;
    standing->rung = rung;
    standing->cost = 0;
    for (int kind = JOB_TRAIN; kind < JOB_KINDS; kind++) {
        standing->lifetimes[kind] = search_stopping_ran(extent, budget, kind);
        standing->cost += reading->cost[candidate][kind] * (double)standing->lifetimes[kind];
    }
    if (extent->iterations == 0)
        standing->seeds = budget;
    else
        extent->evaluations = budget + 1;
    return STATUS_OK;
}

/* ---- repeats ---- */

enum number { START_LOSS, LOSS, RIGHT, TEST_START, TEST_CHOSEN, DIFFERENCE, NUMBERS };

/* Of repeats that are not at their end it does not count how far they are. */
static void take_numbers(double *const number[NUMBERS], const struct standing *standing, int32_t r,
                         bool alone)
{
    bool counts = alone || standing->state != STANDING_UNFINISHED;
    number[START_LOSS][r] = standing->loss[0];
    number[LOSS][r] = counts ? standing->loss[1] : NAN;
    number[RIGHT][r] = counts ? standing->accuracy[1] : NAN;
    number[TEST_START][r] = standing->test.loss[TESTED_START];
    number[TEST_CHOSEN][r] = standing->test.loss[TESTED_CHOSEN];
    number[DIFFERENCE][r] = standing->test.difference;
}

static enum standing_state join_states(const int32_t count[STANDING_STATES],
                                       const struct standing_group *group)
{
    static const enum standing_state whole[] = {STANDING_FINISHED, STANDING_NONE};
    for (int i = 0; i < 2; i++)
        if (count[whole[i]] == group->repeats)
            return whole[i];
    return count[STANDING_UNFINISHED] > 0 ? STANDING_UNFINISHED
           : count[STANDING_STOPPED] > 0  ? STANDING_STOPPED
           : group->finite > 0            ? STANDING_PARTLY
                                          : STANDING_DIVERGED;
}

/* What `repeats` standings in a row come to, into each of them; number [NUMBERS, repeats] is scratch. */
static void join(struct standing *standing, double *const number[NUMBERS], int32_t repeats)
{
    struct standing_group group = {.repeats = repeats};
    int32_t count[STANDING_STATES] = {0};
    for (int32_t r = 0; r < repeats; r++) {
        count[standing[r].state]++;
        group.finite += standing[r].finite;
        take_numbers(number, &standing[r], r, repeats == 1);
    }
    group.finished = count[STANDING_FINISHED];
    group.state = join_states(count, &group);
    group.loss[0] = pairs_mean(number[START_LOSS], repeats);
    group.loss[1] = pairs_mean(number[LOSS], repeats);
    group.accuracy = pairs_mean(number[RIGHT], repeats);
    group.test_loss[TESTED_START] = pairs_mean(number[TEST_START], repeats);
    group.test_loss[TESTED_CHOSEN] = pairs_mean(number[TEST_CHOSEN], repeats);
    group.test_difference = pairs_mean(number[DIFFERENCE], repeats);
    for (int32_t r = 0; r < repeats; r++)
        standing[r].group = group;
}

static enum status join_all(struct standing *standing, const struct space *space,
                            struct error *error)
{
    int32_t repeats = space->config->sweep.repeats;
    double *numbers = error_calloc(error, NUMBERS * (unsigned long)repeats, sizeof *numbers,
                                   "losses of repeats"),
           *number[NUMBERS];
    for (int i = 0; i < NUMBERS && numbers; i++)
        number[i] = numbers + (size_t)i * (size_t)repeats;
    for (int64_t c = 0; c < space->candidates && numbers; c += repeats)
        join(standing + c, number, repeats);
    free(numbers);
    return numbers ? STATUS_OK : STATUS_FAILED;
}

enum status standing_read(struct standing *standing, struct archive *archive,
                          const struct space *space, struct error *error)
{
    const struct archive_plan *plan = archive_plan_of(archive);
    unsigned long candidates = (unsigned long)space->candidates;
    unsigned long tests = (unsigned long)plan->tests;
    unsigned long seeds = (unsigned long)plan->seeds + (unsigned long)plan->held_out;
    double *number =
        error_calloc(error, 2 * seeds + 4 * tests + 1, sizeof *number, "lifetimes of a theta");
    struct reading reading = {
        .standing = standing,
        .extent = error_calloc(error, candidates + 1, sizeof *reading.extent, "extents"),
        .cost = error_calloc(error, candidates + 1, sizeof *reading.cost, "costs"),
        .kind = plan->held_out > 0 ? JOB_EVALUATE : JOB_TRAIN,
        .population = space->config->base.meta.stopping.name == STOPPING_POPULATION,
        .group.number = {number, number ? number + seeds : NULL},
    };
    bool held = number && reading.extent && reading.cost;
    for (unsigned long i = 0; held && i < 4; i++)
        reading.tests.number[i / 2][i % 2] = number + 2 * seeds + i * tests;
    for (int64_t c = 0; held && c < space->candidates; c++)
        begin(&reading, space, c);
    enum status status = held ? STATUS_OK : STATUS_FAILED;
    for (int64_t c = 0; !status && plan->rungs > 0 && c < space->candidates; c++)
        status = cut(&reading, archive, c, error);
    if (!status)
        status = archive_read_outcomes(archive, NULL, take, &reading, error);
    if (!status && candidates > 0) {
        end_group(&reading);
        end_tests(&reading);
    }
    for (int64_t c = 0; !status && c < space->candidates; c++)
        if (standing[c].rung >= 0)
            standing[c].state = STANDING_STOPPED;
    if (!status)
        status = join_all(standing, space, error);
    free(number);
    free(reading.extent);
    free(reading.cost);
    return status;
}

int standing_compare(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;
    enum standing_state state = x->group.state;
    double p = x->group.loss[1].mean, q = y->group.loss[1].mean;
    if (state != y->group.state)
        return state < y->group.state ? -1 : 1;
    if (state == STANDING_STOPPED && x->rung != y->rung) // that of all repeats
        return x->rung > y->rung ? -1 : 1;
    if ((state == STANDING_PARTLY || state == STANDING_STOPPED) &&
        x->group.finite != y->group.finite)
        return x->group.finite > y->group.finite ? -1 : 1;
    if (isnan(p) != isnan(q))
        return isnan(p) ? 1 : -1;
    if (p < q || p > q)
        return p < q ? -1 : 1;
    return x->candidate < y->candidate ? -1 : x->candidate > y->candidate;
}

bool standing_is_best(const struct standing *standing)
{
    return standing->group.state == STANDING_FINISHED && isfinite(standing->group.loss[1].mean);
}
