/* What the rules became. C candidates, M meta-iterations, P parameters (union). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "numbers/groups.h"
#include "numbers/matrix.h"

#define ACTIVE 0.01 /* of the largest normalised coefficient */

enum { GRID = 41, CLUSTERS = 8 };
enum { RATE = 1, DELTA = 2 }; /* ends of the surface: r is in [-1, 1] */

enum {
    THETA,
    NORMALISED,
    ACTIVE_TERMS,
    SURFACE,
    DISTANCE,
    CLUSTER,
    LINKAGE,
    TEXT,
    SLICE,
    CHOSEN,
    DATASETS
};

static const struct measure_dataset dataset[DATASETS + 1] = {
    [THETA] = {"theta", "candidate iterate parameter", "", "Free parameters, raw coordinates",
               "(5)"},
    [NORMALISED] = {"theta_normalised", "candidate iterate parameter", "",
                    "Free parameters divided by their scale s", NULL},
    [ACTIVE_TERMS] = {"active", "candidate parameter", "",
                      "1: at least 1 % of the largest normalised coefficient", NULL},
    [SURFACE] = {"surface", "candidate delta rate", "", "G(r, Delta) of the last known rule",
                 "(5)"},
    [DISTANCE] = {"distance", "candidate candidate_b", "",
                  "1 - cosine of the normalised free parameters", NULL},
    [CLUSTER] = {"cluster", "candidate", "",
                 "Cluster of the rule: the cut with the largest silhouette, at most 8 clusters",
                 "Rousseeuw 1987"},
    [LINKAGE] = {"linkage", "candidate_merge linkage_column", "",
                 "Average linkage of the distances, as in scipy", NULL},
    [TEXT] = {"text", "candidate", "", "The last known rule; r: presynaptic rate, D: Delta (4)",
              "(5), (6)"},
    [SLICE] = {"slice", "candidate", "",
               "Values of the rule's other variables at which the surface is taken", NULL},
    [CHOSEN] = {"chosen_text", "candidate", "",
                "The rule that was chosen on the held-out seeds to be tested; empty: none was",
                "(5), (6)"},
};

struct rules {
    double *const *data; /* of the datasets */
    double *last;        /* normalised, of the last known iteration; 0: not free [C, P] */
    char **text;         /* [C] */
    char **slice;        /* [C] */
    char **chosen;       /* [C] */
};

struct term {
    struct rule_part part;
    double size; /* |theta / s| */
};

static int compare(const void *a, const void *b)
{
    const struct term *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return rule_term_compare(&x->part.term, &y->part.term);
}

/* "e += dt (0.01 r^3 D - ...)", the largest terms first; inactive ones are only counted. */
static char *describe(const struct rule *rule, const double *scale)
{
    struct rule_part part[RULE_TERMS];
    struct term term[RULE_TERMS];
    int count = rule_parts(part, rule), hidden = 0;
    for (int i = 0; i < count; i++) {
        double own = part[i].parameter < 0 ? 1 : scale[part[i].parameter];
        term[i] = (struct term){part[i], fabs(part[i].theta) / own};
    }
    qsort(term, (size_t)count, sizeof *term, compare);
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return NULL;
    fputs("e += dt (", stream);
    for (int i = 0; i < count; i++) {
        if (term[i].size < ACTIVE * term[0].size) {
            hidden++;
            continue;
        }
        double theta = term[i].part.theta;
        char powers[RULE_TEXT];
        rule_term_print(powers, &term[i].part.term);
        const char *sign = theta < 0 ? (i ? " - " : "-") : i ? " + " : "";
        fprintf(stream, "%s%.4g%s", sign, fabs(theta), powers);
    }
    fprintf(stream, "%s)", count ? "" : "0");
    if (hidden)
        fprintf(stream, ", and %d terms below 1 %%", hidden);
    if (!isinf(rule->tau_e))
        fprintf(stream, "; tau_e = %.4g ms", rule->tau_e);
    if (!isinf(rule->tau_w))
        fprintf(stream, "; tau_w = %.4g trials", rule->tau_w);
    return fclose(stream) == 0 ? text : NULL;
}

