/* Replay records: all that an independent program needs to recompute one lifetime from the
 * equations. N units, T steps, H trials, P free parameters of that candidate; objects are made
 * with the file, lifetimes only fill them. */
#include "archive/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPLAY_THETA,
    REPLAY_COEFFICIENTS,
    REPLAY_RECURRENT,
    REPLAY_INPUT_WEIGHTS,
    REPLAY_READOUT,
    REPLAY_BIAS,
    REPLAY_MASK,
    REPLAY_CLAMPED_UNIT,
    REPLAY_CLAMPED_STATE,
    REPLAY_LOSS_WEIGHT,
    REPLAY_LOSS,
    REPLAY_GRADIENT,
    REPLAY_TYPE, /* from here on one entry a trial */
    REPLAY_INPUT,
    REPLAY_TARGET,
    REPLAY_WINDOW,
    REPLAY_X0,
    REPLAY_XBAR0,
    REPLAY_EXPLORATION,
    REPLAY_WEIGHT_NOISE,
    REPLAY_UNIT0,
    REPLAY_REWARD,
    REPLAY_OBJECTIVE,
    REPLAY_BASELINE,
    REPLAY_MODULATOR,
    REPLAY_ELIGIBILITY,
    REPLAY_WEIGHTS_AFTER,
    REPLAY_REWARD_DOT,
    REPLAY_OBJECTIVE_DOT,
    REPLAY_UPDATE_DOT,
    REPLAY_COUNT
};

