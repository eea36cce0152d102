/* Do different rules find different solutions? All pairs of solutions under several distances.
 * n solutions that can be compared. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measures/equal.h"
#include "measures/measure.h"
#include "measures/metrics.h"
#include "numbers/crew.h"
#include "numbers/dsa.h"
#include "numbers/groups.h"

enum { PERMUTATIONS = 9999, RESAMPLES = 1999, AXES = 2 };

enum {
    DISTANCE,
    WITHIN,
    BETWEEN,
    SAME_SEED,
    P_VALUE,
    SILHOUETTE,
    RULE_DISTANCE,
    SCALING,
    SCALING_SHARE,
    SILHOUETTE_OF,
    LINKAGE,
    R_SQUARED, // from here on as struct groups_effect
    INTERVAL,
    CHANCE,
    PSEUDO_F,
    EFFECT_P,
    EFFECT_HOLM,
    EQUAL,
    EQUAL_R_SQUARED, // and the same among these
    EQUAL_INTERVAL,
    EQUAL_CHANCE,
    EQUAL_F,
    EQUAL_P,
    EQUAL_HOLM,
    DATASETS
};

#define ANDERSON "PERMANOVA, Anderson 2001"

/* Over all solutions, NaN where one cannot be compared. */
static const struct measure_dataset dataset[DATASETS + 1] = {
    [DISTANCE] =
        {"distance", "metric solution solution_b", "",
         "Distance of two solutions; rsa: 1 - rho, cka, procrustes and dsa: angles in rad, "
         "dsa_spectrum: 1 / step, weights: of W relative to its norm, units matched, outside: of "
         "answers to trials that were not trained",
         "Kriegeskorte 2008; Kornblith 2019; Williams 2021; Ostrow 2023, arXiv "
         "2306.10168; Huang 2024, arXiv 2410.03972"},
    [WITHIN] = {"within", "metric", "", "Mean distance within a rule, pairs of one seed left out",
                NULL},
    [BETWEEN] = {"between", "metric", "", "Mean distance between rules, pairs of one seed left out",
                 NULL},
    [SAME_SEED] = {"same_seed", "metric", "",
                   "Mean distance between rules for the same seed: the same start weights and "
                   "trials",
                   NULL},
    [P_VALUE] = {"p_value", "metric", "",
                 "Chance of as large a between - within when rules are shuffled among the "
                 "solutions with the same seed, task and network, 9999 permutations",
                 "Phipson and Smyth 2010"},
    [SILHOUETTE] = {"silhouette", "metric", "", "Mean silhouette of the rules", "Rousseeuw 1987"},
    [RULE_DISTANCE] = {"rule_distance", "metric rule rule_b", "",
                       "Mean distance, pairs of one seed left out", NULL},
    [SCALING] = {"mds", "metric solution mds_axis", "", "Classical multidimensional scaling",
                 "Torgerson 1952"},
    [SCALING_SHARE] = {"mds_variance", "metric mds_axis", "", "Share of the positive eigenvalues",
                       NULL},
    [SILHOUETTE_OF] = {"silhouette_of", "metric solution", "",
                       "Silhouette of the solution among the rules", "Rousseeuw 1987"},
    [LINKAGE] = {"linkage", "metric merge linkage_column", "",
                 "Average linkage, as in scipy; leaves are counted among the solutions whose "
                 "distances are known",
                 NULL},
    [R_SQUARED] =
        {"r_squared", "metric", "",
         "Share of the variance of the distances (sum of squares over all pairs) that the "
         "rule explains",
         ANDERSON},
    [INTERVAL] = {"r_squared_interval", "metric bound", "",
                  "95 % interval of r_squared: 1999 times seeds are drawn again; NaN: fewer than 3",
                  NULL},
    [CHANCE] = {"r_squared_chance", "metric", "",
                "Mean r_squared when rules are shuffled as for p_value: what chance explains",
                NULL},
    [PSEUDO_F] = {"pseudo_f", "metric", "", "Pseudo-F of the rule", ANDERSON},
    [EFFECT_P] = {"effect_p_value", "metric", "",
                  "Chance of as large a pseudo-F when rules are shuffled as for p_value", ANDERSON},
    [EFFECT_HOLM] = {"effect_p_corrected", "metric", "",
                     "effect_p_value after Holm's correction over the metrics", "Holm 1979"},
    [EQUAL] = {"equal", "solution", "", "1: compared at equal performance", NULL},
    [EQUAL_R_SQUARED] = {"equal_r_squared", "metric", "", "r_squared at equal performance",
                         ANDERSON},
    [EQUAL_INTERVAL] = {"equal_r_squared_interval", "metric bound", "",
                        "95 % interval of equal_r_squared", NULL},
    [EQUAL_CHANCE] = {"equal_r_squared_chance", "metric", "", "What chance explains of it", NULL},
    [EQUAL_F] = {"equal_pseudo_f", "metric", "", "pseudo_f at equal performance", ANDERSON},
    [EQUAL_P] = {"equal_p_value", "metric", "", "effect_p_value at equal performance", ANDERSON},
    [EQUAL_HOLM] = {"equal_p_corrected", "metric", "",
                    "equal_p_value after Holm's correction over the metrics", "Holm 1979"},
};

