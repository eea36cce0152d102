/* What the outer loop gained, step by step, and what the start rule does at other rates. C candidates,
 * M meta-iterations, E evaluations. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "search/pairs.h"

enum {
    TRAINING_LOSS,
    TRAINING_LOSS_ERROR,
    TRAINING_ACCURACY,
    TRAINING_ACCURACY_ERROR,
    TRAINING_FINITE,
    HELD_OUT_LOSS,
    HELD_OUT_LOSS_ERROR,
    HELD_OUT_ACCURACY,
    HELD_OUT_ACCURACY_ERROR,
    HELD_OUT_FINITE,
    ITERATION,
    CHANCE,
    NO_ANSWER,
    TUNED,
    TUNED_COUNT,
    DATASETS
};

#define ERROR "Its standard error over these seeds"

static const struct measure_dataset dataset[DATASETS + 1] = {
    [TRAINING_LOSS] = {"training_loss", "candidate iterate", "",
                       "Mean loss over the finite training seeds", "(19)"},
    [TRAINING_LOSS_ERROR] = {"training_loss_error", "candidate iterate", "", ERROR, NULL},
    [TRAINING_ACCURACY] = {"training_accuracy", "candidate iterate", "",
                           "Mean share of correct trials in the last quarter of the lifetime",
                           NULL},
    [TRAINING_ACCURACY_ERROR] = {"training_accuracy_error", "candidate iterate", "", ERROR, NULL},
    [TRAINING_FINITE] = {"training_finite", "candidate iterate", "seeds", "How many are finite",
                         NULL},
    [HELD_OUT_LOSS] = {"held_out_loss", "candidate evaluation", "",
                       "Mean loss over the finite held-out seeds", "(19)"},
    [HELD_OUT_LOSS_ERROR] = {"held_out_loss_error", "candidate evaluation", "", ERROR, NULL},
    [HELD_OUT_ACCURACY] = {"held_out_accuracy", "candidate evaluation", "",
                           "Mean share of correct trials in the last quarter of the lifetime",
                           NULL},
    [HELD_OUT_ACCURACY_ERROR] = {"held_out_accuracy_error", "candidate evaluation", "", ERROR,
                                 NULL},
    [HELD_OUT_FINITE] = {"held_out_finite", "candidate evaluation", "seeds", "How many are finite",
                         NULL},
    [ITERATION] = {"iteration", "candidate evaluation", "",
                   "Meta-iterations done before the evaluation", NULL},
    [CHANCE] = {"chance", "candidate", "",
                "Accuracy of a guess, of the task with its default fields; NaN: not known", NULL},
    [NO_ANSWER] =
        {"no_answer", "candidate", "reward",
         "Mean reward over the conditions of an output that stays 0; of binary reward the "
         "accuracy of a guess",
         "(8)"},
    [TUNED] =
        {"tuned", "candidate", "",
         "Rate-tuned opponent: the candidate whose start rule, which is the same on the same "
         "held-out seeds, is the best of those at several rates or clips; NaN: there is but one",
         NULL},
    [TUNED_COUNT] = {"tuned_count", "candidate", "", "Of how many that stay finite it is the best",
                     NULL},
};

/* The lifetimes of one theta, one for each seed: they come in a row. */
struct progress {
    double *const *data; /* of the datasets */
    const struct study *study;
    const struct study_archive *archive;
    int64_t candidate; /* -1: none yet */
    int32_t kind, round, run, room;
    double *loss, *accuracy; /* [room]; NAN: not finite */
};

static void end_round(struct progress *progress)
{
    if (progress->run == 0)
        return;
    const struct study *study = progress->study;
    bool held_out = progress->kind == JOB_EVALUATE;
    size_t c = (size_t)(progress->archive->first + progress->candidate);
    size_t width = (size_t)(held_out ? study->evaluations : study->iterations + 1);
    size_t place = c * width + (size_t)progress->round;
    double *const *data = progress->data + (held_out ? HELD_OUT_LOSS : TRAINING_LOSS);
    struct pairs_mean loss = pairs_mean(progress->loss, progress->run);
    struct pairs_mean accuracy = pairs_mean(progress->accuracy, progress->run);
    data[0][place] = loss.mean;
    data[1][place] = loss.error;
    data[2][place] = accuracy.mean;
    data[3][place] = accuracy.error;
    data[4][place] = (double)loss.count;
    progress->run = 0;
}

