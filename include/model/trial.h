/* One trial of the network: states, outputs, reward and eligibility. Equations (1) to (8). */
#ifndef TRIAL_H
#define TRIAL_H

#include <stdint.h>

#include "model/network.h"
#include "model/rule.h"
#include "model/task.h"

/* Arrays of a trial in single precision, shapes as in struct trial. */
struct trial_single {
    float *stimulus, *drive, *rate, *slope, *deviation, *state, *trace, *output;
    float *left, *right, *columns, *weights, *synapse, *product, *eligibility;
};

/* Memory and record of a trial. T steps, N units, I inputs, O outputs. Row-major. In single
 * precision those arrays that are marked with s are NULL, and `single` has them instead. */
struct trial {
    struct task_shape shape;
    int units;
    bool in_single;
    struct task_trial task; /* its inputs and targets */
    double *noise;          /* xi [T, N] */
    double *stimulus;       /* s u [T, I] */
    double *drive;          /* s alpha (W_in u + b + xi) [T, N] */
    double *rate;           /* s r^0..r^T [T+1, N]; see trial_rate() */
    double *slope;          /* s phi'(x^0..x^T) [T+1, N] */
    double *deviation;      /* s Delta^0..Delta^(T-1) [T, N] */
    double *state;          /* x [N] */
    double *trace;          /* xbar [N]; carried to the next trial when the rule says so */
    double *start_state, *start_trace; /* x^0, xbar^0 [N], kept for the record */
    double *output;                    /* y^1..y^T [T, O] */
    double *reward_slope;              /* dR/dy [T, O] */
    double *objective_slope;           /* d(objective)/dy [T, O] */
    double *left, *right;              /* s workspace of the eligibility [T+1, N], [T, N] */
    double *columns;                   /* s W transposed [N, N] */
    double *weights;                   /* s W_in transposed [I, N], then W_out transposed [N, O] */
    double *synapse, *product;         /* s W [N, N] and workspace, if the rule has powers of it */
    double *direct;      /* de^T/dW where no rate depends on W [N, N], if the rule has them, else
                          * NULL; as trial_prepare() or trial_eligibility() left it */
    double *weight;      /* q_t = dt (1 - dt/tau_e)^(T-1-t) [T]; 0 before eligibility starts */
    int eligible;        /* first step that counts for the eligibility */
    double *eligibility; /* e^T [N, N] */
    struct trial_single single;
    double reward, objective; /* R, and what the meta-loss counts instead of it */
    bool correct;
    bool finite; /* false: some state, output or eligibility is not a number */

    /* Called after each step n of trial_run(), when rate and slope n + 1 are known. It writes output
     * n itself and may change the network's weights; true: the recurrent ones, which then act from
     * the next step on. NULL: no such call. */
    bool (*after_step)(void *context, int n);
    void *context;
};

/* Local. Takes the memory; released by trial_free(). STATUS_OK or STATUS_FAILED. */
enum status trial_create(struct trial *trial, const struct settings *settings,
                         const struct task_shape *shape, struct error *error);
void trial_free(struct trial *trial);
double trial_bytes(const struct settings *settings, const struct rule *rule,
                   const struct task_shape *shape);

/* Local. Start of a lifetime: nothing is carried yet. */
void trial_start(struct trial *trial);

/* Local. Draws task, x^0 and exploration noise of trial `index` into `trial`. */
void trial_draw(struct trial *trial, const struct network *network, const struct rule *rule,
                const struct settings *settings, uint64_t task_seed, uint64_t index);

/* Local. The same without exploration noise, which is all 0. */
void trial_draw_still(struct trial *trial, const struct network *network, const struct rule *rule,
                      const struct settings *settings, uint64_t task_seed, uint64_t index);

/* Local. Runs the states (1)-(4) and outputs (7) of the drawn trial, the reward (8) and its slope.
 */
void trial_run(struct trial *trial, const struct network *network, const struct rule *rule,
               const struct settings *settings);

