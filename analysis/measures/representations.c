/* The shape of the recorded activity. S solutions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "numbers/dimension.h"

enum { PARTICIPATION, ENTROPY, NINETY, NINETY_FIVE, NUMBERS };

static const struct {
    const char *path, *description, *source;
} row[NUMBERS] = {
    [PARTICIPATION] = {"/representations/participation_ratio",
                       "Participation ratio of the rates over conditions and steps; biased "
                       "upwards with few samples: compare at equal numbers",
                       "Gao et al. 2017, bioRxiv 214262"},
    [ENTROPY] = {"/representations/entropy_rank", "exp of the entropy of the shares of variance",
                 "Roy and Vetterli 2007"},
    [NINETY] = {"/representations/components_90", "Components that hold 90 % of the variance",
                NULL},
    [NINETY_FIVE] = {"/representations/components_95", "Components that hold 95 % of the variance",
                     NULL},
};

struct shapes {
    double *number[NUMBERS]; /* [S, whens] */
    double *variance;        /* [S, whens, components] */
    double *trajectory;      /* [S, whens, types, steps, axes] */
};

/* One network's activity; false when memory runs out. */
static bool take(struct shapes *shapes, const struct study *study, int solution, int when,
                 double *rates)
{
    const struct study_candidate *c = &study->candidate[study->solution[solution].candidate];
    int units = (int)c->settings.network.units, samples = c->shape.types * c->steps;
    int k = samples < units ? samples : units, axes = k < MEASURE_AXES ? k : MEASURE_AXES;
    double *work = study_numbers((size_t)k * (size_t)(units + 1) + (size_t)(samples * axes));
    if (!work)
        return false;
    double *variance = work, *axis = work + k, *score = axis + (long)k * units, sum = 0;
    long place = (long)solution * STUDY_WHENS + when;
    if (dimension_components(variance, axis, rates, samples, units)) {
        shapes->number[PARTICIPATION][place] = dimension_participation(variance, k);
        shapes->number[ENTROPY][place] = dimension_entropy_rank(variance, k);
        shapes->number[NINETY][place] = dimension_components_for(variance, k, 0.9);
        shapes->number[NINETY_FIVE][place] = dimension_components_for(variance, k, 0.95);
        dimension_project(score, rates, axis, samples, units, axes);
        for (int i = 0; i < k; i++)
            sum += variance[i];
        for (int i = 0; i < k && i < MEASURE_COMPONENTS; i++)
            shapes->variance[place * MEASURE_COMPONENTS + i] = variance[i] / sum;
        for (int s = 0; s < samples; s++)
            memcpy(shapes->trajectory +
                       ((place * study->types + s / c->steps) * study->steps + s % c->steps) *
                           MEASURE_AXES,
                   score + (long)s * axes, sizeof(double) * (size_t)axes);
    }
    free(work);
    return true;
}

static void write_shapes(const struct shapes *shapes, struct output *output)
{
    for (int i = 0; i < NUMBERS; i++)
        output_array(output, row[i].path, "solution when", shapes->number[i],
                     (struct output_about){"dimensions", row[i].description, row[i].source});
    output_array(output, "/representations/variance", "solution when component", shapes->variance,
                 (struct output_about){"", "Share of the variance of the rates", NULL});
    output_array(output, "/representations/trajectory", "solution when condition step axis",
                 shapes->trajectory,
                 (struct output_about){"rate",
                                       "Noise-free rates in the principal components of "
                                       "this solution and time",
                                       NULL});
}

static enum status run(struct study *study, struct output *output, struct error *error)
{
    (void)error;
    size_t rows = (size_t)study->solutions * STUDY_WHENS;
    struct shapes shapes = {.variance = study_numbers(rows * MEASURE_COMPONENTS),
                            .trajectory = study_numbers(rows * (size_t)study->types *
                                                        (size_t)study->steps * MEASURE_AXES)};
    bool good = shapes.variance && shapes.trajectory;
    for (int i = 0; i < NUMBERS; i++)
        good &= (shapes.number[i] = study_numbers(rows)) != NULL;
    for (int s = 0; s < study->solutions && good; s++)
        for (int when = 0; when < STUDY_WHENS && good; when++) {
            const struct study_solution *solution = &study->solution[s];
            double *rates =
                study_rates(study, solution->candidate, solution->seed, (enum study_when)when);
            if (rates)
                good = take(&shapes, study, s, when, rates);
            else
                study_note(study, "representations: some were not recorded "
                                  "(record.representations) or are not finite");
            free(rates);
        }
    if (good)
        write_shapes(&shapes, output);
    for (int i = 0; i < NUMBERS; i++)
        free(shapes.number[i]);
    free(shapes.variance);
    free(shapes.trajectory);
    return good ? STATUS_OK : STATUS_FAILED;
}

const struct measure measure_representations = {
    .name = "representations",
    .sentence = "Dimensionality and trajectories in principal components.",
    .run = run,
};
