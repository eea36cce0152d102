/* The rule's terms and parameters: k counts powers of the presynaptic rate r, l those of Delta. */
#include "model/rule.h"

#include <stdio.h>
#include <string.h>

#include "model/rule_constants.h"

struct rule_term rule_term_in(const struct rule_plane *plane, int k, int l)
{
    struct rule_term term = plane->factor;
    term.power[RULE_R] = (unsigned char)k;
    term.power[RULE_D] = (unsigned char)l;
    return term;
}

bool rule_is_plain(const struct rule *rule)
{
    const struct rule_term none = {0};
    return rule->planes > 0 && rule_term_compare(&rule->plane[0].factor, &none) == 0;
}

bool rule_has_others(const struct rule *rule)
{
    return rule->planes > rule_is_plain(rule);
}

int rule_slot(const struct rule *rule, const struct rule_plane *plane, enum rule_side side)
{
    return rule->group[side][plane->group[side]].first;
}

bool rule_weighs(const struct rule *rule)
{
    for (int a = 0; a < rule->planes; a++)
        if (rule_term_weight(&rule->plane[a].factor) > 0)
            return true;
    return false;
}

/* Terms in their order, each once. */
struct terms {
    int count, others;
    struct rule_term term[RULE_TERMS];
};

/* False: there are RULE_OTHERS others already. */
static bool insert(struct terms *terms, const struct rule_term *term)
{
    int at = terms->count, order = -1;
    while (at > 0 && (order = rule_term_compare(term, &terms->term[at - 1])) < 0)
        at--;
    bool other = rule_term_has_others(term);
    if (at > 0 && order == 0)
        return true;
    if (other && terms->others == RULE_OTHERS)
        return false;
    memmove(terms->term + at + 1, terms->term + at, sizeof *term * (size_t)(terms->count++ - at));
    terms->term[at] = *term;
    terms->others += other;
    return true;
}

static bool within(const struct settings *settings, const struct rule_term *term)
{
    return term->power[RULE_R] <= settings->rule.degree &&
           term->power[RULE_D] <= settings->rule.degree;
}

/* The terms of rule.terms, where `all` are those of r and d and what else rule.start names. False:
 * too many. */
static bool choose(struct terms *terms, const struct settings *settings)
{
    bool room = true, all = rule_lists(&settings->rule.terms, "all");
    struct rule_term term;
    *terms = (struct terms){0};
    for (int l = 0; all && l <= settings->rule.degree; l++)
        for (int k = 0; k <= settings->rule.degree; k++) {
            term = rule_term_in(&(struct rule_plane){0}, k, l);
            insert(terms, &term);
        }
    for (int i = 0; i < settings->rule.terms.count; i++)
        if (rule_term_read(&term, settings->rule.terms.item[i]) && within(settings, &term))
            room &= insert(terms, &term);
    for (int i = 0; all && i < settings->rule.start.count; i++)
        if (rule_term_read(&term, settings->rule.start.entry[i].key) &&
            rule_term_has_others(&term) && within(settings, &term))
            room &= insert(terms, &term);
    return room;
}

static bool same_factor(const struct rule_term *a, const struct rule_term *b)
{
    return rule_term_compare(a, b) == 0;
}

/* The factor of a term's plane. */
static struct rule_term factor_of(const struct rule_term *term)
{
    struct rule_term factor = *term;
    factor.power[RULE_R] = factor.power[RULE_D] = 0;
    return factor;
}

