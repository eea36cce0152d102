/* Two passes over different trials of a network that does not learn meanwhile, so that the error of
 * g has nothing to do with that of the eligibilities. The first gives the mean rewards and the
 * gradient g of the mean loss, by the adjoint of each trial alone; the second the eligibilities E_k
 * of all columns, all at once, of which only products are kept. A third one has the damage: in each pair
 * of trials one has the eligibilities, the other the second derivative of the loss. N units, K columns,
 * H trials. */
#include "model/efficiency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "model/hessian.h"

#define FIRST_TRIAL ((uint64_t)1 << 40)
#define FIRST_PAIR  ((uint64_t)1 << 48)

static const double KINK = 0.1; /* half width of the bell (33), next to targets of about 1 */

enum { STATE, TRIALS, REWARD, ACCURACY, GRADIENT, GRADIENT_NOISE, HEAD };

struct work {
    const struct efficiency_plan *plan;
    struct lifetime lifetime;
    struct rule bare; /* of the adjoint, which needs nothing of the rule but its trace */
    struct adjoint adjoint;
    struct hessian hessian;
    double *form;        /* V_k' H V_l of the eligibilities [K, K] */
    double *gradient;    /* g where a synapse exists, else 0 [N, N] */
    double *eligibility; /* E_k [K, N, N] */
    double *projection;  /* <E_k, -g> [H, K] */
    double *reward;      /* R [H] */
    int *type;           /* of the trial [H] */
    double *mean;        /* Rbar [types] */
    int *count;          /* trials of the type [types] */
    double *own;         /* mean projections [types, K] */
    double *rate;        /* r^0..r^(T-1) in double [T, N] */
};

long efficiency_numbers(int columns, bool damage)
{
    return HEAD + columns + (damage ? 4L : 2L) * columns * columns;
}

struct efficiency efficiency_read(const double *numbers, int columns, bool damage)
{
    const double *array = numbers + HEAD;
    long square = (long)columns * columns;
    return (struct efficiency){
        .state = (enum lifetime_state)numbers[STATE],
        .trials = numbers[TRIALS],
        .reward = numbers[REWARD],
        .accuracy = numbers[ACCURACY],
        .gradient = numbers[GRADIENT],
        .gradient_noise = numbers[GRADIENT_NOISE],
        .signal = array,
        .covariance = array + columns,
        .gram = array + columns + square,
        .damage = damage ? array + columns + 2 * square : NULL,
        .damage_error = damage ? array + columns + 3 * square : NULL,
    };
}

uint64_t efficiency_trial(int stage, int pass, int h)
{
    if (pass == 2)
        return FIRST_PAIR + (uint64_t)stage * EFFICIENCY_TRIALS + (uint64_t)h;
    return FIRST_TRIAL + (uint64_t)(2 * stage + pass) * EFFICIENCY_TRIALS + (uint64_t)h;
}

static long square(const struct work *work)
{
    return (long)work->lifetime.network.units * work->lifetime.network.units;
}

static void drop(struct work *work)
{
    adjoint_free(&work->adjoint);
    hessian_free(&work->hessian);
    lifetime_free(&work->lifetime);
    free(work->form);
    free(work->gradient);
    free(work->eligibility);
    free(work->projection);
    free(work->reward);
    free(work->type);
    free(work->mean);
    free(work->count);
    free(work->own);
    free(work->rate);
}

static enum status take_pairs(struct work *work, struct error *error)
{
    int columns = work->plan->columns;
    work->form = error_calloc(error, (size_t)columns * (size_t)columns, sizeof(double),
                              "the damage of changes");
    return work->form ? hessian_create(&work->hessian, &work->lifetime.shape,
                                       work->lifetime.network.units, columns, error)
                      : STATUS_FAILED;
}

