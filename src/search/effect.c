/* Parameters without effect. What only some members of a list read, they name themselves (`reads`, and
 * a learner's section); the rest is the table below. */
#include "search/effect.h"

#include <string.h>

#include "model/learner.h"
#include "search/estimator.h"
#include "search/measured.h"
#include "search/optimizer.h"
#include "search/search.h"

/* Whether `name` is `whole` or lies in it. */
static bool within(const char *name, const char *whole)
{
    size_t length = strlen(whole);
    return strncmp(name, whole, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

static bool names(const char *const *reads, const char *name)
{
    while (reads && *reads && !within(name, *reads))
        reads++;
    return reads && *reads;
}

static bool learner_reads(const struct learner *learner, const char *name)
{
    return names(learner->reads, name) || (learner->section && within(name, learner->section));
}

/* Whether some learner knows `name`, but not the chosen one. */
static bool foreign_to_learner(const struct settings *settings, const char *name)
{
    bool known = false;
    for (int k = 0; learner_list[k]; k++)
        known |= learner_reads(learner_list[k], name);
    return known && strcmp(name, "rule.family") != 0 && !learner_reads(learner_of(settings), name);
}

static bool foreign_to_estimator(const struct settings *settings, const char *name)
{
    bool known = false;
    for (int k = 0; estimator_list[k]; k++)
        known |= names(estimator_list[k]->reads, name);
    return known && !names(estimator_of(settings)->reads, name) &&
           !names(optimizer_of(settings)->reads, name);
}

static bool foreign_to_optimizer(const struct settings *settings, const char *name)
{
    bool known = false;
    for (int k = 0; optimizer_list[k]; k++)
        known |= names(optimizer_list[k]->reads, name);
    return known && !names(optimizer_of(settings)->reads, name) &&
           !names(estimator_of(settings)->reads, name);
}

static bool kicks(const struct settings *settings)
{
    return settings->exploration.kind == EXPLORATION_KICKS;
}

static bool gaussian(const struct settings *settings)
{
    return settings->exploration.kind == EXPLORATION_GAUSSIAN;
}

static bool explores(const struct settings *settings)
{
    return settings->exploration.kind != EXPLORATION_NONE;
}

static bool sums(const struct settings *settings)
{
    return settings->network.readout == READOUT_GAUSSIAN;
}

static bool learned(const struct settings *settings)
{
    return learner_of(settings)->learned;
}

static bool iterates(const struct settings *settings)
{
    return learned(settings) && settings->meta.iterations > 0;
}

static bool steps(const struct settings *settings)
{
    struct rule rule;
    rule_create(&rule, settings);
    return rule.parameters > 0;
}

static bool repeats(const struct settings *settings)
{
    return !optimizer_of(settings)->fresh;
}

static bool follows(const struct settings *settings)
{
    return !optimizer_of(settings)->select;
}

static bool evaluates(const struct settings *settings)
{
    return settings->meta.held_out_seeds > 0;
}

static bool stops(const struct settings *settings)
{
    return settings->meta.stopping.name != STOPPING_NONE;
}

/* A population, and the median of evaluations, have a rung at each of them. */
static bool divides(const struct settings *settings)
{
    return stops(settings) && settings->meta.stopping.name != STOPPING_POPULATION &&
           (settings->meta.stopping.name != STOPPING_MEDIAN || !iterates(settings));
}

static bool represents(const struct settings *settings)
{
    return settings->record.representations.count > 0;
}

/* What is read only if a condition holds, and by whose fault it does not. A name may have several
 * rows. */
static const struct {
    const char *name;
    bool (*read)(const struct settings *settings);
    const char *blocker;
} table[] = {
    {"exploration.probability", kicks, "exploration.kind"},
    {"exploration.amplitude", kicks, "exploration.kind"},
    {"exploration.sd", gaussian, "exploration.kind"},
    {"exploration.start", explores, "exploration.kind"},
    {"network.readout_gain", sums, "network.readout"},
    {"efficiency", measured_wanted, "rule.start"},
    {"meta.iterations", learned, "rule.family"},
    {"meta.seeds", iterates, "meta.iterations"},
    {"meta.fresh_seeds", iterates, "meta.iterations"},
    {"meta.evaluate_every", iterates, "meta.iterations"},
    {"meta.estimator", iterates, "meta.iterations"},
    {"meta.discount", iterates, "meta.iterations"},
    {"meta.reset_every", iterates, "meta.iterations"},
    {"meta.es_pairs", iterates, "meta.iterations"},
    {"meta.es_sigma", iterates, "meta.iterations"},
    {"meta.fd_step", iterates, "meta.iterations"},
    {"meta.relative_steps", iterates, "meta.iterations"},
    {"meta.guides", iterates, "meta.iterations"},
    {"meta.guide_share", iterates, "meta.iterations"},
    {"meta.gradient", iterates, "meta.iterations"},
    {"meta.adjoint_memory", iterates, "meta.iterations"},
    {"meta.rpe_gradient", iterates, "meta.iterations"},
    {"meta.gradient_clip", iterates, "meta.iterations"},
    {"meta.l1", iterates, "meta.iterations"},
    {"meta.optimizer", iterates, "meta.iterations"},
    {"meta.estimator", steps, "rule.learn"},
    {"meta.gradient_clip", steps, "rule.learn"},
    {"meta.l1", steps, "rule.learn"},
    {"meta.optimizer", steps, "rule.learn"},
    {"meta.estimator", follows, "meta.optimizer.name"},
    {"meta.fresh_seeds", repeats, "meta.optimizer.name"},
    {"meta.gradient_clip", follows, "meta.optimizer.name"},
    {"meta.optimizer.rate", follows, "meta.optimizer.name"},
    {"meta.optimizer.schedule", follows, "meta.optimizer.name"},
    {"meta.optimizer.longest", follows, "meta.optimizer.name"},
    {"meta.stopping.first", stops, "meta.stopping.name"},
    {"meta.stopping.factor", divides, "meta.stopping.name"},
    {"record.representations", evaluates, "meta.held_out_seeds"},
    {"record.weights", evaluates, "meta.held_out_seeds"},
    {"record.interval", evaluates, "meta.held_out_seeds"},
    {"record.interval", represents, "record.representations"},
    {"meta.evaluate_every", evaluates, "meta.held_out_seeds"},
    {"meta.test_seeds", evaluates, "meta.held_out_seeds"},
};

bool search_decides(const struct parameter *row)
{
    return !row || (row->type != PARAMETER_REAL && row->type != PARAMETER_DURATION);
}

const char *search_blocker(const struct settings *settings, const char *name)
{
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        if (within(name, table[k].name) && !table[k].read(settings))
            return table[k].read == iterates && !learned(settings) ? "rule.family"
                                                                   : table[k].blocker;
    if (foreign_to_learner(settings, name))
        return "rule.family";
    if (foreign_to_estimator(settings, name))
        return follows(settings) ? "meta.estimator" : "meta.optimizer.name";
    if (foreign_to_optimizer(settings, name))
        return "meta.optimizer.name";
    return NULL;
}
