"""Replay records against a recomputation that shares nothing with the program but the equations.

Both sides compute in double precision and sum in different orders, and learning amplifies rounding
from trial to trial: over the few dozen trials here deviations stay below 1e-11 of the largest
value. A wrong term or index shows at 1e-3 or more, so that 1e-9 tells the two apart.
"""
import copy
import unittest

import h5py
import numpy as np

import replay
import thetasweep

TOLERANCE = 1e-9

# Everything of the published program at once: clamped units, the trace carried from trial to trial,
# the rate of unit 0 as output, late noise and eligibility, |Rbar| as gain, a clip that is reached.
MICONI = """
seed: 11
task: {name: dnms, cue: 12 ms, delay: 8 ms, wait: 8 ms, response: 12 ms}
network: {units: 24, gain: 1.5, readout: unit, clamped: {1: 1, 10: 1, 11: -1}}
exploration: {kind: kicks, probability: 0.03, amplitude: 16, start: 4 ms}
rule: {degree: 3, start: {r3 d3: -1}, carry_trace: true, eligibility_start: 3 ms}
learning: {trials: 32, warmup: 6, rate: 0.3, clip: 0.02, reward_gain: absolute, reward: absolute}
meta: {iterations: 2, seeds: 2, held_out_seeds: 0, estimator: pathwise}
record: {replay: [0, 1, 1]}
"""

# All 38 free parameters, sparse connections, gaussian noise, noisy inputs.
LARGE_RULE = """
seed: 12
task: {name: perceptual, fixation: 20 ms, stimulus: 160 ms, delay: 20 ms, response: 40 ms}
network: {units: 20, gain: 1.2, density: 0.5, self_connections: false, tau: 20 ms, dt: 4 ms,
          bias: 0.3}
exploration: {kind: gaussian, sd: 0.5}
rule: {degree: 5, start: {r1 d1: -0.2, r3 d3: -0.5, r5 d1: 0.1, r0 d2: 0.01}, tau_e: 80 ms,
       tau_w: 50, trace_alpha: 0.3, learn: [theta, tau_e, tau_w]}
learning: {trials: 30, warmup: 4, rate: 0.01, reward: square}
meta: {iterations: 2, seeds: 1, held_out_seeds: 0, discount: 0.8, loss_trials: 12}
record: {replay: [0, 1, 0]}
"""

# Two candidates of different sizes, rectified rates, weight noise, sensitivities that are reset.
RECTIFIED = """
seed: 13
task: {name: association, cue: 42 ms, delay: 36 ms, response: 42 ms}
network: {units: 20, gain: 0.8, density: 0.7, tau: 30 ms, dt: 3 ms, phi: relu, bias: 0.2}
exploration: {kind: kicks, probability: 0.02, amplitude: 4}
rule: {degree: 2, terms: [r1 d1, r2 d1, r0 d2, r1 d0], start: {r1 d1: -0.05, r2 d1: 0.01},
       tau_e: 90 ms, tau_w: 200, trace_alpha: 0.2}
learning: {trials: 20, warmup: 3, rate: 0.1, clip: 0.01, weight_noise: 0.005}
meta: {iterations: 2, seeds: 2, held_out_seeds: 0, discount: 0.95, reset_every: 5}
sweep: {parameters: {network.units: {values: [18, 26]}, rule.degree: {values: [2, 3]}}}
record: {replay: [[0, 1, 0], [3, 0, 1]]}
"""

# A reward without a derivative: only the objective has one.
BINARY = """
seed: 14
task: {name: association, cue: 40 ms, delay: 60 ms, response: 40 ms}
network: {units: 30, tau: 20 ms, dt: 2 ms, bias: 0.2}
exploration: {kind: kicks, probability: 0.05, amplitude: 3}
rule: {degree: 3, start: {r3 d3: -1}, tau_e: 100 ms, trace_alpha: 0.05, learn: [theta, tau_e]}
learning: {trials: 24, warmup: 4, rate: 0.02, reward: binary}
meta: {iterations: 2, seeds: 1, held_out_seeds: 0, discount: 0.9, rpe_gradient: stopped,
       objective: square}
record: {replay: [0, 1, 0]}
"""

# Time constants alone; no coefficient is free.
TIME_CONSTANTS = """
seed: 15
task: {name: dnms, cue: 20 ms, delay: 20 ms, wait: 20 ms, response: 20 ms}
network: {units: 22, tau: 20 ms, dt: 2 ms, density: 0.6}
exploration: {kind: gaussian, sd: 1, start: 6 ms}
rule: {degree: 4, start: {r1 d1: -0.3, r4 d2: 0.1}, tau_e: 60 ms, tau_w: 40, learn: [tau_e, tau_w],
       carry_trace: true}
learning: {trials: 24, warmup: 2, rate: 0.02, reward: square, reward_gain: absolute,
           weight_noise: 0.01}
meta: {iterations: 2, seeds: 1, held_out_seeds: 0, discount: 0.95, objective: absolute}
record: {replay: [0, 1, 0]}
"""

