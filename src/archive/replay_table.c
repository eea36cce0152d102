/* N units, T steps, H trials, P free parameters of that candidate. */
#include "archive/replay_table.h"

#include <stdio.h>
#include <string.h>

// clang-format off
const struct archive_field archive_replay_table[REPLAY_COUNT] = {
    [REPLAY_THETA] = {"theta", TYPE_F64, {DIM_PARAMETER}, FILL_LEAST, "",
        "Free parameters, raw coordinates (logarithms of time constants)"},
    [REPLAY_COEFFICIENTS] = {"theta_lk", TYPE_F64, {DIM_L, DIM_K}, FILL_LEAST, "",
        "All coefficients of Delta^l r^k (5)"},
    [REPLAY_RECURRENT] = {"weights/recurrent", TYPE_F64, {DIM_UNIT, DIM_UNIT_FROM}, FILL_LEAST, "", "W before the first trial; row: postsynaptic (2)"},
    [REPLAY_INPUT_WEIGHTS] = {"weights/input", TYPE_F64, {DIM_UNIT, DIM_INPUT}, FILL_LEAST, "",
        "W_in (2)"},
    [REPLAY_READOUT] = {"weights/readout", TYPE_F64, {DIM_OUTPUT, DIM_UNIT}, FILL_LEAST, "",
        "W_out (7)"},
    [REPLAY_BIAS] = {"weights/bias", TYPE_F64, {DIM_UNIT}, FILL_LEAST, "", "b (2)"},
    [REPLAY_MASK] = {"mask", TYPE_U8, {DIM_UNIT, DIM_UNIT_FROM}, FILL_LEAST, "",
        "1 where a synapse exists; it multiplies mu and the weight noise (10)"},
    [REPLAY_CLAMPED_UNIT] = {"clamped_unit", TYPE_I32, {DIM_CLAMPED}, FILL_LEAST, "",
        "Units whose state is fixed"},
    [REPLAY_CLAMPED_STATE] = {"clamped_state", TYPE_F64, {DIM_CLAMPED}, FILL_LEAST, "", "Their x"},
    [REPLAY_LOSS_WEIGHT] = {"loss_weight", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "",
        "w_h of the loss (19)"},
    [REPLAY_LOSS] = {"loss", TYPE_F64, {DIM_NONE}, FILL_LEAST, "",
        "Loss of this lifetime (19), without the penalty"},
    [REPLAY_GRADIENT] = {"gradient", TYPE_F64, {DIM_PARAMETER}, FILL_LEAST, "",
        "Its derivative by theta, raw coordinates"},
    [REPLAY_TYPE] = {"type", TYPE_I32, {DIM_TRIAL}, FILL_LEAST, "", "Trial type c"},
    [REPLAY_INPUT] = {"input", TYPE_F64, {DIM_TRIAL, DIM_STEP, DIM_INPUT}, FILL_NONE, "",
        "Input u^t, t = 0 .. T-1 (2)"},
    [REPLAY_TARGET] = {"target", TYPE_F64, {DIM_TRIAL, DIM_STEP, DIM_OUTPUT}, FILL_NONE, "",
        "Target y* of the outputs y^1 .. y^T (8)"},
    [REPLAY_WINDOW] = {"window", TYPE_F64, {DIM_TRIAL, DIM_STEP}, FILL_NONE, "",
        "1 where the outputs y^1 .. y^T count (8)"},
    [REPLAY_X0] = {"x0", TYPE_F64, {DIM_TRIAL, DIM_UNIT}, FILL_NONE, "",
        "State x^0 at the start of the trial"},
    [REPLAY_XBAR0] = {"xbar0", TYPE_F64, {DIM_TRIAL, DIM_UNIT}, FILL_NONE, "",
        "Trace xbar^0 at the start of the trial"},
    [REPLAY_EXPLORATION] = {"exploration", TYPE_F64, {DIM_TRIAL, DIM_STEP, DIM_UNIT}, FILL_NONE, "", "Exploration noise xi^t, t = 0 .. T-1 (2)"},
    [REPLAY_WEIGHT_NOISE] = {"weight_noise", TYPE_F64, {DIM_TRIAL, DIM_UNIT, DIM_UNIT_FROM},
        FILL_NONE, "", "Weight noise eps (10); 0 in the warm-up"},
    [REPLAY_UNIT0] = {"unit0", TYPE_F64, {DIM_TRIAL, DIM_STATE}, FILL_NONE, "",
        "Rate of unit 0, r^0 .. r^T (1)"},
    [REPLAY_REWARD] = {"reward", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "", "Reward R (8)"},
    [REPLAY_OBJECTIVE] = {"objective", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "",
        "What the loss counts of the trial in place of R (19)"},
    [REPLAY_BASELINE] = {"baseline", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "",
        "Running mean Rbar of the trial's type before it (11)"},
    [REPLAY_MODULATOR] = {"modulator", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "",
        "g(Rbar) (R - Rbar) (9); not applied in the warm-up"},
    [REPLAY_ELIGIBILITY] = {"eligibility", TYPE_F64, {DIM_TRIAL, DIM_UNIT, DIM_UNIT_FROM},
        FILL_NONE, "", "Eligibility e^T (6)"},
    [REPLAY_WEIGHTS_AFTER] = {"weights_after", TYPE_F64, {DIM_TRIAL, DIM_UNIT, DIM_UNIT_FROM},
        FILL_NONE, "", "W after the trial (10)"},
    [REPLAY_REWARD_DOT] = {"reward_dot", TYPE_F64, {DIM_TRIAL, DIM_PARAMETER}, FILL_NONE, "",
        "R-dot (16); 0 in the warm-up"},
    [REPLAY_OBJECTIVE_DOT] = {"objective_dot", TYPE_F64, {DIM_TRIAL, DIM_PARAMETER}, FILL_NONE, "", "The same of the objective; 0 in the warm-up"},
    [REPLAY_UPDATE_DOT] = {"update_dot", TYPE_F64,
        {DIM_TRIAL, DIM_UNIT, DIM_PARAMETER, DIM_UNIT_FROM}, FILL_NONE, "",
        "mu-dot (17); 0 in the warm-up"},
};
// clang-format on