static int plane_of(const struct rule *rule, const struct rule_term *term)
{
    struct rule_term factor = factor_of(term);
    int a = 0;
    while (a < rule->planes && !same_factor(&rule->plane[a].factor, &factor))
        a++;
    return a;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* The planes of all terms that are free or have a coefficient. */
static void make_planes(struct rule *rule, const struct terms *terms)
{
    for (int i = 0; i < terms->count; i++) {
        const struct rule_term *term = &terms->term[i];
        int a = plane_of(rule, term);
        struct rule_plane *plane = &rule->plane[a];
        if (a == rule->planes) {
            rule->planes++;
            plane->factor = factor_of(term);
            if (!rule_term_has_others(term))
                plane->rates = plane->changes = rule->degree;
        }
        plane->rates = larger(plane->rates, term->power[RULE_R]);
        plane->changes = larger(plane->changes, term->power[RULE_D]);
    }
}

/* What of a plane's factor its group on this side has: all but what belongs to the other unit. */
static struct rule_term shared(const struct rule_plane *plane, enum rule_side side)
{
    struct rule_term factor = plane->factor;
    for (int v = 0; v < RULE_VARIABLES; v++)
        if (rule_variables[v].side != side && rule_variables[v].side != RULE_SYNAPSE)
            factor.power[v] = 0;
    return factor;
}

/* The group without a factor comes first, if there is one. */
static void make_groups(struct rule *rule, enum rule_side side)
{
    struct rule_group *group = rule->group[side];
    for (int a = 0; a < rule->planes && rule->groups[side] == 0; a++) {
        struct rule_term factor = shared(&rule->plane[a], side);
        rule->groups[side] = same_factor(&factor, &group[0].factor);
    }
    for (int a = 0; a < rule->planes; a++) {
        struct rule_plane *plane = &rule->plane[a];
        struct rule_term factor = shared(plane, side);
        int g = 0;
        while (g < rule->groups[side] && !same_factor(&group[g].factor, &factor))
            g++;
        if (g == rule->groups[side])
            group[rule->groups[side]++] = (struct rule_group){factor, rule_term_has(&factor, side),
                                                              rule_term_weight(&factor), 0, 0};
        plane->group[side] = g;
        group[g].highest =
            larger(group[g].highest, side == RULE_PRESYNAPTIC ? plane->rates : plane->changes);
    }
    for (int g = 0; g < rule->groups[side]; g++) {
        group[g].first = rule->slots[side];
        rule->slots[side] += group[g].highest + 1;
    }
}

/* The pair of the terms with r^k in group g; its `group` is negative if there are none. */
static struct rule_pair pair_of(const struct rule *rule, const struct terms *terms, int g, int k)
{
    struct rule_pair pair = {.group = -1, .rates = k};
    for (int i = 0; i < terms->count; i++) {
        const struct rule_term *term = &terms->term[i];
        if (rule->plane[plane_of(rule, term)].group[RULE_PRESYNAPTIC] != g ||
            term->power[RULE_R] != k)
            continue;
        pair.group = g;
        pair.has[RULE_PRESYNAPTIC] |= k > 0 || rule_term_has(term, RULE_PRESYNAPTIC);
        pair.has[RULE_POSTSYNAPTIC] |=
            term->power[RULE_D] > 0 || rule_term_has(term, RULE_POSTSYNAPTIC);
    }
    return pair;
}

static void make_pairs(struct rule *rule, const struct terms *terms)
{
    for (int g = 0; g < rule->groups[RULE_PRESYNAPTIC]; g++)
        for (int k = 0; k <= rule->group[RULE_PRESYNAPTIC][g].highest; k++) {
            struct rule_pair pair = pair_of(rule, terms, g, k);
            if (pair.group >= 0)
                rule->pair[rule->pairs++] = pair;
        }
}

static void note_uses(struct rule *rule)
{
    for (int a = 0; a < rule->planes; a++) {
        rule->uses[RULE_R] |= rule->plane[a].rates > 0;
        rule->uses[RULE_D] |= rule->plane[a].changes > 0;
        for (int v = 0; v < RULE_VARIABLES; v++)
            rule->uses[v] |= rule->plane[a].factor.power[v] > 0;
    }
}

/* The terms that rule.start gives a coefficient join those that are free. Where the start comes from
 * elsewhere and is not known yet, the rule is 0. */
static void make_terms(struct rule *rule, const struct settings *settings)
{
    struct terms terms = {0};
    struct rule_term term;
    const struct settings_map *start = &settings->rule.start;
    int starts = start->from == SETTINGS_FROM_MAP ? start->count : 0;
    if (rule_lists(&settings->rule.learn, "theta"))
        choose(&terms, settings);
    rule->terms = terms.count;
    memcpy(rule->term, terms.term, sizeof terms.term);
    for (int i = 0; i < starts; i++)
        if (rule_term_read(&term, start->entry[i].key) && within(settings, &term))
            insert(&terms, &term);
    make_planes(rule, &terms);
    make_groups(rule, RULE_PRESYNAPTIC);
    make_groups(rule, RULE_POSTSYNAPTIC);
    make_pairs(rule, &terms);
    note_uses(rule);
    for (int p = 0; p < rule->terms; p++)
        rule->home[p] = plane_of(rule, &rule->term[p]);
    for (int i = 0; i < starts; i++) {
        if (!rule_term_read(&term, start->entry[i].key) || !within(settings, &term))
            continue;
        int a = plane_of(rule, &term);
        if (a < rule->planes)
            rule->plane[a].theta[term.power[RULE_D]][term.power[RULE_R]] = start->entry[i].value;
    }
}

void rule_create(struct rule *rule, const struct settings *settings)
{
    *rule = (struct rule){
        .degree = (int)settings->rule.degree,
        .tau_e = settings->rule.tau_e,
        .tau_w = settings->rule.tau_w,
        .clip = settings->learning.clip,
        .baseline_rate = settings->learning.baseline_rate,
        .trace_alpha = settings->rule.trace_alpha,
        .carry_trace = settings->rule.carry_trace,
    };
    if (settings->rule.family != FAMILY_POLYNOMIAL)
        return; // nothing is free
    make_terms(rule, settings);
    rule_free_constants(rule, settings);
}

void rule_create_start(struct rule *rule, const struct settings *settings)
{
    struct settings own;
    rule_start_settings(&own, settings);
    rule_create(rule, &own);
}

void rule_start_settings(struct settings *out, const struct settings *settings)
{
    const struct settings_map *start = &settings->rule.start;
    struct rule_term term;
    *out = *settings;
    out->rule.learn = (struct settings_list){1, {"theta"}};
    out->rule.terms.count = start->count;
    out->rule.start.from = SETTINGS_FROM_MAP;
    for (int i = 0; i < start->count; i++) {
        memcpy(out->rule.terms.item[i], start->entry[i].key, SETTINGS_KEY);
        if (!rule_term_read(&term, start->entry[i].key))
            continue;
        for (int v = 0; v < RULE_VARIABLES; v++)
            if (rule_is_base(v) && term.power[v] > out->rule.degree)
                out->rule.degree = term.power[v];
    }
}

bool rule_join(struct rule *all, const struct rule *add)
{
    struct terms terms = {.count = all->terms};
    bool room = true;
    memcpy(terms.term, all->term, sizeof terms.term);
    for (int p = 0; p < all->terms; p++)
        terms.others += rule_term_has_others(&all->term[p]);
    for (int p = 0; p < add->terms; p++)
        room &= insert(&terms, &add->term[p]);
    all->terms = terms.count;
    memcpy(all->term, terms.term, sizeof terms.term);
    rule_join_constants(all, add);
    return room;
}

double rule_theta(const struct rule *rule, int k, int l)
{
    return rule_is_plain(rule) ? rule->plane[0].theta[l][k] : 0;
}

int rule_parts(struct rule_part part[RULE_TERMS], const struct rule *rule)
{
    int count = 0;
    for (int a = 0; a < rule->planes; a++)
        for (int l = 0; l <= rule->plane[a].changes; l++)
            for (int k = 0; k <= rule->plane[a].rates; k++)
                if (rule->plane[a].theta[l][k] != 0)
                    part[count++] = (struct rule_part){rule_term_in(&rule->plane[a], k, l),
                                                       rule->plane[a].theta[l][k], -1};
    for (int i = 0; i < count; i++)
        for (int p = 0; p < rule->terms; p++)
            if (rule_term_compare(&part[i].term, &rule->term[p]) == 0)
                part[i].parameter = p;
    return count;
}

void rule_name(const struct rule *rule, int p, char name[RULE_NAME])
{
    if (p < rule->terms)
        rule_term_write(name, &rule->term[p]);
    else
        snprintf(name, RULE_NAME, "%s", rule_constant_name(rule, p));
}

void rule_get(const struct rule *rule, double *vector)
{
    int p = 0;
    for (; p < rule->terms; p++)
        vector[p] = rule->plane[rule->home[p]]
                        .theta[rule->term[p].power[RULE_D]][rule->term[p].power[RULE_R]];
    rule_get_constants(rule, vector);
}

void rule_set(struct rule *rule, const double *vector)
{
    int p = 0;
    for (; p < rule->terms; p++)
        rule->plane[rule->home[p]].theta[rule->term[p].power[RULE_D]][rule->term[p].power[RULE_R]] =
            vector[p];
    rule_set_constants(rule, vector);
}

/* Adds a problem unless `word` is a term; what may be said instead is `or`. */
static bool check_term(struct rule_term *term, const char *word, const char *name, const char * or,
                       const struct settings *settings, struct settings_problems *problems)
{
    if (rule_term_read(term, word) && within(settings, term))
        return true;
    char letters[3 * RULE_VARIABLES + 1] = "";
    for (int v = 0; v < RULE_VARIABLES; v++)
        sprintf(letters + strlen(letters), "%s%c", v ? ", " : "", rule_variables[v].letter);
    settings_problem(problems, name,
                     "found '%s', allowed: %spowers of %s in this order, as in 'r3 d1', those of r "
                     "and d from 0 to rule.degree = %d, of others from 0 to %d%s",
                     word, or, letters, (int)settings->rule.degree, RULE_DEGREE,
                     strcmp(name, "rule.start") == 0 && rule_term_read(term, word)
                         ? " (the start is {r3 d3: -1} where nothing else is said)"
                         : "");
    return false;
}

static void check_twice(const char *name, const char *word, const char *before,
                        struct settings_problems *problems)
{
    struct rule_term a, b;
    if (rule_term_read(&a, word) && rule_term_read(&b, before) && rule_term_compare(&a, &b) == 0)
        settings_problem(problems, name, "found '%s' and '%s', allowed: a term once", before, word);
}

static void check_terms(const struct settings *settings, struct settings_problems *problems)
{
    const struct settings_list *list = &settings->rule.terms;
    struct terms chosen;
    struct rule_term term;
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->item[i], "all") != 0)
            check_term(&term, list->item[i], "rule.terms", "all, or ", settings, problems);
    if (!choose(&chosen, settings))
        settings_problem(problems, "rule.terms",
                         "found too many, allowed: %d with other variables than r and d",
                         RULE_OTHERS);
    bool found = settings->rule.start.from != SETTINGS_FROM_MAP;
    struct settings whole = *settings;
    whole.rule.degree = found ? RULE_DEGREE : settings->rule.degree;
    for (int i = 0; i < settings->rule.start.count; i++) {
        const char *word = settings->rule.start.entry[i].key;
        int count = chosen.count;
        if (!check_term(&term, word, "rule.start", "", &whole, problems))
            continue;
        insert(&chosen, &term);
        if (chosen.count > count && !found)
            settings_problem(problems, "rule.start",
                             "found '%s', allowed: terms that rule.terms has (the start is {r3 d3: "
                             "-1} where nothing else is said)",
                             word);
    }
    if (found && !rule_lists(&settings->rule.learn, "theta"))
        settings_problem(problems, "rule.learn",
                         "found no theta, allowed: with theta, since rule.start has the best rule "
                         "of rule.terms measured");
    for (int i = 0; i < list->count; i++)
        for (int j = 0; j < i; j++)
            check_twice("rule.terms", list->item[i], list->item[j], problems);
    for (int i = 0; i < settings->rule.start.count; i++)
        for (int j = 0; j < i; j++)
            check_twice("rule.start", settings->rule.start.entry[i].key,
                        settings->rule.start.entry[j].key, problems);
}

void rule_check(const struct settings *settings, struct settings_problems *problems)
{
    if (settings->rule.family != FAMILY_POLYNOMIAL)
        return;
    check_terms(settings, problems);
    rule_check_constants(settings, problems);
}
