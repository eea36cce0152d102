/* What the command efficiency measures, and of which rules and sets of terms it tells the ceiling. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/ceiling.h"

/* A set of terms: those listed, or all of r and d up to a degree, alone and times p^2 if `post`, of
 * which only the odd powers if `odd`. From the smallest on. */
static const struct set {
    const char *name;
    const char *terms; /* with ", " between them; NULL: all */
    int degree;
    bool odd, post;
} sets[] = {
    {"r1 d1", "r1 d1"},
    {"r3 d1", "r3 d1"},
    {"r1 d3", "r1 d3"},
    {"r3 d3", "r3 d3"},
    {"r1 d5", "r1 d5"},
    {"r1 d3, r1 d3 p2", "r1 d3, r1 d3 p2"},
    {"r3 d3, r3 d3 p2", "r3 d3, r3 d3 p2"},
    {"r1 d3, r1 d5, with p2", "r1 d3, r1 d5, r1 d3 p2, r1 d5 p2"},
    {"degree 1", NULL, 1},
    {"degree 2", NULL, 2},
    {"odd, degree 5", NULL, 5, true},
    {"degree 3", NULL, 3},
    {"odd, degree 5, with p2", NULL, 5, true, true},
    {"degree 3, with p2", NULL, 3, false, true},
    {"degree 5", NULL, 5},
    {"all of r, d and p2", NULL, 5, false, true},
};
enum { SETS = sizeof sets / sizeof *sets, DEGREE_OTHERS = 3 };

/* The set of this name; NULL: there is none. */
static const struct set *find_set(const char *name)
{
    for (int i = 0; name && i < SETS; i++)
        if (strcmp(sets[i].name, name) == 0)
            return &sets[i];
    return NULL;
}

static bool is_listed(const char *list, const struct rule_term *term)
{
    for (const char *at = list; at; at = strchr(at, ',')) {
        char name[RULE_TEXT];
        struct rule_term other;
        at += *at == ',';
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ","), at);
        if (rule_term_read(&other, name) && rule_term_compare(&other, term) == 0)
            return true;
    }
    return false;
}

static bool is_in(const struct set *set, const struct rule_term *term)
{
    int k = term->power[RULE_R], l = term->power[RULE_D], p = term->power[RULE_P];
    if (set->terms)
        return is_listed(set->terms, term);
    return rule_term_weight(term) == 0 && k <= set->degree && l <= set->degree &&
           (p == 0 || (p == 2 && set->post)) && (!set->odd || (k % 2 && l % 2));
}

/* ---- columns ---- */

static void insert(struct command_columns *columns, const struct rule_term *term)
{
    int at = columns->terms, order = -1;
    while (at > 0 && (order = rule_term_compare(term, &columns->term[at - 1])) < 0)
        at--;
    if ((at > 0 && order == 0) || columns->terms == COMMAND_TERMS)
        return;
    memmove(columns->term + at + 1, columns->term + at,
            sizeof *term * (size_t)(columns->terms++ - at));
    columns->term[at] = *term;
}

static struct rule_term term_of(int k, int l, int p)
{
    return (struct rule_term){
        .power = {
            [RULE_R] = (unsigned char)k, [RULE_D] = (unsigned char)l, [RULE_P] = (unsigned char)p}};
}

/* Those of r and d; times p^2 up to a degree and what is odd beyond it. Of `only` alone, unless NULL,
 * and with it the reference's. */
static void insert_usual(struct command_columns *columns, const struct set *only)
{
    struct rule_term reference = term_of(3, 3, 0);
    insert(columns, &reference);
    for (int l = 0; l <= RULE_DEGREE; l++)
        for (int k = 0; k <= RULE_DEGREE; k++)
            for (int p = 0; p <= 2; p += 2) {
                struct rule_term term = term_of(k, l, p);
                bool low = k <= DEGREE_OTHERS && l <= DEGREE_OTHERS, odd = k % 2 && l % 2;
                if (only ? is_in(only, &term) : p == 0 || low || odd)
                    insert(columns, &term);
            }
}

/* Whether all terms of the set are measured, as far as they are usual ones. */
static bool is_whole(const struct command_columns *columns, const struct set *set)
{
    struct command_columns own = {0};
    insert_usual(&own, set);
    for (int t = 0; t < own.terms; t++) {
        bool measured = false;
        for (int s = 0; s < columns->terms; s++)
            measured |= rule_term_compare(&columns->term[s], &own.term[t]) == 0;
        if (!measured)
            return false;
    }
    return true;
}

/* The terms that a rule has or may have, but those with powers of the weight if `plain`. */
static void insert_rule(struct command_columns *columns, const struct settings *settings,
                        bool plain)
{
    struct rule rule;
    struct rule_part part[RULE_TERMS];
    rule_create(&rule, settings);
    int parts = rule_parts(part, &rule);
    for (int i = 0; i < rule.terms + parts; i++) {
        const struct rule_term *term = i < rule.terms ? &rule.term[i] : &part[i - rule.terms].term;
        if (!plain || rule_term_weight(term) == 0)
            insert(columns, term);
    }
}

