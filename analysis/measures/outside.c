/* How the solutions answer trials that no network was trained on: do those that agree on what was
 * trained agree there, within a rule and between rules? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "measures/part.h"
#include "measures/variation.h"
#include "numbers/groups.h"

enum { LOSS, ACCURACY, RULE_LOSS, RULE_SPREAD, WITHIN, BETWEEN, SAME_SEED, P_VALUE, DATASETS };
enum { PERMUTATIONS = 999 };

#define HUANG "Huang et al. 2024, arXiv 2410.03972"

static const struct measure_dataset dataset[DATASETS + 1] = {
    [LOSS] = {"loss", "variation solution", "", "Mean |y - y*| in the response window", NULL},
    [ACCURACY] = {"accuracy", "variation solution", "", "Share of right answers", NULL},
    [RULE_LOSS] = {"rule_loss", "variation rule", "", "Mean loss of the solutions of a rule", NULL},
    [RULE_SPREAD] = {"rule_spread", "variation rule", "",
                     "Standard deviation of the loss over the solutions of a rule", HUANG},
    [WITHIN] =
        {"within", "variation", "",
         "Disagreement of two solutions, the root of the mean squared difference of their mean "
         "outputs in the response window: mean within a rule, pairs of one seed left out",
         NULL},
    [BETWEEN] = {"between", "variation", "", "The same between rules", NULL},
    [SAME_SEED] = {"same_seed", "variation", "", "The same between rules for the same seed", NULL},
    [P_VALUE] =
        {"p_value", "variation", "",
         "Chance of as large a between - within when rules are shuffled among the solutions "
         "with the same seed, task and network, 999 permutations",
         "Phipson and Smyth 2010"},
};

/* The solutions that have the variations of the first one, with their answers. */
struct answers {
    int variations, each; /* types times outputs */
    struct measure_variation *variation;
    char (*name)[48];
    struct measure_part part;
    double *answer; /* [n, variations, each] */
};

/* One solution; NULL, or why it is left out. */
static const char *take(struct answers *all, double *const *data, const struct study *study, int s)
{
    const struct study_solution *solution = &study->solution[s];
    const struct study_candidate *c = &study->candidate[solution->candidate];
    int count = measure_variations(all->variation, c), n = all->part.n;
    if (count != all->variations || c->shape.types * c->shape.outputs != all->each)
        return "another task than the first";
    for (int v = 0; v < count; v++)
        if (strcmp(all->variation[v].name, all->name[v]) != 0)
            return "another task than the first";
    struct network network;
    const char *why;
    if (!study_network(study, &network, solution->candidate, solution->seed, STUDY_LAST, &why))
        return why;
    bool good = true;
    for (int v = 0; v < count && good; v++)
        good = measure_variation_run(all->answer + ((long)n * count + v) * all->each,
                                     &data[LOSS][(long)v * study->solutions + s],
                                     &data[ACCURACY][(long)v * study->solutions + s], &network,
                                     &all->variation[v]);
    network_free(&network);
    if (!good)
        return STUDY_NO_MEMORY;
    measure_part_add(&all->part, study, s);
    return NULL;
}

/* Mean and standard deviation of the losses of each rule. */
static void fill_rules(double *const *data, const struct answers *all, const struct study *study)
{
    for (int v = 0; v < all->variations; v++)
        for (int r = 0; r < study->rules; r++) {
            double sum = 0, square = 0;
            int count = 0;
            for (int i = 0; i < all->part.n; i++)
                if (all->part.label[i] == r) {
                    double loss = data[LOSS][(long)v * study->solutions + all->part.solution[i]];
                    sum += loss;
                    square += loss * loss;
                    count++;
                }
            long place = (long)v * study->rules + r;
            data[RULE_LOSS][place] = count ? sum / count : NAN;
            data[RULE_SPREAD][place] =
                count > 1 ? sqrt(fmax(0, square - sum * sum / count) / (count - 1)) : NAN;
        }
}

/* How much the solutions disagree in variation v. */
static void fill_disagreement(double *const *data, struct answers *all, int v)
{
    int n = all->part.n;
    double *d = all->part.distance;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < all->each; k++) {
                double difference = all->answer[((long)i * all->variations + v) * all->each + k] -
                                    all->answer[((long)j * all->variations + v) * all->each + k];
                sum += difference * difference / all->each;
            }
            d[(long)i * n + j] = sqrt(sum);
        }
    struct groups_means means = groups_means(d, all->part.label, all->part.block, n);
    data[WITHIN][v] = means.within;
    data[BETWEEN][v] = means.between;
    data[SAME_SEED][v] = means.same_block;
    data[P_VALUE][v] =
        groups_p_value(d, all->part.label, all->part.block, all->part.stratum, n, PERMUTATIONS, 0);
}

/* The variations of the first solution; false when memory runs out. */
static bool answers_create(struct answers *all, const struct study *study)
{
    const struct study_candidate *c = &study->candidate[study->solution[0].candidate];
    size_t n = (size_t)study->solutions;
    *all = (struct answers){.variation = calloc(MEASURE_VARIATIONS, sizeof *all->variation),
                            .name = calloc(MEASURE_VARIATIONS, sizeof *all->name),
                            .each = c->shape.types * c->shape.outputs};
    if (!measure_part_create(&all->part, n) || !all->variation || !all->name)
        return false;
    all->variations = measure_variations(all->variation, c);
    for (int v = 0; v < all->variations; v++)
        memcpy(all->name[v], all->variation[v].name, sizeof *all->name);
    all->answer = study_numbers(n * (size_t)all->variations * (size_t)all->each);
    return all->answer != NULL;
}

static void answers_free(struct answers *all)
{
    measure_part_free(&all->part);
    free(all->variation);
    free(all->name);
    free(all->answer);
}

static bool survey(struct measure_output *out, struct answers *all, struct study *study)
{
    const char *pointer[MEASURE_VARIATIONS];
    for (int v = 0; v < all->variations; v++)
        pointer[v] = all->name[v];
    output_names(out->file, "variation", pointer, all->variations,
                 "Trials: as trained, or with one setting of the task times a factor; start: the "
                 "starting states");
    if (!measure_take(out, 0, DATASETS - 1))
        return false;
    for (int s = 0; s < study->solutions; s++) {
        const char *why = take(all, out->data, study, s);
        if (why)
            study_leave(study, s, why);
    }
    fill_rules(out->data, all, study);
    for (int v = 0; v < all->variations && all->part.n >= 2; v++)
        fill_disagreement(out->data, all, v);
    return true;
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    (void)error;
    struct answers all;
    if (study->solutions < 1)
        return STATUS_OK;
    if (measure_variation_cost(study) > MEASURE_VARIATION_MOST) {
        study_note(study, "outside: left out: it would take minutes (--solutions)");
        return STATUS_OK;
    }
    bool good = answers_create(&all, study) && survey(out, &all, study);
    answers_free(&all);
    return good ? STATUS_OK : STATUS_FAILED;
}

const struct measure measure_outside = {
    .name = "outside",
    .sentence = "Answers to trials that no network was trained on, within and between rules.",
    .dataset = dataset,
    .run = run,
};
