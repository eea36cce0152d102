"""A lifetime whose trials a peer runs, held against what the program recorded of it.

The peer's trial takes the place of the trial in the recomputation of a replay record, so that a whole
lifetime, with the derivatives of every trial, rests on it.
"""
import pathlib
import sys
import unittest.mock

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "program"))
import replay  # noqa: E402
import test_replay  # noqa: E402


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


def read(archive):
    """The record of lifetime 0-0-0."""
    with h5py.File(archive) as file:
        return replay.Record(file["replay/0-0-0"])


def deviations(record, kind):
    """By name of the record's datasets, the largest deviation of what trials of `kind` come to."""
    lifetime = type("OneKindLifetime", (PeerLifetime,), {"kind": kind})
    with unittest.mock.patch.object(replay, "Lifetime", lifetime):
        return test_replay.deviations(record)