# Two outputs, each judged by its sign; and one that is judged by when it crosses 0.
FLIPFLOP = """
seed: 16
task: {name: flipflop, bits: 2, slots: 5, slot: 24 ms, pulse: 12 ms}
network: {units: 26, tau: 20 ms, dt: 2 ms, bias: 0.2}
exploration: {kind: kicks, probability: 0.05, amplitude: 3}
rule: {degree: 3, start: {r3 d3: -1}, tau_e: 100 ms, learn: [theta, tau_e]}
learning: {trials: 28, warmup: 4, rate: 0.02, reward: REWARD}
meta: {iterations: 2, seeds: 1, held_out_seeds: 0, discount: 0.9, rpe_gradient: stopped,
       objective: square}
record: {replay: [0, 1, 0]}
"""
READY_SET_GO = FLIPFLOP.replace("""flipflop, bits: 2, slots: 5, slot: 24 ms, pulse: 12 ms}""",
                                """readysetgo, fixation: 10 ms, pulse: 8 ms, shortest: 30 ms,
       longest: 120 ms, intervals: 3, rise: 20 ms, hold: 40 ms}""")
READY_SET_GO = READY_SET_GO.replace("objective: square", "objective: wrong")

# Other variables than r and Delta: the postsynaptic rate and the weight itself.
ALL_VARIABLES = """
seed: 17
task: {name: dnms, cue: 20 ms, delay: 20 ms, wait: 20 ms, response: 20 ms}
network: {units: 24, tau: 20 ms, dt: 2 ms, bias: 0.2, density: 0.7, clamped: {1: 1}}
exploration: {kind: kicks, probability: 0.05, amplitude: 3}
rule: {degree: 3, terms: [r1 d1, r1 p1, d3 p2, p2 w1, r2 d1 w2], tau_e: 80 ms, tau_w: 60,
       start: {r1 d1: -0.3, r1 p1: 0.1, d3 p2: -0.5, p2 w1: -0.3},
       learn: [theta, tau_e, tau_w, clip, baseline_rate], carry_trace: true}
learning: {trials: 24, warmup: 2, rate: 0.02, reward: square, clip: 0.02}
meta: {iterations: 2, seeds: 1, held_out_seeds: 0, discount: 0.95}
record: {replay: [0, 1, 0]}
"""


def deviation(ours, theirs, axis=None):
    """Largest deviation over the largest value; with an axis for each of its entries, the worst."""
    if theirs.shape != ours.shape:
        raise AssertionError(f"shape {theirs.shape}, recomputed {ours.shape}")
    others = None if axis is None else tuple(n for n in range(ours.ndim) if n != axis)
    error = np.abs(ours - theirs).max(axis=others)
    size = np.abs(ours).max(axis=others)
    relative = np.where(error == 0, 0, error / np.where(size == 0, np.finfo(float).tiny, size))
    return float(np.max(relative))


# Where the parameter is in a dataset: parameters differ by orders of magnitude, so each counts.
PARAMETER_AXIS = {"reward_dot": 1, "objective_dot": 1, "update_dot": 2, "gradient": 0}


def largest(record):
    """The largest of the deviations."""
    return np.max(list(deviations(record).values()))


def deviations(record):
    """Name of each dataset that the record has, and how far it is from the recomputed one."""
    return {name: deviation(np.asarray(ours), np.asarray(getattr(record, name)),
                            PARAMETER_AXIS.get(name))
            for name, ours in replay.replay(record).items() if hasattr(record, name)}


