/* Each is one row of a table, one field of the rule, and where it ends. All are positive and matter by
 * their ratio to what they were: so the search has their logarithms. */
#include "model/rule_constants.h"

#include <math.h>
#include <string.h>

/* The word of rule.learn, what the parameter is called, and its place in the rule. */
static const struct {
    const char *word, *name;
    size_t at;
} table[RULE_CONSTANTS] = {
    [RULE_TAU_E] = {"tau_e", "log_tau_e", offsetof(struct rule, tau_e)},
    [RULE_TAU_W] = {"tau_w", "log_tau_w", offsetof(struct rule, tau_w)},
    [RULE_CLIP] = {"clip", "log_clip", offsetof(struct rule, clip)},
    [RULE_BASELINE_RATE] = {"baseline_rate", "log_beta", offsetof(struct rule, baseline_rate)},
};

bool rule_lists(const struct settings_list *list, const char *word)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->item[i], word) == 0)
            return true;
    return false;
}

static void count_parameters(struct rule *rule)
{
    rule->parameters = rule->terms;
    for (int c = 0; c < RULE_CONSTANTS; c++)
        rule->parameters += rule->learns[c];
}

void rule_free_constants(struct rule *rule, const struct settings *settings)
{
    for (int c = 0; c < RULE_CONSTANTS; c++)
        rule->learns[c] = rule_lists(&settings->rule.learn, table[c].word);
    count_parameters(rule);
}

void rule_join_constants(struct rule *all, const struct rule *add)
{
    for (int c = 0; c < RULE_CONSTANTS; c++)
        all->learns[c] |= add->learns[c];
    count_parameters(all);
}

int rule_place(const struct rule *rule, enum rule_constant constant)
{
    int place = rule->terms;
    for (int c = 0; c < (int)constant; c++)
        place += rule->learns[c];
    return rule->learns[constant] ? place : -1;
}

const char *rule_constant_name(const struct rule *rule, int p)
{
    int c = 0;
    while (c < RULE_CONSTANTS - 1 && rule_place(rule, c) != p)
        c++;
    return table[c].name;
}

void rule_get_constants(const struct rule *rule, double *vector)
{
    for (int c = 0; c < RULE_CONSTANTS; c++)
        if (rule->learns[c])
            vector[rule_place(rule, c)] =
                log(*(const double *)(const void *)((const char *)rule + table[c].at));
}

void rule_set_constants(struct rule *rule, const double *vector)
{
    for (int c = 0; c < RULE_CONSTANTS; c++)
        if (rule->learns[c])
            *(double *)(void *)((char *)rule + table[c].at) = exp(vector[rule_place(rule, c)]);
}

void rule_bound(double *vector, const struct rule *rule, double dt)
{
    const double least[RULE_CONSTANTS] = {dt, SETTINGS_ABOVE_1, 0, 0};
    const double most[RULE_CONSTANTS] = {INFINITY, INFINITY, INFINITY, 1};
    for (int c = 0; c < RULE_CONSTANTS; c++)
        if (rule->learns[c]) {
            double *log_of = &vector[rule_place(rule, c)];
            *log_of = fmin(fmax(*log_of, log(least[c])), log(most[c]));
        }
}

static void check_finite(const char *name, const char *word, double value, const char *allowed,
                         const struct settings *settings, struct settings_problems *problems)
{
    if (rule_lists(&settings->rule.learn, word) && isinf(value))
        settings_problem(problems, name, "found inf, allowed: %s, since rule.learn names %s",
                         allowed, word);
}

void rule_check_constants(const struct settings *settings, struct settings_problems *problems)
{
    bool follows = rule_lists(&settings->rule.learn, "baseline_rate");
    if (settings->rule.tau_e < settings->network.dt)
        settings_problem(problems, "rule.tau_e",
                         "found %g ms, allowed: at least network.dt = %g ms, or inf",
                         settings->rule.tau_e, settings->network.dt);
    check_finite("rule.tau_e", "tau_e", settings->rule.tau_e, "a finite time", settings, problems);
    check_finite("rule.tau_w", "tau_w", settings->rule.tau_w, "a finite number of trials", settings,
                 problems);
    check_finite("learning.clip", "clip", settings->learning.clip, "a finite number", settings,
                 problems);
    if (follows && settings->learning.baseline_rate == 0)
        settings_problem(problems, "learning.baseline_rate",
                         "found 0, allowed: above 0, since rule.learn names baseline_rate");
    if (follows && settings->meta.rpe_gradient == RPE_STOPPED)
        settings_problem(problems, "meta.rpe_gradient",
                         "found stopped, allowed: full, since rule.learn names baseline_rate, of "
                         "which the loss knows through the modulator alone");
}
