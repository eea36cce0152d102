/* The rule by which networks learn on their way to a stage is the one whose size the found rule has, so
 * that learning.rate means the same to both. */
#include "search/measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/optimizer.h"

static bool reads_metric(const struct settings *settings)
{
    const char *const *name = optimizer_of(settings)->reads;
    while (name && *name && strcmp(*name, "meta.optimizer.metric") != 0)
        name++;
    return name && *name;
}

static bool has_terms(const struct settings *settings)
{
    struct rule rule;
    rule_create(&rule, settings);
    return rule.terms > 0;
}

bool measured_wanted(const struct settings *settings)
{
    bool steps = settings->meta.optimizer.metric == METRIC_CHANGES && settings->meta.iterations > 0;
    return settings->rule.family == FAMILY_POLYNOMIAL &&
           (settings->rule.start.from == SETTINGS_FROM_EFFICIENCY ||
            (steps && reads_metric(settings) && has_terms(settings)));
}

int measured_stages(int stage[MEASURED_STAGES], const struct settings *settings)
{
    const struct settings_integers *list = &settings->efficiency.stages;
    int count = 0;
    for (int i = 0; i < list->count && count < MEASURED_STAGES; i++) {
        int64_t last = settings->learning.trials;
        int next = (int)(list->value[i] < last ? list->value[i] : last);
        if (count == 0 || next > stage[count - 1])
            stage[count++] = next;
    }
    return count;
}

void measured_check(const struct settings *settings, struct settings_problems *problems)
{
    const struct settings_integers *list = &settings->efficiency.stages;
    bool rises = list->count > 0 && list->count <= MEASURED_STAGES;
    for (int i = 1; i < list->count; i++)
        rises &= list->value[i] > list->value[i - 1];
    if (!rises)
        settings_problem(problems, "efficiency.stages",
                         "found %d numbers that do not rise, or none, allowed: 1 to %d that rise",
                         list->count, MEASURED_STAGES);
    if (measured_wanted(settings) && settings->learning.reward == REWARD_BINARY &&
        settings->meta.objective == OBJECTIVE_REWARD)
        settings_problem(problems, "meta.objective",
                         "found reward, allowed: absolute, square or wrong, since the reward is "
                         "binary and has no gradient, which efficiency needs");
}

enum status measured_start(struct rule *start, double *theta, double *scale,
                           const struct settings *settings, struct error *error)
{
    struct lifetime lifetime;
    if (lifetime_create(&lifetime, settings, (struct lifetime_gradient){0}, false, error))
        return STATUS_FAILED;
    *start = lifetime.rule; // what is not learned the lifetime has made raw
    rule_get(start, theta);
    lifetime_scale(scale, &lifetime, 0); // where the search measures it
    for (int p = 0; p < lifetime.rule.terms && settings->rule.start_in == START_NORMALISED; p++)
        theta[p] *= scale[p];
    rule_set(start, theta);
    lifetime_free(&lifetime);
    return STATUS_OK;
}

/* ---- what is measured ---- */

/* The column of a term, which is added if it is not there yet. */
static int column_of(struct measured_plan *plan, const struct rule_term *term)
{
    int k = 0;
    while (k < plan->count && rule_term_compare(&plan->column[k].term, term) != 0)
        k++;
    if (k == plan->count)
        plan->column[plan->count++] =
            (struct efficiency_column){.term = *term, .tau_e = plan->settings.rule.tau_e};
    return k;
}

static void place(double *out, struct measured_plan *plan, const struct rule *rule)
{
    struct rule_part part[RULE_TERMS];
    int parts = rule_parts(part, rule);
    for (int i = 0; i < parts; i++)
        out[column_of(plan, &part[i].term)] = part[i].theta;
}

/* Trials keep the weights for terms with powers of them only if the rule has such: then the rule by which
 * networks learn has one too, with the coefficient 0. */
void measured_settings(struct settings *out, const struct settings *settings)
{
    struct settings_list *terms = &out->rule.terms;
    struct rule own;
    rule_create(&own, settings);
    rule_start_settings(out, settings);
    for (int p = 0; p < own.terms && terms->count < SETTINGS_ENTRIES; p++)
        if (rule_term_weight(&own.term[p]) > 0) {
            rule_term_write(terms->item[terms->count++], &own.term[p]);
            return;
        }
}

