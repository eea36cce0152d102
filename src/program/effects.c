/* What a sweep file says without effect: a warning where a candidate would be the same anyway, a
 * mistake where the same lifetimes would be run again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "model/rule.h"
#include "program/command.h"
#include "search/effect.h"
#include "search/search.h"

struct effects {
    const struct command_sweep *sweep;
    struct error *error; /* for mistakes */
    struct axis {
        bool read;        /* by some candidate */
        bool reads;       /* the candidate at hand reads it */
        int choice;       /* its value there, sweep_choice() */
    } * axis;             /* [axes] */
    bool blocked;         /* some candidate does not read an axis */
    bool *mark;           /* [marks], some candidate reads it */
    struct digest *trace; /* of what each candidate's lifetimes follow from, its values on the axes
                           * that have an effect [candidates] */
    struct settings *first; /* candidate 0 */
};

static void add(uint64_t *hash, uint64_t word)
{
    *hash = (*hash ^ word) * 0x9e3779b97f4a7c15;
    *hash ^= *hash >> 32;
}

static void add_value(uint64_t *hash, const struct sweep_axis *axis, int choice)
{
    uint64_t word = 0;
    if (axis->number) {
        memcpy(&word, &axis->number[choice], sizeof word);
        add(hash, word);
        return;
    }
    for (const char *at = axis->value[choice]; *at; at++)
        add(hash, (unsigned char)*at);
    add(hash, 0);
}

/* "meta.estimator = pathwise" */
static void name_blocker(char text[SETTINGS_VALUE], const struct settings *settings,
                         const char *name)
{
    char value[SETTINGS_VALUE];
    const char *blocker = search_blocker(settings, name);
    *text = '\0';
    if (!blocker)
        return;
    settings_get(settings, blocker, value);
    snprintf(text, SETTINGS_VALUE, "%.64s = %.200s", blocker, value);
}

/* What is read where the candidate is: that of the one before if they differ in numbers only. */
static void look_at_settings(struct effects *effects, int64_t candidate)
{
    const struct config *config = &effects->sweep->config;
    struct settings settings;
    space_settings(&effects->sweep->space, candidate, &settings);
    for (int a = 0; a < config->sweep.axes; a++) {
        effects->axis[a].reads = !search_blocker(&settings, config->sweep.axis[a].name);
        effects->blocked |= !effects->axis[a].reads;
    }
    for (int m = 0; m < config->marks; m++)
        effects->mark[m] = effects->mark[m] || !search_blocker(&settings, config->mark[m].name);
}

static void look(struct effects *effects, int64_t candidate)
{
    const struct sweep *sweep = &effects->sweep->config.sweep;
    bool other = candidate == 0;
    for (int a = 0; a < sweep->axes; a++) {
        int choice = sweep_choice(sweep, candidate, a), before = effects->axis[a].choice;
        effects->axis[a].choice = choice;
        other |= (choice == SWEEP_POINT || choice != before) && search_decides(sweep->axis[a].row);
    }
    if (other)
        look_at_settings(effects, candidate);
    struct digest *trace = &effects->trace[candidate];
    *trace = (struct digest){0, candidate};
    add(&trace->hash, (uint64_t)(candidate % sweep->repeats));
    /* Each draw is another one; but each meets all points of the grid. */
    if (sweep->axes > 0 && sweep->method->draws)
        add(&trace->hash, (uint64_t)sweep_sample(sweep, candidate));
    for (int a = 0; a < sweep->axes; a++) {
        struct axis *axis = &effects->axis[a];
        axis->read |= axis->reads && axis->choice != SWEEP_NONE;
        if (axis->reads && axis->choice >= 0)
            add_value(&trace->hash, &sweep->axis[a], axis->choice);
        else
            add(&trace->hash, axis->reads && axis->choice == SWEEP_NONE ? UINT64_MAX : 0);
    }
}

/* Without anything to learn an iteration is as the one before. */
static enum status check_iterations(const struct effects *effects)
{
    const struct settings *settings = effects->first;
    const struct config *config = &effects->sweep->config;
    struct rule rule;
    rule_create(&rule, settings);
    int iterations = search_extent(settings).iterations;
    if (iterations == 0 || rule.parameters > 0 || settings->meta.fresh_seeds)
        return STATUS_OK;
    return config_complain(config, effects->error, "meta.iterations",
                           "found %d, allowed: 0, since nothing is learned (rule.learn: []) and "
                           "each iteration would run the same lifetimes; or meta.fresh_seeds: true",
                           iterations);
}

