/* The one table of parameters: the parser, the help text, the sweep and the archive loop over it.
 * Rows of one section stand together, a section's own rows before those of its subsections. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "config/settings.h"

#define AT(member) offsetof(struct settings, member)

#define FINITE         -DBL_MAX, DBL_MAX
#define POSITIVE       SETTINGS_ABOVE_0, DBL_MAX
#define NOT_NEGATIVE   0, DBL_MAX
#define UP_TO_INFINITY SETTINGS_ABOVE_0, INFINITY
#define EXACT          9007199254740992.0 /* 2^53: whole numbers up to here are exact in a double */

static const char *const precisions[] = {"double", "single", NULL};
static const char *const phis[] = {"tanh", "relu", NULL};
static const char *const readouts[] = {"gaussian", "unit", NULL};
static const char *const automatic[] = {"auto", NULL};
static const char *const explorations[] = {"none", "kicks", "gaussian", NULL};
static const char *const presets[] = {
    "none", "miconi", "covariance", "maoutsa-d2", "maoutsa-d5", "rate-covariance",
    "oja",  "bcm",    "gain-gated", NULL};
static const char *const plastics[] = {"default", "recurrent", "input", "readout", NULL};
static const char *const feedbacks[] = {"symmetric", "random", NULL};
static const char *const hints[] = {"none", "integrals", NULL};
static const char *const coordinates[] = {"raw", "normalised", NULL};
static const char *const learnables[] = {"theta", "tau_e", "tau_w", "clip", "baseline_rate", NULL};
static const char *const gains[] = {"one", "absolute", NULL};
static const char *const rewards[] = {"absolute", "square", "binary", NULL};
static const char *const rpe_gradients[] = {"full", "stopped", NULL};
static const char *const gradients[] = {"auto", "tangent", "adjoint", NULL};
static const char *const objectives[] = {"reward", "absolute", "square", "wrong", NULL};
static const char *const schedules[] = {"constant", "cosine", NULL};
static const char *const metrics[] = {"euclidean", "changes", NULL};
static const char *const stoppings[] = {"none",   "halving",    "hyperband",
                                        "median", "population", NULL};
static const char *const recordings[] = {"before", "first", "last", NULL};
static const char *const weightings[] = {"initial", "first", "last", NULL};

/* Filled by settings_register_choice() at the start of the program, then read; end with NULL. */
enum { REGISTERED = 64 };
static const char *families[REGISTERED + 1], *estimators[REGISTERED + 1];
static const char *optimizers[REGISTERED + 1];

