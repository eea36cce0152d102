/* What can be read from noisy trials of the learned, frozen networks, and when. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "model/trial.h"
#include "numbers/decoding.h"

enum { BINS = 20, REPEATS = 10, TRIALS = 400, VARIABLES = 4, LETTERS = VARIABLES - 1 };

enum { ACCURACY, SHUFFLED, SELECTIVITY, DATASETS };

static const struct measure_dataset dataset[DATASETS + 1] = {
    [ACCURACY] = {"accuracy", "example variable time time_b", "",
                  "Share of trials decoded rightly, trained at time, tested at time_b; ridge "
                  "regression, 10 random splits into halves with the same conditions, 10 noisy "
                  "trials a condition",
                  "Meyers et al. 2008, J. Neurophysiol. 100:1407"},
    [SHUFFLED] = {"shuffled", "example variable time", "",
                  "The same at one time with shuffled labels", NULL},
    [SELECTIVITY] = {"selectivity", "example variable time unit", "",
                     "eta squared: share of a unit's variance over trials that the variable "
                     "explains",
                     NULL},
};

/* Trials that no lifetime has: their numbers start here. */
static const uint64_t FIRST_TRIAL = 1ull << 32;

/* Noisy trials of one network. */
struct trials {
    int count, units;
    double *x;     /* mean rates [count, BINS, N] */
    int *type;     /* [count] */
    double *score; /* sum of window and target of output 0 [count] */
};

static void trials_free(struct trials *trials)
{
    free(trials->x);
    free(trials->type);
    free(trials->score);
}

/* Mean rates of one trial in BINS bins. */
static void fill_bins(double *x, const struct trial *trial, int units)
{
    int steps = trial->shape.steps;
    memset(x, 0, sizeof(double) * BINS * (size_t)units);
    for (int b = 0; b < BINS; b++) {
        int from = b * steps / BINS, to = (b + 1) * steps / BINS;
        to = to > from ? to : from + 1;
        for (int t = from; t < to; t++)
            for (int i = 0; i < units; i++)
                x[b * units + i] += trial_rate(trial, t + 1, i) / (to - from);
    }
}

/* Runs REPEATS trials a condition; false when memory runs out. */
static bool run_trials(struct trials *trials, const struct study *study,
                       const struct network *network, const struct study_solution *solution)
{
    const struct study_candidate *c = &study->candidate[solution->candidate];
    int count = REPEATS * c->shape.types < TRIALS ? REPEATS * c->shape.types : TRIALS;
    size_t n = (size_t)network->units, rows = (size_t)count;
    *trials = (struct trials){count, network->units, study_numbers(rows * BINS * n),
                              malloc(sizeof(int) * rows), study_numbers(rows)};
    struct trial trial;
    struct rule rule;
    rule_create(&rule, &c->settings);
    if (!trials->x || !trials->type || !trials->score ||
        trial_create(&trial, &c->settings, &c->shape, NULL)) {
        trials_free(trials);
        return false;
    }
    trial_start(&trial);
    for (int h = 0; h < count; h++) {
        trial_draw(&trial, network, &rule, &c->settings,
                   study_task_seed(study, solution->candidate, solution->seed),
                   FIRST_TRIAL + (uint64_t)h);
        trial_run(&trial, network, &rule, &c->settings);
        fill_bins(trials->x + (long)h * BINS * network->units, &trial, network->units);
        trials->type[h] = trial.task.type;
        trials->score[h] = 0;
        for (int t = 0; t < c->shape.steps; t++)
            trials->score[h] +=
                trial.task.window[t] * trial.task.target[(long)t * c->shape.outputs];
    }
    trial_free(&trial);
    return true;
}

/* Labels of one variable: 0 the wanted answer, v the letter v of the condition's name. False when
 * the task has no such variable. */