/* A start that is 0 has no size: then it is that of the rule that stands where nothing is said. */
static enum status use_automatic(struct measured_plan *plan, struct error *error)
{
    struct settings own = plan->settings, whole;
    double theta[RULE_PARAMETERS], scale[RULE_PARAMETERS];
    struct rule rule;
    own.rule.start = (struct settings_map){.count = SETTINGS_AUTO};
    settings_settle(&own);
    rule_start_settings(&whole, &own);
    enum status status = measured_start(&rule, theta, scale, &whole, error);
    if (!status)
        place(plan->start, plan, &rule);
    return status;
}

enum status measured_plan_create(struct measured_plan *plan, const struct settings *settings,
                                 struct error *error)
{
    const struct rule_term cubic = {.power = {[RULE_R] = 3, [RULE_D] = 3}};
    struct rule own, rule;
    double scale[RULE_PARAMETERS];
    *plan = (struct measured_plan){.networks = (int)settings->efficiency.networks};
    plan->stages = measured_stages(plan->stage, settings);
    measured_settings(&plan->settings, settings);
    rule_create(&own, settings);
    for (int p = 0; p < own.terms; p++)
        column_of(plan, &own.term[p]);
    plan->terms = own.terms;
    plan->reference[column_of(plan, &cubic)] = -1;
    if (measured_start(&rule, plan->learning, scale, &plan->settings, error))
        return STATUS_FAILED;
    place(plan->start, plan, &rule);
    for (int k = 0; k < plan->count; k++)
        if (plan->start[k] != 0)
            return STATUS_OK;
    return use_automatic(plan, error);
}

enum status measured_measure(double *numbers, const struct measured_plan *plan, uint64_t task_seed,
                             int stage, bool (*poll)(void *context), void *context,
                             struct error *error)
{
    const struct efficiency_plan own = {.settings = &plan->settings,
                                        .theta = plan->learning,
                                        .columns = plan->count,
                                        .column = plan->column,
                                        .trials = (int)plan->settings.efficiency.trials,
                                        .poll = poll,
                                        .context = context};
    return efficiency_measure(numbers, &own, task_seed, plan->stage[stage], error);
}

/* Operations on N^2 T numbers: of a trial's states 2, of its adjoint about 10, of a term's eligibility 2;
 * and on N^2 numbers, of products of eligibilities. */
double measured_cost(const struct settings *settings)
{
    int stage[MEASURED_STAGES], stages = measured_stages(stage, settings);
    struct task_shape shape;
    struct rule rule, start;
    struct settings learning;
    rule_create(&rule, settings);
    rule_start_settings(&learning, settings);
    rule_create(&start, &learning);
    task_shape(&shape, settings);
    double n = (double)settings->network.units, columns = rule.terms + 1;
    double one = lifetime_flops(&learning, &start, (struct lifetime_gradient){0}) /
                 (double)settings->learning.trials;
    double both = (14 + 2 * columns) * n * n * shape.steps + 2 * columns * (columns + 1) * n * n;
    double cost = 0;
    for (int s = 0; s < stages; s++)
        cost += stage[s] * one + (double)settings->efficiency.trials * both;
    return cost * (double)settings->efficiency.networks;
}

/* ---- what follows ---- */

struct efficiency measured_at(const struct measured *found, int network, int stage)
{
    long place = (long)network * found->stages + stage;
    return efficiency_read(found->numbers + place * efficiency_numbers(found->columns, false),
                           found->columns, false);
}

/* The networks that did not diverge at any stage; returns how many. */
static int take_whole(struct efficiency *out, const struct measured *found)
{
    int whole = 0;
    for (int i = 0; i < found->networks; i++) {
        bool good = true;
        for (int s = 0; s < found->stages; s++) {
            out[whole * found->stages + s] = measured_at(found, i, s);
            good &= out[whole * found->stages + s].state == LIFETIME_DONE;
        }
        whole += good;
    }
    return whole;
}