/* An axis that no candidate reads. */
static enum status check_axes(const struct effects *effects)
{
    const struct config *config = &effects->sweep->config;
    enum status status = STATUS_OK;
    for (int a = 0; a < config->sweep.axes; a++) {
        char blocker[SETTINGS_VALUE];
        if (effects->axis[a].read)
            continue;
        name_blocker(blocker, effects->first, config->sweep.axis[a].name);
        status = config_complain(config, effects->error, config->sweep.axis[a].name,
                                 "found in the sweep, but it has no effect with %s: its candidates "
                                 "would be the same lifetimes, allowed: parameters with an effect",
                                 blocker);
    }
    return status;
}

/* Two candidates of the same lifetimes, by an axis that has an effect in others only. */
static enum status check_candidates(const struct effects *effects)
{
    const struct command_sweep *sweep = effects->sweep;
    int64_t count = sweep->space.candidates;
    if (!effects->blocked)
        return STATUS_OK;
    qsort(effects->trace, (size_t)count, sizeof *effects->trace, digest_compare);
    for (int64_t i = 1; i < count; i++) {
        if (effects->trace[i].hash != effects->trace[i - 1].hash)
            continue;
        int64_t one = effects->trace[i - 1].number, other = effects->trace[i].number;
        char blocker[SETTINGS_VALUE] = "";
        struct settings settings;
        int axis = -1;
        space_settings(&sweep->space, one, &settings);
        while (!*blocker && ++axis < sweep->config.sweep.axes)
            name_blocker(blocker, &settings, sweep->config.sweep.axis[axis].name);
        if (!*blocker)
            continue;
        return config_complain(&sweep->config, effects->error, sweep->config.sweep.axis[axis].name,
                               "has no effect with %s: candidates %" PRId64 " and %" PRId64
                               " would be the same lifetimes, allowed: when at the parameter, "
                               "{values: [...], when: {meta.estimator: discounted}}, or method "
                               "list, where null or an empty cell is no value",
                               blocker, one, other);
    }
    return STATUS_OK;
}

static void warn(const struct effects *effects)
{
    const struct config *config = &effects->sweep->config;
    for (int m = 0; m < config->marks; m++) {
        const struct config_mark *mark = &config->mark[m];
        const struct parameter *row = settings_find(mark->name);
        char blocker[SETTINGS_VALUE];
        if (effects->mark[m] || !row || strcmp(row->name, mark->name) != 0)
            continue; /* a section, or an entry of a map that is named itself */
        name_blocker(blocker, effects->first, mark->name);
        if (mark->line)
            fprintf(stderr, "%s:%d:%d: warning: ", config->path, mark->line, mark->column);
        fprintf(stderr, "%s%s has no effect with %s\n", mark->line ? "" : "warning: --set ",
                mark->name, blocker);
    }
}

enum status command_sweep_effects(const struct command_sweep *sweep, bool begun,
                                  struct error *error)
{
    const struct config *config = &sweep->config;
    size_t count = (size_t)sweep->space.candidates;
    struct settings first;
    struct effects effects = {.sweep = sweep,
                              .error = begun ? NULL : error,
                              .axis = calloc((size_t)config->sweep.axes + 1, sizeof(struct axis)),
                              .mark = calloc((size_t)config->marks + 1, sizeof(bool)),
                              .trace = malloc(count * sizeof(struct digest)),
                              .first = &first};
    enum status status = STATUS_OK;
    space_settings(&sweep->space, 0, &first);
    if (!effects.axis || !effects.mark || !effects.trace) {
        status = error_add(error, STATUS_FAILED, "out of memory: effects of parameters");
    } else {
        for (int64_t c = 0; c < sweep->space.candidates; c++)
            look(&effects, c);
        warn(&effects);
        status = check_iterations(&effects);
        status = check_axes(&effects) ? STATUS_USAGE : status;
        if (!status)
            status = check_candidates(&effects);
        status = begun ? STATUS_OK : status;
    }
    free(effects.axis);
    free(effects.mark);
    free(effects.trace);
    return status;
}