static enum status take(struct work *work, const struct efficiency_plan *plan, struct error *error)
{
    const char *what = "the efficiency of a network";
    *work = (struct work){.plan = plan};
    struct lifetime *lifetime = &work->lifetime;
    if (lifetime_create(lifetime, plan->settings, (struct lifetime_gradient){0}, false, error))
        return STATUS_FAILED;
    work->bare = (struct rule){.trace_alpha = lifetime->rule.trace_alpha,
                               .carry_trace = lifetime->rule.carry_trace};
    size_t columns = (size_t)plan->columns, trials = (size_t)plan->trials;
    size_t types = (size_t)lifetime->shape.types, synapses = (size_t)square(work);
    work->gradient = error_calloc(error, synapses, sizeof(double), what);
    work->eligibility = error_calloc(error, columns * synapses, sizeof(double), what);
    work->projection = error_calloc(error, trials * columns, sizeof(double), what);
    work->reward = error_calloc(error, trials, sizeof(double), what);
    work->type = error_calloc(error, trials, sizeof(int), what);
    work->mean = error_calloc(error, types, sizeof(double), what);
    work->count = error_calloc(error, types, sizeof(int), what);
    work->own = error_calloc(error, types * columns, sizeof(double), what);
    work->rate = error_calloc(error, (size_t)(lifetime->shape.steps * lifetime->network.units),
                              sizeof(double), what);
    bool all = work->gradient && work->eligibility && work->projection && work->reward &&
               work->type && work->mean && work->count && work->own && work->rate;
    if (!all || adjoint_create(&work->adjoint, &work->bare, &lifetime->shape,
                               lifetime->network.units, lifetime->trial.in_single, error))
        return STATUS_FAILED;
    return plan->pairs > 0 ? take_pairs(work, error) : STATUS_OK;
}

/* ---- to the stage ---- */

struct watch {
    const struct efficiency_plan *plan;
    int last; /* trial */
    bool stopped;
};

static bool poll(const struct efficiency_plan *plan)
{
    return !plan->poll || plan->poll(plan->context);
}

static bool look(void *context, const struct lifetime *lifetime, int h)
{
    struct watch *watch = context;
    (void)lifetime;
    watch->stopped = !poll(watch->plan);
    return h < watch->last && !watch->stopped;
}

/* STATUS_OK with *alive false: it diverged on its way. */
static enum status learn(struct work *work, bool *alive, uint64_t task_seed, int stage)
{
    struct lifetime *lifetime = &work->lifetime;
    struct watch watch = {work->plan, stage - 1, false};
    struct lifetime_observer observer = {&watch, look, NULL};
    if (stage == 0)
        lifetime_begin(lifetime, task_seed, work->plan->theta);
    else
        lifetime_run(lifetime, task_seed, work->plan->theta, &observer);
    *alive = lifetime->state != LIFETIME_DIVERGED;
    return watch.stopped ? STATUS_INTERRUPTED : STATUS_OK;
}

/* ---- the passes ---- */

/* Trial `h` of `pass`; false: it diverged. */
static bool run_trial(struct work *work, int stage, int pass, int h)
{
    struct lifetime *lifetime = &work->lifetime;
    trial_draw(&lifetime->trial, &lifetime->network, &lifetime->rule, lifetime->settings,
               lifetime->task_seed, efficiency_trial(stage, pass, h));
    trial_run(&lifetime->trial, &lifetime->network, &lifetime->rule, lifetime->settings);
    return lifetime->trial.finite;
}

/* The adjoint of the trial that was run. The loss is that trial's objective: nothing comes from trials
 * behind it. */
static void go_back(struct work *work)
{
    const struct lifetime *lifetime = &work->lifetime;
    const struct adjoint_step step = {.loss_weight = 1, .reset = true};
    adjoint_trial(&work->adjoint, &lifetime->trial, &lifetime->network, &work->bare, &step);
}

/* Adds dL/dW of the trial that was run, and returns its square. */
static double add_gradient(struct work *work)
{
    const struct adjoint *adjoint = &work->adjoint;
    const unsigned char *mask = work->lifetime.network.mask;
    double sum = 0;
    go_back(work);
    for (long s = 0; s < square(work); s++) {
        double g = adjoint->in_single ? adjoint->single.weight[s] : adjoint->weight[s];
        if (mask && !mask[s])
            g = 0;
        work->gradient[s] += g;
        sum += g * g;
    }
    return sum;
}

/* (27): of the mean over n trials |g|^2 is too large by what the trials differ, of which products of
 * different trials are free. */
static enum status first_pass(struct work *work, double *numbers, bool *alive, int stage)
{
    struct lifetime *lifetime = &work->lifetime;
    int trials = work->plan->trials, types = lifetime->shape.types;
    double squares = 0;
    adjoint_start(&work->adjoint, &work->bare, &lifetime->shape);
    for (int h = 0; h < trials && *alive; h++) {
        if (!poll(work->plan))
            return STATUS_INTERRUPTED;
        *alive = run_trial(work, stage, 0, h);
        squares += add_gradient(work);
        work->mean[lifetime->trial.task.type] += lifetime->trial.reward;
        work->count[lifetime->trial.task.type]++;
    }
    for (int c = 0; c < types; c++)
        work->mean[c] /= work->count[c] > 0 ? work->count[c] : 1;
    double sum = linalg_dot(work->gradient, work->gradient, square(work));
    for (long s = 0; s < square(work); s++)
        work->gradient[s] /= trials;
    numbers[GRADIENT] = (sum - squares) / trials / (trials - 1);
    numbers[GRADIENT_NOISE] = squares / trials;
    return STATUS_OK;
}

