"""Which candidate is the best, and whether there is one: all who tell of it tell the same, and what
the records say."""
import importlib.util
import re
import subprocess
import sys
import unittest

import h5py
import numpy as np

from thetasweep import Case, ROOT

sys.path.insert(0, str(ROOT / "analysis"))
XARRAY = importlib.util.find_spec("xarray") is not None
MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None

BASE = """\
name: best
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 12, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 30, warmup: 5, reward: square}
"""
META = "meta: {iterations: 3, seeds: 3, held_out_seeds: 4}\n"
STATES = ("finished", "partly diverged", "unfinished", "diverged", "not evaluated")

# (what is peculiar, sweep, options of the run)
SWEEPS = [
    ("all finish", META + "sweep: {parameters: {learning.rate: {values: [0.02, 0.05, 0.01]}}}", ()),
    ("two diverge", META + "sweep: {parameters: {learning.rate: {values: [1e140, 0.05, 1e150]}}}",
     ()),
    ("all diverge", META + "sweep: {parameters: {learning.rate: {values: [1e140, 1e150]}}}", ()),
    ("the last update diverges", "meta: {iterations: 1, seeds: 1, held_out_seeds: 2}\n"
     "sweep: {parameters: {learning.rate: {values: [0.05, 1e300]}, "
     "learning.warmup: {values: [5, 29]}, rule.start: {values: [{r1 d1: -1}, {r1 d1: -1e8}]}}}",
     ()),
    ("some seeds diverge", "meta: {iterations: 1, seeds: 2, held_out_seeds: 8}\n"
     "sweep: {parameters: {rule.start: {values: [{r3 d3: -0.0001}, {r3 d3: -0.003}, "
     "{r3 d3: -0.01}, {r3 d3: -0.006}]}, meta.optimizer.rate: {values: [1e-4, 0.05]}}}",
     ("learning.rate=5", "network.phi=relu", "network.gain=0.8")),
    ("the learned rule diverges", META + "sweep: {parameters: {meta.optimizer.rate: "
     "{values: [0.05, 1e6, 1e12, 1e30]}}}", ("learning.rate=0.05",)),
    ("no held-out seeds", "meta: {iterations: 3, seeds: 3, held_out_seeds: 0}\n"
     "sweep: {parameters: {learning.rate: {values: [0.02, 0.05, 1e150]}}}", ()),
    ("losses are compared", "meta: {iterations: 2, seeds: 2, held_out_seeds: 0, estimator: es}\n"
     "sweep: {parameters: {learning.rate: {values: [0.02, 0.05]}}}", ()),
    ("held-out seeds are swept", "meta: {iterations: 2, seeds: 2}\n"
     "sweep: {parameters: {meta.held_out_seeds: {values: [0, 1, 3]}}}", ()),
    ("one seed", "meta: {iterations: 1, seeds: 1, held_out_seeds: 1}\n"
     "sweep: {parameters: {learning.rate: {values: [0.02, 0.05]}}}", ()),
    ("nothing is learned", "meta: {held_out_seeds: 3}\n"
     "sweep: {parameters: {rule.family: {values: [bptt, force]}}}", ()),
    ("nothing is run", "meta: {iterations: 0, held_out_seeds: 0}", ()),
    ("evaluated under way", "meta: {iterations: 400, seeds: 2, held_out_seeds: 2, "
     "evaluate_every: 2}\nsweep: {parameters: {learning.rate: {values: [0.02, 0.05]}}}",
     ("--time-limit", "0.3 s")),
    ("interrupted", "meta: {iterations: 4000, seeds: 2, held_out_seeds: 2}\n"
     "sweep: {parameters: {learning.rate: {values: [0.02, 1e150]}}}", ("--time-limit", "0.3 s")),
    ("a shard", META + "sweep: {parameters: {learning.rate: {values: [0.02, 0.05, 0.01]}}}",
     ("--shard", "2/2")),
]


def mean(values):
    """Over those that are finite, and its standard error."""
    known = values[np.isfinite(values)]
    error = known.std(ddof=1) / np.sqrt(len(known)) if len(known) > 1 else np.nan
    return (known.mean() if len(known) else np.nan), error


def standing(run, c):
    """How candidate c stands, by the rule that the README tells, from the records alone."""
    size = {name: int(run[f"candidates/{name}"][c]) for name in
            ("iterations", "seeds", "evaluations", "held_out_seeds")}
    group = "evaluations" if run["evaluations/state"].shape[2] else "lifetimes"
    rounds, seeds = ((size["evaluations"], size["held_out_seeds"]) if group == "evaluations" else
                     (size["iterations"], min(size["seeds"], 3 if size["seeds"] == 3 else 2)))
    row = {"candidate": c, "state": 4, "finite": 0, "loss": np.nan, "error": np.nan,
           "accuracy": np.nan, "round": -1, "seeds": seeds}
    for i in range(rounds if seeds else 0):
        row["state"] = max(row["state"], 2) if i else 2
        state = run[f"{group}/state"][c, i, :seeds]
        if not state.all():
            row["state"] = 2
            continue
        good = np.isin(state, (1, 3))
        row["loss"], row["error"] = mean(np.where(good, run[f"{group}/loss"][c, i, :seeds], np.nan))
        row["accuracy"], _ = mean(np.where(good, run[f"{group}/accuracy"][c, i, :seeds], np.nan))
        row["finite"], row["round"] = int(good.sum()), i
        if i + 1 == rounds:
            row["state"] = 0 if good.all() else 1 if good.any() else 3
    return row