static const struct parameter table[] = {
    {"name", PARAMETER_TEXT, "", 0, 0, "run", NULL, AT(name),
     "Name of the run, kept in the archive."},
    {"seed", PARAMETER_INTEGER, "", 0, EXACT, "0", NULL, AT(seed),
     "Seed of the run: with the number of the task seed it fixes every random number."},
    {"precision", PARAMETER_CHOICE, "", 0, 0, "double", precisions, AT(precision),
     "Precision of states, eligibility and their derivatives: single is about twice as fast and "
     "needs half the memory; weights, rewards and sums over trials and seeds stay double."},

    {"task.name", PARAMETER_VARIANT, "", 0, 0, NULL, NULL, AT(task),
     "The task that the network learns; the task's own parameters stand beside the name."},
    {"task.path", PARAMETER_PATH, "", 0, 0, "none", NULL, AT(path),
     "HDF5 file with the trials of the task called file."},

    {"network.units", PARAMETER_INTEGER, "units", 2, 20000, "200", NULL, AT(network.units),
     "Number of rate units N (2)."},
    {"network.gain", PARAMETER_REAL, "", 0, 100, "1.5", NULL, AT(network.gain),
     "Strength of the recurrent weights W at the start of a lifetime: each is drawn from a normal "
     "distribution with variance gain^2 / (density N) (2)."},
    {"network.density", PARAMETER_REAL, "", SETTINGS_ABOVE_0, 1, "1", NULL, AT(network.density),
     "Probability that a recurrent connection exists; absent ones stay 0 and never learn (10)."},
    {"network.self_connections", PARAMETER_BOOLEAN, "", 0, 0, "true", NULL,
     AT(network.self_connections), "Whether units may connect to themselves."},
    {"network.tau", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, "30 ms", NULL, AT(network.tau),
     "Time constant of the units (2)."},
    {"network.dt", PARAMETER_DURATION, "ms", SETTINGS_ABOVE_0, 1e6, "1 ms", NULL, AT(network.dt),
     "Length of one Euler step (2)."},
    {"network.phi", PARAMETER_CHOICE, "", 0, 0, "tanh", phis, AT(network.phi),
     "Rate of a unit as a function of its state: tanh, or relu, which rectifies (1)."},
    {"network.input_gain", PARAMETER_REAL, "", NOT_NEGATIVE, "1", NULL, AT(network.input_gain),
     "Input weights W_in are drawn uniformly between minus and plus this value (2)."},
    {"network.bias", PARAMETER_REAL, "", NOT_NEGATIVE, "0", NULL, AT(network.bias),
     "Each unit's constant input b is drawn uniformly between minus and plus this value (2)."},
    {"network.readout", PARAMETER_CHOICE, "", 0, 0, "gaussian", readouts, AT(network.readout),
     "How outputs are read: gaussian sums all rates with fixed random weights W_out; unit takes "
     "the rate of unit o as output o, and these units get no input (7)."},
    {"network.readout_gain", PARAMETER_REAL, "", NOT_NEGATIVE, "1", NULL, AT(network.readout_gain),
     "Strength of the gaussian readout: its weights have variance readout_gain^2 / N (7)."},
    {"network.clamped", PARAMETER_MAP, "", FINITE, "{}", NULL, AT(network.clamped),
     "Units whose state x is held fixed, as {unit: x}; {1: 1, 10: 1, 11: -1} are the bias units of "
     "Miconi 2017 (2)."},
    {"network.initial_state", PARAMETER_REAL, "", NOT_NEGATIVE, "0.1", NULL,
     AT(network.initial_state),
     "At the start of a trial each state x is drawn uniformly between minus and plus this value."},
    {"network.dale", PARAMETER_REAL, "", 0, 1, "0", NULL, AT(network.dale),
     "Dale's law: this share of the units, the first ones, is excitatory and the others are "
     "inhibitory; a recurrent weight that would change its sign stays at 0. With 0 there is no "
     "such law (10)."},
    {"network.plastic", PARAMETER_LIST, "", 0, 0, "[default]", plastics, AT(network.plastic),
     "Which weights learn: a list of recurrent, input and readout, as far as rule.family can "
     "change them, or default: recurrent, and for rflo, force and full_force the readout too."},
    {"network.weights", PARAMETER_PATH, "", 0, 0, "none", NULL, AT(network.weights),
     "HDF5 file with weights to start from instead of drawn ones; any of the datasets recurrent "
     "[N, N], input [N, I], readout [O, N], bias [N] and mask [N, N] (2), (7), (10)."},
    {"network.fixed", PARAMETER_BOOLEAN, "", 0, 0, "false", NULL, AT(network.fixed),
     "Whether all lifetimes of the run start from one network instead of one each: recurrent, "
     "input and readout weights, biases and mask follow from the run's seed alone, and what "
     "differs from lifetime to lifetime are initial states, trials and noise (2).",
     true},

    {"exploration.kind", PARAMETER_CHOICE, "", 0, 0, "kicks", explorations, AT(exploration.kind),
     "Exploration noise xi on the input current of the units: none, rare uniform kicks (Miconi "
     "2017), or gaussian in every step (2)."},
    {"exploration.probability", PARAMETER_REAL, "", 0, 1, "auto", automatic,
     AT(exploration.probability),
     "Probability of a kick for each unit in each step; auto: one in 2 s, 5e-4 dt / ms (2)."},
    {"exploration.amplitude", PARAMETER_REAL, "", NOT_NEGATIVE, "auto", automatic,
     AT(exploration.amplitude),
     "Kicks are drawn uniformly between minus and plus this value; auto: they change the state by "
     "up to 2, 2 tau / dt (2)."},
    {"exploration.sd", PARAMETER_REAL, "", NOT_NEGATIVE, "0.1", NULL, AT(exploration.sd),
     "Standard deviation of gaussian exploration in each step (2)."},
    {"exploration.start", PARAMETER_DURATION, "ms", NOT_NEGATIVE, "0 ms", NULL,
     AT(exploration.start), "Time in the trial before which there is no exploration noise (2)."},

    {"rule.family", PARAMETER_CHOICE, "", 0, 0, "polynomial", families, AT(rule.family),
     "How the network learns: by the plasticity rule that is polynomial in the presynaptic rate r, "
     "the postsynaptic change Delta and more (5), or by a learner that has nothing to meta-learn "
     "and is "
     "measured beside it."},
    {"rule.preset", PARAMETER_CHOICE, "", 0, 0, "none", presets, AT(rule.preset),
     "A known rule of the polynomial family, which sets degree, terms, start and tau_e before the "
     "rest of the file does: the cubic rule of Miconi 2017, the covariance rule, all terms of "
     "degree 2 or 5 as in Maoutsa 2025, starting from 0, or rules of rates and weights, whose "
     "changes the reward prediction error gates and signs; 'thetasweep rules' tells of each (5)."},
    {"rule.degree", PARAMETER_INTEGER, "", 1, 5, "3", NULL, AT(rule.degree),
     "Highest power d of the presynaptic rate and of the change in the polynomial (5)."},
    {"rule.terms", PARAMETER_LIST, "", 0, 0, "[all]", NULL, AT(rule.terms),
     "Terms whose coefficients theta may be learned: all of r and d up to the degree, with what "
     "else rule.start names, or a list such as [r1 d1, r1 p2, p2 w1], where r1 p2 is (presynaptic "
     "rate)^1 (postsynaptic rate)^2, d the postsynaptic change, and w the weight (5)."},
    {"rule.start", PARAMETER_MAP, "", FINITE, "auto", automatic, AT(rule.start),
     "Coefficients theta of the rule before the first meta-iteration, as {term: coefficient}; the "
     "others are 0, and {r3 d3: -1} is the rule of Miconi 2017; auto: that one, normalised "
     "whatever "
     "rule.start_in says (5). {from: efficiency}: the best rule of rule.terms at small steps, "
     "measured before the search, as large as the one that stands behind it, {from: efficiency, r3 "
     "d3: -1}, or as auto (29)."},
    {"rule.start_in", PARAMETER_CHOICE, "", 0, 0, "raw", coordinates, AT(rule.start_in),
     "Units of rule.start: raw, or normalised, in which each term is first divided by the size of "
     "its own eligibility (5)."},
    {"rule.tau_e", PARAMETER_DURATION, "ms", UP_TO_INFINITY, "inf", NULL, AT(rule.tau_e),
     "Time constant with which eligibility decays within a trial; inf only accumulates (6)."},
    {"rule.tau_w", PARAMETER_REAL, "trials", SETTINGS_ABOVE_1, INFINITY, "inf", NULL,
     AT(rule.tau_w),
     "Time constant with which the weights decay over trials; inf keeps them (10)."},
    {"rule.learn", PARAMETER_LIST, "", 0, 0, "[theta]", learnables, AT(rule.learn),
     "What the outer loop learns: coefficients theta, the time constants tau_e and tau_w, clip and "
     "baseline_rate of learning, all from what they are set to; learning.rate is not one, since "
     "only its product with the rule counts; an empty list only measures the start rule (19)."},
    {"rule.trace_alpha", PARAMETER_REAL, "", 0, SETTINGS_BELOW_1, "0.05", NULL,
     AT(rule.trace_alpha),
     "Share of the old value in the running mean of the state, against which its change is "
     "measured (3)."},
    {"rule.carry_trace", PARAMETER_BOOLEAN, "", 0, 0, "false", NULL, AT(rule.carry_trace),
     "Whether the running mean goes on from trial to trial instead of starting at the first state "
     "(3)."},
    {"rule.eligibility_start", PARAMETER_DURATION, "ms", NOT_NEGATIVE, "0 ms", NULL,
     AT(rule.eligibility_start), "Time in the trial before which nothing becomes eligible (6)."},

    {"learning.trials", PARAMETER_INTEGER, "trials", 1, 1e6, "1000", NULL, AT(learning.trials),
     "Trials in one lifetime, H, with the warm-up."},
    {"learning.warmup", PARAMETER_INTEGER, "trials", 0, 1e6, "20", NULL, AT(learning.warmup),
     "First trials of a lifetime that only build the expected reward, without learning (11)."},
    {"learning.rate", PARAMETER_REAL, "", NOT_NEGATIVE, "auto", automatic, AT(learning.rate),
     "Learning rate eta of the weights; auto: 0.2 / (density N) for a normalised rule of size 1, "
     "and 0.05 for a raw one or another rule.family (9)."},
    {"learning.clip", PARAMETER_REAL, "", UP_TO_INFINITY, "auto", automatic, AT(learning.clip),
     "Largest change of one weight after one trial; auto: 0.03 / sqrt(density N), and inf for "
     "another rule.family than polynomial (9)."},
    {"learning.reward_gain", PARAMETER_CHOICE, "", 0, 0, "one", gains, AT(learning.reward_gain),
     "Factor g of the weight change: one, or the absolute expected reward, as in Miconi 2017 (9)."},
    {"learning.reward", PARAMETER_CHOICE, "", 0, 0, "absolute", rewards, AT(learning.reward),
     "Reward at the end of a trial: minus the mean absolute error, minus the mean square error, or "
     "binary for right and wrong (8)."},
    {"learning.baseline_rate", PARAMETER_REAL, "", 0, 1, "0.25", NULL, AT(learning.baseline_rate),
     "Rate beta at which the expected reward of a trial type follows the reward (11)."},
    {"learning.weight_noise", PARAMETER_REAL, "", NOT_NEGATIVE, "0", NULL,
     AT(learning.weight_noise),
     "Standard deviation sigma_w of the noise added to each weight after each trial (10)."},
    {"learning.evaluation_trials", PARAMETER_INTEGER, "trials", 0, 10000, "4", NULL,
     AT(learning.evaluation_trials),
     "Trials for each trial type that test the network after its last learning trial, without "
     "plasticity and exploration noise; 0 leaves the test out."},

    {"eprop.feedback", PARAMETER_CHOICE, "", 0, 0, "symmetric", feedbacks, AT(eprop.feedback),
     "Way of e-prop's error signal to the units: symmetric takes the readout weights, random fixed "
     "random ones as rflo does."},

    {"bptt.rate", PARAMETER_REAL, "", NOT_NEGATIVE, "0.001", NULL, AT(bptt.rate),
     "Step size of Adam in backpropagation through time, which replaces learning.rate."},
    {"bptt.batch", PARAMETER_INTEGER, "trials", 1, 1e6, "8", NULL, AT(bptt.batch),
     "Trials whose mean gradient makes one step of backpropagation through time."},
    {"bptt.gradient_clip", PARAMETER_REAL, "", UP_TO_INFINITY, "1", NULL, AT(bptt.gradient_clip),
     "Largest norm of the mean gradient in backpropagation through time."},

    {"force.regularisation", PARAMETER_REAL, "", UP_TO_INFINITY, "1", NULL,
     AT(force.regularisation),
     "Ridge a of FORCE and full-FORCE: the inverse correlation matrix of the rates starts as I / "
     "a; inf never learns."},
    {"force.every", PARAMETER_DURATION, "ms", POSITIVE, "2 ms", NULL, AT(force.every),
     "Time between two updates of FORCE and full-FORCE within a trial; at least one step."},
    {"force.feedback", PARAMETER_REAL, "", NOT_NEGATIVE, "1", NULL, AT(force.feedback),
     "Weights by which FORCE feeds its outputs back into the network, and full-FORCE the wanted "
     "outputs into its teacher, are drawn uniformly between minus and plus this value."},
    {"force.hints", PARAMETER_CHOICE, "", 0, 0, "integrals", hints, AT(force.hints),
     "Further signals that FORCE and full-FORCE teach the network to hold: none, or the running "
     "integral of each input line, which bridges delays."},
    {"force.hint_gain", PARAMETER_REAL, "", NOT_NEGATIVE, "1", NULL, AT(force.hint_gain),
     "The hints' weights into the network are drawn uniformly between minus and plus this value."},

    {"efficiency.networks", PARAMETER_INTEGER, "", 2, 10000, "6", NULL, AT(efficiency.networks),
     "Networks that are measured for rule.start: {from: efficiency} and meta.optimizer.metric; "
     "no sweep trains or tests on them (27).",
     true},
    {"efficiency.trials", PARAMETER_INTEGER, "trials", 2, 1 << 20, "600", NULL,
     AT(efficiency.trials),
     "Trials of a measurement, of each of two passes at each network and stage (28).", true},
    {"efficiency.stages", PARAMETER_INTEGERS, "trials", 0, 1e6, "[0, 600]", NULL,
     AT(efficiency.stages),
     "Trials of learning by the start rule after which networks are measured, rising; "
     "learning.trials stands for more than that.",
     true},

    {"meta.iterations", PARAMETER_INTEGER, "", 0, 1e6, "20", NULL, AT(meta.iterations),
     "Meta-iterations: steps of the outer loop that learns the rule (19)."},
    {"meta.seeds", PARAMETER_INTEGER, "", 1, 1e6, "8", NULL, AT(meta.seeds),
     "Training seeds S: lifetimes in each meta-iteration, whose gradients are averaged (19)."},
    {"meta.held_out_seeds", PARAMETER_INTEGER, "", 0, 1e6, "8", NULL, AT(meta.held_out_seeds),
     "Validation seeds: lifetimes in each evaluation, with seeds that are never trained on."},
    {"meta.test_seeds", PARAMETER_INTEGER, "", 0, 1e6, "0", NULL, AT(meta.test_seeds),
     "Test seeds, which are neither trained nor chosen on: the start rule and the best of the "
     "evaluated rules both run on all of them, so that what is told of a choice is fair; 0: none.",
     true},
    {"meta.evaluate_every", PARAMETER_INTEGER, "", 0, 1e6, "0", NULL, AT(meta.evaluate_every),
     "Meta-iterations between evaluations on held-out seeds; 0 evaluates the first and the last "
     "rule only."},
    {"meta.fresh_seeds", PARAMETER_BOOLEAN, "", 0, 0, "false", NULL, AT(meta.fresh_seeds),
     "Whether every meta-iteration draws new training seeds instead of the same ones (19)."},
    {"meta.estimator", PARAMETER_CHOICE, "", 0, 0, "discounted", estimators, AT(meta.estimator),
     "Estimator of the meta-gradient: pathwise is exact; discounted forgets how older weight "
     "changes depended on the rule, which keeps the gradient of long lifetimes small (18); score "
     "and score-local read it off the noise in the weights (10); es, fd and guided compare losses "
     "at other rules (38), (39)."},
    {"meta.discount", PARAMETER_REAL, "", 0, 1, "0.9", NULL, AT(meta.discount),
     "Factor gamma on the weights' sensitivity U after each trial, for the discounted estimator "
     "and the guides of guided (18)."},
    {"meta.reset_every", PARAMETER_INTEGER, "trials", 0, 1e6, "0", NULL, AT(meta.reset_every),
     "Trials after which the weights' sensitivity U is set back to 0, for the discounted "
     "estimator; 0 never does (18)."},
    {"meta.es_pairs", PARAMETER_INTEGER, "", 1, 1000, "8", NULL, AT(meta.es_pairs),
     "Antithetic pairs of rules in each meta-iteration, for es and guided: two lifetimes more a "
     "seed each."},
    {"meta.es_sigma", PARAMETER_REAL, "", POSITIVE, "0.02", NULL, AT(meta.es_sigma),
     "Standard deviation of the steps of es and guided along each parameter, in normalised "
     "coordinates; see meta.relative_steps."},
    {"meta.fd_step", PARAMETER_REAL, "", POSITIVE, "1e-4", NULL, AT(meta.fd_step),
     "Step of the fd estimator along each parameter, in normalised coordinates."},
    {"meta.relative_steps", PARAMETER_BOOLEAN, "", 0, 0, "false", NULL, AT(meta.relative_steps),
     "Whether steps of es, guided and fd, and CMA-ES's first ones, grow and shrink with the rule: "
     "in units "
     "of the root mean square of its coefficients, so that meta.es_sigma is their length relative "
     "to the rule's size (of a time constant: in its logarithm).",
     true},
    {"meta.guides", PARAMETER_INTEGER, "", 1, 16, "3", NULL, AT(meta.guides),
     "Meta-iterations whose discounted gradients guide the steps of the guided estimator (39).",
     true},
    {"meta.guide_share", PARAMETER_REAL, "", 0, 1, "0.5", NULL, AT(meta.guide_share),
     "Share of the variance of guided's steps that lies along its guides, the rest in all "
     "directions (39).",
     true},
    {"meta.gradient", PARAMETER_CHOICE, "", 0, 0, "auto", gradients, AT(meta.gradient),
     "How the estimator's derivative is computed: by tangents forwards in time (12)-(18), by the "
     "adjoint of the lifetime backwards (20)-(26), the same but for rounding, or auto: by what "
     "takes less work over the whole sweep, but by tangents with record.replay, which stores "
     "theirs, and with record.checkpoint, since the way back is not saved."},
    {"meta.adjoint_memory", PARAMETER_REAL, "MB", 1, 1e9, "1000", NULL, AT(meta.adjoint_memory),
     "Memory for the weights that the adjoint keeps of one lifetime, and for the states of as many "
     "trials as it has room for, which are run again of the others; if the weights need more, "
     "parts of the lifetime are run twice."},
    {"meta.rpe_gradient", PARAMETER_CHOICE, "", 0, 0, "full", rpe_gradients, AT(meta.rpe_gradient),
     "Whether the gradient follows the reward prediction error in full or is stopped there, which "
     "takes the reward as a black box (17)."},
    {"meta.objective", PARAMETER_CHOICE, "", 0, 0, "reward", objectives, AT(meta.objective),
     "What the outer loop minimises: minus the reward as learned from, the mean absolute or square "
     "error, or the share of wrong trials, smoothed, which is small when the criterion is reached "
     "early (8'), (19)."},
    {"meta.loss_trials", PARAMETER_INTEGER, "trials", 0, 1e6, "0", NULL, AT(meta.loss_trials),
     "Last trials of a lifetime that count in the loss; 0 counts all (19)."},
    {"meta.gradient_clip", PARAMETER_REAL, "", UP_TO_INFINITY, "0.3", NULL, AT(meta.gradient_clip),
     "Largest norm of one seed's gradient, in normalised coordinates, before averaging (19)."},
    {"meta.l1", PARAMETER_REAL, "", NOT_NEGATIVE, "0", NULL, AT(meta.l1),
     "Penalty lambda_1 on the size of the coefficients, which sets small ones to exactly 0 (19)."},
    {"meta.optimizer.name", PARAMETER_CHOICE, "", 0, 0, "adam", optimizers, AT(meta.optimizer.name),
     "Optimizer of the outer loop: Adam or stochastic gradient descent with momentum; or one that "
     "compares losses and needs no estimator of the gradient: the evolution strategy CMA-ES, or a "
     "race, whose steps are tested."},
    {"meta.optimizer.rate", PARAMETER_REAL, "", NOT_NEGATIVE, "0.03", NULL, AT(meta.optimizer.rate),
     "Step size of the optimizer, in normalised coordinates."},
    {"meta.optimizer.schedule", PARAMETER_CHOICE, "", 0, 0, "cosine", schedules,
     AT(meta.optimizer.schedule),
     "Step size over the meta-iterations: constant, or falling to 0 along a half cosine."},
    {"meta.optimizer.metric", PARAMETER_CHOICE, "", 0, 0, "euclidean", metrics,
     AT(meta.optimizer.metric),
     "What length and direction of a step are measured by: euclidean in normalised coordinates, or "
     "by the weight changes that rules make, as measured before the search; rate and sigma are "
     "then relative to the size of the rule (40).",
     true},
    {"meta.optimizer.longest", PARAMETER_REAL, "", UP_TO_INFINITY, "inf", NULL,
     AT(meta.optimizer.longest),
     "Longest step along the gradient, relative to the size of the rule (of a time constant: of "
     "its logarithm); longer ones are shortened.",
     true},
    {"meta.optimizer.beta1", PARAMETER_REAL, "", 0, SETTINGS_BELOW_1, "0.9", NULL,
     AT(meta.optimizer.beta1), "Adam's memory of the mean gradient."},
    {"meta.optimizer.beta2", PARAMETER_REAL, "", 0, SETTINGS_BELOW_1, "0.999", NULL,
     AT(meta.optimizer.beta2), "Adam's memory of the mean squared gradient."},
    {"meta.optimizer.epsilon", PARAMETER_REAL, "", POSITIVE, "1e-8", NULL,
     AT(meta.optimizer.epsilon), "Adam's guard against division by zero."},
    {"meta.optimizer.momentum", PARAMETER_REAL, "", 0, SETTINGS_BELOW_1, "0.9", NULL,
     AT(meta.optimizer.momentum), "Momentum of stochastic gradient descent."},
    {"meta.optimizer.population", PARAMETER_INTEGER, "", 0, 1000, "0", NULL,
     AT(meta.optimizer.population),
     "Rules that CMA-ES or a race compares in each meta-iteration; 0: 4 + 3 log of their "
     "parameters, 6 in a race."},
    {"meta.optimizer.sigma", PARAMETER_REAL, "", POSITIVE, "0.1", NULL, AT(meta.optimizer.sigma),
     "Standard deviation of CMA-ES's first steps, in normalised coordinates; the size of a race's "
     "first rules if the start rule is 0."},
    {"meta.optimizer.step", PARAMETER_REAL, "", SETTINGS_ABOVE_0, 1, "0.3", NULL,
     AT(meta.optimizer.step), "Length of a race's first steps, relative to the size of the rule.",
     true},
    {"meta.optimizer.alpha", PARAMETER_REAL, "", SETTINGS_ABOVE_0, 0.5, "0.2", NULL,
     AT(meta.optimizer.alpha),
     "Largest probability that a race keeps one of its population of rules although none of them "
     "is better.",
     true},
    {"meta.optimizer.effect", PARAMETER_REAL, "", 0, 1, "0.02", NULL, AT(meta.optimizer.effect),
     "Gain that is worth a race's lifetimes, as a share of the loss: rules that are unlikely to "
     "gain as much are dropped.",
     true},
    {"meta.optimizer.blocks", PARAMETER_INTEGER, "", 1, 1000, "8", NULL, AT(meta.optimizer.blocks),
     "Meta-iterations in which a race runs a rule before it drops it undecided.", true},
    {"meta.stopping.name", PARAMETER_CHOICE, "", 0, 0, "none", stoppings, AT(meta.stopping.name),
     "Which candidates are stopped early, by their held-out losses at rungs that all reach first: "
     "halving keeps the best of them, hyperband does so in brackets that begin later and later, "
     "median stops those whose best is worse than half of the others on average; population stops "
     "none, but the worst fifth goes on from the rule and near the values of one of the best "
     "fifth.",
     true},
    {"meta.stopping.factor", PARAMETER_INTEGER, "", 2, 1000, "3", NULL, AT(meta.stopping.factor),
     "From rung to rung so many times fewer candidates, so many times later.", true},
    {"meta.stopping.first", PARAMETER_INTEGER, "", 1, 1e6, "1", NULL, AT(meta.stopping.first),
     "Earliest rung: evaluations after the first; without meta-iterations held-out seeds.", true},

    {"record.representations", PARAMETER_LIST, "", 0, 0, "[before, first, last]", recordings,
     AT(record.representations),
     "When the rates of all units are recorded, without noise and learning: before learning, after "
     "a lifetime with the first rule, after one with the last rule."},
    {"record.weights", PARAMETER_LIST, "", 0, 0, "[last]", weightings, AT(record.weights),
     "Which weights are recorded: initial, after a lifetime with the first rule, after one with "
     "the last rule."},
    {"record.interval", PARAMETER_DURATION, "ms", POSITIVE, "10 ms", NULL, AT(record.interval),
     "Time between recorded steps of the representations."},
    {"record.checkpoint", PARAMETER_DURATION, "min", 0, 1e6, "0 min", NULL, AT(record.checkpoint),
     "Time after which a running lifetime is saved beside the archive, so that an interrupted run "
     "goes on in the middle of it; 0: lifetimes are run again from their start."},
    {"record.replay", PARAMETER_INTEGERS, "", 0, EXACT, "[]", NULL, AT(record.replay),
     "Lifetimes stored with everything needed to recompute them elsewhere, as [candidate, "
     "meta-iteration, seed], counted from 0; several in a list of such lists."},
};