// clang-format off
static const struct archive_field table[REPLAY_COUNT] = {
    [REPLAY_THETA] = {"theta", TYPE_F64, {DIM_PARAMETER}, FILL_LEAST, 0, "",
        "Free parameters, raw coordinates (logarithms of time constants)"},
    [REPLAY_COEFFICIENTS] = {"theta_lk", TYPE_F64, {DIM_L, DIM_K}, FILL_LEAST, 0, "",
        "All coefficients of Delta^l r^k (5)"},
    [REPLAY_RECURRENT] = {"weights/recurrent", TYPE_F64, {DIM_UNIT, DIM_UNIT_FROM}, FILL_LEAST, 0,
        "", "W before the first trial; row: postsynaptic (2)"},
    [REPLAY_INPUT_WEIGHTS] = {"weights/input", TYPE_F64, {DIM_UNIT, DIM_INPUT}, FILL_LEAST, 0, "",
        "W_in (2)"},
    [REPLAY_READOUT] = {"weights/readout", TYPE_F64, {DIM_OUTPUT, DIM_UNIT}, FILL_LEAST, 0, "",
        "W_out (7)"},
    [REPLAY_BIAS] = {"weights/bias", TYPE_F64, {DIM_UNIT}, FILL_LEAST, 0, "", "b (2)"},
    [REPLAY_MASK] = {"mask", TYPE_U8, {DIM_UNIT, DIM_UNIT_FROM}, FILL_LEAST, 0, "",
        "1 where a synapse exists; it multiplies mu and the weight noise (10)"},
    [REPLAY_CLAMPED_UNIT] = {"clamped_unit", TYPE_I32, {DIM_CLAMPED}, FILL_LEAST, 0, "",
        "Units whose state is fixed"},
    [REPLAY_CLAMPED_STATE] = {"clamped_state", TYPE_F64, {DIM_CLAMPED}, FILL_LEAST, 0, "", "Their x"},
    [REPLAY_LOSS_WEIGHT] = {"loss_weight", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, 0, "",
        "w_h of the loss (19)"},
    [REPLAY_LOSS] = {"loss", TYPE_F64, {DIM_NONE}, FILL_LEAST, 0, "",
        "Loss of this lifetime (19), without the penalty"},
    [REPLAY_GRADIENT] = {"gradient", TYPE_F64, {DIM_PARAMETER}, FILL_LEAST, 0, "",
        "Its derivative by theta, raw coordinates"},
    [REPLAY_TYPE] = {"type", TYPE_I32, {DIM_TRIAL}, FILL_LEAST, 0, "", "Trial type c"},
    [REPLAY_INPUT] = {"input", TYPE_F64, {DIM_TRIAL, DIM_STEP, DIM_INPUT}, FILL_NONE, 0, "",
        "Input u^t, t = 0 .. T-1 (2)"},
    [REPLAY_TARGET] = {"target", TYPE_F64, {DIM_TRIAL, DIM_STEP, DIM_OUTPUT}, FILL_NONE, 0, "",
        "Target y* of the outputs y^1 .. y^T (8)"},
    [REPLAY_WINDOW] = {"window", TYPE_F64, {DIM_TRIAL, DIM_STEP}, FILL_NONE, 0, "",
        "1 where the outputs y^1 .. y^T count (8)"},
    [REPLAY_X0] = {"x0", TYPE_F64, {DIM_TRIAL, DIM_UNIT}, FILL_NONE, 0, "",
        "State x^0 at the start of the trial"},
    [REPLAY_XBAR0] = {"xbar0", TYPE_F64, {DIM_TRIAL, DIM_UNIT}, FILL_NONE, 0, "",
        "Trace xbar^0 at the start of the trial"},
    [REPLAY_EXPLORATION] = {"exploration", TYPE_F64, {DIM_TRIAL, DIM_STEP, DIM_UNIT}, FILL_NONE, 0,
        "", "Exploration noise xi^t, t = 0 .. T-1 (2)"},
    [REPLAY_WEIGHT_NOISE] = {"weight_noise", TYPE_F64, {DIM_TRIAL, DIM_UNIT, DIM_UNIT_FROM},
        FILL_NONE, 0, "", "Weight noise eps (10); 0 in the warm-up"},
    [REPLAY_UNIT0] = {"unit0", TYPE_F64, {DIM_TRIAL, DIM_STATE}, FILL_NONE, 0, "",
        "Rate of unit 0, r^0 .. r^T (1)"},
    [REPLAY_REWARD] = {"reward", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, 0, "", "Reward R (8)"},
    [REPLAY_OBJECTIVE] = {"objective", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, 0, "",
        "What the loss counts of the trial in place of R (19)"},
    [REPLAY_BASELINE] = {"baseline", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, 0, "",
        "Running mean Rbar of the trial's type before it (11)"},
    [REPLAY_MODULATOR] = {"modulator", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, 0, "",
        "g(Rbar) (R - Rbar) (9); not applied in the warm-up"},
    [REPLAY_ELIGIBILITY] = {"eligibility", TYPE_F64, {DIM_TRIAL, DIM_UNIT, DIM_UNIT_FROM},
        FILL_NONE, 0, "", "Eligibility e^T (6)"},
    [REPLAY_WEIGHTS_AFTER] = {"weights_after", TYPE_F64, {DIM_TRIAL, DIM_UNIT, DIM_UNIT_FROM},
        FILL_NONE, 0, "", "W after the trial (10)"},
    [REPLAY_REWARD_DOT] = {"reward_dot", TYPE_F64, {DIM_TRIAL, DIM_PARAMETER}, FILL_NONE, 0, "",
        "R-dot (16); 0 in the warm-up"},
    [REPLAY_OBJECTIVE_DOT] = {"objective_dot", TYPE_F64, {DIM_TRIAL, DIM_PARAMETER}, FILL_NONE, 0,
        "", "The same of the objective; 0 in the warm-up"},
    [REPLAY_UPDATE_DOT] = {"update_dot", TYPE_F64,
        {DIM_TRIAL, DIM_UNIT, DIM_PARAMETER, DIM_UNIT_FROM}, FILL_NONE, 0, "",
        "mu-dot (17); 0 in the warm-up"},
};
// clang-format on

/* The resolved numbers, each a scalar in parameters/. */
struct number {
    const char *name;
    double value;
    const char *units, *description;
};
enum { NUMBERS = 23 };

