/* Do different rules find different solutions? All pairs of solutions under five distances.
 * n solutions that can be compared. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "numbers/dsa.h"
#include "numbers/groups.h"
#include "numbers/similarity.h"

enum { RSA, CKA, PROCRUSTES, DSA, DSA_SPECTRUM, METRICS };
enum { SAMPLES = 256, PERMUTATIONS = 9999, AXES = 2 };

static const char *const metric[METRICS] = {"rsa", "cka", "procrustes", "dsa", "dsa_spectrum"};

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
    DATASETS
};

/* Over all solutions, NaN where one cannot be compared. */
static const struct measure_dataset dataset[DATASETS + 1] = {
    [DISTANCE] =
        {"distance", "metric solution solution_b", "",
         "Distance of two solutions; rsa: 1 - rho, cka, procrustes and dsa: angles in rad, "
         "dsa_spectrum: 1 / step",
         "Kriegeskorte 2008; Kornblith 2019; Williams 2021; Ostrow 2023, arXiv "
         "2306.10168"},
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
};

/* The solutions that can be compared, and what is kept of each. */
struct table {
    int n;
    bool dynamics;                 /* steps are enough for DSA */
    int *solution, *label, *block; /* [n]; block: the seed */
    int *stratum;                  /* [n]: the seed, the task and the network */
    struct similarity *shape;      /* [n] */
    double *model;                 /* [n, rank, rank] */
    double *distance;              /* [n, n], of the metric at hand */
};

/* The recorded rates after learning: with the last rule, or else the first. */
static double *learned_rates(const struct study *study, const struct study_solution *solution)
{
    double *rates = study_rates(study, solution->candidate, solution->seed, STUDY_LAST);
    return rates ? rates : study_rates(study, solution->candidate, solution->seed, STUDY_FIRST);
}

/* The stratum of the solution that is being added: the first one from the same start. What else
 * differs, as the learning rate, may belong to the rule. */
static int stratum_of(const struct table *table, const struct study *study)
{
    for (int i = 0; i < table->n; i++)
        if (study_same_start(study, table->solution[i], table->solution[table->n]))
            return table->stratum[i];
    return table->n;
}

/* What is kept of one network; false when it cannot be compared. */
static bool take(struct table *table, const struct study *study, int s)
{
    const struct study_candidate *c = &study->candidate[study->solution[s].candidate];
    const struct study_candidate *first = &study->candidate[study->solution[0].candidate];
    if (c->shape.types != first->shape.types || c->steps != first->steps ||
        c->interval != first->interval)
        return false;
    int units = (int)c->settings.network.units, per = SAMPLES / c->shape.types;
    per = per < 2 ? 2 : per > c->steps ? c->steps : per;
    int samples = per * c->shape.types, rank = study->rank;
    double *rates = learned_rates(study, &study->solution[s]);
    double *sample = study_numbers((size_t)samples * (size_t)units);
    bool good = rates && sample;
    for (int i = 0; good && i < samples; i++) {
        int step = (i % per + 1) * c->steps / per - 1;
        memcpy(sample + (long)i * units, rates + ((long)(i / per) * c->steps + step) * units,
               sizeof(double) * (size_t)units);
    }
    good = good &&
           (!table->dynamics || dsa_model(table->model + (long)table->n * rank * rank, rates,
                                          c->shape.types, c->steps, units, study->delays, rank)) &&
           similarity_create(&table->shape[table->n], sample, samples, units);
    if (good && table->shape[table->n].flat) {
        similarity_free(&table->shape[table->n]);
        good = false;
    }
    free(rates);
    free(sample);
    if (good) {
        table->solution[table->n] = s;
        table->label[table->n] = c->rule;
        table->block[table->n] = study->solution[s].seed;
        table->stratum[table->n] = stratum_of(table, study);
        table->n++;
    }
    return good;
}

static double distance(const struct table *table, int m, int i, int j, int rank)
{
    const struct similarity *x = &table->shape[i], *y = &table->shape[j];
    const double *a = table->model + (long)i * rank * rank;
    const double *b = table->model + (long)j * rank * rank;
    switch (m) {
    case RSA:
        return similarity_rsa(x, y);
    case CKA:
        return similarity_cka(x, y);
    case PROCRUSTES:
        return similarity_procrustes(x, y);
    case DSA:
        return dsa_distance(a, b, rank);
    default:
        return dsa_spectrum(a, b, rank);
    }
}

/* Mean distance between the solutions of any two rules, pairs of one seed left out. */
static void fill_rule_distances(double *out, const struct table *table, int rules)
{
    for (int r = 0; r < rules; r++)
        for (int q = 0; q < rules; q++) {
            double sum = 0;
            int count = 0;
            for (int i = 0; i < table->n; i++)
                for (int j = 0; j < table->n; j++)
                    if (i != j && table->block[i] != table->block[j] && table->label[i] == r &&
                        table->label[j] == q) {
                        sum += table->distance[(long)i * table->n + j];
                        count++;
                    }
            out[r * rules + q] = count ? sum / count : NAN;
        }
}

