"""Repeats: candidates that differ by their run seed only, and are ranked together."""
import contextlib
import csv
import io
import re
import shutil
import subprocess
import sys
import unittest

import h5py
import numpy as np

import tellers
from test_ranks import datasets
from thetasweep import Case, ROOT

SWEEP = """\
name: repeated
seed: 2
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 12, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 20, warmup: 5, reward: square}
meta: {iterations: 2, seeds: 2, held_out_seeds: 3, evaluate_every: 1}
sweep:
  repeats: 3
  parameters: {network.gain: {values: [1.5, 1.2, 1.8, 1.4]}}
"""
REPEATS, CANDIDATES, SEEDS = 3, 12, 3
STATE = ("finished", "partly diverged", "unfinished", "diverged")


def joined(path):
    """How the candidates with their repeats stand, the best first, by the rule that the README tells:
    state, finite seeds, mean loss over repeats, its standard deviation, number of the first."""
    with h5py.File(path) as run:
        own = [tellers.standing(run, c, 2) for c in range(CANDIDATES)]
    rows = []
    for first in range(0, CANDIDATES, REPEATS):
        group = own[first:first + REPEATS]
        states = [row["state"] for row in group]
        finite = sum(row["finite"] for row in group)
        loss = np.array([row["loss"] for row in group if row["state"] != 2])
        loss = loss[np.isfinite(loss)]
        state = (0 if set(states) == {0} else 2 if 2 in states else 1 if finite else 3)
        rows.append((state, -finite if state == 1 else 0,
                     loss.mean() if len(loss) else np.inf, first,
                     loss.std(ddof=1) if len(loss) > 1 else np.nan, len(loss), states.count(0)))
    return sorted(rows)


