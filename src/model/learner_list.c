/* The list of learners, and what is asked of the one that the settings chose. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "model/learners/shared.h"

#define LEARNER(name) extern const struct learner learner_##name;
#include "model/learners/list.h"
#undef LEARNER

const struct learner *const learner_list[] = {
#define LEARNER(name) &learner_##name,
#include "model/learners/list.h"
#undef LEARNER
    NULL,
};

void learner_register(void)
{
    for (int k = 0; learner_list[k]; k++)
        settings_register_choice("rule.family", learner_list[k]->name);
}

const struct learner *learner_of(const struct settings *settings)
{
    return learner_list[settings->rule.family];
}

/* Numbers that the struct of `learner` takes, to the next cache line. */
static size_t head(const struct learner *learner)
{
    return (learner->size + LEARNER_LINE * sizeof(double) - 1) / (LEARNER_LINE * sizeof(double)) *
           LEARNER_LINE;
}

/* Numbers in all, by a layout that hands out nothing: so that what is taken, told beforehand and
 * saved can never differ. */
static size_t numbers(const struct settings *settings, const struct task_shape *shape)
{
    const struct learner *learner = learner_of(settings);
    enum { LARGEST = 1024 };
    _Alignas(max_align_t) unsigned char scratch[LARGEST] = {0};
    assert(learner->size <= LARGEST);
    return learner->layout ? head(learner) + learner->layout(scratch, NULL, settings, shape) : 0;
}

enum status learner_create(void **state, const struct settings *settings,
                           const struct task_shape *shape, struct error *error)
{
    const struct learner *learner = learner_of(settings);
    size_t count = numbers(settings, shape);
    *state = NULL;
    if (count == 0)
        return STATUS_OK;
    double *memory = error_calloc(error, count, sizeof(double), "a learner");
    if (!memory)
        return STATUS_FAILED;
    learner->layout(memory, memory + head(learner), settings, shape);
    *state = memory;
    return STATUS_OK;
}

void learner_relink(void *state, const struct settings *settings, const struct task_shape *shape)
{
    const struct learner *learner = learner_of(settings);
    double *memory = state;
    if (state)
        learner->layout(memory, memory + head(learner), settings, shape);
}

double learner_bytes(const struct settings *settings, const struct task_shape *shape)
{
    return sizeof(double) * (double)numbers(settings, shape);
}

/* The weights that network.plastic names, as bits; 0 for default. */
static unsigned named(const struct settings *settings)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = {
        {"recurrent", LEARNER_RECURRENT}, {"input", LEARNER_INPUT}, {"readout", LEARNER_READOUT}};
    unsigned bits = 0;
    for (int i = 0; i < settings->network.plastic.count; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (strcmp(settings->network.plastic.item[i], words[k].word) == 0)
                bits |= words[k].bit;
    return bits;
}

unsigned learner_plastic(const struct settings *settings)
{
    unsigned bits = named(settings);
    return bits ? bits : learner_of(settings)->usual;
}

void learner_check(const struct settings *settings, struct settings_problems *problems)
{
    const struct learner *learner = learner_of(settings);
    unsigned wanted = named(settings), plastic = learner_plastic(settings);
    if (wanted & ~learner->able)
        settings_problem(problems, "network.plastic",
                         "found more than rule.family = %s can change, allowed: %s%s%s or default",
                         learner->name, learner->able & LEARNER_RECURRENT ? "recurrent" : "",
                         learner->able & LEARNER_INPUT ? ", input" : "",
                         learner->able & LEARNER_READOUT ? ", readout" : "");
    else if (wanted && learner->run && wanted != learner->usual)
        settings_problem(problems, "network.plastic",
                         "found less than rule.family = %s changes, allowed: recurrent and "
                         "readout, or default",
                         learner->name);
    if (plastic & LEARNER_READOUT && settings->network.readout == READOUT_UNIT)
        settings_problem(problems, "network.readout",
                         "found unit, allowed: gaussian, since rule.family = %s changes the "
                         "readout",
                         learner->name);
    if (learner->slope && settings->learning.reward == REWARD_BINARY)
        settings_problem(problems, "learning.reward",
                         "found binary, allowed: absolute or square, since rule.family = %s "
                         "follows the slope of the reward",
                         learner->name);
}