/* Mean distance between the solutions of any two rules, pairs of one seed left out. */
static void fill_rule_distances(double *out, const struct measure_part *part, int rules)
{
    for (int r = 0; r < rules; r++)
        for (int q = 0; q < rules; q++) {
            double sum = 0;
            int count = 0;
            for (int i = 0; i < part->n; i++)
                for (int j = 0; j < part->n; j++)
                    if (i != j && part->block[i] != part->block[j] && part->label[i] == r &&
                        part->label[j] == q) {
                        sum += part->distance[(long)i * part->n + j];
                        count++;
                    }
            out[r * rules + q] = count ? sum / count : NAN;
        }
}

/* Leaves out whoever has most unknown distances until none is unknown. */
static bool drop_unknown(struct measure_part *part, struct study *study, int m)
{
    int n = part->n;
    bool *chosen = malloc(sizeof *chosen * (size_t)(n + 1));
    for (int i = 0; chosen && i < n; i++)
        chosen[i] = true;
    for (int worst = 0; chosen && worst >= 0;) {
        int most = 0;
        worst = -1;
        for (int i = 0; i < n; i++) {
            int unknown = 0;
            for (int j = 0; j < n; j++)
                unknown += chosen[i] && chosen[j] && isnan(part->distance[(long)i * n + j]);
            if (unknown > most)
                most = unknown, worst = i;
        }
        if (worst >= 0) {
            chosen[worst] = false;
            study_leave(study, part->solution[worst], measure_metric[m].undefined);
        }
    }
    if (chosen)
        measure_part_select(part, chosen);
    free(chosen);
    return chosen != NULL;
}

/* Puts what is known of each solution in its place. */
static void fill_solutions(double *const *data, const struct measure_part *part, int all, int m,
                           const double *scaling, const double *silhouette)
{
    for (int i = 0; i < part->n; i++) {
        long s = (long)m * all + part->solution[i];
        data[SILHOUETTE_OF][s] = silhouette[i];
        memcpy(data[SCALING] + s * AXES, scaling + i * AXES, sizeof(double) * AXES);
        for (int j = 0; j < part->n; j++)
            data[DISTANCE][s * all + part->solution[j]] = part->distance[(long)i * part->n + j];
    }
}

/* ---- tests, which several processes share ---- */

enum { TEST_MEANS, TEST_EFFECT, TEST_EQUAL, TESTS };

/* Those of one metric with known distances: all solutions, and those of equal performance. */
struct parts {
    struct measure_part all, equal;
};

struct tested {
    double p_value;
    struct groups_effect effect;
};

static void compute_test(void *context, void *result, int piece)
{
    const struct parts *parts = (const struct parts *)context + piece / TESTS;
    const struct measure_part *part = piece % TESTS == TEST_EQUAL ? &parts->equal : &parts->all;
    struct tested *tested = result;
    if (parts->all.n < 2)
        return;
    if (piece % TESTS == TEST_MEANS)
        tested->p_value = groups_p_value(part->distance, part->label, part->block, part->stratum,
                                         part->n, PERMUTATIONS, 0);
    else
        tested->effect = groups_effect(part->distance, part->label, part->block, part->stratum,
                                       part->n, PERMUTATIONS, RESAMPLES, 0);
}

