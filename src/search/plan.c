/* One pass over all candidates: their settings are too large to be kept for a million of them, so what
 * is read of them is. */
#include "search/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/estimator.h"

/* What is known while the candidates come. */
struct pass {
    struct search_plan *plan;
    int32_t room;      /* of plan->free */
    struct rule last;  /* whose free parameters were listed last, */
    int32_t last_free; /* and where */
    int32_t places;    /* of plan->measurement */
    bool broken;       /* out of memory */
    bool crowded;      /* more free parameters than one rule can have */
    struct error *error;
};

int32_t search_stride(const struct settings *settings)
{
    int32_t stride = task_steps(settings->record.interval, settings->network.dt);
    return stride < 1 ? 1 : stride;
}

static unsigned char find_whens(const struct settings_list *list, const char *const *when)
{
    unsigned char whens = 0;
    for (int w = 0; w < SEARCH_WHENS; w++)
        for (int i = 0; i < list->count; i++)
            if (strcmp(list->item[i], when[w]) == 0)
                whens |= (unsigned char)(1 << w);
    return whens;
}

static void take_memory(struct pass *pass)
{
    struct search_plan *plan = pass->plan;
    unsigned long candidates = (unsigned long)plan->space->candidates;
    unsigned long axes = (unsigned long)plan->space->config->sweep.axes;
    plan->candidate =
        error_calloc(pass->error, candidates, sizeof *plan->candidate, "plan of the candidates");
    plan->value = error_calloc(pass->error, candidates, (axes + 1) * sizeof *plan->value,
                               "plan of the candidates");
    pass->broken = !plan->candidate || !plan->value;
}

/* The array with room for one more; NULL: out of memory. */
static void *extend(struct pass *pass, void *array, int32_t count, int32_t *room, size_t bytes)
{
    if (count < *room)
        return array;
    void *grown = realloc(array, (size_t)(2 * *room + 1) * bytes);
    if (grown)
        *room = 2 * *room + 1;
    else
        error_add(pass->error, STATUS_FAILED, "out of memory: plan of the candidates");
    pass->broken |= !grown;
    return grown;
}

/* Whether the free parameters of two rules have the same names. */
static bool same_names(const struct rule *one, const struct rule *other)
{
    return one->parameters == other->parameters && one->terms == other->terms &&
           memcmp(one->term, other->term, sizeof one->term) == 0 &&
           memcmp(one->learns, other->learns, sizeof one->learns) == 0;
}

/* Where the free parameters of `rule` are listed; they are added if they are not yet. */
static int32_t list_free(struct pass *pass, const struct rule *rule)
{
    struct search_plan *plan = pass->plan;
    struct search_free own = {.parameters = rule->parameters};
    for (int p = 0; p < rule->parameters; p++)
        rule_name(rule, p, own.name[p]);
    for (int32_t f = plan->frees - 1; f >= 0; f--)
        if (memcmp(&plan->free[f], &own, sizeof own) == 0)
            return f;
    struct search_free *free = extend(pass, plan->free, plan->frees, &pass->room, sizeof own);
    if (!free)
        return 0;
    plan->free = free;
    plan->free[plan->frees] = own;
    pass->crowded |= !rule_join(&plan->all, rule);
    return plan->frees++;
}

/* Where the candidate's measurement is listed; it is added if it is not yet. -1: there is none. */
static int32_t list_measurement(struct pass *pass, int64_t index, const struct settings *settings)
{
    struct search_plan *plan = pass->plan;
    int stage[MEASURED_STAGES];
    if (!measured_wanted(settings))
        return -1;
    struct search_measurement own = {space_key(settings), index,
                                     (int32_t)settings->efficiency.networks,
                                     measured_stages(stage, settings), measured_cost(settings)};
    for (int32_t m = plan->measurements - 1; m >= 0; m--)
        if (plan->measurement[m].key == own.key)
            return m;
    struct search_measurement *list =
        extend(pass, plan->measurement, plan->measurements, &pass->places, sizeof own);
    if (!list)
        return -1;
    plan->measurement = list;
    list[plan->measurements] = own;
    return plan->measurements++;
}

