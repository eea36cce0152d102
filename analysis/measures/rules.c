/* What the rules became. C candidates, M meta-iterations, P parameters (union). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "measures/measure.h"
#include "numbers/groups.h"
#include "numbers/matrix.h"

#define ACTIVE 0.01 /* of the largest normalised coefficient */

enum { GRID = 41, CLUSTERS = 8 };

struct rules {
    double *theta, *normalised; /* [C, M + 1, P] */
    double *active;             /* [C, P] */
    double *surface;            /* [C, GRID, GRID] */
    double *last;               /* normalised, of the last known iteration; 0: not free [C, P] */
    char **text;                /* [C] */
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

/* G(r, Delta) on the grid, (5). */
static void fill_surface(double *surface, const struct rule *rule)
{
    for (int a = 0; a < GRID; a++)
        for (int b = 0; b < GRID; b++) {
            double delta = -1 + 2.0 * a / (GRID - 1), r = -1 + 2.0 * b / (GRID - 1), sum = 0;
            for (int l = rule->degree; l >= 0; l--) {
                double inner = 0;
                for (int k = rule->degree; k >= 0; k--)
                    inner = inner * r + rule->plane->theta[l][k];
                sum = sum * delta + inner;
            }
            surface[a * GRID + b] = sum; // (5)
        }
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
    for (int i = 0; i <= candidate->iterations && !status; i++)
        for (int p = 0; p < own; p++) {
            double value = theta[i * own + p];
            long place =
                ((long)c * (study->iterations + 1) + i) * width + study_parameter(study, c, p);
            rules->theta[place] = value;
            rules->normalised[place] = value / scale[p];
            known = isnan(value) ? known : i;
        }
    struct rule rule;
    rule_create(&rule, &candidate->settings);
    if (!status && known >= 0)
        rule_set(&rule, theta + known * own);
    double largest = 0, *last = rules->last + (long)c * width;
    for (int p = 0; p < own && known >= 0 && !status; p++) {
        int column = study_parameter(study, c, p);
        last[column] = theta[known * own + p] / scale[p];
        largest = fmax(largest, p < rule.terms ? fabs(last[column]) : 0);
    }
    for (int p = 0; p < rule.terms && known >= 0 && !status; p++) {
        int column = study_parameter(study, c, p);
        rules->active[(long)c * width + column] = fabs(last[column]) >= ACTIVE * largest;
    }
    fill_surface(rules->surface + (long)c * GRID * GRID, &rule);
    rules->text[c] = describe(&rule, scale);
    free(theta);
    return status;
}

/* Distances of the rules and their clusters: the cut whose silhouette is best. */
static bool cluster_rules(const struct rules *rules, const struct study *study,
                          struct output *output)
{
    int n = study->candidates, width = study->parameters;
    double *distance = study_numbers((size_t)n * (size_t)n);
    double *linkage = study_numbers((size_t)n * 4), *number = study_numbers((size_t)n);
    int *label = malloc(sizeof(int) * (size_t)(n + 1)), best_count = 1;
    bool good = distance && linkage && number && label;
    for (int a = 0; good && a < n; a++)
        for (int b = 0; b < n; b++) {
            const double *x = rules->last + (long)a * width, *y = rules->last + (long)b * width;
            double norm = matrix_norm(x, width) * matrix_norm(y, width);
            double cosine = norm > 0 ? matrix_dot(x, y, width) / norm : 0;
            distance[(long)a * n + b] = a == b ? 0 : fmax(0, 1 - cosine);
        }
    good = good && (n < 2 || groups_linkage(linkage, distance, n));
    double best = -INFINITY;
    for (int count = 2; good && count < n && count <= CLUSTERS; count++) {
        groups_cut(label, linkage, n, count);
        double silhouette = groups_silhouette(NULL, distance, label, n);
        if (silhouette > best + 1e-9)
            best = silhouette, best_count = count;
    }
    if (good) {
        groups_cut(label, linkage, n, best_count);
        for (int c = 0; c < n; c++)
            number[c] = label[c];
        output_array(
            output, "/rules/distance", "candidate candidate_b", distance,
            (struct output_about){"", "1 - cosine of the normalised free parameters", NULL});
        output_array(output, "/rules/cluster", "candidate", number,
                     (struct output_about){"",
                                           "Cluster of the rule: the cut with the largest "
                                           "silhouette, at most 8 clusters",
                                           "Rousseeuw 1987"});
        output_array(
            output, "/rules/linkage", "candidate_merge linkage_column", linkage,
            (struct output_about){"", "Average linkage of the distances, as in scipy", NULL});
    }
    free(distance);
    free(linkage);
    free(number);
    free(label);
    return good;
}

static void write_rules(const struct rules *rules, struct output *output)
{
    double grid[GRID];
    for (int i = 0; i < GRID; i++)
        grid[i] = -1 + 2.0 * i / (GRID - 1);
    output_numbers(output, "rate", grid, GRID, "", "Presynaptic rate r");
    output_numbers(output, "delta", grid, GRID, "", "Postsynaptic deviation Delta (4)");
    output_array(output, "/rules/theta", "candidate iterate parameter", rules->theta,
                 (struct output_about){"", "Free parameters, raw coordinates", "(5)"});
    output_array(output, "/rules/theta_normalised", "candidate iterate parameter",
                 rules->normalised,
                 (struct output_about){"", "Free parameters divided by their scale s", NULL});
    output_array(
        output, "/rules/active", "candidate parameter", rules->active,
        (struct output_about){"", "1: at least 1 % of the largest normalised coefficient", NULL});
    output_array(output, "/rules/surface", "candidate delta rate", rules->surface,
                 (struct output_about){"", "G(r, Delta) of the last known rule", "(5)"});
    output_texts(output, "/rules/text", "candidate", (const char *const *)rules->text,
                 (struct output_about){"", "The last known rule; r: presynaptic rate, D: Delta (4)",
                                       "(5), (6)"});
}

static enum status run(struct study *study, struct output *output, struct error *error)
{
    size_t n = (size_t)study->candidates, width = (size_t)study->parameters;
    size_t rows = n * (size_t)(study->iterations + 1);
    struct rules rules = {study_numbers(rows * width),
                          study_numbers(rows * width),
                          study_numbers(n * width),
                          study_numbers(n * GRID * GRID),
                          error_calloc(error, n * width + 1, sizeof(double), "rules"),
                          error_calloc(error, n + 1, sizeof(char *), "rules")};
    bool good = rules.theta && rules.normalised && rules.active && rules.surface && rules.last &&
                rules.text;
    enum status status = good ? STATUS_OK : STATUS_FAILED;
    for (int c = 0; c < study->candidates && !status; c++) {
        status = read_rule(&rules, study, c, error);
        if (!status && !rules.text[c])
            status = STATUS_FAILED;
    }
    if (!status)
        write_rules(&rules, output);
    if (!status && !cluster_rules(&rules, study, output))
        status = STATUS_FAILED;
    for (int c = 0; rules.text && c < study->candidates; c++)
        free(rules.text[c]);
    free(rules.theta);
    free(rules.normalised);
    free(rules.active);
    free(rules.surface);
    free(rules.last);
    free(rules.text);
    return status;
}

const struct measure measure_rules = {
    .name = "rules",
    .sentence = "Trajectories of the parameters, the learned rules as equations and surfaces.",
    .run = run,
};