class Repeats(Case):
    @classmethod
    def setUpClass(cls):
        case = Case()
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        cls.said = case.run_program("run", case.write("sweep.yaml", SWEEP), "-o", "whole.h5").stdout
        cls.whole = case.folder / "whole.h5"

    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)
        self.archive = shutil.copy(self.whole, self.folder / "run.h5")

    def assert_whole(self, path="run.h5"):
        one, other = datasets(self.whole), datasets(self.folder / path)
        self.assertEqual(one.keys(), other.keys())
        self.assertEqual([name for name in one if one[name] != other[name]], [])

    def test_repeats_are_the_candidates_of_other_run_seeds(self):
        with h5py.File(self.whole) as run:
            repeat, seed = run["candidates/repeat"][()], run["candidates/seed"][()]
            loss, theta = run["evaluations/loss"][()], run["theta"][()]
        np.testing.assert_array_equal(repeat, np.tile(range(REPEATS), 4))
        self.assertEqual((len(set(seed)), seed[0], len(np.unique(loss))), (REPEATS, 2, loss.size))
        once = SWEEP.replace("  repeats: 3\n", "")
        for r in (0, 2):
            self.write("once.yaml", once)
            self.run_program("run", "once.yaml", "-o", f"{r}.h5", "--set", f"seed={seed[r]}")
            with h5py.File(self.folder / f"{r}.h5") as run:
                np.testing.assert_array_equal(run["evaluations/loss"], loss[r::REPEATS])
                np.testing.assert_array_equal(run["theta"], theta[r::REPEATS])
                self.assertNotIn("repeat", run["candidates"])
                self.assertNotIn(b"repeats", run["config_resolved"][()])

    def check_tellers(self):
        """Table, page, load.py and CSV tell what the records say."""
        rows = joined(self.archive)
        said = self.run_program("status", "run.h5", "--wide").stdout
        lines = re.findall(r"(?m)^ +(\d+) +([\d.]+) +\S+ +(\S+) +(\S+) +(\S+) +\S+ +(\d)/3 +\d+/9(.*)$", said)
        self.assertEqual(len(lines), 4, said)
        for line, (state, _, loss, first, deviation, count, finished) in zip(lines, rows):
            self.assertEqual((int(line[0]), int(line[5])), (first, finished), said)
            for text, value in zip(line[2:5], (loss, deviation / max(count, 1) ** 0.5, deviation)):
                if np.isfinite(value):
                    self.assertAlmostEqual(float(text), value, delta=0.06 * abs(value))
                else:
                    self.assertEqual(text, "-")
            self.assertEqual(STATE[state] in line[6], state > 0)
        best = rows[0]
        told = re.search(r"Best: candidates (\d+) to (\d+), 3 repeats of one, of (\d) finished.*?, mean "
                         r"loss (\S+) ", tellers.in_a_line(said))
        self.assertEqual(bool(told), best[0] == 0, said)
        if told:
            self.assertEqual([int(told[i]) for i in (1, 2, 3)],
                             [best[3], best[3] + 2, sum(row[0] == 0 for row in rows)])
            self.assertAlmostEqual(float(told[4]), best[2], delta=1e-3)
        self.check_csv(rows)
        self.check_load(rows)
        self.check_page(rows)

    def check_csv(self, rows):
        self.run_program("export", "run.h5", "--csv", "run.csv")
        table = list(csv.DictReader((self.folder / "run.csv").read_text().splitlines()))
        for _, _, loss, first, deviation, count, finished in rows:
            for r, line in enumerate(table[first:first + REPEATS]):
                self.assertEqual((int(line["repeat"]), int(line["repeats_finished"])), (r, finished))
                if np.isfinite(loss):
                    self.assertAlmostEqual(float(line["repeats_loss"]), loss, places=12)
                if count > 1:
                    self.assertAlmostEqual(float(line["repeats_loss_deviation"]), deviation, places=12)

    def check_load(self, rows):
        if not tellers.XARRAY:
            return
        import load
        with h5py.File(self.archive) as run:
            found = load.joined(run, load.ranking(run))
        self.assertEqual([(row[0], row[2]) for row in found], [(row[3], row[6]) for row in rows])
        np.testing.assert_allclose([(row[3], row[5]) for row in found],
                                   [(row[2] if row[5] else np.nan, row[4]) for row in rows], rtol=1e-9)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            load.main(self.archive)
        self.assertIn(f"candidates {rows[0][3]} to {rows[0][3] + 2}:", printed.getvalue())

    def check_page(self, rows):
        if not tellers.MATPLOTLIB:
            return
        (self.folder / "run.analysis.h5").unlink(missing_ok=True)
        subprocess.run([ROOT / "build" / "thetasweep-analyze", "run.h5", "-o", "run.analysis.h5",
                        *tellers.QUICK], cwd=self.folder, capture_output=True, timeout=300, check=True)
        import report
        study = report.open_study(self.folder / "run.analysis.h5")
        self.assertEqual([study.first[c] for c in study.order],
                         [row[3] for row in rows for _ in range(REPEATS)])
        cells, choice = report.candidates(study), report.choice(study)
        if len(study.swept()) and np.isfinite(study.mean_loss).sum() == CANDIDATES:
            from figures import importance
            axes, finished = importance.axes_of(study, 4)  # a point for all repeats of one
            self.assertEqual((len(axes), len(finished)), (1, 4))
        study.file.close()
        self.assertEqual([int(c) for c in re.findall(r"<tr><td>(\d+)</td>", cells)],
                         [row[3] for row in rows])
        self.assertEqual("Best candidates: " in choice, rows[0][0] == 0)

    def test_all_tell_the_means_over_repeats_and_their_spread(self):
        self.check_tellers()
        best = joined(self.whole)[0][3]
        self.assertIn(f"Best: candidates {best} to {best + 2}, 3 repeats", self.said)
        self.assertIn("12 (4, 3 repeats of each)", self.run_program(
            "check", "sweep.yaml", "--no-timing").stdout)
        said = self.run_program("show", "run.h5").stdout
        self.assertIn(f"candidate {best} of 12", said)
        self.assertIn("seed: 2, of repeat 0 of 0 to 2", said)
        self.assertIn("its 3 repeats together: finished, 3 of them finished: mean loss", said)

    def test_a_diverged_seed_or_a_repeat_that_is_not_run_makes_the_whole_so(self):
        rows = joined(self.whole)
        first, second, third = (row[3] for row in rows[:3])
        with h5py.File(self.archive, "r+") as run:
            run["evaluations/state"][first + 1, -1, 0] = 2
            run["evaluations/state"][second + 2, -1, 1] = 0
            for r in range(REPEATS):
                run["evaluations/state"][third + r, -1, :] = 2
        self.check_tellers()
        self.assertEqual([row[0] for row in joined(self.archive)], [0, 1, 2, 3])

    def test_the_archive_is_the_same_on_ranks_in_shards_and_after_an_interruption(self):
        self.run_program("run", "sweep.yaml", "-o", "ranks.h5", ranks=3)
        self.assert_whole("ranks.h5")
        for shard in (1, 2):
            self.run_program("run", "sweep.yaml", "-o", f"{shard}.h5", "--shard", f"{shard}/2")
        self.run_program("merge", "2.h5", "1.h5", "-o", "merged.h5")
        self.assert_whole("merged.h5")
        with h5py.File(self.archive, "r+") as run:
            run["evaluations/state"][4:, 1:, :] = 0
            run["lifetimes/state"][5, 0, 1] = 0
            run["provenance/status"][0] = -1
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=2)
        self.assert_whole()

    def test_test_seeds_tell_of_all_repeats(self):
        self.run_program("run", "sweep.yaml", "-o", "tested.h5", "--set", "meta.test_seeds=2")
        said = tellers.in_a_line(self.run_program("status", "tested.h5").stdout)
        first = int(re.search(r"Best: candidates (\d+) to", said)[1])
        with h5py.File(self.folder / "tested.h5") as run:
            loss = run["tests/loss"][first:first + REPEATS].mean(axis=2)
        told = re.search(r"test seeds of 3 repeats: loss (\S+) \+- (\S+), start rule (\S+) \+- \S+, "
                         r"difference (\S+) \+- (\S+)\.$", said)
        difference = loss[:, 1] - loss[:, 0]
        np.testing.assert_allclose([float(text) for text in told.groups()], [
            loss[:, 1].mean(), loss[:, 1].std(ddof=1) / 3 ** 0.5, loss[:, 0].mean(),
            difference.mean(), difference.std(ddof=1) / 3 ** 0.5], rtol=0.06)

    def test_one_candidate_can_be_repeated(self):
        self.write("one.yaml", SWEEP[:SWEEP.index("sweep:")] + "sweep: {repeats: 4}\n")
        self.run_program("run", "one.yaml", "-o", "one.h5", "--shard", "1/2")
        self.run_program("run", "one.yaml", "-o", "one.h5", "--resume")
        self.assertIn("4/4", self.run_program("status", "one.h5").stdout)

    def test_other_repeats_are_another_sweep(self):
        self.write("more.yaml", SWEEP.replace("repeats: 3", "repeats: 2"))
        said = self.run_program("run", "more.yaml", "-o", "run.h5", "--resume", status=2).stderr
        self.assertIn("sweep.repeats: found 2, allowed: 3, as in the archive", said)

    def test_what_does_not_go_together_is_refused(self):
        for change, reason in (
                (("parameters: {", "parameters: {seed: {values: [1, 2]}, "), "found in a sweep of seed"),
                (("evaluate_every: 1", "evaluate_every: 1, stopping: population"),
                 "found population with sweep.repeats = 3")):
            self.write("wrong.yaml", SWEEP.replace(*change))
            said = self.run_program("check", "wrong.yaml", "--no-timing", status=2).stderr
            self.assertIn(reason, said)


sys.path.insert(0, str(ROOT / "analysis"))

if __name__ == "__main__":
    unittest.main()