/* Of lifetimes at several points of a meta-iteration only those of theta itself count. */
static void take(void *context, const struct outcome *outcome)
{
    struct progress *progress = context;
    if (outcome->kind != JOB_TRAIN && outcome->kind != JOB_EVALUATE)
        return;
    if (outcome->candidate != progress->candidate || outcome->kind != progress->kind ||
        outcome->iteration != progress->round)
        end_round(progress);
    progress->candidate = outcome->candidate;
    progress->kind = outcome->kind;
    progress->round = outcome->iteration;
    const struct settings *settings =
        &progress->study->candidate[progress->archive->first + outcome->candidate].settings;
    if ((outcome->kind == JOB_TRAIN && outcome->seed >= settings->meta.seeds) ||
        progress->run == progress->room)
        return;
    bool learned = search_learned(outcome);
    progress->loss[progress->run] = learned ? outcome->loss : NAN;
    progress->accuracy[progress->run++] = learned ? outcome->accuracy : NAN;
}

static enum status fill_rounds(struct progress *progress, struct error *error)
{
    const struct study *study = progress->study;
    for (int c = 0; c < study->candidates; c++) {
        const struct study_candidate *candidate = &study->candidate[c];
        int seeds = (int)candidate->settings.meta.seeds;
        int most = candidate->held_out > seeds ? candidate->held_out : seeds;
        progress->room = most > progress->room ? most : progress->room;
        struct search_extent extent = search_extent(&candidate->settings);
        for (int e = 0; e < candidate->evaluations; e++)
            progress->data[ITERATION][(long)c * study->evaluations + e] =
                search_evaluated_iteration(&extent, e);
    }
    progress->loss = study_numbers((size_t)progress->room);
    progress->accuracy = study_numbers((size_t)progress->room);
    enum status status = progress->loss && progress->accuracy ? STATUS_OK : STATUS_FAILED;
    for (int a = 0; a < study->archives && !status; a++) {
        int64_t broken;
        progress->archive = &study->archive[a];
        progress->candidate = -1;
        status = archive_read_outcomes(progress->archive->archive, &broken, take, progress, error);
        end_round(progress);
    }
    free(progress->loss);
    free(progress->accuracy);
    return status;
}

/* The reward (8) of the prototype where the output stays 0. */
static double silence(const struct task_trial *trial, const struct task_shape *shape, bool square)
{
    double counted = 0, sum = 0;
    for (int t = 0; t < shape->steps; t++) {
        counted += trial->window[t];
        for (int o = 0; o < shape->outputs; o++) {
            double target = trial->target[(long)t * shape->outputs + o];
            sum += trial->window[t] * (square ? target * target : fabs(target));
        }
    }
    return -sum / (counted * shape->outputs);
}

/* What is to be had without learning. False when memory runs out. */
static bool fill_chance(double *const *data, const struct study *study)
{
    for (int c = 0; c < study->candidates; c++) {
        const struct study_candidate *candidate = &study->candidate[c];
        const struct task_shape *shape = &candidate->shape;
        int reward = candidate->settings.learning.reward;
        data[CHANCE][c] = task_of(&candidate->settings)->chance;
        data[NO_ANSWER][c] = reward == REWARD_BINARY ? data[CHANCE][c] : 0;
        size_t steps = (size_t)shape->steps, inputs = steps * (size_t)shape->inputs;
        double *memory = study_numbers(inputs + steps * (size_t)(shape->outputs + 1));
        if (!memory)
            return false;
        struct task_trial trial = {.input = memory,
                                   .target = memory + inputs,
                                   .window = memory + inputs + steps * (size_t)shape->outputs};
        for (int type = 0; type < shape->types && reward != REWARD_BINARY; type++) {
            task_prototype(&trial, shape, &candidate->settings, type);
            data[NO_ANSWER][c] += silence(&trial, shape, reward == REWARD_SQUARE) / shape->types;
        }
        free(memory);
    }
    return true;
}

