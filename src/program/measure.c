/* What is measured before a search. A piece of the work is a network of one measurement at a stage of its
 * learning; rank 0 gathers them and finds the rules, which all others are told as a sweep file has
 * them. Rank 0 alone has a plan: others make of the candidates' numbers what they need. */
#include "program/measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster/coordinator.h"
#include "cluster/share.h"

enum { TEXT = SETTINGS_VALUE + 32, PRINTED = 20 };

struct work {
    struct command_sweep *sweep;
    const struct command_measure *measure;
    struct command_pace pace;
    int count;
    struct search_measurement *of; /* [count] */
    long numbers;                  /* of a piece at the most */
};

void command_print_pace(struct command_pace *pace, int64_t done, int64_t count)
{
    const double next = 30;
    bool terminal = isatty(STDERR_FILENO);
    double elapsed = wire_time() - pace->started;
    char left[32];
    if (!terminal && done < count && elapsed < pace->printed + next)
        return;
    pace->printed = elapsed;
    command_duration(left,
                     done < count ? elapsed / (double)done * (double)(count - done) : elapsed);
    fprintf(stderr, "%s%" PRId64 " of %" PRId64 " measurements, %s %s%s",
            terminal ? "\r\033[K" : "", done, count, done < count ? "left" : "took", left,
            terminal && done < count ? "" : "\n");
}

/* ---- the pieces ---- */

static bool is_late(const struct work *work)
{
    return work->measure->deadline > 0 && wire_time() > work->measure->deadline;
}

static bool poll(void *context)
{
    const struct work *work = context;
    if (is_late(work))
        coordinator_stop();
    return !share_stopping(work->measure->wire);
}

static void progress(void *context, int64_t done, int64_t count)
{
    struct work *work = context;
    if (is_late(work))
        coordinator_stop();
    if (!work->measure->quiet)
        command_print_pace(&work->pace, done, count);
}

static enum status compute(void *context, void *result, int64_t piece, struct error *error)
{
    struct work *work = context;
    const struct search_measurement *of = work->of;
    struct measured_plan plan;
    struct settings settings;
    for (; piece >= (int64_t)of->networks * of->stages; of++)
        piece -= (int64_t)of->networks * of->stages;
    space_settings(&work->sweep->space, of->candidate, &settings);
    enum status status = measured_plan_create(&plan, &settings, error);
    if (status)
        return status;
    return measured_measure(result, &plan, search_measured_seed(piece / of->stages),
                            (int)(piece % of->stages), poll, work, error);
}

/* ---- what all ranks know ---- */

/* What there is to measure, from the numbers of candidates. */
static void fill_in(struct work *work, const char *const *texts)
{
    int stage[MEASURED_STAGES];
    struct settings settings;
    struct rule rule;
    for (int m = 0; m < work->count; m++) {
        int64_t candidate = strtoll(texts[m], NULL, 10);
        space_settings(&work->sweep->space, candidate, &settings);
        rule_create(&rule, &settings);
        work->of[m] = (struct search_measurement){space_key(&settings), candidate,
                                                  (int32_t)settings.efficiency.networks,
                                                  measured_stages(stage, &settings), 0};
        long most = efficiency_numbers(rule.terms + settings.rule.start.count + 1, false);
        work->numbers = most > work->numbers ? most : work->numbers;
    }
}

/* Gives rank 0's texts of the measurements to all, which take them by `use`. */
static enum status exchange(struct work *work, char (*text)[TEXT],
                            void (*use)(struct work *work, const char *const *texts),
                            struct error *error)
{
    struct wire *wire = work->measure->wire;
    int count = work->count;
    const char **own = error_calloc(error, (size_t)count + 1, sizeof *own, "measurements");
    enum status status = wire_agree(wire, own ? STATUS_OK : STATUS_FAILED);
    for (int m = 0; m < count && !status && text; m++)
        own[m] = text[m];
    const char **shared = own;
    if (!status)
        status = wire_share(wire, &count, &shared, error);
    if (!status)
        use(work, shared);
    if (shared != own)
        free(shared);
    free(own);
    return status;
}

/* The start rules become those of the candidates. */
static void take_found(struct work *work, const char *const *texts)
{
    struct command_sweep *sweep = work->sweep;
    char reason[SETTINGS_VALUE];
    struct settings scratch;
    for (int m = 0; m < work->count; m++) {
        memset(&scratch.rule.start, 0, sizeof scratch.rule.start);
        settings_set(&scratch, "rule.start", texts[m], reason);
        sweep->found[m].key = work->of[m].key;
        memcpy(&sweep->found[m].start, &scratch.rule.start, sizeof scratch.rule.start);
    }
    sweep->space.founds = work->count;
    sweep->space.found = sweep->found;
}

/* ---- rank 0 ---- */

/* Which of the plan's measurements is the `m`th of the work. */
static int32_t place_of(const struct work *work, int m)
{
    const struct search_plan *plan = &work->sweep->plan;
    int64_t candidate = work->measure->candidate;
    return candidate < 0 ? m : plan->candidate[candidate].measured;
}

static int count_wanted(const struct work *work)
{
    const struct search_plan *plan = &work->sweep->plan;
    int64_t candidate = work->measure->candidate;
    return candidate < 0 ? plan->measurements : plan->candidate[candidate].measured >= 0;
}