/* In the order of `presets`. */
enum { PRESETS = sizeof presets / sizeof *presets - 1, PRESET_ROWS = 5 };
static const struct settings_assignment preset[PRESETS][PRESET_ROWS] = {
    {{NULL, NULL}},
    {{"rule.degree", "3"},
     {"rule.terms", "[all]"},
     {"rule.start", "{r3 d3: -1}"},
     {"rule.tau_e", "inf"}},
    {{"rule.degree", "1"},
     {"rule.terms", "[all]"},
     {"rule.start", "{r1 d1: -1}"},
     {"rule.tau_e", "inf"}},
    {{"rule.degree", "2"}, {"rule.terms", "[all]"}, {"rule.start", "{}"}, {"rule.tau_e", "inf"}},
    {{"rule.degree", "5"}, {"rule.terms", "[all]"}, {"rule.start", "{}"}, {"rule.tau_e", "inf"}},
    {{"rule.degree", "1"},
     {"rule.terms", "[r0 d0, r1 d0, p1, r1 p1]"},
     {"rule.start", "{r1 p1: 1}"},
     {"rule.tau_e", "inf"}},
    {{"rule.degree", "1"},
     {"rule.terms", "[r1 p1, p2 w1]"},
     {"rule.start", "{r1 p1: 1, p2 w1: -1}"},
     {"rule.tau_e", "inf"}},
    {{"rule.degree", "1"},
     {"rule.terms", "[r1 p1, r1 p2]"},
     {"rule.start", "{r1 p2: 1, r1 p1: -0.5}"},
     {"rule.tau_e", "inf"}},
    {{"rule.degree", "3"},
     {"rule.terms", "[r1 d3, r1 d3 p2]"},
     {"rule.start", "{r1 d3: -1, r1 d3 p2: 1}"},
     {"rule.tau_e", "inf"}},
};

