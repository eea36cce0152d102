/* One trial backwards. N units, T steps, B steps a slab, d degree; a_x is dL/dx.
 *
 * The eligibility is linear in a = a_mu, so that (22) to (24) are 2 (d + 1) products with it, or one
 * for each power of r in each group of planes and one for each pair, and a dozen elementwise passes,
 * all of them over a slab of steps at a time, which stays in the second-level cache: first all slabs
 * of H, then all of F, so that one matrix stays there too. The sums of (23) end every BLOCK steps;
 * the state's recursion (25) is a product with W^T a step, and (26) one product over all steps. All of
 * it is computed for a_mu and scaled by eta m at the end: <a_mu, e> of (20) then is sum_kl theta_kl
 * dL/dtheta_kl, and the eligibility itself is never needed. All that is done for every step is in
 * adjoint_kernel.h, for double and single precision. */
#include "model/adjoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/vector.h"
#include "model/trial_arrays.h"

enum {
    BLOCK = 100,
    SLAB = 16,          /* steps of the shortest slab: whole registers of linalg_dots_add() */
    CACHED = 384 << 10, /* bytes of a slab */
    ARRAYS = 37
};

/* A number for each term, [plane][l][k]. */
struct products {
    double of[RULE_PLANES][RULE_POWERS][RULE_POWERS];
};

/* Steps of the slab at step t: those of a block that are left, if they are few. */
static long slab_at(const struct adjoint *adjoint, long t)
{
    long end = (t / BLOCK + 1) * BLOCK, left = (end < adjoint->steps ? end : adjoint->steps) - t;
    return left < adjoint->slab + SLAB ? left : adjoint->slab;
}

/* Entries of a slab for a step: powers of one side, and what becomes of them. */
static size_t entries(const struct rule *rule)
{
    size_t forward = (size_t)rule->slots[RULE_PRESYNAPTIC];
    size_t post = (size_t)rule->slots[RULE_POSTSYNAPTIC];
    return (forward > post ? forward : post) + forward;
}

/* `rule` is NULL when the memory is only to be released. */
static void arrays(struct trial_array out[ARRAYS], struct adjoint *adjoint, const struct rule *rule,
                   size_t n, size_t steps, size_t types)
{
    static const struct rule none;
    rule = rule ? rule : &none;
    size_t slab = (size_t)(adjoint->slab + SLAB - 1);
    size_t forward = (size_t)rule->slots[RULE_PRESYNAPTIC];
    size_t post = (size_t)rule->slots[RULE_POSTSYNAPTIC];
    size_t backward = rule_has_others(rule) ? (size_t)rule->pairs : post;
#define EITHER(name, count) TRIAL_EITHER(adjoint, name, (count), adjoint->in_single)
    const struct trial_array list[ARRAYS] = {
        EITHER(weight, n * n),
        EITHER(update, n * n),
        EITHER(columns, n * n),
        EITHER(panels, n * n),
        EITHER(recurrent, n * n),
        EITHER(weighed, rule_weighs(rule) ? n * n : 0),
        EITHER(post, (forward > post ? forward : post) * slab * n),
        EITHER(forward, forward * slab * n),
        EITHER(backward, backward * slab * n),
        EITHER(deviation, steps * n),
        EITHER(rate, steps * n),
        EITHER(state, steps * n),
        EITHER(trace, n),
        EITHER(now, n),
        EITHER(part, n),
        EITHER(row, n),
        EITHER(sum, n),
        {&adjoint->decay, NULL, steps},
        {&adjoint->baseline, NULL, types},
        {&adjoint->gradient, NULL, (size_t)rule->parameters},
    };
#undef EITHER
    memcpy(out, list, sizeof list);
}

static struct adjoint shaped(const struct rule *rule, const struct task_shape *shape, int units,
                             bool in_single)
{
    size_t step = entries(rule) * (size_t)units * (in_single ? sizeof(float) : sizeof(double));
    int slab = (int)(CACHED / (step + 1)) / SLAB * SLAB, most = BLOCK / SLAB * SLAB;
    return (struct adjoint){.units = units,
                            .steps = shape->steps,
                            .slab = slab < SLAB   ? SLAB
                                    : slab < most ? slab
                                                  : most,
                            .in_single = in_single};
}

enum status adjoint_create(struct adjoint *adjoint, const struct rule *rule,
                           const struct task_shape *shape, int units, bool in_single,
                           struct error *error)
{
    struct trial_array array[ARRAYS];
    *adjoint = shaped(rule, shape, units, in_single);
    arrays(array, adjoint, rule, (size_t)units, (size_t)shape->steps, (size_t)shape->types);
    enum status status = trial_arrays_take(array, ARRAYS, "an adjoint", error);
    if (status == STATUS_OK)
        adjoint->dots =
            error_calloc(error, 2 * (size_t)rule->planes, sizeof *adjoint->dots, "an adjoint");
    if (status == STATUS_OK && !adjoint->dots)
        adjoint_free(adjoint);
    return status == STATUS_OK && adjoint->dots ? STATUS_OK : STATUS_FAILED;
}

void adjoint_free(struct adjoint *adjoint)
{
    struct trial_array array[ARRAYS];
    arrays(array, adjoint, NULL, 0, 0, 0);
    trial_arrays_free(array, ARRAYS);
    free(adjoint->dots);
    *adjoint = (struct adjoint){0};
}