/* What multiplies the terms of r and Delta in a plane. */
static double factor_of(const struct rule_plane *plane)
{
    double factor = 1;
    for (int v = 0; v < RULE_VARIABLES; v++)
        for (int m = 0; m < plane->factor.power[v]; m++)
            factor *= rule_variables[v].drawn;
    return factor;
}

static double growth(const struct rule *rule, double r, double delta)
{
    double growth = 0;
    for (int a = 0; a < rule->planes; a++) {
        double sum = 0;
        for (int l = rule->plane[a].changes; l >= 0; l--) {
            double inner = 0;
            for (int k = rule->plane[a].rates; k >= 0; k--)
                inner = inner * r + rule->plane[a].theta[l][k];
            sum = sum * delta + inner;
        }
        growth += factor_of(&rule->plane[a]) * sum; // (5)
    }
    return growth;
}

/* Evenly spaced from -end to end. */
static double place(double end, int i)
{
    return end * (-1 + 2.0 * i / (GRID - 1));
}

/* G(r, Delta) on the grid. */
static void fill_surface(double *surface, const struct rule *rule)
{
    for (int a = 0; a < GRID; a++)
        for (int b = 0; b < GRID; b++)
            surface[a * GRID + b] = growth(rule, place(RATE, b), place(DELTA, a));
}

/* "p = 0.5, w = 0.1" of those that the rule has. */
static char *describe_slice(const struct rule *rule)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return NULL;
    const char *separator = "";
    for (int v = 0; v < RULE_VARIABLES; v++)
        if (!rule_is_base(v) && rule->uses[v]) {
            fprintf(stream, "%s%s = %g", separator, rule_variables[v].symbol,
                    rule_variables[v].drawn);
            separator = ", ";
        }
    return fclose(stream) == 0 ? text : NULL;
}

/* One candidate's trajectory, in the union's columns, and its last known rule. */
static enum status read_rule(struct rules *rules, struct study *study, int c, struct error *error)
{
    const struct study_candidate *candidate = &study->candidate[c];
    struct archive *archive = study->archive[candidate->archive].archive;
    int own = candidate->parameters, width = study->parameters, known = -1;
    double scale[RULE_PARAMETERS];
    double *theta = study_numbers((size_t)(candidate->iterations + 1) * (size_t)own);
    enum status status = theta ? STATUS_OK : STATUS_FAILED;
    if (!status)
        status = archive_read_curve(archive, theta, candidate->index, ARCHIVE_THETA, error);
    if (!status)
        status = archive_read_curve(archive, scale, candidate->index, ARCHIVE_SCALE, error);
    if (status) {
        free(theta);
        return status;
    }
    for (int i = 0; i <= candidate->iterations; i++)
        for (int p = 0; p < own; p++) {
            double value = theta[i * own + p];
            long place =
                ((long)c * (study->iterations + 1) + i) * width + study_parameter(study, c, p);
            rules->data[THETA][place] = value;
            rules->data[NORMALISED][place] = value / scale[p];
            known = isnan(value) ? known : i;
        }
    struct rule rule;
    rule_create(&rule, &candidate->settings);
    if (known >= 0)
        rule_set(&rule, theta + known * own);
    double largest = 0, *last = rules->last + (long)c * width;
    for (int p = 0; p < own && known >= 0; p++) {
        int column = study_parameter(study, c, p);
        last[column] = theta[known * own + p] / scale[p];
        largest = fmax(largest, p < rule.terms ? fabs(last[column]) : 0);
    }
    for (int p = 0; p < rule.terms && known >= 0; p++) {
        int column = study_parameter(study, c, p);
        rules->data[ACTIVE_TERMS][(long)c * width + column] =
            fabs(last[column]) >= ACTIVE * largest;
    }
    fill_surface(rules->data[SURFACE] + (long)c * GRID * GRID, &rule);
    rules->text[c] = describe(&rule, scale);
    rules->slice[c] = describe_slice(&rule);
    int32_t chosen = -1;
    status = archive_read_chosen(archive, &chosen, candidate->index, error);
    if (chosen >= 0)
        rule_set(&rule, theta + chosen * own);
    rules->chosen[c] = chosen >= 0 ? describe(&rule, scale) : strdup("");
    free(theta);
    return status;
}

