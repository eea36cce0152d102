"""Parameters of a grid beside others that are drawn, or listed in a table."""
import csv
import unittest

import h5py
import numpy as np

from test_ranks import check_ranks_and_shards
from thetasweep import Case

SWEEP = """\
name: nested
seed: 4
network: {units: 8, tau: 50 ms, dt: 20 ms}
learning: {trials: 10, warmup: 2}
meta: {iterations: 1, seeds: 2, held_out_seeds: 2}
sweep:
  method: sobol
  samples: 2
  parameters:
    learning.rate: {min: 1e-3, max: 0.1, distribution: log_uniform}
    rule.preset: {values: [none, miconi], method: grid}
    task: {values: [association, dnms], method: grid}
    task.delay: {values: [100 ms, 200 ms], when: {task: dnms}, method: grid}
"""
SIMPLE = "".join(line for line in SWEEP.splitlines(True) if "task" not in line)
POINTS = [(preset, task, delay) for preset in ("none", "miconi")
          for task, delay in (("association", np.nan), ("dnms", 100), ("dnms", 200))]


class Nested(Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)

    def check(self, text, status=0):
        self.write("other.yaml", text)
        return self.run_program("check", "other.yaml", "--no-timing", status=status)

    def test_each_sample_meets_each_point_of_the_grid(self):
        self.assertRegex(self.check(SWEEP).stdout,
                         r"(?m)^candidates +12 \(6 points of a grid, 2 samples\)$")
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        self.write("plain.yaml", "".join(line for line in SWEEP.splitlines(True) if "grid" not in line))
        self.run_program("run", "plain.yaml", "-o", "plain.h5")
        with h5py.File(self.folder / "run.h5") as run, h5py.File(self.folder / "plain.h5") as plain:
            np.testing.assert_array_equal(run["candidates/learning.rate"][()],
                                          np.repeat(plain["candidates/learning.rate"][()], len(POINTS)))
            found = zip(run["candidates/rule.preset"].asstr(), run["candidates/task.name"].asstr(),
                        run["candidates/task.delay"])
            self.assertEqual(str(list(found)), str([(p, t, np.float64(d)) for p, t, d in 2 * POINTS]))
        self.run_program("export", "run.h5", "--csv", "run.csv", "--optuna", "run.log")
        table = list(csv.DictReader((self.folder / "run.csv").read_text().splitlines()))
        self.assertEqual([line["rule.preset"] for line in table], 2 * (3 * ["none"] + 3 * ["miconi"]))
        # the archive is all that later readers have
        self.assertIn("\ncomplete\n", self.run_program("status", "run.h5").stdout)
        said = self.run_program("diff", "run.h5", "plain.yaml", status=None).stdout
        self.assertIn("[none, miconi] of a grid", said)

    def test_the_archive_is_the_same_on_ranks_and_in_shards(self):
        check_ranks_and_shards(self)

    def test_a_table_meets_a_grid(self):
        self.write("rows.csv", "learning.rate,network.gain\n0.01,1\n0.02,1.5\n")
        text = SWEEP[:SWEEP.index("sweep:")] + """\
sweep: {method: list, file: rows.csv, parameters: {network.phi: {values: [tanh, relu], method: grid}}}
"""
        self.assertIn("candidates          4 (2 points of a grid, 2 samples)", self.check(text).stdout)
        self.assertIn("network.phi: found beside sweep.file, allowed: with method: grid",
                      self.check(text.replace(", method: grid", ""), 2).stderr)

    def test_what_does_not_go_together_is_refused(self):
        for old, new, said in (
                ("sobol", "tpe", "rule.preset: found method grid in a sweep of method tpe, allowed"),
                ("miconi], method: grid", "miconi], method: random", "found method random at a parameter"),
                ("log_uniform}", "log_uniform, count: 2, method: grid}", "at each other parameter"),
                ("meta: {", "meta: {stopping: population, evaluate_every: 1, ",
                 "found population with parameters of method grid"),
                # no effect where nothing is learned by the rule: twice the same lifetimes
                ("rule.preset: {values: [none, miconi]", "meta.estimator: {values: [pathwise, discounted], "
                 "method: grid}\n    meta.discount: {values: [0.5, 0.9]",
                 "candidates 0 and 1 would be the same lifetimes")):
            self.assertIn(said, self.check(SIMPLE.replace(old, new), 2).stderr)
        # early stopping compares all candidates, at whichever point
        self.assertIn("early stopping      halving at", self.check(SIMPLE.replace(
            "meta: {iterations: 1", "meta: {stopping: halving, evaluate_every: 1, iterations: 4")).stdout)


if __name__ == "__main__":
    unittest.main()