/* What rules explain; `first` is R_SQUARED, or EQUAL_R_SQUARED. */
static void fill_effect(double *const *data, const struct groups_effect *effect, int m, int first)
{
    data[first][m] = effect->r_squared;
    data[first + INTERVAL - R_SQUARED][2 * m] = effect->low;
    data[first + INTERVAL - R_SQUARED][2 * m + 1] = effect->high;
    data[first + CHANCE - R_SQUARED][m] = effect->chance;
    data[first + PSEUDO_F - R_SQUARED][m] = effect->f;
    data[first + EFFECT_P - R_SQUARED][m] = effect->p_value;
}

static bool fill_tests(double *const *data, struct parts *parts, const struct study *study)
{
    struct tested tested[METRICS * TESTS];
    bool good =
        crew_run(tested, METRICS * TESTS, sizeof *tested, study->processes, compute_test, parts);
    for (int m = 0; m < METRICS && good; m++) {
        if (parts[m].all.n < 2)
            continue;
        data[P_VALUE][m] = tested[m * TESTS + TEST_MEANS].p_value;
        fill_effect(data, &tested[m * TESTS + TEST_EFFECT].effect, m, R_SQUARED);
        fill_effect(data, &tested[m * TESTS + TEST_EQUAL].effect, m, EQUAL_R_SQUARED);
    }
    if (good) {
        groups_holm(data[EFFECT_HOLM], data[EFFECT_P], METRICS);
        groups_holm(data[EQUAL_HOLM], data[EQUAL_P], METRICS);
    }
    return good;
}

/* Those of equal performance; false when memory runs out. */
static bool take_equal(struct parts *parts, const double *is_equal)
{
    bool *chosen = malloc(sizeof *chosen * (size_t)(parts->all.n + 1));
    bool good = chosen && measure_part_copy(&parts->equal, &parts->all);
    for (int i = 0; good && i < parts->all.n; i++)
        chosen[i] = is_equal[parts->all.solution[i]] == 1;
    if (good)
        measure_part_select(&parts->equal, chosen);
    free(chosen);
    return good;
}

/* Who is compared at equal performance. */
static bool fill_equal(struct measure_output *out, struct study *study)
{
    double range[2];
    bool *chosen = malloc(sizeof *chosen * (size_t)(study->solutions + 1));
    if (!chosen)
        return false;
    if (measure_equal(chosen, range, study))
        measure_describe(out, EQUAL, "1: compared at equal performance, accuracy from %.2f to %.2f",
                         range[0], range[1]);
    else if (study->rules > 1)
        study_note(study,
                   "similarity: nothing is compared at equal performance: no window of %g of "
                   "accuracy has two networks of each of two rules",
                   MEASURE_WINDOW);
    for (int s = 0; s < study->solutions; s++)
        out->data[EQUAL][s] = chosen[s];
    free(chosen);
    return true;
}

/* What the distances of one metric say, tests apart. */
static bool tell_metric(double *const *data, const struct measure_part *part, struct study *study,
                        int m)
{
    int n = part->n, all = study->solutions;
    double *scaling = study_numbers((size_t)n * AXES), *silhouette = study_numbers((size_t)n);
    bool good = scaling && silhouette &&
                groups_linkage(data[LINKAGE] + (long)m * (all - 1) * 4, part->distance, n);
    if (good && !groups_scaling(scaling, data[SCALING_SHARE] + m * AXES, part->distance, n, AXES))
        study_note(study, "similarity: no scaling of %s: " STUDY_NUMERIC, measure_metric[m].name);
    if (good) {
        struct groups_means means = groups_means(part->distance, part->label, part->block, n);
        data[WITHIN][m] = means.within;
        data[BETWEEN][m] = means.between;
        data[SAME_SEED][m] = means.same_block;
        data[SILHOUETTE][m] = groups_silhouette(silhouette, part->distance, part->label, n);
        fill_rule_distances(data[RULE_DISTANCE] + (long)m * study->rules * study->rules, part,
                            study->rules);
        fill_solutions(data, part, all, m, scaling, silhouette);
    }
    free(scaling);
    free(silhouette);
    return good;
}

