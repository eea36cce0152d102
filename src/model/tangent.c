/* Exact sensitivities of state, trace, eligibility and weights for all P parameters at once.
 * N units, P parameters, T steps, B steps a block, d degree.
 *
 * Within one trial W and U are constant and the primal does not depend on the tangents, so that
 * nearly all work is matrix products, tangent_flops() N^2 T floating-point operations in all:
 *   - the drive U_p r^t of all p and of a block of steps: one product (B x N)(N x PN);
 *   - the state (12): one product (P x N)(N x N) a step;
 *   - the direct terms D of (15): for each term a product (N x T)(T x N);
 *   - the terms of (15) by a presynaptic variable, as that with Q: for a fixed column j the sum over
 *     steps of Q_ij phi'_j chi_p,j is a product (P x B)(B x N), with the column of Q formed once for
 *     all p, by Horner if the rule has r and d alone;
 *   - or, for any other rule, (15''): for each pair a product (NP x B)(B x N), without Q;
 *   - those by a postsynaptic variable, as that with M, the same for a fixed row i, in an array of
 *     its own that is transposed at the trial's end;
 *   - those by the weight, which is constant: one elementwise product at the trial's end.
 * The decay (1 - dt/tau_e)^(T-1-t) of (15) is folded into the polynomials' coefficients. Units run
 * fastest in every array, so that whatever P is no register is padded. */
#include "model/tangent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/vector.h"
#include "model/trial_arrays.h"

enum { BLOCK = 200, PACKED = 8, ARRAYS = 44 };

/* Forming a slope dG/dv for every synapse and step costs about as much as a product for this many
 * parameters, because it is bound by the second-level cache: 8 to 16 ms where a product for one
 * takes 2 ms (N = 200, T = 1000). */
enum { FORMING = 6 };

/* Variables of a unit that the rule has. */
static int variables_on(const struct rule *rule, enum rule_side side)
{
    int variables = 0;
    for (int v = 0; v < RULE_VARIABLES; v++)
        variables += rule->uses[v] && rule_variables[v].side == side;
    return variables;
}

static int pairs_on(const struct rule *rule, enum rule_side side)
{
    int pairs = 0;
    for (int s = 0; s < rule->pairs; s++)
        pairs += rule->pair[s].has[side];
    return pairs;
}

/* Whether (15) is summed by pairs on this side, a product each, which is the faster way unless there
 * are many of both pairs and parameters. Rules of r and d alone are always summed by variables, to
 * the bits that they had before there were others. */
static bool by_pairs(const struct rule *rule, enum rule_side side)
{
    int p = rule->parameters;
    return rule_has_others(rule) &&
           pairs_on(rule, side) * p <= variables_on(rule, side) * (p + FORMING);
}

/* `rule` is NULL when the memory is only to be released. */
static void arrays(struct trial_array out[ARRAYS], struct tangent *tangent, const struct rule *rule,
                   size_t n, size_t steps, bool keep_update)
{
    static const struct rule none;
    rule = rule ? rule : &none;
    size_t block = (size_t)tangent->block, p = (size_t)rule->parameters;
    bool others = rule_has_others(rule);
    int sides = by_pairs(rule, RULE_PRESYNAPTIC) + by_pairs(rule, RULE_POSTSYNAPTIC);
    size_t halves = others && sides < 2 ? (size_t)rule->pairs : 0;
    size_t coefficients = others ? halves : (size_t)rule->degree + 1;
#define EITHER(name, count) TRIAL_EITHER(tangent, name, (count), tangent->in_single)
    const struct trial_array list[ARRAYS] = {
        EITHER(weight, n * p * n),
        EITHER(eligibility, n * p * n),
        EITHER(transposed, (others || steps > block ? n : PACKED) * p * n),
        EITHER(state, p * n),
        EITHER(trace, p * n),
        EITHER(deviation, block * p * n),
        EITHER(change, sides ? block * p * n : 0),
        EITHER(gain, (block + 1) * p * n),
        EITHER(packed, PACKED * block * (p + (others ? 0 : coefficients))),
        EITHER(argument, others ? 0 : block * n),
        EITHER(recurrent, n * n),
        EITHER(slope, others ? block * n : 0),
        EITHER(coefficient, block * coefficients * n),
        EITHER(half, block * halves * n),
        EITHER(product, rule_weighs(rule) ? PACKED * p * n : 0),
        EITHER(part, n),
        EITHER(columns, n * n),
        EITHER(live, n),
        EITHER(readout, 2 * n),
        EITHER(dot, 2 * p),
        {&tangent->decay, NULL, steps},
        {&tangent->reward, NULL, p},
        {&tangent->objective, NULL, p},
        {&tangent->update, NULL, keep_update ? n * p * n : 0},
    };
#undef EITHER
    memcpy(out, list, sizeof list);
}