static enum status conclude(struct work *work, const double *numbers, struct error *error)
{
    struct command_sweep *sweep = work->sweep;
    enum status status = STATUS_OK;
    sweep->measured = error_calloc(error, (size_t)sweep->plan.measurements + 1,
                                   sizeof *sweep->measured, "measurements");
    if (!sweep->measured)
        return STATUS_FAILED;
    for (int m = 0; m < work->count && !status; m++) {
        const struct search_measurement *of = &work->of[m];
        struct measured_plan plan;
        struct settings settings;
        space_settings(&sweep->space, of->candidate, &settings);
        status = measured_plan_create(&plan, &settings, error);
        if (!status)
            status = measured_conclude(&sweep->measured[place_of(work, m)], &plan, numbers,
                                       work->numbers, error);
        numbers += (long)of->networks * of->stages * work->numbers;
    }
    sweep->plan.measured = sweep->measured;
    return status;
}

static void write_starts(char (*text)[TEXT], const struct work *work)
{
    for (int m = 0; m < work->count; m++) {
        struct settings settings;
        space_settings(&work->sweep->space, work->of[m].candidate, &settings);
        measured_write(&settings.rule.start, &work->sweep->measured[place_of(work, m)], &settings);
        settings_get(&settings, "rule.start", text[m]);
    }
}

/* ---- the whole ---- */

static enum status share_pieces(struct work *work, struct error *error)
{
    struct share share = {.wire = work->measure->wire,
                          .bytes = sizeof(double) * (size_t)work->numbers,
                          .compute = compute,
                          .progress = progress,
                          .context = work,
                          .sign_of_life = work->measure->sign_of_life};
    bool first = wire_rank(share.wire) == 0;
    double *numbers = NULL;
    for (int m = 0; m < work->count; m++)
        share.count += (int64_t)work->of[m].networks * work->of[m].stages;
    if (first)
        numbers = error_calloc(error, (size_t)share.count, share.bytes, "measurements");
    enum status status = wire_decide(share.wire, numbers || !first ? STATUS_OK : STATUS_FAILED);
    work->pace.started = wire_time();
    if (!status)
        status = share_run(numbers, &share, error);
    if (!status && first)
        status = conclude(work, numbers, error);
    free(numbers);
    return wire_decide(share.wire, (int)status);
}

static enum status measure_all(struct work *work, char (*text)[TEXT], bool known,
                               struct error *error)
{
    struct wire *wire = work->measure->wire;
    for (int m = 0; m < work->count && text; m++)
        snprintf(text[m], TEXT, "%" PRId64,
                 work->sweep->plan.measurement[place_of(work, m)].candidate);
    enum status status = exchange(work, text, fill_in, error);
    if (!status && !known)
        status = share_pieces(work, error);
    if (!status && text)
        write_starts(text, work);
    if (!status)
        status = exchange(work, text, take_found, error);
    return wire_agree(wire, status);
}

enum status command_measure(struct command_sweep *sweep, const struct command_measure *measure,
                            struct error *error)
{
    struct work work = {.sweep = sweep, .measure = measure};
    bool first = wire_rank(measure->wire) == 0;
    work.count = wire_decide(measure->wire, first ? count_wanted(&work) : 0);
    bool known = wire_decide(measure->wire, first && sweep->measured);
    if (work.count == 0)
        return STATUS_OK;
    size_t count = (size_t)work.count;
    char(*text)[TEXT] = first ? error_calloc(error, count, TEXT, "measurements") : NULL;
    work.of = error_calloc(error, count, sizeof *work.of, "measurements");
    sweep->found = error_calloc(error, count, sizeof *sweep->found, "measurements");
    bool all = (text || !first) && work.of && sweep->found;
    enum status status = wire_agree(measure->wire, all ? STATUS_OK : STATUS_FAILED);
    if (!status)
        status = measure_all(&work, text, known, error);
    free(text);
    free(work.of);
    return status;
}

enum status command_measure_read(struct command_sweep *sweep, struct archive *archive,
                                 struct error *error)
{
    const struct search_plan *plan = &sweep->plan;
    enum status status = STATUS_OK;
    if (plan->measurements == 0)
        return STATUS_OK;
    sweep->measured =
        error_calloc(error, (size_t)plan->measurements, sizeof *sweep->measured, "measurements");
    if (!sweep->measured)
        return STATUS_FAILED;
    for (int32_t m = 0; m < plan->measurements && !status; m++)
        status = archive_read_measured(archive, &sweep->measured[m], m,
                                       plan->measurement[m].candidate, error);
    sweep->plan.measured = sweep->measured;
    return status;
}

/* ---- words ---- */

void command_print_found(const struct measured *found)
{
    char text[512];
    int length = 0;
    if (found->whole < 2)
        length = snprintf(text, sizeof text,
                          "The start rule is 0, since only %d of %d networks did not diverge",
                          found->whole, found->networks);
    else
        length = snprintf(text, sizeof text,
                          "The start rule was measured (efficiency): %.3g times (%.3g to %.3g) as "
                          "efficient as -1 r3 d3 at small steps%s; %d networks",
                          found->ratio, found->low, found->high,
                          found->low > 0 ? "" : ", SO THAT IT MAY BE NOISE", found->whole);
    for (int s = 0; s < found->stages; s++)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%d",
                           s ? ", " : " after ", found->stage[s]);
    snprintf(text + length, sizeof text - (size_t)length, " trials of learning.");
    command_wrap(text, 0, 0);
}

void command_print_measured(const struct command_sweep *sweep)
{
    const struct search_plan *plan = &sweep->plan;
    for (int32_t m = 0; sweep->measured && m < plan->measurements && m < PRINTED; m++) {
        if (plan->measurements > 1)
            printf("candidate %" PRId64 ": ", plan->measurement[m].candidate);
        command_print_found(&sweep->measured[m]);
    }
}
