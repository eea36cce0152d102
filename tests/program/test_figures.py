"""The numbers that figures tell, against what numpy makes of the archive."""
import subprocess
import sys
import unittest

import h5py
import numpy

import thetasweep

ANALYSIS = thetasweep.ROOT / "analysis"
SWEEP = """\
seed: 5
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 8, tau: 50 ms, dt: 20 ms}
rule: {terms: [r1 d1, r3 d2, r3 d3], start: {r3 d3: -1}, start_in: normalised}
learning: {trials: 12, warmup: 2, clip: 0.1, reward: square}
meta: {iterations: 2, seeds: 2, held_out_seeds: 3, test_seeds: 3, evaluate_every: 1}
sweep:
  method: grid
  parameters:
    learning.rate: {values: [0.001, 0.1]}
    network.gain: {values: [0.9, 1.2, 1.5]}
record: {representations: [], weights: []}
"""


def why_not():
    done = subprocess.run([sys.executable, ANALYSIS / "report.py", "--modules"],
                          stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def error_of(values):
    """Standard error over the last axis."""
    return values.std(axis=-1, ddof=1) / values.shape[-1] ** 0.5


@unittest.skipIf(why_not(), why_not())
class Told(thetasweep.Case):
    """Four digits are told."""

    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)
        self.run_program("run", "--quiet", "sweep.yaml", "-o", "run.h5")
        subprocess.run([thetasweep.BINARY.with_name("thetasweep-analyze"), "run.h5", "-o",
                        "run.analysis.h5", "--only", "task", "--only", "progress", "--only",
                        "answers", "--only", "rules"], cwd=self.folder, check=True, stdout=subprocess.PIPE)
        if str(ANALYSIS) not in sys.path:
            sys.path.insert(0, str(ANALYSIS))
        import figures.data
        import figures.style
        figures.style.apply()
        self.study = figures.data.open_study(self.folder / "run.analysis.h5")
        self.run = h5py.File(self.folder / "run.h5")
        self.addCleanup(self.run.close)
        self.addCleanup(self.study.file.close)

    def tell(self, name):
        """The panels of a figure as the page gets them."""
        import figures
        import reading
        figure, _ = next(draw for short, _, draw in figures.ALL if short == name)(self.study)
        figure.draw_without_rendering()
        self.addCleanup(figures.style.plt.close, figure)
        return reading.numbers(figure)

    def same(self, told, expected, digits=1e-3):
        numpy.testing.assert_allclose(numpy.array(told, float), expected, rtol=digits, atol=1e-12)

    def test_figures_tell_what_the_archive_holds(self):
        for check in (self.check_progress, self.check_opponent, self.check_sweep,
                      self.check_curves, self.check_answers, self.check_coefficients,
                      self.check_terms):
            with self.subTest(check.__name__):
                check()

    def check_progress(self):
        best = self.study.best()
        loss, accuracy, tests = self.tell("progress")
        for panel, name in ((loss, "loss"), (accuracy, "accuracy")):
            series = {row["name"]: row for row in panel["series"]}
            held_out = self.run[f"evaluations/{name}"][best]
            told = series[f"candidate {best}, validation seeds"]
            self.same(told["x"], [0, 1, 2])
            self.same(told["y"], held_out.mean(axis=1))
            self.same(told["error"], error_of(held_out))
            self.same(series[f"candidate {best}, training seeds"]["y"][:2],
                      self.run[f"lifetimes/{name}"][best].mean(axis=1))
        self.same(next(row["y"] for row in accuracy["series"] if row["name"] == "chance"), [0.5])
        rival = int(self.study["progress/tuned"][best])
        losses = self.run["tests/loss"][()]
        rows = [losses[best, 0], losses[rival, 0], losses[best, 1]]
        self.same(tests["series"][0]["y"], [row.mean() for row in rows])
        self.same(tests["series"][0]["error"], [error_of(row) for row in rows])

    def check_opponent(self):
        """Candidates i and i + 3 have the same gain; their start rules differ in the rate alone."""
        start = self.run["evaluations/loss"][:, 0].mean(axis=1)
        best = [i % 3 + 3 * int(start[i % 3 + 3] < start[i % 3]) for i in range(6)]
        self.same(self.study["progress/tuned"], best)
        self.same(self.study["progress/tuned_count"], [2] * 6)
        loss = self.tell("progress")[0]
        own = self.study.best()
        self.same(next(row["y"] for row in loss["series"] if row["name"].startswith("start rule")),
                  [start[best[own]]])

    def check_sweep(self):
        """Each candidate stands on the evaluation with the least loss."""
        loss = self.run["evaluations/loss"][()]
        chosen = loss[numpy.arange(6), loss.mean(axis=2).argmin(axis=1)]
        means, errors, _ = self.tell("overview")
        self.same(means["cells"]["values"][::-1], chosen.mean(axis=1).reshape(2, 3))
        self.same(errors["cells"]["values"][::-1], error_of(chosen).reshape(2, 3))
        self.assertEqual(sorted(means["x"]["names"].values()), ["0.9", "1.2", "1.5"])

    def check_curves(self):
        """Of the last rule; a trial a point, and targets of 1 and -1 that nobody answers."""
        best, panel = self.study.best(), self.tell("learning_curves")[0]
        series = {row["name"]: row["y"] for row in panel["series"]}
        quartiles = numpy.quantile(self.run["evaluations/reward"][best, -1], [0.25, 0.5, 0.75], axis=0)
        self.same(series[f"candidate {best}, lower quartile"], quartiles[0])
        self.same(series[f"candidate {best}"], quartiles[1])
        self.same(series["no answer"], [-1])

    def check_answers(self):
        """A trial a block: the last quarter's accuracy is archived, and of one output an answer is
        right where its sign is that of the target."""
        series = {row["name"]: numpy.array(row["y"][:12], float)
                  for row in self.tell("answers")[0]["series"]}
        solution = self.study.example_solution[0]
        candidate, seed = (int(self.study[f"study/solution_{name}"][solution])
                           for name in ("candidate", "seed"))
        right = series["right answers"]
        self.same(right[9:].mean(), self.run["evaluations/accuracy"][candidate, -1, seed])
        self.same(right, series["answers of one sign"] == series["asked for"])
        self.assertEqual(set(series["asked for"]), {0, 1})

    def check_coefficients(self):
        best, panel = self.study.best(), self.tell("theta_map")[0]
        expected = self.run["theta"][best] / self.run["theta_scale"][best]
        self.same(panel["cells"]["values"][::-1], expected.T)

    def check_terms(self):
        """The terms, times the largest value of any, add up to the rule's surface."""
        best, panels = self.study.best(), self.tell("monomials")
        table = numpy.array(panels[0]["cells"]["values"][::-1], float)
        theta = self.run["theta"][best, -1]
        names = list(self.study.texts("parameter"))
        for name, (k, l) in (("r1 d1", (1, 1)), ("r3 d2", (3, 2)), ("r3 d3", (3, 3))):
            self.same(table[k, l], theta[names.index(name)])
        largest = max(abs(value) * 2 ** int(name[-1]) for name, value in zip(names, theta))
        total = largest * sum(numpy.array(panel["cells"]["values"], float) for panel in panels[1:])
        numpy.testing.assert_allclose(total, self.study["rules/surface"][best],
                                      atol=2e-3 * largest)


@unittest.skipIf(why_not(), why_not())
class Night(unittest.TestCase):
    def test_what_is_black_is_light_on_a_dark_page_but_not_over_colours(self):
        if str(ANALYSIS) not in sys.path:
            sys.path.insert(0, str(ANALYSIS))
        import painting
        from figures import style
        figure, panels = style.plt.subplots(1, 2)
        self.addCleanup(style.plt.close, figure)
        panels[1].imshow([[0.0]], cmap="gray", vmin=-1, vmax=1)
        for panel in panels:
            panel.plot(0, 0, "s", color="black", markersize=30)
        day, night = painting.day_and_night(figure)
        corner = (1, 1), [255] * 3, [23] * 3
        for place, light, dark in (corner, (panels[0], [0] * 3, [235] * 3), (panels[1], [0] * 3, [0] * 3)):
            at = place if isinstance(place, tuple) else place.transData.transform((0, 0)).astype(int)
            at = int(at[0]), day.height - int(at[1])
            self.assertEqual([list(day.getpixel(at)), list(night.getpixel(at))], [light, dark])


if __name__ == "__main__":
    unittest.main()
