/* Tangents or adjoint, by what they cost. */
#include "search/choice.h"

#include <string.h>

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

enum status search_choice_begin(struct search_choice *choice, const struct config *config,
                                struct error *error)
{
    int said = config->base.meta.gradient;
    enum status status = STATUS_OK;
    *choice = (struct search_choice){.free = said == GRADIENT_AUTO, .gradient = said};
    if (is_swept(config, &status, error))
        choice->why = of_the_sweep;
    return status;
}

void search_choice_add(struct search_choice *choice, const struct settings *settings,
                       double lifetimes, int parameters, double learning, const double work[2])
{
    if (choice->why == of_the_sweep)
        return;
    if (settings->record.checkpoint > 0)
        choice->why = of_checkpoint;
    choice->learning += lifetimes * learning;
    choice->tangents += lifetimes * (learning + work_of_tangents(work[0] - learning, parameters));
    choice->adjoint += lifetimes * work[1];
}

void search_choice_end(struct search_choice *choice, const struct settings *base)
{
    if (!choice->free)
        return;
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