def ranking(path):
    with h5py.File(path, "r") as run:
        rows = [standing(run, c) for c in range(len(run["candidates/units"]))]
        states = np.concatenate([run["lifetimes/state"][()].ravel(),
                                 run["evaluations/state"][()].ravel()])
        counts = {"done": int((states > 0).sum()),
                  "diverged": int(np.isin(states, (2, 3)).sum())}
    rows.sort(key=lambda row: (row["state"], -row["finite"] if row["state"] == 1 else 0,
                               np.nan_to_num(row["loss"], nan=np.inf), row["candidate"]))
    return rows, counts


class Best(Case):
    def check_table(self, output, rows):
        """The table's rows in their order, with their numbers."""
        table = re.search(r"(?m)^candidate .*\n((?: +\d+ .*\n)+)", output)[1].splitlines()
        self.assertEqual([int(line.split()[0]) for line in table],
                         [row["candidate"] for row in rows])
        for line, row in zip(table, rows):
            word = STATES[row["state"]]
            if row["state"]:
                self.assertIn(f"  {word}", line)
            else:
                self.assertNotRegex(line, "unfinished|partly|not evaluated|  diverged")
            if row["state"] < 2:
                found = re.search(r"(\S+) +(\S+) +(\S+) +(\d+)/(\d+)(?:  .*)?$", line)
                self.check_numbers(found, row)

    def check_numbers(self, found, row):
        self.assertEqual((int(found[4]), int(found[5])), (row["finite"], row["seeds"]))
        for text, value, tolerance in ((found[1], row["loss"], 1e-3), (found[2], row["error"], 0.06),
                                       (found[3], row["accuracy"], 1e-3)):
            if np.isnan(value):
                self.assertEqual(text, "-")
            else:
                self.assertAlmostEqual(float(text), value, delta=1e-4 + tolerance * abs(value))

    def check_choice(self, output, rows):
        """The best one with its loss, or none."""
        if rows[0]["state"]:
            self.assertNotIn("Best:", output)
            self.assertIn("No best candidate", output)
            return
        finished = sum(row["state"] == 0 for row in rows)
        found = re.search(r"Best: candidate (\d+), of (\d+) finished.*loss (\S+?),? (?:on|\+-)",
                          output)
        self.assertEqual((int(found[1]), int(found[2])), (rows[0]["candidate"], finished))
        self.assertAlmostEqual(float(found[3]) / rows[0]["loss"], 1, delta=1e-3)
        self.assertEqual("chosen on these" in output, finished > 1)

    def test_all_tell_the_same_of_the_best(self):
        seen = set()
        for name, sweep, options in SWEEPS:
            with self.subTest(name):
                seen.update(self.check_sweep(sweep, options))
        self.assertEqual(seen, set(range(len(STATES))))  # or the test is blind

    def check_sweep(self, sweep, options):
        for path in self.folder.glob("run*"):
            path.unlink()
        sets = [word for option in options if "=" in option for word in ("--set", option)]
        others = [option for option in options if "=" not in option]
        self.write("sweep.yaml", BASE + sweep)
        ran = self.run_program("run", "sweep.yaml", "-o", "run.h5", *sets, *others, status=None)
        self.assertEqual(ran.returncode, 75 if "--time-limit" in options else 0, ran.stderr)
        rows, counts = ranking(self.folder / "run.h5")
        status = self.run_program("status", "run.h5").stdout
        show = self.run_program("show", "run.h5").stdout
        for output in (ran.stdout, status):
            self.check_table(output, rows)
        for output in (ran.stdout, status, show):
            self.check_choice(output, rows)
        self.check_counts(sets, ran.stdout, status, counts)
        first = re.search(rf"(?m)^best, candidate (\d+) of \d+\n(?:  \S+: .*\n)*  ({'|'.join(STATES)})\b", show)
        self.assertEqual(int(first[1]), rows[0]["candidate"])
        self.assertEqual(first[2], STATES[rows[0]["state"]])
        best = re.search(r"Rule after (\d+) of", ran.stdout)
        self.assertEqual(best is not None, rows[0]["state"] == 0)
        if best:
            self.assertIn(best[0], show)
        self.check_load(rows)
        self.check_page(rows)
        return [row["state"] for row in rows]

    def check_load(self, rows):
        """analysis/load.py ranks by held-out seeds only."""
        if not XARRAY:
            return
        import load
        with h5py.File(self.folder / "run.h5") as run:
            found = load.ranking(run)
            if run["evaluations/state"].shape[2] == 0:
                rows = []
        rows = [row for row in rows if row["state"] < 4]
        self.assertEqual([(c, state) for c, state, *_ in found],
                         [(row["candidate"], STATES[row["state"]]) for row in rows])
        for (_, _, finite, seeds, *numbers), row in zip(found, rows):
            if row["state"] < 2:
                self.assertEqual((finite, seeds), (row["finite"], row["seeds"]))
                np.testing.assert_allclose(numbers, [row["loss"], row["error"]], rtol=1e-12)

    def check_page(self, rows):
        """The page's text, without its figures."""
        if not MATPLOTLIB:
            return
        subprocess.run([ROOT / "build" / "thetasweep-analyze", "run.h5", "-o", "run.analysis.h5",
                        "--only", "task", "--only", "rules"], cwd=self.folder, check=True, capture_output=True)
        import report
        study = report.Analysis(self.folder / "run.analysis.h5")
        self.assertEqual(list(study.order), [row["candidate"] for row in rows])
        said, cells = report.choice(study), report.candidates(study)
        study.file.close()
        best = re.search(r"Best candidate: (\d+)<.* loss (\S+)(?: ±|,)", said)
        self.assertEqual(best is not None, rows[0]["state"] == 0, said)
        if best:
            self.assertEqual(int(best[1]), rows[0]["candidate"])
            self.assertAlmostEqual(float(best[2]) / rows[0]["loss"], 1, delta=1e-3)
        for line, row in zip(re.findall(r"<tr>(<td>\d+<.*?)</tr>", cells), rows):
            cell = re.findall(r"<td.*?>(.*?)</td>", line)
            place = cell.index(STATES[row["state"]])
            self.assertEqual(int(cell[0]), row["candidate"])
            if row["state"] < 2:
                seeds = re.fullmatch(r"(\d+)/(\d+)", cell[place + 3])
                self.check_numbers([None, *(text.replace("–", "-") for text in (
                    cell[place + 1], cell[place + 2], cell[place + 4])), *seeds.groups()], row)

    def check_counts(self, sets, ran, status, counts):
        """As many lifetimes of each kind in check, run and status; as many done and diverged."""
        checked = self.run_program("check", "sweep.yaml", *sets).stdout
        lifetimes = re.search(r"(?m)^lifetimes +(\d+ \(\d+ training, \d+ held-out\))$", checked)[1]
        self.assertIn(f"lifetimes: {lifetimes},", ran)
        self.assertIn(f"of {lifetimes} done", status)
        done, diverged = re.search(r"(?m)^(\d+) of \d+ lifetimes .* (\d+) diverged", ran).groups()
        self.assertEqual((int(done), int(diverged)), (counts["done"], counts["diverged"]))
        done, diverged = re.search(r"lifetimes: (\d+) of .* (\d+) diverged", status).groups()
        self.assertEqual((int(done), int(diverged)), (counts["done"], counts["diverged"]))

    def test_a_run_in_which_all_diverged_says_so_and_is_done(self):
        self.write("sweep.yaml", BASE + SWEEPS[2][1])
        output = self.run_program("run", "sweep.yaml", "-o", "run.h5").stdout
        self.assertIn("No best candidate: every lifetime diverged.", output)
        self.assertNotIn("Rule after", output)