static bool fill_labels(int *label, const struct trials *trials, const struct study *study,
                        int candidate, int variable)
{
    int low = 26, high = 0;
    size_t length = 0;
    for (int h = 0; h < trials->count; h++) {
        char name[32];
        study_condition(study, candidate, trials->type[h], name);
        size_t here = strlen(name);
        if (variable == 0) {
            label[h] = trials->score[h] > 0;
        } else {
            if (here > LETTERS || (size_t)variable > here || (h && here != length) ||
                !isupper((unsigned char)name[variable - 1]))
                return false;
            label[h] = name[variable - 1] - 'A';
        }
        length = here;
        low = label[h] < low ? label[h] : low;
        high = label[h] > high ? label[h] : high;
    }
    return high > low;
}

static bool read_variable(double *const *data, const struct study *study,
                          const struct trials *trials, const int *label, long place)
{
    double *eta = study_numbers((size_t)(BINS * trials->units));
    unsigned long seed = (unsigned long)place;
    bool good = eta &&
                decoding_cross(data[ACCURACY] + place * BINS * BINS, trials->x, label, trials->type,
                               trials->count, BINS, trials->units, seed) &&
                decoding_shuffled(data[SHUFFLED] + place * BINS, trials->x, label, trials->type,
                                  trials->count, BINS, trials->units, seed);
    if (good)
        decoding_selectivity(eta, trials->x, label, trials->count, BINS, trials->units);
    for (int i = 0; !good && i < BINS * BINS; i++)
        data[ACCURACY][place * BINS * BINS + i] = data[SHUFFLED][place * BINS + i / BINS] = NAN;
    for (int b = 0; good && b < BINS; b++)
        memcpy(data[SELECTIVITY] + (place * BINS + b) * study->units, eta + (long)b * trials->units,
               sizeof(double) * (size_t)trials->units);
    free(eta);
    return good;
}

static void read_example(double *const *data, struct study *study, int example)
{
    int s = study->example[example];
    const struct study_solution *solution = &study->solution[s];
    const char *why;
    struct network network;
    struct trials trials;
    if (!study_network(study, &network, solution->candidate, solution->seed, STUDY_LAST, &why)) {
        study_leave(study, s, why);
        return;
    }
    bool good = run_trials(&trials, study, &network, solution);
    network_free(&network);
    if (!good) {
        study_leave(study, s, STUDY_NO_MEMORY);
        return;
    }
    int *label = malloc(sizeof(int) * (size_t)trials.count);
    for (int v = 0; label && v < VARIABLES; v++)
        if (fill_labels(label, &trials, study, solution->candidate, v) &&
            !read_variable(data, study, &trials, label, (long)example * VARIABLES + v))
            study_leave(study, s, STUDY_NUMERIC);
    if (!label)
        study_leave(study, s, STUDY_NO_MEMORY);
    free(label);
    trials_free(&trials);
}

static void make_scales(const struct study *study, struct output *file)
{
    static const char *const variable[VARIABLES] = {"answer", "letter 1", "letter 2", "letter 3"};
    double time[BINS];
    const struct study_candidate *first = &study->candidate[0];
    for (int b = 0; b < BINS; b++)
        time[b] = (b + 0.5) * first->shape.steps * first->settings.network.dt / BINS;
    output_names(file, "variable", variable, VARIABLES,
                 "What is decoded: the wanted answer, a letter of the condition's name");
    output_numbers(file, "time", time, BINS, "ms", "Centre of a time bin");
    output_numbers(file, "time_b", time, BINS, "ms", "Centre of the bin of the test");
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    (void)error;
    if (study->candidates == 0)
        return STATUS_OK;
    make_scales(study, out->file);
    bool good = measure_take(out, 0, DATASETS - 1);
    for (int e = 0; good && e < study->examples; e++)
        read_example(out->data, study, e);
    return good ? STATUS_OK : STATUS_FAILED;
}

const struct measure measure_decoding = {
    .name = "decoding",
    .sentence = "Cross-temporal decoding and selectivity of units in noisy trials.",
    .dataset = dataset,
    .run = run,
};
