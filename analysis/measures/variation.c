/* All trials of a variation run together, so that a step is one product of matrices. R trials, T
 * steps, N units, I inputs, O outputs. */
#include "measures/variation.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/random.h"

#define FARTHER 10 /* starting states */

/* Adds a variation, unless it is not allowed or no other trial comes out. */
static int add(struct measure_variation *out, int count, const char *what, double factor)
{
    struct measure_variation *v = &out[count];
    struct settings_problems problems = {0};
    snprintf(v->name, sizeof v->name, "%s x %g", what, factor);
    task_check(&v->settings, &problems);
    if (problems.count || count == MEASURE_VARIATIONS - 1)
        return count;
    task_shape(&v->shape, &v->settings);
    const struct task_shape *old = &out[0].shape;
    bool same = v->shape.types == old->types && v->shape.inputs == old->inputs &&
                v->shape.outputs == old->outputs;
    return same && v->shape.steps > 0 ? count + 1 : count;
}

int measure_variations(struct measure_variation out[MEASURE_VARIATIONS],
                       const struct study_candidate *candidate)
{
    static const double factor[] = {0.5, 2};
    const struct settings *trained = &candidate->settings;
    const struct settings_field *field = task_of(trained)->fields;
    int count = 1;
    snprintf(out[0].name, sizeof out[0].name, "trained");
    out[0].settings = *trained;
    out[0].shape = candidate->shape;
    for (int f = 0; field && field[f].name; f++) {
        bool time = field[f].type == PARAMETER_DURATION && strcmp(field[f].name, "response") != 0;
        double value = trained->task.value[f];
        for (int k = 0; k < 2 && value > 0 && (time || strcmp(field[f].name, "level") == 0); k++) {
            out[count].settings = *trained;
            out[count].settings.task.value[f] = value * factor[k];
            count = add(out, count, field[f].name, factor[k]);
        }
    }
    out[count].settings = *trained;
    out[count].settings.network.initial_state *= FARTHER;
    return trained->network.initial_state > 0 ? add(out, count, "start", FARTHER) : count;
}

/* The trials of a variation, as they run. */
struct runs {
    const struct network *network;
    const struct measure_variation *variation;
    int rows;                 /* R = types times repeats; row r has type r / repeats */
    struct task_trial *trial; /* [types] */
    double *input, *x, *rate, *next,
        *output; /* the first [types, T, I + O + 1]; [R, N], [R, T, O] */
};

static bool runs_create(struct runs *runs, const struct network *network,
                        const struct measure_variation *variation)
{
    const struct task_shape *shape = &variation->shape;
    size_t steps = (size_t)shape->steps, types = (size_t)shape->types;
    assert(shape->types > 0);
    size_t each = steps * (size_t)(shape->inputs + shape->outputs + 1);
    *runs = (struct runs){network, variation, shape->types * MEASURE_REPEATS};
    size_t rows = (size_t)runs->rows, states = rows * (size_t)network->units;
    runs->trial = calloc(types, sizeof *runs->trial);
    runs->input =
        calloc(types * each + 4 * states + rows * steps * (size_t)shape->outputs, sizeof(double));
    if (!runs->trial || !runs->input) {
        free(runs->trial);
        free(runs->input);
        return false;
    }
    runs->x = runs->input + types * each;
    runs->rate = runs->x + states;
    runs->next = runs->rate + 2 * states; // slopes stand between them
    runs->output = runs->next + states;
    for (size_t t = 0; t < types; t++) {
        double *own = runs->input + t * each;
        double *target = own + steps * (size_t)shape->inputs;
        runs->trial[t] =
            (struct task_trial){(int)t, own, target, target + steps * (size_t)shape->outputs};
        task_prototype(&runs->trial[t], shape, &variation->settings, (int)t);
    }
    return true;
}

static void runs_free(struct runs *runs)
{
    free(runs->trial);
    free(runs->input);
}

static void set_rates(struct runs *runs)
{
    int n = runs->network->units;
    double *slope = runs->rate + (long)runs->rows * n;
    for (long r = 0; r < runs->rows; r++)
        network_rate(runs->network, runs->rate + r * n, slope + r * n, runs->x + r * n);
}

