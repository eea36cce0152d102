"""The numpy trials that the scoreboard compares with do the same work to 1e-10.

They take the place of the trial in the recomputation of a replay record, so that a whole lifetime,
with the derivatives of every trial, rests on them.
"""
import sys
import unittest
import unittest.mock

import h5py
import numpy as np

import replay
import test_replay
import thetasweep

sys.path.insert(0, str(thetasweep.ROOT / "tests" / "peers"))
import numpy_tangents  # noqa: E402

TOLERANCE = 1e-10

# All coefficients of d = 5 with everything that the peers know: decay, clamped units, a trace that
# is carried on, late eligibility.
SWEEP = """
seed: 21
task: {name: dnms, cue: 12 ms, delay: 8 ms, wait: 8 ms, response: 12 ms}
network: {units: 24, gain: 1.5, bias: 0.2, clamped: {1: 1, 10: 1, 11: -1}}
exploration: {kind: kicks, probability: 0.03, amplitude: 16}
rule: {degree: 5, start: {r3 d3: -1, r1 d1: -0.2, r0 d2: 0.01, r5 d4: 0.1}, tau_e: 40 ms,
       carry_trace: true, eligibility_start: 3 ms}
learning: {trials: 12, warmup: 2, rate: 0.05, reward: square}
meta: {iterations: 1, seeds: 1, held_out_seeds: 0, estimator: pathwise}
record: {replay: [0, 0, 0]}
"""


class PeerLifetime(replay.Lifetime):
    """A lifetime whose trials are run by `kind`."""

    kind = None

    def run_trial(self, h):
        a = self.record
        self.start_trial(h)
        trial = self.kind(self.W, self.U, a.theta_lk, [(l, k) for _, l, k in self.theta], a.alpha,
                          a.alpha_x, a.dt, 1 - a.dt / a.tau_e, self.live, self.psi)
        drive = (a.input[h] @ a.weights["input"].T + a.weights["bias"] + a.exploration[h])
        r, r_dot = trial.run(drive, self.x, self.xbar, a.clamped_unit, a.clamped_state,
                             a.eligibility_first_step)
        self.xbar, self.psi, self.e, self.z = trial.xbar, trial.psi, trial.e, trial.z
        y, y_dot = r @ a.weights["readout"].T, r_dot @ a.weights["readout"].T
        R, slope = replay.judge(a, a.reward_kind, h, y)
        R_dot = np.einsum("to,tpo->p", slope, y_dot)
        unit0 = np.append(np.tanh(self.x[0]), r[:, 0])
        return unit0, R, R_dot, R, R_dot


class Peers(thetasweep.Case):
    def test_numpy_tangents_equal_the_kernels(self):
        archive = self.folder / "run.h5"
        self.run_program("run", self.write("sweep.yaml", SWEEP), "-o", archive)
        with h5py.File(archive) as file:
            record = replay.Record(file["replay/0-0-0"])
        self.assertEqual(record.P, 36)
        for name, kind in numpy_tangents.KINDS.items():
            lifetime = type("OneKindLifetime", (PeerLifetime,), {"kind": kind})
            with unittest.mock.patch.object(replay, "Lifetime", lifetime):
                compared = test_replay.deviations(record)
            self.assertEqual(len(compared), 13)
            for dataset, error in compared.items():
                self.assertLessEqual(error, TOLERANCE, f"{name}: {dataset}")
            self.assertGreater(np.abs(record.gradient).min(), 0)


if __name__ == "__main__":
    unittest.main()
