/* The polynomial rule: k counts powers of the presynaptic rate r, l those of Delta. */
#include "model/rule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool rule_term(const char *name, int *k, int *l)
{
    int end = 0;
    if (sscanf(name, "r%1d d%1d%n", k, l, &end) != 2 || name[end])
        return false;
    return *k <= RULE_DEGREE && *l <= RULE_DEGREE;
}

static void write_term(char name[RULE_NAME], int k, int l)
{
    memcpy(name, "r0 d0", sizeof "r0 d0");
    name[1] = (char)(name[1] + k);
    name[4] = (char)(name[4] + l);
}

static bool listed(const struct settings_list *list, const char *word)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->item[i], word) == 0)
            return true;
    return false;
}

/* Whether term (k, l) is one of rule.terms. */
static bool chosen(const struct settings *settings, int k, int l)
{
    if (k > settings->rule.degree || l > settings->rule.degree)
        return false;
    char name[RULE_NAME];
    write_term(name, k, l);
    return listed(&settings->rule.terms, "all") || listed(&settings->rule.terms, name);
}

void rule_create(struct rule *rule, const struct settings *settings)
{
    *rule = (struct rule){
        .degree = (int)settings->rule.degree,
        .tau_e = settings->rule.tau_e,
        .tau_w = settings->rule.tau_w,
        .trace_alpha = settings->rule.trace_alpha,
        .carry_trace = settings->rule.carry_trace,
    };
    if (settings->rule.family != FAMILY_POLYNOMIAL)
        return; // nothing is free
    rule->learn_tau_e = listed(&settings->rule.learn, "tau_e");
    rule->learn_tau_w = listed(&settings->rule.learn, "tau_w");
    for (int i = 0; i < settings->rule.start.count; i++) {
        int k, l;
        if (rule_term(settings->rule.start.entry[i].key, &k, &l))
            rule->theta[l][k] = settings->rule.start.entry[i].value;
    }
    if (listed(&settings->rule.learn, "theta"))
        for (int l = 0; l <= rule->degree; l++)
            for (int k = 0; k <= rule->degree; k++)
                if (chosen(settings, k, l)) {
                    rule->term[rule->terms].k = k;
                    rule->term[rule->terms++].l = l;
                }
    rule->parameters = rule->terms + rule->learn_tau_e + rule->learn_tau_w;
}

void rule_name(const struct rule *rule, int p, char name[RULE_NAME])
{
    if (p < rule->terms)
        write_term(name, rule->term[p].k, rule->term[p].l);
    else
        snprintf(name, RULE_NAME, "%s",
                 p == rule->terms && rule->learn_tau_e ? "log_tau_e" : "log_tau_w");
}

void rule_get(const struct rule *rule, double *vector)
{
    int p = 0;
    for (; p < rule->terms; p++)
        vector[p] = rule->theta[rule->term[p].l][rule->term[p].k];
    if (rule->learn_tau_e)
        vector[p++] = log(rule->tau_e);
    if (rule->learn_tau_w)
        vector[p++] = log(rule->tau_w);
}

void rule_set(struct rule *rule, const double *vector)
{
    int p = 0;
    for (; p < rule->terms; p++)
        rule->theta[rule->term[p].l][rule->term[p].k] = vector[p];
    if (rule->learn_tau_e)
        rule->tau_e = exp(vector[p++]);
    if (rule->learn_tau_w)
        rule->tau_w = exp(vector[p++]);
}

static void check_terms(const struct settings *settings, struct settings_problems *problems)
{
    int k, l, degree = (int)settings->rule.degree;
    for (int i = 0; i < settings->rule.terms.count; i++) {
        const char *word = settings->rule.terms.item[i];
        if (strcmp(word, "all") == 0)
            continue;
        if (!rule_term(word, &k, &l) || k > degree || l > degree)
            settings_problem(problems, "rule.terms",
                             "found '%s', allowed: all, or r<k> d<l> with k and l from 0 to "
                             "rule.degree = %d",
                             word, degree);
    }
    for (int i = 0; i < settings->rule.start.count; i++) {
        const char *word = settings->rule.start.entry[i].key;
        if (!rule_term(word, &k, &l) || k > degree || l > degree)
            settings_problem(problems, "rule.start",
                             "found '%s', allowed: r<k> d<l> with k and l from 0 to "
                             "rule.degree = %d",
                             word, degree);
        else if (!chosen(settings, k, l))
            settings_problem(problems, "rule.start", "found '%s', which is not among rule.terms",
                             word);
    }
}

void rule_check(const struct settings *settings, struct settings_problems *problems)
{
    if (settings->rule.family != FAMILY_POLYNOMIAL)
        return;
    check_terms(settings, problems);
    if (settings->rule.tau_e < settings->network.dt)
        settings_problem(problems, "rule.tau_e",
                         "found %g ms, allowed: at least network.dt = %g ms, or inf",
                         settings->rule.tau_e, settings->network.dt);
    if (listed(&settings->rule.learn, "tau_e") && isinf(settings->rule.tau_e))
        settings_problem(problems, "rule.tau_e",
                         "found inf, allowed: a finite time, since rule.learn names tau_e");
    if (listed(&settings->rule.learn, "tau_w") && isinf(settings->rule.tau_w))
        settings_problem(problems, "rule.tau_w",
                         "found inf, allowed: a finite number of trials, since rule.learn names "
                         "tau_w");
    if (settings->rule.start_in == START_NORMALISED && !listed(&settings->rule.learn, "theta"))
        settings_problem(problems, "rule.start_in",
                         "found normalised, allowed: raw, since rule.learn does not name theta");
}