/* As the learner of that name, in either precision. */
static void fill_noise(double *out, struct work *work)
{
    const struct trial *trial = &work->lifetime.trial;
    int n = trial->units, steps = trial->shape.steps;
    for (int s = 0; s < n * steps; s++)
        work->rate[s] = trial_rate(trial, s / n, s % n);
    linalg_gemm(out, n, trial->noise, n, work->rate, n, n, n, steps, 1, 0, 1, 0);
}

static void fill_eligibility(struct work *work)
{
    struct lifetime *lifetime = &work->lifetime;
    const unsigned char *mask = lifetime->network.mask;
    for (int k = 0; k < work->plan->columns; k++) {
        const struct efficiency_column *column = &work->plan->column[k];
        double *out = work->eligibility + k * square(work);
        if (column->noise)
            fill_noise(out, work);
        else
            trial_term(out, &lifetime->trial, &column->term, column->tau_e, lifetime->settings);
        for (long s = 0; s < square(work) && mask; s++)
            if (!mask[s])
                out[s] = 0;
    }
}

/* |Rbar| or 1, as in (9). */
static double gain_of(const struct work *work, int type)
{
    bool absolute = work->plan->settings->learning.reward_gain == GAIN_ABSOLUTE;
    return absolute ? fabs(work->mean[type]) : 1;
}

/* The trial that was run is the `h`th that counts. */
static void take_trial(struct work *work, double *gram, int h)
{
    const struct trial *trial = &work->lifetime.trial;
    int columns = work->plan->columns, count = (int)square(work), type = trial->task.type;
    double m = gain_of(work, type) * (trial->reward - work->mean[type]);
    fill_eligibility(work);
    work->reward[h] = trial->reward;
    work->type[h] = type;
    linalg_gemv(work->projection + (long)h * columns, work->eligibility, count, work->gradient,
                columns, count, -1, 0, 0);
    linalg_gemm(gram, columns, work->eligibility, count, work->eligibility, count, columns, columns,
                count, m * m, 1, 0, 1);
}

/* Means within types of the second pass. */
static void find_means(struct work *work, int trials)
{
    int columns = work->plan->columns, types = work->lifetime.shape.types;
    memset(work->count, 0, sizeof(int) * (size_t)types);
    memset(work->mean, 0, sizeof(double) * (size_t)types);
    memset(work->own, 0, sizeof(double) * (size_t)types * (size_t)columns);
    for (long h = 0; h < trials; h++) {
        int type = work->type[h];
        work->count[type]++;
        work->mean[type] += work->reward[h];
        for (int k = 0; k < columns; k++)
            work->own[type * columns + k] += work->projection[h * columns + k];
    }
    for (int c = 0; c < types; c++) {
        double share = work->count[c] > 0 ? 1.0 / work->count[c] : 0;
        work->mean[c] *= share;
        for (int k = 0; k < columns; k++)
            work->own[c * columns + k] *= share;
    }
}

/* c (28) as the covariance of reward and projection within types, with the covariance of its error.
 * The product with m would hold the error of Rbar times the mean of the projection, which for some
 * terms is far larger than what of it follows the reward. */
static void find_signal(struct work *work, double *signal, double *covariance, int trials)
{
    int columns = work->plan->columns;
    find_means(work, trials);
    for (long h = 0; h < trials; h++) {
        int type = work->type[h], count = work->count[type];
        double *part = work->projection + h * columns;
        double m = gain_of(work, type) * (work->reward[h] - work->mean[type]);
        double free = count > 1 ? count / (count - 1.0) : 0;
        for (int k = 0; k < columns; k++) {
            part[k] = free * m * (part[k] - work->own[type * columns + k]);
            signal[k] += part[k] / trials;
        }
    }
    for (long h = 0; h < trials; h++)
        for (int k = 0; k < columns; k++)
            work->projection[h * columns + k] -= signal[k];
    linalg_gemm(covariance, columns, work->projection, columns, work->projection, columns, columns,
                columns, trials, 1.0 / trials / (trials - 1), 0, 1, 0);
}