/* ---- all metrics ---- */

/* Distances of one solution to those before it: result [n]. The last ones have most, and come first. */
static void compute_row(void *context, void *result, int piece)
{
    const struct measure_metrics *metrics = context;
    int n = metrics->all.n, i = n - 1 - piece / METRICS;
    double *row = result;
    for (int j = 0; j < i && metrics->known[piece % METRICS]; j++)
        row[j] = measure_metrics_distance(metrics, piece % METRICS, i, j);
}

/* One metric: what is known of the distances that stand in `row` [n, METRICS, n], and what it says. */
static bool run_metric(double *const *data, struct parts *parts, struct measure_metrics *metrics,
                       const double *row, struct study *study, int m)
{
    int n = metrics->all.n;
    double *d = metrics->all.distance;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            d[(long)i * n + j] = d[(long)j * n + i] =
                i == j ? 0 : row[((long)(n - 1 - i) * METRICS + m) * n + j];
    bool good =
        measure_part_copy(&parts->all, &metrics->all) && drop_unknown(&parts->all, study, m);
    if (good && parts->all.n >= 2)
        good = tell_metric(data, &parts->all, study, m) && take_equal(parts, data[EQUAL]);
    else if (good)
        study_note(study, "similarity: %s is left out: fewer than 2 solutions to compare",
                   measure_metric[m].name);
    return good;
}

static bool run_metrics(double *const *data, struct measure_metrics *metrics, struct study *study)
{
    int n = metrics->all.n;
    struct parts parts[METRICS] = {0};
    double *row = study_numbers((size_t)n * METRICS * (size_t)n);
    bool good = row && crew_run(row, n * METRICS, sizeof *row * (size_t)n, study->processes,
                                compute_row, metrics);
    for (int m = 0; m < METRICS && good; m++)
        if (metrics->known[m])
            good = run_metric(data, &parts[m], metrics, row, study, m);
    good = good && fill_tests(data, parts, study);
    for (int m = 0; m < METRICS; m++) {
        measure_part_free(&parts[m].all);
        measure_part_free(&parts[m].equal);
    }
    free(row);
    return good;
}

static bool compare_all(struct measure_output *out, struct measure_metrics *metrics,
                        struct study *study)
{
    const char *name[METRICS];
    for (int m = 0; m < METRICS; m++)
        name[m] = measure_metric[m].name;
    output_names(out->file, "metric", name, METRICS, "Distance measure");
    output_numbers(out->file, "merge", NULL, study->solutions - 1, "", "Row of a linkage");
    measure_describe(out, DISTANCE,
                     "%s; DSA with %d delays, rank %d, %d principal components; weights with %d "
                     "rounds of matching",
                     dataset[DISTANCE].description, study->delays, study->rank, DSA_COMPONENTS,
                     metrics->rounds);
    output_names(out->file, "bound", (const char *const[]){"low", "high"}, 2,
                 "Ends of an interval");
    return measure_take(out, 0, DATASETS - 1) && fill_equal(out, study) &&
           run_metrics(out->data, metrics, study);
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    struct measure_metrics metrics;
    enum status status = measure_metrics_create(&metrics, study)
                             ? STATUS_OK
                             : error_add(error, STATUS_FAILED, STUDY_NO_MEMORY);
    for (int s = 0; s < study->solutions && !status; s++) {
        const char *why = measure_metrics_take(&metrics, study, s);
        if (why)
            study_leave(study, s, why);
    }
    measure_metrics_tell(&metrics, study);
    if (!status && metrics.all.n >= 2)
        status = compare_all(out, &metrics, study) ? STATUS_OK : STATUS_FAILED;
    else if (!status)
        study_note(study, "similarity: left out: fewer than 2 solutions to compare");
    measure_metrics_free(&metrics);
    return status;
}

const struct measure measure_similarity = {
    .name = "similarity",
    .sentence =
        "Distances between all solutions: RSA, CKA, Procrustes, DSA, weights, answers outside "
        "training; within against between rules.",
    .dataset = dataset,
    .run = run,
};