/* One metric: distances of all pairs, then what they say. */
static bool run_metric(double *const *data, struct table *table, const struct study *study, int m)
{
    int n = table->n, all = study->solutions;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double d = i == j ? 0 : distance(table, m, i, j, study->rank);
            table->distance[(long)i * n + j] = table->distance[(long)j * n + i] = d;
            if (isnan(d))
                return true; // this metric stays NaN
        }
    double *scaling = study_numbers((size_t)n * AXES), *silhouette = study_numbers((size_t)n);
    double *linkage = data[LINKAGE] + (long)m * (all - 1) * 4;
    bool good = scaling && silhouette &&
                groups_scaling(scaling, data[SCALING_SHARE] + m * AXES, table->distance, n, AXES) &&
                groups_linkage(linkage, table->distance, n);
    if (good) {
        struct groups_means means = groups_means(table->distance, table->label, table->block, n);
        data[WITHIN][m] = means.within;
        data[BETWEEN][m] = means.between;
        data[SAME_SEED][m] = means.same_block;
        data[P_VALUE][m] = groups_p_value(table->distance, table->label, table->block,
                                          table->stratum, n, PERMUTATIONS, 0);
        data[SILHOUETTE][m] = groups_silhouette(silhouette, table->distance, table->label, n);
        fill_rule_distances(data[RULE_DISTANCE] + (long)m * study->rules * study->rules, table,
                            study->rules);
        for (int i = 0; i < n; i++) {
            int s = table->solution[i];
            data[SILHOUETTE_OF][(long)m * all + s] = silhouette[i];
            memcpy(data[SCALING] + ((long)m * all + s) * AXES, scaling + i * AXES,
                   sizeof(double) * AXES);
            for (int j = 0; j < n; j++)
                data[DISTANCE][((long)m * all + s) * all + table->solution[j]] =
                    table->distance[(long)i * n + j];
        }
    }
    free(scaling);
    free(silhouette);
    return good;
}

static bool compare_all(struct measure_output *out, struct table *table, const struct study *study)
{
    output_names(out->file, "metric", metric, METRICS, "Distance measure");
    output_numbers(out->file, "merge", NULL, study->solutions - 1, "", "Row of a linkage");
    measure_describe(out, DISTANCE, "%s; DSA with %d delays, rank %d, %d principal components",
                     dataset[DISTANCE].description, study->delays, study->rank, DSA_COMPONENTS);
    bool good = measure_take(out, 0, DATASETS - 1);
    for (int m = 0; m < (table->dynamics ? METRICS : DSA) && good; m++)
        good = run_metric(out->data, table, study, m);
    return good;
}

/* Whether the first solution's conditions and steps, which all others share, are enough for DSA. */
static bool check_dynamics(struct study *study)
{
    if (study->solutions == 0)
        return false;
    const struct study_candidate *c = &study->candidate[study->solution[0].candidate];
    bool enough = dsa_enough(c->shape.types, c->steps, study->delays, study->rank);
    if (!enough)
        study_note(study,
                   "similarity: DSA is left out: %d recorded steps of %d conditions are too few "
                   "for %d delays and rank %d (record.interval, --delays, --rank)",
                   c->steps, c->shape.types, study->delays, study->rank);
    return enough;
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    size_t all = (size_t)study->solutions + 1;
    size_t square = (size_t)study->rank * (size_t)study->rank;
    struct table table = {.solution = error_calloc(error, all, sizeof(int), "solutions"),
                          .label = error_calloc(error, all, sizeof(int), "solutions"),
                          .block = error_calloc(error, all, sizeof(int), "solutions"),
                          .stratum = error_calloc(error, all, sizeof(int), "solutions"),
                          .shape = error_calloc(error, all, sizeof *table.shape, "solutions"),
                          .model = error_calloc(error, all * square, sizeof(double), "solutions"),
                          .distance = error_calloc(error, all * all, sizeof(double), "distances")};
    bool good = table.solution && table.label && table.block && table.stratum && table.shape &&
                table.model && table.distance;
    enum status status = good ? STATUS_OK : STATUS_FAILED;
    table.dynamics = check_dynamics(study);
    for (int s = 0; s < study->solutions && !status; s++)
        if (!take(&table, study, s))
            study_note(study, "similarity: some solutions are left out: not recorded, other "
                              "conditions or steps than the first, or constant");
    if (!status && table.n >= 2)
        status = compare_all(out, &table, study) ? STATUS_OK : STATUS_FAILED;
    else if (!status)
        study_note(study, "similarity: left out: fewer than 2 solutions to compare");
    for (int i = 0; i < table.n; i++)
        similarity_free(&table.shape[i]);
    free(table.solution);
    free(table.label);
    free(table.block);
    free(table.stratum);
    free(table.shape);
    free(table.model);
    free(table.distance);
    return status;
}

const struct measure measure_similarity = {
    .name = "similarity",
    .sentence = "RSA, CKA, Procrustes and DSA between all solutions; within against between rules.",
    .dataset = dataset,
    .run = run,
};