/* The settings with preset `index`; false: it has no rule. */
static bool take_preset(struct settings *out, const struct settings *settings, int index)
{
    char reason[SETTINGS_VALUE];
    *out = *settings;
    out->rule.family = FAMILY_POLYNOMIAL;
    return settings_preset(settings_find("rule.preset"), index)->name &&
           settings_set(out, "rule.preset", settings_find("rule.preset")->choices[index], reason) ==
               STATUS_OK &&
           out->rule.start.count > 0;
}

static void name_column(char name[COMMAND_TEXT], const struct efficiency_column *column)
{
    char term[RULE_NAME];
    rule_term_write(term, &column->term);
    if (column->noise)
        snprintf(name, COMMAND_TEXT, "node perturbation");
    else
        snprintf(name, COMMAND_TEXT, isinf(column->tau_e) ? "%s, tau_e %g" : "%s, tau_e %g ms",
                 term, column->tau_e);
}

bool command_is_set(const char *name)
{
    return find_set(name);
}

void command_columns(struct command_columns *columns, const struct settings *settings,
                     const struct command_given *given, int givens, const double *tau_e, int decays,
                     const char *only)
{
    const char *const *presets = settings_find("rule.preset")->choices;
    struct settings preset, start;
    *columns = (struct command_columns){.decays = 1, .tau_e = {settings->rule.tau_e}};
    columns->part = only;
    insert_usual(columns, find_set(only));
    for (int i = 0; presets[i] && !only; i++)
        if (take_preset(&preset, settings, i))
            insert_rule(columns, &preset, true);
    insert_rule(columns, settings, false);
    rule_start_settings(&start, settings);
    insert_rule(columns, &start, false);
    for (int i = 0; i < givens; i++)
        insert_rule(columns, &given[i].settings, false);
    for (int d = 0; d < decays && columns->decays < COMMAND_DECAYS; d++)
        if (tau_e[d] != settings->rule.tau_e)
            columns->tau_e[columns->decays++] = tau_e[d];
    for (int d = 0; d < columns->decays; d++)
        for (int t = 0; t < columns->terms; t++)
            columns->column[columns->count++] =
                (struct efficiency_column){columns->term[t], columns->tau_e[d], false};
    columns->column[columns->count++] = (struct efficiency_column){.noise = true};
    for (int k = 0; k < columns->count; k++)
        name_column(columns->name[k], &columns->column[k]);
}

/* ---- rows ---- */

/* The next row, with the memory that its kind needs; NULL: there is none. */
static struct command_row *add(struct command_rows *rows, const struct command_columns *columns,
                               enum ceiling_kind kind, struct error *error)
{
    size_t count = (size_t)columns->count;
    struct command_row *row = &rows->row[rows->count];
    if (rows->count == COMMAND_ROWS)
        return NULL;
    *row = (struct command_row){.kind = kind, .tau_e = columns->tau_e[0]};
    row->member = error_calloc(error, count, 1, "sets of terms");
    row->theta = error_calloc(error, count, sizeof *row->theta, "sets of terms");
    rows->count++;
    return row->member && row->theta ? row : NULL;
}

static int place_of(const struct command_columns *columns, const struct rule_term *term)
{
    for (int t = 0; t < columns->terms; t++)
        if (rule_term_compare(&columns->term[t], term) == 0)
            return t;
    return -1;
}

static int decay_of(const struct command_columns *columns, double tau_e)
{
    int d = columns->decays - 1;
    while (d > 0 && columns->tau_e[d] != tau_e)
        d--;
    return d;
}

/* A rule with its coefficients, at one of the decays. Sets *at, if not NULL, to its place. Nothing if one
 * of its terms is not measured. */
static enum status add_rule(struct command_rows *rows, const struct command_columns *columns,
                            const struct rule *rule, int decay, const char *name, int *at,
                            struct error *error)
{
    struct rule_part part[RULE_TERMS];
    int parts = rule_parts(part, rule);
    for (int i = 0; i < parts; i++)
        if (place_of(columns, &part[i].term) < 0)
            return STATUS_OK;
    if (parts == 0)
        return STATUS_OK;
    struct command_row *row = add(rows, columns, CEILING_GIVEN, error);
    if (!row)
        return STATUS_FAILED;
    for (int i = 0; i < parts; i++)
        row->theta[decay * columns->terms + place_of(columns, &part[i].term)] = part[i].theta;
    row->terms = parts;
    row->tau_e = columns->tau_e[decay];
    snprintf(row->name, sizeof row->name, "%s", name);
    if (at)
        *at = rows->count - 1;
    return STATUS_OK;
}

static enum status add_presets(struct command_rows *rows, const struct command_columns *columns,
                               const struct settings *settings, struct error *error)
{
    const char *const *presets = settings_find("rule.preset")->choices;
    enum status status = STATUS_OK;
    for (int i = 0; presets[i] && !status; i++) {
        struct settings preset;
        struct rule rule;
        bool first = strcmp(presets[i], "miconi") == 0;
        if (!take_preset(&preset, settings, i))
            continue;
        rule_create(&rule, &preset);
        status = add_rule(rows, columns, &rule, 0, first ? "miconi: -1 r3 d3" : presets[i],
                          first ? &rows->reference : NULL, error);
    }
    return status;
}

