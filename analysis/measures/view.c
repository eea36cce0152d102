#include "measures/view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "numbers/dimension.h"
#include "numbers/landscape.h"

#define START_NOISE 0.1
enum { SAMPLES = 400 }; /* states that the principal components are made of, at the most */

const double *measure_view_state(const struct measure_view *view, int type, int t)
{
    return view->state +
           ((long)type * (view->candidate->shape.steps + 1) + t) * view->network.units;
}

static const double *input_at(const struct measure_view *view, int type, int t)
{
    const struct task_shape *shape = &view->candidate->shape;
    return view->input + ((long)type * shape->steps + t) * shape->inputs;
}

int measure_view_context(const struct measure_view *view, int type, int t)
{
    int inputs = view->candidate->shape.inputs;
    for (int k = 0; k < view->contexts; k++)
        if (memcmp(view->context + (long)k * inputs, input_at(view, type, t),
                   sizeof(double) * (size_t)inputs) == 0)
            return k;
    return -1;
}

static void find_contexts(struct measure_view *view)
{
    const struct task_shape *shape = &view->candidate->shape;
    size_t bytes = sizeof(double) * (size_t)shape->inputs;
    for (int type = 0; type < shape->types; type++)
        for (int t = 1; t < shape->steps && view->contexts < MEASURE_CONTEXTS; t++)
            if (memcmp(input_at(view, type, t), input_at(view, type, t - 1), bytes) == 0 &&
                measure_view_context(view, type, t) < 0)
                memcpy(view->context + (long)view->contexts++ * shape->inputs,
                       input_at(view, type, t), bytes);
}

void measure_view_project(double *out, const struct measure_view *view, const double *x)
{
    for (int a = 0; a < MEASURE_AXES; a++) {
        out[a] = 0;
        for (int i = 0; i < view->network.units; i++)
            out[a] += (x[i] - view->mean[i]) * view->axis[(long)a * view->network.units + i];
    }
}

/* Principal components of evenly spread states, and the range on the first two. */
static bool find_axes(struct measure_view *view)
{
    const struct task_shape *shape = &view->candidate->shape;
    int n = view->network.units, all = shape->types * (shape->steps + 1);
    int samples = all < SAMPLES ? all : SAMPLES, k = samples < n ? samples : n;
    double *work = study_numbers((size_t)samples * (size_t)n + (size_t)k * (size_t)(n + 1));
    if (!work)
        return false;
    double *variance = work + (long)samples * n, *axis = variance + k;
    memset(view->mean, 0, sizeof(double) * (size_t)n);
    for (int s = 0; s < samples; s++) {
        memcpy(work + (long)s * n, view->state + (long)s * all / samples * n,
               sizeof(double) * (size_t)n);
        for (int i = 0; i < n; i++)
            view->mean[i] += work[(long)s * n + i] / samples;
    }
    bool good = dimension_components(variance, axis, work, samples, n);
    for (int a = 0; good && a < MEASURE_AXES && a < k; a++)
        memcpy(view->axis + (long)a * n, axis + (long)a * n, sizeof(double) * (size_t)n);
    free(work);
    for (int a = 0; a < 2; a++)
        view->range[a][0] = INFINITY, view->range[a][1] = -INFINITY;
    for (long s = 0; good && s < all; s++) {
        double score[MEASURE_AXES];
        measure_view_project(score, view, view->state + s * n);
        for (int a = 0; a < 2; a++) {
            view->range[a][0] = fmin(view->range[a][0], score[a]);
            view->range[a][1] = fmax(view->range[a][1], score[a]);
        }
    }
    for (int a = 0; a < 2; a++) {
        double margin = 0.25 * (view->range[a][1] - view->range[a][0]) + 1e-6;
        view->range[a][0] -= margin;
        view->range[a][1] += margin;
    }
    return good;
}

void measure_view_close(struct measure_view *view)
{
    network_free(&view->network);
    free(view->input);
}

int measure_view_twin(const struct study *study, int example)
{
    for (int e = 0; e < example; e++)
        if (study_same_start(study, study->example[e], study->example[example]))
            return e;
    return -1;
}