/* The same starting state for all types of a repeat. */
static void place(struct runs *runs)
{
    long n = runs->network->units;
    double far = runs->variation->settings.network.initial_state;
    for (int r = 0; r < runs->rows; r++) {
        double *x = runs->x + r * n;
        random_uniform(x, random_key(0, 4, RANDOM_ANALYSIS), 0, (uint64_t)(r % MEASURE_REPEATS), n);
        for (long i = 0; i < n; i++)
            x[i] = far * (2 * x[i] - 1);
        network_clamp(runs->network, x);
    }
    set_rates(runs);
}

/* (2) and (7); the rates are those of the state, before and after. */
static void step(struct runs *runs, int t)
{
    const struct network *network = runs->network;
    const struct task_shape *shape = &runs->variation->shape;
    int n = network->units, inputs = shape->inputs, outputs = shape->outputs;
    linalg_gemm(runs->next, n, runs->rate, n, network->recurrent, n, runs->rows, n, n, 1, 0, 0, 1);
    for (long r = 0; r < runs->rows; r++) {
        double *x = runs->x + r * n, *next = runs->next + r * n;
        const double *u = runs->trial[r / MEASURE_REPEATS].input + (long)t * inputs;
        linalg_gemv(next, network->input, inputs, u, n, inputs, 1, 1, 0);
        for (int i = 0; i < n; i++)
            x[i] += network->alpha * (next[i] + network->bias[i] - x[i]);
        network_clamp(network, x);
    }
    set_rates(runs);
    for (long r = 0; r < runs->rows; r++)
        linalg_gemv(runs->output + (r * shape->steps + t) * outputs, network->readout, n,
                    runs->rate + r * n, outputs, n, 1, 0, 0);
}

/* Adds one trial to the answers of its type; returns its mean |y - y*|. */
static double tell(double *answer, const struct task_trial *trial, const double *output,
                   const struct task_shape *shape)
{
    double weight = 0, loss = 0;
    for (int t = 0; t < shape->steps; t++)
        weight += trial->window[t];
    for (int t = 0; t < shape->steps; t++)
        for (int o = 0; o < shape->outputs && trial->window[t] > 0; o++) {
            double y = output[t * shape->outputs + o], part = trial->window[t] / weight;
            answer[o] += part * y / MEASURE_REPEATS;
            loss += part * fabs(y - trial->target[t * shape->outputs + o]) / shape->outputs;
        }
    return loss;
}

bool measure_variation_run(double *answer, double *loss, double *accuracy,
                           const struct network *network, const struct measure_variation *variation)
{
    const struct task_shape *shape = &variation->shape;
    const struct settings *settings = &variation->settings;
    const struct task *task = task_of(settings);
    struct runs runs;
    if (!runs_create(&runs, network, variation))
        return false;
    place(&runs);
    for (int t = 0; t < shape->steps; t++)
        step(&runs, t);
    int counted = 0, right = 0;
    memset(answer, 0, sizeof(double) * (size_t)shape->types * (size_t)shape->outputs);
    *loss = 0;
    for (int r = 0; r < runs.rows; r++) {
        const struct task_trial *trial = &runs.trial[r / MEASURE_REPEATS];
        const double *output = runs.output + (long)r * shape->steps * shape->outputs;
        *loss +=
            tell(answer + (long)trial->type * shape->outputs, trial, output, shape) / runs.rows;
        if (!task->counts || task->counts(settings, trial->type)) {
            counted++;
            right += task_correct(trial, output, shape, settings);
        }
    }
    *accuracy = counted ? (double)right / counted : NAN;
    runs_free(&runs);
    return true;
}

double measure_variation_cost(const struct study *study)
{
    double all = 0;
    struct measure_variation *variation = malloc(MEASURE_VARIATIONS * sizeof *variation);
    for (int s = 0; variation && s < study->solutions; s++) {
        const struct study_candidate *c = &study->candidate[study->solution[s].candidate];
        double n = (double)c->settings.network.units;
        int count = measure_variations(variation, c);
        for (int v = 0; v < count; v++)
            all += 2 * n * n * variation[v].shape.steps * c->shape.types * MEASURE_REPEATS;
    }
    free(variation);
    return all;
}