void search_plan_fill(struct search_candidate *candidate, const struct settings *settings,
                      const struct rule *rule)
{
    static const char *const rates[] = {"before", "first", "last"};
    static const char *const weights[] = {"initial", "first", "last"};
    struct search_extent extent = search_extent_of(settings, rule->parameters);
    *candidate = (struct search_candidate){
        .extent = extent,
        .units = (int32_t)settings->network.units,
        .trials = (int32_t)settings->learning.trials,
        .scaled = extent.iterations > 0 || (settings->rule.start_in == START_NORMALISED &&
                                            settings->rule.start.from == SETTINGS_FROM_MAP),
        .interval = search_stride(settings) * settings->network.dt,
        .evaluate_cost = search_cost(settings, rule, JOB_EVALUATE),
    };
    task_shape(&candidate->shape, settings);
    candidate->recorded = candidate->shape.steps / search_stride(settings);
    if (extent.evaluations > 0) {
        candidate->representations = find_whens(&settings->record.representations, rates);
        candidate->weights = find_whens(&settings->record.weights, weights);
    }
}

/* Work and memory of the candidate's lifetimes whichever way its gradients go. */
static void weigh(struct search_plan *plan, struct search_candidate *candidate,
                  struct settings *settings, const struct rule *rule)
{
    double lifetimes = (double)candidate->extent.iterations * candidate->extent.seeds;
    double work[2], bytes[2];
    int said = settings->meta.gradient;
    struct lifetime_gradient gradient;
    for (int w = 0; w < 2; w++) {
        settings->meta.gradient = w ? GRADIENT_ADJOINT : GRADIENT_TANGENT;
        gradient = estimator_of(settings)->gradient(settings);
        work[w] = search_cost(settings, rule, JOB_TRAIN);
        bytes[w] = lifetime_bytes(settings, rule,
                                  lifetimes > 0 ? gradient : (struct lifetime_gradient){0});
    }
    settings->meta.gradient = said;
    if (lifetimes > 0 && rule->parameters > 0 && gradient.wanted && gradient.backwards)
        search_choice_add(&plan->choice, settings, lifetimes, rule->parameters,
                          candidate->evaluate_cost, work);
    for (int w = 0; w < 2; w++) {
        int own = said == GRADIENT_AUTO ? w : said == GRADIENT_ADJOINT;
        candidate->ways[w] = work[own];
        plan->ways[w] = fmax(plan->ways[w], bytes[own]);
    }
}

/* The candidate's number on an axis, NAN if it has none. */
static double value_of(const struct sweep *sweep, int64_t index, int axis,
                       const struct settings *settings)
{
    const struct sweep_axis *of = &sweep->axis[axis];
    if (!sweep_has(sweep, index, axis))
        return NAN;
    return of->row ? settings_row_number(settings, of->row) : settings_number(settings, of->name);
}

static void take(void *context, int64_t index, struct settings *settings)
{
    struct pass *pass = context;
    struct search_plan *plan = pass->plan;
    if (!plan->candidate)
        take_memory(pass);
    if (pass->broken)
        return;
    struct search_candidate *candidate = &plan->candidate[index];
    struct rule rule;
    rule_create(&rule, settings);
    search_plan_fill(candidate, settings, &rule);
    if (plan->frees == 0 || !same_names(&rule, &pass->last)) {
        pass->last_free = list_free(pass, &rule);
        pass->last = rule;
    }
    candidate->free = pass->last_free;
    candidate->measured = list_measurement(pass, index, settings);
    weigh(plan, candidate, settings, &rule);
    const struct sweep *sweep = &plan->space->config->sweep;
    for (int a = 0; a < sweep->axes; a++)
        plan->value[index * sweep->axes + a] = value_of(sweep, index, a, settings);
}

void search_plan_settle(struct search_plan *plan, struct config *config, int gradient)
{
    int way = gradient == GRADIENT_ADJOINT;
    config->base.meta.gradient = plan->choice.gradient = gradient;
    plan->bytes = plan->ways[way];
    for (int64_t c = 0; c < plan->space->candidates; c++)
        plan->candidate[c].train_cost = plan->candidate[c].ways[way];
}