bool measure_view_open(struct measure_view *view, const char **why, const struct study *study,
                       int example, int moment)
{
    const struct study_solution *solution = &study->solution[study->example[example]];
    const struct study_candidate *c = &study->candidate[solution->candidate];
    const struct task_shape *shape = &c->shape;
    size_t n = (size_t)c->settings.network.units, types = (size_t)shape->types;
    size_t steps = (size_t)shape->steps, inputs = (size_t)shape->inputs;
    *view = (struct measure_view){.example = example, .moment = moment, .candidate = c};
    if (!study_network(study, &view->network, solution->candidate, solution->seed,
                       moment ? STUDY_LAST : STUDY_BEFORE, why))
        return false;
    *why = STUDY_NO_MEMORY;
    size_t spare = steps * (size_t)(shape->outputs + 1);
    view->input = calloc(types * steps * inputs + types * (steps + 1) * n +
                             MEASURE_CONTEXTS * inputs + n + MEASURE_AXES * n + spare,
                         sizeof(double));
    if (!view->input) {
        network_free(&view->network);
        return false;
    }
    view->state = view->input + types * steps * inputs;
    view->context = view->state + types * (steps + 1) * n;
    view->mean = view->context + MEASURE_CONTEXTS * inputs;
    view->axis = view->mean + n;
    double *target = view->axis + MEASURE_AXES * n;
    for (int type = 0; type < shape->types; type++) {
        struct task_trial trial = {type, view->input + (size_t)type * steps * inputs, target,
                                   target + steps * (size_t)shape->outputs};
        task_prototype(&trial, shape, &c->settings, type);
        landscape_run(view->state + (size_t)type * (steps + 1) * n, &view->network, trial.input,
                      shape->steps);
    }
    find_contexts(view);
    if (find_axes(view))
        return true;
    *why = "its states are not finite, or LAPACK did not converge";
    measure_view_close(view);
    return false;
}

bool measure_view_starts(double *start, int count, const struct measure_view *view, int context,
                         bool all)
{
    const struct task_shape *shape = &view->candidate->shape;
    int n = view->network.units, visited = 0;
    for (int type = 0; type < shape->types; type++)
        for (int t = 0; t < shape->steps; t++)
            visited += measure_view_context(view, type, t) == context;
    long seen = 0, taken = 0;
    for (int type = 0; type < shape->types; type++)
        for (int t = 0; t < shape->steps; t++) {
            if (measure_view_context(view, type, t) != context)
                continue;
            seen++;
            for (; taken < count && taken * visited < seen * count; taken++)
                memcpy(start + taken * n, measure_view_state(view, type, t + 1),
                       sizeof(double) * (size_t)n);
        }
    struct random_key key = random_key((uint64_t)view->example, 2, RANDOM_ANALYSIS);
    double *noise = study_numbers((size_t)n);
    for (int s = !all; noise && s < count; s += all ? 1 : 2) {
        random_normal(noise, key, (uint64_t)context, (uint64_t)s, n);
        for (int i = 0; i < n; i++)
            start[(long)s * n + i] += START_NOISE * noise[i];
    }
    free(noise);
    return noise != NULL;
}

void measure_view_scales(const struct study *study, struct output *output)
{
    char name[MEASURE_CONTEXTS][64] = {""};
    const char *pointer[MEASURE_CONTEXTS];
    struct measure_view view;
    const char *why;
    if (study->examples > 0 && measure_view_open(&view, &why, study, 0, 0)) {
        for (int k = 0; k < view.contexts; k++)
            for (int i = 0, length = 0; i < view.network.inputs && length < 50; i++)
                length += snprintf(name[k] + length, sizeof name[k] - (size_t)length, "%s%.4g",
                                   i ? " " : "", view.context[(long)k * view.network.inputs + i]);
        measure_view_close(&view);
    }
    for (int k = 0; k < MEASURE_CONTEXTS; k++)
        pointer[k] = name[k];
    output_names(output, "context", pointer, MEASURE_CONTEXTS,
                 "Constant input u that lasts for two steps or more (of the first example); empty: "
                 "no such");
    static const char *const moments[] = {"before", "after"};
    output_names(output, "moment", moments, MEASURE_MOMENTS, "Before and after learning");
}
