/* What a method that learns, or a population, cannot change. */
#include "search/alike.h"

#include <stdio.h>
#include <string.h>

#include "search/estimator.h"
#include "search/optimizer.h"

static bool same_parameters(const struct search_free *free, const struct rule *rule)
{
    char name[RULE_NAME];
    if (rule->parameters != free->parameters)
        return false;
    for (int p = 0; p < rule->parameters; p++) {
        rule_name(rule, p, name);
        if (strcmp(name, free->name[p]) != 0)
            return false;
    }
    return true;
}

static bool same_measurement(const struct search_plan *plan, const struct settings *settings)
{
    int32_t measured = plan->candidate[0].measured;
    if (!measured_wanted(settings))
        return measured < 0;
    return measured >= 0 && plan->measurement[measured].key == space_key(settings);
}

bool search_alike(const struct search_plan *plan, const struct settings *settings)
{
    const struct search_candidate *first = &plan->candidate[0];
    struct search_candidate own;
    struct rule rule;
    rule_create(&rule, settings);
    search_plan_fill(&own, settings, &rule);
    return memcmp(&own.extent, &first->extent, sizeof own.extent) == 0 &&
           memcmp(&own.shape, &first->shape, sizeof own.shape) == 0 && own.units == first->units &&
           own.trials == first->trials && own.recorded == first->recorded &&
           own.scaled == first->scaled && own.representations == first->representations &&
           own.weights == first->weights && own.interval == first->interval &&
           same_parameters(&plan->free[first->free], &rule) && same_measurement(plan, settings);
}

/* Whether the state of an outer loop fits another one: then it can be copied. */
static bool same_state(const struct settings *one, const struct settings *other)
{
    return estimator_of(one) == estimator_of(other) && optimizer_of(one) == optimizer_of(other) &&
           one->meta.guides == other->meta.guides &&
           one->meta.optimizer.metric == other->meta.optimizer.metric;
}

/* Whether candidate 0 with `text` on the axis is as it is. A value that does not suit it was told of
 * before. */
static bool keeps(const struct search_plan *plan, const struct sweep_axis *axis, const char *text)
{
    struct settings first, settings;
    char reason[SETTINGS_VALUE];
    space_settings(plan->space, 0, &first);
    settings = first;
    if (config_set(&settings, plan->space->config, axis->name, text, reason))
        return true;
    return search_alike(plan, &settings) &&
           (plan->stopping.rule != STOPPING_POPULATION || same_state(&first, &settings));
}

static bool keeps_all(const struct search_plan *plan, const struct sweep_axis *axis)
{
    char text[SETTINGS_VALUE];
    for (int i = 0; i < axis->count; i++)
        if (!keeps(plan, axis, axis->value[i]))
            return false;
    for (int end = 0; end < 2 && axis->count == 0; end++) {
        sweep_point(text, axis, end);
        if (!keeps(plan, axis, text))
            return false;
    }
    return true;
}

enum status search_alike_check(const struct search_plan *plan, struct error *error)
{
    const struct config *config = plan->space->config;
    enum status status = STATUS_OK;
    bool learns = config->sweep.method->learn != NULL;
    if (!config->sweep.point)
        return status;
    for (int a = 0; a < config->sweep.axes; a++)
        if (!keeps_all(plan, &config->sweep.axis[a]))
            status = config_complain(
                config, error, config->sweep.axis[a].name,
                "found in a %s%s, but it changes what is run or measured, of which "
                "size, or which parameters are free, allowed: parameters that change numbers only",
                learns ? "sweep of method " : "population",
                learns ? config->sweep.method->name : "");
    if (plan->candidate[0].extent.held_out == 0)
        status =
            config_complain(config, error, "meta.held_out_seeds",
                            "found 0, allowed: 1 or more with method %s, which learns from the "
                            "loss on them",
                            config->sweep.method->name);
    return status;
}
