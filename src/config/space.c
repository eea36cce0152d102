/* Candidates by number. Nothing is stored, so any rank can make any candidate's settings. */
#include "config/space.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"

void space_value(const struct space *space, int64_t index, int axis, char text[SETTINGS_VALUE])
{
    const struct sweep *sweep = &space->config->sweep;
    *text = '\0';
    if (sweep_known(sweep, index))
        sweep_value(text, sweep, index, axis);
}

/* A measurement at networks that have learned nothing yet does not depend on how they learn. */
static void forget_learning(struct settings *settings, const struct settings *plain)
{
    settings->learning.trials = plain->learning.trials;
    settings->learning.warmup = plain->learning.warmup;
    settings->learning.rate = plain->learning.rate;
    settings->learning.clip = plain->learning.clip;
    settings->learning.baseline_rate = plain->learning.baseline_rate;
    settings->learning.weight_noise = plain->learning.weight_noise;
    settings->rule.tau_w = plain->rule.tau_w;
}

uint64_t space_key(const struct settings *settings)
{
    struct settings own = *settings, plain;
    settings_defaults(&plain);
    plain.meta.objective = own.meta.objective;
    memcpy(&own.name, &plain.name, sizeof own.name);
    memcpy(&own.meta, &plain.meta, sizeof own.meta);
    memcpy(&own.record, &plain.record, sizeof own.record);
    own.learning.evaluation_trials = plain.learning.evaluation_trials;
    own.rule.start.from = SETTINGS_FROM_MAP; // the rule beside it is measured either way
    if (own.efficiency.stages.count == 1 && own.efficiency.stages.value[0] == 0)
        forget_learning(&own, &plain);
    return digest_add(DIGEST_EMPTY, &own, sizeof own);
}

static void take_found(struct settings *settings, const struct space *space)
{
    uint64_t key = space->founds > 0 ? space_key(settings) : 0;
    for (int32_t i = 0; i < space->founds; i++)
        if (space->found[i].key == key) {
            memcpy(&settings->rule.start, &space->found[i].start, sizeof settings->rule.start);
            settings->rule.start_in = START_RAW;
            return;
        }
}

/* Sets the candidate's value of an axis, if it has one. */
static enum status set_axis(struct settings *settings, const struct config *config, int64_t index,
                            int axis, char reason[SETTINGS_VALUE])
{
    const struct sweep_axis *of = &config->sweep.axis[axis];
    char text[SETTINGS_VALUE];
    double number;
    int choice = sweep_choice(&config->sweep, index, axis);
    if (choice == SWEEP_NONE)
        return STATUS_OK;
    if (of->row && choice != SWEEP_POINT) {
        settings_put(settings, of->row, of->number[choice]);
        return STATUS_OK;
    }
    sweep_value(text, &config->sweep, index, axis);
    if (!of->row)
        return config_set(settings, config, of->name, text, reason);
    if (settings_read_plain(&number, of->row, text, reason))
        return STATUS_USAGE;
    settings_put(settings, of->row, number);
    return STATUS_OK;
}

/* The settings of a candidate; on failure `axis` is the one whose value does not suit the others,
 * for the `reason`. Variants and presets go first: the others depend on them. */
static enum status resolve(struct settings *settings, int *axis, char reason[SETTINGS_VALUE],
                           const struct space *space, int64_t index)
{
    const struct config *config = space->config;
    *settings = config->base;
    for (int variants = 1; variants >= 0; variants--)
        for (*axis = 0; *axis < config->sweep.axes; ++*axis)
            if (config->sweep.axis[*axis].first == variants &&
                set_axis(settings, config, index, *axis, reason))
                return STATUS_USAGE;
    settings->seed = sweep_seed(&config->sweep, index, settings->seed);
    settings_settle(settings);
    if (settings->rule.start.from == SETTINGS_FROM_EFFICIENCY)
        take_found(settings, space);
    return STATUS_OK;
}

void space_settings(const struct space *space, int64_t index, struct settings *settings)
{
    char reason[SETTINGS_VALUE];
    int axis;
    assert(index >= 0 && index < space->candidates);
    enum status status = resolve(settings, &axis, reason, space, index);
    assert(status == STATUS_OK);
    (void)status;
}

