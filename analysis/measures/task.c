/* How well the task is learned. C candidates, E evaluations, V held-out seeds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive/standing.h"
#include "base/linalg.h"
#include "measures/measure.h"
#include "model/task.h"
#include "numbers/psychometric.h"

enum { BINS = 100, QUARTILES = 3 };
static const double quartile[QUARTILES] = {0.25, 0.5, 0.75};

enum {
    LEARNING_CURVE,
    ACCURACY,
    CRITERION,
    REACHED,
    LOSS,
    HELD_OUT_LOSS,
    LAST_EVALUATION,
    STANDING,
    END_LOSS,
    END_LOSS_ERROR,
    END_ACCURACY,
    END_FINITE,
    END_SEEDS,
    END_ITERATION,
    FROZEN_ACCURACY,
    OUTPUT,
    STIMULUS,
    CHOICE,
    CHOICE_FIT,
    TEST_LOSS,
    TEST_LOSS_ERROR,
    TEST_ACCURACY,
    TEST_FINITE,
    TEST_SEEDS,
    TEST_DIFFERENCE,
    TEST_DIFFERENCE_ERROR,
    DATASETS
};

static const struct measure_dataset dataset[DATASETS + 1] = {
    [LEARNING_CURVE] = {"learning_curve", "candidate evaluation quartile bin", "reward",
                        "Mean reward in a block of trials, quartiles over held-out seeds", "(8)"},
    [ACCURACY] = {"accuracy", "candidate evaluation held_out_seed", "",
                  "Share of correct trials in the last quarter of the lifetime", NULL},
    [CRITERION] = {"trials_to_criterion", "candidate evaluation held_out_seed", "trials",
                   "End of the first 100 trials with more than 95 correct; NaN: never",
                   "Miconi 2017, eLife 6:e20899"},
    [REACHED] = {"reached", "candidate evaluation", "",
                 "Share of the seeds, diverged ones included, that reach the criterion", NULL},
    [LOSS] = {"loss", "candidate iterate", "", "Mean loss over training seeds", "(19)"},
    [HELD_OUT_LOSS] = {"held_out_loss", "candidate evaluation", "", "Mean loss over held-out seeds",
                       "(19)"},
    [LAST_EVALUATION] = {"last_evaluation", "candidate", "",
                         "Number of the evaluation of the last theta; NaN: there is none", NULL},
    [STANDING] = {"standing", "candidate", "",
                  "0 finished, 1 partly diverged, 2 unfinished, 3 diverged, 4 not evaluated; the "
                  "order of candidates is by this, then, of 1, by the most finite seeds, then by "
                  "the least loss",
                  NULL},
    [END_LOSS] = {"end_loss", "candidate", "",
                  "Mean loss over the finite seeds at the end of a candidate; without held-out "
                  "seeds in its last meta-iteration",
                  "(19)"},
    [END_LOSS_ERROR] = {"end_loss_error", "candidate", "", "Its standard error over seeds", NULL},
    [END_ACCURACY] = {"end_accuracy", "candidate", "", "Mean accuracy over the same seeds", NULL},
    [END_FINITE] = {"end_finite", "candidate", "seeds", "How many seeds are finite at the end",
                    NULL},
    [END_SEEDS] = {"end_seeds", "candidate", "seeds", "Of how many", NULL},
    [END_ITERATION] =
        {"end_iteration", "candidate", "",
         "Meta-iteration whose theta it stands on: the last that was run, or with test "
         "seeds, but in a population, the best of all evaluations",
         NULL},
    [FROZEN_ACCURACY] = {"frozen_accuracy", "candidate when held_out_seed", "",
                         "Share of trials answered correctly without exploration and learning, as "
                         "archived; before learning, and where no such trials were run: of the "
                         "recorded conditions",
                         NULL},
    [OUTPUT] = {"output", "candidate when condition step output_channel", "",
                "Output without noise and learning, mean over held-out seeds", "(7)"},
    [STIMULUS] = {"stimulus", "condition", "", "Graded stimulus", NULL},
    [CHOICE] = {"psychometric", "candidate when condition", "",
                "Share of seeds whose frozen network answers +", NULL},
    [CHOICE_FIT] = {"psychometric_fit", "candidate when coefficient", "",
                    "c and k of 1 / (1 + c exp(-k x)), maximum likelihood with a mild penalty",
                    NULL},
    [TEST_LOSS] = {"test_loss", "candidate tested", "",
                   "Mean loss over the finite test seeds, which were neither trained nor chosen on",
                   "(19)"},
    [TEST_LOSS_ERROR] = {"test_loss_error", "candidate tested", "", "Its standard error over seeds",
                         NULL},
    [TEST_ACCURACY] = {"test_accuracy", "candidate tested", "", "Mean accuracy over the same seeds",
                       NULL},
    [TEST_FINITE] = {"test_finite", "candidate tested", "seeds", "How many test seeds are finite",
                     NULL},
    [TEST_SEEDS] = {"test_seeds", "candidate", "seeds", "Of how many", NULL},
    [TEST_DIFFERENCE] =
        {"test_difference", "candidate", "",
         "Mean over test seeds of the loss of the chosen rule less that of the start "
         "rule, where both are finite",
         NULL},
    [TEST_DIFFERENCE_ERROR] = {"test_difference_error", "candidate", "",
                               "Its standard error over seeds", NULL},
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantile of the sorted values, linear between them (numpy's default). */
static double quantile(const double *sorted, int count, double share)
{
    if (count == 0)
        return NAN;
    double place = share * (count - 1);
    int below = (int)place;
    double part = place - below;
    return below + 1 < count ? sorted[below] + part * (sorted[below + 1] - sorted[below])
                             : sorted[below];
}

