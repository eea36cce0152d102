"""compare: two rules on the same test seeds, against what numpy makes of the records."""
import itertools
import math
import re
import unittest

import h5py
import numpy

from test_tested import SWEEP as TESTED
from thetasweep import Case

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