static enum status add_others(struct command_rows *rows, const struct command_columns *columns,
                              struct error *error)
{
    struct command_row *noise = add(rows, columns, CEILING_GIVEN, error);
    struct command_row *gradient = noise ? add(rows, columns, CEILING_GRADIENT, error) : NULL;
    if (!gradient)
        return STATUS_FAILED;
    noise->theta[columns->count - 1] = 1;
    noise->terms = 1;
    noise->tau_e = gradient->tau_e = NAN;
    snprintf(noise->name, sizeof noise->name, "node perturbation");
    snprintf(gradient->name, sizeof gradient->name, "gradient of each trial");
    return STATUS_OK;
}

/* The set at decay d, or at all of them if d is negative. */
static enum status add_set(struct command_rows *rows, const struct command_columns *columns,
                           const char *name, const unsigned char *has, int d, struct error *error)
{
    struct command_row *row = add(rows, columns, CEILING_FITTED, error);
    if (!row)
        return STATUS_FAILED;
    for (int k = 0; k < columns->terms * columns->decays; k++) {
        row->member[k] = has[k % columns->terms] && (d < 0 || k / columns->terms == d);
        row->terms += row->member[k];
    }
    row->tau_e = d < 0 ? NAN : columns->tau_e[d];
    snprintf(row->name, sizeof row->name, "%s", name);
    return STATUS_OK;
}

/* The largest of the sets again, with few of its terms, those that are odd in the change: kicks have
 * either sign alike, so that what is even in them tells nothing of which way was better. */
static enum status add_sparse(struct command_rows *rows, const struct command_columns *columns,
                              struct error *error)
{
    static const int counts[] = {1, 2, 3, 4, 5, 6, 8, 12, 20};
    unsigned char has[COMMAND_TERMS] = {0};
    enum status status = STATUS_OK;
    int all = 0;
    for (int t = 0; t < columns->terms; t++)
        all += has[t] =
            is_in(&sets[SETS - 1], &columns->term[t]) && columns->term[t].power[RULE_D] % 2;
    for (size_t i = 0; i < sizeof counts / sizeof *counts && !status && counts[i] < all; i++) {
        char name[COMMAND_TEXT];
        snprintf(name, sizeof name, "%d term%s", counts[i], counts[i] == 1 ? "" : "s");
        status = add_set(rows, columns, name, has, 0, error);
        if (!status) {
            rows->row[rows->count - 1].terms = counts[i];
            rows->row[rows->count - 1].sparse = true;
        }
    }
    return status;
}

/* The sets, and that of the file's own terms, at one decay or at all of them. */
static enum status add_sets(struct command_rows *rows, const struct command_columns *columns,
                            const struct settings *settings, int d, struct error *error)
{
    unsigned char has[COMMAND_TERMS] = {0};
    struct rule rule;
    enum status status = STATUS_OK;
    rule_create(&rule, settings);
    for (int i = 0; i < SETS && !status; i++) {
        if (columns->part && !is_whole(columns, &sets[i]))
            continue;
        for (int t = 0; t < columns->terms; t++)
            has[t] = is_in(&sets[i], &columns->term[t]);
        status = add_set(rows, columns, sets[i].name, has, d, error);
    }
    for (int t = 0; t < columns->terms; t++) {
        has[t] = 0;
        for (int p = 0; p < rule.terms; p++)
            has[t] |= rule_term_compare(&rule.term[p], &columns->term[t]) == 0;
    }
    return !status && rule.terms > 0 ? add_set(rows, columns, "rule.terms", has, d, error) : status;
}

enum status command_rows(struct command_rows *rows, const struct command_columns *columns,
                         const struct settings *settings, const struct rule *start,
                         const struct command_given *given, int givens, struct error *error)
{
    *rows = (struct command_rows){.reference = -1, .start = -1};
    enum status status = add_presets(rows, columns, settings, error);
    if (!status)
        status = add_rule(rows, columns, start, 0, "rule.start", &rows->start, error);
    for (int i = 0; i < givens && !status; i++)
        status = add_rule(rows, columns, &given[i].rule, decay_of(columns, given[i].rule.tau_e),
                          given[i].name, NULL, error);
    if (!status)
        status = add_others(rows, columns, error);
    for (int d = 0; d < columns->decays && !status; d++)
        status = add_sets(rows, columns, settings, d, error);
    if (!status)
        status = add_sparse(rows, columns, error);
    if (!status && columns->decays > 1)
        status = add_sets(rows, columns, settings, -1, error);
    if (status)
        command_rows_free(rows);
    return status;
}

void command_rows_free(struct command_rows *rows)
{
    for (int r = 0; r < rows->count; r++) {
        free(rows->row[r].member);
        free(rows->row[r].theta);
    }
    rows->count = 0;
}
