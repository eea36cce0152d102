/* Tangents or adjoint, by what they cost. */
#include "search/choice.h"

#include <string.h>

#include "search/estimator.h"

static const char of_the_sweep[] = "the sweep says it for each candidate";
static const char of_replay[] =
    "record.replay stores derivatives of every trial, and only tangents "
    "have them";
static const char of_checkpoint[] =
    "record.checkpoint saves a lifetime on its way forwards, and the "
    "adjoint's way back would be lost";
static const char of_none[] = "no lifetime carries derivatives that the adjoint could give";

/* Products with the tangents of few parameters are thin and run slower than thick ones: by as much
 * as two more parameters would take. Measured with 30 to 200 units, 1 to 16 parameters and degrees 1
 * to 5; the adjoint, whose products are not so thin, keeps the speed that its operations promise, also
 * where meta.adjoint_memory makes it run parts of the lifetime twice. */
static double work_of_tangents(double operations, int parameters)
{
    return operations * (parameters + 2) / parameters;
}

/* Adds a candidate's training lifetimes. */
static void add(void *context, int64_t index, const struct settings *asked)
{
    struct search_choice *choice = context;
    struct settings settings = *asked;
    struct search_extent extent = search_extent(asked);
    (void)index;
    double lifetimes = (double)extent.iterations * extent.seeds;
    struct rule rule;
    rule_create(&rule, &settings);
    settings.meta.gradient = GRADIENT_ADJOINT;
    struct lifetime_gradient gradient = estimator_of(&settings)->gradient(&settings);
    if (lifetimes <= 0 || rule.parameters == 0 || !gradient.wanted || !gradient.backwards)
        return;
    if (settings.record.checkpoint > 0)
        choice->why = of_checkpoint;
    double learning = lifetime_flops(&settings, (struct lifetime_gradient){0});
    choice->learning += lifetimes * learning;
    choice->adjoint += lifetimes * lifetime_flops(&settings, gradient);
    gradient.backwards = false;
    double more = lifetime_flops(&settings, gradient) - learning;
    choice->tangents += lifetimes * (learning + work_of_tangents(more, rule.parameters));
}

/* Whether each candidate says it; `auto` cannot be one of the values, since the choice is one for
 * all. */
static bool is_swept(const struct config *config, enum status *status, struct error *error)
{
    const struct sweep *sweep = &config->sweep;
    for (int a = 0; a < sweep->axes; a++) {
        if (strcmp(sweep->axis[a].name, "meta.gradient") != 0)
            continue;
        for (int i = 0; i < sweep->axis[a].count; i++)
            if (strcmp(sweep->axis[a].value[i], "auto") == 0)
                *status = config_complain(config, error, "meta.gradient",
                                          "found auto in the sweep, allowed: tangent, adjoint");
        return true;
    }
    return false;
}

static void settle(struct search_choice *choice, const struct settings *base)
{
    choice->gradient = GRADIENT_TANGENT;
    if (choice->why)
        return;
    if (choice->tangents == 0)
        choice->why = of_none;
    else if (base->record.replay.count > 0)
        choice->why = of_replay;
    else if (choice->adjoint < choice->tangents)
        choice->gradient = GRADIENT_ADJOINT;
}

enum status search_choose(struct search_choice *choice, struct config *config,
                          const settings_check *checks, struct error *error)
{
    int said = config->base.meta.gradient;
    struct space space;
    *choice = (struct search_choice){.free = said == GRADIENT_AUTO, .gradient = said};
    enum status status = STATUS_OK;
    bool swept = is_swept(config, &status, error);
    if (!status)
        status = space_visit(&space, config, checks, add, choice, error);
    if (swept)
        *choice =
            (struct search_choice){.free = choice->free, .gradient = said, .why = of_the_sweep};
    if (choice->free)
        settle(choice, &config->base);
    config->base.meta.gradient = choice->gradient;
    return status;
}