static void numbers(struct number out[NUMBERS], const struct settings *settings,
                    const struct rule *rule, const struct task_shape *shape,
                    const struct lifetime_gradient *gradient)
{
    double dt = settings->network.dt;
    const struct number all[NUMBERS] = {
        {"N", (double)settings->network.units, "", "Units"},
        {"I", shape->inputs, "", "Input channels"},
        {"O", shape->outputs, "", "Output channels"},
        {"T", shape->steps, "", "Steps of a trial"},
        {"H", (double)settings->learning.trials, "", "Trials"},
        {"types", shape->types, "", "Trial types"},
        {"P", rule->parameters, "", "Free parameters"},
        {"degree", rule->degree, "", "Degree d of the polynomial (5)"},
        {"dt", dt, "ms", "Length of a step; also in (6)"},
        {"tau", settings->network.tau, "ms", "Time constant of the units (2)"},
        {"alpha", dt / settings->network.tau, "", "dt / tau (2)"},
        {"alpha_x", rule->trace_alpha, "", "Share of the old trace (3)"},
        {"tau_e", rule->tau_e, "ms", "Time constant of the eligibility, may be infinite (6)"},
        {"tau_w", rule->tau_w, "trials", "Time constant of the weights, may be infinite (10)"},
        {"carry_trace", rule->carry_trace, "", "1: xbar (and psi) go on from trial to trial"},
        {"eligibility_first_step", task_steps(settings->rule.eligibility_start, dt), "",
         "G^t counts from this t on (6)"},
        {"eta", settings->learning.rate, "", "Learning rate (9)"},
        {"clip", settings->learning.clip, "", "Bound of mu, may be infinite (9)"},
        {"beta", settings->learning.baseline_rate, "", "Rate of the running mean of R (11)"},
        {"sigma_w", settings->learning.weight_noise, "", "Size of the weight noise (10)"},
        {"warmup", (double)settings->learning.warmup, "trials",
         "First trials, in which the weights stay as they are"},
        {"gamma", gradient->discount, "", "Discount of U after each trial (18)"},
        {"reset_every", gradient->reset_every, "trials", "U = 0 every n trials; 0: never"},
    };
    memcpy(out, all, sizeof all);
}

/* Choices, by their names in the sweep file; each a text in parameters/. */
static const char *const choices[] = {"network.phi",    "learning.reward",   "learning.reward_gain",
                                      "meta.objective", "meta.rpe_gradient", "meta.estimator"};

void archive_replay_path(char path[ARCHIVE_PATH], const int64_t triple[3], const char *name)
{
    snprintf(path, ARCHIVE_PATH, "/replay/%lld-%lld-%lld%s%s", (long long)triple[0],
             (long long)triple[1], (long long)triple[2], *name ? "/" : "", name);
}

/* The adjoint knows no derivatives trial by trial, only the gradient. */
static bool wanted(const struct settings *settings, const struct rule *rule, int field)
{
    bool dotted =
        field == REPLAY_REWARD_DOT || field == REPLAY_OBJECTIVE_DOT || field == REPLAY_UPDATE_DOT;
    if (field == REPLAY_WEIGHT_NOISE)
        return settings->learning.weight_noise > 0;
    return !dotted || (rule->parameters > 0 && settings->meta.gradient == GRADIENT_TANGENT);
}

/* What the objects of one record depend on. */
struct shape {
    struct rule rule;
    struct task_shape task;
    hsize_t extent[DIM_COUNT];
};

static struct shape shape_of(const struct settings *settings)
{
    struct shape shape;
    rule_create(&shape.rule, settings);
    task_shape(&shape.task, settings);
    const hsize_t extent[DIM_COUNT] = {
        [DIM_PARAMETER] = (hsize_t)shape.rule.parameters,
        [DIM_TRIAL] = (hsize_t)settings->learning.trials,
        [DIM_STEP] = (hsize_t)shape.task.steps,
        [DIM_STATE] = (hsize_t)shape.task.steps + 1,
        [DIM_UNIT] = (hsize_t)settings->network.units,
        [DIM_UNIT_FROM] = (hsize_t)settings->network.units,
        [DIM_INPUT] = (hsize_t)shape.task.inputs,
        [DIM_OUTPUT] = (hsize_t)shape.task.outputs,
        [DIM_L] = (hsize_t)shape.rule.degree + 1,
        [DIM_K] = (hsize_t)shape.rule.degree + 1,
        [DIM_CLAMPED] = (hsize_t)settings->network.clamped.count,
    };
    memcpy(shape.extent, extent, sizeof extent);
    return shape;
}

double archive_replay_bytes(const struct space *space)
{
    const struct settings_integers *replay = &space->config->base.record.replay;
    double bytes = 0;
    for (int i = 0; i + 2 < replay->count; i += 3) {
        struct settings settings;
        space_settings(space, replay->value[i], &settings);
        struct shape shape = shape_of(&settings);
        for (int f = 0; f < REPLAY_COUNT; f++)
            if (wanted(&settings, &shape.rule, f))
                bytes += archive_field_bytes(&table[f], shape.extent);
    }
    return bytes;
}