double adjoint_flops(const struct rule *rule)
{
    int products = 3; // states, weights, contraction with the eligibility
    bool others = rule_has_others(rule);
    for (int s = 0; s < rule->pairs; s++)
        products += others && rule->pair[s].has[RULE_PRESYNAPTIC];
    for (int side = 0; side < (others ? RULE_POSTSYNAPTIC : RULE_SIDES); side++)
        for (int g = 0; g < rule->groups[side]; g++) {
            const struct rule_group *group = &rule->group[side][g];
            products += group->highest + (group->has || group->weight);
        }
    return 2.0 * products;
}

double adjoint_bytes(const struct rule *rule, const struct task_shape *shape, int units,
                     bool in_single)
{
    struct trial_array array[ARRAYS];
    struct adjoint none = shaped(rule, shape, units, in_single);
    arrays(array, &none, rule, (size_t)units, (size_t)shape->steps, (size_t)shape->types);
    return trial_arrays_bytes(array, ARRAYS) + 2.0 * rule->planes * sizeof *none.dots;
}

/* The sums of one plane's products after another join those of earlier blocks. */
static void end_block(struct products *product, struct linalg_dots *dots, const struct rule *rule)
{
    for (int a = 0; a < rule->planes; a++) {
        int powers = rule->plane[a].rates + 1, products = (rule->plane[a].changes + 1) * powers;
        double sum[LINALG_DOTS];
        linalg_dots_end(sum, &dots[a], products);
        for (int p = 0; p < products; p++)
            product->of[a][p / powers][p % powers] += sum[p];
    }
}

// clang-format off
#include "model/trial_double.h"
#include "model/trial_factor.h"
#include "model/trial_polynomial.h"
#include "model/trial_halves.h"
#include "model/adjoint_kernel.h"
#include "model/trial_single.h"
#include "model/trial_factor.h"
#include "model/trial_polynomial.h"
#include "model/trial_halves.h"
#include "model/adjoint_kernel.h"
// clang-format on

static void forget_either(struct adjoint *adjoint)
{
    if (adjoint->in_single)
        forget_single(adjoint);
    else
        forget(adjoint);
    adjoint->zero = true;
}

void adjoint_start(struct adjoint *adjoint, const struct rule *rule, const struct task_shape *shape)
{
    forget_either(adjoint);
    if (adjoint->in_single)
        memset(adjoint->single.trace, 0, sizeof(float) * (size_t)adjoint->units);
    else
        memset(adjoint->trace, 0, sizeof(double) * (size_t)adjoint->units);
    memset(adjoint->baseline, 0, sizeof(double) * (size_t)shape->types);
    if (rule->parameters > 0) // without them there is no memory
        memset(adjoint->gradient, 0, sizeof(double) * (size_t)rule->parameters);
}

/* (23): the parameters' part, and returns <a_mu, e>. */
static double add_gradient(struct adjoint *adjoint, const struct rule *rule,
                           const struct adjoint_step *step, const struct products *product,
                           const struct products *slow)
{
    int p = 0;
    double scale = step->rate * step->modulator, with_e = 0, with_tau = 0;
    for (int a = 0; a < rule->planes; a++)
        for (int l = 0; l <= rule->plane[a].changes; l++)
            for (int k = 0; k <= rule->plane[a].rates; k++) {
                with_e += rule->plane[a].theta[l][k] * product->of[a][l][k];
                with_tau += rule->plane[a].theta[l][k] * slow->of[a][l][k];
            }
    for (; p < rule->terms; p++) {
        const unsigned char *power = rule->term[p].power;
        adjoint->gradient[p] += scale * product->of[rule->home[p]][power[RULE_D]][power[RULE_R]];
    }
    if (rule->learns[RULE_TAU_E])
        adjoint->gradient[p++] += scale * with_tau;
    return with_e;
}

/* (20) for what the trial's end did to the weights; returns a_m. */
static double to_modulator(struct adjoint *adjoint, const struct trial *trial,
                           const struct network *network, const struct rule *rule,
                           const struct adjoint_step *step)
{
    struct products product = {0}, slow = {0};
    if (adjoint->zero)
        return 0;
    if (rule->learns[RULE_TAU_E])
        trial_decay(adjoint->decay, trial, network->dt, rule->tau_e);
    if (adjoint->in_single)
        update_back_single(adjoint, trial, network, rule, step, &product, &slow);
    else
        update_back(adjoint, trial, network, rule, step, &product, &slow);
    double with_modulator = step->rate * add_gradient(adjoint, rule, step, &product, &slow);
    return step->stopped ? 0 : with_modulator;
}

void adjoint_trial(struct adjoint *adjoint, const struct trial *trial,
                   const struct network *network, const struct rule *rule,
                   const struct adjoint_step *step)
{
    if (step->reset)
        forget_either(adjoint);
    double modulator = to_modulator(adjoint, trial, network, rule, step);
    // (21); the running mean of the reward matters through the modulator only
    double *baseline = adjoint->baseline + trial->task.type;
    if (rule->learns[RULE_BASELINE_RATE])
        adjoint->gradient[rule_place(rule, RULE_BASELINE_RATE)] +=
            step->beta * step->error * *baseline; // (42')
    double to_reward = modulator * step->gain + step->beta * *baseline;
    *baseline =
        (1 - step->beta) * *baseline + modulator * (step->gain_slope * step->error - step->gain);
    if (adjoint->in_single)
        weights_back_single(adjoint, trial, network, rule, step, to_reward);
    else
        weights_back(adjoint, trial, network, rule, step, to_reward);
    adjoint->zero = false;
}