/* What the rules are. Those that were made for learning without reward are here the eligibility, of
 * which (9) takes a share m = g (R - Rbar) into the weights: a trial that went as well as expected
 * changes nothing, one that went worse undoes. So what such a rule alone converges to, Oja's unit
 * norm or BCM's selectivity, is not what it converges to here; what is left on average is the
 * covariance of its changes with the reward. */
static const char *const preset_sentence[PRESETS] = {
    "",
    "r^3 D^3, Miconi, eLife 2017;6:e20899.",
    "r D, the covariance of the presynaptic rate and the postsynaptic change.",
    "All terms of degree 2, Maoutsa, arXiv 2512.09366.",
    "All terms of degree 5, Maoutsa, arXiv 2512.09366.",
    "(r - a)(p - b), the covariance of rates, Sejnowski, J Math Biol 1977;4:303; the mean rates a "
    "and b start from 0, and the coefficients that stand for them can be learned. Gated by R - "
    "Rbar "
    "it learns from the covariance of both rates with the reward, not from theirs alone.",
    "r p - p^2 w, Oja, J Math Biol 1982;15:267. Gated by R - Rbar, whose mean is about 0, its "
    "second term no longer normalises the weights: worse trials undo it.",
    "r p (p - 0.5), Bienenstock, Cooper and Munro, J Neurosci 1982;2:32, with a fixed threshold "
    "instead of one that slides. Gated by R - Rbar, worse trials exchange growth and decay.",
    "-r D^3 (1 - p^2), r times the cube of the change times the slope of tanh at the state before "
    "the step: the cubic rule for what the unit's gain lets through.",
};