/* Means over blocks of `length` trials of every seed, then quartiles over seeds:
 * out [QUARTILES, bins]. value [V, bins], one bin more as workspace. */
static void fill_curve(double *out, double *value, float *reward, const struct study *study, int c,
                       int evaluation, int bins, int length)
{
    const struct study_candidate *candidate = &study->candidate[c];
    int seeds = 0, trials = (int)candidate->settings.learning.trials;
    for (int s = 0; s < candidate->held_out; s++) {
        if (!study_reward(study, reward, c, evaluation, s))
            continue;
        for (int b = 0; b < bins; b++) {
            double sum = 0;
            int end = (b + 1) * length < trials ? (b + 1) * length : trials;
            for (int h = b * length; h < end; h++)
                sum += reward[h];
            value[(long)b * candidate->held_out + seeds] =
                end > b * length ? sum / (end - b * length) : NAN;
        }
        seeds++;
    }
    for (int b = 0; b < bins; b++) {
        double *row = value + (long)b * candidate->held_out;
        qsort(row, (size_t)seeds, sizeof *row, compare);
        for (int q = 0; q < QUARTILES; q++)
            out[q * bins + b] = quantile(row, seeds, quartile[q]);
    }
}

static bool fill_curves(struct measure_output *out, const struct study *study)
{
    int trials = 1;
    for (int c = 0; c < study->candidates; c++)
        if (study->candidate[c].settings.learning.trials > trials)
            trials = (int)study->candidate[c].settings.learning.trials;
    int length = (trials + BINS - 1) / BINS, bins = (trials + length - 1) / length;
    double centre[BINS];
    for (int b = 0; b < bins; b++)
        centre[b] = (b + 0.5) * length + 0.5;
    output_numbers(out->file, "bin", centre, bins, "trials", "Centre of a block of trials");
    output_numbers(out->file, "quartile", quartile, QUARTILES, "", "Share of the seeds below");
    double *value = study_numbers((size_t)bins * (size_t)study->held_out);
    float *reward = malloc(sizeof *reward * (size_t)trials);
    bool good = measure_take(out, LEARNING_CURVE, LEARNING_CURVE) && value && reward;
    for (int c = 0; good && c < study->candidates; c++)
        for (int e = 0; e < study->candidate[c].evaluations; e++)
            fill_curve(out->data[LEARNING_CURVE] +
                           ((long)c * study->evaluations + e) * QUARTILES * bins,
                       value, reward, study, c, e, bins, length);
    free(value);
    free(reward);
    return good;
}