class Replay(thetasweep.Case):
    def records(self, text, ranks=None):
        """Runs a sweep; returns its records by (candidate, iteration, seed)."""
        self.archive = self.folder / "run.h5"
        self.run_program("run", self.write("sweep.yaml", text), "-o", self.archive, ranks=ranks)
        with h5py.File(self.archive) as file:
            return {tuple(map(int, name.split("-"))): replay.Record(group)
                    for name, group in file["replay"].items()}

    def check(self, text, lifetimes, ranks=None):
        """Replays all records of a sweep and returns them."""
        records = self.records(text, ranks)
        self.assertEqual(set(records), set(lifetimes))
        for record in records.values():
            self.assert_replays(record)
        self.assert_same_as_slots(records)
        return records

    def assert_replays(self, record, derivatives=True):
        """`derivatives`: whether the record has them trial by trial, as tangents give them."""
        compared = deviations(record)
        for name, error in compared.items():
            self.assertLessEqual(error, TOLERANCE, name)
        trial_by_trial = {"reward_dot", "objective_dot", "update_dot"}
        self.assertEqual(trial_by_trial & set(compared), trial_by_trial if derivatives else set())
        self.assertEqual(len(compared), 13 if derivatives else 10)
        for name in ("reward", "eligibility", "gradient"):
            self.assertGreater(np.abs(getattr(record, name)).max(), 0, f"{name} is all zero")
        self.assertTrue(np.all(record.gradient != 0), "a free parameter has no gradient")
        learned = np.abs(record.weights_after[-1] - record.weights["recurrent"]).max()
        self.assertGreater(learned, 1e-3, "nothing was learned")

    def assert_same_as_slots(self, records):
        """The record's results and those of the sweep are the same bits."""
        with h5py.File(self.archive) as file:
            names = [name.decode() for name in file["parameter"]]
            for slot, record in records.items():
                columns = [names.index(name) for name in record.names]
                self.assertEqual(file["lifetimes/loss"][slot], record.loss)
                np.testing.assert_array_equal(file["lifetimes/gradient"][slot][columns],
                                              record.gradient)
                np.testing.assert_array_equal(file["theta"][slot[:2]][columns], record.theta)
                np.testing.assert_array_equal(file["lifetimes/reward"][slot][:record.H],
                                              record.reward.astype(np.float32))

    def test_rule_of_miconi(self):
        record = self.check(MICONI, [(0, 1, 1)])[0, 1, 1]
        still = record.update_dot[record.warmup:] == 0
        self.assertTrue(0.001 < still.mean() < 0.5, "the clip is reached never or nearly always")

    def test_all_38_parameters_in_a_sparse_network(self):
        record = self.check(LARGE_RULE, [(0, 1, 0)])[0, 1, 0]
        self.assertEqual(record.P, 38)

    def test_rectified_rates_with_weight_noise_on_two_ranks(self):
        records = self.check(RECTIFIED, [(0, 1, 0), (3, 0, 1)], ranks=2)
        self.assertEqual([(record.N, record.degree) for record in records.values()],
                         [(18, 2), (26, 3)])

    def test_binary_reward(self):
        record = self.check(BINARY, [(0, 1, 0)])[0, 1, 0]
        self.assertEqual(set(record.reward), {0, 1})

    def test_several_outputs(self):
        record = self.check(FLIPFLOP.replace("REWARD", "square"), [(0, 1, 0)])[0, 1, 0]
        self.assertEqual(record.O, 2)

    def test_judgements_of_tasks_that_have_their_own(self):
        for sweep in (FLIPFLOP, READY_SET_GO):
            record = self.check(sweep.replace("REWARD", "binary"), [(0, 1, 0)])[0, 1, 0]
            self.assertEqual(set(record.reward), {0, 1})
            record.task["name"] = "association"
            self.assertGreater(largest(record), TOLERANCE, "the usual judgement is the same")
            self.archive.unlink()

    def test_time_constants_alone(self):
        record = self.check(TIME_CONSTANTS, [(0, 1, 0)])[0, 1, 0]
        self.assertEqual(record.names, ["log_tau_e", "log_tau_w"])

    def test_rule_with_the_postsynaptic_rate_and_the_weight(self):
        record = self.check(ALL_VARIABLES, [(0, 1, 0)])[0, 1, 0]
        self.assertEqual(record.names, ["r1 d1", "r1 p1", "d3 p2", "p2 w1", "r2 d1 w2", "log_tau_e",
                                        "log_tau_w", "log_clip", "log_beta"])
        for name in ("factor_powers", "factor_theta_lk"):
            self.assert_found(record, name, getattr(record, name) + 1)

    def test_gradient_of_the_adjoint(self):
        for text, slot in ((MICONI, (0, 1, 1)), (LARGE_RULE, (0, 1, 0)),
                           (ALL_VARIABLES, (0, 1, 0))):
            record = self.records(text.replace("meta: {", "meta: {gradient: adjoint, "))[slot]
            self.assert_replays(record, derivatives=False)
            self.archive.unlink()

    def test_every_number_of_the_record_counts(self):
        """A record with one thing changed no longer agrees: none is there for show, and the
        comparison sees them all."""
        record = self.records(RECTIFIED)[0, 1, 0]
        self.assertLessEqual(largest(record), TOLERANCE)
        for name in ("alpha", "alpha_x", "dt", "tau_e", "tau_w", "eta", "clip", "beta", "sigma_w",
                     "gamma", "theta_lk", "input", "target", "window", "x0", "exploration",
                     "weight_noise", "loss_weight"):
            self.assert_found(record, name, getattr(record, name) * 1.0001 + 1e-4)
        for name, matrix in record.weights.items():
            self.assert_found(record, "weights", {**record.weights, name: matrix + 1e-4})
        self.assert_found(record, "type", 0 * record.type)
        self.assert_found(record, "mask", 1 - record.mask)
        for name in ("warmup", "reset_every", "eligibility_first_step"):
            self.assert_found(record, name, getattr(record, name) + 1)
        for name, value in (("carry_trace", 1), ("phi", "tanh"), ("reward_kind", "square"),
                            ("objective_kind", "square"), ("reward_gain", "absolute"),
                            ("rpe_gradient", "stopped")):
            self.assert_found(record, name, value)

    def assert_found(self, record, name, value):
        changed = copy.copy(record)
        setattr(changed, name, value)
        with self.subTest(name):
            self.assertGreater(largest(changed), TOLERANCE)


if __name__ == "__main__":
    unittest.main()