/* Local. What of a trial that was run must be kept to have it again without running it: its rates and
 * Delta. trial_keep() copies them to `out`, of trial_kept_bytes(). trial_recall() leaves the trial
 * as trial_draw() and trial_run() with the same arguments would, but for noise, drive and start;
 * `network` holds the weights that it ran with. */
size_t trial_kept_bytes(const struct task_shape *shape, int units, bool in_single);
void trial_keep(void *out, const struct trial *trial);
void trial_recall(struct trial *trial, const void *kept, const struct network *network,
                  const struct settings *settings, uint64_t task_seed, uint64_t index);

/* Local. r_i^t in either precision. */
double trial_rate(const struct trial *trial, long t, long i);

/* Local. What the derivatives of the eligibility need: the weights q_t, and `direct`. */
void trial_prepare(struct trial *trial, const struct rule *rule, const struct settings *settings);

/* Local. Weights [T] of the direct term of log tau_e in (15): the sum over t of e^t / tau_e with its
 * decay is the eligibility again with the weights (dt / tau_e) (T-1-s) dt (1 - dt/tau_e)^(T-2-s). */
void trial_decay(double *decay, const struct trial *trial, double dt, double tau_e);

/* Local. (5) and (6): the eligibility e^T of the trial that was run, and what trial_prepare() does.
 */
void trial_eligibility(struct trial *trial, const struct rule *rule,
                       const struct settings *settings);

/* Local. What a term has of the postsynaptic unit times q_t, and r^k times what `factor` has of
 * other variables of the presynaptic unit, of all steps [T, N], in the trial's workspace: their
 * product over steps is the term's eligibility but for powers of the weight. */
const double *trial_left(const struct trial *trial, const struct rule_term *term);
const float *trial_left_single(const struct trial *trial, const struct rule_term *term);
const double *trial_right(const struct trial *trial, int k, const struct rule_term *factor);
const float *trial_right_single(const struct trial *trial, int k, const struct rule_term *factor);

/* Local. Whether what a term has on this side, `power` of r or d and what `factor` has, is the same for all
 * units: a power of 0 and nothing else. */
bool trial_alike(int power, const struct rule_term *factor, enum rule_side side);

/* Local. out [N, N], rows ld apart = the sum over steps of rows^t columns^t, both [T, N]. Where a side
 * is alike for all units, one of them is summed and repeated, to the same bits; only if not `add`, which
 * adds to what is there. */
void trial_product(double *out, long ld, const struct trial *trial, const double *rows,
                   bool rows_alike, const double *columns, bool columns_alike, bool add);
void trial_product_single(float *out, long ld, const struct trial *trial, const float *rows,
                          bool rows_alike, const float *columns, bool columns_alike, bool add);

/* Local. out [N, N], rows ld apart, *= W^power, of W^T if `across`. */
void trial_weigh(double *out, long ld, const struct trial *trial, int power, bool across);
void trial_weigh_single(float *out, long ld, const struct trial *trial, int power, bool across);

/* Local. out [N, N], rows ld apart = sum over steps of weight[t] G^t (5), transposed if `across`;
 * direct [N, N] += its derivative by W as far as G has it as a variable, unless NULL. */
void trial_sum(double *out, long ld, double *direct, const struct trial *trial,
               const struct rule *rule, const double *weight, bool across);
void trial_sum_single(float *out, long ld, double *direct, const struct trial *trial,
                      const struct rule *rule, const double *weight, bool across);

/* Local. The eligibility e^T of one term alone that decays with tau_e (ms), out [N, N]; leaves the
 * weights q_t of that decay. A term with powers of the weight needs a trial whose rule has some. */
void trial_term(double *out, struct trial *trial, const struct rule_term *term, double tau_e,
                const struct settings *settings);

/* Local. Mean square over synapses of the eligibility of every free term alone, out
 * [rule->terms]; the synapses of `mask` [N, N] only, unless NULL. Uses trial->eligibility as
 * workspace. */
void trial_term_squares(double *out, struct trial *trial, const struct rule *rule,
                        const struct settings *settings, const unsigned char *mask);

#endif
