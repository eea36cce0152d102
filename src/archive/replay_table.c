/* N units, T steps, H trials, P free parameters of that candidate. */
#include "archive/replay_table.h"

#include <stdio.h>
#include <string.h>

const struct archive_field archive_replay_table[REPLAY_COUNT] = {
#define FIELD(name, ...) [REPLAY_##name] = {__VA_ARGS__},
#include "archive/replay_fields.h"
};

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
        {"clip", rule->clip, "", "Bound of mu, may be infinite (9)"},
        {"beta", rule->baseline_rate, "", "Rate of the running mean of R (11)"},
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
    if (field == REPLAY_FACTOR_POWERS || field == REPLAY_FACTOR_COEFFICIENTS)
        return rule->planes > rule_is_plain(rule);
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
        [DIM_FACTOR] = (hsize_t)(shape.rule.planes - rule_is_plain(&shape.rule)),
        [DIM_VARIABLE] = RULE_VARIABLES,
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