class Stopped(Case):
    def test_status_tells_why_a_run_stopped_and_how_it_goes_on(self):
        self.write("sweep.yaml", BASE + SWEEPS[13][1])
        run = self.start("run", "sweep.yaml", "-o", "run.h5", ranks=2)
        while not (self.folder / "run.h5").exists() or " 0 of " in self.status():
            self.assertIsNone(run.poll())
        going = self.status()
        self.assertRegex(going, "running: 1 worker, .* time left: about ")
        self.assertNotIn("stopped", going)
        run.terminate()
        run.communicate(timeout=60)
        self.assertRegex(self.status(), "stopped: its latest start was interrupted")
        self.check_stopped()

    def test_status_knows_a_killed_run(self):
        self.write("sweep.yaml", BASE + SWEEPS[13][1])
        run = self.start("run", "sweep.yaml", "-o", "run.h5")
        while not (self.folder / "run.h5").exists() or " 0 of " in self.status():
            self.assertIsNone(run.poll())
        run.kill()
        run.communicate(timeout=60)
        self.assertIn("stopped: its latest start did not come to its end", self.status())
        self.check_stopped()

    def status(self):
        return self.run_program("status", "run.h5").stdout

    def check_stopped(self):
        output = self.status()
        self.assertIn("goes on with: thetasweep run SWEEP.yaml -o run.h5 --resume", output)
        self.assertNotIn("time left", output)
        self.assertNotIn("lifetimes a second", output)


if __name__ == "__main__":
    unittest.main()
