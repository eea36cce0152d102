/* What the examples answered, trial by trial: single answers are not archived, so their last lifetimes
 * are run once more, which gives the same bits. T steps, O outputs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "model/lifetime.h"

#define MOST_FLOPS 1e11 /* of all lifetimes: longer ones are not worth this figure */

enum { BLOCKS = 40 };
enum { FIRST, WANTED, RIGHT, DATASETS };

static const struct measure_dataset dataset[DATASETS + 1] = {
    [FIRST] =
        {"first", "example block", "",
         "Response bias: share of a block's trials whose mean output in the window is above 0, "
         "or, of several outputs, largest in the first",
         NULL},
    [WANTED] = {"wanted", "example block", "", "The same share of the targets", NULL},
    [RIGHT] = {"right", "example block", "", "Share of correct answers, of those that count", NULL},
};

/* Sums over the blocks of one lifetime. */
struct watch {
    int length; /* trials of a block */
    double trials[BLOCKS], first[BLOCKS], wanted[BLOCKS], counted[BLOCKS], right[BLOCKS];
};

/* Whether the mean in the window is above 0, or largest in the first of several outputs [T, O]. */
static bool is_first(const double *value, const struct task_trial *trial,
                     const struct task_shape *shape)
{
    double first = 0, other = -INFINITY;
    for (int o = 0; o < shape->outputs; o++) {
        double sum = 0;
        for (int t = 0; t < shape->steps; t++)
            sum += trial->window[t] * value[(long)t * shape->outputs + o];
        if (o == 0)
            first = sum;
        else
            other = fmax(other, sum);
    }
    return shape->outputs == 1 ? first > 0 : first > other;
}

static bool watch_trial(void *context, const struct lifetime *lifetime, int h)
{
    struct watch *watch = context;
    const struct trial *trial = &lifetime->trial;
    int block = h / watch->length;
    unsigned char judgement = lifetime_judgement(lifetime);
    watch->trials[block]++;
    watch->first[block] += is_first(trial->output, &trial->task, &trial->shape);
    watch->wanted[block] += is_first(trial->task.target, &trial->task, &trial->shape);
    watch->counted[block] += judgement != LIFETIME_UNCOUNTED;
    watch->right[block] += judgement == 1;
    return true;
}

/* Runs the lifetime of the candidate's last evaluation on the held-out seed; NULL, or why there is
 * nothing. */
static const char *run_again(struct watch *watch, const struct study *study, int candidate,
                             int seed, double *theta, float *reward)
{
    const struct study_candidate *c = &study->candidate[candidate];
    struct search_extent extent = search_extent(&c->settings);
    int row = search_evaluated_iteration(&extent, c->evaluations - 1);
    struct archive *archive = study->archive[c->archive].archive;
    struct lifetime lifetime;
    if (archive_read_curve(archive, theta, c->index, ARCHIVE_THETA, NULL) ||
        !study_reward(study, reward, candidate, c->evaluations - 1, seed))
        return STUDY_NOT_THERE;
    if (lifetime_create(&lifetime, &c->settings, (struct lifetime_gradient){0}, false, NULL))
        return STUDY_NO_MEMORY;
    const struct lifetime_observer observer = {.context = watch, .trial = watch_trial};
    lifetime_run(&lifetime, study_task_seed(study, candidate, seed),
                 theta + (long)row * c->parameters, &observer);
    bool same = memcmp(lifetime.reward, reward, sizeof *reward * (size_t)lifetime.trials) == 0;
    lifetime_free(&lifetime);
    return same ? NULL : "its lifetime comes out otherwise on this machine than in the archive";
}

/* One example; false when memory runs out. */
static bool take(double *const *data, struct study *study, int example)
{
    const struct study_solution *solution = &study->solution[study->example[example]];
    const struct study_candidate *c = &study->candidate[solution->candidate];
    int trials = (int)c->settings.learning.trials;
    struct watch watch = {.length = (trials + BLOCKS - 1) / BLOCKS};
    double *theta = study_numbers((size_t)(c->iterations + 1) * (size_t)c->parameters);
    float *reward = malloc(sizeof *reward * (size_t)trials);
    bool good = theta && reward;
    const char *why =
        good ? run_again(&watch, study, solution->candidate, solution->seed, theta, reward) : NULL;
    if (why)
        study_leave(study, study->example[example], why);
    for (int b = 0; good && !why && b < BLOCKS && watch.trials[b] > 0; b++) {
        long place = (long)example * BLOCKS + b;
        data[FIRST][place] = watch.first[b] / watch.trials[b];
        data[WANTED][place] = watch.wanted[b] / watch.trials[b];
        data[RIGHT][place] = watch.counted[b] > 0 ? watch.right[b] / watch.counted[b] : NAN;
    }
    free(theta);
    free(reward);
    return good;
}

/* The middles of the blocks of the first example: as a rule all have as many trials. */
static void make_scale(struct output *file, const struct study *study)
{
    double middle[BLOCKS];
    int candidate = study->examples > 0 ? study->solution[study->example[0]].candidate : -1;
    int trials = candidate < 0 ? 0 : (int)study->candidate[candidate].settings.learning.trials;
    int length = (trials + BLOCKS - 1) / BLOCKS;
    for (int b = 0; b < BLOCKS; b++)
        middle[b] = (b + 0.5) * length + 0.5;
    output_numbers(file, "block", middle, BLOCKS, "trials",
                   "Middle of a block of trials (of the first example)");
}

static double flops_of(const struct study *study, int example)
{
    const struct study_candidate *c =
        &study->candidate[study->solution[study->example[example]].candidate];
    struct rule rule;
    rule_create(&rule, &c->settings);
    return lifetime_flops(&c->settings, &rule, (struct lifetime_gradient){0});
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    (void)error;
    double flops = 0;
    for (int e = 0; e < study->examples; e++)
        flops += flops_of(study, e);
    if (flops > MOST_FLOPS) {
        study_note(study,
                   "answers: not measured: the examples' lifetimes take %.1g operations, more "
                   "than %.0g (--examples)",
                   flops, MOST_FLOPS);
        return STATUS_OK;
    }
    make_scale(out->file, study);
    bool good = measure_take(out, 0, DATASETS - 1);
    for (int e = 0; good && e < study->examples; e++)
        good = take(out->data, study, e);
    return good ? STATUS_OK : STATUS_FAILED;
}

const struct measure measure_answers = {
    .name = "answers",
    .sentence = "Response bias and correct answers of the examples, trial by trial.",
    .dataset = dataset,
    .run = run,
};
