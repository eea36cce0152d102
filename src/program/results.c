/* What a sweep found, read from its archive: the best candidate, or why there is none. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/command.h"

const char *const command_state_word[STANDING_STATES] = {
    "finished", "partly diverged", "unfinished", "diverged", "not evaluated", "stopped early"};

void command_count(struct command_counts *counts, const struct search_extent *extent)
{
    for (int kind = JOB_TRAIN; kind < JOB_KINDS; kind++) {
        counts->lifetimes[kind] += search_lifetimes(extent, kind);
        counts->all += search_lifetimes(extent, kind);
    }
}

struct command_counts command_count_sweep(const struct search_plan *plan, bool most)
{
    struct command_counts counts = {0};
    int64_t candidates = plan->space->candidates, range[2];
    for (int64_t c = 0; plan->stopping.rungs == 0 && c < candidates; c++)
        command_count(&counts, &plan->candidate[c].extent);
    for (int kind = JOB_TRAIN; plan->stopping.rungs > 0 && kind < JOB_KINDS; kind++) {
        search_stopping_lifetimes(range, &plan->stopping, &plan->candidate[0].extent, candidates,
                                  kind);
        counts.lifetimes[kind] = range[most];
        counts.all += range[most];
        counts.most |= most && range[0] < range[1];
    }
    return counts;
}

void command_lifetimes(char text[96], const struct command_counts *counts)
{
    const int64_t *of = counts->lifetimes;
    int length = snprintf(text, 96, "%s%" PRId64 " (%" PRId64 " training, %" PRId64 " %s",
                          counts->most ? "at most " : "", counts->all, of[JOB_TRAIN],
                          of[JOB_EVALUATE], of[JOB_TEST] > 0 ? "validation" : "held-out");
    if (of[JOB_TEST] > 0)
        length += snprintf(text + length, 96 - (size_t)length, ", %" PRId64 " test", of[JOB_TEST]);
    snprintf(text + length, 96 - (size_t)length, ")");
}

int command_relays(const struct archive_team *team)
{
    int others = team->ranks - 1; // than rank 0
    return others > team->workers ? others - team->workers : 0;
}

void command_workers(char text[64], const struct archive_team *team)
{
    int relays = command_relays(team);
    int length =
        snprintf(text, 64, "%d %s", team->workers, team->workers == 1 ? "worker" : "workers");
    if (relays > 0)
        snprintf(text + length, 64 - (size_t)length, " behind %d %s", relays,
                 relays == 1 ? "relay" : "relays");
}

/* Candidates that will be stopped early are spared what they have not run. How many of them there will be is
 * known with some rules, so that the whole is known. Returns the share of the rest that will be run. */
static enum status spare(double *share, struct command_results *results, struct error *error)
{
    struct command_counts *counts = &results->counts;
    struct search_stopping stopping;
    struct settings settings;
    *share = 1;
    if (archive_plan_of(results->archive)->rungs == 0)
        return STATUS_OK;
    space_settings(&results->space, 0, &settings);
    struct search_extent extent = search_extent(&settings);
    enum status status =
        search_stopping_create(&stopping, &settings, &extent, results->space.candidates,
                               results->config.sweep.repeats, error);
    if (status)
        return status;
    int64_t all = 0, live = 0;
    for (int kind = JOB_TRAIN; kind < JOB_KINDS; kind++) {
        int64_t range[2];
        search_stopping_lifetimes(range, &stopping, &extent, results->space.candidates, kind);
        if (range[1] < counts->lifetimes[kind])
            counts->lifetimes[kind] = range[1];
        all += counts->lifetimes[kind];
    }
    for (int64_t i = 0; i < results->space.candidates; i++)
        live += results->candidate[i].state == STANDING_UNFINISHED;
    counts->most = stopping.rule == STOPPING_MEDIAN && live > 0;
    if (counts->all > counts->done)
        *share = (double)(all - counts->done) / (double)(counts->all - counts->done);
    counts->all = all;
    search_stopping_free(&stopping);
    return STATUS_OK;
}

/* Sums over candidates; the time that is left at the speed so far. */
static enum status add_up(struct command_results *results, struct error *error)
{
    struct command_counts *counts = &results->counts;
    double cost = 0, done = 0, longest = 0;
    for (int64_t i = 0; i < results->space.candidates; i++) {
        const struct standing *c = &results->candidate[i];
        for (int kind = JOB_TRAIN; kind < JOB_KINDS; kind++) {
            counts->lifetimes[kind] += c->lifetimes[kind];
            counts->all += c->lifetimes[kind];
            counts->done += c->done[kind];
        }
        counts->diverged += c->diverged;
        counts->failed += c->failed;
        results->seconds += c->seconds;
        cost += c->cost;
        done += c->cost_done;
        longest = fmax(longest, (c->cost - c->cost_done) / fmax(c->seeds, 1));
    }
    double speed = done > 0 ? done / results->seconds : NAN, share;
    enum status status = spare(&share, results, error);
    results->left = share * (cost - done) / speed;
    results->longest = longest / speed;
    return status;
}

