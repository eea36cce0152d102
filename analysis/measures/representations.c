/* The shape of the recorded activity. S solutions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "numbers/dimension.h"
#include "numbers/matrix.h"

#define FLAT 1e-7 /* of the rates: below the rounding of the float32 records */

enum { PARTICIPATION, ENTROPY, NINETY, NINETY_FIVE, VARIANCE, TRAJECTORY, DATASETS };

static const struct measure_dataset dataset[DATASETS + 1] = {
    [PARTICIPATION] = {"participation_ratio", "solution when", "dimensions",
                       "Participation ratio of the rates over conditions and steps; biased upwards "
                       "with few samples: compare at equal numbers",
                       "Gao et al. 2017, bioRxiv 214262"},
    [ENTROPY] = {"entropy_rank", "solution when", "dimensions",
                 "exp of the entropy of the shares of variance", "Roy and Vetterli 2007"},
    [NINETY] = {"components_90", "solution when", "dimensions",
                "Components that hold 90 % of the variance", NULL},
    [NINETY_FIVE] = {"components_95", "solution when", "dimensions",
                     "Components that hold 95 % of the variance", NULL},
    [VARIANCE] = {"variance", "solution when component", "", "Share of the variance of the rates",
                  NULL},
    [TRAJECTORY] = {"trajectory", "solution when condition step axis", "rate",
                    "Noise-free rates in the principal components of this solution and time", NULL},
};

/* One network's activity. */
static void take(double *const *data, struct study *study, int solution, int when, double *rates)
{
    const struct study_candidate *c = &study->candidate[study->solution[solution].candidate];
    int units = (int)c->settings.network.units, samples = c->shape.types * c->steps;
    int k = samples < units ? samples : units, axes = k < MEASURE_AXES ? k : MEASURE_AXES;
    double *work = study_numbers((size_t)k * (size_t)(units + 1) + (size_t)(samples * axes));
    if (!work) {
        study_leave(study, solution, STUDY_NO_MEMORY);
        return;
    }
    double *variance = work, *axis = work + k, *score = axis + (long)k * units, sum = 0;
    double size = matrix_norm(rates, (long)samples * units);
    long place = (long)solution * STUDY_WHENS + when;
    if (!dimension_components(variance, axis, rates, samples, units)) {
        study_leave(study, solution, STUDY_NUMERIC);
    } else if (!(sqrt(variance[0] * samples) > FLAT * size)) {
        study_leave(study, solution, "activity is constant");
    } else {
        data[PARTICIPATION][place] = dimension_participation(variance, k);
        data[ENTROPY][place] = dimension_entropy_rank(variance, k);
        data[NINETY][place] = dimension_components_for(variance, k, 0.9);
        data[NINETY_FIVE][place] = dimension_components_for(variance, k, 0.95);
        dimension_project(score, rates, axis, samples, units, axes);
        for (int i = 0; i < k; i++)
            sum += variance[i];
        for (int i = 0; i < k && i < MEASURE_COMPONENTS; i++)
            data[VARIANCE][place * MEASURE_COMPONENTS + i] = variance[i] / sum;
        for (int s = 0; s < samples; s++)
            memcpy(data[TRAJECTORY] +
                       ((place * study->types + s / c->steps) * study->steps + s % c->steps) *
                           MEASURE_AXES,
                   score + (long)s * axes, sizeof(double) * (size_t)axes);
    }
    free(work);
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    (void)error;
    bool good = measure_take(out, 0, DATASETS - 1);
    for (int s = 0; good && s < study->solutions; s++)
        for (int when = 0; when < STUDY_WHENS; when++) {
            const struct study_solution *solution = &study->solution[s];
            const char *why;
            double *rates = study_rates(study, solution->candidate, solution->seed,
                                        (enum study_when)when, &why);
            if (rates)
                take(out->data, study, s, when, rates);
            else
                study_leave(study, s, why);
            free(rates);
        }
    return good ? STATUS_OK : STATUS_FAILED;
}

const struct measure measure_representations = {
    .name = "representations",
    .sentence = "Dimensionality and trajectories in principal components.",
    .dataset = dataset,
    .run = run,
};