/* Whether the loss of the start rule on held-out seeds does not depend on the parameter, or it is one
 * of those by which an opponent is tuned. */
static bool is_free(const char *name)
{
    static const char *const meta[] = {"meta.held_out_seeds", "meta.objective", "meta.loss_trials",
                                       "meta.l1"};
    for (size_t i = 0; i < sizeof meta / sizeof *meta; i++)
        if (strcmp(name, meta[i]) == 0)
            return false;
    return strcmp(name, "learning.rate") == 0 || strcmp(name, "learning.clip") == 0 ||
           strncmp(name, "meta.", 5) == 0 || strncmp(name, "record.", 7) == 0;
}

/* All other parameters as text, malloc'ed; NULL when memory runs out. */
static char *write_key(const struct study_candidate *candidate)
{
    char *text = NULL, value[SETTINGS_VALUE];
    size_t length;
    int count;
    const struct parameter *row = settings_parameters(&count);
    FILE *stream = open_memstream(&text, &length);
    for (int p = 0; stream && p < count; p++)
        if (!is_free(row[p].name)) {
            settings_get(&candidate->settings, row[p].name, value);
            fprintf(stream, "%s\n", value);
        }
    return stream && fclose(stream) == 0 ? text : NULL;
}

/* Whether the start rule stayed finite on all held-out seeds. */
static bool start_is_finite(double *const *data, const struct study *study, int c)
{
    int seeds = study->candidate[c].held_out;
    return seeds > 0 && data[HELD_OUT_FINITE][(long)c * study->evaluations] == seeds;
}

/* Whether its first evaluation was of other values than those it ends with. */
static bool breeds(const struct study *study, int c)
{
    return study->candidate[c].settings.meta.stopping.name == STOPPING_POPULATION;
}

/* The best start rule among those with the key of candidate c. */
static void tune(double *const *data, const struct study *study, char *const *key, int c)
{
    const struct settings *own = &study->candidate[c].settings;
    int best = -1, count = 0;
    bool several = false;
    for (int k = 0; k < study->candidates; k++) {
        if (strcmp(key[k], key[c]) != 0 || !start_is_finite(data, study, k) || breeds(study, k))
            continue;
        const struct settings *other = &study->candidate[k].settings;
        several |= other->learning.rate != own->learning.rate ||
                   other->learning.clip != own->learning.clip;
        count++;
        if (best < 0 || data[HELD_OUT_LOSS][(long)k * study->evaluations] <
                            data[HELD_OUT_LOSS][(long)best * study->evaluations])
            best = k;
    }
    if (several) {
        data[TUNED][c] = best;
        data[TUNED_COUNT][c] = count;
    }
}

/* False when memory runs out. */
static bool fill_tuned(double *const *data, const struct study *study)
{
    char **key = calloc((size_t)study->candidates + 1, sizeof *key);
    bool good = key != NULL;
    for (int c = 0; good && c < study->candidates; c++)
        good = (key[c] = write_key(&study->candidate[c])) != NULL;
    for (int c = 0; good && c < study->candidates; c++)
        if (study->candidate[c].iterations > 0)
            tune(data, study, key, c);
    for (int c = 0; key && c < study->candidates; c++)
        free(key[c]);
    free(key);
    return good;
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    struct progress progress = {.data = out->data, .study = study};
    if (!measure_take(out, 0, DATASETS - 1) || !fill_chance(out->data, study))
        return STATUS_FAILED;
    enum status status = fill_rounds(&progress, error);
    return status || fill_tuned(out->data, study) ? status : STATUS_FAILED;
}

const struct measure measure_progress = {
    .name = "progress",
    .sentence = "Loss and accuracy over meta-iterations, and what is had without them.",
    .dataset = dataset,
    .run = run,
};