/* The mean of G / G_0 over that of the start, of the free terms. */
static enum status find_metric(struct measured *found, const struct measured_plan *plan,
                               const struct ceiling *ceiling, double size, struct error *error)
{
    int terms = found->terms, columns = found->columns, places = ceiling->networks * found->stages;
    long cubic = 0;
    while (plan->reference[cubic] == 0)
        cubic++;
    found->metric = error_calloc(error, (size_t)(terms * terms) + 1, sizeof *found->metric,
                                 "a metric of rules");
    for (int e = 0; e < places && found->metric; e++) {
        const double *gram = ceiling->measured[e].gram;
        double unit = gram[cubic * columns + cubic] * size * places;
        for (int k = 0; k < terms * terms && unit > 0; k++)
            found->metric[k] += gram[(long)(k / terms) * columns + k % terms] / unit;
    }
    return found->metric ? STATUS_OK : STATUS_FAILED;
}

static enum status find_rule(struct measured *found, const struct measured_plan *plan,
                             const struct ceiling *ceiling, double size, struct error *error)
{
    unsigned char member[MEASURED_COLUMNS] = {0};
    struct ceiling_answer answer;
    const struct ceiling_rule rule = {CEILING_FITTED, member, NULL};
    memset(member, 1, (size_t)found->terms);
    enum status status = ceiling_answer(&answer, ceiling, &rule, 1, plan->reference, error);
    if (status)
        return status;
    for (int k = 0; k < found->terms; k++)
        found->theta[k] = sqrt(size) * answer.theta[k];
    found->ratio = answer.ratio;
    found->low = answer.low;
    found->high = answer.high;
    found->share = answer.share;
    found->ridge = answer.ridge;
    ceiling_free(&answer, 1);
    return STATUS_OK;
}

/* Copies what was measured, closely packed, and finds the networks that are whole. */
static enum status take_numbers(struct measured *found, struct efficiency *whole,
                                const double *numbers, long stride, struct error *error)
{
    long places = (long)found->networks * found->stages;
    long own = efficiency_numbers(found->columns, false);
    found->numbers =
        error_calloc(error, (size_t)(places * own), sizeof *found->numbers, "measurements");
    if (!found->numbers)
        return STATUS_FAILED;
    for (long p = 0; p < places; p++)
        memcpy(found->numbers + p * own, numbers + p * stride, (size_t)own * sizeof *numbers);
    found->whole = take_whole(whole, found);
    return STATUS_OK;
}

enum status measured_conclude(struct measured *found, const struct measured_plan *plan,
                              const double *numbers, long stride, struct error *error)
{
    size_t places = (size_t)plan->networks * (size_t)plan->stages;
    *found = (struct measured){.networks = plan->networks,
                               .stages = plan->stages,
                               .terms = plan->terms,
                               .columns = plan->count,
                               .ratio = NAN,
                               .low = NAN,
                               .high = NAN,
                               .share = NAN,
                               .ridge = NAN};
    memcpy(found->stage, plan->stage, sizeof found->stage);
    struct efficiency *whole = error_calloc(error, places, sizeof *whole, "measurements");
    enum status status = whole ? take_numbers(found, whole, numbers, stride, error) : STATUS_FAILED;
    if (!status && found->whole > 1) {
        const struct ceiling ceiling = {found->whole, found->stages, found->columns, whole};
        double size = ceiling_size(&ceiling, plan->start, plan->reference);
        status = find_metric(found, plan, &ceiling, size, error);
        if (!status)
            status = find_rule(found, plan, &ceiling, size, error);
    }
    free(whole);
    if (status)
        measured_free(found);
    return status;
}

void measured_free(struct measured *found)
{
    free(found->metric);
    free(found->numbers);
    *found = (struct measured){0};
}

void measured_write(struct settings_map *start, const struct measured *found,
                    const struct settings *settings)
{
    struct rule rule;
    rule_create(&rule, settings);
    memset(start, 0, sizeof *start);
    start->count = found->terms;
    for (int k = 0; k < found->terms; k++) {
        rule_term_write(start->entry[k].key, &rule.term[k]);
        start->entry[k].value = found->theta[k];
    }
}