static void fill_slots(double *const *data, const struct study *study)
{
    size_t seeds = (size_t)study->held_out;
    for (int c = 0; c < study->candidates; c++) {
        const struct study_candidate *candidate = &study->candidate[c];
        for (int e = 0; e < candidate->evaluations; e++) {
            size_t row = (size_t)c * (size_t)study->evaluations + (size_t)e;
            int known = 0, reach = 0;
            for (int s = 0; s < candidate->held_out; s++) {
                int slot = e * candidate->held_out + s;
                data[ACCURACY][row * seeds + (size_t)s] = candidate->accuracy[slot];
                data[CRITERION][row * seeds + (size_t)s] = candidate->criterion[slot];
                known += candidate->done[slot] != 0;
                reach += !isnan(candidate->criterion[slot]);
            }
            if (known > 0)
                data[REACHED][row] = (double)reach / known;
        }
    }
}

/* Losses as archived, padded to the longest. */
static enum status fill_losses(double *const *data, const struct study *study, struct error *error)
{
    enum status status = STATUS_OK;
    for (int c = 0; c < study->candidates && !status; c++) {
        const struct study_candidate *candidate = &study->candidate[c];
        struct archive *archive = study->archive[candidate->archive].archive;
        status = archive_read_curve(archive, data[LOSS] + (long)c * (study->iterations + 1),
                                    candidate->index, ARCHIVE_LOSS, error);
        if (!status)
            status = archive_read_curve(archive, data[HELD_OUT_LOSS] + (long)c * study->evaluations,
                                        candidate->index, ARCHIVE_HELD_OUT_LOSS, error);
    }
    return status;
}

/* How one candidate stands. Losses on training seeds are not compared with those on held-out ones of
 * other archives. */
static void fill_standing(double *const *data, const struct study *study,
                          const struct standing *standing, int c)
{
    bool compared = study->held_out == 0 || study->candidate[c].held_out > 0;
    bool ended = compared && standing->state != STANDING_UNFINISHED && standing->iteration >= 0;
    data[STANDING][c] = compared ? standing->state : STANDING_NONE;
    if (study->candidate[c].evaluations > 0)
        data[LAST_EVALUATION][c] = study->candidate[c].evaluations - 1;
    if (!ended)
        return;
    data[END_LOSS][c] = standing->loss[1];
    data[END_LOSS_ERROR][c] = standing->loss_error;
    data[END_ACCURACY][c] = standing->accuracy[1];
    data[END_FINITE][c] = standing->finite;
    data[END_SEEDS][c] = standing->seeds;
    data[END_ITERATION][c] = standing->iteration;
}

static void fill_test(double *const *data, const struct standing_test *test, int c)
{
    if (test->seeds == 0)
        return;
    data[TEST_SEEDS][c] = test->seeds;
    data[TEST_DIFFERENCE][c] = test->difference;
    data[TEST_DIFFERENCE_ERROR][c] = test->difference_error;
    for (int r = 0; r < TESTED_RULES; r++) {
        int place = c * TESTED_RULES + r;
        data[TEST_LOSS][place] = test->loss[r];
        data[TEST_LOSS_ERROR][place] = test->loss_error[r];
        data[TEST_ACCURACY][place] = test->accuracy[r];
        if (test->run[r] == test->seeds)
            data[TEST_FINITE][place] = test->finite[r];
    }
}

static enum status fill_standings(double *const *data, const struct study *study,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    for (int a = 0; a < study->archives && !status; a++) {
        const struct study_archive *archive = &study->archive[a];
        struct standing *standing = error_calloc(
            error, (unsigned long)archive->space.candidates + 1, sizeof *standing, "standings");
        status = standing ? standing_read(standing, archive->archive, &archive->space, error)
                          : STATUS_FAILED;
        for (int64_t i = 0; i < archive->space.candidates && !status; i++) {
            fill_standing(data, study, &standing[i], archive->first + (int)i);
            fill_test(data, &standing[i].test, archive->first + (int)i);
        }
        free(standing);
    }
    return status;
}

