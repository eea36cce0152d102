/* How the candidates of an archive stand: whose end was evaluated, with what result, in which order.
 * One rule for all who tell of a best candidate.
 *
 * A candidate stands on the lifetimes of one theta, one for each seed, of which all were run: on
 * held-out seeds those of its last evaluation. In a sweep without held-out seeds they are those of its
 * last meta-iteration, on the training seeds: of theta^(M-1), since theta^M is never run.
 *
 * Where there are test seeds, it stands on the evaluation that is the best of all of them, once all are
 * complete (see search_evaluation_is_better()); and what it is worth is told on the test seeds, which
 * had no part in the choice.
 *
 * Candidates that differ by their repeat only are ranked together, as one: by the mean of what each of them
 * stands on. Each repeat has networks and seeds of its own, so that the spread of these means over the
 * repeats, not that over seeds, tells how sure a difference between two such groups is. */
#ifndef STANDING_H
#define STANDING_H

#include "archive/archive.h"
#include "search/pairs.h"

/* In the order in which candidates are ranked. */
enum standing_state {
    STANDING_FINISHED,   /* each seed's lifetime at the end is finite */
    STANDING_PARTLY,     /* all were run, some diverged or could not be run */
    STANDING_UNFINISHED, /* not all were run yet */
    STANDING_DIVERGED,   /* all were run, none is left */
    STANDING_NONE,       /* nothing is run to stand on */
    STANDING_STOPPED,    /* early (search/stopping.h): it stands on what it had run then */
    STANDING_STATES
};

/* What the test seeds say of the start rule and of the chosen one, [enum search_tested]; of one rule
 * that was tested both are it. Means are over the finite seeds, and NAN until all were run. */
struct standing_test {
    int32_t rules, seeds; /* rules that are tested, of how many seeds each; 0, 0: none */
    int32_t run[TESTED_RULES], finite[TESTED_RULES]; /* seeds */
    double loss[TESTED_RULES], loss_error[TESTED_RULES], accuracy[TESTED_RULES];
    int32_t pairs;                       /* seeds on which both stayed finite */
    double difference, difference_error; /* of loss, chosen less start, over these pairs */
};

/* Candidates that differ by their repeat only, or one alone. Means, their standard deviations and errors are
 * over the repeats that have ended, of those whose number is known. */
struct standing_group {
    int32_t repeats, finished; /* all of them, and of these */
    enum standing_state state; /* finished, none: all are; unfinished: one is; diverged: no seed is
                                  left; else partly diverged */
    int32_t finite;            /* seeds, of all repeats */
    struct pairs_mean loss[2], accuracy; /* of the repeats' own loss and accuracy [1] */
    struct pairs_mean test_loss[TESTED_RULES], test_difference; /* and of their tests */
};

/* Means over seeds are over those whose learning stayed finite; NAN: none, or not known yet. */
struct standing {
    int64_t candidate;
    enum standing_state state;
    int32_t iteration;  /* the latest one whose theta was evaluated on all seeds, or the chosen one
                              where rules are tested; -1: none yet */
    int32_t iterations; /* the one that it ends with */
    int32_t rung;       /* at which it was stopped early; -1: it was not, or not yet */
    int32_t seeds, finite; /* all of them, and those whose learning stayed finite; of that theta */
    double loss[2], accuracy[2]; /* means (19) of theta^0 and of that theta */
    double loss_error,
        accuracy_error; /* standard errors of the latter, over seeds; NAN: fewer than 2 */
    struct standing_test test;
    int64_t lifetimes[JOB_KINDS]; /* of each kind, in all; the scale is none */
    int64_t done[JOB_KINDS];      /* committed */
    int64_t diverged, failed;     /* of these: without loss or without gradient; could not be run */
    double seconds;               /* of these, added up */
    double cost, cost_done;       /* of lifetimes in all, committed: floating-point operations */
    struct standing_group group;  /* the same of all its repeats */
};

/* Local. Reads how all candidates stand, standing [space->candidates], in the order of their numbers,
 * without a look at checksums. STATUS_OK or STATUS_FAILED. */
enum status standing_read(struct standing *standing, struct archive *archive,
                          const struct space *space, struct error *error);

/* Local. The best group first, for qsort(): by state; stopped ones that came further, and of them and
 * of partly diverged ones those with more finite seeds first; then by loss, unknown ones last; then
 * by number, so that repeats come in a row. */
int standing_compare(const void *a, const void *b);

/* Local. Whether the first of the sorted standings is of the best group: all finished, with known losses. */
bool standing_is_best(const struct standing *standing);

#endif