/* Distances of the rules and their clusters: the cut whose silhouette is best. */
static bool cluster_rules(const struct rules *rules, const struct study *study)
{
    int n = study->candidates, width = study->parameters, best_count = 1;
    double *distance = rules->data[DISTANCE], *linkage = rules->data[LINKAGE], best = -INFINITY;
    int *label = malloc(sizeof(int) * (size_t)(n + 1));
    if (!label)
        return false;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            const double *x = rules->last + (long)a * width, *y = rules->last + (long)b * width;
            double norm = matrix_norm(x, width) * matrix_norm(y, width);
            double cosine = norm > 0 ? matrix_dot(x, y, width) / norm : 0;
            distance[(long)a * n + b] = a == b ? 0 : fmax(0, 1 - cosine);
        }
    bool good = n < 2 || groups_linkage(linkage, distance, n);
    for (int count = 2; good && count < n && count <= CLUSTERS; count++) {
        groups_cut(label, linkage, n, count);
        double silhouette = groups_silhouette(NULL, distance, label, n);
        if (silhouette > best + 1e-9)
            best = silhouette, best_count = count;
    }
    if (good)
        groups_cut(label, linkage, n, best_count);
    for (int c = 0; good && c < n; c++)
        rules->data[CLUSTER][c] = label[c];
    free(label);
    return good;
}

static void make_scales(struct output *file)
{
    double rate[GRID], delta[GRID];
    for (int i = 0; i < GRID; i++) {
        rate[i] = place(RATE, i);
        delta[i] = place(DELTA, i);
    }
    output_numbers(file, "rate", rate, GRID, "", "Presynaptic rate r");
    output_numbers(file, "delta", delta, GRID, "", "Postsynaptic deviation Delta (4)");
}

static void free_texts(char **text, int count)
{
    for (int c = 0; text && c < count; c++)
        free(text[c]);
    free(text);
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    size_t n = (size_t)study->candidates, width = (size_t)study->parameters;
    make_scales(out->file);
    bool good = measure_take(out, 0, TEXT - 1);
    struct rules rules = {out->data, error_calloc(error, n * width + 1, sizeof(double), "rules"),
                          error_calloc(error, n + 1, sizeof(char *), "rules"),
                          error_calloc(error, n + 1, sizeof(char *), "rules"),
                          error_calloc(error, n + 1, sizeof(char *), "rules")};
    good = good && rules.last && rules.text && rules.slice && rules.chosen;
    enum status status = good ? STATUS_OK : STATUS_FAILED;
    for (int c = 0; c < study->candidates && !status; c++) {
        status = read_rule(&rules, study, c, error);
        if (!status && (!rules.text[c] || !rules.slice[c] || !rules.chosen[c]))
            status = STATUS_FAILED;
    }
    if (!status && !cluster_rules(&rules, study))
        status = STATUS_FAILED;
    if (!status) {
        measure_texts(out, TEXT, (const char *const *)rules.text);
        measure_texts(out, SLICE, (const char *const *)rules.slice);
        if (study->tests > 0)
            measure_texts(out, CHOSEN, (const char *const *)rules.chosen);
    }
    free_texts(rules.text, study->candidates);
    free_texts(rules.slice, study->candidates);
    free_texts(rules.chosen, study->candidates);
    free(rules.last);
    return status;
}

const struct measure measure_rules = {
    .name = "rules",
    .sentence = "Trajectories of the parameters, the learned rules as equations and surfaces.",
    .dataset = dataset,
    .run = run,
};