static enum status read_candidates(struct command_results *results, struct error *error)
{
    int64_t candidates = results->space.candidates;
    results->held_out = archive_plan_of(results->archive)->held_out > 0;
    results->tested = archive_plan_of(results->archive)->tests > 0;
    results->candidate = error_calloc(error, (unsigned long)candidates + 1,
                                      sizeof *results->candidate, "table of candidates");
    enum status status = results->candidate ? standing_read(results->candidate, results->archive,
                                                            &results->space, error)
                                            : STATUS_FAILED;
    if (!status)
        status = add_up(results, error);
    if (status)
        return status;
    qsort(results->candidate, (size_t)candidates, sizeof *results->candidate, standing_compare);
    return STATUS_OK;
}

enum status command_results_read(struct command_results *results, const char *path,
                                 struct error *error)
{
    *results = (struct command_results){0};
    enum status status = archive_open_reader(&results->archive, path, error);
    if (status)
        return status;
    status = archive_read_configuration(&results->config, results->archive, path, error);
    if (status) {
        archive_close_reader(results->archive);
        return status;
    }
    /* The run has checked it, and the files that it names may be gone. */
    static const settings_check no_checks[] = {NULL};
    status = space_create(&results->space, &results->config, no_checks, error);
    if (!status)
        status = archive_read_points(results->archive, &results->config.sweep, error);
    if (!status)
        status = archive_check(results->archive, &results->space, error);
    if (!status)
        status = read_candidates(results, error);
    if (status)
        command_results_free(results);
    return status;
}

void command_results_free(struct command_results *results)
{
    free(results->candidate);
    config_free(&results->config);
    archive_close_reader(results->archive);
}

const char *command_seeds_word(const struct command_results *results)
{
    return results->tested     ? "validation seeds"
           : results->held_out ? "held-out seeds"
                               : "training seeds";
}

bool command_has_best(const struct command_results *results)
{
    return results->space.candidates > 0 && standing_is_best(results->candidate);
}

static void print_loss(FILE *out, double loss, double error)
{
    fprintf(out, "%#.4g", loss);
    if (!isnan(error))
        fprintf(out, " +- %#.2g", error);
}

/* "loss 0.43 +- 0.010 (46 of 48 finite)" */
static void print_tested(FILE *out, const char *what, const struct standing_test *test, int rule)
{
    fprintf(out, "%s ", what);
    if (test->finite[rule] > 0)
        print_loss(out, test->loss[rule], test->loss_error[rule]);
    if (test->finite[rule] < test->seeds)
        fprintf(out, "%s(%d of %d finite)", test->finite[rule] > 0 ? " " : "", test->finite[rule],
                test->seeds);
}

/* What the test seeds say, to the end of a sentence. */
static void print_test(FILE *out, const struct standing *c)
{
    const struct standing_test *test = &c->test;
    int run = test->run[TESTED_START] + (test->rules > 1 ? test->run[TESTED_CHOSEN] : 0);
    if (run < test->rules * test->seeds) {
        fprintf(out, "%d of %d lifetimes on test seeds are run", run, test->rules * test->seeds);
        return;
    }
    fprintf(out, "on %d test seeds: ", test->seeds);
    print_tested(out, "loss", test, TESTED_CHOSEN);
    if (c->iteration == 0) {
        fprintf(out, ", of the start rule itself");
        return;
    }
    fprintf(out, ", ");
    print_tested(out, "start rule", test, TESTED_START);
    if (test->pairs == 0)
        return;
    fprintf(out, ", paired difference ");
    print_loss(out, test->difference, test->difference_error);
}

/* Whether it did not come to its end, or not yet: then there are no tests of a chosen rule. */
static bool is_open(const struct standing *c)
{
    return c->state == STANDING_UNFINISHED || c->state == STANDING_STOPPED;
}

void command_print_standing(const struct command_results *results, const struct standing *c)
{
    printf("%s", command_state_word[c->state]);
    if (c->rung >= 0)
        printf(", at rung %d", c->rung);
    if (c->iteration >= 0)
        printf(", %s after %d of %d meta-iterations: ",
               c->test.seeds > 0 && !is_open(c) ? "the best" : "evaluated", c->iteration,
               results->held_out ? c->iterations : c->iterations + 1);
    if (c->iteration >= 0 && c->finite == 0)
        printf("finite on 0 of %d %s", c->seeds, command_seeds_word(results));
    else if (c->iteration >= 0) {
        printf("loss ");
        print_loss(stdout, c->loss[1], c->loss_error);
        if (!isnan(c->accuracy[1]))
            printf(", correct %.4f", c->accuracy[1]);
        printf(", on %d of %d %s", c->finite, c->seeds, command_seeds_word(results));
    }
    if (c->test.seeds > 0 && !is_open(c)) {
        printf(";\n  ");
        print_test(stdout, c);
    }
    putchar('\n');
}

/* How many candidates are in each state, those with repeats as one. Returns how many there are. */
static int64_t count_states(int64_t count[STANDING_STATES], const struct command_results *results)
{
    int32_t repeats = results->config.sweep.repeats;
    memset(count, 0, sizeof *count * STANDING_STATES);
    for (int64_t i = 0; i < results->space.candidates; i += repeats)
        count[results->candidate[i].group.state]++;
    return results->space.candidates / repeats;
}