static struct tangent shaped(const struct rule *rule, int units, int steps, bool in_single)
{
    return (struct tangent){.units = units,
                            .parameters = rule->parameters,
                            .block = steps < BLOCK ? steps : BLOCK,
                            .in_single = in_single};
}

enum status tangent_create(struct tangent *tangent, const struct rule *rule, int units, int steps,
                           bool in_single, bool keep_update, struct error *error)
{
    struct trial_array array[ARRAYS];
    *tangent = shaped(rule, units, steps, in_single);
    arrays(array, tangent, rule, (size_t)units, (size_t)steps, keep_update);
    return trial_arrays_take(array, ARRAYS, "tangents", error);
}

void tangent_free(struct tangent *tangent)
{
    struct trial_array array[ARRAYS];
    arrays(array, tangent, NULL, 0, 0, false);
    trial_arrays_free(array, ARRAYS);
    *tangent = (struct tangent){0};
}

double tangent_flops(const struct rule *rule)
{
    int products = 3; // drive, state, direct terms
    for (enum rule_side side = 0; side < RULE_SIDES; side++)
        products += by_pairs(rule, side) ? pairs_on(rule, side) : variables_on(rule, side);
    return 2.0 * products * rule->parameters;
}

double tangent_bytes(const struct rule *rule, int units, int steps, bool in_single)
{
    struct trial_array array[ARRAYS];
    struct tangent none = shaped(rule, units, steps, in_single);
    arrays(array, &none, rule, (size_t)units, (size_t)steps, false);
    return trial_arrays_bytes(array, ARRAYS);
}

// clang-format off
#include "model/trial_double.h"
#include "model/trial_factor.h"
#include "model/trial_polynomial.h"
#include "model/trial_halves.h"
#include "model/tangent_variables.h"
#include "model/tangent_kernel.h"
#include "model/trial_single.h"
#include "model/trial_factor.h"
#include "model/trial_polynomial.h"
#include "model/trial_halves.h"
#include "model/tangent_variables.h"
#include "model/tangent_kernel.h"
// clang-format on

static void forget_either(struct tangent *tangent, bool trace)
{
    if (tangent->in_single)
        forget_single(tangent, trace);
    else
        forget(tangent, trace);
}

void tangent_start(struct tangent *tangent)
{
    forget_either(tangent, true);
    tangent->silent = true;
}

void tangent_reset(struct tangent *tangent, const struct rule *rule)
{
    forget_either(tangent, false);
    tangent->silent = !rule->carry_trace;
}

void tangent_trial(struct tangent *tangent, const struct trial *trial,
                   const struct network *network, const struct rule *rule)
{
    memset(tangent->reward, 0, sizeof(double) * (size_t)tangent->parameters);
    memset(tangent->objective, 0, sizeof(double) * (size_t)tangent->parameters);
    if (rule->learns[RULE_TAU_E])
        trial_decay(tangent->decay, trial, network->dt, rule->tau_e);
    if (tangent->in_single)
        direct_terms_single(tangent, trial, rule);
    else
        direct_terms(tangent, trial, rule);
    if (tangent->silent)
        return;
    if (tangent->in_single)
        indirect_terms_single(tangent, trial, network, rule);
    else
        indirect_terms(tangent, trial, network, rule);
}

void tangent_update(struct tangent *tangent, const struct trial *trial,
                    const struct network *network, const struct rule *rule,
                    const struct tangent_step *step)
{
    if (tangent->in_single)
        update_single(tangent, trial, network, rule, step);
    else
        update(tangent, trial, network, rule, step);
    tangent->silent = false;
}

void tangent_hold(struct tangent *tangent, long i, long j)
{
    if (tangent->in_single)
        hold_single(tangent, i, j);
    else
        hold(tangent, i, j);
}

void tangent_correlate(double *sum, struct tangent *tangent, const double *x, double factor)
{
    if (tangent->in_single)
        correlate_single(sum, tangent, x, factor);
    else
        correlate(sum, tangent, x, factor);
}

double tangent_square(const struct tangent *tangent, long p)
{
    return tangent->in_single ? square_single(tangent, p) : square(tangent, p);
}