/* What is bred must have a place on a range, and go on afterwards. */
static enum status check_population(const struct search_plan *plan, const struct config *config,
                                    struct error *error)
{
    if (config->sweep.repeats > 1)
        return config_complain(config, error, "meta.stopping.name",
                               "found population with sweep.repeats = %d, allowed: one of the two, "
                               "since repeats of a candidate would not stay with the same values",
                               config->sweep.repeats);
    if (config->sweep.points > 1 && !config->sweep.method->crosses)
        return config_complain(config, error, "meta.stopping.name",
                               "found population with parameters of method grid, allowed: without "
                               "them, since values are changed between candidates");
    if (!config->sweep.point)
        return config_complain(config, error, "meta.stopping.name",
                               "found population %s%s, allowed: with a method that draws, random, "
                               "latin or sobol, whose values can be changed",
                               config->sweep.axes > 0 ? "with sweep.method " : "without a sweep",
                               config->sweep.axes > 0 ? config->sweep.method->name : "");
    if (plan->stopping.by_seeds)
        return config_complain(config, error, "meta.stopping.name",
                               "found population without meta-iterations, allowed: with "
                               "meta.iterations above 0, between which rules and values change");
    return STATUS_OK;
}

/* Candidates that are compared at rungs must all come to the same ones. */
static enum status check_stopping(const struct search_plan *plan, const struct config *config,
                                  struct error *error)
{
    const struct search_extent *first = &plan->candidate[0].extent;
    enum status status = STATUS_OK;
    for (int a = 0; a < config->sweep.axes; a++)
        if (strncmp(config->sweep.axis[a].name, "meta.stopping.", 14) == 0)
            return config_complain(config, error, config->sweep.axis[a].name,
                                   "found in the sweep, but it speaks of the whole run, allowed: "
                                   "other parameters");
    if (plan->stopping.rule == STOPPING_NONE)
        return STATUS_OK;
    if (first->held_out == 0)
        return config_complain(config, error, "meta.stopping.name",
                               "found early stopping with meta.held_out_seeds = 0, allowed: with "
                               "held-out seeds, by which it decides");
    if (plan->stopping.rule == STOPPING_POPULATION)
        status = check_population(plan, config, error);
    if (status)
        return status;
    if (config->sweep.method->learn)
        return config_complain(config, error, "meta.stopping.name",
                               "found early stopping with sweep.method %s, allowed: a method whose "
                               "candidates are all known when the first are compared",
                               config->sweep.method->name);
    for (int64_t c = 1; c < plan->space->candidates; c++) {
        const struct search_extent *other = &plan->candidate[c].extent;
        if (other->iterations != first->iterations || other->every != first->every ||
            other->held_out != first->held_out || other->tests != first->tests)
            return config_complain(config, error, "meta.stopping.name",
                                   "found candidates 0 and %lld with different meta-iterations or "
                                   "seeds, allowed: the same meta.iterations, evaluate_every, "
                                   "held_out_seeds and test_seeds for all that are compared",
                                   (long long)c);
    }
    if (plan->stopping.rungs == 0)
        return config_complain(config, error, "meta.stopping.name",
                               "found no rung before the end, at %d %s, allowed: more of them%s, "
                               "or a smaller meta.stopping.first or factor",
                               plan->stopping.whole,
                               plan->stopping.by_seeds
                                   ? "held-out seeds"
                                   : "evaluations behind that of the start rule",
                               plan->stopping.by_seeds ? "" : " by meta.evaluate_every");
    return STATUS_OK;
}

enum status search_plan_create(struct search_plan *plan, struct space *space, struct config *config,
                               const settings_check *checks, struct error *error)
{
    *plan = (struct search_plan){.space = space};
    struct pass pass = {.plan = plan, .error = error};
    enum status status = search_choice_begin(&plan->choice, config, error);
    if (!status)
        status = space_visit(space, config, checks, take, &pass, error);
    if (!status && pass.broken)
        status = STATUS_FAILED;
    if (!status && pass.crowded)
        status = error_add(error, STATUS_USAGE,
                           "rule.terms: the candidates have more than %d terms with other "
                           "variables than r and d together",
                           RULE_OTHERS);
    if (!status)
        status = search_stopping_create(&plan->stopping, &config->base, &plan->candidate[0].extent,
                                        space->candidates, config->sweep.repeats, error);
    if (!status)
        status = check_stopping(plan, config, error);
    if (status) {
        search_plan_free(plan);
        return status;
    }
    search_choice_end(&plan->choice, &config->base);
    search_plan_settle(plan, config, plan->choice.gradient);
    return STATUS_OK;
}

void search_plan_free(struct search_plan *plan)
{
    free(plan->candidate);
    free(plan->value);
    free(plan->free);
    free(plan->measurement);
    search_stopping_free(&plan->stopping);
    *plan = (struct search_plan){0};
}

const struct search_free *search_plan_parameters(const struct search_plan *plan, int64_t candidate)
{
    return &plan->free[plan->candidate[candidate].free];
}