static void print_no_best(FILE *out, const struct command_results *results,
                          const int64_t count[STANDING_STATES])
{
    const struct command_counts *counts = &results->counts;
    int32_t repeats = results->config.sweep.repeats;
    int64_t candidates = results->space.candidates / repeats;
    if (counts->done > 0 && counts->diverged == counts->done)
        fprintf(out, "No best candidate%s: every lifetime%s diverged. ",
                count[STANDING_UNFINISHED] ? " yet" : "",
                count[STANDING_UNFINISHED] ? " so far" : "");
    else
        fprintf(out, "No best candidate%s: none is finished with all its %s. ",
                count[STANDING_UNFINISHED] ? " yet" : "", command_seeds_word(results));
    fprintf(out, "Of %" PRId64 " candidates", candidates);
    if (repeats > 1)
        fprintf(out, " of %d repeats", repeats);
    fprintf(out, ":");
    for (int s = STANDING_PARTLY, said = 0; s < STANDING_STATES; s++)
        if (count[s] > 0)
            fprintf(out, "%s %" PRId64 " %s", said++ ? "," : "", count[s], command_state_word[s]);
    fputc('.', out);
}

/* "Best: candidate 3, of 6 finished" */
static void print_best(FILE *out, const struct standing *best, int64_t finished)
{
    int32_t repeats = best->group.repeats;
    fprintf(out, "Best: candidate%s %" PRId64, repeats > 1 ? "s" : "", best->candidate);
    if (repeats > 1)
        fprintf(out, " to %" PRId64 ", %d repeats of one", best->candidate + repeats - 1, repeats);
    fprintf(out, ", of %" PRId64 " finished", finished);
}

/* Its loss, and on what. */
static void print_best_loss(FILE *out, const struct command_results *results,
                            const struct standing *best)
{
    const struct pairs_mean *loss = &best->group.loss[1];
    if (best->group.repeats == 1) {
        fprintf(out, ", loss ");
        print_loss(out, best->loss[1], best->loss_error);
        fprintf(out, " on %d %s", best->seeds, command_seeds_word(results));
        return;
    }
    fprintf(out, ", mean loss ");
    print_loss(out, loss->mean, loss->error);
    fprintf(out, " over repeats, each on %d %s", best->seeds, command_seeds_word(results));
}

/* What the test seeds of all repeats say, to the end of a sentence. */
static void print_group_test(FILE *out, const struct standing_group *group)
{
    const struct pairs_mean *chosen = &group->test_loss[TESTED_CHOSEN];
    const struct pairs_mean *start = &group->test_loss[TESTED_START];
    fprintf(out, "on the test seeds of %" PRId64 " repeats: loss ", chosen->count);
    print_loss(out, chosen->mean, chosen->error);
    fprintf(out, ", start rule ");
    print_loss(out, start->mean, start->error);
    if (group->test_difference.count == 0)
        return;
    fprintf(out, ", difference ");
    print_loss(out, group->test_difference.mean, group->test_difference.error);
}

static void print_honesty(FILE *out, const struct command_results *results,
                          const struct standing *best, int64_t finished)
{
    bool repeated = best->group.repeats > 1;
    if (best->test.seeds > 0) {
        fprintf(out, ", on which it was chosen");
        if (!repeated)
            fprintf(out, ", after %d of %d meta-iterations", best->iteration, best->iterations);
        fprintf(out, "; ");
        repeated ? print_group_test(out, &best->group) : print_test(out, best);
    } else if (finished > 1)
        fprintf(out, ", chosen on these %s: on others it may do worse",
                command_seeds_word(results));
}

/* The sentences. */
static void tell_choice(FILE *out, const struct command_results *results)
{
    int64_t count[STANDING_STATES], all = count_states(count, results);
    int64_t finished = count[STANDING_FINISHED];
    if (!command_has_best(results)) {
        print_no_best(out, results, count);
        return;
    }
    print_best(out, results->candidate, finished);
    if (finished < all)
        fprintf(out, " (%" PRId64 " are not", all - finished);
    if (count[STANDING_STOPPED] > 0)
        fprintf(out, ", %" PRId64 " of them stopped early", count[STANDING_STOPPED]);
    if (finished < all)
        fprintf(out, ")");
    print_best_loss(out, results, results->candidate);
    print_honesty(out, results, results->candidate, finished);
    fputc('.', out);
}

void command_print_choice(const struct command_results *results)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return;
    tell_choice(out, results);
    if (fclose(out) == 0)
        command_wrap(text, 0, 0);
    free(text);
}

/* As status has it: without an end, and held by somebody. */
enum status command_check_rest(struct archive *archive, const char *path, struct error *error)
{
    struct archive_end end;
    enum status status = archive_read_end(archive, &end, error);
    if (!status && end.status < 0 && archive_locked(path))
        status = error_add(error, STATUS_USAGE,
                           "%s: a run writes to it, allowed: an archive whose run has ended", path);
    return status;
}
