/* Lazy or rich: the weights, the activity and the tangent kernel after learning against before. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "numbers/change.h"

enum { NORM, RELATIVE, STABLE_RANK, SIGN, REPRESENTATION, KERNEL, SINGULAR, DATASETS };

static const struct measure_dataset dataset[DATASETS + 1] = {
    [NORM] = {"norm", "solution", "", "Norm of W_T - W_0", NULL},
    [RELATIVE] = {"relative_norm", "solution", "", "|W_T - W_0| / |W_0|; small: lazy",
                  "Chizat et al. 2019, arXiv 1812.07956"},
    [STABLE_RANK] = {"stable_rank", "solution", "",
                     "|W_T - W_0|^2 / its largest singular value squared", NULL},
    [SIGN] = {"sign_similarity", "solution", "", "Share of the weights that keep their sign",
              "Liu et al. 2024, arXiv 2310.08513"},
    [REPRESENTATION] = {"representation_alignment", "solution", "",
                        "Tr(K_T K_0) / (|K_T| |K_0|), K = H H^T of the rates in the response "
                        "window; low: rich",
                        "Liu et al. 2024, arXiv 2310.08513"},
    [KERNEL] = {"kernel_alignment", "solution", "",
                "Tr(N_T N_0) / (|N_T| |N_0|), N the tangent kernel of the outputs at the end of "
                "the trial; low: rich",
                "Liu et al. 2024, arXiv 2310.08513"},
    [SINGULAR] = {"singular_values", "solution component", "",
                  "Largest singular values of W_T - W_0", NULL},
};

/* All noise-free inputs [types, steps, inputs], and the window of the first type [steps]. */
static bool fill_inputs(double *input, double *window, const struct study_candidate *c)
{
    const struct task_shape *shape = &c->shape;
    double *target = study_numbers((size_t)shape->steps * (size_t)shape->outputs);
    double *other = study_numbers((size_t)shape->steps);
    for (int type = 0; target && other && type < shape->types; type++) {
        struct task_trial trial = {type, input + (long)type * shape->steps * shape->inputs, target,
                                   type ? other : window};
        task_prototype(&trial, shape, &c->settings, type);
    }
    bool good = target && other;
    free(target);
    free(other);
    return good;
}

/* Alignment of the tangent kernels of two networks; NaN when memory runs out. */
static double kernel_alignment(const struct study_candidate *c, const struct network *before,
                               const struct network *after, const double *input)
{
    int n = c->shape.types * c->shape.outputs;
    double *kernel = study_numbers(2 * (size_t)n * (size_t)n), alignment = NAN;
    if (kernel && change_tangent_kernel(kernel, before, input, c->shape.types, c->shape.steps) &&
        change_tangent_kernel(kernel + (long)n * n, after, input, c->shape.types, c->shape.steps))
        alignment = change_alignment(kernel, kernel + (long)n * n, n);
    free(kernel);
    return alignment;
}

/* Rows of the recorded steps within the window; returns how many. */
static int pick(double *out, const double *rates, const struct study_candidate *c,
                const double *window)
{
    int units = (int)c->settings.network.units, count = 0;
    int stride = task_steps(c->interval, c->settings.network.dt);
    for (int type = 0; type < c->shape.types; type++)
        for (int k = 0; k < c->steps; k++)
            if (window[(k + 1) * stride - 1] > 0)
                memcpy(out + (long)count++ * units, rates + ((long)type * c->steps + k) * units,
                       sizeof(double) * (size_t)units);
    return count;
}

static double representation_alignment(const struct study *study,
                                       const struct study_solution *solution, const double *window)
{
    const struct study_candidate *c = &study->candidate[solution->candidate];
    double *before = study_rates(study, solution->candidate, solution->seed, STUDY_BEFORE, NULL);
    double *after = study_rates(study, solution->candidate, solution->seed, STUDY_LAST, NULL);
    double alignment = NAN;
    if (before && after) {
        int units = (int)c->settings.network.units;
        int n = pick(before, before, c, window); // rows only move towards the front
        pick(after, after, c, window);
        double *kernel = study_numbers(2 * (size_t)n * (size_t)n);
        if (kernel && n > 0) {
            change_representation_kernel(kernel, before, n, units);
            change_representation_kernel(kernel + (long)n * n, after, n, units);
            alignment = change_alignment(kernel, kernel + (long)n * n, n);
        }
        free(kernel);
    }
    free(before);
    free(after);
    return alignment;
}

/* One solution. */
static void take(double *const *data, struct study *study, int s)
{
    const struct study_solution *solution = &study->solution[s];
    const struct study_candidate *c = &study->candidate[solution->candidate];
    const struct task_shape *shape = &c->shape;
    struct network before, after;
    const char *why;
    if (!study_network(study, &after, solution->candidate, solution->seed, STUDY_LAST, &why)) {
        study_leave(study, s, why);
        return;
    }
    if (!study_network(study, &before, solution->candidate, solution->seed, STUDY_BEFORE, &why)) {
        study_leave(study, s, why);
        network_free(&after);
        return;
    }
    double *input =
        study_numbers((size_t)shape->types * (size_t)shape->steps * (size_t)shape->inputs);
    double *window = study_numbers((size_t)shape->steps);
    struct change_weights change;
    bool good = input && window && fill_inputs(input, window, c) &&
                change_weights(&change, data[SINGULAR] + (long)s * MEASURE_COMPONENTS,
                               MEASURE_COMPONENTS, before.recurrent, after.recurrent, before.units);
    if (good) {
        data[NORM][s] = change.norm;
        data[RELATIVE][s] = change.relative_norm;
        data[STABLE_RANK][s] = change.stable_rank;
        data[SIGN][s] = change.sign_similarity;
        data[REPRESENTATION][s] = representation_alignment(study, solution, window);
        data[KERNEL][s] = kernel_alignment(c, &before, &after, input);
    } else {
        study_leave(study, s, STUDY_NUMERIC);
    }
    free(input);
    free(window);
    network_free(&before);
    network_free(&after);
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    (void)error;
    bool good = measure_take(out, 0, DATASETS - 1);
    for (int s = 0; good && s < study->solutions; s++)
        take(out->data, study, s);
    return good ? STATUS_OK : STATUS_FAILED;
}

const struct measure measure_change = {
    .name = "change",
    .sentence = "Lazy or rich: change of weights, alignment of activity and tangent kernel.",
    .dataset = dataset,
    .run = run,
};
