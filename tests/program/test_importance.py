"""Which swept parameters matter: the numbers against the definition, and their place on the page."""
import importlib.util
import math
import subprocess
import sys
import unittest

import numpy

from thetasweep import ROOT, Case

SWEEP = """
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 8, tau: 50 ms, dt: 20 ms}
rule: {start: {r3 d3: -0.01}}
learning: {trials: 10, warmup: 2}
meta: {iterations: 0, held_out_seeds: 2}
sweep:
  method: random
  samples: 24
  parameters:
    learning.rate: {min: 0.01, max: 1, distribution: log_uniform}
    network.dt: {values: [10 ms, 20 ms]}
    rule.family: {values: [polynomial, node_perturbation]}
"""


def gaussians(count):
    """Parzen estimate of a number on a grid, sum by sum."""
    cells, total = len(count), sum(count)
    at = [c for c in range(cells) if count[c]]
    middle = sum(c * count[c] for c in at) / total
    spread = math.sqrt(sum(count[c] * (c - middle) ** 2 for c in at) / (total - 1))
    below = [sum(count[c] for c in at[:i + 1]) for i in range(len(at))]
    low = next(c for c, n in zip(at, below) if n >= total // 4)
    high = next((c for c, n in zip(at, below) if n > total * 3 // 4), at[-1])
    width = max(1.059 * min((high - low) / 1.34, spread) / total ** 0.2, 0.5 / 1.64)

    def mass(cell, centre, sigma):
        below = [math.erf((edge - centre) / sigma / 2 ** 0.5) for edge in
                 (cell - 0.5, cell + 0.5, -0.5, cells - 0.5)]
        return (below[1] - below[0]) / (below[3] - below[2])
    return [(sum(count[c] * mass(cell, c, width) for c in at) +
             mass(cell, (cells - 1) / 2, cells)) / (total + 1) for cell in range(cells)]


def variance(top, every, share):
    return share ** 2 * sum(q * (p / q - 1) ** 2 for p, q in zip(top, every))


@unittest.skipIf(importlib.util.find_spec("matplotlib") is None, "no matplotlib here")
class Importance(Case):
    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, str(ROOT / "analysis"))
        from figures import importance
        cls.of = importance
        cls.random = numpy.random.default_rng(3)
        cls.gain = cls.random.uniform(0.001, 1, 80)
        cls.word = cls.random.integers(3, size=80)
        cls.loss = (cls.gain - 0.4) ** 2 + 0.01 * cls.random.normal(size=80)

    def counts(self, axis):
        cell, cells = axis.cells()
        best = numpy.argsort(self.loss)[:8]  # a tenth
        return [numpy.bincount(cell[which], minlength=cells) for which in (best, slice(None))]

    def test_number_is_its_definition(self):
        for logarithmic in (True, False):
            values = self.gain if logarithmic else 1 + self.gain
            axis = self.of.Axis("network.gain", [f"{value!r} ms" for value in values.tolist()])
            self.assertEqual(axis.logarithmic, logarithmic)
            x = numpy.log(values) if logarithmic else values
            cell, cells = axis.cells()
            self.assertEqual(cells, 50)
            place = 49 * (x - x.min()) / (x.max() - x.min())
            self.assertLessEqual(numpy.abs(cell - place).max(), 0.5 + 1e-9)
            expected = variance(*map(gaussians, self.counts(axis)), 0.1)
            found = self.of.importance(cell, cells, True, self.loss)
            self.assertAlmostEqual(found / expected, 1, 6)

    def test_words_are_a_histogram(self):
        axis = self.of.Axis("rule.start", [["{r3 d3: -1}", "[a]", "x"][word] for word in self.word])
        self.assertEqual(len(axis.levels), 3)
        top, every = ((count + 1 / 3) / (count.sum() + 1) for count in self.counts(axis))
        self.assertAlmostEqual(self.of.importance(*axis.cells(), False, self.loss),
                               variance(top, every, 0.1), 9)
        few = self.of.Axis("network.units", ["8", "16", "12", "8"])
        self.assertEqual((few.levels, few.place.tolist()), (["8", "12", "16"], [0, 2, 1, 0]))

    def test_what_matters_is_told_from_chance(self):
        gain = self.of.Axis("a", [str(value) for value in self.gain])
        word = self.of.Axis("b", [f"w{value}" for value in self.word])
        value, low, high, chance = self.of.measure(gain, self.loss)
        self.assertTrue(chance < low < value < high)
        value, low, high, chance = self.of.measure(word, self.loss)
        self.assertTrue(value < chance and low < value < high)
        self.assertEqual(self.of.measure(word, self.loss), (value, low, high, chance))

    @unittest.skipIf(importlib.util.find_spec("optuna") is None, "no Optuna here")
    def test_numbers_are_optunas(self):
        import optuna
        study = optuna.create_study()
        gain = optuna.distributions.FloatDistribution(self.gain.min(), self.gain.max(), log=True)
        study.add_trials([optuna.create_trial(params={"gain": x}, distributions={"gain": gain}, value=y)
                          for x, y in zip(self.gain, self.loss)])
        expected = optuna.importance.PedAnovaImportanceEvaluator().evaluate(study)["gain"]
        axis = self.of.Axis("gain", [repr(value) for value in self.gain.tolist()])
        self.assertAlmostEqual(self.of.importance(*axis.cells(), True, self.loss) / expected, 1, 6)

    def test_figures_are_on_the_page_where_there_are_enough_candidates(self):
        self.write("sweep.yaml", SWEEP)
        page = self.folder / "report" / "index.html"
        for shard, drawn in (("1/1", True), ("1/4", False)):
            self.run_program("run", "sweep.yaml", "-o", "run.h5", "--quiet", "--shard", shard)
            for command in ([ROOT / "build" / "thetasweep-analyze", "run.h5", "-o", "run.analysis.h5",
                             "--only", "task"],
                            [sys.executable, "-W", "error::RuntimeWarning",
                             ROOT / "analysis" / "report.py", "run.analysis.h5", "-o", "report"]):
                subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=300)
            text = page.read_text()
            self.assertEqual('id="importance"' in text, drawn)
            self.assertEqual("This needs 20 finished candidates; there are 6." in text, not drawn)
            self.assertIn('id="slices"', text)
            (self.folder / "run.h5").unlink()


if __name__ == "__main__":
    unittest.main()