/* Scales of one record; those of parameters and of time hold names and times. */
static enum status make_scales(hid_t scale[DIM_COUNT], hid_t file, const char *prefix,
                               const struct shape *shape, double dt, struct error *error)
{
    char name[RULE_PARAMETERS][RULE_NAME] = {{0}};
    for (int p = 0; p < shape->rule.parameters; p++)
        rule_name(&shape->rule, p, name[p]);
    const struct archive_marks marks[DIM_COUNT] = {
        [DIM_PARAMETER] = {name[0], RULE_NAME, 0}, [DIM_STEP] = {NULL, 0, dt}};
    static const enum archive_dim dims[] = {DIM_PARAMETER, DIM_TRIAL, DIM_STEP,      DIM_STATE,
                                            DIM_UNIT,      DIM_INPUT, DIM_UNIT_FROM, DIM_OUTPUT,
                                            DIM_L,         DIM_K,     DIM_CLAMPED};
    enum status status = STATUS_OK;
    for (size_t d = 0; !status && d < sizeof dims / sizeof *dims; d++)
        status = archive_make_scale(&scale[dims[d]], file, prefix, dims[d], shape->extent[dims[d]],
                                    &marks[dims[d]], error);
    return status;
}

/* parameters/: numbers are made empty and written with the lifetime, choices are known. */
static enum status make_parameters(hid_t file, const int64_t *triple,
                                   const struct settings *settings, const struct shape *shape,
                                   struct error *error)
{
    struct number number[NUMBERS];
    char path[ARCHIVE_PATH], name[SETTINGS_NAME + 16], text[SETTINGS_VALUE];
    const struct lifetime_gradient none = {.wanted = false};
    numbers(number, settings, &shape->rule, &shape->task, &none);
    enum status status = STATUS_OK;
    for (int n = 0; !status && n < NUMBERS; n++) {
        struct archive_field field = {.type = TYPE_F64,
                                      .fill = FILL_LEAST,
                                      .units = number[n].units,
                                      .description = number[n].description};
        snprintf(name, sizeof name, "parameters/%s", number[n].name);
        archive_replay_path(path, triple, name);
        status = archive_make_dataset(file, path, &field, NULL, NULL, error);
    }
    for (size_t c = 0; !status && c < sizeof choices / sizeof *choices; c++) {
        settings_get(settings, choices[c], text);
        snprintf(name, sizeof name, "parameters/%s", strchr(choices[c], '.') + 1);
        archive_replay_path(path, triple, name);
        status = archive_make_text(file, path, text, settings_find(choices[c])->sentence, error);
    }
    return status;
}

static enum status make_record(hid_t file, const int64_t *triple, const struct settings *settings,
                               struct error *error)
{
    struct shape shape = shape_of(settings);
    char path[ARCHIVE_PATH];
    hid_t scale[DIM_COUNT] = {0};
    archive_replay_path(path, triple, "resolved");
    char *resolved = settings_print(settings, true);
    enum status status =
        resolved
            ? archive_make_text(file, path, resolved, "Every parameter of the candidate", error)
            : error_add(error, STATUS_FAILED, "out of memory: resolved configuration");
    free(resolved);
    archive_replay_path(path, triple, "");
    if (!status)
        status = make_scales(scale, file, path, &shape, settings->network.dt, error);
    for (int f = 0; !status && f < REPLAY_COUNT; f++) {
        archive_replay_path(path, triple, table[f].path);
        if (wanted(settings, &shape.rule, f))
            status = archive_make_dataset(file, path, &table[f], shape.extent, scale, error);
    }
    archive_close_scales(scale);
    return status ? status : make_parameters(file, triple, settings, &shape, error);
}

enum status archive_replay_create(hid_t file, const struct space *space, struct error *error)
{
    const struct settings_integers *replay = &space->config->base.record.replay;
    enum status status = STATUS_OK;
    for (int i = 0; !status && i + 2 < replay->count; i += 3) {
        struct settings settings;
        char path[ARCHIVE_PATH];
        const int64_t *triple = &replay->value[i];
        archive_replay_path(path, triple, "");
        if (H5Lexists(file, "/replay", H5P_DEFAULT) > 0 && H5Lexists(file, path, H5P_DEFAULT) > 0)
            continue; // named twice
        space_settings(space, triple[0], &settings);
        status = make_record(file, triple, &settings, error);
    }
    return status;
}

