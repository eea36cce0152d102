"""compare: two rules on the same test seeds, against what numpy makes of the records."""
import importlib.util
import itertools
import math
import re
import subprocess
import sys
import unittest

import h5py
import numpy

from test_tested import SWEEP as TESTED
from thetasweep import ROOT, Case

SWEEP = TESTED.replace("name: tested\nseed: 2", "name: compare")
STUDENT = 2.776445105  # 95 %, 4 degrees of freedom
NUMBER = r"(-?[\d.]+(?:e[-+]?\d+)?|inf)"


def flips(difference):
    """Two-sided: twice the smaller share of the flips of signs that reach the sum."""
    sums = [sum(sign * d for sign, d in zip(signs, difference))
            for signs in itertools.product((1, -1), repeat=len(difference))]
    below = sum(s <= sums[0] + 1e-12 for s in sums) / len(sums)
    above = sum(s >= sums[0] - 1e-12 for s in sums) / len(sums)
    return min(1, 2 * min(below, above))


class Compare(Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        with h5py.File(self.folder / "run.h5", "r+") as run:  # readers look at no checksums
            run["tests/trials_to_criterion"][0, 1] = [200, 300, 400, -1, 500]
            run["tests/trials_to_criterion"][1, 1] = [400, 600, 800, 900, 1000]
            self.loss = run["tests/loss"][()]

    def test_numbers_are_those_of_the_records(self):
        said = self.run_program("compare", "run.h5", "--candidate", 0, "--other", 1).stdout
        x, y = self.loss[0, 1], self.loss[1, 1]
        d = x - y
        error = d.std(ddof=1) / 5 ** 0.5
        row = re.search(rf"loss \(19\) +{NUMBER} \+- {NUMBER} +{NUMBER} \+- {NUMBER} +{NUMBER} +"
                        rf"{NUMBER} to {NUMBER}", said)
        numpy.testing.assert_allclose(
            [float(text) for text in row.groups()],
            [x.mean(), x.std(ddof=1) / 5 ** 0.5, y.mean(), y.std(ddof=1) / 5 ** 0.5, d.mean(),
             d.mean() - STUDENT * error, d.mean() + STUDENT * error], rtol=0.05)
        numpy.testing.assert_allclose(float(row[5]), d.mean(), rtol=1e-3)
        chance = re.search(rf"p = {NUMBER} \(t = {NUMBER}, 5 pairs\), p = {NUMBER}", said)
        numpy.testing.assert_allclose(float(chance[2]), d.mean() / error, rtol=5e-3)
        numpy.testing.assert_allclose(float(chance[3]), flips(d), rtol=0.01)
        t = abs(d.mean() / error)  # of 4 degrees the distribution has a closed form
        s = t / math.sqrt(4 + t * t)
        numpy.testing.assert_allclose(float(chance[1]), 1 - s * (3 - s * s) / 2, rtol=0.06)

    def test_criterion_is_compared_by_medians(self):
        said = self.run_program("compare", "run.h5", "--candidate", 0, "--other", 1).stdout
        self.assertIn("A 400 (1 of 5 seeds never), B 800 (0 of 5 seeds never)", said)
        ratio, low, high = map(float, re.search(
            rf"A needs {NUMBER} times those of B, 95 % interval {NUMBER} to {NUMBER}",
            said).groups())
        self.assertEqual((ratio, low), (0.5, 0.5))
        self.assertGreaterEqual(high, 0.5)
        never = self.run_program("compare", "run.h5", "--candidate", 0).stdout
        self.assertIn("B never (5 of 5 seeds never)", never)
        self.assertNotIn("A needs", never)

    def test_two_archives_are_compared_by_their_best(self):
        self.run_program("run", "sweep.yaml", "-o", "other.h5", "--set", "network.gain=1.2")
        said = self.run_program("compare", "run.h5", "other.h5").stdout
        self.assertIn("not the same networks, trials and losses: network.gain: 1.5 and 1.2\n", said)
        for letter, name in (("A", "run.h5"), ("B", "other.h5")):
            best = re.search(r"Best: candidate (\d+)", self.run_program("status", name).stdout)[1]
            self.assertIn(f"{letter}: {name}, candidate {best}: ", said)
        self.assertNotIn("not the same", self.run_program("compare", "run.h5", "run.h5").stdout)

    def test_what_was_not_tested_is_refused(self):
        self.run_program("run", "sweep.yaml", "-o", "bare.h5", "--set", "meta.test_seeds=0")
        said = self.run_program("compare", "run.h5", "bare.h5", status=2).stderr
        self.assertRegex(said, r"bare.h5: candidate \d+ has no tests, allowed: ")
        with h5py.File(self.folder / "run.h5", "r+") as run:
            run["tests/state"][2, 0, 0] = 0
        said = self.run_program("compare", "run.h5", "--candidate", 2, status=2).stderr
        self.assertIn("found 4 of 5 lifetimes on test seeds run, allowed: all", said)


if __name__ == "__main__":
    unittest.main()


@unittest.skipIf(importlib.util.find_spec("matplotlib") is None, "no matplotlib here")
class Plot(Case):
    """plot_rules.py draws what compare compares."""

    def plot(self, *words):
        return subprocess.run([sys.executable, ROOT / "analysis" / "plot_rules.py", *words],
                              cwd=self.folder, capture_output=True, text=True, timeout=120)

    def test_curves_are_of_the_tested_networks_that_have_an_end(self):
        self.write("sweep.yaml", SWEEP)
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        self.run_program("run", "sweep.yaml", "-o", "bare.h5", "--set", "meta.test_seeds=0")
        with h5py.File(self.folder / "run.h5", "r+") as run:
            run["tests/trials_to_criterion"][1, 1] = [200, 300, 400, -1, 500]
            run["tests/state"][1, 1, 2] = 2
            losses = -run["tests/reward"][1, 1][[0, 1, 3, 4]]
        done = self.plot("rules.svg", "one=run.h5:1", "both=run.h5:1,bare.h5")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        drawn = (self.folder / "rules.svg").read_text()
        self.assertIn("<svg", drawn)
        sys.path.insert(0, str(ROOT / "analysis"))
        import plot_rules
        read, reached = plot_rules.read_one(str(self.folder / "run.h5:1"))
        numpy.testing.assert_array_equal(read, losses)
        self.assertEqual(reached.tolist(), [200, 300, math.inf, math.inf, 500])
        trial, means = plot_rules.smooth(read)
        window = min(50, losses.shape[1])
        numpy.testing.assert_allclose(means[:, 0], losses[:, :window].mean(1), rtol=1e-6)
        numpy.testing.assert_allclose(means[:, -1], losses[:, -window:].mean(1), rtol=1e-6)
        self.assertEqual((trial[0], trial[-1]), ((window + 1) / 2, losses.shape[1] - (window - 1) / 2))

    def test_what_cannot_be_drawn_is_told(self):
        self.write("sweep.yaml", SWEEP)
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        for word, said in (("run.h5", "allowed: LABEL=ARCHIVE"), ("a=run.h5:7", "allowed: 0 to 2")):
            done = self.plot("rules.svg", word)
            self.assertEqual(done.returncode, 1)
            self.assertIn(said, done.stderr)
        self.assertFalse((self.folder / "rules.svg").exists())