/* (28). Trials of a type that the first pass did not meet have no modulator. */
static enum status second_pass(struct work *work, double *numbers, bool *alive, int stage)
{
    struct lifetime *lifetime = &work->lifetime;
    int trials = 0, columns = work->plan->columns;
    double *signal = numbers + HEAD, *covariance = signal + columns;
    double *gram = covariance + (long)columns * columns, correct = 0, counted = 0;
    for (int h = 0; h < work->plan->trials && *alive; h++) {
        if (!poll(work->plan))
            return STATUS_INTERRUPTED;
        *alive = run_trial(work, stage, 1, h);
        if (!*alive || work->count[lifetime->trial.task.type] == 0)
            continue;
        take_trial(work, gram, trials++);
        unsigned char right = lifetime_judgement(lifetime);
        numbers[REWARD] += lifetime->trial.reward;
        correct += right == 1;
        counted += right != LIFETIME_UNCOUNTED;
    }
    *alive &= trials > 1;
    if (!*alive)
        return STATUS_OK;
    find_signal(work, signal, covariance, trials);
    for (long k = 0; k < (long)columns * columns; k++)
        gram[k] /= trials;
    numbers[TRIALS] = trials;
    numbers[REWARD] /= trials;
    numbers[ACCURACY] = counted > 0 ? correct / counted : NAN;
    return STATUS_OK;
}

/* Adds to the sums of D (34) and of its squares what pair h has. Where types come in turn, the second
 * trials of pairs fall behind by one each turn, so that each type meets each. False: a trial diverged.
 */
static bool add_pair(struct work *work, double *damage, double *squares, int stage, int h)
{
    struct lifetime *lifetime = &work->lifetime;
    const struct trial *trial = &lifetime->trial;
    long columns = work->plan->columns;
    if (!run_trial(work, stage, 2, h))
        return false;
    int type = trial->task.type;
    double m = gain_of(work, type) * (trial->reward - work->mean[type]);
    fill_eligibility(work);
    if (!run_trial(work, stage, 2, EFFICIENCY_PAIRS + h + h / lifetime->shape.types))
        return false;
    go_back(work);
    hessian_forms(work->form, &work->hessian, trial, &lifetime->network, &work->adjoint,
                  lifetime->settings, work->eligibility, KINK);
    for (long k = 0; k < columns * columns; k++) {
        double one = m * m * work->form[k];
        damage[k] += one;
        squares[k] += one * one;
    }
    return true;
}

/* (34), with the mean rewards of the second pass. */
static enum status third_pass(struct work *work, double *numbers, bool *alive, int stage)
{
    int pairs = work->plan->pairs, columns = work->plan->columns;
    long square = (long)columns * columns;
    double *damage = numbers + HEAD + columns + 2 * square, *error = damage + square;
    for (int h = 0; h < pairs && *alive; h++) {
        if (!poll(work->plan))
            return STATUS_INTERRUPTED;
        *alive = add_pair(work, damage, error, stage, h);
    }
    for (long k = 0; k < square && *alive; k++) {
        damage[k] /= pairs;
        error[k] = sqrt(fmax(error[k] / pairs - damage[k] * damage[k], 0) / (pairs - 1));
    }
    return STATUS_OK;
}

static bool are_finite(const double *numbers, const struct efficiency_plan *plan)
{
    for (long i = GRADIENT; i < efficiency_numbers(plan->columns, plan->pairs > 0); i++)
        if (!isfinite(numbers[i]))
            return false;
    return true;
}

enum status efficiency_measure(double *numbers, const struct efficiency_plan *plan,
                               uint64_t task_seed, int stage, struct error *error)
{
    struct work work;
    bool alive = false;
    memset(numbers, 0, sizeof(double) * (size_t)efficiency_numbers(plan->columns, plan->pairs > 0));
    enum status status = take(&work, plan, error);
    if (!status)
        status = learn(&work, &alive, task_seed, stage);
    if (!status && alive)
        status = first_pass(&work, numbers, &alive, stage);
    if (!status && alive)
        status = second_pass(&work, numbers, &alive, stage);
    if (!status && alive && plan->pairs > 0)
        status = third_pass(&work, numbers, &alive, stage);
    alive = alive && are_finite(numbers, plan);
    numbers[STATE] = alive ? LIFETIME_DONE : LIFETIME_DIVERGED;
    drop(&work);
    return status;
}