/* Frozen networks in noise-free trials. */
struct frozen {
    double *accuracy;         /* as archived, or else in the recorded conditions [C, whens, V] */
    double *output;           /* mean over seeds [C, whens, types, steps, O] */
    double *choice;           /* share of positive answers [C, whens, types], not a dataset yet */
    struct task_trial *trial; /* prototypes of the candidate at hand [types] */
    double *full;             /* output of one trial [T, O] */
};

/* One network's answers, from its recorded rates; steps between two records count like the later
 * one. */
static void judge(struct frozen *frozen, const struct study *study, int c, enum study_when when,
                  int seed, const double *readout, const double *rates, int *seeds)
{
    const struct study_candidate *candidate = &study->candidate[c];
    const struct task_shape *shape = &candidate->shape;
    int n = (int)candidate->settings.network.units, outputs = shape->outputs, right = 0;
    int stride = task_steps(candidate->interval, candidate->settings.network.dt);
    long place = (long)c * STUDY_WHENS + when;
    for (int type = 0; type < shape->types; type++) {
        double positive = 0;
        for (int k = 0; k < candidate->steps; k++) {
            const double *rate = rates + ((long)type * candidate->steps + k) * n;
            for (int t = k * stride; t < (k + 1) * stride; t++)
                linalg_gemv(frozen->full + (long)t * outputs, readout, n, rate, outputs, n, 1, 0,
                            0);
            double *mean = frozen->output +
                           ((place * study->types + type) * study->steps + k) * study->outputs;
            for (int o = 0; o < outputs; o++)
                mean[o] =
                    (isnan(mean[o]) ? 0 : mean[o]) + frozen->full[(long)k * stride * outputs + o];
        }
        for (int t = candidate->steps * stride; t < shape->steps; t++)
            memcpy(frozen->full + (long)t * outputs, frozen->full + (long)(t - 1) * outputs,
                   sizeof(double) * (size_t)outputs);
        const struct task_trial *trial = &frozen->trial[type];
        right += task_correct(trial, frozen->full, shape, &candidate->settings);
        for (long t = 0; t < shape->steps; t++)
            positive += trial->window[t] * frozen->full[t * outputs];
        double *choice = &frozen->choice[place * study->types + type];
        *choice = (isnan(*choice) ? 0 : *choice) + (positive > 0);
    }
    double *accuracy = &frozen->accuracy[place * study->held_out + seed];
    if (isnan(*accuracy))
        *accuracy = (double)right / shape->types;
    ++*seeds;
}

static void judge_candidate(struct frozen *frozen, struct study *study, int c)
{
    const struct study_candidate *candidate = &study->candidate[c];
    for (int when = 0; when < STUDY_WHENS; when++) {
        int seeds = 0;
        for (int s = 0; s < candidate->held_out; s++) {
            struct network network;
            frozen->accuracy[((long)c * STUDY_WHENS + when) * study->held_out + s] =
                study_frozen(study, c, s, (enum study_when)when);
            double *rates = study_rates(study, c, s, (enum study_when)when, NULL);
            bool known =
                rates && (study_network(study, &network, c, s, (enum study_when)when, NULL) ||
                          study_network(study, &network, c, s, STUDY_BEFORE, NULL));
            if (known) {
                judge(frozen, study, c, (enum study_when)when, s, network.readout, rates, &seeds);
                network_free(&network);
            }
            free(rates);
        }
        long place = (long)c * STUDY_WHENS + when, size = (long)study->steps * study->outputs;
        for (long i = 0; i < study->types * size; i++)
            frozen->output[place * study->types * size + i] /= seeds;
        for (int i = 0; i < study->types; i++)
            frozen->choice[place * study->types + i] /= seeds;
        if (seeds == 0 && candidate->held_out > 0)
            study_note(study, "task: outputs of frozen networks: no representations of some "
                              "candidates yet, or not recorded (record.representations)");
    }
}