const char *settings_preset_sentence(const struct parameter *row, int index)
{
    return row->choices == presets ? preset_sentence[index] : "";
}

const struct settings_assignment *settings_preset(const struct parameter *row, int index)
{
    return row->choices == presets ? preset[index] : NULL;
}

const struct parameter *settings_parameters(int *count)
{
    *count = sizeof table / sizeof table[0];
    return table;
}

bool settings_is_section(const char *name)
{
    int rows;
    const struct parameter *row = settings_parameters(&rows);
    size_t length = strlen(name);
    for (int i = 0; i < rows; i++)
        if (length > 0 && strncmp(row[i].name, name, length) == 0 && row[i].name[length] == '.')
            return true;
    return false;
}

/* The only state of the table: filled once at the start of the program, then read. */
static const struct settings_family_member no_members[] = {{NULL, NULL, NULL}};
static const struct settings_family_member *tasks = no_members;

void settings_register_tasks(const struct settings_family_member *members)
{
    tasks = members;
}

void settings_register_choice(const char *name, const char *choice)
{
    const struct parameter *row = table;
    while (strcmp(row->name, name) != 0)
        row++;
    const char **const lists[] = {families, estimators, optimizers};
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        int i = 0;
        while (row->choices == lists[l] && lists[l][i] && strcmp(lists[l][i], choice) != 0)
            i++;
        assert(i < REGISTERED);
        if (row->choices == lists[l])
            lists[l][i] = choice;
    }
}

const struct settings_family_member *settings_members(const struct parameter *parameter)
{
    return parameter->type == PARAMETER_VARIANT ? tasks : no_members;
}

bool settings_is_first(const struct parameter *row)
{
    return row && (row->type == PARAMETER_VARIANT || settings_preset(row, 0));
}