bool archive_replays(const struct archive *archive, const struct job *job)
{
    const struct settings_integers *replay = &archive->sweep->config->base.record.replay;
    for (int i = 0; job->kind == JOB_TRAIN && i + 2 < replay->count; i += 3)
        if (replay->value[i] == job->candidate && replay->value[i + 1] == job->iteration &&
            replay->value[i + 2] == job->seed)
            return true;
    return false;
}

/* Writes entry `h` of a dataset of the record, or all of it when `h` is negative. */
static enum status put(struct archive *archive, const struct job *job, const char *name, hid_t type,
                       int h, const void *data, struct error *error)
{
    char path[ARCHIVE_PATH];
    archive_replay_path(path, (int64_t[]){job->candidate, job->iteration, job->seed}, name);
    hid_t dataset = H5Dopen2(archive->file, path, H5P_DEFAULT);
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset), memory = -1;
    herr_t result = -1;
    if (space >= 0 && h < 0) {
        result = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    } else if (space >= 0) {
        hsize_t start[ARCHIVE_RANK] = {(hsize_t)h}, count[ARCHIVE_RANK];
        int rank = H5Sget_simple_extent_dims(space, count, NULL);
        count[0] = 1;
        memory = H5Screate_simple(rank, count, NULL);
        result = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
        if (result >= 0)
            result = H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, data);
    }
    enum status status = STATUS_OK;
    if (result < 0)
        status = archive_complain(error, archive->path, path, "cannot write");
    if (memory >= 0)
        H5Sclose(memory);
    if (space >= 0)
        H5Sclose(space);
    if (dataset >= 0)
        H5Dclose(dataset);
    return status;
}

static enum status put_field(struct archive *archive, const struct job *job, int field, int h,
                             const void *data, struct error *error)
{
    return put(archive, job, table[field].path, archive_memory_type(&table[field]), h, data, error);
}

/* All synapses exist when there is no mask. */
static enum status put_mask(struct archive *archive, const struct job *job,
                            const struct network *network, struct error *error)
{
    size_t synapses = (size_t)network->units * (size_t)network->units;
    unsigned char *mask = error_calloc(error, synapses, 1, "a mask");
    if (!mask)
        return STATUS_FAILED;
    for (size_t s = 0; s < synapses; s++)
        mask[s] = network->mask ? network->mask[s] : 1;
    enum status status = put_field(archive, job, REPLAY_MASK, -1, mask, error);
    free(mask);
    return status;
}

/* w_h of (19): the last n trials alike. */
static enum status put_loss_weight(struct archive *archive, const struct job *job,
                                   const struct lifetime *lifetime, struct error *error)
{
    int trials = lifetime->trials, counted = (int)lifetime->settings->meta.loss_trials;
    counted = counted == 0 || counted > trials ? trials : counted;
    double *weight = error_calloc(error, (unsigned long)trials, sizeof *weight, "loss weights");
    if (!weight)
        return STATUS_FAILED;
    for (int h = trials - counted; h < trials; h++)
        weight[h] = 1.0 / counted;
    enum status status = put_field(archive, job, REPLAY_LOSS_WEIGHT, -1, weight, error);
    free(weight);
    return status;
}

static enum status put_numbers(struct archive *archive, const struct job *job,
                               const struct lifetime *lifetime, struct error *error)
{
    struct number number[NUMBERS];
    numbers(number, lifetime->settings, &lifetime->rule, &lifetime->shape, &lifetime->gradient);
    enum status status = STATUS_OK;
    for (int n = 0; !status && n < NUMBERS; n++) {
        char name[SETTINGS_NAME + 16];
        snprintf(name, sizeof name, "parameters/%s", number[n].name);
        status = put(archive, job, name, H5T_NATIVE_DOUBLE, -1, &number[n].value, error);
    }
    return status;
}