void archive_replay_numbers(struct archive_replay_number out[REPLAY_NUMBERS],
                            const struct settings *settings, const struct rule *rule,
                            const struct task_shape *shape,
                            const struct lifetime_gradient *gradient)
{
    double dt = settings->network.dt;
    const struct archive_replay_number all[REPLAY_NUMBERS] = {
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

void archive_replay_path(char path[ARCHIVE_PATH], const int64_t triple[3], const char *name)
{
    snprintf(path, ARCHIVE_PATH, "/replay/%lld-%lld-%lld%s%s", (long long)triple[0],
             (long long)triple[1], (long long)triple[2], *name ? "/" : "", name);
}

/* The adjoint knows no derivatives trial by trial, only the gradient. */
bool archive_replay_wanted(const struct settings *settings, const struct rule *rule, int field)
{
    bool dotted =
        field == REPLAY_REWARD_DOT || field == REPLAY_OBJECTIVE_DOT || field == REPLAY_UPDATE_DOT;
    if (field == REPLAY_WEIGHT_NOISE)
        return settings->learning.weight_noise > 0;
    return !dotted || (rule->parameters > 0 && settings->meta.gradient != GRADIENT_ADJOINT);
}

struct archive_replay_shape archive_replay_shape(const struct settings *settings)
{
    struct archive_replay_shape shape;
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
        struct archive_replay_shape shape = archive_replay_shape(&settings);
        for (int f = 0; f < REPLAY_COUNT; f++)
            if (archive_replay_wanted(&settings, &shape.rule, f))
                bytes += archive_field_bytes(&archive_replay_table[f], shape.extent);
    }
    return bytes;
}