/* Prototypes of all conditions in one piece of memory; NULL when there is none. */
static struct task_trial *prototypes(const struct study_candidate *candidate)
{
    const struct task_shape *shape = &candidate->shape;
    size_t width = (size_t)(shape->inputs + shape->outputs + 1), steps = (size_t)shape->steps;
    struct task_trial *trial =
        calloc(1, (size_t)shape->types * (sizeof *trial + sizeof(double) * width * steps));
    double *memory = (double *)(trial + shape->types);
    for (int type = 0; trial && type < shape->types; type++) {
        trial[type].input = memory;
        trial[type].target = memory + steps * (size_t)shape->inputs;
        trial[type].window = trial[type].target + steps * (size_t)shape->outputs;
        task_prototype(&trial[type], shape, &candidate->settings, type);
        memory += width * steps;
    }
    return trial;
}

/* The numbers on the task's scale; NULL where conditions are categories, else what they are. */
static const char *graded(double *stimulus, const struct study *study)
{
    if (study->candidates == 0 || study->candidate[0].shape.types != study->types)
        return NULL;
    const struct settings *settings = &study->candidate[0].settings;
    const struct task *task = task_of(settings);
    for (int i = 0; i < study->types && task->stimulus; i++)
        stimulus[i] = task->stimulus(settings, i);
    return study->types > 1 && task->stimulus ? task->scale : NULL;
}

/* Choices against the stimulus, where conditions are graded; false when memory runs out. */
static bool fill_psychometric(struct measure_output *out, const struct study *study,
                              const double *choice)
{
    static const char *const names[] = {"c", "k"};
    double *stimulus = study_numbers((size_t)study->types);
    bool good = stimulus != NULL;
    const char *scale = good ? graded(stimulus, study) : NULL;
    if (scale) {
        measure_describe(out, STIMULUS, "Graded stimulus: %s", scale);
        output_names(out->file, "coefficient", names, 2, "Coefficient of the psychometric curve");
        good = measure_take(out, STIMULUS, CHOICE_FIT);
        size_t types = (size_t)study->types, rows = (size_t)study->candidates * STUDY_WHENS;
        if (good) {
            memcpy(out->data[STIMULUS], stimulus, sizeof(double) * types);
            memcpy(out->data[CHOICE], choice, sizeof(double) * rows * types);
        }
        for (size_t row = 0; good && row < rows; row++)
            if (!isnan(choice[row * types]))
                psychometric_fit(out->data[CHOICE_FIT] + 2 * row, stimulus, choice + row * types,
                                 study->types);
    }
    free(stimulus);
    return good;
}

static bool fill_frozen(struct measure_output *out, struct study *study)
{
    size_t rows = (size_t)study->candidates * STUDY_WHENS;
    struct frozen frozen = {.accuracy = out->data[FROZEN_ACCURACY],
                            .output = out->data[OUTPUT],
                            .choice = study_numbers(rows * (size_t)study->types)};
    bool good = frozen.choice != NULL;
    for (int c = 0; good && c < study->candidates; c++) {
        const struct task_shape *shape = &study->candidate[c].shape;
        frozen.trial = prototypes(&study->candidate[c]);
        frozen.full = study_numbers((size_t)shape->steps * (size_t)shape->outputs);
        good = frozen.trial && frozen.full;
        if (good)
            judge_candidate(&frozen, study, c);
        free(frozen.trial);
        free(frozen.full);
    }
    good = good && fill_psychometric(out, study, frozen.choice);
    free(frozen.choice);
    return good;
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    if (!fill_curves(out, study) || !measure_take(out, ACCURACY, OUTPUT) ||
        (study->tests > 0 && !measure_take(out, TEST_LOSS, TEST_DIFFERENCE_ERROR)))
        return STATUS_FAILED;
    fill_slots(out->data, study);
    enum status status = fill_losses(out->data, study, error);
    if (!status)
        status = fill_standings(out->data, study, error);
    return status || fill_frozen(out, study) ? status : STATUS_FAILED;
}

const struct measure measure_task = {
    .name = "task",
    .sentence = "Learning curves, trials to criterion, frozen accuracy, psychometric curves.",
    .dataset = dataset,
    .run = run,
};