enum status archive_replay_begin(struct archive *archive, const struct job *job,
                                 const struct lifetime *lifetime, struct error *error)
{
    const struct network *network = &lifetime->network;
    int side = lifetime->rule.degree + 1;
    double coefficients[RULE_TERMS];
    for (int l = 0; l < side; l++)
        for (int k = 0; k < side; k++)
            coefficients[l * side + k] = rule_theta(&lifetime->rule, k, l);
    const struct {
        int field;
        const void *data;
    } part[] = {{REPLAY_THETA, job->theta},
                {REPLAY_COEFFICIENTS, coefficients},
                {REPLAY_RECURRENT, network->recurrent},
                {REPLAY_INPUT_WEIGHTS, network->input},
                {REPLAY_READOUT, network->readout},
                {REPLAY_BIAS, network->bias},
                {REPLAY_CLAMPED_UNIT, network->clamped_unit},
                {REPLAY_CLAMPED_STATE, network->clamped_state}};
    enum status status = put_numbers(archive, job, lifetime, error);
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++) {
        bool clamped =
            part[i].field == REPLAY_CLAMPED_UNIT || part[i].field == REPLAY_CLAMPED_STATE;
        if (clamped ? network->clamped > 0
                    : part[i].field != REPLAY_THETA || lifetime->rule.parameters > 0)
            status = put_field(archive, job, part[i].field, -1, part[i].data, error);
    }
    if (!status)
        status = put_mask(archive, job, network, error);
    return status ? status : put_loss_weight(archive, job, lifetime, error);
}

/* Tangents and weight noise of trial `h`; the warm-up has none. */
static enum status put_tangents(struct archive *archive, const struct job *job,
                                const struct lifetime *lifetime, int h, struct error *error)
{
    const struct tangent *tangent = &lifetime->tangent;
    bool learns = h >= lifetime->settings->learning.warmup;
    size_t parameters = (size_t)lifetime->rule.parameters;
    size_t n = (size_t)lifetime->network.units;
    double *zero = error_calloc(error, n * n * (parameters + 1), sizeof *zero, "a replay record");
    if (!zero)
        return STATUS_FAILED;
    const struct {
        int field;
        const double *data;
    } part[] = {{REPLAY_REWARD_DOT, tangent->reward},
                {REPLAY_OBJECTIVE_DOT, tangent->objective},
                {REPLAY_UPDATE_DOT, tangent->update},
                {REPLAY_WEIGHT_NOISE, lifetime->weight_noise}};
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++)
        if (part[i].data)
            status = put_field(archive, job, part[i].field, h, learns ? part[i].data : zero, error);
    free(zero);
    return status;
}

enum status archive_replay_trial(struct archive *archive, const struct job *job,
                                 const struct lifetime *lifetime, int h, struct error *error)
{
    const struct trial *trial = &lifetime->trial;
    size_t states = (size_t)lifetime->shape.steps + 1;
    int32_t type = trial->task.type;
    double *unit0 = error_calloc(error, states, sizeof *unit0, "a replay record");
    if (!unit0)
        return STATUS_FAILED;
    for (size_t t = 0; t < states; t++)
        unit0[t] = trial_rate(trial, (long)t, 0);
    const struct {
        int field;
        const void *data;
    } part[] = {{REPLAY_TYPE, &type},
                {REPLAY_INPUT, trial->task.input},
                {REPLAY_TARGET, trial->task.target},
                {REPLAY_WINDOW, trial->task.window},
                {REPLAY_X0, trial->start_state},
                {REPLAY_XBAR0, trial->start_trace},
                {REPLAY_EXPLORATION, trial->noise},
                {REPLAY_UNIT0, unit0},
                {REPLAY_REWARD, &trial->reward},
                {REPLAY_OBJECTIVE, &trial->objective},
                {REPLAY_BASELINE, &lifetime->baseline_used},
                {REPLAY_MODULATOR, &lifetime->modulator},
                {REPLAY_ELIGIBILITY, trial->eligibility},
                {REPLAY_WEIGHTS_AFTER, lifetime->network.recurrent}};
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof part / sizeof *part; i++)
        status = put_field(archive, job, part[i].field, h, part[i].data, error);
    free(unit0);
    return status ? status : put_tangents(archive, job, lifetime, h, error);
}

enum status archive_replay_end(struct archive *archive, const struct archive_result *result,
                               struct error *error)
{
    const struct outcome *outcome = result->outcome;
    if (!archive_replays(archive, result->job))
        return STATUS_OK;
    enum status status = put_field(archive, result->job, REPLAY_LOSS, -1, &outcome->loss, error);
    if (!status && result->lifetime->rule.parameters > 0)
        status = put_field(archive, result->job, REPLAY_GRADIENT, -1, outcome->gradient, error);
    return status;
}