bool space_allows(const struct space *space, int64_t index, struct settings *settings)
{
    struct settings_problems found;
    char reason[SETTINGS_VALUE];
    int axis;
    found.count = 0;
    if (resolve(settings, &axis, reason, space, index))
        return false;
    for (const settings_check *check = space->checks; *check; check++)
        (*check)(settings, &found);
    return found.count == 0;
}

/* The lifetimes to store for replay must be ones that this candidate will run. */
static void check_replay(const struct settings *settings, struct settings_problems *problems,
                         const struct space *space, int64_t index)
{
    const struct settings_integers *replay = &settings->record.replay;
    if (replay->count % 3)
        settings_problem(problems, "record.replay",
                         "found %d numbers, allowed: triples [candidate, meta-iteration, seed]",
                         replay->count);
    for (int i = 0; i + 2 < replay->count; i += 3) {
        long long candidate = replay->value[i], iteration = replay->value[i + 1],
                  seed = replay->value[i + 2];
        if (candidate >= space->candidates)
            settings_problem(problems, "record.replay", "found candidate %lld, allowed: 0 to %lld",
                             candidate, (long long)space->candidates - 1);
        for (int k = 0; k < i; k += 3)
            if (memcmp(&replay->value[k], &replay->value[i], 3 * sizeof *replay->value) == 0)
                settings_problem(problems, "record.replay",
                                 "found %lld-%lld-%lld twice, allowed: once", candidate, iteration,
                                 seed);
        if (candidate != index)
            continue;
        if (iteration >= settings->meta.iterations)
            settings_problem(problems, "record.replay",
                             "found meta-iteration %lld, allowed: 0 to below meta.iterations = "
                             "%lld",
                             iteration, (long long)settings->meta.iterations);
        if (seed >= settings->meta.seeds)
            settings_problem(problems, "record.replay",
                             "found seed %lld, allowed: 0 to below meta.seeds = %lld", seed,
                             (long long)settings->meta.seeds);
    }
}

/* Problems of one candidate that `known` does not have yet: reported, and known from now on. */
static void report_new(struct settings_problems *known, const struct settings_problems *found,
                       const struct space *space, int64_t index, struct error *error)
{
    for (int i = 0; i < found->count; i++) {
        const char *name = found->problem[i].name, *text = found->problem[i].text;
        int before = known->count;
        settings_problem(known, name, "%s", text);
        if (known->count == before)
            continue;
        if (space->config->sweep.axes || space->candidates > 1)
            config_complain(space->config, error, name, "%s (candidate %lld)", text,
                            (long long)index);
        else
            config_complain(space->config, error, name, "%s", text);
    }
}

enum status space_visit(struct space *space, const struct config *config,
                        const settings_check *checks,
                        void (*take)(void *context, int64_t index, struct settings *settings),
                        void *context, struct error *error)
{
    *space = (struct space){
        .config = config, .candidates = sweep_candidates(&config->sweep), .checks = checks};
    if (space->candidates > SWEEP_LARGEST)
        return config_complain(config, error, "sweep",
                               "found more than %d candidates, allowed: fewer", SWEEP_LARGEST);
    struct settings_problems known = {0};
    struct settings settings;
    struct settings_problems found;
    for (int64_t index = 0; index < space->candidates; index++) {
        found.count = 0;
        char reason[SETTINGS_VALUE];
        int axis;
        if (resolve(&settings, &axis, reason, space, index)) {
            settings_problem(&found, config->sweep.axis[axis].name, "%s", reason);
        } else {
            check_replay(&settings, &found, space, index);
            for (const settings_check *check = checks; *check; check++)
                (*check)(&settings, &found);
        }
        report_new(&known, &found, space, index, error);
        if (take && found.count == 0)
            take(context, index, &settings);
    }
    return known.count ? STATUS_USAGE : STATUS_OK;
}

enum status space_create(struct space *space, const struct config *config,
                         const settings_check *checks, struct error *error)
{
    return space_visit(space, config, checks, NULL, NULL, error);
}
